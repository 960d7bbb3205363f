"""The boxes of a header's words, how they are marked, and the seams between a word's tokens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from scenes.kit.painter import Painter
from scenes.kit.theme import RGB
from scenes.kit.view import Placement

SEAM, DASH = 2.0, (6.0, 6.0)  # the width of the line between two tokens, and its dashes


@dataclass(frozen=True)
class Accent:
    """How a word box is marked: its colour and the strength of stroke and fill."""

    colour: RGB
    stroke: float = 3.0
    fill: float = 0.22


class HeaderBoxes:
    """All boxes of a header but the start token's, which has none; painted in one go."""

    def __init__(self, header: Any) -> None:
        axis, plain = header.axis, Accent(header.theme.box, 2.0, 0.2)
        runs = [run for run in header.runs if not axis.labels[run[0]].is_start]
        # Those that are marked alike side by side.
        runs.sort(key=lambda run: axis.labels[run[0]].token in header.accents)
        accents = [header.accents.get(axis.labels[run[0]].token, plain) for run in runs]
        boxes = [header.word_box(run) for run in runs]
        sides = np.array(boxes).reshape(-1, 4)
        self._firsts = [run[0] for run in runs]  # the first token of each
        self._corners = sides[:, [[0, 1], [2, 1], [2, 3], [0, 3]]]  # (m, 4, 2)
        self._strokes = np.array([accent.stroke for accent in accents])
        self._fills, self._borders = (
            np.array([(*accent.colour, strength) for accent, strength in inked]).reshape(-1, 4)
            for inked in ([(a, a.fill) for a in accents], [(a, 1.0) for a in accents])
        )
        self._seams = [
            (run[0], accent.colour, np.array([_seam(header, index, box) for index in run[1:]]))
            for run, accent, box in zip(runs, accents, boxes, strict=True)
            if len(run) > 1
        ]

    def paint(self, painter: Painter, at: Placement, shown: np.ndarray) -> None:
        """The boxes, then the seams; `shown` (n,) is the opacity of each token."""
        opacities = shown[self._firsts]
        seen = opacities > 0.002
        fading = np.ones((int(seen.sum()), 4))
        fading[:, 3] = opacities[seen]
        fills, borders = self._fills[seen] * fading, self._borders[seen] * fading
        painter.framed(at, self._corners[seen], fills, borders, self._strokes[seen])
        for first, colour, seams in self._seams:
            if shown[first] > 0.002:
                painter.segments(at, seams)
                painter.stroke(colour, float(shown[first]), SEAM, DASH)


def _seam(header: Any, index: int, box: tuple[float, ...]) -> list[tuple[float, float]]:
    """The line between a token and the one before it, across their common box."""
    x0, y0, x1, y1 = box
    if header.across:
        x = header.axis.side(index)
        return [(x, y0), (x, y1)]
    y = float(header.axis.high[index])
    return [(x0, y), (x1, y)]
