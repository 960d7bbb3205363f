"""A chain of arrows: steps set head to tail, and below them one from their start to their end."""

from __future__ import annotations

import numpy as np

from scenes.kit.outline import arrow_corners
from scenes.kit.painted import Painted
from scenes.kit.painter import Painter
from scenes.kit.theme import RGB
from scenes.kit.view import Placement

HEAD, SHARE = 0.17, 0.42  # length of an arrow's head; of a shorter arrow, this share of it
THINNEST = 0.4  # of its thickness, the shaft of a short arrow: it gets thinner with its head


class Chain(Painted):
    """Steps (m, 2) in frame units from `origin`, in one colour, and their sum in another.

    The sum is drawn `drop` below the line from their start to their end, so that it hides none.

    Arrays: `grown` (m,) (0..1) draws each step from its start, `total` the sum; `level` (m,) dims.
    """

    def __init__(
        self,
        origin: tuple[float, float],
        steps: np.ndarray,
        colour: RGB,
        total_colour: RGB,
        drop: float = 0.0,
    ) -> None:
        ends = np.vstack([np.zeros(2), np.cumsum(steps, axis=0)]) + origin  # (m + 1, 2)
        self.tails, self.tips = ends[:-1], ends[1:]
        self.origin, self.end = ends[0], ends[-1]
        self.colour, self.total_colour, self.below = colour, total_colour, np.array([0.0, -drop])
        every = np.vstack([ends, ends + self.below])
        (x0, y0), (x1, y1) = every.min(0) - HEAD, every.max(0) + HEAD
        m = len(steps)
        super().__init__(
            (float(x0), float(y0), float(x1), float(y1)),
            grown=np.ones(m),
            level=np.ones(m),
            total=1.0,
        )

    def arrows(self) -> list[tuple[np.ndarray, np.ndarray, float]]:
        """Start, present tip and opacity of each arrow, the sum's at last."""
        grown = self.arrays["grown"][:, None]
        tips = self.tails + (self.tips - self.tails) * grown
        found = list(zip(self.tails, tips, self.arrays["level"].tolist(), strict=True))
        first = self.origin + self.below
        total = first + (self.end - self.origin) * float(self.arrays["total"])
        return [*found, (first, total, 1.0)]

    def changed_parts(self, before: dict[str, np.ndarray]) -> np.ndarray | None:
        """Around the arrows that grew."""
        if before["opacity"] != self.arrays["opacity"]:
            return None
        boxes, now = [], self.arrays
        new = self.arrows()
        self.arrays = before
        old = self.arrows()
        self.arrays = now
        for (tail, tip, level), (_, was, dim) in zip(new, old, strict=True):
            if level != dim or not np.array_equal(tip, was):
                ends = np.array([tail, tip, was])
                boxes.append(np.concatenate([ends.min(0) - HEAD, ends.max(0) + HEAD]))
        return np.array(boxes).reshape(-1, 4)

    def along(self, step: float = 0.06) -> np.ndarray:
        """Small boxes (k, 4) along all arrows as they stand, which type must keep clear of."""
        boxes = []
        for tail, tip, level in self.arrows():
            length = float(np.linalg.norm(tip - tail))
            if level < 0.05 or length < 1e-6:
                continue
            count = 1 + int(length / step)
            ends = tail + (tip - tail) * np.linspace(0, 1, count + 1)[:, None]
            low, high = np.minimum(ends[:-1], ends[1:]), np.maximum(ends[:-1], ends[1:])
            boxes.append(np.concatenate([low - 0.02, high + 0.02], axis=1))
        return np.concatenate(boxes) if boxes else np.empty((0, 4))

    def paint(self, painter: Painter, at: Placement) -> None:
        """The steps, then the sum."""
        arrows = self.arrows()
        for index, (tail, tip, level) in enumerate(arrows):
            last = index == len(arrows) - 1
            colour, thick = (self.total_colour, 0.055) if last else (self.colour, 0.035)
            corners = arrow(tail, tip, thick)
            if corners is not None:
                painter.polygon(at, [(float(x), float(y)) for x, y in corners])
                painter.fill(colour, level * self.opacity)


def arrow(tail: np.ndarray, tip: np.ndarray, thick: float) -> np.ndarray | None:
    """The corners (7, 2) of a straight arrow; None where it has no length."""
    length = float(np.linalg.norm(tip - tail))
    if length < 1e-3:
        return None
    head = min(HEAD, SHARE * length)
    thick *= max(THINNEST, head / HEAD)
    return arrow_corners(np.stack([tail, tip]), thick, head, max(0.42 * head, 0.9 * thick))
