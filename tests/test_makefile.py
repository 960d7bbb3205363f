"""The Makefile hands a sentence on as text, and sets up once what it needs."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

ROOT = Path(__file__).parents[1]

# Stands in for the interpreter in .venv: logs what it is asked to do, prints a film's arguments.
STUB = """
import json, os, sys
with open("calls.jsonl", "a") as log:
    print(json.dumps(sys.argv[1:]), file=log)
if "fetch" in sys.argv:
    sys.exit(os.environ.get("FETCH_STATUS", "0") != "0")
if sys.argv[1] == "-c":
    exec(sys.argv[2])
if "clip" in sys.argv or "story" in sys.argv:
    print(json.dumps(sys.argv[1:]))
"""


class Project:
    """A folder with our Makefile and a stub where the interpreter of .venv would be."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in ("Makefile", "pyproject.toml", "constraints.txt"):
            shutil.copy(ROOT / name, folder)
        shutil.copytree(ROOT / "tools", folder / "tools")
        (folder / ".venv/bin").mkdir(parents=True)
        (folder / "stub.py").write_text(STUB)
        stub = folder / ".venv/bin/python"
        stub.write_text(f"#!/bin/sh\nexec '{sys.executable}' stub.py \"$@\"\n")
        stub.chmod(0o755)

    def stamp(self, *names: str) -> None:
        for name in names:
            (self.folder / f".venv/.stamp-{name}").touch()

    def make(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        inherited = {
            name: value
            for name, value in os.environ.items()
            if name not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS", "SENTENCE", "CHAPTER", "PYTHON")
        }
        return subprocess.run(
            ["make", "--no-print-directory", *arguments],
            cwd=self.folder,
            env=inherited | environment,
            capture_output=True,
            text=True,
        )

    def calls(self) -> list[list[str]]:
        log = self.folder / "calls.jsonl"
        return [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = Project(tmp_path_factory.mktemp("ready"))
    project.stamp("python", "run")
    return project


def rendered(result: subprocess.CompletedProcess[str]) -> list[str]:
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


NASTY = [
    "the old bank of the quiet river",
    'it\'s "quoted" twice: \'\' ""',
    "a $HOME $$ ${HOME} $(HOME) $x$ $",
    "$(shell touch pwned) $(error no) $(info no)",
    "`touch pwned` $(touch pwned) ; touch pwned & touch pwned | touch pwned > pwned",
    "back\\slash \\n \\",
    "# not a comment, 100 % of it",
    "-- --help -n",
    "--help",
    "a=b := c += d ?= e",
    "(open",
    "close) } {",
    "* ? [a-z] ~ !! !$ ^",
    "two\nlines\tand a tab",
    "푸르른 숲 🌲 − ∞",
    "<b>bold</b> &amp; #import \\input{x}",
    "",
]


@pytest.mark.parametrize("sentence", NASTY)
@pytest.mark.parametrize("way", ["argument", "environment"])
def test_a_sentence_reaches_the_program_as_text(ready: Project, sentence: str, way: str) -> None:
    if way == "argument":
        result = ready.make("video", f"SENTENCE={sentence}")
    else:
        result = ready.make("video", SENTENCE=sentence)
    assert rendered(result) == ["render.py", "story", "--", sentence]
    assert not (ready.folder / "pwned").exists()


@settings(max_examples=30, deadline=None)
@given(st.text(st.sampled_from("ab $(){}'\"`\\#%;&|=:-!~*,"), min_size=1))
def test_any_text_arrives_unchanged(ready: Project, sentence: str) -> None:
    # make itself drops blanks between "SENTENCE=" and the text, as it does for every variable
    result = ready.make("video", f"SENTENCE={sentence}")
    assert rendered(result)[-1] == sentence.lstrip(" ")


def test_without_a_sentence_the_default_is_left_to_the_program(ready: Project) -> None:
    assert rendered(ready.make("video")) == ["render.py", "story"]


def test_another_chapter(ready: Project) -> None:
    result = ready.make("video", "CHAPTER=$(shell touch pwned) mask")
    assert rendered(result) == ["render.py", "clip", "$(shell touch pwned) mask"]
    assert not (ready.folder / "pwned").exists()


def test_a_model_that_cannot_be_fetched_is_a_warning(ready: Project) -> None:
    result = ready.make("video", FETCH_STATUS="1")
    assert rendered(result) == ["render.py", "story"]
    assert result.stderr.startswith("warning: the model could not be fetched")


def installs(project: Project) -> list[str]:
    return [call[-1] for call in project.calls() if call[:3] == ["-m", "pip", "install"]]


def test_set_up_happens_once(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.stamp("python")
    assert project.make("video").returncode == 0
    assert installs(project) == ["."]
    assert project.make("video").returncode == 0
    assert installs(project) == ["."]
    assert project.make("test").returncode == 0
    assert installs(project) == [".", ".[dev]"]
    assert project.make("test").returncode == 0
    assert installs(project) == [".", ".[dev]"]


def test_new_pins_are_installed(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.stamp("python", "run")
    later = (tmp_path / ".venv/.stamp-run").stat().st_mtime + 10
    os.utime(tmp_path / "constraints.txt", (later, later))
    assert project.make("video").returncode == 0
    assert installs(project) == ["."]


@pytest.mark.parametrize("works", [True, False])
def test_a_venv_that_works_is_kept_and_a_broken_one_made_anew(tmp_path: Path, works: bool) -> None:
    project = Project(tmp_path)
    (tmp_path / "tools/system-libraries").write_text("#!/bin/sh\n")
    if not works:
        (tmp_path / ".venv/bin/python").write_text("#!/bin/sh\nexit 127\n")
    result = project.make(".venv/.stamp-python", f"PYTHON={sys.executable}")
    assert result.returncode == 0, result.stderr
    assert (tmp_path / ".venv/pyvenv.cfg").exists() is not works
    assert ("Making .venv" in result.stderr) is not works
