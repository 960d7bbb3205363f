"""The commands that the pages and the helps show: each is understood, and those on models run."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click

from attention_core import Trace
from rendering import cli
from tests.attention_core import tiny_folder, tiny_pair

ROOT = Path(__file__).parents[2]
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
LINE = re.compile(r"^ {2,}(?:\.venv/bin/python )?render\.py (.+)$", re.MULTILINE)
OF_MODELS = {"trace", "heads", "still", "models", "list"}  # quick enough to be run here


def commands(text: str) -> Iterator[list[str]]:
    """The commands in a text, each as its words; what is said beside it is left out."""
    for found in LINE.findall(text):
        yield shlex.split(re.split(r" {2,}|\s[|#>&]", found)[0])


def helps() -> Iterator[str]:
    """What the helps of all commands show."""
    yield cli.EXAMPLES
    for name in cli.COMMANDS:
        command = cli.program.get_command(click.Context(cli.program), name)
        assert command is not None and command.epilog
        yield command.epilog


def shown(*pages: Path) -> list[list[str]]:
    """The commands of these pages."""
    return [words for page in pages for words in commands(page.read_text(encoding="utf-8"))]


def test_every_command_that_is_shown_is_understood() -> None:
    examples = [*shown(*PAGES), *(words for text in helps() for words in commands(text))]
    assert len(examples) > 60
    for name, *arguments in examples:
        if name == "COMMAND":
            continue
        command = cli.program.get_command(click.Context(cli.program), name)
        assert command is not None, name
        command.make_context(name, list(arguments))  # raises for what it does not know


def test_the_commands_on_models_run(tmp_path: Path, render: Callable[..., Any]) -> None:
    folder, pair = tmp_path / "folder", tiny_pair.write(tmp_path / "pair", "marian")
    tiny_folder.write(folder)
    stands_for = {"FOLDER": str(folder), "~/models/opus-mt-en-de": str(pair)}
    pages = [ROOT / "README.md", *(ROOT / "docs" / f"{n}.md" for n in ("models", "heads"))]
    ran = 0
    for words in shown(*pages, ROOT / "docs" / "own-attention.md"):
        if words[0] not in OF_MODELS:
            continue
        words = [stands_for.get(w, str(folder) if w.startswith("~") else w) for w in words]
        of_default = words[0] == "still" and words[2][0] == "-"  # needs no model
        if words[0] in ("trace", "heads", "still") and not {"--model", "--trace"} & {*words}:
            words += [] if of_default else ["--model", str(folder)]
        for option, most in (("--layer", 1), ("--head", 3)):  # it is a small model
            if option in words and words[words.index(option) + 1].isdigit():
                words[words.index(option) + 1] = str(most)
        status, _, err = render(*words)
        assert status == 0, f"{words}: {err}"
        ran += 1
    assert ran > 12
    held = Trace.load(tmp_path / "bank.npz")  # of --npz: all heads of the layer, for multi-head
    assert len(held.need("patterns")) == held.model.heads > 1
