"""A pattern of hundreds of tokens, seen from its first ones on: dots, then cells, then a map."""

from __future__ import annotations

from functools import cached_property

import cairo
import numpy as np

from scenes.kit.board import DOT_SHARE, Region
from scenes.kit.fill import LEAST
from scenes.kit.painted import Painted
from scenes.kit.painter import Painter
from scenes.kit.theme import Theme
from scenes.kit.view import Placement

DOTS = 24  # up to so many tokens a weight is a dot in its unit ring; beyond, a cell's brightness
LEVELS = 24  # steps of brightness on a vector surface, where a map is made of rectangles
LINES = 32  # more tokens have no rules between them
TINT = 0.6  # of a grid's tint over what is masked: of hundreds of tokens it is half the picture


class Growth(Painted):
    """The first `extent` (an array of one number) tokens' weights in a square.

    weights: (n, n), rows are queries; `columns` puts queries on top. The first row and column are
    the start token's: it is looked at in grey, and its own query is not drawn.
    """

    def __init__(
        self, weights: np.ndarray, square: Region, extent: float, columns: bool, theme: Theme
    ) -> None:
        super().__init__(square, extent=extent)
        values = np.asarray(weights, float).copy()  # (n, n)
        values[values < LEAST * min(1.0, 24 / len(values))] = 0.0
        values[0] = 0.0
        self.columns, self.theme = columns, theme
        self.values = values.T if columns else values  # (down, across)
        self.starts = np.zeros(values.shape, bool)
        self.starts[(0, slice(None)) if columns else (slice(None), 0)] = True

    @property
    def seen(self) -> float:
        """How many tokens are seen now."""
        return float(self.arrays["extent"])

    @property
    def pitch(self) -> float:
        """The side of a cell now."""
        return (self.box[2] - self.box[0]) / self.seen

    def paint(self, painter: Painter, at: Placement) -> None:
        """The mask's tint, the weights as the extent asks for, and a border."""
        x0, y0, x1, y1 = self.box
        theme, count = self.theme, int(np.ceil(self.seen - 1e-6))
        self._tint(painter, at, count)
        if self.seen <= DOTS:
            self._dots(painter, at, count)
        elif painter.masks:
            self._map(painter, at)
        else:
            self._rectangles(painter, at, count)
        if self.seen <= LINES:
            steps = self.pitch * np.arange(1, count)
            steps = steps[steps < x1 - x0 - 1e-6]
            ends = [[(x0 + s, y0), (x0 + s, y1)] for s in steps]
            ends += [[(x0, y1 - s), (x1, y1 - s)] for s in steps]
            painter.segments(at, np.array(ends).reshape(-1, 2, 2))
            painter.stroke(theme.line, 0.6 * self.opacity, 1.2)
        painter.rectangle(at, *self.box)
        painter.stroke(theme.line, self.opacity, 1.6)

    def _tint(self, painter: Painter, at: Placement, count: int) -> None:
        """What the mask hides: below the diagonal where queries are on top, else above it."""
        x0, y0, x1, y1 = self.box
        corners = []
        for step in range(count):
            low, high = step * self.pitch, min((step + 1) * self.pitch, x1 - x0)
            side = (x0 + low, y0, x0 + high, y1 - high)
            if not self.columns:
                side = (x0 + high, y1 - high, x1, y1 - low)
            a, b, c, d = side
            corners.append([(a, b), (c, b), (c, d), (a, d)])
        painter.polygons(at, np.array(corners))
        painter.fill(self.theme.masked, TINT * self.theme.tint_opacity * self.opacity)

    def _dots(self, painter: Painter, at: Placement, count: int) -> None:
        x0, _, _, y1 = self.box
        down, across = np.divmod(np.arange(count * count), count)
        centres = np.stack([x0 + (across + 0.5) * self.pitch, y1 - (down + 0.5) * self.pitch], 1)
        # A cell comes in when it is whole: until then its dot would cross the border.
        there = np.maximum(down, across) + 1 <= self.seen + 1e-6
        query, key = (across, down) if self.columns else (down, across)
        starts, visible = self.starts[down, across], (key <= query) & (query > 0) & there
        values, radius = self.values[down, across], DOT_SHARE * self.pitch
        theme = self.theme
        colours = [
            theme.line if start else theme.dot(value)
            for start, value in zip(starts.tolist(), values.tolist(), strict=True)
        ]
        rings, full = np.full(len(values), radius), [theme.text] * len(values)
        faint = np.where(visible & ~starts, 0.16 * self.opacity, 0.0)
        painter.discs(at, centres, rings, full, faint, outline=2.4)
        radii = radius * np.sqrt(values)
        painter.discs(at, centres, radii, colours, np.where(visible, self.opacity, 0.0))

    @cached_property
    def _masks(self) -> tuple[cairo.ImageSurface, ...]:
        """Words' weights and the start token's as 8-bit brightness (its root)."""
        found = []
        for start in (False, True):
            levels = np.where(self.starts == start, np.cbrt(self.values), 0.0) * 255
            n = len(levels)
            stride = cairo.ImageSurface.format_stride_for_width(cairo.FORMAT_A8, n)
            rows = np.zeros((n, stride), np.uint8)
            rows[:, :n] = np.rint(levels)
            data = memoryview(bytearray(rows.tobytes()))
            found.append(cairo.ImageSurface.create_for_data(data, cairo.FORMAT_A8, n, n, stride))
        return tuple(found)

    def _map(self, painter: Painter, at: Placement) -> None:
        """The map as one image, cut at the square; small cells are averaged, large ones crisp."""
        context = painter.context
        x0, y0, x1, y1 = self.box
        (left, top), (right, bottom) = at.pixels(np.array([(x0, y1), (x1, y0)])).tolist()
        scale = (right - left) / self.seen
        for surface, colour in zip(
            self._masks, (self.theme.dot(1.0), self.theme.line), strict=True
        ):
            pattern = cairo.SurfacePattern(surface)
            pattern.set_filter(cairo.FILTER_NEAREST if scale >= 4 else cairo.FILTER_GOOD)
            pattern.set_matrix(
                cairo.Matrix(1 / scale, 0, 0, 1 / scale, -left / scale, -top / scale)
            )
            painter.colour(colour, self.opacity)
            context.save()
            context.rectangle(left, top, right - left, bottom - top)
            context.clip()
            context.mask(pattern)
            context.restore()

    def _rectangles(self, painter: Painter, at: Placement, count: int) -> None:
        """The map on a vector surface: runs of equal brightness in a line are one rectangle."""
        x0, _, x1, y1 = self.box
        levels = np.rint(np.cbrt(self.values[:count, :count]) * LEVELS).astype(int)
        levels = np.where(self.starts[:count, :count], -levels, levels)
        edges = np.ones((count, count + 1), bool)
        edges[:, 1:-1] = levels[:, 1:] != levels[:, :-1]
        rows, begins = np.nonzero(edges[:, :-1])
        _, ends = np.nonzero(edges[:, 1:])
        level = levels[rows, begins]
        left, right = x0 + begins * self.pitch, np.minimum(x0 + (ends + 1) * self.pitch, x1)
        high, low = y1 - rows * self.pitch, y1 - (rows + 1) * self.pitch
        corners = np.stack(
            [np.stack(p, -1) for p in ((left, low), (right, low), (right, high), (left, high))], 1
        )
        for step in np.unique(level[level != 0]).tolist():
            painter.polygons(at, corners[level == step])
            colour = self.theme.line if step < 0 else self.theme.dot(1.0)
            painter.fill(colour, abs(step) / LEVELS * self.opacity)
