"""The conversion of painted pixels to BT.709 4:2:0, compiled for this processor."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numba import boolean, intp, njit, uint8, void
from numba import int32 as i4

# ITU-R BT.709-6, 3: luma as parts of red, green and blue, and chroma as scaled differences to it,
# in limited range: luma in 219 steps from 16, chroma in 112 steps each way from 128. Whole numbers
# of 1 / 65536 keep the bytes the same on every processor.
FRACTION = 16
RED, BLUE = 0.2126, 0.0722
GREEN = 1 - RED - BLUE
_LUMA, _BLUENESS, _REDNESS = (
    tuple(np.int32(round(part * span / 255 * 2**FRACTION)) for part in parts)
    for parts, span in (
        ((RED, GREEN, BLUE), 219),
        ((-RED / (1 - BLUE), -GREEN / (1 - BLUE), 1.0), 112),
        ((1.0, -GREEN / (1 - RED), -BLUE / (1 - RED)), 112),
    )
)
_SHIFT, _CHROMA_SHIFT = np.int32(FRACTION), np.int32(FRACTION + 2)  # chroma: of sums of four
_LUMA_ZERO = np.int32((16 << FRACTION) + (1 << (FRACTION - 1)))  # and a half, to round
_CHROMA_ZERO = np.int32((128 << (FRACTION + 2)) + (1 << (FRACTION + 1)))
_BYTE, _BYTES, _HALF = np.int32(0xFF), np.int32(0xFF00FF), np.int32(0xFFFF)
_8, _16 = np.int32(8), np.int32(16)

# Numba widens whole numbers to 64 bits wherever they meet; narrowed again at once, 16 of them are
# computed together, or 8, which makes the conversion ten times as fast.
# 1080p, whole: 0.21 ms, where swscale takes 3.0.


@njit(inline="always")
def _weighed(r, g, b, weights, zero):  # type: ignore[no-untyped-def]
    red, green, blue = i4(r * weights[0]), i4(g * weights[1]), i4(b * weights[2])
    return i4(i4(i4(red + green) + blue) + zero)


_PLANE, _MARKS = uint8[:, ::1], boolean[:, ::1]
_SIGNATURE = void(i4[:, ::1], _PLANE, _PLANE, _PLANE, _MARKS, intp, intp)


def _convert(rgba, luma, blueness, redness, marked, wide, high):  # type: ignore[no-untyped-def]
    """Convert the marked tiles of a picture into their places in the planes, and unmark them.

    rgba: (h, w) int32, a pixel's four bytes each, red lowest. luma: (h, >= w) uint8; blueness and
    redness: (h/2, >= w/2), each the mean of 2 x 2 pixels; all is rounded to nearest. marked: (rows,
    columns) bool, of tiles so wide and high in pixels, both even.
    """
    height, width = rgba.shape
    for row in range(marked.shape[0]):
        column = 0
        while column < marked.shape[1]:
            begin = column
            while column < marked.shape[1] and marked[row, column]:
                marked[row, column] = False
                column += 1
            if column > begin:
                x0, x1 = begin * wide, min(column * wide, width)
                y0, y1 = row * high, min((row + 1) * high, height)
                _convert_part(rgba, luma, blueness, redness, x0, y0, x1, y1)
            column += 1


@njit
def _convert_part(rgba, luma, blueness, redness, x0, y0, x1, y1):  # type: ignore[no-untyped-def]
    for y in range(y0, y1):
        row, target = rgba[y, x0:x1], luma[y, x0:x1]
        for x in range(x1 - x0):
            p = row[x]
            r, g, b = i4(p & _BYTE), i4(i4(p >> _8) & _BYTE), i4(i4(p >> _16) & _BYTE)
            target[x] = uint8(i4(_weighed(r, g, b, _LUMA, _LUMA_ZERO) >> _SHIFT))
    for y in range(y0 // 2, y1 // 2):
        above, below = rgba[2 * y, x0:x1], rgba[2 * y + 1, x0:x1]
        blue, red = blueness[y, x0 // 2 : x1 // 2], redness[y, x0 // 2 : x1 // 2]
        for x in range((x1 - x0) // 2):
            p, q, s, t = above[2 * x], above[2 * x + 1], below[2 * x], below[2 * x + 1]
            # Red and blue are added up side by side in one number.
            both = i4(i4(i4(p & _BYTES) + i4(q & _BYTES)) + i4(i4(s & _BYTES) + i4(t & _BYTES)))
            top = i4(i4(i4(p >> _8) & _BYTE) + i4(i4(q >> _8) & _BYTE))
            g = i4(top + i4(i4(i4(s >> _8) & _BYTE) + i4(i4(t >> _8) & _BYTE)))
            r, b = i4(both & _HALF), i4(both >> _16)
            blue[x] = uint8(i4(_weighed(r, g, b, _BLUENESS, _CHROMA_ZERO) >> _CHROMA_SHIFT))
            red[x] = uint8(i4(_weighed(r, g, b, _REDNESS, _CHROMA_ZERO) >> _CHROMA_SHIFT))


def compiled(*, kept: bool) -> Callable[..., None]:
    """convert(rgba, luma, blueness, redness, marked, wide, high), as it is told of above.

    kept: whether Numba may take it from its folder, and keep it there. Raises OSError where it
    cannot write there.
    """
    made: Callable[..., None] = njit(_SIGNATURE, cache=kept)(_convert)
    return made
