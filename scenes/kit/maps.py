"""W_Q and W_K between two spaces: for each its name, an arrow, and the dimensions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from scenes.kit import typeset
from scenes.kit.label import Arrow, Label
from scenes.kit.outline import Ink
from scenes.kit.painted import Painted
from scenes.kit.theme import RGB

NAME_EM, THICK = 0.46, 0.045


def maps_across(chapter: Any, x0: float, x1: float, y: float) -> list[list[Painted]]:
    """One above the other between spaces side by side, about the height `y`."""
    middle, size = (x0 + x1) / 2, _size(chapter)
    half = min(0.62, (x1 - x0) / 2 - 0.2)
    em = min(max(chapter.min_em, 0.26), (x1 - x0 - 0.16) / size.width)
    places = zip(_named(chapter), (y + 1.0, y - 0.7), strict=True)
    return [
        [
            Label(ink, (middle, at + 0.3), NAME_EM, colour, "centre"),
            Arrow((middle - half, at), (middle + half, at), colour, THICK),
            Label(size, (middle, at - 0.46), em, chapter.theme.quiet, "centre"),
        ]
        for (ink, colour), at in places
    ]


def maps_down(chapter: Any, y: float) -> list[list[Painted]]:
    """Side by side between spaces one above the other, about the height `y`."""
    size, em = _size(chapter), max(chapter.min_em, 0.26)
    return [
        [
            Label(ink, (x - 0.25, y - 0.12), NAME_EM, colour, "right"),
            Arrow((x, y + 0.4), (x, y - 0.4), colour, THICK),
            Label(size, (x + 0.25, y - 0.08), em, chapter.theme.quiet, "left"),
        ]
        for (ink, colour), x in zip(_named(chapter), (-1.9, 1.5), strict=True)
    ]


def middle(parts: Sequence[Painted]) -> np.ndarray:
    """The middle of a matrix's arrow, which all that it maps passes: (2,)."""
    (box,) = (part.box for part in parts if isinstance(part, Arrow))
    return np.array(box).reshape(2, 2).mean(axis=0)


def _named(chapter: Any) -> list[tuple[Ink, RGB]]:
    """The matrices' names in the colours of queries and keys."""
    theme = chapter.theme
    pairs = (("Q", theme.query), ("K", theme.key))
    return [(Ink.plain(typeset.math(f"W_{name}")), colour) for name, colour in pairs]


def _size(chapter: Any) -> Ink:
    """From d_model to d_k."""
    before, after = chapter.trace.need("x").shape[1], chapter.trace.k.shape[1]
    return Ink.plain(typeset.math(f"{before} arrow.r {after}"))
