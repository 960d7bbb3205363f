"""A pattern of hundreds of tokens, seen from its first ones on: dots, then cells, then a map."""

from __future__ import annotations

from functools import lru_cache

import cairo
import numpy as np

from scenes.kit.board import DOT_SHARE, Region
from scenes.kit.fill import LEAST
from scenes.kit.glow import glow
from scenes.kit.painted import Painted
from scenes.kit.painter import Painter
from scenes.kit.theme import RGB, Theme
from scenes.kit.view import Placement

DOTS = 24  # up to so many tokens a weight is a dot in its unit ring; beyond, a cell's brightness
LEVELS = 24  # steps of brightness on a vector surface, where a map is made of rectangles
CRISP = 3  # pixels of a cell from which it has sharp edges
LINES = 32  # more tokens have no rules between them
POWER = 1 / 6  # brightness is the sixth root of a weight: most of hundreds are small
POINTS = 128  # a map has so many points a side: of more tokens, each is the largest of a window


def window(extent: float) -> float:
    """How many weights across and down a point of the map stands for; at least one."""
    return max(1.0, extent / POINTS)


def faintest(count: int) -> float:
    """The least weight that a pattern of so many tokens shows: the more, the smaller all are."""
    return LEAST * min(1.0, DOTS / count)


class Growth(Painted):
    """The first `extent` (an array of one number) tokens' weights in a square.

    weights: (n, n), rows are queries; `columns` puts queries on top. `start`: the start token, the
    first one, if there is any: it is looked at in grey, by its own query too.
    A point of a large map shows the largest weight of `window` x `window`, those of the queries
    before it and the keys after it: so it never reaches over the diagonal.
    """

    def __init__(
        self,
        weights: np.ndarray,
        square: Region,
        extent: float,
        columns: bool,
        theme: Theme,
        start: int | None,
    ) -> None:
        super().__init__(square, extent=extent)
        values = np.asarray(weights, float).copy()  # (n, n)
        values[values < faintest(len(values))] = 0.0
        self.columns, self.theme, self.start = columns, theme, start
        self.by_query = values
        self.values = values.T if columns else values  # (down, across)
        self.starts = np.zeros(values.shape, bool)
        if start is not None:
            self.starts[(start, slice(None)) if columns else (slice(None), start)] = True
        self._windows: dict[int, np.ndarray] = {}

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
            self._map(painter, at, count)
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
        edges = np.minimum(np.arange(count + 1) * self.pitch, x1 - x0)  # (count + 1,)
        # A staircase along the diagonal, down its steps; then the corner that it leaves.
        before, after = edges[:-1], edges[1:]
        if self.columns:
            steps = [(x0 + before, y1 - after), (x0 + after, y1 - after)]
            corner = (x0, y0)
        else:
            steps = [(x0 + after, y1 - before), (x0 + after, y1 - after)]
            corner = (x1, y1)
        stairs = np.stack([np.stack(step, axis=-1) for step in steps], axis=1).reshape(-1, 2)
        painter.polygons(at, np.concatenate([stairs, [corner]])[None])
        painter.fill(self.theme.masked, self.theme.tint_opacity * self.opacity)

    def _dots(self, painter: Painter, at: Placement, count: int) -> None:
        x0, _, _, y1 = self.box
        down, across = np.divmod(np.arange(count * count), count)
        centres = np.stack([x0 + (across + 0.5) * self.pitch, y1 - (down + 0.5) * self.pitch], 1)
        # A cell comes in when it is whole: until then its dot would cross the border.
        there = np.maximum(down, across) + 1 <= self.seen + 1e-6
        query, key = (across, down) if self.columns else (down, across)
        starts, visible = self.starts[down, across], (key <= query) & there
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

    def _window(self, wide: int) -> np.ndarray:
        """Brightness 0..255 of points that stand for `wide` x `wide` weights: (2, n, n).

        The words' and the start token's, (down, across); where both would be, the start token's.
        """
        if wide not in self._windows:
            words = self.by_query.copy()
            starts = np.zeros_like(words)
            if self.start is not None:
                starts[:, self.start] = words[:, self.start]
                words[:, self.start] = 0.0
            largest, rows = words, starts
            for step in range(1, wide):
                largest = np.maximum(largest, _later(words, step))
                rows = np.maximum(rows, _later(starts, step))
            words, starts = largest, rows
            for step in range(1, wide):
                largest = np.maximum(largest, np.pad(words[:, step:], ((0, 0), (0, step))))
            if self.start is not None:
                thick = slice(self.start, self.start + wide)
                starts[:, thick] = starts[:, [self.start]]
                starts = np.tril(starts)  # its own thickness stays on this side of the diagonal too
                largest[:, thick] = 0.0
            both = np.stack([largest, starts])
            levels = np.rint(both**POWER * 255).astype(np.uint8)
            self._windows[wide] = (
                np.ascontiguousarray(levels.swapaxes(1, 2)) if self.columns else levels
            )
        return self._windows[wide]

    def _levels(self, count: int) -> np.ndarray:
        """The brightness now of the first `count` tokens' points: (2, count, count), 0..255."""
        wide = window(self.seen)
        low = int(wide)
        levels = self._window(low)[:, :count, :count]
        if wide - low < 0.01:
            return levels
        after = self._window(low + 1)[:, :count, :count]
        share = round((wide - low) * 256)
        mixed = levels.astype(np.uint16) * (256 - share) + after.astype(np.uint16) * share
        return (mixed >> 8).astype(np.uint8)

    def _map(self, painter: Painter, at: Placement, count: int) -> None:
        """The map as one image, cut at the square; small cells are averaged, large ones crisp."""
        context, theme = painter.context, self.theme
        x0, y0, x1, y1 = self.box
        (left, top), (right, bottom) = at.pixels(np.array([(x0, y1), (x1, y0)])).tolist()
        scale = (right - left) / self.seen
        words, starts = self._levels(count)
        image = _shades(theme.dot_low, theme.dot_high, painter.swap).take(words)
        grey = starts > 0
        image[grey] = _shades(theme.line, theme.line, painter.swap)[starts[grey]]
        surface = cairo.ImageSurface.create_for_data(
            memoryview(image), cairo.FORMAT_ARGB32, count, count, 4 * count
        )
        pattern = cairo.SurfacePattern(surface)
        smooth = cairo.FILTER_BILINEAR if scale >= 1 else cairo.FILTER_GOOD
        pattern.set_filter(cairo.FILTER_NEAREST if scale >= CRISP else smooth)
        pattern.set_matrix(cairo.Matrix(1 / scale, 0, 0, 1 / scale, -left / scale, -top / scale))
        context.save()
        context.rectangle(left, top, right - left, bottom - top)
        context.clip()
        context.set_source(pattern)
        context.paint_with_alpha(self.opacity)
        context.restore()

    def _rectangles(self, painter: Painter, at: Placement, count: int) -> None:
        """The map on a vector surface: runs of equal brightness in a line are one rectangle."""
        x0, _, x1, y1 = self.box
        words, starts = np.rint(self._levels(count) / 255 * LEVELS).astype(int)
        levels = np.where(starts > 0, -starts, words)
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
            share = abs(step) / LEVELS
            colour = self.theme.line if step < 0 else glow(self.theme, share)
            painter.fill(colour, share * self.opacity)


def _later(by_query: np.ndarray, step: int) -> np.ndarray:
    """The weights of the queries `step` before each one: (n, n)."""
    return np.pad(by_query[:-step], ((step, 0), (0, 0)))


@lru_cache(maxsize=8)
def _shades(low: RGB, high: RGB, swap: bool) -> np.ndarray:
    """The pixel of each brightness, as Cairo keeps it (premultiplied B, G, R, A): (256,) uint32."""
    levels = np.linspace(0, 1, 256)[:, None]
    colours = np.array(low) + (np.array(high) - low) * levels  # (256, 3), as `glow` has them
    ordered = colours if swap else colours[:, ::-1]
    shades = np.concatenate([ordered, np.ones((256, 1))], axis=1) * levels * 255
    return np.rint(shades).astype(np.uint8).view(np.uint32)[:, 0]
