"""Animated WebP, of the frames that differ."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

from rendering.alpha import straight_alpha
from rendering.film_file import FilmFile
from rendering.gif import MOST_FPS
from rendering.tiles import Damage

OPTIONS = {"lossless": "1", "quality": "50", "compression_level": "3"}
RIFF_HEADER, CHUNK_HEADER = 12, 8  # bytes
# Colours are kept to a few levels a channel, black and white exactly, and then without loss. Lossy
# WebP takes a pixel for unchanged while it changes by less than five levels from frame to frame:
# what fades out leaves a ghost, thin lines that turn leave crumbs. 854x480, 15 a second, kB:
#                       lossy, quality 75 | 8 bits | 6 bits | GIF
#   embedding-space                   670 |   1385 |    921 |  813
#   multi-head                        504 |    900 |    621 | 1044
#   softmax                          1817 |   2934 |   2277 | 3098
BITS = 6
_CUT = 8 - BITS
_ROUNDED = np.minimum(np.arange(256) + (1 << _CUT >> 1), 255) >> _CUT << _CUT
LEVELS = (_ROUNDED | _ROUNDED >> BITS).astype(np.uint8)


class WebpSink(FilmFile):
    """Animated WebP, looped; see-through where the film has no ground.

    Only frames that differ from the one before are kept, at most 30 a second.
    """

    def __init__(self, path: Path, size: tuple[int, int], fps: int) -> None:
        self._step = -(-fps // MOST_FPS)  # every so many-th frame may be kept
        self._tick = Fraction(1, fps)
        self._changed = True
        self._count = 0  # frames so far
        self._path = path
        super().__init__(av.open(str(path), "w", format="webp", options={"loop": "0"}))
        self._stream: Any = self.container.add_stream("libwebp_anim", rate=fps, options=OPTIONS)
        self._stream.width, self._stream.height = size
        self._stream.pix_fmt = "bgra"

    def write(self, rgba: np.ndarray, damage: Sequence[Damage], repeat: int = 1) -> None:
        """Encode the frame, if it is one of those that are kept."""
        self._changed |= bool(damage)
        place = -(-self._count // self._step) * self._step
        self._count += repeat
        if self._changed and place < self._count:
            pixels = straight_alpha(rgba)
            pixels[..., :3] = LEVELS[pixels[..., :3]]
            picture: Any = av.VideoFrame.from_ndarray(pixels, format="rgba")
            frame = picture.reformat(format="bgra")
            frame.pts, frame.time_base = place, self._tick
            self.container.mux(self._stream.encode(frame))
            self._changed = False

    def flush(self) -> None:
        """Write what was held back."""
        self.container.mux(self._stream.encode(None))

    def finish(self) -> None:
        """Close the file, and show the last frame to the end."""
        if not self.closed:
            super().finish()
            _last_until(self._path, round(self._count * self._tick * 1000))


def _last_until(path: Path, end: int) -> None:
    """Let the last frame stand until `end` (milliseconds): the encoder gives it a mean length.

    A frame is a chunk ANMF of the RIFF file, with its duration in three bytes
    (developers.google.com/speed/webp/docs/riff_container).
    """
    content = bytearray(path.read_bytes())
    durations = []
    at = RIFF_HEADER
    while at < len(content):
        length = int.from_bytes(content[at + 4 : at + 8], "little")
        if content[at : at + 4] == b"ANMF":
            place = slice(at + 20, at + 23)
            durations.append((place, int.from_bytes(content[place], "little")))
        at += CHUNK_HEADER + length + length % 2
    if durations:
        before = sum(duration for _, duration in durations[:-1])
        content[durations[-1][0]] = max(1, end - before).to_bytes(3, "little")
        path.write_bytes(content)
