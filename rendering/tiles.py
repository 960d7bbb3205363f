"""Tiles: a picture cut into equal rectangles, so that what changed is known without overlaps."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rendering.compiled import kernel

Damage = tuple[int, int, int, int]  # pixels: x0, y0, x1, y1
_NO_BOXES, _NO_ROOM = np.empty((0, 4)), np.empty((0, 4), np.int64)


class Tiles:
    """The cutting of a picture of one size; a set of tiles is a boolean mask (rows, columns).

    The last row and column are as narrow as the picture leaves them. `tile` is one tile's width
    and height in pixels.
    """

    def __init__(self, size: tuple[int, int], tile: tuple[int, int]) -> None:
        self.tile = tile
        columns, rows = (-(-side // step) for side, step in zip(size, tile, strict=True))
        self.shape = rows, columns
        self._found = np.empty((rows * (columns // 2 + 1), 4), np.int64)
        self._steps, self._limits = np.array(tile * 2), np.array([*size] * 2)

    def none(self) -> np.ndarray:
        """No tile."""
        return np.zeros(self.shape, bool)

    def touched(self, boxes: np.ndarray) -> np.ndarray:
        """The tiles that any of the boxes (m, 4), in pixels, reaches into."""
        found = self.none()
        kernel("tiles")(found, np.ascontiguousarray(boxes, float), *self.tile, _NO_ROOM)
        return found

    def rectangles(self, mask: np.ndarray) -> list[Damage]:
        """Few rectangles that cover just these tiles: equal runs of neighbouring rows are one."""
        count = kernel("tiles")(mask, _NO_BOXES, *self.tile, self._found)
        found = np.minimum(self._found[:count] * self._steps, self._limits)
        return [(x0, y0, x1, y1) for x0, y0, x1, y1 in found.tolist()]


def whole(size: Sequence[int]) -> Damage:
    """The rectangle of a whole picture."""
    return (0, 0, size[0], size[1])
