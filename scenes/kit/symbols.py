"""The vector symbols Q_i and K_i, as papers write them, and the thin arrows of the headers."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from scenes.kit import typeset
from scenes.kit.outline import Outline, join

# Beside a board, from its rules outwards: the symbols, an arrow, and the boxes of the words.
RULE_GAP, ARROW_GAP, ARROW_LENGTH = 0.12, 0.09, 0.3
LARGEST_SYMBOL = 0.46  # the em of a symbol beside a board


def side_band(symbol_width: float) -> float:
    """How far from a board's rules the word boxes at its left stand."""
    return RULE_GAP + symbol_width + 2 * ARROW_GAP + ARROW_LENGTH


def polygon(*corners: tuple[float, float]) -> Outline:
    """A polygon as an outline in ems."""
    sides = [np.linspace(a, b, 4) for a, b in zip(corners, corners[1:] + corners[:1], strict=True)]
    return Outline(np.array(sides), (0,), max(x for x, _ in corners))


def arrow(x0: float, x1: float, y: float, thick: float, head: float) -> Outline:
    """A level arrow from x0 to x1."""
    neck = x1 - head
    shaft = polygon(
        (x0, y - thick / 2), (neck, y - thick / 2), (neck, y + thick / 2), (x0, y + thick / 2)
    )
    return join([shaft, polygon((neck, y - head * 0.5), (x1, y), (neck, y + head * 0.5))])


@lru_cache(maxsize=256)
def vector_symbol(letter: str, index: int | None = None) -> Outline:
    """A bold letter under an arrow with its index, if any, as the papers' q_i, in ems."""
    body = typeset.math(f"bold(upright({letter}))")
    over = arrow(-0.04, body.advance + 0.06, 0.92, 0.055, 0.24)
    if index is None:
        joined = join([body, over])
        return Outline(joined.curves, joined.starts, body.advance + 0.06)
    digits = typeset.number(str(index)).moved(body.advance + 0.02, -0.2, 0.6)
    joined = join([body, over, digits])
    return Outline(joined.curves, joined.starts, digits.advance)
