"""The values in a manifest of figures: what each may be, and on which line it stands."""

from __future__ import annotations

import re
import tomllib
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

# What the last line of a statement of several lines has in it.
_CLOSING = re.compile(r"\]|\}|\"\"\"|'''")
TRIES = 100  # of lines that a statement might end at, one by one


class Mistake(Exception):
    """What is wrong with the value of a key."""


class Lines:
    """On which line of a TOML text each figure begins, and each key of it and of [defaults]."""

    def __init__(self, text: str) -> None:
        """Note the lines. `text` is sound TOML: readers of it tell values, but no lines.

        A statement is the fewest lines that can be read by themselves; of one that might end at
        many of its lines only some are tried, and what follows it may go without lines.
        """
        self._lines: dict[tuple[int | None, str | None], int] = {}
        self._figures = 0
        table: int | None = -1  # the figure that keys belong to; None: the defaults; -1: neither
        inside = ""  # the key of a figure whose own table follows
        begin, lines = 0, text.replace("\r\n", "\n").split("\n")
        tried = 0
        for end in range(1, len(lines) + 1):
            length = end - begin
            if length > 1 and not _CLOSING.search(lines[end - 1]):
                continue
            if tried > TRIES and length & (length - 1) and end < len(lines):
                continue  # twice as many lines as before, or all
            tried += 1
            try:
                found = tomllib.loads("\n".join(lines[begin:end]))
            except tomllib.TOMLDecodeError:
                continue
            line, begin, tried = _first(lines, begin, end), end, 0
            if lines[line - 1].lstrip().startswith("["):
                table, inside = self._header(found, line)
            else:
                for key in found:
                    self._note(table, inside or key, line)

    def of(self, number: int, key: str | None = None) -> int:
        """The line of a key of the figure, or of the figure itself where it has no such key."""
        whole = self._lines.get((number, None), 1)
        return self._lines.get((number, key), whole)

    def of_default(self, key: str) -> int:
        """The line of a key of the defaults."""
        return self._lines.get((None, key), 1)

    def _header(self, found: dict[str, Any], line: int) -> tuple[int | None, str]:
        """Note the header of a table; returns which table, and the key that it is the value of."""
        (name, content), *_ = found.items()
        if name == "figure" and isinstance(content, list):
            self._figures += 1
            self._note(self._figures - 1, None, line)
            return self._figures - 1, ""
        table = {"figure": self._figures - 1, "defaults": None}.get(name, -1)
        inside = next(iter(content), "") if isinstance(content, dict) else ""
        if inside:
            self._note(table, inside, line)
        return table, inside

    def _note(self, table: int | None, key: str | None, line: int) -> None:
        self._lines.setdefault((table, key), line)


def _first(lines: list[str], begin: int, end: int) -> int:
    """The first line of a statement that is not empty and no comment, counted from 1."""
    for place in range(begin, end):
        if lines[place].strip() and not lines[place].lstrip().startswith("#"):
            return place + 1
    return end


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
