"""The camera: paints on Manim's image, or on an SVG or PDF surface, and can be turned."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import cairo
import numpy as np
from manim import Camera, Mobject, VMobject, config
from manim.utils.color import color_to_int_rgba
from manim.utils.space_ops import rotation_matrix

from scenes.kit.canvas import Canvas, Raster
from scenes.kit.painted import Box, Painted
from scenes.kit.painter import Painter
from scenes.kit.view import View

Damage = tuple[int, int, int, int]
# The eye's distance in frame heights: far enough that a tilted grid keeps its shape.
EYE_DISTANCE = 2.6


class Frame(Mobject):
    """The camera's pose as a mobject, so that `frame.animate.turn(...)` plays like any other.

    Its points are the scene point it looks at, the three axes of its rotation, and (zoom, 0, 0).
    """

    def generate_points(self) -> Frame:
        """Look straight at the origin."""
        self.points = np.vstack([np.zeros((1, 3)), np.eye(3), [[1.0, 0.0, 0.0]]])
        return self

    def look(self, about_y: float = 0.0, about_x: float = 0.0) -> Frame:
        """Turn the scene about the upright axis, then about the level one (degrees)."""
        turn = rotation_matrix(np.radians(about_x), np.array([1.0, 0.0, 0.0]))
        turn = turn @ rotation_matrix(np.radians(about_y), np.array([0.0, 1.0, 0.0]))
        self.points[1:4] = turn
        return self

    def fit(self, box: Box, target: Box, units: tuple[float, float], rounds: int = 8) -> Frame:
        """Zoom and shift so that a flat box of the scene, turned as now, just fits into `target`.

        Both boxes are x0, y0, x1, y1 in frame units; `units` is the frame's width and height.
        """
        x0, y0, x1, y1 = box
        corners = np.array([[x0, y0, 0], [x1, y0, 0], [x0, y1, 0], [x1, y1, 0]], float)
        tx0, ty0, tx1, ty1 = target
        middle = np.array([(tx0 + tx1) / 2, (ty0 + ty1) / 2])
        self.points[0] = (*((x0 + x1) / 2, (y0 + y1) / 2), 0.0)
        # Shifting the scene changes its perspective a little, so the fit is repeated.
        for _ in range(rounds):
            seen = self.view_units(corners, units)
            low, high = seen.min(0), seen.max(0)
            self.points[4, 0] *= min((tx1 - tx0) / (high - low)[0], (ty1 - ty0) / (high - low)[1])
            seen = self.view_units(corners, units)
            off = middle - (seen.min(0) + seen.max(0)) / 2
            across, up = self.points[1], self.points[2]
            self.points[0] -= (off[0] * across + off[1] * up) / self.points[4, 0]
        return self

    def view_units(self, points: np.ndarray, units: tuple[float, float]) -> np.ndarray:
        """Project (m, 3) scene points to (m, 2) frame units, as a straight camera does."""
        view = self.view(1000, round(1000 * units[1] / units[0]), units[1])
        pixels = view.pixels(points) * units[0] / 1000
        return np.stack([pixels[:, 0] - units[0] / 2, units[1] / 2 - pixels[:, 1]], axis=1)

    def view(self, width: int, height: int, frame_height: float) -> View:
        """The map from scene to pixels of a picture of this size."""
        scale = height / frame_height
        straight = View(width, height, scale, np.zeros(3), np.eye(3), EYE_DISTANCE * frame_height)
        return replace(
            straight,
            scale=scale * self.points[4, 0],
            centre=self.points[0],
            turn=self.points[1:4],
            facing=straight,
        )

    def interpolate(self, mobject1: Mobject, mobject2: Mobject, alpha: float, *_: Any) -> Frame:
        """Go between two poses; the mixed axes are made orthonormal again."""
        mixed = mobject1.points + (mobject2.points - mobject1.points) * alpha
        if alpha not in (0, 1):
            u, _s, v = np.linalg.svd(mixed[1:4])
            mixed[1:4] = u @ v
        self.points = mixed
        return self

    def interpolate_color(self, *_: Any) -> None:
        """A pose has no colour."""


class FilmCamera(Camera):
    """Manim's Cairo camera with painted mobjects, a pose that can turn."""

    def __init__(self, **kwargs: Any) -> None:
        self.frame = Frame()
        self._view: tuple[Any, View] | None = None
        self.raster: Raster | None = None  # compiled code that paints films
        super().__init__(**kwargs)

    def init_background(self) -> None:
        """One colour everywhere, and so one pixel: Manim's way takes 13 ms for HD."""
        rgba = color_to_int_rgba(self.background_color, self.background_opacity).astype(np.uint8)
        self.background = np.broadcast_to(rgba, (self.pixel_height, self.pixel_width, 4))

    def reset(self) -> FilmCamera:
        """Nothing but the background, in the place of the image: Manim's way copies it twice."""
        size = self.pixel_height, self.pixel_width
        now: np.ndarray | None = getattr(self, "pixel_array", None)
        if now is None or now.shape[:2] != size:
            self.pixel_array = now = np.empty((*size, 4), np.uint8)
        now.view(np.uint32)[:] = self.background[0, 0].copy().view(np.uint32)
        return self

    @property
    def view(self) -> View:
        """The current map from scene to pixels; one object as long as nothing turns."""
        sizes = self.pixel_width, self.pixel_height, self.frame_height
        pose = (*sizes, self.frame.points.tobytes())
        if self._view is None or self._view[0] != pose:
            self._view = pose, self.frame.view(*sizes)
        return self._view[1]

    def type_or_raise(self, mobject: Mobject) -> Any:
        """Painted mobjects are drawn by `display_painted`, the rest as Manim does."""
        if isinstance(mobject, Painted):
            self.display_funcs = {Painted: self.display_painted}
            return Painted
        return super().type_or_raise(mobject)

    def capture_mobjects(self, mobjects: Iterable[Mobject], **kwargs: Any) -> None:
        """Draw mobjects in order, a painted one in one pass."""
        for mobject in self.get_mobjects_to_display(mobjects, **kwargs):
            if isinstance(mobject, Painted):
                self.display_painted([mobject], self.pixel_array)
            elif not isinstance(mobject, Frame):
                kind = super().type_or_raise(mobject)
                self.display_funcs[kind]([mobject], self.pixel_array)

    def display_painted(self, mobjects: list[Painted], pixel_array: np.ndarray) -> None:
        """Paint on Manim's image and remember which rectangle it touched."""
        context = self.get_cairo_context(pixel_array)
        saved = context.get_matrix()
        view = self.view
        canvas = None if self.raster is None else Canvas.whole(self.raster, pixel_array)
        painter = Painter(context, view, swap=True, masks=True, canvas=canvas)
        for mobject in mobjects:
            if mobject.pixel_box(view) is not None:
                mobject.paint(painter, mobject.placement(view))
        context.set_matrix(saved)

    def paint_within(
        self, mobjects: Iterable[tuple[Painted, Box | None]], limits: Sequence[Damage]
    ) -> None:
        """Paint what reaches into these rectangles of the picture, and nothing outside of them.

        Each mobject comes with its box in pixels (None: nothing of it is visible).
        """
        context = self.get_cairo_context(self.pixel_array)
        context.save()
        context.identity_matrix()
        for x0, y0, x1, y1 in limits:
            context.rectangle(x0, y0, x1 - x0, y1 - y0)
        context.clip()
        view = self.view
        clip = np.array(limits)
        canvas = None if self.raster is None else Canvas(self.raster, self.pixel_array, clip)
        painter = Painter(context, view, swap=True, masks=True, canvas=canvas, limits=clip)
        for mobject, box in mobjects:
            if box is not None and painter.reaches(box):
                mobject.paint(painter, mobject.placement(view))
        context.restore()

    def paint_surface(self, mobjects: Iterable[Mobject], surface: cairo.Surface) -> None:
        """Paint mobjects on a vector surface whose unit is this camera's pixel."""
        context = cairo.Context(surface)
        if self.background_opacity > 0:
            context.set_source_rgb(*self.background_color.to_rgb())
            context.paint()
        view = self.view
        for mobject in self.get_mobjects_to_display(mobjects):
            if isinstance(mobject, Painted):
                if mobject.pixel_box(view) is not None:
                    painter = Painter(context, view, swap=False, masks=False)
                    mobject.paint(painter, mobject.placement(view))
            elif isinstance(mobject, VMobject):
                self._vector(mobject, context)

    def _vector(self, mobject: VMobject, context: cairo.Context) -> None:
        """Draw a plain Manim vector mobject, undoing Manim's exchange of red and blue."""
        scale = self.pixel_height / self.frame_height
        context.set_matrix(
            cairo.Matrix(scale, 0, 0, -scale, self.pixel_width / 2, self.pixel_height / 2)
        )
        swapped = mobject.copy()
        for rgbas in ("fill_rgbas", "stroke_rgbas", "background_stroke_rgbas"):
            values = np.array(getattr(swapped, rgbas))
            setattr(swapped, rgbas, values[:, [2, 1, 0, 3]])
        self.display_vectorized(swapped, context)


def set_frame(width: int, height: int, fps: float, shorter: float = 8.0) -> None:
    """Tell Manim the picture's size: `shorter` frame units across its shorter side."""
    config.pixel_width, config.pixel_height = width, height
    config.frame_rate = fps
    scale = min(width, height) / shorter
    config.frame_width, config.frame_height = width / scale, height / scale
