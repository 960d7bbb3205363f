"""The manifest of figures: a TOML file, read and checked before anything is rendered."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from itertools import chain
from pathlib import Path, PurePosixPath
from typing import Any, get_args

from attention_core import DEFAULT_SENTENCE, AttentionError
from attention_core.errors import nearest
from rendering.formats import (
    EVEN,
    LARGEST,
    QUALITIES,
    SMALLEST,
    Quality,
    ending,
    formats_of,
)
from scenes.look import Language, Look, Orientation, Sink, Theme
from scenes.registry import CHAPTERS

LANGUAGES = get_args(Language)
WIDTH = 1600  # pixels of a still, where none are named
CLIPS = ("mp4", "webm", "gif", "webp", "poster")
OWN = {language: "{{ own }}" for language in LANGUAGES}  # the chapter's own caption or alt text


@dataclass(frozen=True)
class Source:
    """Where a figure's numbers come from; None lets the model or the chapter choose."""

    sentence: str = DEFAULT_SENTENCE
    model: str = "smollm2"
    layer: int | None = None
    head: int | None = None
    word: str | None = None
    phrases: tuple[str, ...] = ()


@dataclass(frozen=True)
class Entry:
    """One figure of the manifest."""

    line: int  # where its entry begins
    path: PurePosixPath  # of the still, below the output folder
    chapter: str
    figure: str
    source: Source
    look: Look
    size: tuple[int, int] | int  # or the width alone
    formats: tuple[str, ...]
    clips: tuple[str, ...]
    clip_form: Quality
    captions: dict[str, str]  # by language, templates
    alts: dict[str, str]

    @property
    def name(self) -> str:
        """What --only calls it: "3-4"."""
        return self.path.stem

    def stills(self) -> dict[str, PurePosixPath]:
        """The path of each still, by format."""
        return {format: self.path.with_suffix(f".{format}") for format in self.formats}

    def films(self) -> dict[str, PurePosixPath]:
        """The path of each clip, by format."""
        return {form: self.path.with_name(f"{self.name}.{ending(form)}") for form in self.clips}


class Mistake(Exception):
    """What is wrong with the value of a key."""


