"""Sharing: which segment a process of the pool takes next, so that it seldom has to go far."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

WHOLE = None  # the formats that need the film as a whole


class Board:
    """What is to do: each process takes something, until nothing is left.

    What a process takes lies behind what it took last, if that is free: it walks there anyway, and
    has laid out and painted what comes again. Else it takes the second half of the longest stretch
    that another one has before it; so they meet at the end, whatever takes long.
    """

    def __init__(self, frames: Sequence[int], tasks: Iterable[int | None]) -> None:
        wanted = {*tasks}
        self._frames = frames  # of each segment
        self._free = [number in wanted for number in range(len(frames))]
        self._known = tuple(self._free)
        self._whole = WHOLE in wanted

    def take(self, last: int | None, alone: bool = False) -> int | None:
        """The next task of a process that did `last` before (None: nothing yet).

        `alone`: of one process, for which they rise.
        """
        if self._whole:
            self._whole = False
            return WHOLE
        chosen = self._next(self._free, last, alone)
        self._free[chosen] = False
        return chosen

    def _next(self, free: Sequence[bool], last: int | None, alone: bool) -> int:
        if last is not None and last + 1 < len(free) and free[last + 1]:
            return last + 1
        if alone:
            return free.index(True)
        stretches = self._stretches(free)
        stretch = max(stretches, key=lambda one: sum(self._frames[i] for i in one))
        if stretch.start == 0 or not self._known[stretch.start - 1]:
            return stretch.start  # nobody is about to come there
        half, behind = sum(self._frames[i] for i in stretch) / 2, 0
        for number in stretch:
            behind += self._frames[number]
            if behind > half:
                return number
        return stretch.start

    def _stretches(self, free: Sequence[bool]) -> list[range]:
        """The runs of segments that are free."""
        edges = [i for i, (a, b) in enumerate(pairwise([False, *free, False])) if a != b]
        return [range(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True)]
