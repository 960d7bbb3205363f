"""Repainting: finds what changed since the last frame, and paints only that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from manim import Mobject

from rendering.tiles import Damage, Tiles, whole
from scenes.kit.camera import FilmCamera, Frame
from scenes.kit.painted import Box, Painted

TILE = (48, 24)  # pixels: tried from 32 x 16 to 96 x 48 at 1080p, this costs least


@dataclass
class _Seen:
    """A mobject as it was painted last."""

    points: np.ndarray
    arrays: dict[str, np.ndarray]
    box: Box | None  # pixels


class Repainter:
    """Keeps what was painted in the last frame of a play, and repaints what differs.

    Manim calls everything above the first moving mobject moving; most of it stands still. So each
    painted mobject is asked which part of it changed; those tiles are restored from the still
    image, and everything that reaches into them is painted again, clipped to them.
    """

    def __init__(self, camera: FilmCamera) -> None:
        self.camera = camera
        self._tiles = Tiles((camera.pixel_width, camera.pixel_height), TILE)
        self._still: np.ndarray | None = None
        self._drawn: list[Mobject] = []
        self._painted: list[Painted] = []
        self._foreign = False  # whether plain Manim mobjects move too
        self._seen: dict[int, _Seen] = {}
        self._pose: np.ndarray | None = None

    def begin(self, still: Sequence[Mobject], moving: Sequence[Mobject]) -> None:
        """A play begins: paint what does not move in it, and keep that image."""
        camera = self.camera
        self._drawn = [mob for mob in camera.get_mobjects_to_display(moving) if mob.has_points()]
        self._painted = [mob for mob in self._drawn if isinstance(mob, Painted)]
        self._foreign = any(not isinstance(mob, Painted | Frame) for mob in self._drawn)
        camera.reset()
        camera.capture_mobjects(still)
        if self._still is None or self._still.shape != camera.pixel_array.shape:
            self._still = camera.pixel_array.copy()
        else:
            np.copyto(self._still, camera.pixel_array)
        self._seen, self._pose = {}, None

    def paint(self) -> list[Damage]:
        """Bring the image up to date; the rectangles that changed, which do not overlap."""
        camera = self.camera
        first, pose = self._pose is None, camera.frame.points
        turned = first or not np.array_equal(self._pose, pose)  # type: ignore[arg-type]
        self._pose = pose.copy()
        touched = self._changes(turned)
        if self._foreign:
            damage = [whole((camera.pixel_width, camera.pixel_height))]
        else:
            damage = self._tiles.rectangles(self._tiles.touched(touched))
        for x0, y0, x1, y1 in [] if first else damage:  # at first the image is the still one
            camera.pixel_array[y0:y1, x0:x1] = self._still[y0:y1, x0:x1]  # type: ignore[index]
        if self._foreign:
            camera.capture_mobjects(self._drawn)
        elif damage:
            boxes = [(mob, self._seen[id(mob)].box) for mob in self._painted]
            camera.paint_within(boxes, damage)
        return damage

    def _changes(self, turned: bool) -> np.ndarray:
        """Boxes (m, 4), in pixels, of what looks different now; they are remembered."""
        view, before, self._seen = self.camera.view, self._seen, {}
        boxes = [np.empty((0, 4))]
        for mob in self._painted:
            seen = before.get(id(mob))
            if seen is None or (turned and not mob.faces_us):
                box = mob.pixel_box(view)
                around = [seen.box if seen else None, box]
                changed = np.array([b for b in around if b is not None]).reshape(-1, 4)
            else:
                changed = mob.changed_boxes(view, seen.points, seen.arrays)
                if len(changed) == 0:
                    self._seen[id(mob)] = seen
                    continue
                box = mob.pixel_reach(view)
            boxes.append(changed)
            self._seen[id(mob)] = _Seen(mob.points.copy(), dict(mob.arrays), box)
        return np.concatenate(boxes)
