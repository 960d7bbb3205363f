"""The values in a manifest of figures: what each may be, and on which line it stands."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any, get_args

from attention_core.errors import nearest
from rendering.formats import LARGEST, SMALLEST, formats_of
from scenes.look import Language

KEYS = (
    "path", "chapter", "figure", "sentence", "model", "layer", "head", "word", "phrases", "theme",
    "lang", "orientation", "query", "keys", "sink", "credit", "captions", "width", "size",
    "formats", "clips", "quality", "clip_size", "caption", "alt",
)  # fmt: skip


# Of TOML: texts and comments as wholes, what opens and closes a list or table, the ends of lines.
MARK = re.compile(
    r'''"""(?:\\.|[^\\])*?"{3,5}|'{3}.*?'{3,5}|"(?:\\.|[^"\\\n])*"|'[^'\n]*'|#[^\n]*|[][{}\n]''',
    re.DOTALL,
)


class Mistake(Exception):
    """What is wrong with the value of a key."""


class Lines:
    """On which line of a TOML text a figure, or a key of it, begins."""

    def __init__(self, text: str) -> None:
        """`text` is sound TOML. Its reader tells no lines: each statement is read on its own."""
        self._figures: list[dict[str | None, int]] = []
        self._last = text.count("\n") + 1
        table: dict[str | None, int] = {}  # where keys go that stand in no figure
        for line, statement in _statements(text):
            content = tomllib.loads(statement)
            found = content.get("figure")
            if not statement.startswith("["):
                for key in content:
                    table.setdefault(key, line)
            elif isinstance(found, list):
                table = {None: line}
                self._figures.append(table)
            elif isinstance(found, dict) and self._figures:  # [figure.caption]
                self._figures[-1].setdefault(next(iter(found), None), line)
                table = {}
            else:
                table = {}

    def of(self, number: int, key: str | None = None) -> int:
        """The line of the key, or of the figure itself where that key is not in it."""
        if number >= len(self._figures):  # written in another way: figure = [{}]
            return self._last
        lines = self._figures[number]
        return lines.get(key, lines[None])


def _statements(text: str) -> Iterator[tuple[int, str]]:
    """Each statement of a sound TOML text, and the line on which it begins."""
    line, begin, depth = 1, 0, 0
    for match in MARK.finditer(text + "\n"):
        mark = match.group()
        depth += (mark in ("[", "{")) - (mark in ("]", "}"))
        if mark == "\n" and not depth:
            held = text[begin : match.start()]
            if held.strip():
                yield line, held.strip()
            line += held.count("\n") + 1
            begin = match.end()


def text(value: Any) -> str:
    """A text."""
    if not isinstance(value, str) or not value.strip():
        raise Mistake("is to be a text in quotes")
    return value


def texts(value: Any) -> tuple[str, ...]:
    """A list of texts."""
    if not isinstance(value, list):
        raise Mistake("is to be a list of texts")
    return tuple(text(one) for one in value)


def flag(value: Any) -> bool:
    """true or false."""
    if not isinstance(value, bool):
        raise Mistake("is to be true or false")
    return value


def number(value: Any) -> int | None:
    """A whole number from 0; None for "auto"."""
    if value == "auto":
        return None
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise Mistake('is to be a number from 0, or "auto"')
    return value


def side(value: Any) -> int:
    """A width or height."""
    if isinstance(value, bool) or not isinstance(value, int) or not SMALLEST <= value <= LARGEST:
        raise Mistake(f"is to be {SMALLEST} to {LARGEST} pixels")
    return value


def size(value: Any) -> tuple[int, int]:
    """A width and a height."""
    if not isinstance(value, list) or len(value) != 2:
        raise Mistake("is to be [width, height]")
    return side(value[0]), side(value[1])


def one_of(value: Any, known: Any) -> str:
    """A name out of a few."""
    if not isinstance(value, str) or value not in known:
        raise Mistake(f"{value!r} is not known; known: {nearest(str(value), known)}")
    return value


def several(value: Any, known: Any) -> tuple[str, ...]:
    """Some names out of a few."""
    return tuple(dict.fromkeys(one_of(one, known) for one in texts(value)))


def by_language(value: Any) -> dict[str, str]:
    """A text in each language."""
    if not isinstance(value, dict) or set(value) != set(get_args(Language)):
        raise Mistake(f"is to be a text in each of {', '.join(get_args(Language))}")
    return {language: text(one) for language, one in value.items()}


def path_below(value: Any) -> PurePosixPath:
    """A path that stays below the output folder, on every system."""
    path = PurePosixPath(text(value))
    sound = re.fullmatch(r"[\w.-]+(/[\w.-]+)*", value) and not path.is_absolute()
    if not sound or any(part.startswith((".", "-")) for part in path.parts):
        raise Mistake("is to be a plain relative path of letters, digits, dots and dashes")
    if path.suffix[1:] not in formats_of("still"):
        raise Mistake(f"is to end in one of {', '.join(formats_of('still'))}")
    return path
