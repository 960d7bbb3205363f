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


def together(weights: np.ndarray, keys: list[int], always: set[int]) -> list[int]:
    """The keys whose weights (n,) read 0.00, to share a row: none of `always`, nor a single one."""
    rest = [key for key in keys if weights[key] < LEAST and key not in always]
    return rest if len(rest) >= FEWEST else []


def counted(weights: np.ndarray, keys: list[int], always: set[int], crowded: bool) -> Counted:
    """A row for each of the keys; or if it is `crowded`, for those whose weight reads 0.01 or more.

    weights: of all tokens (n,). Those of `always` keep their rows. All are rounded once, as where
    each has a row of its own; what shares a row is added then: no two frames show a weight in two
    ways, and what is displayed still sums to 1.00.
    """
    rest = together(weights, keys, always) if crowded else []
    rounded = shares(weights)
    if not rest:
        return Counted(keys, [], rounded[keys], weights[keys])
    kept = [key for key in keys if key not in rest]
    displayed = np.append(rounded[kept], rounded[rest].sum())
    return Counted(kept, rest, displayed, np.append(weights[kept], weights[rest].sum()))
