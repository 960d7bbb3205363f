"""The painter: fills, strokes, dots and type on a Cairo surface, flat or in perspective."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import cairo
import numpy as np

from scenes.kit.masks import PHASES, mask, texture
from scenes.kit.outline import Ink
from scenes.kit.theme import RGB
from scenes.kit.view import Placement, View


class Painter:
    """Draws in a mobject's own coordinates (`Placement`) onto a Cairo context in pixels.

    `swap` exchanges red and blue: Manim's arrays are RGBA where Cairo's memory is BGRA.
    `masks` allows cached glyph masks (image surfaces); vector surfaces get outlines.
    `soft` is for what moves aslant: masks laid down bilinearly and edges smoothed coarsely take a
    third of the time of outlines.
    `limits` (k, 4) is the clip, rectangles in pixels: what lies outside of them is left out.
    """

    def __init__(
        self,
        context: cairo.Context,
        view: View,
        *,
        swap: bool,
        masks: bool,
        soft: bool = False,
        limits: np.ndarray | None = None,
    ) -> None:
        self.context = context
        self.view = view
        self.swap = swap
        self.masks, self.soft = masks, soft
        self.limits = limits
        self._rectangles = None if limits is None else limits.tolist()
        context.identity_matrix()
        context.set_line_cap(cairo.LineCap.BUTT)
        context.set_line_join(cairo.LineJoin.MITER)

    def colour(self, colour: RGB, opacity: float) -> None:
        """Set the source colour for what is drawn next."""
        r, g, b = colour
        if self.swap:
            r, b = b, r
        self.context.set_source_rgba(r, g, b, opacity)

    def _smooth(self, at: Placement) -> None:
        """How edges are smoothed: with four by four samples for what is aslant and may be soft."""
        coarse = self.soft and not at.upright
        self.context.set_antialias(cairo.ANTIALIAS_FAST if coarse else cairo.ANTIALIAS_DEFAULT)

    def inside(self, pixels: np.ndarray, reach: np.ndarray) -> np.ndarray:
        """Which points (m, 2) lie within `reach` (m,) pixels of the clip."""
        if self.limits is None:
            return np.ones(len(pixels), bool)
        x0, y0, x1, y1 = self.limits.T  # (k,)
        x, y, r = pixels[:, :1], pixels[:, 1:], reach[:, None]  # (m, 1)
        near = (x > x0 - r) & (x < x1 + r) & (y > y0 - r) & (y < y1 + r)
        return np.asarray(near.any(axis=1))

    def reaches(self, box: tuple[float, float, float, float]) -> bool:
        """Whether a box in pixels touches the clip."""
        if self._rectangles is None:
            return True
        left, top, right, bottom = box
        return any(
            left < x1 and right > x0 and top < y1 and bottom > y0
            for x0, y0, x1, y1 in self._rectangles
        )

    # -- shapes ----------------------------------------------------------------------------

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
        self._smooth(at)
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

    def path_of(self, at: Placement, pixels: Iterable[list[float]]) -> cairo.Path:
        """Closed polygons, as `seen` gives them, as a path that can be added again and again."""
        self.outlines(at, pixels)
        found = self.context.copy_path()
        self.context.new_path()
        return found

    def path(self, at: Placement, path: cairo.Path) -> None:
        """Add what `path_of` gave to the path."""
        self._smooth(at)
        self.context.append_path(path)

    def rectangle(self, at: Placement, x0: float, y0: float, x1: float, y1: float) -> None:
        """Add a rectangle to the path."""
        self.polygon(at, ((x0, y0), (x1, y0), (x1, y1), (x0, y1)))

    def fill(self, colour: RGB, opacity: float, *, keep: bool = False) -> None:
        """Fill the path; `keep` it to be stroked next."""
        self.colour(colour, opacity)
        if keep:
            self.context.fill_preserve()
        else:
            self.context.fill()

    def stroke(self, colour: RGB, opacity: float, width: float, dash: Sequence[float] = ()) -> None:
        """Stroke the path; `width` and `dash` are in 1080ths of the frame's shorter side."""
        unit = self.view.stroke_unit
        self.colour(colour, opacity)
        self.context.set_line_width(width * unit)
        self.context.set_dash([d * unit for d in dash])
        self.context.stroke()

    def segments(self, at: Placement, ends: np.ndarray) -> None:
        """Add separate lines to the path: `ends` is (m, 2, 2)."""
        if len(ends) == 0:
            return
        points = at.pixels(ends.reshape(-1, 2)).reshape(-1, 4).tolist()
        context = self.context
        self._smooth(at)
        for x0, y0, x1, y1 in points:
            context.move_to(x0, y0)
            context.line_to(x1, y1)

    def discs(
        self,
        at: Placement,
        centres: np.ndarray,
        radii: np.ndarray,
        colours: Sequence[RGB],
        opacities: np.ndarray,
        *,
        outline: float = 0.0,
    ) -> None:
        """Fill discs, or with `outline` stroke rings of that width; perspective makes ellipses."""
        context = self.context
        places = at.pixels(centres)
        seen = self.inside(places, radii * self.view.scale * 2 + 4)
        seen &= (opacities > 0.002) & (radii > 0)
        pixels, radius_of, opacity_of = places.tolist(), radii.tolist(), opacities.tolist()
        turns = at.jacobians(centres) if not at.upright else places
        identity = cairo.Matrix()
        context.set_dash([])
        self._smooth(at)
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
            if outline:
                context.set_line_width(outline * self.view.stroke_unit)
                context.stroke()
            else:
                context.fill()

    # -- type ------------------------------------------------------------------------------

    def inks(
        self,
        at: Placement,
        inks: Sequence[Ink | None],
        pens: np.ndarray,
        ems: np.ndarray,
        colours: Sequence[RGB],
        opacities: np.ndarray,
        upwards: bool = False,
    ) -> None:
        """Paint pieces of type: pen starts (m, 2), em sizes (m,), colours and opacities (m,).

        `upwards` turns each piece about its pen start, to be read from below.
        """
        if self.masks and at.upright:
            self._masked(at, inks, pens, ems, colours, opacities, upwards)
            return
        context = self.context
        places = at.pixels(pens)
        seen = self._seen(places, inks, ems, opacities)
        jacobians = at.jacobians(pens)
        if upwards:
            jacobians = jacobians @ np.array([[0.0, -1.0], [1.0, 0.0]])
        identity = cairo.Matrix()
        pixels, turns, em_of = places.tolist(), jacobians.tolist(), ems.tolist()
        for index in np.flatnonzero(seen).tolist():
            ink, (x, y), em, colour = inks[index], pixels[index], em_of[index], colours[index]
            opacity = float(opacities[index])
            (a, c), (b, d) = turns[index]
            if ink is None:
                continue
            placed = cairo.Matrix(a * em, b * em, c * em, d * em, x, y)
            for outline, own in ink.parts:
                self.colour(own or colour, opacity)
                context.set_matrix(placed)
                if self.masks and self.soft:
                    size = 4 * math.ceil(math.hypot(c, d) * em / 4)
                    if (pattern := texture(outline, size)) is not None:
                        context.mask(pattern)
                else:
                    context.append_path(outline.path)
                    context.set_matrix(identity)
                    context.fill()
        context.set_matrix(identity)

    def _masked(
        self,
        at: Placement,
        inks: Sequence[Ink | None],
        pens: np.ndarray,
        ems: np.ndarray,
        colours: Sequence[RGB],
        opacities: np.ndarray,
        upwards: bool,
    ) -> None:
        context = self.context
        places = at.pixels(pens)
        seen = self._seen(places, inks, ems, opacities)
        quarters = np.rint(places * PHASES).astype(int)
        whole, phase = (quarters // PHASES).tolist(), (quarters % PHASES).tolist()
        sizes = (np.rint(ems * at.scale * PHASES) / PHASES).tolist()
        opacity_of = opacities.tolist()
        for index in np.flatnonzero(seen).tolist():
            ink, (x, y), colour = inks[index], whole[index], colours[index]
            for outline, own in () if ink is None else ink.parts:
                found = mask(outline, sizes[index], *phase[index], upwards)
                if found is not None:
                    self.colour(own or colour, opacity_of[index])
                    context.mask_surface(found[0], x + found[1], y + found[2])

    def _seen(
        self,
        places: np.ndarray,
        inks: Sequence[Ink | None],
        ems: np.ndarray,
        opacities: np.ndarray,
    ) -> np.ndarray:
        """Which pieces of type are visible and reach into the clip."""
        seen: np.ndarray = (opacities > 0.002) & (ems > 0)
        if self.limits is not None:
            widths = np.array([0.0 if ink is None else ink.advance for ink in inks])
            seen &= self.inside(places, (widths + 1.2) * ems * self.view.scale * 1.6 + 4)
        return seen
