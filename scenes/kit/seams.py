"""A word of several tokens in an upright list: one box, with a dashed seam between its pieces."""

from __future__ import annotations

from typing import Any

import numpy as np

from scenes.kit.label import Frame
from scenes.kit.painted import Box, Painted
from scenes.kit.painter import Painter
from scenes.kit.strip import Strip
from scenes.kit.theme import RGB
from scenes.kit.view import Placement

PAD = 0.08  # between the widest piece and the sides of its box
STROKE, DASHES = 2.0, (6.0, 6.0)  # in px, as in the headers of boards
FILL, LIMIT = 0.2, 0.46  # how strong the box is; how near it comes to the next row, of a pitch


class SeamedBox(Frame):
    """The box around a word's pieces, and a seam at each of these heights."""

    def __init__(self, box: Box, seams: np.ndarray, colour: RGB) -> None:
        super().__init__(box, colour, width=STROKE, fill_opacity=FILL)
        x0, _, x1, _ = box
        self.seams = np.array([[(x0, y), (x1, y)] for y in seams]).reshape(-1, 2, 2)  # (k, 2, 2)

    def paint(self, painter: Painter, at: Placement) -> None:
        """The box, then the seams."""
        super().paint(painter, at)
        if len(self.seams):
            painter.segments(at, self.seams)
            painter.stroke(self.colour, self.opacity, STROKE, DASHES)


def word_boxes(
    chapter: Any, tokens: list[int], ys: np.ndarray, words: Strip, *, seamed: bool = True
) -> list[Painted]:
    """The boxes of words whose pieces stand in these rows, each as strong as its text.

    Without seams where pieces have one text for all of them. A word some of whose pieces stand
    elsewhere has no box: that would say that these are all.
    """
    ems = words.arrays["em"]
    left = words.arrays["spot"][:, 0] - words.offsets * ems
    right = left + words.widths * ems
    found: list[Painted] = []
    for word in chapter.trace.words:
        if len(word.pieces) > 1 and set(word.pieces) <= set(tokens):
            rows = [tokens.index(piece) for piece in word.pieces]
            high = ys[rows]
            reach = LIMIT * float(high[0] - high[1])
            sides = float(left[rows].min()) - PAD, float(right[rows].max()) + PAD
            box = (sides[0], float(high[-1]) - reach, sides[1], float(high[0]) + reach)
            seams = (high[1:] + high[:-1]) / 2 if seamed else high[:0]
            made = SeamedBox(box, seams, chapter.theme.box)
            found.append(made.set_opacity(float(words.arrays["shown"][rows].max())))
    return found
