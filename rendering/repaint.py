"""Repainting: finds what changed since the last frame, and paints only that."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from manim import Mobject

from scenes.kit.camera import Damage, FilmCamera, Frame
from scenes.kit.painted import Painted

TILE = (96, 48)  # pixels, even: about a cell of a grid at 1080p


class Repainter:
    """Keeps what was painted in the last frame of a play, and repaints what differs.

    Manim calls everything above the first moving mobject moving; most of it stands still. So each
    painted mobject is asked which part of it changed; those tiles are restored from the still
    image, and everything that reaches into them is painted again, clipped to them.
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

    def paint(self, moving: Sequence[Mobject]) -> list[Damage]:
        """Bring the image up to date; the rectangles that changed, which do not overlap."""
        camera = self.camera
        first = self._pose is None
        turned = self._pose is None or not np.array_equal(self._pose, camera.frame.points)
        moving = [mob for mob in moving if mob.has_points()]  # groups draw nothing themselves
        foreign = any(not isinstance(mob, Painted | Frame) for mob in moving)
        whole = [(0, 0, camera.pixel_width, camera.pixel_height)]
        damage = whole if turned or foreign else self._changes(moving)
        self._pose = camera.frame.points.copy()
        self._seen = {
            id(mob): (mob.points.copy(), dict(mob.arrays))
            for mob in moving
            if isinstance(mob, Painted)
        }
        for x0, y0, x1, y1 in [] if first else damage:  # at first the image is the still one
            camera.pixel_array[y0:y1, x0:x1] = self._still[y0:y1, x0:x1]  # type: ignore[index]
        if foreign:
            camera.capture_mobjects(moving)
        elif damage:
            camera.paint_within(moving, damage)
        return damage

    def _changes(self, moving: Sequence[Any]) -> list[Damage]:
        view = self.camera.view
        boxes = []
        for mob in moving:
            if isinstance(mob, Frame):
                continue
            seen = self._seen.get(id(mob))
            if seen is None:
                boxes.append(mob.pixel_box(view))
            else:
                boxes.extend(mob.changed_boxes(view, *seen))
        clipped = [self.camera.clip(box) for box in boxes]
        return tiled([box for box in clipped if box], view.width, view.height)


def tiled(boxes: Sequence[Damage], width: int, height: int) -> list[Damage]:
    """Few rectangles that cover all the boxes and do not overlap: runs of touched tiles."""
    across, down = -(-width // TILE[0]), -(-height // TILE[1])
    touched = np.zeros((down, across), bool)
    for x0, y0, x1, y1 in boxes:
        rows = slice(y0 // TILE[1], -(-y1 // TILE[1]))
        touched[rows, x0 // TILE[0] : -(-x1 // TILE[0])] = True
    open_runs: dict[tuple[int, int], int] = {}
    found: list[Damage] = []
    for row in range(down + 1):
        runs = _runs(touched[row]) if row < down else set()
        for run in [run for run in open_runs if run not in runs]:
            x0, x1 = run[0] * TILE[0], min(run[1] * TILE[0], width)
            found.append((x0, open_runs.pop(run) * TILE[1], x1, min(row * TILE[1], height)))
        for run in runs:
            open_runs.setdefault(run, row)
    return found


def _runs(row: np.ndarray) -> set[tuple[int, int]]:
    """Begin and end of each run of touched tiles in a row."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], row.astype(np.int8), [0]])))
    return {(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)}
