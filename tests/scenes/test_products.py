"""The symbols K_i . Q_j on their way: none crosses another."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from made import material

from rendering import stage
from scenes.kit.products import Products
from scenes.look import Look


def boxes(products: Products) -> np.ndarray:
    """Around each symbol that can be seen in a cell: (m, 4)."""
    found: list[np.ndarray] = []
    for inks, pens, shown in itertools.islice(products.copies(), 2):
        ink = np.array([ink.box for ink in inks]) * products.em
        found.append((ink + np.tile(products.centres + pens, 2))[shown > 0.02])
    return np.concatenate(found)


@pytest.mark.parametrize("orientation", ["columns", "rows"])
@pytest.mark.parametrize("count", [2, 8])
def test_no_symbol_in_flight_crosses_another(count: int, orientation: Any) -> None:
    renderer = stage.renderer_for((1280, 720), 10)
    scene: Any = stage.scene_of(
        "dot-products", material("short", count), Look(orientation=orientation), renderer=renderer
    )
    scene._prepare()
    grid = scene.grid
    products = Products(grid.board, scene.theme, grid.queries, grid.keys)
    for name, way in (("along", products.along), ("down", products.down)):
        for share in np.linspace(0.0, 1.0, 41):
            lag = np.linspace(0.0, 0.5, way.count)
            products.arrays[name] = np.clip(share * 1.5 - lag, 0.0, 1.0) * way.stops
            seen = boxes(products)
            low, high = seen[:, None, :2] + 1e-6, seen[:, None, 2:] - 1e-6
            meets = ((low < seen[None, :, 2:]) & (high > seen[None, :, :2])).all(axis=2)
            assert meets.sum() == len(seen), "only with itself"
