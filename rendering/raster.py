"""What paints films: compiled code behind the calls that a canvas makes."""

from __future__ import annotations

from functools import cache

import numpy as np

from rendering.compiled import Kernels, kernels


class CompiledRaster:
    """A raster (scenes.kit.canvas) of compiled code; not for two threads at once."""

    def __init__(self, kernels: Kernels) -> None:
        self._kernels = kernels
        # Where polygons are summed up: as large as the largest image, and zero between two calls.
        self._notes, self._stretches = np.zeros((0, 0)), np.zeros((0, 2), np.int64)

    def polygons(self, image: np.ndarray, limits: np.ndarray, *given: np.ndarray) -> None:
        """Fill groups of outlines: points, ends, groups, colours, below."""
        words = _words(image)
        if words.shape[0] > self._notes.shape[0] or words.shape[1] > self._notes.shape[1]:
            height, width = np.maximum(words.shape, self._notes.shape).tolist()
            self._notes, self._stretches = (
                np.zeros((height, width)),
                np.zeros((height, 2), np.int64),
            )
        self._kernels.polygons(words, limits, *given, self._notes, self._stretches)

    def discs(self, image: np.ndarray, limits: np.ndarray, *given: np.ndarray) -> None:
        """Fill discs and rings: places, colours."""
        self._kernels.discs(_words(image), limits, *given)

    def strokes(self, image: np.ndarray, limits: np.ndarray, *given: np.ndarray) -> None:
        """Draw straight lines: lines, colours."""
        self._kernels.strokes(_words(image), limits, *given)

    def letters(self, image: np.ndarray, limits: np.ndarray, *given: np.ndarray) -> None:
        """Lay masks down aslant: masks, slots, pens, colours."""
        self._kernels.letters(_words(image), limits, *given)


def _words(image: np.ndarray) -> np.ndarray:
    """The pixels of an image (h, w, 4) as words, (h, w)."""
    words: np.ndarray = image.view(np.uint32)[..., 0]
    return words


@cache
def compiled_raster() -> CompiledRaster:
    """The raster of this process: films are played in one thread of it."""
    return CompiledRaster(kernels())
