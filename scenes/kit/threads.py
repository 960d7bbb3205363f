"""Threads: all lines from what is looked at to what looks, each as wide as its weight."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cached_property
from itertools import pairwise
from typing import Any, Self

import cairo
import numpy as np

from scenes.kit.canvas import Canvas
from scenes.kit.painted import Painted, same
from scenes.kit.painter import Painter
from scenes.kit.theme import RGB, blend
from scenes.kit.view import Placement

STEPS = 49  # points along a line
PIECES = 16  # of a line, each with a box of its own
_WAY = np.linspace(0, 1, STEPS)
PULSE = 0.16  # how much of its line a pulse takes
OFF = -PULSE  # where a pulse is that has not begun


class Threads(Painted):
    """Lines from `begins` (m, 2) down to `ends` (m, 2), all painted in one pass.

    A line's width is `full` times its weight, measured across it. Arrays, one entry a line:
    `grown` (0..1) draws it from its beginning, `level` is its opacity, `lit` (0..1) turns it from
    its plain colour to its `accents`, `pulse` is where on it a bright piece begins (`OFF`: before
    the line; 1: past its end). Lines that have their source in common (`sources` (m,); by default
    each has its own), and look alike, are one shape, no stronger where they lie on each other.

    On a bitmap the lines are painted without any clip onto a surface of their own, which is kept as
    long as nothing but pulses moves: so a frame costs what a pulse covers, and a line's edge looks
    the same whichever part of it is painted again. In films, whose edges are exact, lines that grow
    are painted anew where the picture is.
    """

    def __init__(
        self,
        begins: np.ndarray,
        ends: np.ndarray,
        weights: np.ndarray,
        full: float,
        colours: Sequence[RGB],
        accents: Sequence[RGB],
        bright: RGB,
        *,
        sources: np.ndarray | None = None,
    ) -> None:
        self.begins, self.ends = np.asarray(begins, float), np.asarray(ends, float)
        self.weights, self.full = np.asarray(weights, float), full
        self.colours, self.accents, self.bright = list(colours), list(accents), bright
        m = len(self.weights)
        self.sources = np.arange(m) if sources is None else sources
        both = np.concatenate([self.begins, self.ends])
        (x0, y0), (x1, y1) = both.min(0) - full, both.max(0) + full
        self._kept: tuple[object, dict[str, np.ndarray], cairo.ImageSurface, int, int] | None = None
        self._whole: tuple[Placement | None, dict[int, np.ndarray]] = None, {}
        box = (float(x0), float(y0), float(x1), float(y1))
        ones = np.ones(m)
        super().__init__(box, grown=ones, level=ones, lit=np.zeros(m), pulse=np.full(m, OFF))

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        """A copy paints on a surface of its own."""
        clone = super().__deepcopy__(memo)
        clone._kept = None
        return clone

    # -- shapes ------------------------------------------------------------------------------

    def curves(
        self, low: np.ndarray, high: np.ndarray, lines: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Points, and directions, on the stretch from `low` to `high` (k,): (k, STEPS, 2) each.

        Each line is a cubic that leaves and arrives upright. What is beyond the stretch falls on
        its ends, so that a line keeps its shape where it has grown already.
        """
        t = np.clip(_WAY, low[:, None], high[:, None])  # (k, STEPS)
        t = t[:, :, None]
        begin, end = self.begins[lines, None], self.ends[lines, None]
        bend = (begin - end) * (0.0, 0.5)
        first, last = begin - bend, end + bend
        s = 1 - t
        points = s**3 * begin + 3 * s**2 * t * first + 3 * s * t**2 * last + t**3 * end
        ways = s**2 * (first - begin) + 2 * s * t * (last - first) + t**2 * (end - last)
        return points, ways / np.maximum(np.linalg.norm(ways, axis=2, keepdims=True), 1e-9)

    def ribbons(
        self,
        low: np.ndarray,
        high: np.ndarray,
        lines: np.ndarray | None = None,
        wider: float = 0.0,
    ) -> np.ndarray:
        """The same stretches of some lines (k,), or of all, as polygons: (k, 2 STEPS, 2)."""
        chosen = np.arange(len(self.weights)) if lines is None else lines
        points, ways = self.curves(low[chosen], high[chosen], chosen)
        half = (self.full * self.weights[chosen] / 2 + wider)[:, None, None]
        side = ways[:, :, ::-1] * (-1.0, 1.0) * half
        return np.concatenate([points + side, (points - side)[:, ::-1]], axis=1)

    def stretches(self) -> np.ndarray:
        """Each line as a chain of small boxes: (m, PIECES, 4)."""
        return self._stretches

    @cached_property
    def _stretches(self) -> np.ndarray:
        m = len(self.weights)
        ribbons = self.ribbons(np.zeros(m), np.ones(m))
        left, right = ribbons[:, :STEPS], ribbons[:, STEPS:][:, ::-1]
        cuts = np.linspace(0, STEPS - 1, PIECES + 1).astype(int)
        boxes = []
        for a, b in pairwise(cuts.tolist()):
            piece = np.concatenate([left[:, a : b + 1], right[:, a : b + 1]], axis=1)
            boxes.append(np.concatenate([piece.min(1), piece.max(1)], axis=1))
        return np.stack(boxes, axis=1)

    # -- what changed ------------------------------------------------------------------------

    def changed_parts(self, before: dict[str, np.ndarray]) -> np.ndarray | None:
        """Around what lines grew by, lines that dim or light up, and pulses."""
        if before["opacity"] != self.arrays["opacity"]:
            return None
        now, found = self.arrays, [np.empty((0, 4))]
        grew = before["grown"] != now["grown"]
        stretches = [(grew, before["grown"], now["grown"])]
        # A slant line that dims is a chain of small boxes, not one that covers half the frame.
        dims = (before["level"] != now["level"]) | (before["lit"] != now["lit"])
        dims &= now["grown"] > 0
        if dims.any():
            found.append(self.stretches()[dims].reshape(-1, 4))
        for arrays in (before, now):
            low, high = _stretch(arrays["pulse"])
            stretches.append(((before["pulse"] != now["pulse"]) & (high > low), low, high))
        for chosen, low, high in stretches:
            if chosen.any():
                shapes = self.ribbons(low, high, np.flatnonzero(chosen), wider=0.02)
                found.append(np.concatenate([shapes.min(1), shapes.max(1)], axis=1))
        return np.concatenate(found)

    # -- painting ----------------------------------------------------------------------------

    def paint(self, painter: Painter, at: Placement) -> None:
        """The lines, then the pulses on them."""
        if painter.masks and at.upright:
            surface, x, y = self._layer(painter, at)
            painter.context.set_source_surface(surface, x, y)
            painter.context.paint()
        else:
            self._lines(painter, at)
        low, high = _stretch(self.arrays["pulse"])
        running = np.flatnonzero(high > low)
        for shape in self.ribbons(low, high, running) if len(running) else ():
            painter.polygons(at, shape[None])
            painter.fill(self.bright, self.opacity * 0.9)

    def _lines(self, painter: Painter, at: Placement) -> None:
        grown, opacities = self.arrays["grown"], self.arrays["level"] * self.opacity
        seen = (grown > 0) & (opacities > 0.002)
        growing = np.flatnonzero(seen & (grown < 1))
        shapes = self.ribbons(np.zeros(len(grown)), grown, growing)
        pixels = dict(self._whole_lines(painter, at))
        for line, shape in zip(growing.tolist(), painter.pixels(at, shapes), strict=True):
            reached = math.ceil(float(grown[line]) * (STEPS - 1)) + 1  # the rest is one point
            pixels[line] = np.concatenate([shape[:reached], shape[-reached:]])
        alike: dict[tuple[float, ...], list[np.ndarray]] = {}
        for line in np.flatnonzero(seen).tolist():
            lit = blend(self.colours[line], self.accents[line], float(self.arrays["lit"][line]))
            look = (*lit, float(opacities[line]), float(self.sources[line]))
            alike.setdefault(look, []).append(pixels[line])
        painter.groups(at, [*alike.values()], np.array([look[:4] for look in alike]))

    def _whole_lines(self, painter: Painter, at: Placement) -> dict[int, np.ndarray]:
        """All lines, grown to their ends, in pixels; kept while they stand where they do."""
        if self._whole[0] is not at:
            m = len(self.weights)
            shapes = painter.pixels(at, self.ribbons(np.zeros(m), np.ones(m)))
            self._whole = at, dict(enumerate(shapes))
        return self._whole[1]

    def _layer(self, painter: Painter, at: Placement) -> tuple[cairo.ImageSurface, int, int]:
        """The lines as they are now on a surface of their own, and where its top left goes."""
        key = painter.view, painter.swap, self.points.tobytes()
        now = {name: self.arrays[name] for name in ("opacity", "grown", "level", "lit")}
        kept, limits = self._kept, None
        if kept and kept[0] == key:
            differ = [name for name, array in now.items() if not same(kept[1][name], array)]
            if not differ:
                return kept[2:]
            if differ == ["grown"] and painter.canvas is not None:
                limits = painter.limits  # the picture is as it was outside of these
        x0, y0, x1, y1 = self.to_pixels(np.array([self.box]), painter.view)[0].round().astype(int)
        width, height, origin = int(x1 - x0), int(y1 - y0), (int(x0), int(y0))
        if kept and (kept[2].get_width(), kept[2].get_height()) == (width, height):
            surface = kept[2]  # fresh memory for each frame would cost as much as the lines
        else:
            surface = cairo.ImageSurface(cairo.FORMAT_ARGB32, width, height)
        parts = np.array([[0, 0, width, height]])
        if limits is not None:
            parts = np.clip(limits - np.array(origin * 2), 0, parts[0, [2, 3, 2, 3]])
        surface.flush()
        memory = np.frombuffer(surface.get_data(), np.uint8).reshape(height, width, 4)
        for left, top, right, bottom in parts.tolist():
            memory[top:bottom, left:right] = 0
        surface.mark_dirty()
        surface.set_device_offset(-float(x0), -float(y0))
        canvas = None
        if painter.canvas is not None:
            canvas = Canvas(painter.canvas.raster, memory, parts, origin)
        own = Painter(
            cairo.Context(surface), painter.view, swap=painter.swap, masks=True, canvas=canvas
        )
        self._lines(own, at)
        surface.mark_dirty()
        surface.flush()
        surface.set_device_offset(0.0, 0.0)
        self._kept = key, now, surface, *origin
        return surface, *origin


def _stretch(pulse: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The piece of its line that each pulse covers: from, to (m,)."""
    return np.clip(pulse, 0, 1), np.clip(pulse + PULSE, 0, 1)
