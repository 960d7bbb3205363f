"""The names of vectors as papers write them (E, dE, E', v), their colours, and their entries."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from attention_core.rounding import format_entry
from scenes.kit import typeset
from scenes.kit.outline import Ink, Outline, join, line_up
from scenes.kit.symbols import arrow
from scenes.kit.theme import RGB, Theme, blend

FIRST = 4  # entries shown of a vector before the dots; the last one follows them
# In ems, between the columns of a vector's entries: from number to number, and around the dots.
PITCH, DOTS_PITCH = 2.95, 2.0


def embedding_colour(theme: Theme) -> RGB:
    """The grey of a word's vector E (#DDDDDD on black)."""
    return blend(theme.text, theme.background, 2 / 15)


@lru_cache(maxsize=256)
def named(
    letter: str, index: int | None = None, *, delta: bool = False, prime: bool = False
) -> Ink:
    """A bold letter under an arrow, with its index; `delta` in front, `prime` behind it, in ems."""
    body = typeset.math(f"bold(upright({letter}))")
    height = body.box[3] + 0.22
    over = arrow(-0.04, body.advance + 0.06, height, 0.055, 0.24)
    parts, pen = [body, over], body.advance
    if prime:
        mark = typeset.math("x'")
        plain = typeset.math("x")
        # The prime alone: what a primed letter has more than the plain one.
        parts.append(_without(mark, len(plain.starts)).moved(body.advance + 0.05, 0.06))
        pen += 0.24
    if index is not None:
        digits = typeset.number(str(index)).moved(body.advance + 0.03, -0.2, 0.6)
        parts.append(digits)
        pen = max(pen, digits.advance)
    joined = join(parts)
    outline = Outline(joined.curves, joined.starts, max(pen, joined.box[2]))
    if delta:
        outline = line_up([typeset.math("Delta"), Outline(np.zeros((0, 4, 2)), (), 0.1), outline])
    return Ink.plain(outline)


def _without(outline: Outline, contours: int) -> Outline:
    """An outline without its first contours, set at x = 0."""
    first = outline.starts[contours]
    curves = outline.curves[first:]
    starts = tuple(start - first for start in outline.starts[contours:])
    left = float(curves[..., 0].min())
    return Outline(curves - (left, 0.0), starts, float(curves[..., 0].max()) - left)


def entry_inks(vector: np.ndarray) -> list[Ink]:
    """A vector's first entries, dots, and its last entry, as type; all of a short one."""
    shown = shown_entries(vector)
    if len(vector) <= FIRST + 1:
        return [_number(value) for value in shown]
    return [*map(_number, shown[:-1]), Ink.plain(typeset.math("dots.h.c")), _number(shown[-1])]


def shown_entries(vector: np.ndarray) -> list[float]:
    """The entries that are shown as numbers."""
    kept = vector if len(vector) <= FIRST + 1 else [*vector[:FIRST], vector[-1]]
    return [float(value) for value in kept]


def entry_columns(length: int) -> np.ndarray:
    """The middles of the columns of a vector's entries, in ems from the left edge of the first."""
    if length <= FIRST + 1:
        return PITCH * (np.arange(length) + 0.5)
    numbers = PITCH * (np.arange(FIRST) + 0.5)
    dots = PITCH * FIRST + DOTS_PITCH / 2
    return np.array([*numbers, dots, dots + (DOTS_PITCH + PITCH) / 2])


def entries_width(length: int) -> float:
    """The width of all of these columns, in ems."""
    return float(entry_columns(length)[-1]) + PITCH / 2


def _number(value: float) -> Ink:
    return Ink.plain(typeset.number(format_entry(value), False))
