"""Bars: shares of attention as lengths, one bar a key, all against the same full length."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from scenes.kit.painted import Painted
from scenes.kit.painter import Painter
from scenes.kit.theme import RGB
from scenes.kit.view import Placement


class Bars(Painted):
    """Level bars from a common left edge; array `value` (m,) in 0..1 of `length`."""

    def __init__(
        self,
        left: float,
        middles: np.ndarray,
        length: float,
        thick: float,
        values: np.ndarray,
        colours: Sequence[RGB],
        track: RGB,
    ) -> None:
        self.left, self.length, self.thick = left, length, thick
        self.middles, self.colours, self.track = np.asarray(middles, float), list(colours), track
        y0, y1 = self.middles.min() - thick, self.middles.max() + thick
        super().__init__((left, float(y0), left + length, float(y1)), value=values)

    def changed_parts(self, before: dict[str, np.ndarray]) -> np.ndarray | None:
        """Around what each bar has grown or shrunk by."""
        if before["opacity"] != self.arrays["opacity"]:
            return None
        ends = np.clip([before["value"], self.arrays["value"]], 0.0, 1.0) * self.length + self.left
        moved = ends[0] != ends[1]
        low, high = ends[:, moved].min(0), ends[:, moved].max(0)
        ys, half = self.middles[moved], self.thick / 2
        return np.stack([low, ys - half, high, ys + half], axis=1)

    def paint(self, painter: Painter, at: Placement) -> None:
        """A faint track a bar, so that "out of 1" is seen, then the bars."""
        half = self.thick / 2
        for y in self.middles.tolist():
            painter.rectangle(at, self.left, y - half, self.left + self.length, y + half)
        painter.fill(self.track, 0.10 * self.opacity)
        for y, value, colour in zip(
            self.middles.tolist(), self.arrays["value"].tolist(), self.colours, strict=True
        ):
            if value > 0:
                right = self.left + self.length * min(value, 1.0)
                painter.rectangle(at, self.left, y - half, right, y + half)
                painter.fill(colour, self.opacity)
