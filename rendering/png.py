"""PNG: pictures, and the poster that stands where a clip does not play."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from rendering.alpha import straight_alpha
from rendering.tiles import Damage, whole

# Of zlib. On a still of softmax, 1920x1080: 9 takes 0.27 s for 365 kB, 7 takes 0.06 s for 368 kB.
EFFORT = 7


class LastFrame:
    """A sink that keeps the newest frame, as premultiplied RGBA."""

    def __init__(self, size: tuple[int, int]) -> None:
        self._size = size
        self._last: np.ndarray | None = None

    def write(self, rgba: np.ndarray, damage: Sequence[Damage], repeat: int = 1) -> None:
        """Remember the frame."""
        if self._last is None:
            self._last, damage = np.empty_like(rgba), [whole(self._size)]
        for x0, y0, x1, y1 in damage:
            self._last[y0:y1, x0:x1] = rgba[y0:y1, x0:x1]

    def result(self) -> np.ndarray | None:
        """The frame with straight alpha; None if there was none."""
        return None if self._last is None else straight_alpha(self._last)


class PosterSink(LastFrame):
    """The last frame of a film, which is the finished picture, as a PNG."""

    def __init__(self, path: Path, size: tuple[int, int]) -> None:
        super().__init__(size)
        self._path = path

    def cut(self) -> None:
        """It has no segments."""

    def finish(self) -> None:
        """Write the last frame."""
        last, self._last = self.result(), None
        if last is not None:
            write_png(self._path, last)

    def abort(self) -> None:
        """There is nothing to let go of."""


def write_png(path: Path, rgba: np.ndarray) -> None:
    """Write pixels with straight alpha; an opaque picture needs no alpha in its file."""
    image = Image.fromarray(rgba)
    opaque = bool((rgba[..., 3] == 255).all())
    (image.convert("RGB") if opaque else image).save(path, format="PNG", compress_level=EFFORT)
