"""The view: how frame units become pixels, straight on or through a turned camera."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

FLIP = np.array([1.0, -1.0])  # pixels run downwards
Box = tuple[float, float, float, float]


@dataclass(frozen=True, eq=False)
class View:
    """A camera's map from the scene to the picture.

    `centre` is the scene point in the middle of the picture, `scale` the pixels per frame unit at
    that depth; `turn` is a 3x3 rotation of the scene; `distance` is the eye's, in frame units.
    """

    width: int
    height: int
    scale: float
    centre: np.ndarray
    turn: np.ndarray
    distance: float
    facing: View | None = None  # the same picture seen straight on, for what always faces us

    @property
    def stroke_unit(self) -> float:
        """Pixels for one unit of stroke width: the scale against 1080p (135 px a unit)."""
        return self.scale / 135.0

    @cached_property
    def straight(self) -> bool:
        """Whether the camera looks straight at the scene's plane."""
        return bool(np.array_equal(self.turn, np.eye(3)))

    def depth(self, z: np.ndarray) -> np.ndarray:
        """How much larger what is `z` nearer to the eye looks; never from behind the eye."""
        return self.distance / np.maximum(self.distance - z, 0.1 * self.distance)

    def pixels(self, points: np.ndarray) -> np.ndarray:
        """Project (m, 3) scene points to (m, 2) pixels from the top left."""
        turned = (points - self.centre) @ self.turn.T
        depth = self.depth(turned[:, 2])
        x = turned[:, 0] * depth * self.scale + self.width / 2
        y = self.height / 2 - turned[:, 1] * depth * self.scale
        return np.stack([x, y], axis=1)


@dataclass(frozen=True, eq=False)
class Placement:
    """Where a mobject's own flat coordinates stand: origin + x * across + y * up, in the scene."""

    view: View
    origin: np.ndarray
    across: np.ndarray
    up: np.ndarray

    @cached_property
    def upright(self) -> bool:
        """Whether the mobject is seen flat, unturned and undistorted."""
        flat = self.view.straight and not self.origin[2] and not self.across[2] and not self.up[2]
        return bool(
            flat
            and abs(self.across[1]) < 1e-9
            and abs(self.up[0]) < 1e-9
            and abs(self.across[0] - self.up[1]) < 1e-6 * abs(self.up[1])
        )

    @property
    def scale(self) -> float:
        """Pixels per own unit, where the mobject is upright."""
        return float(self.up[1] * self.view.scale)

    @cached_property
    def turned(self) -> np.ndarray:
        """Across, up and origin as the turned camera sees them: (3, 3), a row each."""
        rows = np.stack([self.across, self.up, self.origin - self.view.centre])
        seen: np.ndarray = rows @ self.view.turn.T
        return seen

    @cached_property
    def flat(self) -> tuple[np.ndarray, np.ndarray]:
        """Where the mobject is upright: pixels = own points * the first + the second."""
        view = self.view
        factor = np.array([self.across[0], self.up[1]]) * FLIP * view.scale
        offset = self.turned[2, :2] * FLIP * view.scale + (view.width / 2, view.height / 2)
        return factor, offset

    @cached_property
    def plain(self) -> tuple[float, float, float, float] | None:
        """The same as numbers, factor and offset; None where it is not upright, or upside down."""
        if not self.upright or self.up[1] <= 0:
            return None
        (fx, fy), (ox, oy) = (pair.tolist() for pair in self.flat)
        return fx, fy, ox, oy

    def box(self, box: Box, pad: float) -> Box:
        """The box in pixels around a box of own coordinates, and some more on each side."""
        x0, y0, x1, y1 = box
        if self.plain is not None:
            fx, fy, ox, oy = self.plain
            return (x0 * fx + ox - pad, y1 * fy + oy - pad, x1 * fx + ox + pad, y0 * fy + oy + pad)
        left, top, right, bottom = self.boxes(np.array([box]), pad)[0].tolist()
        return (left, top, right, bottom)

    def boxes(self, boxes: np.ndarray, pad: float) -> np.ndarray:
        """The same for many, (m, 4)."""
        if self.plain is not None:
            fx, fy, ox, oy = self.plain
            around = np.array((ox - pad, oy - pad, ox + pad, oy + pad))
            flipped: np.ndarray = boxes[:, [0, 3, 2, 1]] * (fx, fy, fx, fy) + around
            return flipped
        corners = boxes[:, [[0, 1], [2, 1], [0, 3], [2, 3]]].reshape(-1, 2)
        seen = self.pixels(corners).reshape(-1, 4, 2)
        return np.concatenate([seen.min(1) - pad, seen.max(1) + pad], axis=1)

    def pixels(self, points: np.ndarray) -> np.ndarray:
        """(m, 2) own points in pixels, (m, 2)."""
        if self.upright:
            factor, offset = self.flat
            return points * factor + offset
        view = self.view
        seen = points @ self.turned[:2] + self.turned[2]  # (m, 3)
        factor = view.scale * view.depth(seen[:, 2])
        return seen[:, :2] * factor[:, None] * FLIP + (view.width / 2, view.height / 2)

    def jacobians(self, points: np.ndarray) -> np.ndarray:
        """How a small step (right, up) in own units moves the pixel: (m, 2, 2), columns are steps.

        Glyphs and dots use it as a local affine map: within one cell, perspective is affine.
        """
        view = self.view
        seen = points @ self.turned[:2] + self.turned[2]  # (m, 3)
        depth = view.depth(seen[:, 2])  # (m,)
        # x_pixel = scale x depth(z), and depth'(z) = depth^2 / distance.
        flat = self.turned[:2, :2].T * FLIP[:, None]  # (2, 2): the step's own x and y, y down
        bend = (seen[:, :2] * FLIP)[:, :, None] * self.turned[:2, 2]  # (m, 2, 2)
        bent = bend * (depth / view.distance)[:, None, None]
        jacobian: np.ndarray = (flat + bent) * (view.scale * depth)[:, None, None]
        return jacobian
