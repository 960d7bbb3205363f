"""The atlas: masks of type side by side in one array, for what is laid down aslant."""

from __future__ import annotations

import numpy as np

from scenes.kit.masks import MANY, mask
from scenes.kit.outline import Outline

Slot = tuple[int, int, int, int, int]  # first pixel, width and height; left and top from the pen
BEGIN, LIMIT = 1 << 18, 1 << 24  # pixels


class Atlas:
    """Masks, each rows of pixels; the outermost ones are empty.

    A pixel comes with its right neighbour and the two below these, a byte each, lowest first: what
    lies between the four is found in one place.
    """

    def __init__(self) -> None:
        self.masks, self._end = np.zeros(BEGIN, np.uint32), 0
        self._slots: dict[tuple[Outline, int], Slot | None] = {}

    def __len__(self) -> int:
        return len(self._slots)

    def tidy(self) -> None:
        """Begin anew where it has become large: the slots that were given are void then."""
        if self._end > LIMIT:
            self.clear()

    def slot(self, outline: Outline, em: int) -> Slot | None:
        """Where the mask of an outline at `em` pixels is; None where there is nothing of it."""
        key = outline, em
        if key not in self._slots:
            self._slots[key] = self._added(outline, em)
        return self._slots[key]

    def _added(self, outline: Outline, em: int) -> Slot | None:
        found = mask(outline, float(em))
        if found is None:
            return None
        surface, left, top = found
        wide, high, stride = surface.get_width(), surface.get_height(), surface.get_stride()
        rows = np.zeros((high + 1, wide + 1), np.uint32)
        rows[:-1, :-1] = np.frombuffer(surface.get_data(), np.uint8).reshape(high, stride)[:, :wide]
        four = rows[:-1, :-1] | rows[:-1, 1:] << 8 | rows[1:, :-1] << 16 | rows[1:, 1:] << 24
        begin, self._end = self._end, self._end + wide * high
        if self._end > len(self.masks):
            more = np.zeros(max(len(self.masks), wide * high), np.uint32)
            self.masks = np.concatenate([self.masks, more])
        self.masks[begin : self._end] = four.ravel()
        return begin, wide, high, left, top

    def clear(self) -> None:
        """Forget all masks."""
        self.masks, self._end = np.zeros(BEGIN, np.uint32), 0
        self._slots.clear()


ATLAS = Atlas()


def forget() -> None:
    """Let go of the masks of earlier films, once they are many."""
    if len(ATLAS) > MANY:
        ATLAS.clear()
