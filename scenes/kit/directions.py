"""Which way the queries of a pattern run, and which way its keys: two words with arrows."""

from __future__ import annotations

from typing import Any

from scenes.kit import typeset
from scenes.kit.board import Board
from scenes.kit.label import Label
from scenes.kit.outline import Ink

# Of two lines in a corner: their pitch and height in ems, and their way to the cells.
PITCH, HIGH, ABOVE, BESIDE = 1.3, 0.72, 0.1, 0.16


def directions(
    chapter: Any, corner: tuple[float, float], em: float, right: float | None = None
) -> list[Label]:
    """At a pattern's top left corner: what runs down, left of it, and what runs to the right.

    `chapter` gives words, theme and orientation; the second ends at `right` if that is given.
    """
    down, across = _inks(chapter)
    (x, low), quiet = corner, chapter.theme.quiet
    end = ((x, low), em, quiet) if right is None else ((right, low), em, quiet, "right")
    return [Label(down, (x - 0.15, low), em, quiet, "right"), Label(across, *end)]


def in_corner(chapter: Any, board: Board, largest: float, used: float = 0.0) -> list[Label]:
    """The same two words in a board's corner, whose upper `used` is taken: one above the other.

    Beside words above the cells there is no room for the second. None where the corner is small.
    """
    x0, low, x1, high = board.corner
    down, across = _inks(chapter)
    right, y = x1 - BESIDE, low + ABOVE
    wide = (right - x0) / max(down.advance, across.advance)
    em = min(largest, wide, (high - used - y) / (PITCH + HIGH))
    if em < chapter.min_em:
        return []
    places = ((across, y + PITCH * em), (down, y))
    return [Label(ink, (right, at), em, chapter.theme.quiet, "right") for ink, at in places]


def _inks(chapter: Any) -> tuple[Ink, Ink]:
    """What runs down, and what runs to the right."""
    names = ("keys", "queries") if chapter.look.orientation == "columns" else ("queries", "keys")
    down, across = (
        Ink.plain(typeset.line(f"{chapter.say(name)} $arrow.{way}$", "italic"))
        for name, way in zip(names, "br", strict=True)
    )
    return down, across
