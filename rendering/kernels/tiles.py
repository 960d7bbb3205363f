"""Which tiles of a picture boxes reach into, and few rectangles that cover just these."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numba import boolean, float64, int64, intp, njit

_SIGNATURE = int64(boolean[:, ::1], float64[:, ::1], intp, intp, int64[:, ::1])


@njit
def _mark(mask, boxes, wide, high):  # type: ignore[no-untyped-def]
    rows, columns = mask.shape
    for n in range(boxes.shape[0]):
        x0, y0, x1, y1 = boxes[n, 0], boxes[n, 1], boxes[n, 2], boxes[n, 3]
        if not (x0 <= x1 and y0 <= y1):  # it is nowhere
            continue
        left, right = max(x0 / wide, 0.0), min(x1 / wide, float(columns))
        top, bottom = max(y0 / high, 0.0), min(y1 / high, float(rows))
        if left < columns and right > 0.0 and top < rows and bottom > 0.0:
            mask[math.floor(top) : math.ceil(bottom), math.floor(left) : math.ceil(right)] = True


@njit
def next_run(line, column):  # type: ignore[no-untyped-def]
    """Where the next run of marked tiles in a row begins and ends: both at its end if none does."""
    while column < line.shape[0] and not line[column]:
        column += 1
    end = column
    while end < line.shape[0] and line[end]:
        end += 1
    return column, end


@njit
def _runs(line, runs):  # type: ignore[no-untyped-def]
    """Where runs of marked tiles begin and end in a row, and how many there are."""
    count = 0
    begin, end = next_run(line, 0)
    while begin < end:
        runs[count, 0], runs[count, 1] = begin, end
        count += 1
        begin, end = next_run(line, end)
    return count


def _cover(mask, boxes, wide, high, found):  # type: ignore[no-untyped-def]
    """Mark the tiles that boxes reach into, then cover all marked ones with rectangles.

    mask: (rows, columns) bool, of tiles so wide and high in pixels. boxes: (m, 4), in pixels from
    x0, y0 to x1, y1. found: (k, 4), filled with rectangles in tiles, which do not overlap: equal
    runs of neighbouring rows are one. Returns how many; with k 0 tiles are marked only.
    """
    _mark(mask, boxes, wide, high)
    if found.shape[0] == 0:
        return 0
    rows, columns = mask.shape
    most = columns // 2 + 1
    here, going = np.empty((most, 2), np.int64), np.empty((most, 3), np.int64)
    count = open_ = 0
    for row in range(rows + 1):
        runs = _runs(mask[row], here) if row < rows else 0
        same = runs == open_
        for n in range(runs if same else 0):
            same = same and here[n, 0] == going[n, 0] and here[n, 1] == going[n, 1]
        if same:
            continue
        # Both are in order: a run goes on where the row before had the very same one.
        kept = 0
        for n in range(open_):
            while kept < runs and here[kept, 0] < going[n, 0]:
                kept += 1
            if kept < runs and here[kept, 0] == going[n, 0] and here[kept, 1] == going[n, 1]:
                continue
            found[count, 0], found[count, 1] = going[n, 0], going[n, 2]
            found[count, 2], found[count, 3] = going[n, 1], row
            count += 1
        before = going.copy()
        n = 0
        for kept in range(runs):
            while n < open_ and before[n, 0] < here[kept, 0]:
                n += 1
            goes_on = n < open_ and before[n, 0] == here[kept, 0] and before[n, 1] == here[kept, 1]
            going[kept, 0], going[kept, 1] = here[kept, 0], here[kept, 1]
            going[kept, 2] = before[n, 2] if goes_on else row
        open_ = runs
    return count


def compiled(*, kept: bool) -> Callable[..., int]:
    """cover(mask, boxes, wide, high, found), as it is told of above."""
    made: Callable[..., int] = njit(_SIGNATURE, cache=kept)(_cover)
    return made
