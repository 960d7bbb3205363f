"""What changes evenly with time: a slow drift of arrays, and a line of type that counts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from manim import Animation

from scenes.kit.outline import Ink
from scenes.kit.painted import NOWHERE, Painted
from scenes.kit.painter import Painter
from scenes.kit.theme import RGB
from scenes.kit.view import Placement


class Counter(Painted):
    """One of several lines of type, by a number that counts: array `value` ()."""

    def __init__(self, inks: Sequence[Ink], at: tuple[float, float], em: float, colour: RGB):
        self.inks, self.at, self.em, self.colour = list(inks), at, em, colour
        right = at[0] + max(ink.advance for ink in inks) * em
        super().__init__((at[0], at[1] - 0.3 * em, right, at[1] + em), value=0.0)

    @property
    def ink(self) -> Ink:
        """The line that is shown now."""
        return self._ink(self.arrays)

    def _ink(self, arrays: dict[str, np.ndarray]) -> Ink:
        return self.inks[round(float(arrays["value"]))]

    def changed_parts(self, before: dict[str, np.ndarray]) -> np.ndarray | None:
        """All of it, where another line is shown; it counts on between them."""
        alike = before["opacity"] == self.arrays["opacity"] and self._ink(before) is self.ink
        return NOWHERE if alike else super().changed_parts(before)

    def paint(self, painter: Painter, at: Placement) -> None:
        """Place it."""
        ems, tones = np.array([self.em]), np.array([self.opacity])
        painter.inks(at, [self.ink], np.array([self.at]), ems, [self.colour], tones)


class Drift(Animation):
    """Change arrays of a painted mobject evenly, by so much a second; others may move meanwhile."""

    def __init__(self, mobject: Painted, run_time: float = 1.0, **speeds: float) -> None:
        self.speeds = speeds
        super().__init__(mobject, run_time=run_time)

    def begin(self) -> None:
        """Remember where the arrays start."""
        self.starts = {name: self.mobject.arrays[name].copy() for name in self.speeds}
        super().begin()

    def interpolate_mobject(self, alpha: float) -> None:
        """Set the arrays for this moment."""
        for name, speed in self.speeds.items():
            self.mobject.arrays[name] = self.starts[name] + speed * alpha * self.run_time
