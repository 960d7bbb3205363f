"""Single pieces of type and simple shapes on the frame: captions, formulas, boxes, arrows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import numpy as np

from scenes.kit.outline import Ink, arrow_corners
from scenes.kit.painted import Painted
from scenes.kit.painter import Painter
from scenes.kit.theme import RGB
from scenes.kit.view import Placement

Anchor = Literal["left", "centre", "right"]


class Label(Painted):
    """One line of type at a point of the frame; `at` is on its baseline."""

    def __init__(
        self, ink: Ink, at: tuple[float, float], em: float, colour: RGB, anchor: Anchor = "left"
    ) -> None:
        x0, y0, x1, y1 = ink.box
        offset = {"left": -x0, "centre": -(x0 + x1) / 2, "right": -x1}[anchor]
        self.pen = (at[0] + offset * em, at[1])
        self.ink, self.em, self.colour = ink, em, colour
        px, py = self.pen
        super().__init__((px + x0 * em, py + y0 * em, px + x1 * em + 1e-6, py + y1 * em + 1e-6))

    def paint(self, painter: Painter, at: Placement) -> None:
        """Place the line."""
        pens, ems = np.array([self.pen]), np.array([self.em])
        painter.inks(at, [self.ink], pens, ems, [self.colour], np.array([self.opacity]))


class Frame(Painted):
    """A rectangle drawn as a stroke, with an optional fill: the focus, or a panel's border."""

    def __init__(
        self,
        box: tuple[float, float, float, float],
        colour: RGB,
        *,
        width: float = 3.0,
        fill: RGB | None = None,
        fill_opacity: float = 0.0,
    ) -> None:
        super().__init__(box)
        self.colour, self.width_px = colour, width
        self.fill_colour, self.fill_opacity = fill or colour, fill_opacity

    def paint(self, painter: Painter, at: Placement) -> None:
        """Fill, then stroke."""
        if self.fill_opacity:
            painter.rectangle(at, *self.box)
            painter.fill(self.fill_colour, self.fill_opacity * self.opacity)
        if self.width_px:
            painter.rectangle(at, *self.box)
            painter.stroke(self.colour, self.opacity, self.width_px)


class Arrow(Painted):
    """A straight arrow with a filled head; `grown` (0..1) draws it from its start."""

    def __init__(
        self,
        start: tuple[float, float],
        end: tuple[float, float],
        colour: RGB,
        thick: float = 0.05,
    ) -> None:
        self.ends = np.array([start, end], float)
        self.colour, self.thick = colour, thick
        low, high = self.ends.min(0) - 3 * thick, self.ends.max(0) + 3 * thick
        super().__init__((low[0], low[1], high[0], high[1]), grown=1.0)

    def paint(self, painter: Painter, at: Placement) -> None:
        """Shaft and head as one polygon."""
        grown = float(self.arrays["grown"])
        start, end = self.ends[0], self.ends[0] + (self.ends[1] - self.ends[0]) * grown
        head = min(4.4 * self.thick, float(np.linalg.norm(end - start)))
        corners = arrow_corners(np.stack([start, end]), self.thick, head, 0.48 * head)
        painter.polygons(at, corners[None])
        painter.fill(self.colour, self.opacity)


class Disc(Painted):
    """One dot, with an optional unit ring around it (for legends)."""

    def __init__(
        self,
        centre: tuple[float, float],
        radius: float,
        colour: RGB,
        ring: tuple[float, RGB] | None = None,
    ) -> None:
        reach = max(radius, ring[0] if ring else 0.0)
        x, y = centre
        super().__init__((x - reach, y - reach, x + reach, y + reach))
        self.centre, self.radius, self.colour, self.ring = np.array([centre]), radius, colour, ring

    def paint(self, painter: Painter, at: Placement) -> None:
        """The ring, then the dot."""
        opacity = np.array([self.opacity])
        if self.ring:
            radius, colour = self.ring
            painter.discs(at, self.centre, np.array([radius]), [colour], 0.6 * opacity, outline=1.6)
        painter.discs(at, self.centre, np.array([self.radius]), [self.colour], opacity)


class Bracket(Painted):
    """A thin upright line."""

    def __init__(self, x: float, y0: float, y1: float, colour: RGB) -> None:
        super().__init__((x - 0.02, y0, x + 0.02, y1))
        self.ends, self.colour = np.array([[(x, y0), (x, y1)]]), colour

    def paint(self, painter: Painter, at: Placement) -> None:
        """Stroke it."""
        painter.segments(at, self.ends)
        painter.stroke(self.colour, self.opacity, 2.4)


def word_brackets(
    chapter: Any, tokens: list[int], ys: np.ndarray, em: float, x: Callable[[list[int]], float]
) -> list[Painted]:
    """The lines that join the pieces of one word in an upright list; `x` places them by row."""
    found: list[Painted] = []
    for word in chapter.trace.words:
        rows = [tokens.index(piece) for piece in word.pieces if piece in tokens]
        if len(rows) > 1:
            low, high = float(ys[rows[-1]]) - 0.36 * em, float(ys[rows[0]]) + 0.36 * em
            found.append(Bracket(x(rows), low, high, chapter.theme.quiet))
    return found
