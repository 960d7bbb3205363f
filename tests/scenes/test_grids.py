"""Grids of tokens say what they are: which side asks, and what their marks are worth."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from made import material

from attention_core import Material
from rendering import stage
from scenes.kit.chapter import STILL_EM
from scenes.kit.grid import Grid
from scenes.look import Look, Orientation

GRIDS = ("dot-products", "scale", "mask", "softmax")


@pytest.fixture(name="built")
def built_(monkeypatch: pytest.MonkeyPatch) -> list[Grid]:
    """All grids that are laid out."""
    found: list[Grid] = []
    init = Grid.__init__

    def kept(self: Grid, *args: Any, **options: Any) -> None:
        init(self, *args, **options)
        found.append(self)

    monkeypatch.setattr(Grid, "__init__", kept)
    return found


@pytest.mark.parametrize("orientation", get_args(Orientation))
@pytest.mark.parametrize("slug", GRIDS)
def test_a_grid_without_its_symbols_says_which_side_asks(
    slug: str, orientation: Orientation, built: list[Grid]
) -> None:
    stage.reel(slug, material("long", 24), Look(orientation=orientation), (1280, 720), 10)
    grid = built[-1]
    assert not grid.board.full
    down, across = grid.ways
    theme = grid.chapter.theme
    assert (grid.board.columns.role == "query") == (orientation == "columns")
    assert across.colour == (theme.query if orientation == "columns" else theme.key)
    assert down.colour == (theme.key if orientation == "columns" else theme.query)
    x0, y0, x1, y1 = grid.board.corner
    for way in grid.ways:
        assert way.em >= grid.board.min_em
        assert x0 <= way.box[0] < way.box[2] < x1
        assert y0 < way.box[1] < way.box[3] <= y1


@pytest.mark.parametrize("slug", GRIDS)
def test_a_grid_with_its_symbols_needs_no_words_for_them(slug: str, built: list[Grid]) -> None:
    stage.reel(slug, material("short", 8), Look(), (1280, 720), 10)
    assert built[-1].board.full
    assert not built[-1].ways


@pytest.mark.parametrize("size", [(1920, 1080), (1080, 1080), (1080, 1920)])
def test_what_heads_the_columns_of_scale_is_of_one_readable_size(
    size: stage.Size, default_material: Material
) -> None:
    scene: Any = stage._drawn("scale", default_material, Look(), size, None)[0]
    contrast = scene._contrast()
    heads = [side.formula for side in (contrast.without, contrast.divided)]
    ems = {float(em) for strip in heads for em in strip.arrays["em"]}
    assert len(ems) == 1
    assert min(ems) >= STILL_EM
    assert {colour for strip in heads for colour in strip.colours} == {scene.theme.text}
    for strip, side in zip(heads, (contrast.without, contrast.divided), strict=True):
        low = min(spot[1] for spot in strip.arrays["spot"]) - 0.5 * min(ems)
        assert low > side.scores.arrays["spot"][0, 1] + 0.5 * contrast.em
