"""The brush: a Cairo surface, its clip and its colours."""

from __future__ import annotations

from collections.abc import Sequence

import cairo
import numpy as np

from scenes.kit.canvas import Canvas
from scenes.kit.theme import RGB
from scenes.kit.view import Box, Placement, View


class Brush:
    """A Cairo context in pixels, and how it is painted on.

    `swap` exchanges red and blue: Manim's arrays are RGBA where Cairo's memory is BGRA.
    `masks` allows cached glyph masks (image surfaces); vector surfaces get outlines.
    `canvas` is for films: what comes by the hundred is painted by compiled code, and what moves
    aslant is softer, its type laid down from masks and its edges smoothed coarsely.
    `limits` (k, 4) is the clip, rectangles in pixels: what lies outside of them is left out.
    """

    def __init__(
        self,
        context: cairo.Context,
        view: View,
        *,
        swap: bool,
        masks: bool,
        canvas: Canvas | None = None,
        limits: np.ndarray | None = None,
    ) -> None:
        self.context = context
        self.view = view
        self.swap = swap
        self.masks, self.canvas = masks, canvas
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

    def smooth(self, at: Placement) -> None:
        """How edges are smoothed: with four by four samples for what moves aslant."""
        coarse = self.canvas is not None and not at.upright
        self.context.set_antialias(cairo.ANTIALIAS_FAST if coarse else cairo.ANTIALIAS_DEFAULT)

    def inside(self, pixels: np.ndarray, reach: np.ndarray) -> np.ndarray:
        """Which points (m, 2) lie within `reach` (m,) pixels of the clip."""
        if self.limits is None:
            return np.ones(len(pixels), bool)
        x0, y0, x1, y1 = self.limits.T  # (k,)
        x, y, r = pixels[:, :1], pixels[:, 1:], reach[:, None]  # (m, 1)
        near = (x > x0 - r) & (x < x1 + r) & (y > y0 - r) & (y < y1 + r)
        return np.asarray(near.any(axis=1))

    def reaches(self, box: Box) -> bool:
        """Whether a box in pixels touches the clip."""
        if self._rectangles is None:
            return True
        left, top, right, bottom = box
        for x0, y0, x1, y1 in self._rectangles:  # a generator would take twice as long
            if left < x1 and right > x0 and top < y1 and bottom > y0:
                return True
        return False

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
