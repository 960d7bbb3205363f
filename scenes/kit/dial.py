"""A dial: one pair of entries as an arrow that turns, with the angle it turns by."""

from __future__ import annotations

import math

import numpy as np

from scenes.kit.outline import arrow_corners
from scenes.kit.painted import Painted
from scenes.kit.painter import Painter
from scenes.kit.theme import RGB, Theme
from scenes.kit.view import Placement

ARC = 0.42  # the arc's radius, as a share of the dial's
STEPS = 48  # corners of a whole arc
FAINT = 0.38
THICK, HEAD = 0.045, 0.2  # of an arrow, in frame units


class Dial(Painted):
    """The pair before (faint) and after its turn, in axes; `turned` (0..1) is how far it has come.

    `before` is in units of `unit`, the length that would reach the dial's rim.
    """

    def __init__(
        self,
        centre: tuple[float, float],
        radius: float,
        before: np.ndarray,
        degrees: float,
        unit: float,
        theme: Theme,
        colour: RGB,
    ) -> None:
        self.centre, self.radius, self.degrees = np.array(centre), radius, degrees
        self.before = np.asarray(before, float) / unit * radius
        self.theme, self.colour = theme, colour
        self.length = float(np.hypot(*self.before))
        x, y = centre
        super().__init__((x - radius, y - radius, x + radius, y + radius), turned=1.0)

    def tip(self) -> np.ndarray:
        """The arrow's tip now, from the dial's middle."""
        return self._at(float(self.arrays["turned"]) * self.degrees, self.length)

    def _at(self, degrees: float, length: float) -> np.ndarray:
        angle = math.atan2(self.before[1], self.before[0]) + math.radians(degrees)
        return length * np.array([math.cos(angle), math.sin(angle)])

    def changed_parts(self, before: dict[str, np.ndarray]) -> np.ndarray | None:
        """Around the slice between where the arrow was and where it is."""
        if before["opacity"] != self.arrays["opacity"]:
            return None
        was, now = (float(a["turned"]) * self.degrees for a in (before, self.arrays))
        steps = np.linspace(was, now, round(abs(now - was) / 10) + 2)
        tips = [self.centre, *[self.centre + self._at(step, self.length) for step in steps]]
        low, high = np.min(tips, axis=0) - HEAD / 2, np.max(tips, axis=0) + HEAD / 2
        return np.concatenate([low, high])[None]

    def paint(self, painter: Painter, at: Placement) -> None:
        """Axes and ring, the arc that was turned through, the faint arrow and the full one."""
        (x, y), r, theme, whole = self.centre.tolist(), self.radius, self.theme, self.opacity
        painter.segments(at, np.array([[(x - r, y), (x + r, y)], [(x, y - r), (x, y + r)]]))
        painter.stroke(theme.line, 0.8 * whole, 1.4)
        ring, one = np.array([r]), np.ones(1)
        painter.discs(at, self.centre[None], ring, [theme.line], 0.8 * whole * one, outline=1.4)
        turned = float(self.arrays["turned"]) * self.degrees
        if abs(turned) > 0.5:
            steps = np.linspace(0.0, turned, max(2, round(STEPS * abs(turned) / 360) + 1))
            rim = [self.centre + self._at(step, ARC * self.length) for step in steps]
            painter.polygon(at, [(x, y), *[(float(a), float(b)) for a, b in rim]])
            painter.fill(self.colour, 0.22 * whole)
            painter.segments(at, np.stack([rim[:-1], rim[1:]], axis=1))
            painter.stroke(self.colour, whole, 2.4)
        self._arrow(painter, at, self.before, FAINT * whole)
        self._arrow(painter, at, self.tip(), whole)

    def _arrow(self, painter: Painter, at: Placement, tip: np.ndarray, opacity: float) -> None:
        length = float(np.hypot(*tip))
        if length < 1e-6:
            return
        head, ends = min(HEAD, 0.6 * length), np.stack([self.centre, self.centre + tip])
        painter.polygons(at, arrow_corners(ends, THICK, head, 0.42 * head)[None])
        painter.fill(self.colour, opacity)
