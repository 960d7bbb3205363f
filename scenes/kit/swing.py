"""Ways that are not straight: about a centre, or through a place that all have to pass."""

from __future__ import annotations

from typing import Any

import numpy as np

from scenes.kit.animate import Stagger
from scenes.kit.painted import Painted


class Swing(Stagger):
    """Move places (m, ..., 2) about `centre`: angle and distance change evenly, the short way."""

    def __init__(
        self,
        mobject: Painted,
        centre: np.ndarray,
        order: np.ndarray | None = None,
        **options: Any,
    ) -> None:
        self.centre = np.asarray(centre, float)
        super().__init__(mobject, order, **options)

    def interpolate_mobject(self, alpha: float) -> None:
        """Set the places for this moment."""
        super().interpolate_mobject(alpha)
        for name, start in self.starts.items():
            now, end = self.mobject.arrays[name], self.ends[name]
            moved = np.abs(end - start).sum(axis=-1)
            # The share of the way that the straight move has gone is the share of the turn.
            gone = np.where(moved > 0, np.abs(now - start).sum(-1) / np.maximum(moved, 1e-12), 1.0)
            places = turned(start, end, self.centre, gone)
            self.mobject.arrays[name] = np.where(moved[..., None] > 0, places, now)


class Through(Stagger):
    """Move places (m, 2) on curves that all lead through `middle` half-way."""

    def __init__(
        self,
        mobject: Painted,
        middle: np.ndarray,
        order: np.ndarray | None = None,
        **options: Any,
    ) -> None:
        self.middle = np.asarray(middle, float)
        super().__init__(mobject, order, **options)

    def interpolate_mobject(self, alpha: float) -> None:
        """Set the places for this moment."""
        gone = self.gone(alpha)[:, None]  # (m, 1), or (1, 1)
        for name, start in self.starts.items():
            end = self.ends[name]
            # A cubic Bezier curve whose inner points coincide, so that its middle is `middle`.
            inner = (8 * self.middle - start - end) / 6
            ends = start * (1 - gone) ** 3 + end * gone**3
            self.mobject.arrays[name] = ends + inner * 3 * gone * (1 - gone)


class Follow(Stagger):
    """Names that go along with the points that a `Swing` in the same time turns.

    `points` (2, m, 2): where those are before and after; each name goes on standing beside its own.
    """

    def __init__(
        self,
        mobject: Painted,
        centre: np.ndarray,
        points: np.ndarray,
        order: np.ndarray | None = None,
        **options: Any,
    ) -> None:
        self.centre, self.points = np.asarray(centre, float), np.asarray(points, float)
        super().__init__(mobject, order, **options)

    def interpolate_mobject(self, alpha: float) -> None:
        """Set the places for this moment."""
        gone = np.broadcast_to(self.gone(alpha), self.points.shape[1:2])  # (m,)
        start, end = self.points
        before, after = self.starts["spot"] - start, self.ends["spot"] - end
        beside = before + (after - before) * gone[:, None]
        self.mobject.arrays["spot"] = turned(start, end, self.centre, gone) + beside


def turned(start: np.ndarray, end: np.ndarray, centre: np.ndarray, gone: np.ndarray) -> np.ndarray:
    """Places (..., 2) between start and end, a share `gone` (...) of the turn about a centre."""
    (r0, a0), (r1, a1) = _polar(start - centre), _polar(end - centre)
    turn = (a1 - a0 + np.pi) % (2 * np.pi) - np.pi
    turn = np.where((r0 < 1e-9) | (r1 < 1e-9), 0.0, turn)
    r, a = r0 + (r1 - r0) * gone, np.where(r0 < 1e-9, a1, a0) + turn * gone
    found: np.ndarray = centre + np.stack([r * np.cos(a), r * np.sin(a)], axis=-1)
    return found


def _polar(places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return np.linalg.norm(places, axis=-1), np.arctan2(places[..., 1], places[..., 0])


def grow(mobject: Painted, centre: np.ndarray, **options: Any) -> Stagger:
    """Let lines (m, 2, 2) grow out of a point."""
    ends = mobject.arrays["ends"].copy()
    mobject.set(ends=centre)
    return Stagger(mobject, introducer=True, ends=ends, **options)
