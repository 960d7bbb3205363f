"""Laying converted tiles into a frame's planes."""

from __future__ import annotations

from collections.abc import Callable

from numba import boolean, intp, njit, uint8, void

from rendering.kernels.tiles import next_run

_PLANE = uint8[:, ::1]
_SIGNATURE = void(uint8[::1], _PLANE, _PLANE, _PLANE, intp, intp, boolean[:, ::1], intp, intp)


def _lay(found, luma, blueness, redness, width, height, marked, wide, high):  # type: ignore[no-untyped-def]
    """Lay the marked tiles of a picture so wide and high into its planes.

    found: uint8, the tiles as rendering.kernels.bt709 gives them. luma: (h, >= w) uint8; blueness
    and redness: (h/2, >= w/2). marked: (rows, columns) bool, of tiles so wide and high in pixels.
    """
    at = 0
    for row in range(marked.shape[0]):
        y0, y1 = row * high, min((row + 1) * high, height)
        begin, end = next_run(marked[row], 0)
        while begin < end:
            x0, x1 = begin * wide, min(end * wide, width)
            at = _rows(found, at, luma, x0, x1, y0, y1)
            for y in range(y0 // 2, y1 // 2):
                at = _rows(found, at, blueness, x0 // 2, x1 // 2, y, y + 1)
                at = _rows(found, at, redness, x0 // 2, x1 // 2, y, y + 1)
            begin, end = next_run(marked[row], end)


@njit
def _rows(found, at, plane, x0, x1, y0, y1):  # type: ignore[no-untyped-def]
    long = x1 - x0
    for y in range(y0, y1):
        target, source = plane[y, x0:x1], found[at : at + long]
        for x in range(long):
            target[x] = source[x]
        at += long
    return at


def compiled(*, kept: bool) -> Callable[..., None]:
    """lay(found, luma, blueness, redness, width, height, marked, wide, high), as above."""
    made: Callable[..., None] = njit(_SIGNATURE, cache=kept)(_lay)
    return made
