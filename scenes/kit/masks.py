"""Masks: type as small 8-bit pictures, kept for the frames in which it is laid down again."""

from __future__ import annotations

import math
from functools import lru_cache

import cairo

from scenes.kit.outline import Outline

# Type snaps to quarters of a pixel in place and size, so that little of it is drawn twice.
PHASES = 4
MANY = 500  # masks that are kept for another sentence: with 2,000, stills take 8 MB more


@lru_cache(maxsize=20_000)
def mask(
    outline: Outline, em: float, phase_x: int = 0, phase_y: int = 0, upwards: bool = False
) -> tuple[cairo.ImageSurface, int, int] | None:
    """The outline at `em` pixels as an 8-bit mask, and its top left pixel from the pen position.

    `upwards` turns it by a quarter, so that it is read from below.
    """
    x0, y0, x1, y1 = outline.box
    if upwards:
        x0, y0, x1, y1 = -y1, x0, -y0, x1
    left = math.floor(x0 * em) - 1
    top = math.floor(-y1 * em) - 1
    width = math.ceil(x1 * em) + 2 - left
    height = math.ceil(-y0 * em) + 2 - top
    if em <= 0 or width <= 0 or height <= 0 or len(outline.curves) == 0:
        return None
    surface = cairo.ImageSurface(cairo.FORMAT_A8, width, height)
    context = cairo.Context(surface)
    context.translate(phase_x / PHASES - left, phase_y / PHASES - top)
    context.scale(em, -em)
    if upwards:
        context.rotate(math.pi / 2)
    context.append_path(outline.path)
    context.fill()
    return surface, left, top


def forget() -> None:
    """Let go of the masks of earlier pictures, once they are many."""
    if mask.cache_info().currsize > MANY:
        mask.cache_clear()
