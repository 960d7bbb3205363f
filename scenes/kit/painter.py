"""The painter: fills, strokes, dots and type on a Cairo surface, flat or in perspective."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import pairwise

import cairo
import numpy as np

from scenes.kit.canvas import begins
from scenes.kit.lettering import Lettering
from scenes.kit.theme import RGB
from scenes.kit.view import Placement


class Painter(Lettering):
    """Draws in a mobject's own coordinates (`Placement`) onto a Cairo context in pixels."""

    def polygon(self, at: Placement, corners: Sequence[tuple[float, float]]) -> None:
        """Add a closed polygon to the path."""
        self.polygons(at, np.asarray(corners, float)[None])

    def polygons(self, at: Placement, corners: np.ndarray) -> None:
        """Add many closed polygons of equally many corners to the path: (m, k, 2)."""
        self.outlines(at, self.seen(at, corners))

    def seen(self, at: Placement, corners: np.ndarray) -> list[list[float]]:
        """Polygons (m, k, 2) in pixels, x and y in turns, for `outlines`: together they cost less.

        A list a polygon, not one a corner, which Python's garbage collector would go through.
        """
        m, k, _ = corners.shape
        found: list[list[float]] = at.pixels(corners.reshape(m * k, 2)).reshape(m, 2 * k).tolist()
        return found

    def outlines(self, at: Placement, pixels: Iterable[list[float]]) -> None:
        """Add closed polygons, as `seen` gives them, to the path."""
        context = self.context
        move_to, line_to, close_path = context.move_to, context.line_to, context.close_path
        self.smooth(at)
        for polygon in pixels:
            if len(polygon) == 8:  # hundreds of cells: this takes half of the time
                x0, y0, x1, y1, x2, y2, x3, y3 = polygon
                move_to(x0, y0)
                line_to(x1, y1)
                line_to(x2, y2)
                line_to(x3, y3)
            else:
                numbers = iter(polygon)
                move_to(next(numbers), next(numbers))
                for x, y in zip(numbers, numbers, strict=True):
                    line_to(x, y)
            close_path()

    def shapes(
        self,
        at: Placement,
        corners: np.ndarray,
        colours: np.ndarray,
        *,
        joined: bool = False,
        ground: RGB | None = None,
    ) -> None:
        """Fill polygons (m, k, 2), each in its colour (m, 4): red, green, blue, opacity, 0 to 1.

        `joined`: they do not overlap, and those that follow each other in one colour are one shape.
        `ground` is the colour below all of these where there is one: a canvas then leaves no seams
        at all between them.
        """
        pixels, m = self.pixels(at, corners), len(corners)
        if self.canvas is not None:
            self.canvas.shapes(pixels, colours, joined=joined, ground=ground)
        elif m:
            starts = [0, *(begins(colours).tolist() if joined else range(1, m))]
            groups = [list(pixels[a:b]) for a, b in pairwise([*starts, m])]
            self.groups(at, groups, colours[starts])

    def pixels(self, at: Placement, corners: np.ndarray) -> np.ndarray:
        """Points (..., 2) in pixels."""
        return at.pixels(corners.reshape(-1, 2)).reshape(corners.shape)

    def groups(
        self, at: Placement, groups: Sequence[Sequence[np.ndarray]], colours: np.ndarray
    ) -> None:
        """Fill groups of polygons (k, 2), in pixels, each group as one shape of one colour."""
        if self.canvas is not None:
            self.canvas.groups(groups, colours)
            return
        for group, (red, green, blue, opacity) in zip(groups, colours.tolist(), strict=False):
            self.outlines(at, [polygon.ravel().tolist() for polygon in group])
            self.fill((red, green, blue), opacity)

    def framed(
        self,
        at: Placement,
        corners: np.ndarray,
        fills: np.ndarray,
        borders: np.ndarray,
        widths: np.ndarray,
    ) -> None:
        """Fill boxes (m, 4, 2) and draw their borders (m,), each in its colours (m, 4).

        They do not overlap; those that follow each other and look alike share a path.
        """
        if self.canvas is not None and not at.upright:  # Cairo is quick where all edges are upright
            pixels, unit = self.pixels(at, corners), self.view.stroke_unit
            self.canvas.framed(pixels, fills, borders, widths * unit)
        elif m := len(corners):
            looks = np.column_stack([fills, borders, widths])
            starts = [0, *begins(looks).tolist(), m]
            for (a, b), look in zip(pairwise(starts), looks[starts[:-1]].tolist(), strict=True):
                self.polygons(at, corners[a:b])
                self.fill((look[0], look[1], look[2]), look[3], keep=True)
                self.stroke((look[4], look[5], look[6]), look[7], look[8])

    def rectangle(self, at: Placement, x0: float, y0: float, x1: float, y1: float) -> None:
        """Add a rectangle to the path."""
        self.polygon(at, ((x0, y0), (x1, y0), (x1, y1), (x0, y1)))

    def segments(self, at: Placement, ends: np.ndarray) -> None:
        """Add separate lines to the path: `ends` is (m, 2, 2)."""
        if len(ends) == 0:
            return
        points = at.pixels(ends.reshape(-1, 2)).reshape(-1, 4).tolist()
        context = self.context
        self.smooth(at)
        for x0, y0, x1, y1 in points:
            context.move_to(x0, y0)
            context.line_to(x1, y1)

    def mesh(
        self, at: Placement, ends: np.ndarray, colour: RGB, opacity: float, width: float
    ) -> None:
        """Stroke lines (m, 2, 2) that cross as one shape, no stronger there."""
        if self.canvas is not None:
            pixels = self.pixels(at, ends)
            self.canvas.mesh(pixels, (*colour, opacity), width * self.view.stroke_unit)
        else:
            self.segments(at, ends)
            self.stroke(colour, opacity, width)

    def lines(
        self,
        at: Placement,
        ends: np.ndarray,
        colours: np.ndarray,
        width: float,
        dash: Sequence[float] = (),
    ) -> None:
        """Stroke separate lines (m, 2, 2), each in its colour (m, 4), no wider than some pixels."""
        if self.canvas is not None and not dash:
            pixels = self.pixels(at, ends)
            self.canvas.lines(pixels, colours, width * self.view.stroke_unit)
            return
        for line, (red, green, blue, opacity) in zip(ends, colours.tolist(), strict=True):
            self.segments(at, line[None])
            self.stroke((red, green, blue), opacity, width, dash)

    def discs(
        self,
        at: Placement,
        centres: np.ndarray,
        radii: np.ndarray,
        colours: Sequence[RGB],
        opacities: np.ndarray,
        *,
        outline: float | np.ndarray = 0.0,
    ) -> None:
        """Fill discs, or with `outline` stroke rings of that width; perspective makes ellipses.

        Each may have its own, (m,), and is filled where that is 0.
        """
        widths = np.broadcast_to(outline, len(radii))
        context = self.context
        places = at.pixels(centres)
        seen = self.inside(places, radii * self.view.scale * 2 + 4)
        seen &= (opacities > 0.002) & (radii > 0)
        if self.canvas is not None:
            if len(chosen := np.flatnonzero(seen)):
                rgb = np.array([colours[index] for index in chosen.tolist()])
                inked = np.column_stack([rgb, opacities[chosen]])
                wide = widths[chosen] * self.view.stroke_unit
                self.canvas.discs(at, centres[chosen], radii[chosen], inked, wide)
            return
        pixels, radius_of, opacity_of = places.tolist(), radii.tolist(), opacities.tolist()
        turns = at.jacobians(centres) if not at.upright else places
        identity = cairo.Matrix()
        context.set_dash([])
        self.smooth(at)
        for index in np.flatnonzero(seen).tolist():
            (x, y), turn, radius = pixels[index], turns[index], radius_of[index]
            colour, opacity = colours[index], opacity_of[index]
            if at.upright:
                context.new_sub_path()
                context.arc(x, y, radius * at.scale, 0, 2 * math.pi)
            else:
                (a, c), (b, d) = turn.tolist()
                context.set_matrix(cairo.Matrix(a, b, c, d, x, y))
                context.new_sub_path()
                context.arc(0, 0, radius, 0, 2 * math.pi)
                context.set_matrix(identity)
            self.colour(colour, opacity)
            if widths[index]:
                context.set_line_width(widths[index] * self.view.stroke_unit)
                context.stroke()
            else:
                context.fill()
