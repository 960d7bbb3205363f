"""The packages keep to their places: import rules, sizes, docstrings, pinned dependencies."""

from __future__ import annotations

import ast
import graphlib
import re
import subprocess
import sys
import tomllib
from importlib import metadata
from itertools import chain
from pathlib import Path

import grimp
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from scenes.registry import CHAPTERS, module_of

ROOT = Path(__file__).parents[1]
PACKAGES = ("attention_core", "scenes", "rendering")
MODULES = sorted(
    chain(
        [ROOT / "render.py"],
        *(ROOT.joinpath(package).rglob("*.py") for package in (*PACKAGES, "tools")),
    )
)
every_module = pytest.mark.parametrize(
    "path", MODULES, ids=[str(path.relative_to(ROOT)) for path in MODULES]
)


def defines_a_chapter(tree: ast.Module) -> bool:
    return any(
        isinstance(node, ast.ClassDef)
        and any(ast.unparse(base).split(".")[-1] == "Chapter" for base in node.bases)
        for node in tree.body
    )


@every_module
def test_a_module_is_short(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    limit = 150 if defines_a_chapter(ast.parse(source)) else 300
    assert len(source.splitlines()) < limit


@every_module
def test_a_module_says_in_one_sentence_what_it_is(path: Path) -> None:
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    assert docstring, "no docstring"
    summary = docstring.split("\n\n")[0]  # notes may follow below it
    assert summary.endswith("."), "no sentence"
    assert not re.search(r"\w[.!?]\s+[A-Z]", summary), "more than one sentence"


def test_import_rules() -> None:
    # The contracts are in pyproject.toml.
    linter = Path(sys.executable).with_name("lint-imports")
    result = subprocess.run(
        [linter, "--no-cache", "--no-logo"], cwd=ROOT, capture_output=True, text=True
    )
    assert result.returncode == 0, result.stdout + result.stderr


def test_the_rule_that_chapters_are_independent_names_them_all() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    (listed,) = (c["modules"] for c in contracts["contracts"] if c["type"] == "independence")
    assert listed == [f"scenes.{module_of(slug)}" for slug in CHAPTERS]


def deferred_lines(module: str) -> set[int]:
    """The lines inside functions: an import there runs when the function is called."""
    path = ROOT.joinpath(*module.split("."))
    path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    functions = (
        node
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )
    return {line for node in functions for line in range(node.lineno, (node.end_lineno or 0) + 1)}


def test_no_circular_imports() -> None:
    graph = grimp.build_graph(*PACKAGES, exclude_type_checking_imports=True, cache_dir=None)
    order: graphlib.TopologicalSorter[str] = graphlib.TopologicalSorter()
    for module in graph.modules:
        deferred = deferred_lines(module)
        for imported in graph.find_modules_directly_imported_by(module):
            details = graph.get_import_details(importer=module, imported=imported)
            if any(detail["line_number"] not in deferred for detail in details):
                order.add(module, imported)
    order.prepare()  # CycleError names the circle


def requirements(extras: tuple[str, ...]) -> dict[str, str]:
    """Every installed distribution that the project and these extras ask for, with its version."""
    found: dict[str, str] = {}
    asked = [("attention-film", frozenset(extras))]
    seen = set()
    while asked:
        name, wanted = asked.pop()
        if (name, wanted) in seen:
            continue
        seen.add((name, wanted))
        distribution = metadata.distribution(name)
        found[canonicalize_name(name)] = distribution.version
        for line in distribution.requires or []:
            requirement = Requirement(line)
            marker = requirement.marker
            if marker is None or any(marker.evaluate({"extra": extra}) for extra in ("", *wanted)):
                asked.append((requirement.name, frozenset(requirement.extras)))
    del found["attention-film"]
    return found


def pins() -> dict[str, str]:
    lines = (line.split("#")[0].strip() for line in (ROOT / "constraints.txt").open())
    return dict(line.split("==") for line in lines if line)


@pytest.mark.skipif(sys.platform != "linux", reason="the pins are those of Linux")
def test_every_dependency_is_pinned_to_what_is_installed() -> None:
    pinned, installed = pins(), requirements(("dev",))
    assert {name: pinned.get(name) for name in installed} == installed


def test_torch_is_pinned_exactly() -> None:
    # A torch of any other version may bring gigabytes of GPU libraries.
    assert pins()["torch"] == "2.13.0"
    torch = [line for line in metadata.requires("attention-film") or [] if "torch" in line]
    assert torch
    assert all(line.startswith("torch==2.13.0;") for line in torch)


def test_the_fonts_are_shipped_with_their_licences() -> None:
    fonts = ROOT / "assets/fonts"
    assert {path.name for path in fonts.glob("*.ttf")} == {
        "cmunrm.ttf",
        "cmunbx.ttf",
        "cmunti.ttf",
        "NanumMyeongjo.ttf",
        "NanumMyeongjoBold.ttf",
    }
    for licence in ("OFL-CMU.txt", "OFL-NanumMyeongjo.txt"):
        assert "SIL OPEN FONT LICENSE" in (fonts / licence).read_text(encoding="utf-8")
