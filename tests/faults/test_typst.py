"""What a user says never reaches Typst, whichever chapter shows it, in either language."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace

import pytest

from attention_core import Material, Trace
from rendering import stage
from scenes.kit import typeset
from scenes.kit.outline import Outline
from scenes.look import Look
from scenes.registry import CHAPTERS

MARKS = (
    "qzxa",
    "#qzxb",
    "$qzxc$",
    "]qzxd",
    '"qzxe',
    "#(qzxf)",
    "\\qzxg",
    "*qzxh*",
    "@qzxi",
    "<qzxj>",
)
ALT_WITHOUT_WORDS = ("context-size", "context", "multi-head")
WORDS = (
    "phrases",
    "phrase_word",
    "phrase_controls",
    "next_tokens",
    "phrase_directions_en",
    "phrase_directions_ko",
)


def marked(trace: Trace) -> Trace:
    """The trace of a sentence of marks, each of which is code where it is read as such."""
    tokens = [
        token if token.special else token._replace(text=mark, display=mark)
        for token, mark in zip(trace.tokens, itertools.cycle(MARKS), strict=False)
    ]
    return replace(trace, tokens=tuple(tokens), sentence=" ".join(MARKS))


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """All that Typst is asked for, from nothing on."""
    asked: list[str] = []
    set_by_typst = typeset._set

    def spy(source: str) -> list[Outline]:
        asked.append(source)
        return set_by_typst(source)

    monkeypatch.setattr(typeset, "_set", spy)
    for cached in (typeset.math, typeset.line, typeset.number, typeset._digits):
        cached.cache_clear()
    yield asked


@pytest.mark.parametrize("lang", ["en", "ko"])
@pytest.mark.parametrize("slug", CHAPTERS)
def test_no_chapter_hands_words_to_typst(slug: str, lang: str, given: list[str]) -> None:
    sound = Material.embedded()
    traces = {name: marked(trace) for name, trace in sound.traces.items()}
    texts = {
        name: tuple(MARKS[at % len(MARKS)] for at, _ in enumerate(words))
        if name in WORDS
        else words
        for name, words in sound.texts.items()
    }
    material = Material(traces, sound.arrays, texts)
    pixels, picture = stage.still(slug, material, Look(lang=lang), (960, 540))  # type: ignore[arg-type]
    assert pixels.std() > 0
    assert "qzx" in picture.alt or slug in ALT_WITHOUT_WORDS
    assert given or slug == "embedding-space", "Typst was not asked for anything"
    assert not [source for source in given if "qzx" in source]
