"""Points, arrows and lines anywhere on the frame: one painted mobject for all of a kind."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from manim import config

from scenes.kit.outline import arrow_corners
from scenes.kit.painted import Box, Painted
from scenes.kit.painter import Painter
from scenes.kit.theme import RGB
from scenes.kit.view import Placement

Arrays = Mapping[str, np.ndarray]
PX = 1 / 135.0  # one pixel of a 1080p frame, in frame units
STEP = 0.12  # how finely a slanted line is cut into boxes
SEEN = 0.002


class Marks(Painted):
    """Base: entries that each have a place and an opacity, `shown` (m,)."""

    def __init__(self, colours: Sequence[RGB], shown: float | np.ndarray, **arrays: np.ndarray):
        m = len(colours)
        half_w, half_h = config.frame_width / 2, config.frame_height / 2
        self.colours = list(colours)
        visible = np.broadcast_to(np.asarray(shown, float), (m,)).copy()
        super().__init__((-half_w, -half_h, half_w, half_h), shown=visible, **arrays)

    def around(self, arrays: Arrays) -> np.ndarray:
        """The box of each entry: (m, 4)."""
        raise NotImplementedError

    def shapes(self) -> list[list[Box]]:
        """What type may not touch, as boxes, entry by entry."""
        return [[(x0, y0, x1, y1)] for x0, y0, x1, y1 in self.around(self.arrays).tolist()]

    @property
    def opacities(self) -> np.ndarray:
        """Each entry's opacity now."""
        visible: np.ndarray = self.arrays["shown"] * self.opacity
        return visible

    def ink_box(self) -> Box | None:
        """Around the entries that are visible now."""
        seen = self.opacities > SEEN
        if not seen.any():
            return None
        boxes = self.around(self.arrays)[seen]
        (x0, y0), (x1, y1) = boxes[:, :2].min(0).tolist(), boxes[:, 2:].max(0).tolist()
        return (x0, y0, x1, y1)

    def changed_parts(self, before: Arrays) -> np.ndarray | None:
        """Around each entry that differs, where it was and where it is."""
        if before["opacity"] != self.arrays["opacity"]:
            return None
        changed = np.zeros(len(self.colours), bool)
        for name, now in self.arrays.items():
            if now is not before[name] and now.ndim:
                changed |= (now != before[name]).reshape(len(now), -1).any(axis=1)
        changed &= (self.arrays["shown"] > SEEN) | (before["shown"] > SEEN)
        return np.concatenate([self.around(before)[changed], self.around(self.arrays)[changed]])


class Points(Marks):
    """Dots. Arrays: `spot` (m, 2), `radius` (m,), `shown` (m,); a ring where `outline` is set."""

    def __init__(
        self,
        spots: np.ndarray,
        radii: float | np.ndarray,
        colours: Sequence[RGB],
        shown: float | np.ndarray = 1.0,
        *,
        outline: float = 0.0,
    ) -> None:
        self.outline = outline
        sizes = np.broadcast_to(np.asarray(radii, float), (len(colours),)).copy()
        super().__init__(colours, shown, spot=np.asarray(spots, float), radius=sizes)

    def around(self, arrays: Arrays) -> np.ndarray:
        """The square around each dot."""
        spots, reach = arrays["spot"], arrays["radius"][:, None] + self.outline * PX
        return np.concatenate([spots - reach, spots + reach], axis=1)

    def paint(self, painter: Painter, at: Placement) -> None:
        """All dots."""
        spots, radii = self.arrays["spot"], self.arrays["radius"]
        painter.discs(at, spots, radii, self.colours, self.opacities, outline=self.outline)


