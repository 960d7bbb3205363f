"""The drawing of thin straight lines, whose ends are cut level or upright."""

from __future__ import annotations

import math

from numba import float64, int64, njit, uint32, void
from numba import uint32 as u4

from rendering.kernels.mixing import WHOLE, colour_of, mixed

_SIGNATURE = void(uint32[:, ::1], int64[:, ::1], float64[:, ::1], float64[:, ::1])


@njit
def _covered(top, bottom, at):  # type: ignore[no-untyped-def]
    """What lies between two heights of the pixel that begins at this one."""
    return max(min(bottom, at + 1.0) - max(top, at), 0.0)


@njit
def _along(words, box, steep, ends, half, share, ink):  # type: ignore[no-untyped-def]
    """Draw a line column by column, or row by row where it is steep."""
    x0, y0, x1, y1 = box
    ax, ay, bx, by = ends
    even, odd = ink
    slope = (by - ay) / (bx - ax)
    tall = half * math.sqrt(1.0 + slope * slope)
    lean = 0.25 * slope  # a quarter of a pixel before its middle and behind it
    edge = 0.5 * abs(slope)
    for x in range(max(x0, math.floor(ax)), min(x1, math.ceil(bx))):
        here = (min(bx, x + 1.0) - max(ax, float(x))) * share * 0.5
        middle = ay + (x + 0.5 - ax) * slope
        top, bottom = middle - tall, middle + tall
        for y in range(max(y0, math.floor(top - edge)), min(y1, math.ceil(bottom + edge))):
            both = _covered(top - lean, bottom - lean, y) + _covered(top + lean, bottom + lean, y)
            part = u4(int(both * here + 0.5))
            if steep:
                words[x, y] = mixed(words[x, y], even, odd, part)
            else:
                words[y, x] = mixed(words[y, x], even, odd, part)


def _draw(words, limits, lines, colours):  # type: ignore[no-untyped-def]
    """Draw lines, one after the other, each in its colour.

    words, limits: as for polygons. lines: (m, 5), in pixels the ends, x and y of each, and the
    width. colours: (m, 4), 0 to 255, and opacity, 0 to 1.
    """
    height, width = words.shape
    for n in range(lines.shape[0]):
        ax, ay, bx, by, wide = lines[n, 0], lines[n, 1], lines[n, 2], lines[n, 3], lines[n, 4]
        share = min(colours[n, 3], 1.0) * WHOLE
        if share < 0.5 or (ax == bx and ay == by):
            continue
        ink, reach = colour_of(colours[n]), wide + 1.0  # half of it aslant, and part of a pixel
        steep = abs(by - ay) > abs(bx - ax)
        if steep:
            ax, ay, bx, by = ay, ax, by, bx
        if ax > bx:
            ax, ay, bx, by = bx, by, ax, ay
        low, high = min(ay, by) - reach, max(ay, by) + reach
        for k in range(limits.shape[0]):
            x0, y0 = max(limits[k, 0], 0), max(limits[k, 1], 0)
            x1, y1 = min(limits[k, 2], width), min(limits[k, 3], height)
            if steep:
                x0, y0, x1, y1 = y0, x0, y1, x1
            if ax < x1 and bx > x0 and low < y1 and high > y0:
                _along(words, (x0, y0, x1, y1), steep, (ax, ay, bx, by), wide / 2, share, ink)


def compiled(*, kept: bool):  # type: ignore[no-untyped-def]
    """draw(words, limits, lines, colours), as it is told of above."""
    return njit(_SIGNATURE, cache=kept)(_draw)
