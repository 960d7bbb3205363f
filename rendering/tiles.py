"""Tiles: a picture cut into equal rectangles, so that what changed is known without overlaps."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

Damage = tuple[int, int, int, int]  # pixels: x0, y0, x1, y1
MANY = 100  # boxes, above which they are not looked at one by one


class Tiles:
    """The cutting of a picture of one size; a set of tiles is a boolean mask (rows, columns).

    The last row and column are as narrow as the picture leaves them. `tile` is one tile's width
    and height in pixels.
    """

    def __init__(self, size: tuple[int, int], tile: tuple[int, int]) -> None:
        self.size, self.tile = size, tile
        columns, rows = (-(-side // step) for side, step in zip(size, tile, strict=True))
        self.shape = rows, columns
        self._last: tuple[bytes, list[Damage]] = b"", []  # a set of tiles, and its rectangles

    def none(self) -> np.ndarray:
        """No tile."""
        return np.zeros(self.shape, bool)

    def touched(self, boxes: np.ndarray) -> np.ndarray:
        """The tiles that any of the boxes (m, 4), in pixels, reaches into."""
        found = self.none()
        step = np.array(self.tile * 2)
        spans = np.floor(boxes / step).astype(int)
        spans[:, 2:] = np.ceil(boxes[:, 2:] / step[2:])
        limits = np.array([self.shape[1], self.shape[0]] * 2)
        spans = np.clip(spans, 0, limits)
        if len(spans) > MANY:
            return self._covered(spans[(spans[:, :2] < spans[:, 2:]).all(axis=1)])
        for x0, y0, x1, y1 in spans.tolist():
            found[y0:y1, x0:x1] = True
        return found

    def _covered(self, spans: np.ndarray) -> np.ndarray:
        """The tiles that any of these covers, (m, 4): summed up from their corners at once."""
        rows, columns = self.shape
        steps = np.zeros((rows + 1, columns + 1), int)
        for x, y, step in ((0, 1, 1), (2, 1, -1), (0, 3, -1), (2, 3, 1)):
            np.add.at(steps, (spans[:, y], spans[:, x]), step)
        found: np.ndarray = steps.cumsum(axis=0).cumsum(axis=1)[:-1, :-1] > 0
        return found

    def rectangles(self, mask: np.ndarray) -> list[Damage]:
        """Few rectangles that cover just these tiles: equal runs of neighbouring rows are one."""
        tiles = mask.tobytes()
        if tiles != self._last[0]:  # often it is the same as a frame ago
            self._last = tiles, self._found(mask)
        return self._last[1]

    def _found(self, mask: np.ndarray) -> list[Damage]:
        rows, columns = self.shape
        framed = np.zeros((rows + 1, columns + 1), np.int8)  # runs end at the end of a row
        framed[:-1, :-1] = mask
        steps = np.flatnonzero(np.diff(framed.ravel(), prepend=0)).tolist()
        runs: list[set[tuple[int, int]]] = [set() for _ in range(rows + 1)]
        for begin, end in zip(steps[::2], steps[1::2], strict=True):
            row, x0 = divmod(begin, columns + 1)
            runs[row].add((x0, x0 + end - begin))
        (width, height), (wide, high) = self.size, self.tile
        going: dict[tuple[int, int], int] = {}
        found: list[Damage] = []
        for row, here in enumerate(runs):
            if here == going.keys():
                continue
            for run in [run for run in going if run not in here]:
                y0, (x0, x1) = going.pop(run), run
                right, bottom = min(x1 * wide, width), min(row * high, height)
                found.append((x0 * wide, y0 * high, right, bottom))
            for run in here:
                going.setdefault(run, row)
        return found


def whole(size: Sequence[int]) -> Damage:
    """The rectangle of a whole picture."""
    return (0, 0, size[0], size[1])
