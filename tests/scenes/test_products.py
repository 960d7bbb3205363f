"""The symbols K_i . Q_j: on their way none crosses another, and one product is told at least."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from made import material
from reading import played

from attention_core.rounding import format_score
from rendering import stage
from scenes.kit import typeset
from scenes.kit.cells import Dots
from scenes.kit.label import Frame, Label
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


def test_where_no_cell_spells_its_product_one_is_worked_out_and_stays_framed() -> None:
    """The largest score of words that the query sees, with its key, its query and its number."""
    made = material("short", 24)
    trace, frames, lit = made.trace, [], []

    def see(scene: Any) -> None:
        yellow = scene.theme.focus
        frames.append([m for m in scene.mobjects if isinstance(m, Frame) and m.colour == yellow])
        (dots,) = [m for m in scene.mobjects if isinstance(m, Dots)] or [None]
        lit.append(dots is not None and np.unique(dots.arrays["level"]).size > 1)

    scene, seconds = played("dot-products", made, Look(), see)
    row, board = scene.query(), scene.grid.board
    visible = [key for key in trace.word_rows if key <= row]
    best = max(visible, key=lambda key: float(trace.scores[row, key]))
    assert seconds <= 15
    assert lit.count(True) == 2  # in focus, and read; then all is as bright as before
    assert not lit[-1]
    around, _ = sorted(frames[-1], key=lambda m: -m.box[2])  # in a cell, and in the legend
    (cell,) = np.flatnonzero((board.query_of == row) & (board.key_of == best))
    np.testing.assert_allclose(around.box, board.rectangle(int(cell)))
    (line,) = (m for m in scene.mobjects if isinstance(m, Label) and len(m.ink.parts) == 5)
    (key, key_is), _, (query, query_is), _, (number, _) = line.ink.parts
    theme = scene.theme
    assert (key_is, query_is) == (theme.key, theme.query)
    text = format_score(float(trace.q[row] @ trace.k[best]))
    named = [typeset.text(f"“{trace.tokens[token].display}”", "regular") for token in (best, row)]
    wanted = *named, typeset.number(text)
    for outline, known in zip((key, query, number), wanted, strict=True):
        curves, plain = outline.curves - outline.curves[0, 0], known.curves - known.curves[0, 0]
        np.testing.assert_allclose(curves, plain, atol=1e-9)


def test_cells_that_spell_their_products_need_no_other_and_neither_does_a_story() -> None:
    for count, brief in ((8, False), (24, True)):
        renderer = stage.renderer_for((1280, 720), 10)
        scene: Any = stage.scene_of("dot-products", material("short", count), Look(), renderer)
        scene.brief = brief
        scene._prepare()
        assert not scene.works
        assert len(scene.legend) == 4
