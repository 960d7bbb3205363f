"""The names of a plane's two axes, where they are least in the way of its dots."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from scenes.kit.label import Label
from scenes.kit.painted import Box
from scenes.kit.vectors import chain

CLEAR, LEAST_CLEAR = 0.5, 0.1  # room enough, and too little, between an axis' name and a dot
# Where on its axis a name may stand if its ends are crowded, the outermost places first.
ALONG = np.array([side for step in range(2, 10) for side in (step / 20, 1 - step / 20)])


def axis_names(
    chapter: Any, ends: np.ndarray, shares: Sequence[str], em: float, dots: Sequence[Box]
) -> list[Label]:
    """What two axes are, with their shares: the second at its top, the first where most room is.

    ends: (2, 2, 2), each axis from low to high. That is an end of the first axis; where dots
    crowd both, a place farther in.
    """
    (x0, y), (x1, _) = ends[0].tolist()
    x, top = ends[1, 1].tolist()
    taken, colour = np.array([*dots, *chain(ends[1], 0.0)]), chapter.theme.quiet

    def clearest(places: Iterable[tuple[float, str]]) -> tuple[float, Label]:
        every = [
            chapter.label(f"PC 1: {shares[0]}", (x, y + step * em), em, colour, anchor)
            for x, anchor in places
            for step in (-1.0, 0.4)
        ]
        names = [one for one in every if x0 - 0.01 <= one.box[0] and one.box[2] <= x1 + 0.01]
        names = names or every  # an axis so short
        clear = [min(CLEAR, apart(label.box, taken)) for label in names]
        best = int(np.argmax(clear))
        return clear[best], names[best]

    room, name = clearest([(x1, "right"), (x0, "left")])
    if room < LEAST_CLEAR:
        name = clearest([(x0 + share * (x1 - x0), "centre") for share in ALONG])[1]
    return [name, chapter.label(f"PC 2: {shares[1]}", (x + 0.14, top - em), em, colour)]


def apart(box: Box, others: np.ndarray) -> float:
    """How far the nearest of the other boxes (m, 4) is from this one."""
    gaps = np.maximum(others[:, :2] - box[2:], np.array(box[:2]) - others[:, 2:])
    return float(np.linalg.norm(np.maximum(gaps, 0.0), axis=1).min())
