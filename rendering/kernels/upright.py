"""The filling of quadrilaterals between two upright sides: cells, turned like a page or not."""

from __future__ import annotations

import math

from numba import njit

from rendering.kernels.mixing import pixel, run

SLANT = 0.5  # pixels a pixel: of edges so slant, two places tell what they cover of a pixel


@njit
def _above(y, height):  # type: ignore[no-untyped-def]
    """What of the pixel that begins at y lies below a level edge at this height."""
    return min(max(y + 1.0 - height, 0.0), 1.0)


@njit
def _cut(line, y, begin, end, sides, ink):  # type: ignore[no-untyped-def]
    """A row of pixels through which the upper or the lower edge of an upright shape goes."""
    left, top, rise, right, bottom, fall = sides
    for x in range(begin, end):
        low, high = max(left, float(x)), min(right, x + 1.0)
        covered, wide = 0.0, high - low
        for at in (low + 0.25 * wide - left, low + 0.75 * wide - left):
            covered += _above(y, top + at * rise) - _above(y, bottom + at * fall)
        pixel(line, x, 0.5 * wide * covered, ink)


@njit
def fill_upright(words, sides, box, ink):  # type: ignore[no-untyped-def]
    """Fill between two upright sides: below a slant edge, `rise` a pixel, and above another."""
    left, top, rise, right, bottom, fall = sides
    x0, y0, x1, y1 = box
    begin, end = max(math.floor(left), x0), min(math.ceil(right), x1)
    wide = right - left
    highest, lowest = min(top, top + wide * rise), max(bottom, bottom + wide * fall)
    # From here to there no edge goes through a row.
    first = min(max(y0, math.ceil(max(top, top + wide * rise))), y1)
    last = max(min(y1, math.floor(min(bottom, bottom + wide * fall))), first)
    for y in range(max(y0, math.floor(highest)), first):
        _cut(words[y], y, begin, end, sides, ink)
    a, b = max(math.ceil(left), x0), min(math.floor(right), x1)
    for x in range(begin, end):  # the pixels at both ends
        if x < a or x >= b:
            covered = min(right, x + 1.0) - max(left, float(x))
            for y in range(first, last):
                pixel(words[y], x, covered, ink)
    share, even, odd, _, _ = ink
    for y in range(first, last):
        run(words[y], a, b, even, odd, int(share + 0.5))
    for y in range(last, min(y1, math.ceil(lowest))):
        _cut(words[y], y, begin, end, sides, ink)


@njit
def sides_of(points, k):  # type: ignore[no-untyped-def]
    """Left and right of a quadrilateral whose sides are upright, as `_upright` needs them.

    Nothing lies between them where it is another one.
    """
    for one in (1, 3):  # which corner stands above or below the first
        other = 4 - one
        if points[k, 0] == points[k + one, 0] and points[k + 2, 0] == points[k + other, 0]:
            ax, ay, by = points[k, 0], points[k, 1], points[k + one, 1]
            cx, cy, dy = points[k + 2, 0], points[k + other, 1], points[k + 2, 1]
            if ax > cx:
                ax, ay, by, cx, cy, dy = cx, cy, dy, ax, ay, by
            wide = max(cx - ax, 1e-9)
            top, bottom = min(ay, by), max(ay, by)
            rise, fall = (min(cy, dy) - top) / wide, (max(cy, dy) - bottom) / wide
            if max(abs(rise), abs(fall)) <= SLANT:
                return ax, top, rise, cx, bottom, fall
    return 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
