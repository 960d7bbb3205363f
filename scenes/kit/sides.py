"""On which side of its arrow each name in a space would stand."""

from __future__ import annotations

import numpy as np

SIDEWAYS = 12.0  # how much more a vector's name goes to the side of its tip than above it


def sides(origin: np.ndarray, tips: np.ndarray) -> np.ndarray:
    """Directions for the names of vectors, and of the moves between them.

    Of a vector rather beside its tip than above it, where the end of a long name would be at
    another's; of a move away from the origin.

    origin (2,), tips (p, 2), both on the frame -> (p + p - 1, 2)
    """
    moves = tips[1:] - tips[:-1]  # (p - 1, 2)
    ways = moves / np.maximum(np.linalg.norm(moves, axis=1, keepdims=True), 1e-9)
    outward = (tips[1:] + tips[:-1]) / 2 - origin
    return np.concatenate([(tips - origin) * (SIDEWAYS, 1.0), _across(outward, ways)])


def _across(arrows: np.ndarray, ways: np.ndarray) -> np.ndarray:
    """What of these (m, 2) is at right angles to the ways (m, 2)."""
    found: np.ndarray = arrows - (arrows * ways).sum(axis=1, keepdims=True) * ways
    return found
