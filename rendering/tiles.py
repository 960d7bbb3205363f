"""Tiles: a picture cut into equal rectangles, so that what changed moves in one NumPy call."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

Damage = tuple[int, int, int, int]  # pixels: x0, y0, x1, y1
WANTED = (48, 24)  # pixels: tried from 32 x 16 to 96 x 48 at 1080p, this costs least


class Tiles:
    """The cutting of a picture of one size; a set of tiles is a boolean mask (rows, columns).

    A tile's sides are even, so that 4:2:0 chroma can be cut the same way, and divide the picture's
    sides, so that every tile is alike. A side that has no such divisor is one tile.
    """

    def __init__(self, width: int, height: int) -> None:
        self.size = width, height
        self.width, self.height = (
            _divisor(n, wanted) for n, wanted in zip(self.size, WANTED, strict=True)
        )
        self.shape = height // self.height, width // self.width

    def none(self) -> np.ndarray:
        """No tile."""
        return np.zeros(self.shape, bool)

    def touched(self, boxes: np.ndarray) -> np.ndarray:
        """The tiles that any of the boxes (m, 4), in pixels, reaches into."""
        found = self.none()
        step = np.array([self.width, self.height] * 2)
        spans = np.floor(boxes / step).astype(int)
        spans[:, 2:] = np.ceil(boxes[:, 2:] / step[2:])
        limits = np.array([self.shape[1], self.shape[0]] * 2)
        for x0, y0, x1, y1 in np.clip(spans, 0, limits).tolist():
            found[y0:y1, x0:x1] = True
        return found

    def rectangles(self, mask: np.ndarray) -> list[Damage]:
        """Few rectangles that cover just these tiles: equal runs of neighbouring rows are one."""
        rows, columns = self.shape
        framed = np.zeros((rows + 1, columns + 1), np.int8)  # runs end at the end of a row
        framed[:-1, :-1] = mask
        steps = np.flatnonzero(np.diff(framed.ravel(), prepend=0)).tolist()
        runs: list[set[tuple[int, int]]] = [set() for _ in range(rows + 1)]
        for begin, end in zip(steps[::2], steps[1::2], strict=True):
            row, x0 = divmod(begin, columns + 1)
            runs[row].add((x0, x0 + end - begin))
        going: dict[tuple[int, int], int] = {}
        found: list[Damage] = []
        for row, here in enumerate(runs):
            if here == going.keys():
                continue
            for run in [run for run in going if run not in here]:
                y0 = going.pop(run)
                x0, x1 = (side * self.width for side in run)
                found.append((x0, y0 * self.height, x1, row * self.height))
            for run in here:
                going.setdefault(run, row)
        return found

    def cut(self, pixels: np.ndarray, step: int = 1) -> np.ndarray:
        """A view of a plane (h / step, w / step, ...) as (rows, height, columns, width, ...)."""
        high, wide = self.height // step, self.width // step
        rows, columns = self.shape
        tall, across, *rest = pixels.strides
        return np.lib.stride_tricks.as_strided(
            pixels,
            (rows, high, columns, wide, *pixels.shape[2:]),
            (tall * high, tall, across * wide, across, *rest),
        )

    def copy(self, mask: np.ndarray, source: np.ndarray, target: np.ndarray, step: int = 1) -> None:
        """Copy the tiles of one plane into another."""
        rows, columns = np.nonzero(mask)
        self.cut(target, step)[rows, :, columns] = self.cut(source, step)[rows, :, columns]


def whole(size: Sequence[int]) -> Damage:
    """The rectangle of a whole picture."""
    return (0, 0, size[0], size[1])


def _divisor(side: int, wanted: int) -> int:
    """The even divisor of a side that is nearest to the wanted size; else the whole side."""
    fit = [n for n in range(2, 4 * wanted, 2) if side % n == 0 and 2 * n >= wanted]
    return min(fit, key=lambda n: max(n / wanted, wanted / n), default=side)
