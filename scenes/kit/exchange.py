"""One picture gives way to the next: what is old leaves each place before what is new comes."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from scenes.kit.animate import ENTER, LEAVE, Show, Stagger
from scenes.kit.cells import Cells, Dots
from scenes.kit.painted import Painted


def exchange(
    old: Iterable[Painted], new: Iterable[Painted], order: np.ndarray, run_time: float = 1.2
) -> list[Stagger]:
    """Cells go and come in a wave of `order`, dots by growing; lines of type change as a whole.

    Where nothing is old, nothing needs to be waited for.
    """
    leaving = list(old)
    enter = ENTER if leaving else (0.0, 1.0)
    moves = []
    for layer in leaving:
        if isinstance(layer, Cells):
            move = Stagger(layer, order, window=LEAVE, run_time=run_time, shown=0.0)
        else:
            move = Stagger(layer, window=LEAVE, run_time=run_time, opacity=0.0)
        moves.append(move)
    for layer in new:
        moves.append(_come(layer, order, enter, run_time))
    return moves


def _come(
    layer: Painted, order: np.ndarray, window: tuple[float, float], run_time: float
) -> Stagger:
    if isinstance(layer, Dots):
        size = layer.arrays["size"].copy()
        layer.set(size=0.0)
        return Stagger(layer, order, window=window, run_time=run_time, introducer=True, size=size)
    if isinstance(layer, Cells):
        return Show(layer, order, window=window, run_time=run_time)
    layer.set_opacity(0.0)
    return Stagger(layer, window=window, run_time=run_time, introducer=True, opacity=1.0)
