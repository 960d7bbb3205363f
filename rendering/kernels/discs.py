"""The filling of discs and rings that are seen straight on."""

from __future__ import annotations

import math

from numba import float64, int64, njit, uint32, void
from numba import uint32 as u4

from rendering.kernels.mixing import WHOLE, colour_of, mixed, run

SMALL = 4.0  # pixels: below this radius the edge is no straight line within a pixel
LEVELS = 8  # of a pixel's height, at which a small disc is measured
REACH = 0.72  # pixels from the edge, beyond which a pixel is all inside or all outside

_SIGNATURE = void(uint32[:, ::1], int64[:, ::1], float64[:, ::1], float64[:, ::1])


@njit
def _covered(x, y, radius):  # type: ignore[no-untyped-def]
    """What a disc about the origin covers of the pixel whose middle is at x, y."""
    if radius <= 0.0:
        return 0.0
    if radius >= SMALL:  # half of the pixel lies beyond a straight edge through its middle
        off = max(math.sqrt(x * x + y * y), 1e-9)
        inside, wide, high = radius - off, abs(x) / off, abs(y) / off
        wide, high, deep = max(wide, high), min(wide, high), abs(inside)
        if deep >= 0.5 * (wide + high):
            beyond = 0.0
        elif deep > 0.5 * (wide - high):
            beyond = (0.5 * (wide + high) - deep) ** 2 / (2.0 * wide * high)
        else:
            beyond = 0.5 - deep / wide
        return 1.0 - beyond if inside > 0.0 else beyond
    found = 0.0
    for level in range(LEVELS):
        at = y - 0.5 + (level + 0.5) / LEVELS
        half = math.sqrt(max(radius * radius - at * at, 0.0))
        found += max(min(x + 0.5, half) - max(x - 0.5, -half), 0.0)
    return found / LEVELS


@njit
def _half(radius, y):  # type: ignore[no-untyped-def]
    """Half of what a disc about the origin has at this height (0 where it is not)."""
    return math.sqrt(max(radius * radius - y * y, 0.0)) if radius > 0.0 else 0.0


@njit
def _edge(line, begin, end, x, y, outer, inner, share, even, odd):  # type: ignore[no-untyped-def]
    for at in range(begin, end):
        covered = _covered(at + 0.5 - x, y, outer) - _covered(at + 0.5 - x, y, inner)
        part = int(covered * share + 0.5)
        if part > 0:
            line[at] = mixed(line[at], even, odd, u4(part))


def _fill(words, limits, places, colours):  # type: ignore[no-untyped-def]
    """Fill discs or rings, one after the other, each in its colour.

    words, limits: as for polygons. places: (m, 4), in pixels the middle, x and y, and the outer and
    the inner radius (0 for a disc). colours: (m, 4), 0 to 255, and opacity, 0 to 1.
    """
    height, width = words.shape
    for n in range(places.shape[0]):
        x, y, outer, inner = places[n, 0], places[n, 1], places[n, 2], places[n, 3]
        share = min(colours[n, 3], 1.0) * WHOLE
        if share < 0.5 or outer <= 0.0:
            continue
        even, odd = colour_of(colours[n])
        reach = outer + REACH
        for k in range(limits.shape[0]):
            x0, y0 = max(limits[k, 0], 0), max(limits[k, 1], 0)
            x1, y1 = min(limits[k, 2], width), min(limits[k, 3], height)
            if x + reach <= x0 or x - reach >= x1:
                continue
            for row in range(max(y0, int(y - reach)), min(y1, int(y + reach) + 1)):
                off = row + 0.5 - y
                if abs(off) >= reach:
                    continue
                half = _half(reach, off)
                begin, end = max(x0, math.floor(x - half)), min(x1, int(x + half) + 1)
                # In the middle all is inside of a disc, or in the hole of a ring.
                inside = _half((inner if inner > 0.0 else outer) - REACH, off) - 0.5
                a = b = end
                if inside > 0.0:
                    a = min(max(math.ceil(x - inside - 0.5), begin), end)
                    b = min(max(math.floor(x + inside - 0.5) + 1, a), end)
                line = words[row]
                _edge(line, begin, a, x, off, outer, inner, share, even, odd)
                if inner <= 0.0:
                    run(line, a, b, even, odd, int(share + 0.5))
                _edge(line, b, end, x, off, outer, inner, share, even, odd)


def compiled(*, kept: bool):  # type: ignore[no-untyped-def]
    """fill(words, limits, places, colours), as it is told of above."""
    return njit(_SIGNATURE, cache=kept)(_fill)
