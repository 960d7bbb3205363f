"""The conversion of painted pixels to BT.709 4:2:0, compiled for this processor."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numba import boolean, int64, intp, njit, uint8
from numba import int32 as i4

from rendering.kernels.tiles import next_run

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


_SIGNATURE = int64(i4[:, ::1], uint8[::1], boolean[:, ::1], intp, intp)


def _convert(rgba, found, marked, wide, high):  # type: ignore[no-untyped-def]
    """Convert the marked tiles of a picture, into `found`; how many bytes they are.

    rgba: (h, w) int32, a pixel's four bytes each, red lowest. marked: (rows, columns) bool, of
    tiles so wide and high in pixels, both even. found: uint8, long enough; of each run of
    neighbours in a row of tiles its luma comes first, row by row of pixels, then row by row blue's
    difference to it and red's, each the mean of 2 x 2 pixels; all is rounded to nearest.
    """
    height, width = rgba.shape
    at = 0
    for row in range(marked.shape[0]):
        y0, y1 = row * high, min((row + 1) * high, height)
        begin, end = next_run(marked[row], 0)
        while begin < end:
            x0, x1 = begin * wide, min(end * wide, width)
            _convert_part(rgba, (x0, y0, x1, y1), found, at)
            at += (y1 - y0) * (x1 - x0) * 3 // 2
            begin, end = next_run(marked[row], end)
    return at


@njit(inline="always")
def _luma(p):  # type: ignore[no-untyped-def]
    r, g, b = i4(p & _BYTE), i4(i4(p >> _8) & _BYTE), i4(i4(p >> _16) & _BYTE)
    return uint8(i4(_weighed(r, g, b, _LUMA, _LUMA_ZERO) >> _SHIFT))


@njit(inline="always")
def _chroma(p, q, s, t):  # type: ignore[no-untyped-def]
    # Red and blue are added up side by side in one number.
    both = i4(i4(i4(p & _BYTES) + i4(q & _BYTES)) + i4(i4(s & _BYTES) + i4(t & _BYTES)))
    top = i4(i4(i4(p >> _8) & _BYTE) + i4(i4(q >> _8) & _BYTE))
    g = i4(top + i4(i4(i4(s >> _8) & _BYTE) + i4(i4(t >> _8) & _BYTE)))
    r, b = i4(both & _HALF), i4(both >> _16)
    blue = uint8(i4(_weighed(r, g, b, _BLUENESS, _CHROMA_ZERO) >> _CHROMA_SHIFT))
    return blue, uint8(i4(_weighed(r, g, b, _REDNESS, _CHROMA_ZERO) >> _CHROMA_SHIFT))


@njit
def _convert_part(rgba, box, found, at):  # type: ignore[no-untyped-def]
    x0, y0, x1, y1 = box
    long, half = x1 - x0, (x1 - x0) // 2
    for y in range(y0, y1):
        row, target = rgba[y, x0:x1], found[at : at + long]
        for x in range(long):
            target[x] = _luma(row[x])
        at += long
    for y in range(y0 // 2, y1 // 2):
        above, below = rgba[2 * y, x0:x1], rgba[2 * y + 1, x0:x1]
        blue, red = found[at : at + half], found[at + half : at + long]
        for x in range(half):
            p, q, s, t = above[2 * x], above[2 * x + 1], below[2 * x], below[2 * x + 1]
            blue[x], red[x] = _chroma(p, q, s, t)
        at += long


def compiled(*, kept: bool) -> Callable[..., int]:
    """convert(rgba, found, marked, wide, high), as it is told of above.

    kept: whether Numba may take it from its folder, and keep it there. Raises OSError where it
    cannot write there.
    """
    made: Callable[..., int] = njit(_SIGNATURE, cache=kept)(_convert)
    return made
