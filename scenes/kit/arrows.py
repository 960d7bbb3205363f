"""Arrows of one kind: vectors drawn to scale, or what is carried from one place to another."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from scenes.kit.outline import arrow_corners
from scenes.kit.painted import Box, Painted
from scenes.kit.painter import Painter
from scenes.kit.theme import RGB
from scenes.kit.view import Placement


class Arrows(Painted):
    """Straight arrows with filled heads, each from `ends[i, 0]` to `ends[i, 1]`.

    Arrays, one entry an arrow: `grown` (0..1) draws it from its start, `shown` is its opacity.
    The tip of an arrow is exactly its end; one that is too short for its head is all head.
    """

    def __init__(
        self, ends: np.ndarray, colours: Sequence[RGB], thick: float = 0.05, head: float = 0.22
    ) -> None:
        self.ends = np.asarray(ends, float)  # (m, 2, 2)
        self.colours, self.thick, self.head = list(colours), thick, head
        self.reach = max(head * 0.48, thick)
        low, high = self.ends.min((0, 1)) - self.reach, self.ends.max((0, 1)) + self.reach
        m = len(self.ends)
        box = (float(low[0]), float(low[1]), float(high[0]), float(high[1]))
        super().__init__(box, grown=np.ones(m), shown=np.ones(m))

    def shapes(self, grown: np.ndarray) -> np.ndarray:
        """The arrows as polygons after so much of their growth: (m, 7, 2)."""
        start = self.ends[:, 0]
        way = self.ends[:, 1] - start
        length = np.linalg.norm(way, axis=1, keepdims=True)  # (m, 1)
        ends = np.stack([start, start + way * grown[:, None]], axis=1)
        head = np.minimum(self.head, length * grown[:, None])
        # A short arrow is a small one: shaft and head shrink together.
        return arrow_corners(ends, self.thick * head / self.head, head, 0.42 * head)

    def boxes(self, grown: np.ndarray) -> np.ndarray:
        """Around each arrow: (m, 4)."""
        shapes = self.shapes(grown)
        return np.concatenate([shapes.min(1), shapes.max(1)], axis=1)

    def stretches(self, count: int = 24) -> np.ndarray:
        """Each arrow, as far as it has grown, as a row of small boxes along it: (m, count, 4).

        One box around a slanted arrow would hold much that it does not touch.
        """
        shares = np.linspace(0, 1, count + 1)[None, :, None] * self.arrays["grown"][:, None, None]
        points = self.ends[:, :1] + (self.ends[:, 1:] - self.ends[:, :1]) * shares
        low, high = (f(points[:, :-1], points[:, 1:]) for f in (np.minimum, np.maximum))
        return np.concatenate([low - self.thick / 2, high + self.thick / 2], axis=2)

    def ink_box(self) -> Box | None:
        """Around what is visible."""
        seen = (self.arrays["shown"] * self.opacity > 0.002) & (self.arrays["grown"] > 0)
        if not seen.any():
            return None
        boxes = self.boxes(self.arrays["grown"])[seen]
        (x0, y0), (x1, y1) = boxes[:, :2].min(0).tolist(), boxes[:, 2:].max(0).tolist()
        return (x0, y0, x1, y1)

    def changed_parts(self, before: dict[str, np.ndarray]) -> np.ndarray | None:
        """Around the whole of each arrow that changed: what is cut slantwise has another edge."""
        if before["opacity"] != self.arrays["opacity"]:
            return None
        changed = np.zeros(len(self.ends), bool)
        for name in ("grown", "shown"):
            changed |= self.arrays[name] != before[name]
        grown = np.maximum(self.arrays["grown"], before["grown"])
        return self.boxes(grown)[changed]

    def paint(self, painter: Painter, at: Placement) -> None:
        """One polygon an arrow."""
        shapes, opacities = self.shapes(self.arrays["grown"]), self.arrays["shown"] * self.opacity
        seen = (opacities > 0.002) & (self.arrays["grown"] > 0)
        for index in np.flatnonzero(seen).tolist():
            painter.polygons(at, shapes[index : index + 1])
            painter.fill(self.colours[index], float(opacities[index]))
