"""The laying down of type that is seen aslant, from masks that are kept."""

from __future__ import annotations

import math

import numpy as np
from numba import float64, int64, njit, uint32, uintp, void
from numba import int32 as i4
from numba import uint32 as u4

from rendering.kernels.mixing import WHOLE, colour_of, mixed

_8, _16, _23, _BYTE = np.uint32(8), np.uint32(16), np.uint32(23), np.uint32(0xFF)
_BYTES, _LOW, _WHOLE = np.uint32(0x00FF00FF), np.uint32(0xFFFF), np.uint32(256)
_HALF = np.uint32(1 << 22)
FRACTION = 1 << 16  # of a pixel of a mask: places in it are whole numbers of these

_SIGNATURE = void(
    uint32[:, ::1], int64[:, ::1], uint32[::1], int64[:, ::1], float64[:, ::1], float64[:, ::1]
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
def _inside(u, v, wide, high):  # type: ignore[no-untyped-def]
    """Whether the four pixels around a place are all of the mask."""
    return 0 <= u < (wide - 1) * FRACTION and 0 <= v < (high - 1) * FRACTION


@njit
def _cover(parts, masks, mask, place, step, share):  # type: ignore[no-untyped-def]
    """What a mask covers of a row of pixels, in parts: between its four pixels around each place.

    By itself, since the mixing that follows takes eight pixels a step, and this takes one.
    """
    (first, wide), u, v = mask, i4(place[0]), i4(place[1])
    across, down = i4(step[0]), i4(step[1])
    for x in range(parts.shape[0]):
        four, part = masks[uintp(first + (v >> 16) * wide + (u >> 16))], u4(0)
        if four != 0:  # two at a time: those above in the lower half, those below in the upper
            right, low = u4(u4(u4(u) >> _8) & _BYTE), u4(u4(u4(v) >> _8) & _BYTE)
            left = u4(u4(four & _BYTES) * u4(_WHOLE - right))
            both = u4(left + u4(u4(u4(four >> _8) & _BYTES) * right))
            above = u4(u4(both & _LOW) * u4(_WHOLE - low))
            found = u4(u4(above + u4(u4(both >> _16) * low)) >> _8)  # 0 to 255 << 8
            part = u4(u4(u4(found * share) + _HALF) >> _23)
        parts[x] = part
        u, v = i4(u + across), i4(v + down)


@njit
def _mix(line, parts, ink):  # type: ignore[no-untyped-def]
    even, odd = ink
    for x in range(line.shape[0]):
        line[x] = mixed(line[x], even, odd, parts[x])


def _lay(words, limits, masks, slots, pens, colours):  # type: ignore[no-untyped-def]
    """Lay masks down aslant, one after the other, each in its colour.

    words, limits: as for polygons. masks: all masks, whose outermost pixels are empty; of each
    pixel that one, its right neighbour, and the two below these, a byte each, lowest first. slots:
    (m, 5), where a mask begins, its width and height, and its left and top from the pen, in its
    pixels. pens: (m, 7), where the pen stands, x and y, in pixels; how an em to the right moves it
    (x and y are the first and the third of four) and one up (the second and the fourth); and an em
    in pixels of the mask. colours: (m, 4), 0 to 255, and opacity, 0 to 1.
    """
    height, width = words.shape
    parts = np.empty(width, np.uint32)
    for n in range(slots.shape[0]):
        first, wide, high = slots[n, 0], slots[n, 1], slots[n, 2]
        turned = pens[n, 2] * pens[n, 5] - pens[n, 3] * pens[n, 4]
        share = u4(int(min(colours[n, 3], 1.0) * (WHOLE << 15) / 255.0 + 0.5))
        if turned == 0.0 or share == 0:  # edge-on there is nothing of it
            continue
        # From the middle of pixel x, y to its place in the mask: u = a x + b y + e, and so v.
        scale = pens[n, 6] / turned
        a, b, c, d = (
            pens[n, 5] * scale,
            -pens[n, 3] * scale,
            pens[n, 4] * scale,
            -pens[n, 2] * scale,
        )
        off_x, off_y = 0.5 - pens[n, 0], 0.5 - pens[n, 1]
        e = a * off_x + b * off_y - slots[n, 3] - 0.5
        f = c * off_x + d * off_y - slots[n, 4] - 0.5
        ink, area = colour_of(colours[n]), a * d - b * c
        left = top = math.inf
        right = bottom = -math.inf
        for corner in range(4):
            u, v = (wide - 1.0) * (corner % 2) - e, (high - 1.0) * (corner // 2) - f
            x, y = (d * u - b * v) / area, (a * v - c * u) / area
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
                    # Rounding may have led out of the mask, at the ends of a row: nothing is there.
                    across, down = steps[0], steps[2]
                    while begin < end and not _inside(u, v, wide, high):
                        begin, u, v = begin + 1, u + across, v + down
                    last = end - 1 - begin
                    while last >= 0 and not _inside(u + last * across, v + last * down, wide, high):
                        last -= 1
                    here, x = parts[: last + 1], x0 + begin
                    _cover(here, masks, (first, wide), (u, v), (across, down), share)
                    _mix(words[y, x : x + last + 1], here, ink)


def compiled(*, kept: bool):  # type: ignore[no-untyped-def]
    """lay(words, limits, masks, slots, pens, colours), as it is told of above."""
    return njit(_SIGNATURE, cache=kept)(_lay)