class Segments(Marks):
    """Lines. Arrays: `ends` (m, 2, 2), `shown` (m,)."""

    def __init__(
        self,
        ends: np.ndarray,
        colours: Sequence[RGB],
        shown: float | np.ndarray = 1.0,
        *,
        width: float = 2.0,
        dash: Sequence[float] = (),
    ) -> None:
        self.width_px, self.dash = width, tuple(dash)
        super().__init__(colours, shown, ends=np.asarray(ends, float))

    @property
    def reach(self) -> float:
        """How far the ink lies from the line."""
        return self.width_px * PX / 2

    def around(self, arrays: Arrays) -> np.ndarray:
        """The box around each line."""
        return boxes_of(arrays["ends"], self.reach + 0.01)

    def shapes(self) -> list[list[Box]]:
        """Small boxes along each line: a slanted line's own box is mostly empty."""
        return [chain(ends, self.reach) for ends in self.arrays["ends"]]

    def paint(self, painter: Painter, at: Placement) -> None:
        """All lines, each in its own colour and opacity."""
        seen = np.flatnonzero(self.opacities > SEEN)
        if len(seen):
            inked = colours_of(self.colours, self.opacities, seen)
            painter.lines(at, self.arrays["ends"][seen], inked, self.width_px, self.dash)


class Vectors(Segments):
    """Arrows with filled heads. Arrays: `ends` (m, 2, 2) from tail to tip, `shown` (m,)."""

    def __init__(
        self,
        ends: np.ndarray,
        colours: Sequence[RGB],
        shown: float | np.ndarray = 1.0,
        *,
        thick: float = 0.045,
    ) -> None:
        self.thick = thick
        super().__init__(ends, colours, shown, width=thick / PX)

    @property
    def head(self) -> float:
        """The longest head."""
        return 4.6 * self.thick

    def around(self, arrays: Arrays) -> np.ndarray:
        """The box around each arrow, its head included."""
        return boxes_of(arrays["ends"], 2.2 * self.thick)

    def shapes(self) -> list[list[Box]]:
        """Small boxes along the shaft, and around the head."""
        found = []
        for ends in self.arrays["ends"]:
            length = max(math.dist(*ends.tolist()), 1e-9)
            neck = ends[1] - (ends[1] - ends[0]) * min(1.0, self.head / length)
            found.append(chain(ends, self.reach) + chain(np.array([neck, ends[1]]), 0.1))
        return found

    def paint(self, painter: Painter, at: Placement) -> None:
        """Each arrow as one polygon; a short one is its head."""
        ends, opacities = self.arrays["ends"], self.opacities
        long = np.linalg.norm(ends[:, 1] - ends[:, 0], axis=1)
        seen = np.flatnonzero((opacities > SEEN) & (long > 1e-4))
        if len(seen):
            head = np.minimum(self.head, long[seen])[:, None]
            corners = arrow_corners(ends[seen], self.thick, head, 0.42 * head)
            painter.shapes(at, corners, colours_of(self.colours, opacities, seen))


def colours_of(colours: Sequence[RGB], opacities: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """Red, green, blue and opacity of the chosen ones, (k, 4)."""
    rgb = np.array([colours[index] for index in chosen.tolist()])
    return np.column_stack([rgb, opacities[chosen]])


def boxes_of(ends: np.ndarray, reach: float | np.ndarray) -> np.ndarray:
    """The boxes around lines (m, 2, 2), wider by `reach`, one number or (m, 1): (m, 4)."""
    return np.concatenate([ends.min(axis=1) - reach, ends.max(axis=1) + reach], axis=1)


def chain(ends: np.ndarray, reach: float) -> list[Box]:
    """Small boxes along one line (2, 2)."""
    count = max(2, int(math.dist(*ends.tolist()) / STEP) + 2)
    stops = ends[0] + (ends[1] - ends[0]) * np.linspace(0, 1, count)[:, None]  # (count, 2)
    low = np.minimum(stops[:-1], stops[1:]) - reach
    high = np.maximum(stops[:-1], stops[1:]) + reach
    return [(x0, y0, x1, y1) for x0, y0, x1, y1 in np.concatenate([low, high], axis=1).tolist()]
