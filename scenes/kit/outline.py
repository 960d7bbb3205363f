"""Outlines: the Bezier curves of a word, a number or a formula, laid out once and then placed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

import cairo
import numpy as np

# One throw-away context turns curves into reusable cairo paths; a path belongs to no surface.
_SCRATCH = cairo.Context(cairo.ImageSurface(cairo.FORMAT_A8, 1, 1))


@dataclass(frozen=True, eq=False)
class Outline:
    """Closed cubic curves in em units, y up, the baseline at y = 0 and the pen start at x = 0.

    `curves` is (m, 4, 2); `starts` holds the index of each contour's first curve;
    `advance` is how far the pen moves on.
    """

    curves: np.ndarray
    starts: tuple[int, ...]
    advance: float

    @cached_property
    def box(self) -> tuple[float, float, float, float]:
        """x0, y0, x1, y1 of the ink (0, 0, 0, 0 when there is none)."""
        if len(self.curves) == 0:
            return (0.0, 0.0, 0.0, 0.0)
        points = self.curves.reshape(-1, 2)
        (x0, y0), (x1, y1) = points.min(0), points.max(0)
        return (float(x0), float(y0), float(x1), float(y1))

    @cached_property
    def path(self) -> cairo.Path:
        """The outline as a cairo path in em units."""
        _SCRATCH.new_path()
        begins = set(self.starts)
        for index, (a, b, c, d) in enumerate(self.curves.tolist()):
            if index in begins:
                if index:
                    _SCRATCH.close_path()
                _SCRATCH.move_to(*a)
            _SCRATCH.curve_to(*b, *c, *d)
        if len(self.curves):
            _SCRATCH.close_path()
        path = _SCRATCH.copy_path()
        _SCRATCH.new_path()
        return path

    def moved(self, dx: float = 0.0, dy: float = 0.0, scale: float = 1.0) -> Outline:
        """The outline scaled about the pen start, then shifted."""
        return Outline(self.curves * scale + (dx, dy), self.starts, self.advance * scale + dx)


EMPTY = Outline(np.zeros((0, 4, 2)), (), 0.0)


def join(outlines: Iterable[Outline]) -> Outline:
    """Lay outlines over each other as one (positions are kept, the longest advance wins)."""
    curves: list[np.ndarray] = []
    starts: list[int] = []
    count, advance = 0, 0.0
    for outline in outlines:
        starts.extend(count + start for start in outline.starts)
        curves.append(outline.curves)
        count += len(outline.curves)
        advance = max(advance, outline.advance)
    return Outline(np.concatenate(curves) if curves else EMPTY.curves, tuple(starts), advance)


def line_up(outlines: Iterable[Outline]) -> Outline:
    """Set outlines one after the other, each at the pen position of the last."""
    placed, pen = [], 0.0
    for outline in outlines:
        placed.append(outline.moved(pen))
        pen += outline.advance
    joined = join(placed)
    return Outline(joined.curves, joined.starts, pen)


@dataclass(frozen=True, eq=False)
class Ink:
    """A piece of text or formula ready to paint: coloured outlines that share one pen start.

    A `None` colour takes the colour that the mobject gives it.
    """

    parts: tuple[tuple[Outline, tuple[float, float, float] | None], ...]
    advance: float = field(default=0.0)

    @staticmethod
    def plain(outline: Outline) -> Ink:
        """One outline in the mobject's own colour."""
        return Ink(((outline, None),), outline.advance)

    def __iter__(self) -> Iterator[tuple[Outline, tuple[float, float, float] | None]]:
        return iter(self.parts)

    @cached_property
    def box(self) -> tuple[float, float, float, float]:
        """x0, y0, x1, y1 of all parts' ink."""
        boxes = np.array([o.box for o, _ in self.parts if len(o.curves)] or [(0, 0, 0, 0)])
        (x0, y0), (x1, y1) = boxes[:, :2].min(0), boxes[:, 2:].max(0)
        return (float(x0), float(y0), float(x1), float(y1))

    @property
    def width(self) -> float:
        """Width of the ink in ems."""
        return self.box[2] - self.box[0]

    @property
    def height(self) -> float:
        """Height of the ink in ems."""
        return self.box[3] - self.box[1]


def arrow_corners(
    ends: np.ndarray,
    thick: float | np.ndarray,
    head: float | np.ndarray,
    wide: float | np.ndarray,
) -> np.ndarray:
    """Straight arrows with filled heads as polygons: ends (..., 2, 2) -> corners (..., 7, 2).

    `thick` is the shaft's width, `head` the head's length and `wide` half of its width, each one
    number or (..., 1). An arrow of no length is a point.
    """
    start, end = ends[..., 0, :], ends[..., 1, :]
    length = np.linalg.norm(end - start, axis=-1, keepdims=True)  # (..., 1)
    step = np.divide(end - start, length, out=np.zeros_like(end), where=length > 0)
    side = step[..., ::-1] * (-1.0, 1.0)
    neck, half, barb = end - head * step, side * thick / 2, side * wide
    corners = (
        *(start + half, neck + half, neck + barb, end),
        *(neck - barb, neck - half, start - half),
    )
    return np.stack(corners, axis=-2)
