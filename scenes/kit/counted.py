"""Which keys have a row where there is no room for all: those that count, the others together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from attention_core.rounding import shares
from scenes.kit.fill import LEAST

FEWEST = 2  # keys that stand in one row together
HUNDREDTH = 0.01  # a weight below it reads that or 0.00


@dataclass(frozen=True)
class Counted:
    """`keys` have rows of their own; those of `rest`, if there are any, share the last one.

    shares, weights: one a row, displayed (they sum to 1.00) and exact.
    """

    keys: list[int]
    rest: list[int]
    shares: np.ndarray
    weights: np.ndarray

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return len(self.keys) + bool(self.rest)


def together(weights: np.ndarray, keys: list[int], always: set[int]) -> list[int]:
    """The keys that read 0.00 beside what they have together; none of `always`, nor a single one.

    weights: (n,), those of the keys summing to 1
    """
    rest = {key for key in keys if weights[key] < LEAST and key not in always}
    while len(rest) >= FEWEST:
        kept = [key for key in keys if key not in rest]
        read = shares(np.append(weights[kept], weights[[*rest]].sum()))
        more = {key for key, share in zip(kept, read, strict=False) if not share} - always
        if not more:
            return sorted(rest)
        rest |= more
    return []


def counted(weights: np.ndarray, keys: list[int], always: set[int], most: int) -> Counted:
    """A row for each of the keys; or if only `most` have room, for the strongest, of 0.01 or more.

    weights: of all tokens (n,). Those of `always` keep their rows. All are rounded, and then some
    share a row: none reads otherwise than where each has its own, as in the chapter on softmax.
    Those below 0.01 share it although one may read 0.01 there, or too little is left for the rest.
    """
    read, exact = shares(weights), np.asarray(weights)
    rest: set[int] = set()
    if len(keys) > most:
        rest = {key for key in keys if exact[key] < HUNDREDTH or not read[key]} - always
        weakest = sorted({*keys} - rest - always, key=lambda key: float(exact[key]))
        rest |= {*weakest[: max(0, len(keys) - len(rest) + 1 - most)]}
    if len(rest) < FEWEST:
        return Counted(keys, [], read[keys], exact[keys])
    kept, others = [key for key in keys if key not in rest], sorted(rest)
    merged = (np.append(array[kept], array[others].sum()) for array in (read, exact))
    return Counted(kept, others, *merged)
