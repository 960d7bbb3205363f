"""Mixing colours in pixels, for the kernels that paint."""

from __future__ import annotations

import numpy as np
from numba import njit
from numba import uint32 as u4

# A pixel is a word of four bytes, red lowest, alpha highest; two of them are mixed at a time. What
# Numba would widen to 64 bits is narrowed at once, so that the processor takes eight words a step.
_EVEN, _ODD, _HALF = np.uint32(0x00FF00FF), np.uint32(0xFF00FF00), np.uint32(0x00800080)
_BYTE, _ALPHA = np.uint32(0xFF), np.uint32(0xFF000000)
_8, _16, OPAQUE = np.uint32(8), np.uint32(16), np.uint32(0x00FF0000)
WHOLE = 256  # parts that a colour is mixed in by


@njit
def _byte(value):  # type: ignore[no-untyped-def]
    return u4(int(min(max(value, 0.0), 255.0) + 0.5))


@njit
def colour_of(rgb):  # type: ignore[no-untyped-def]
    """Red and blue, and green and full alpha, of a colour (0 to 255), as halves of words."""
    even = u4(_byte(rgb[0]) | u4(_byte(rgb[2]) << _16))
    return even, u4(_byte(rgb[1]) | OPAQUE)


@njit
def mixed(word, even, odd, part):  # type: ignore[no-untyped-def]
    """A pixel, gone `part` (uint32, of WHOLE) of the way towards a colour."""
    rest = u4(np.uint32(WHOLE) - part)
    low = u4(u4(u4(u4(word & _EVEN) * rest) + u4(u4(even * part) + _HALF)) >> _8) & _EVEN
    high = u4(u4(u4(u4(word >> _8) & _EVEN) * rest) + u4(u4(odd * part) + _HALF)) & _ODD
    return u4(low | high)


@njit
def _moved(here, to, ground, part):  # type: ignore[no-untyped-def]
    return min(max(int(here) + (((int(to) - int(ground)) * int(part) + 128) >> 8), 0), 255)


@njit
def added(word, even, odd, ground, part):  # type: ignore[no-untyped-def]
    """The same for one of several shapes that share this pixel, on a known ground (its halves).

    What they cover of it adds up: so no ground shines through where they meet.
    """
    red = _moved(word & _BYTE, even & _BYTE, ground[0] & _BYTE, part)
    green = _moved(u4(word >> _8) & _BYTE, odd & _BYTE, ground[1] & _BYTE, part)
    blue = _moved(u4(word >> _16) & _BYTE, even >> _16, ground[0] >> _16, part)
    return u4(u4(u4(red) | u4(u4(green) << _8)) | u4(u4(u4(blue) << _16) | (word & _ALPHA)))


@njit
def run(line, begin, end, even, odd, part):  # type: ignore[no-untyped-def]
    """Mix a stretch of pixels, all by the same part (an int)."""
    if part >= WHOLE:
        solid = u4(even | u4(odd << _8))
        for x in range(begin, end):
            line[x] = solid
    elif part > 0:
        some, here = u4(part), line[begin:end]
        for x in range(end - begin):
            here[x] = mixed(here[x], even, odd, some)
