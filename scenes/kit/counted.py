"""Which keys have a row where there is no room for all: those that count, the others together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from attention_core.rounding import shares
from scenes.kit.fill import LEAST

FEWEST = 2  # keys that stand in one row together


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


def together(
    weights: np.ndarray, keys: list[int], always: set[int], most: int | None = None
) -> list[int]:
    """The keys that read 0.00 beside what they have together; none of `always`, nor a single one.

    Where these are too few for `most` rows, the weakest of the others too.

    weights: (n,), those of the keys summing to 1
    """
    rest = {key for key in keys if weights[key] < LEAST} - always
    if most is not None:
        weakest = sorted({*keys} - rest - always, key=lambda key: float(weights[key]))
        rest |= {*weakest[: max(0, len(keys) - len(rest) + 1 - most)]}
    while len(rest) >= FEWEST:
        kept = [key for key in keys if key not in rest]
        read = shares(np.append(weights[kept], weights[[*rest]].sum()))
        more = {key for key, share in zip(kept, read, strict=False) if not share} - always
        if not more:
            return sorted(rest)
        rest |= more
    return []


def counted(weights: np.ndarray, keys: list[int], always: set[int], most: int) -> Counted:
    """A row for each of the keys; or if only `most` have room, for those that count.

    weights: of all tokens (n,). Those of `always` keep their rows. What shares a row is added
    first, and rounded with the others then: many a weight that reads 0.00 alone counts together.
    """
    rest = together(weights, keys, always, most) if len(keys) > most else []
    if not rest:
        return Counted(keys, [], shares(weights)[keys], weights[keys])
    kept = [key for key in keys if key not in rest]
    merged = np.append(weights[kept], weights[rest].sum())
    return Counted(kept, rest, shares(merged), merged)
