"""Animations of painted mobjects: staggered cells, and growth of single arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
from manim import Animation, smooth

from scenes.kit.painted import Painted

# Opacities move in steps that cannot be told apart: what is nearly there need not be drawn again.
FADES, STEPS = ("shown", "level", "opacity"), 100
LEAVE, ENTER = (0.0, 0.45), (0.5, 1.0)


def ease(alpha: np.ndarray) -> np.ndarray:
    """Manim's `smooth` for many alphas at once (a sigmoid of inflection 10)."""
    clipped = np.clip(alpha, 0.0, 1.0)
    error = 1.0 / (1.0 + np.exp(5.0))
    value = (1.0 / (1.0 + np.exp(-10.0 * (clipped - 0.5))) - error) / (1.0 - 2.0 * error)
    return np.clip(value, 0.0, 1.0)


class Stagger(Animation):
    """Move a painted mobject's arrays to new values, each entry in its own time.

    `order` (m,) in 0..1 says when an entry starts; `spread` (0..1) is the share of the run time
    over which the starts are spread. Manim's LaggedStart staggers mobjects; this staggers cells.
    `window` is the part of its own time in which an entry moves: `LEAVE` and `ENTER` let one
    number go before the next one comes, since two on one spot would read as a third.
    """

    def __init__(
        self,
        mobject: Painted,
        order: np.ndarray | None = None,
        *,
        spread: float = 0.8,
        window: tuple[float, float] = (0.0, 1.0),
        run_time: float = 1.0,
        introducer: bool = False,
        **targets: Any,
    ) -> None:
        self.spread = spread if order is not None else 0.0
        self.order = np.zeros(1) if order is None else np.asarray(order, float)
        self.targets = targets
        self.window = window
        super().__init__(mobject, run_time=run_time, introducer=introducer)

    def begin(self) -> None:
        """Remember where each array starts."""
        arrays = self.mobject.arrays
        unknown = set(self.targets) - set(arrays)
        if unknown:
            raise AttributeError(f"{type(self.mobject).__name__} has no arrays {sorted(unknown)}")
        self.starts = {name: arrays[name].copy() for name in self.targets}
        self.ends = {
            name: np.broadcast_to(np.asarray(value, float), arrays[name].shape).copy()
            for name, value in self.targets.items()
        }
        # How far each entry had come, and what was made of it.
        self._last: np.ndarray | None = None
        self._written: dict[str, np.ndarray] = {}
        super().begin()

    def gone(self, alpha: float) -> np.ndarray:
        """How far each entry has come at this moment, 0..1: (m,), or (1,) for all alike."""
        begin, end_of_move = self.window
        if self.order.size == 1:  # without arrays, in a fifth of the time
            own = (alpha - float(self.order[0]) * self.spread) / (1.0 - self.spread)
            return np.array([smooth((own - begin) / (end_of_move - begin))])
        own_time = (alpha - self.order * self.spread) / (1.0 - self.spread)
        return ease((own_time - begin) / (end_of_move - begin))

    def interpolate_mobject(self, alpha: float) -> None:
        """Set the arrays for this moment."""
        exact, arrays = self.gone(alpha), self.mobject.arrays
        stays = self._last is not None and np.array_equal(exact, self._last)
        if stays and all(arrays[name] is mine for name, mine in self._written.items()):
            return  # it has not begun, or is over, while others of its play go on
        self._last = exact
        steps = np.rint(exact * STEPS) / STEPS
        for name, start in self.starts.items():
            end = self.ends[name]
            share = steps if name in FADES else exact
            mix = share.reshape(share.shape + (1,) * (start.ndim - 1)) if start.ndim else share[0]
            self._written[name] = arrays[name] = start + (end - start) * mix


class Show(Stagger):
    """Bring a layer in, entry by entry."""

    def __init__(self, mobject: Painted, order: np.ndarray | None = None, **options: Any) -> None:
        target = mobject.arrays["shown"].copy()
        mobject.arrays["shown"] = np.zeros_like(target)
        super().__init__(mobject, order, introducer=True, shown=target, **options)


class Grow(Stagger):
    """Let lines or bars come in by growing from nothing, entry by entry."""

    def __init__(self, mobject: Painted, order: np.ndarray | None = None, **options: Any) -> None:
        mobject.set(grown=0.0)
        super().__init__(mobject, order, introducer=True, grown=1.0, **options)


def sweep(rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """An order that runs over a grid from its top left to its bottom right, 0..1."""
    steps = np.asarray(rows, float) + np.asarray(columns, float)
    span = steps.max() - steps.min()
    return (steps - steps.min()) / span if span else np.zeros_like(steps)