def read(path: Path) -> list[Entry]:
    """The figures of a manifest. Raises AttentionError that names the line of each mistake."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise AttentionError(f"cannot read {path}: {error}", "give a TOML file") from error
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise AttentionError(f"{path} is not TOML: {error}", "mend that place") from error
    lines = Lines(text)
    mistakes: list[tuple[int, str]] = []
    defaults = content.get("defaults", {})
    figures = content.get("figure")
    if set(content) - {"defaults", "figure"} or not isinstance(defaults, dict):
        mistakes.append((1, "only [defaults] and [[figure]] may stand in it"))
    if not isinstance(figures, list) or not all(isinstance(one, dict) for one in figures):
        raise AttentionError(f"{path} names no figure", "give it a [[figure]] with path, chapter")
    entries = []
    for number, given in enumerate(figures):
        values = {**(defaults if isinstance(defaults, dict) else {}), **given}
        found = _Reader(values)
        entry = found.entry(lines.of(number))
        for key, what in found.mistakes:
            mistakes.append((lines.of(number, key if key in given else None), f"{key}: {what}"))
        entries += [entry] if entry else []
    mistakes += _twice(entries)
    if mistakes:
        told = "; ".join(f"line {line}: {what}" for line, what in sorted(mistakes))
        raise AttentionError(f"{path} cannot be used: {told}", "mend these lines")
    return entries


def _twice(entries: list[Entry]) -> list[tuple[int, str]]:
    """Outputs that two entries would both write."""
    seen: dict[str, int] = {}
    mistakes = []
    for entry in entries:
        for path in chain(entry.stills().values(), entry.films().values()):
            first = seen.setdefault(str(path).casefold(), entry.line)
            if first != entry.line:
                mistakes.append((entry.line, f"{path} is written by line {first} already"))
    return mistakes


class Lines:
    """On which line of a TOML text a figure, or a key of it, begins."""

    def __init__(self, text: str) -> None:
        self._text = text.splitlines()

    def of(self, number: int, key: str | None = None) -> int:
        """The line of the key, or of the figure itself where that key is not in it.

        TOML readers tell no lines: the text is read again up to each line, until the key is there.
        """
        begin = 0  # the line after the last whole statement
        for end in range(1, len(self._text) + 1):
            try:
                figures = tomllib.loads("\n".join(self._text[:end])).get("figure", [])
            except tomllib.TOMLDecodeError:
                continue
            if len(figures) > number and (key is None or key in figures[number]):
                return begin + 1
            begin = end
        return self.of(number) if key is not None else len(self._text)


class _Reader:
    """Reads the keys of one figure, collecting what is wrong."""

    def __init__(self, values: dict[str, Any]) -> None:
        self._values = dict(values)
        self.mistakes: list[tuple[str, str]] = []

    def entry(self, line: int) -> Entry | None:
        """The entry, or None if anything is wrong."""
        path = self._take("path", _path)
        chapter = self._take("chapter", lambda v: _one_of(v, CHAPTERS))
        info = CHAPTERS.get(chapter)
        names = [figure.name for figure in info.figures] if info else []
        figure = self._take("figure", lambda v: _one_of(v, names), names[0] if names else "")
        source = Source(
            self._take("sentence", _text, DEFAULT_SENTENCE),
            self._take("model", _text, "smollm2"),
            self._take("layer", _number, None),
            self._take("head", _number, None),
            self._take("word", _text, None),
            self._take("phrases", _texts, ()),
        )
        if (source.word or source.phrases) and info and "phrases" not in info.needs:
            self.mistakes.append(("chapter", f"{chapter} shows no word in phrases"))
        look = Look(
            theme=self._take("theme", lambda v: _one_of(v, get_args(Theme)), "dark"),
            lang=self._take("lang", lambda v: _one_of(v, LANGUAGES), "en"),
            orientation=self._take(
                "orientation", lambda v: _one_of(v, get_args(Orientation)), "columns"
            ),
            query=self._take("query", _text, None),
            keys=self._take("keys", _texts, ()),
            sink=self._take("sink", lambda v: _one_of(v, get_args(Sink)), "show"),
            credit=self._take("credit", _flag, True),
            captions=self._take("captions", _flag, True),
        )
        width = self._take("width", _side, WIDTH)
        size = self._take("size", _size, width)
        formats = self._take("formats", lambda v: _several(v, formats_of("still")), ("png",))
        clips = self._take("clips", lambda v: _several(v, formats_of("clip")), CLIPS)
        quality = QUALITIES[self._take("quality", lambda v: _one_of(v, QUALITIES), "draft")]
        clip_size = self._take("clip_size", _size, (quality.width, quality.height))
        if set(clips) & set(EVEN) and any(side % 2 for side in clip_size):
            self.mistakes.append(("clip_size", "mp4 and webm need an even width and height"))
        captions = self._take("caption", _by_language, OWN)
        alts = self._take("alt", _by_language, OWN)
        for key in self._values:
            self.mistakes.append((key, f"is no key of a figure; known: {nearest(key, KEYS)}"))
        if path is not None and path.suffix[1:] not in formats and not self.mistakes:
            self.mistakes.append(("path", f"ends in {path.suffix}, but formats are {formats}"))
        if self.mistakes:
            return None
        form = Quality(*clip_size, quality.fps)
        what = (figure, source, look, size, formats, clips, form, captions, alts)
        return Entry(line, path, chapter, *what)

    def _take(self, key: str, check: Callable[[Any], Any], *default: Any) -> Any:
        if key not in self._values:
            if not default:
                self.mistakes.append((key, "is missing"))
            return default[0] if default else None
        try:
            return check(self._values.pop(key))
        except Mistake as mistake:
            self.mistakes.append((key, str(mistake)))
            return default[0] if default else None


KEYS = (
    "path chapter figure sentence model layer head word phrases theme lang orientation query keys "
    "sink credit captions width size formats clips quality clip_size caption alt"
).split()


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise Mistake("is to be a text in quotes")
    return value


def _texts(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise Mistake("is to be a list of texts")
    return tuple(_text(one) for one in value)


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise Mistake("is to be true or false")
    return value


def _number(value: Any) -> int | None:
    if value == "auto":
        return None
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise Mistake('is to be a number from 0, or "auto"')
    return value


def _side(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not SMALLEST <= value <= LARGEST:
        raise Mistake(f"is to be {SMALLEST} to {LARGEST} pixels")
    return value


def _size(value: Any) -> tuple[int, int]:
    if not isinstance(value, list) or len(value) != 2:
        raise Mistake("is to be [width, height]")
    return _side(value[0]), _side(value[1])


def _one_of(value: Any, known: Any) -> str:
    if not isinstance(value, str) or value not in known:
        raise Mistake(f"{value!r} is not known; known: {nearest(str(value), known)}")
    return value


def _several(value: Any, known: Any) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_one_of(one, known) for one in _texts(value)))


def _by_language(value: Any) -> dict[str, str]:
    if not isinstance(value, dict) or set(value) != set(LANGUAGES):
        raise Mistake(f"is to be a text in each of {', '.join(LANGUAGES)}")
    return {language: _text(text) for language, text in value.items()}


def _path(value: Any) -> PurePosixPath:
    """A path that stays below the output folder, on every system."""
    path = PurePosixPath(_text(value))
    sound = re.fullmatch(r"[\w.-]+(/[\w.-]+)*", value) and not path.is_absolute()
    if not sound or any(part.startswith((".", "-")) for part in path.parts):
        raise Mistake("is to be a plain relative path of letters, digits, dots and dashes")
    if path.suffix[1:] not in formats_of("still"):
        raise Mistake(f"is to end in one of {', '.join(formats_of('still'))}")
    return path
