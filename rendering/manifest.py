"""The manifest of figures: a TOML file, read and checked before anything is rendered."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from itertools import chain
from pathlib import Path, PurePosixPath
from typing import Any, get_args

from attention_core import DEFAULT_SENTENCE, AttentionError
from attention_core.errors import nearest
from attention_core.reading import plain_bytes
from rendering import manifest_values as value
from rendering.formats import (
    EVEN,
    QUALITIES,
    Quality,
    ending,
    formats_of,
)
from rendering.manifest_values import KEYS, Lines, Mistake
from scenes.look import Language, Look, Orientation, Sink, Theme
from scenes.registry import CHAPTERS

LANGUAGES = get_args(Language)
MOST_BYTES = 1 << 20  # of a manifest: thousands of figures
MOST_TOLD = 20  # mistakes: whoever mends them will ask again
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


def read(path: Path) -> list[Entry]:
    """The figures of a manifest. Raises AttentionError that names the line of each mistake."""
    try:
        text = plain_bytes(path, MOST_BYTES).decode()
    except OSError as error:
        raise AttentionError(f"cannot read {path}: {error.strerror}", "give a TOML file") from error
    except UnicodeDecodeError as error:
        raise AttentionError(f"cannot read {path}: {error}", "give a TOML file") from error
    try:
        content = tomllib.loads(text)
    except RecursionError as error:
        raise AttentionError(f"{path} is nested too deeply", "write it flat") from error
    except ValueError as error:  # a number of thousands of digits is one, too
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
            own = key in given or key not in values
            line = lines.of(number, key) if own else lines.of_default(key)
            mistakes.append((line, f"{key}: {what}"))
        entries += [entry] if entry else []
        if len(mistakes) >= MOST_TOLD:
            break
    mistakes += _twice(entries)
    if mistakes:
        told = "; ".join(f"line {line}: {what}" for line, what in sorted(set(mistakes)))
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


class _Reader:
    """Reads the keys of one figure, collecting what is wrong."""

    def __init__(self, values: dict[str, Any]) -> None:
        self._values = dict(values)
        self.mistakes: list[tuple[str, str]] = []

    def entry(self, line: int) -> Entry | None:
        """The entry, or None if anything is wrong."""
        path = self._take("path", value.path_below)
        chapter = self._take("chapter", lambda v: value.one_of(v, CHAPTERS))
        info = CHAPTERS.get(chapter)
        names = [figure.name for figure in info.figures] if info else []
        figure = self._take("figure", lambda v: value.one_of(v, names), names[0] if names else "")
        source = Source(
            self._take("sentence", value.text, DEFAULT_SENTENCE),
            self._take("model", value.text, "smollm2"),
            self._take("layer", value.number, None),
            self._take("head", value.number, None),
            self._take("word", value.text, None),
            self._take("phrases", value.texts, ()),
        )
        if (source.word or source.phrases) and info and "phrases" not in info.needs:
            self.mistakes.append(("chapter", f"{chapter} shows no word in phrases"))
        look = Look(
            theme=self._take("theme", lambda v: value.one_of(v, get_args(Theme)), "dark"),
            lang=self._take("lang", lambda v: value.one_of(v, LANGUAGES), "en"),
            orientation=self._take(
                "orientation", lambda v: value.one_of(v, get_args(Orientation)), "columns"
            ),
            query=self._take("query", value.text, None),
            keys=self._take("keys", value.texts, ()),
            sink=self._take("sink", lambda v: value.one_of(v, get_args(Sink)), "show"),
            credit=self._take("credit", value.flag, True),
            captions=self._take("captions", value.flag, True),
        )
        width = self._take("width", value.side, WIDTH)
        size = self._take("size", value.size, width)
        formats = self._take("formats", lambda v: value.several(v, formats_of("still")), ("png",))
        clips = self._take("clips", lambda v: value.several(v, formats_of("clip")), CLIPS)
        quality = QUALITIES[self._take("quality", lambda v: value.one_of(v, QUALITIES), "draft")]
        clip_size = self._take("clip_size", value.size, (quality.width, quality.height))
        if set(clips) & set(EVEN) and any(side % 2 for side in clip_size):
            self.mistakes.append(("clip_size", "mp4 and webm need an even width and height"))
        captions = self._take("caption", value.by_language, OWN)
        alts = self._take("alt", value.by_language, OWN)
        for key in self._values:
            self.mistakes.append((key, f"is no key of a figure; known: {nearest(key, KEYS)}"))
        if path is not None and path.suffix[1:] not in formats and not self.mistakes:
            self.mistakes.append(("path", f"ends in {path.suffix}, but formats are {formats}"))
        if self.mistakes:
            return None
        form = Quality(clip_size[0], clip_size[1], quality.fps)
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
