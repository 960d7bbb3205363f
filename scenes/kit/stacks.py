"""Stacks: how one whole is shared out, as a level bar in parts, one bar after the other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from scenes.kit.painted import Painted
from scenes.kit.painter import Painter
from scenes.kit.theme import RGB
from scenes.kit.view import Placement


class Stacks(Painted):
    """Bars (m, 2) by their left ends, each `long`; `shares` (m, parts) of it, in 0..1.

    Array `grown` (m,) says how much of a bar is there already, from its left end.
    """

    def __init__(
        self,
        lefts: np.ndarray,
        long: float,
        thick: float,
        shares: np.ndarray,
        colours: Sequence[RGB],
    ) -> None:
        self.lefts, self.long, self.thick = np.asarray(lefts, float), long, thick
        self.shares, self.colours = np.asarray(shares, float), list(colours)
        (x0, y0), (x1, y1) = self.lefts.min(0).tolist(), self.lefts.max(0).tolist()
        box = (x0, y0 - thick / 2, x1 + long, y1 + thick / 2)
        super().__init__(box, grown=np.ones(len(self.lefts)))

    def parts(self) -> np.ndarray:
        """Where each part of each bar begins and ends when it is whole: (m, parts, 2)."""
        ends = np.cumsum(self.shares, axis=1)
        edges = np.stack([ends - self.shares, ends], axis=2)
        found: np.ndarray = self.lefts[:, None, :1] + edges * self.long
        return found

    def changed_parts(self, before: dict[str, np.ndarray]) -> np.ndarray | None:
        """Around what each bar has grown by."""
        if before["opacity"] != self.arrays["opacity"]:
            return None
        ends = np.clip([before["grown"], self.arrays["grown"]], 0.0, 1.0) * self.long
        moved = ends[0] != ends[1]
        (x, y), half = self.lefts[moved].T, self.thick / 2
        low, high = x + ends[:, moved].min(0), x + ends[:, moved].max(0)
        return np.stack([low, y - half, high, y + half], axis=1)

    def paint(self, painter: Painter, at: Placement) -> None:
        """Part after part, as far as each bar has grown."""
        half, bars = self.thick / 2, self.parts()
        reach = self.lefts[:, 0] + np.clip(self.arrays["grown"], 0.0, 1.0) * self.long
        ys = self.lefts[:, 1].tolist()
        for part, colour in enumerate(self.colours):
            drawn = False
            for (low, high), right, y in zip(
                bars[:, part].tolist(), reach.tolist(), ys, strict=True
            ):
                high = min(high, right)
                if high > low:
                    painter.rectangle(at, low, y - half, high, y + half)
                    drawn = True
            if drawn:
                painter.fill(colour, self.opacity)
