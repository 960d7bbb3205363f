"""Whose query something is, in words, and as a label beside what is said of it."""

from __future__ import annotations

from typing import Any

from manim import config

from scenes.kit import typeset
from scenes.kit.label import Label
from scenes.kit.outline import Ink


def asked(chapter: Any, row: int, name: str = "asked", **values: Any) -> str:
    """ "the query of “creature”"; of a word in several tokens, which of them: it alone asks.

    name: of this text, or of another one that there is for both cases; values: of its others.
    """
    word, piece = chapter.word(row), chapter.trace.tokens[row].display
    name = name if piece == word else f"{name}_piece"
    return str(chapter.say(name, query=word, piece=piece, **values))


def asked_label(chapter: Any, row: int, at: tuple[float, float], margin: float) -> Label:
    """That, ending at a place, and no longer than from there to the frame's left margin."""
    line = typeset.text(asked(chapter, row))
    room = at[0] + config.frame_width / 2 - margin
    em = min(max(0.3, chapter.min_em), room / line.advance)
    return Label(Ink.plain(line), at, em, chapter.theme.query, "right")
