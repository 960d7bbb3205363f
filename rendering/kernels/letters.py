"""The laying down of type that is seen aslant, from masks that are kept."""

from __future__ import annotations

import math

import numpy as np
from numba import float64, int64, njit, uint8, uint32, void
from numba import int32 as i4
from numba import uint32 as u4

from rendering.kernels.mixing import WHOLE, colour_of, mixed

_8, _16, _BYTE = np.int32(8), np.int32(16), np.int32(0xFF)
FRACTION = 1 << 16  # of a pixel of a mask: places in it are whole numbers of these

_SIGNATURE = void(
    uint32[:, ::1], int64[:, ::1], uint8[::1], int64[:, ::1], float64[:, ::1], float64[:, ::1]
)


@njit
def _within(start, step, limit, begin, end):  # type: ignore[no-untyped-def]
    """Those of the steps from `begin` up to `end` at which start + n step is in 0 to `limit`."""
    if abs(step) < 1e-9:
        return begin, (end if 0.0 <= start < limit else begin)
    a, b = -start / step, (limit - start) / step
    # Places are rounded to fractions: what is nearly outside is left out, and is empty there.
    return (
        max(begin, math.ceil(min(a, b) + 0.01)),
        min(end, math.floor(max(a, b) - 0.01) + 1),
    )


@njit
def _row(line, masks, mask, place, step, share, ink):  # type: ignore[no-untyped-def]
    """A row of pixels: the mask between its four pixels around each place."""
    (first, wide), (even, odd) = mask, ink
    u, v, across, down = i4(place[0]), i4(place[1]), i4(step[0]), i4(step[1])
    for x in range(line.shape[0]):
        at = first + (v >> _16) * wide + (u >> _16)
        a, b = i4(masks[at]), i4(masks[at + 1])
        c, d = i4(masks[at + wide]), i4(masks[at + wide + 1])
        if a | b | c | d:
            right, low = i4(i4(u >> _8) & _BYTE), i4(i4(v >> _8) & _BYTE)
            above = i4(i4(a << _8) + i4(i4(b - a) * right))
            below = i4(i4(c << _8) + i4(i4(d - c) * right))
            found = i4(above + i4(i4(i4(below - above) >> _8) * low))  # 0 to 255 << 8
            part = (found * share + (1 << 23)) >> 24
            if part > 0:
                line[x] = mixed(line[x], even, odd, u4(part))
        u, v = i4(u + across), i4(v + down)


def _lay(words, limits, masks, slots, ways, colours):  # type: ignore[no-untyped-def]
    """Lay masks down aslant, one after the other, each in its colour.

    words, limits: as for polygons. masks: bytes of all masks, whose outermost pixels are empty.
    slots: (m, 3), where a mask's bytes begin, its width and its height. ways: (m, 6), from the
    middle of pixel x, y to its place u, v in the mask: u = a x + b y + e, v = c x + d y + f, in the
    order a, b, c, d, e, f. colours: (m, 4), 0 to 255, and opacity, 0 to 1.
    """
    height, width = words.shape
    for n in range(slots.shape[0]):
        first, wide, high = slots[n, 0], slots[n, 1], slots[n, 2]
        a, b, c, d, e, f = ways[n, 0], ways[n, 1], ways[n, 2], ways[n, 3], ways[n, 4], ways[n, 5]
        turned = a * d - b * c
        share = int64(min(colours[n, 3], 1.0) * (WHOLE << 16) / 255.0 + 0.5)
        if turned == 0.0 or share == 0:
            continue
        ink = colour_of(colours[n])
        left = top = math.inf
        right = bottom = -math.inf
        for corner in range(4):
            u, v = (wide - 1.0) * (corner % 2) - e, (high - 1.0) * (corner // 2) - f
            x, y = (d * u - b * v) / turned, (a * v - c * u) / turned
            left, right, top, bottom = min(left, x), max(right, x), min(top, y), max(bottom, y)
        # Steps are whole numbers, counted from one pixel: the same whatever the clip.
        near_x, near_y = math.ceil(left), math.ceil(top)
        u0 = round((a * near_x + b * near_y + e) * FRACTION)
        v0 = round((c * near_x + d * near_y + f) * FRACTION)
        steps = (
            round(a * FRACTION),
            round(b * FRACTION),
            round(c * FRACTION),
            round(d * FRACTION),
        )
        for k in range(limits.shape[0]):
            x0, y0 = max(limits[k, 0], 0), max(limits[k, 1], 0)
            x1, y1 = min(limits[k, 2], width), min(limits[k, 3], height)
            if not (left < x1 and right >= x0 and top < y1 and bottom >= y0):
                continue
            x0, y0 = max(x0, near_x), max(y0, near_y)
            x1, y1 = min(x1, math.floor(right) + 1), min(y1, math.floor(bottom) + 1)
            for y in range(y0, y1):
                begin, end = _within(a * x0 + b * y + e, a, wide - 1.0, 0, x1 - x0)
                begin, end = _within(c * x0 + d * y + f, c, high - 1.0, begin, end)
                if begin < end:
                    x = x0 + begin
                    u = u0 + (x - near_x) * steps[0] + (y - near_y) * steps[1]
                    v = v0 + (x - near_x) * steps[2] + (y - near_y) * steps[3]
                    line = words[y, x : x0 + end]
                    _row(line, masks, (first, wide), (u, v), (steps[0], steps[2]), share, ink)


def compiled(*, kept: bool):  # type: ignore[no-untyped-def]
    """lay(words, limits, masks, slots, ways, colours), as it is told of above."""
    return njit(_SIGNATURE, cache=kept)(_lay)
