"""The films that encoders are compared on, as yuv420p in memory: a chapter's, or a made-up one."""

from __future__ import annotations

import math
from collections.abc import Iterator

import av
import cairo
import numpy as np

from rendering.yuv import to_yuv

SECONDS_OF_FILM = 4
WORDS = ("a", "fluffy", "blue", "creature", "roamed", "the", "ver", "d", "ant", "forest")


def smooth(t: float) -> float:
    """Manim's easing, near enough."""
    t = min(max(t, 0.0), 1.0)
    return t * t * t * (t * (6 * t - 15) + 10)


def paint(context: cairo.Context, width: int, height: int, time_: float) -> None:
    """One frame of a made-up chapter: numbers fade in, dots grow, the grid tilts, all fades."""
    unit = height / 14
    context.set_source_rgb(0, 0, 0)
    context.paint()
    context.save()
    tilt = smooth(time_ - 2.2) * 0.6
    context.transform(cairo.Matrix(1 - 0.4 * tilt, 0.12 * tilt, 0, 1 - 0.1 * tilt, unit * tilt, 0))
    fade = smooth(time_ / 0.6) * (1 - smooth((time_ - 3.5) / 0.5))
    n = len(WORDS)
    left, top, step = width * 0.24, unit * 2.4, width * 0.07
    context.select_font_face("serif")
    context.set_font_size(unit * 0.42)
    context.set_line_width(height / 720)
    context.set_source_rgba(1, 1, 1, 0.3 * fade)
    for i in range(n + 1):
        context.move_to(left, top + i * unit)
        context.line_to(left + n * step, top + i * unit)
        context.move_to(left + i * step, unit * 0.6)
        context.line_to(left + i * step, top + n * unit)
    context.stroke()
    for i, word in enumerate(WORDS):
        context.set_source_rgba(0.36, 0.816, 0.702, fade)
        context.move_to(width * 0.05, top + (i + 0.65) * unit)
        context.show_text(word)
        context.set_source_rgba(1, 1, 0, fade)
        context.move_to(left + i * step + 4, unit * 1.6)
        context.show_text(word)
    for i in range(n):
        for j in range(n):
            x, y = left + (j + 0.5) * step, top + (i + 0.5) * unit
            if i > j:
                context.set_source_rgba(0.988, 0.384, 0.333, 0.14 * fade)
                context.rectangle(x - step / 2, y - unit / 2, step, unit)
                context.fill()
                continue
            value = (math.sin(7 * i + 3 * j) + 1) / 2
            grow = smooth((time_ - 0.7 - 0.01 * (i * n + j)) / 0.6)
            context.set_source_rgba(1, 1, 1, 0.7 * fade * (1 - grow))
            context.move_to(x - step * 0.3, y + unit * 0.15)
            context.show_text(f"{value * 20 - 10:+.1f}")
            context.set_source_rgba(0.8, 0.8, 0.8, fade)
            context.arc(x, y, max(unit * 0.45 * math.sqrt(value) * grow, 1e-3), 0, math.tau)
            context.fill()
    context.restore()


def frames(width: int, height: int, fps: int) -> Iterator[np.ndarray]:
    """The frames of the made-up chapter, BGRA; the array is used again for the next one."""
    surface = cairo.ImageSurface(cairo.FORMAT_ARGB32, width, height)
    context = cairo.Context(surface)
    pixels = np.ndarray(
        (height, width, 4), np.uint8, surface.get_data(), strides=(surface.get_stride(), 4, 1)
    )
    for index in range(SECONDS_OF_FILM * fps):
        paint(context, width, height, index / fps)
        surface.flush()
        yield pixels


def drawn_yuv(width: int, height: int, fps: int) -> list[av.VideoFrame]:
    """All frames as yuv420p, in memory, so that only encoding is measured."""
    return [
        to_yuv(np.ascontiguousarray(pixels[..., [2, 1, 0, 3]]))
        for pixels in frames(width, height, fps)
    ]


def chapter_yuv(slug: str, width: int, height: int, fps: int) -> list[av.VideoFrame]:
    """The frames of one of the project's chapters, as yuv420p in memory."""
    from attention_core import Material
    from rendering import shooting
    from scenes.look import Look
    from scenes.registry import CHAPTERS

    class Collector:
        """A sink that only converts and keeps."""

        def __init__(self) -> None:
            self.film: list[av.VideoFrame] = []

        def write(self, rgba: np.ndarray, damage: object, repeat: int = 1) -> None:
            """Keep the frame."""
            changed = bool(damage) or not self.film
            self.film += [to_yuv(rgba) if changed else self.film[-1]] * repeat

        def finish(self) -> None:
            """Nothing is left to do."""

        abort = cut = finish

    sink = Collector()
    material = Material.build(needs=CHAPTERS[slug].needs)
    shooting.film(slug, material, Look(), (width, height), fps, [sink])
    return sink.film
