"""Which way the queries of a pattern run, and which way its keys: two words with arrows."""

from __future__ import annotations

from typing import Any

from scenes.kit import typeset
from scenes.kit.board import Board
from scenes.kit.label import Label
from scenes.kit.outline import Ink
from scenes.kit.words import formula

# Of two lines in a corner: their pitch and height in ems, and their way to the cells.
PITCH, HIGH, ABOVE, BESIDE = 1.3, 0.72, 0.1, 0.16
LIFT = 0.04  # frame units
APART, LINE = 0.9, 0.86  # in ems: between them in one line, and what a line takes with its air


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


def in_corner(
    chapter: Any, board: Board, largest: float, used: float = 0.0, asks: str = "queries"
) -> list[Label]:
    """The same two words in a board's corner, whose upper `used` is taken: one above the other.

    Beside words above the cells there is no room for the second. None where the corner is small.
    `asks` is the caption of what stands for the queries: a decoder's is not the token it is at.
    """
    x0, low, x1, high = board.corner
    down, across = _inks(chapter, asks)
    right, y = x1 - BESIDE, low + ABOVE
    wide = (right - x0) / max(down.advance, across.advance)
    em = min(largest, wide, (high - used - y) / (PITCH + HIGH))
    if em < chapter.min_em:
        return []
    return stacked(chapter, (right, y), em, asks)


def stacked(
    chapter: Any, foot: tuple[float, float], em: float, asks: str = "queries"
) -> list[Label]:
    """The same two words, one above the other, the lower one's line ending at `foot`."""
    (right, y), (down, across) = foot, _inks(chapter, asks)
    places = ((across, y + PITCH * em), (down, y))
    return [Label(ink, (right, at), em, chapter.theme.quiet, "right") for ink, at in places]


def foot_room(chapter: Any, wide: float) -> tuple[float, float]:
    """What the two words take at the foot of a corner so wide: one line, or two where it is not."""
    em, advances = chapter.min_em, [ink.advance for ink in _inks(chapter)]
    level = (sum(advances) + APART) * em + BESIDE
    if level <= wide:
        return level, ABOVE + LINE * em
    return max(advances) * em + BESIDE, ABOVE + (PITCH + LINE) * em


def at_foot(chapter: Any, board: Board) -> list[Label]:
    """The same two words above the rules of a board that left `foot_room` for them.

    They stand for the symbols Q_i and K_i, and have their colours.
    """
    em, theme = chapter.min_em, chapter.theme
    x0, low, x1, _ = board.corner
    down, across = _inks(chapter, leftwards=board.columns.leftwards)
    _, high = foot_room(chapter, x1 - x0)
    right, y = x1 - BESIDE, low + ABOVE
    if high > ABOVE + 1.01 * LINE * em:
        spots = ((right, y), (right, y + PITCH * em))
    else:  # what runs down stands above the words that do; its arrow reaches lower
        y += LIFT
        spots = ((right, y), (right - (down.advance + APART) * em, y))
    colours = [
        theme.key if side.role == "key" else theme.query for side in (board.rows, board.columns)
    ]
    made = zip((down, across), spots, colours, strict=True)
    return [Label(ink, spot, em, colour, "right") for ink, spot, colour in made]


def _inks(chapter: Any, asks: str = "queries", leftwards: bool = False) -> tuple[Ink, Ink]:
    """What runs down, and what runs to the right (or to the left)."""
    names = ("keys", asks) if chapter.look.orientation == "columns" else (asks, "keys")
    ways = "b" + ("l" if leftwards else "r")
    down, across = (
        Ink.plain(typeset.line(f"{chapter.say(name)} {formula(f'arrow.{way}')}", "italic"))
        for name, way in zip(names, ways, strict=True)
    )
    return down, across
