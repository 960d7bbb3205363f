"""No module can run what a file brings, and each library that is depended on has its reason."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PACKAGES = ("attention_core", "scenes", "rendering")
PROGRAM = [ROOT / "render.py", *(p for name in PACKAGES for p in ROOT.joinpath(name).rglob("*.py"))]
UNPICKLE = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "shelve", "marshal", "torch"}
RUNNERS = {"runpy", "code", "codeop", "imp"}
BUILTINS = {"eval", "exec", "compile", "__import__", "execfile"}
SHELLS = {"os.system", "os.popen", "subprocess.getoutput", "subprocess.getstatusoutput"}
LOADERS = {"yaml.load", "yaml.unsafe_load", "numpy.lib.format.read_array"}
FLAGS = {"allow_pickle", "trust_remote_code", "shell"}  # that are to be False, and said so plainly


def dangers(source: str) -> Iterator[str]:
    """What in a module could run code that it has read."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            yield from (name for name in names if name.split(".")[0] in UNPICKLE | RUNNERS)
        elif isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            if called in BUILTINS | SHELLS | LOADERS or re.match(r"os\.(exec|spawn)", called):
                yield called
            for keyword in node.keywords:
                off = isinstance(keyword.value, ast.Constant) and keyword.value.value is False
                if keyword.arg in FLAGS and not off:
                    yield f"{keyword.arg} of {called}"


@pytest.mark.parametrize("path", PROGRAM, ids=[str(p.relative_to(ROOT)) for p in PROGRAM])
def test_no_module_can_run_what_a_file_brings(path: Path) -> None:
    assert [*dangers(path.read_text(encoding="utf-8"))] == []


@pytest.mark.parametrize(
    "source",
    [
        "import pickle", "from pickle import loads", "import torch.serialization",
        "def f(x):\n    return eval(x)", "exec(open('a').read())", "__import__(name)",
        "os.system(x)", "subprocess.run(x, shell=True)", "np.load(p, allow_pickle=True)",
        "np.load(p, allow_pickle=flag)", "AutoModel.from_pretrained(x, trust_remote_code=True)",
        "yaml.load(x)", "os.execv(a, b)", "import runpy",
    ],
)  # fmt: skip
def test_each_danger_is_seen(source: str) -> None:
    assert len([*dangers(source)]) == 1


def project() -> dict[str, list[str]]:
    """The requirements of pyproject.toml, by extra; "" are those of every run."""
    content = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return {"": content["dependencies"], **content["optional-dependencies"]}


def reasons() -> dict[str, str]:
    """The libraries in SECURITY.md, with why each is needed."""
    text = (ROOT / "SECURITY.md").read_text(encoding="utf-8").split("## What is depended on")[1]
    return dict(re.findall(r"^\| `([\w-]+)` \| ([^|]+) \|$", text, re.M))


def test_each_library_of_a_run_has_its_reason_in_the_docs() -> None:
    wanted = [Requirement(line).name for line in project()[""]]
    optional = [Requirement(line).name for extra in ("hub", "cluster") for line in project()[extra]]
    found = reasons()
    assert sorted(found) == sorted(wanted + optional)
    assert all(len(why.split()) >= 4 for why in found.values())


def test_each_requirement_has_a_pin_that_it_allows() -> None:
    lines = (line.split("#")[0].strip() for line in (ROOT / "constraints.txt").open())
    pins = {
        canonicalize_name(name): pin for name, _, pin in (i.partition("==") for i in lines if i)
    }
    assert all(pins.values()), "only exact pins"
    for extra, requirements in project().items():
        for requirement in map(Requirement, requirements):
            pin = pins.get(canonicalize_name(requirement.name))
            assert pin, f"{requirement.name} of {extra or 'every run'} has no pin"
            assert requirement.specifier.contains(pin), f"{requirement} does not allow {pin}"
