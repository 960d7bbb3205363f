"""Repainting: finds the rectangle that changed since the last frame, and paints only that."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from manim import Mobject

from scenes.kit.camera import Damage, FilmCamera, Frame, merge
from scenes.kit.painted import Painted


class Repainter:
    """Keeps what was painted in the last frame of a play, and repaints what differs.

    Manim calls everything above the first moving mobject moving; most of it stands still. So each
    painted mobject is asked which part of it changed; that rectangle is restored from the still
    image, and everything that reaches into it is painted again, clipped to it.
    """

    def __init__(self, camera: FilmCamera) -> None:
        self.camera = camera
        self._still: np.ndarray | None = None
        self._seen: dict[int, tuple[np.ndarray, dict[str, np.ndarray]]] = {}
        self._pose: np.ndarray | None = None

    def begin(self, still: Sequence[Mobject]) -> None:
        """A play begins: paint what does not move in it, and keep that image."""
        camera = self.camera
        camera.reset()
        camera.capture_mobjects(still)
        if self._still is None or self._still.shape != camera.pixel_array.shape:
            self._still = camera.pixel_array.copy()
        else:
            np.copyto(self._still, camera.pixel_array)
        self._seen, self._pose = {}, None

    def paint(self, moving: Sequence[Mobject]) -> Damage | None:
        """Bring the image up to date; what changed, None for nothing."""
        camera = self.camera
        whole = (0, 0, camera.pixel_width, camera.pixel_height)
        first = self._pose is None
        turned = self._pose is None or not np.array_equal(self._pose, camera.frame.points)
        foreign = any(not isinstance(mob, Painted | Frame) for mob in moving)
        damage = whole if turned or foreign else self._changes(moving)
        self._pose = camera.frame.points.copy()
        self._seen = {
            id(mob): (mob.points.copy(), dict(mob.arrays))
            for mob in moving
            if isinstance(mob, Painted)
        }
        if damage is None:
            return None
        x0, y0, x1, y1 = damage
        if not first:  # the image is the still one already
            camera.pixel_array[y0:y1, x0:x1] = self._still[y0:y1, x0:x1]  # type: ignore[index]
        if foreign:
            camera.capture_mobjects(moving)
        else:
            camera.paint_within(moving, damage)
        return damage

    def _changes(self, moving: Sequence[Any]) -> Damage | None:
        camera = self.camera
        view = camera.view
        damage: Damage | None = None
        for mob in moving:
            if isinstance(mob, Frame):
                continue
            seen = self._seen.get(id(mob))
            box = mob.pixel_box(view) if seen is None else mob.changed_box(view, *seen)
            damage = merge(damage, camera.clip(box))
        return damage
