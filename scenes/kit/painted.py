"""Painted mobjects: Manim objects that hold arrays and paint themselves in one pass."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from manim import Mobject
from manim.utils.paths import straight_path

from scenes.kit.painter import Painter
from scenes.kit.view import Box as Box  # what most modules know it by
from scenes.kit.view import Placement, View

STRAIGHT = straight_path()
NOWHERE = np.empty((0, 4))
PAD = 4.0  # pixels around what a mobject paints, for its strokes


class Painted(Mobject):
    """Base of everything that this project draws.

    It keeps its content in its own flat coordinates. Manim moves it by its `points`: three corners
    of the content's box, so shift, scale and rotate (in 3-D too) place the whole content.
    `arrays` are what animations interpolate; everything else is shared between copies.
    """

    faces_us = False  # whether it stays in front of the camera when that turns
    roams = False  # whether what it paints may leave its `box`

    def __init__(self, box: Box, **arrays: Any) -> None:
        self.box = box
        self.arrays: dict[str, np.ndarray] = {"opacity": np.array(1.0)}
        for name, value in arrays.items():
            self.arrays[name] = np.asarray(value, float)
        super().__init__()

    def generate_points(self) -> Self:
        """Place the content where its own coordinates say."""
        x0, y0, x1, y1 = self.box
        self.points = np.array([[x0, y0, 0.0], [x1, y0, 0.0], [x0, y1, 0.0], [x1, y1, 0.0]])
        return self

    # -- what Manim's animations need --------------------------------------------------------

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        """Copy what animations change; outlines, layouts and texts are shared."""
        clone = type(self).__new__(type(self))
        memo[id(self)] = clone
        clone.__dict__.update(self.__dict__)
        clone.points = self.points.copy()
        clone.arrays = {name: value.copy() for name, value in self.arrays.items()}
        clone.updaters = list(self.updaters)
        clone.submobjects = [sub.__deepcopy__(memo) for sub in self.submobjects]
        return clone

    def copy(self) -> Self:
        """A copy that can be changed without changing this one."""
        return self.__deepcopy__({})

    def interpolate(
        self, mobject1: Mobject, mobject2: Mobject, alpha: float, path_func: Any = STRAIGHT
    ) -> Self:
        """Become the mixture of two states: their places and each of their arrays."""
        self.points = path_func(mobject1.points, mobject2.points, alpha)
        self._mix(mobject1, mobject2, alpha)
        return self

    def _mix(self, first: Any, second: Any, alpha: float) -> None:
        for name, a in first.arrays.items():
            b = second.arrays[name]
            self.arrays[name] = a + (b - a) * alpha if a is not b else a

    def interpolate_color(self, *_: Any) -> None:
        """Colours are part of the arrays."""

    def align_points(self, mobject: Mobject) -> Self:
        """All painted mobjects have the same four corners."""
        return self

    def become(self, mobject: Mobject, **_: Any) -> Self:
        """Take over another painted mobject's place and content."""
        other = mobject.copy()
        keep = self.submobjects  # type: ignore[has-type]
        self.__dict__.update(other.__dict__)
        self.submobjects = keep
        return self

    def fade(self, darkness: float = 0.5, family: bool = True) -> Self:
        """Make it fainter: its opacity times 1 - darkness."""
        self.arrays["opacity"] = self.arrays["opacity"] * (1 - darkness)
        return self

    def set_opacity(self, opacity: float) -> Self:
        """Set the opacity of the whole."""
        self.arrays["opacity"] = np.array(float(opacity))
        return self

    def set(self, **arrays: Any) -> Self:
        """Set arrays by name, broadcasting to their shape: `dots.animate.set(size=1)`."""
        for name, value in arrays.items():
            if name not in self.arrays:
                raise AttributeError(f"{type(self).__name__} has no array {name!r}")
            old = self.arrays[name]
            self.arrays[name] = np.broadcast_to(np.asarray(value, float), old.shape).copy()
        return self

    def face_us(self) -> Self:
        """Stay in front of the camera, whichever way it turns."""
        self.faces_us = True
        return self

    # -- painting ----------------------------------------------------------------------------

    @property
    def opacity(self) -> float:
        """The opacity of the whole."""
        return float(self.arrays["opacity"])

    def placement(self, view: View) -> Placement:
        """Where the content's own coordinates stand now."""
        if self.faces_us and view.facing is not None:
            view = view.facing
        known, corners = self.__dict__.get("_placed"), self.points.tobytes()
        if known and known[0] is view and known[1] == corners:  # asked for several times a frame
            placed: Placement = known[2]
            return placed
        x0, y0, x1, y1 = self.box
        across = (self.points[1] - self.points[0]) / (x1 - x0)
        up = (self.points[2] - self.points[0]) / (y1 - y0)
        placement = Placement(view, self.points[0] - x0 * across - y0 * up, across, up)
        self._placed = view, corners, placement
        return placement

    def paint(self, painter: Painter, at: Placement) -> None:
        """Draw the content; subclasses say how."""
        raise NotImplementedError

    @property
    def content(self) -> Box:
        """The box, in own coordinates, that it never paints outside of (unless it roams)."""
        return self.box

    def ink_box(self) -> Box | None:
        """The box, in own coordinates, outside of which nothing is painted now (None: nothing)."""
        return self.box if self.opacity > 0.002 else None

    def changed_parts(self, before: dict[str, np.ndarray]) -> np.ndarray | None:
        """Boxes (m, 4), in own coordinates, of what differs from earlier arrays.

        None: all of it, where it was and where it is.
        """
        stays = type(self).ink_box is Painted.ink_box
        return np.array([self.box]) if stays else None

    def changed_boxes(
        self, view: View, points: np.ndarray, before: dict[str, np.ndarray]
    ) -> np.ndarray:
        """What must be painted anew since it had these points and arrays: (m, 4) pixels."""
        if points.tobytes() == self.points.tobytes():
            for name, value in self.arrays.items():  # asked of everything in each frame
                if value is not before[name] and not np.array_equal(value, before[name]):
                    break
            else:
                return NOWHERE
            parts = self.changed_parts(before)
            if parts is not None:
                return self.to_pixels(parts, view)
        boxes = [self.pixel_box(view), self.box_then(view, points, before)]
        return np.array([box for box in boxes if box is not None]).reshape(-1, 4)

    def box_then(self, view: View, points: np.ndarray, before: dict[str, np.ndarray]) -> Box | None:
        """The pixel box that it had with these points and arrays."""
        now = self.points, self.arrays
        self.points, self.arrays = points, before
        box = self.pixel_box(view)
        self.points, self.arrays = now
        return box

    def pixel_box(self, view: View, pad: float = PAD) -> Box | None:
        """The box of `ink_box` in pixels, from the top left."""
        box = self.ink_box()
        if box is None:
            return None
        return self.placement(view).box(box, pad)

    def pixel_reach(self, view: View) -> Box | None:
        """A box in pixels, cheap to find, outside of which nothing is painted (None: nothing)."""
        if self.roams:
            return self.pixel_box(view)
        if self.opacity <= 0.002:
            return None
        at = self.placement(view)
        known = self.__dict__.get("_reach")
        if known is None or known[0] is not at:
            self._reach = known = at, at.box(self.content, PAD)
        box: Box = known[1]
        return box

    def to_pixels(self, boxes: np.ndarray, view: View, pad: float = PAD) -> np.ndarray:
        """Boxes (m, 4) of own coordinates in pixels, with some around each for strokes."""
        return self.placement(view).boxes(boxes, pad)


def same(a: np.ndarray, b: np.ndarray) -> bool:
    """Whether two arrays are equal (most are the very same object)."""
    return a is b or bool(np.array_equal(a, b))
