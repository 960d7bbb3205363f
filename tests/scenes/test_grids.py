"""Grids of tokens say what they are: which side asks, and what their marks are worth."""

from __future__ import annotations

from typing import Any, get_args

import numpy as np
import pytest
from made import material
from reading import played

from attention_core import Material
from attention_core.rounding import format_score
from rendering import stage
from scenes.kit import terms, typeset
from scenes.kit.bands import STRENGTH, marked
from scenes.kit.cells import Cells, Dots, Minuses, Numbers, Rings, Tints
from scenes.kit.fill import (
    score_marks,
    start_scores,
    start_shares,
    weight_dots,
    weight_rings,
)
from scenes.kit.grid import Grid
from scenes.kit.label import Disc, Frame, Label
from scenes.kit.seams import SeamedBox
from scenes.kit.sizes import STILL_EM
from scenes.kit.strip import Strip
from scenes.kit.theme import READABLE, blend, contrast
from scenes.look import Look, Orientation, Theme
from scenes.registry import CHAPTERS

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


@pytest.mark.parametrize("sentence", ["default", "short", "long"])
def test_the_dot_in_a_legend_of_scores_stands_for_the_score_it_names(
    sentence: str, default_material: Material
) -> None:
    """Areas are to the largest dot's as scores are to the largest visible score.

    It is a scale, and no cell's score: a round number that the grid reaches.
    """
    made = {"short": material("short", 2), "long": material("long", 24)}
    trace = made.get(sentence, default_material)
    size = CHAPTERS["dot-products"].figures[0].size(trace.trace.n)
    scene: Any = stage._drawn("dot-products", trace, Look(), size, None)[0]
    rows = list(trace.trace.word_rows)
    visible = np.where(np.isneginf(trace.trace.masked), 0.0, trace.trace.scores)[rows]
    (disc,) = (m for m in scene.mobjects if isinstance(m, Disc))
    score = visible.max() * (disc.radius / scene.dots.radius) ** 2
    assert f"{score:.1e}"[:4] in {"1.0e", "2.0e", "5.0e"}
    assert score <= visible.max() + 1e-9
    told = format_score(float(score), 0 if score > 0.99 else 1)
    text = typeset.text(scene.say("positive", score=told))
    labels = [m for m in scene.mobjects if isinstance(m, Label) and m.ink.parts[0][0] is text]
    assert len(labels) == 1
    assert abs(labels[0].pen[1] - disc.centre[0, 1]) < 0.1


def test_dots_of_scores_have_their_legend_until_they_are_shares() -> None:
    made, seen = material("long", 24), []

    def see(scene: Any) -> None:
        shown = [m for m in scene.mobjects if getattr(m, "opacity", 0.0) > 0.05]
        scores = any(isinstance(m, Minuses) and m.opacities.any() for m in shown)
        rings = any(isinstance(m, Rings) for m in shown)
        negative = typeset.text(scene.say("negative"))
        labels = [m.ink.parts[0][0] for m in shown if isinstance(m, Label)]
        of_one = typeset.text(scene.say("of_one", share="0.25"))
        seen.append((scores, negative in labels, rings, of_one in labels))

    played("softmax", made, Look(), see)
    assert any(scores for scores, *_ in seen)
    assert all(scores == told for scores, told, _, _ in seen[1:])
    assert all(rings == told for _, _, rings, told in seen)
    assert seen[-1] == (False, False, True, True)


@pytest.mark.parametrize("count", [8, 24])
@pytest.mark.parametrize("slug", ["mask", "softmax"])
def test_red_is_the_mask_s_alone_where_cells_are_masked(slug: str, count: int) -> None:
    """A sign for a negative score is grey there, in the grid and in its legend."""
    reds: set[Any] = set()
    seen = {"signs": 0, "tints": 0, "told": 0}

    def see(scene: Any) -> None:
        shown = [m for m in scene.mobjects if getattr(m, "opacity", 0.0) > 0.05]
        signs = [m for m in shown if isinstance(m, Minuses)]
        keys = [m for m in shown if isinstance(m, Frame) and m.colour == scene.theme.negative]
        reds.update(m for m in signs if m.colour == scene.theme.negative)
        reds.update(keys)
        tinted = any(isinstance(m, Tints) and m.opacities.any() for m in shown)
        masked = typeset.text(scene.say("masked"))
        told = [m for m in shown if isinstance(m, Label) and m.ink.parts[0][0] is masked]
        seen["signs"] += len(signs)
        seen["tints"] += tinted
        seen["told"] += tinted and bool(told)

    played(slug, material("short", count), Look(), see)
    assert not reds
    assert seen["tints"]
    assert (seen["signs"] > 0) == (count == 24)
    if slug == "softmax":  # the mask has its own titles
        assert seen["told"] >= seen["tints"] - 1  # in its first frame it comes


def test_dots_of_raw_scores_without_a_mask_have_red_signs() -> None:
    scene: Any = stage._drawn("dot-products", material("long", 24), Look(), (1280, 900), None)[0]
    assert scene.minuses.colour == scene.theme.negative


@pytest.mark.parametrize("count", [8, 24])
def test_the_mask_falls_on_scores_and_softmax_comes_after_it(count: int) -> None:
    """With numbers in the cells and, where these are too many, with dots."""
    seen: list[str] = []

    def see(scene: Any) -> None:
        layers = [m for m in scene.mobjects if isinstance(m, Cells) and m.opacities.any()]
        lit = {
            kind: np.any([layer.opacities > 0 for layer in layers if type(layer) is kind], axis=0)
            for kind in {type(layer) for layer in layers}
        }
        tinted = lit.get(Tints, np.zeros(1, bool))
        hidden = np.isneginf(scene.trace.masked)
        if tinted.any():
            board = next(layer.board for layer in layers)
            assert (tinted == hidden[board.query_of, board.key_of]).all()
        infinity = typeset.number(format_score(-np.inf)).curves
        infinite = [
            {cell for cell, ink in enumerate(m.inks) if ink and m.opacities[cell] > 0}
            for m in layers
            if isinstance(m, Numbers)
            and any(np.array_equal(ink.parts[0][0].curves, infinity) for ink in m.inks if ink)
        ]
        if infinite:
            assert infinite == [set(np.flatnonzero(tinted))]
            free = [m for m in layers if type(m) in (Minuses, Dots, Numbers)]
            shown = np.sum([(m.opacities > 0) & ~tinted for m in free], axis=0)
            assert (shown[~tinted] >= 1).all()
        labels = [m for m in scene.mobjects if isinstance(m, Label) and m.opacity > 0.5]
        title = max(labels, key=lambda m: m.box[3], default=None)
        lines = {
            "leak": scene._told("without_mask"),
            "scores": terms.before_mask(scene.trace, scene.say),
            "masked": scene.say("masked_scores"),
            "softmax": scene.say("softmax"),
            "kept": scene._told("with_mask"),
        }
        name = next(
            (n for n, line in lines.items() if typeset.line(line) is title.ink.parts[0][0]), ""
        )
        state = f"{name}{' infinite' * bool(infinite)}{' red' * bool(tinted.any())}"
        if name and state not in seen:
            seen.append(state)

    _, seconds = played("mask", material("short", count), Look(), see)
    assert seen == [
        "leak",
        "scores",
        "masked infinite red",
        "softmax infinite red",
        "softmax red",
        "kept red",
    ]
    assert seconds <= 15


@pytest.mark.parametrize("orientation", get_args(Orientation))
@pytest.mark.parametrize("size", [(1920, 1080), (1080, 1920)])
@pytest.mark.parametrize("count", [8, 16, 24])
def test_each_share_of_the_start_token_has_its_number_or_its_ring(
    count: int, size: stage.Size, orientation: Orientation
) -> None:
    renderer = stage.renderer_for(size, 10)
    scene = stage.scene_of(
        "softmax", material("short", count), Look(orientation=orientation), renderer
    )
    board, weights = Grid(scene).board, scene.trace.weights
    numbers = start_shares(board, weights, scene.theme)
    rings = weight_rings(board, np.ones(board.count, bool), scene.theme)
    start = board.is_start
    assert start.any()
    assert (rings.opacities[start] > 0).all() != bool(numbers)
    assert (rings.opacities[~start] > 0).all()
    dots = weight_dots(board, weights, scene.theme)
    for layer in numbers:
        read = [ink is not None for ink in layer.inks]
        assert read == start.tolist()
        assert layer.em >= 0.999 * board.min_em
        widest = max(ink.advance for ink in layer.inks if ink) * layer.em
        beside = dots.arrays["shift"][start, 0].min() < 0
        assert widest + 2 * dots.radius * beside < board.cell[0]
        assert (dots.opacities[start] > 0).all() == beside


@pytest.mark.parametrize("orientation", get_args(Orientation))
@pytest.mark.parametrize("size", [(1920, 1080), (1080, 1920)])
@pytest.mark.parametrize("count", [16, 24, 26])
def test_the_start_token_has_one_form_for_its_scores_and_its_shares(
    count: int, size: stage.Size, orientation: Orientation
) -> None:
    """Numbers wherever they can be read, and with a dot beside both or beside none."""
    scene = stage.scene_of(
        "mask",
        material("short", count),
        Look(orientation=orientation),
        stage.renderer_for(size, 10),
    )
    grid = scene._prepare().grid
    board, trace, theme, start = grid.board, scene.trace, scene.theme, grid.board.is_start
    whole = [
        start_scores(board, trace.before_mask, theme),
        start_shares(board, trace.weights, theme),
    ]
    # With air at its sides: in neighbouring cells they would run together.
    readable = (typeset.number("0.00").advance + 0.3) * board.min_em <= board.cell[0]
    assert [bool(numbers) for numbers in whole] == [readable, readable]
    free = np.zeros(board.count, bool)
    dots = [
        score_marks(board, np.abs(trace.before_mask), theme, free)[1],
        weight_dots(board, trace.weights, theme),
    ]
    beside = [bool((layer.opacities[start] > 0).all()) for layer in dots]
    assert beside[0] == beside[1]
    for numbers in whole:
        for layer in numbers:
            assert layer.em >= 0.999 * board.min_em
            widest = max(ink.advance for ink in layer.inks if ink) * layer.em
            assert widest < board.cell[0]


@pytest.mark.parametrize("theme", get_args(Theme))
def test_words_without_boxes_end_in_one_line_and_a_band_says_which_are_marked(
    theme: Theme,
) -> None:
    sentence = "the quick brown fox jumps over the lazy dog while the old grey cat sleeps by us"
    made = Material.build(sentence, needs=CHAPTERS["dot-products"].needs)
    look = Look(theme=theme, query="sleeps", keys=("cat",))
    scene = stage.scene_of("dot-products", made, look, stage.renderer_for((1280, 720), 10))
    header = Grid(scene, legends=[]).keys
    colours, axis = scene.theme, header.axis
    assert not header.boxed
    assert max(map(len, header.runs)) == 2  # "sleep", "s"
    ends = header.word_pens[:, 0] + np.array([ink.width for ink in header.inks]) * axis.em
    np.testing.assert_allclose(ends, ends[0])
    runs = list(marked(header))
    words = ["".join(scene.trace.tokens[axis.labels[i].token].display for i in r) for r in runs]
    assert words == ["cat", "sleeps"]
    for run in runs:
        accent = header.accents[axis.labels[run[0]].token]
        ground = blend(colours.background, accent.colour, STRENGTH * accent.fill)
        assert contrast(colours.text, ground) >= READABLE
        assert contrast(ground, colours.background) > 1.5


@pytest.mark.parametrize("kind", ["short", "long"])
@pytest.mark.parametrize("orientation", get_args(Orientation))
def test_the_rules_of_a_grid_begin_at_the_words_beside_it(
    kind: str, orientation: Orientation
) -> None:
    look = Look(orientation=orientation)
    scene = stage.scene_of(
        "dot-products", material(kind, 24), look, stage.renderer_for((1280, 720), 10)
    )
    scene._prepare()
    grid = scene.grid
    beside = grid.keys if orientation == "columns" else grid.queries
    first = beside.word_pens[:, 0].min()
    assert first - 0.2 < grid.lines.level[:, 0, 0].min() <= first


@pytest.mark.parametrize(("slug", "figure"), [("scale", "scale"), ("softmax", "3-5")])
def test_a_word_of_several_tokens_is_one_box_with_seams_in_a_list(
    slug: str, figure: str, default_material: Material
) -> None:
    size = CHAPTERS[slug].figure(figure).size(default_material.trace.n)
    scene: Any = stage._drawn(slug, default_material, Look(), size, figure)[0]
    (box,) = (m for m in scene.mobjects if isinstance(m, SeamedBox))
    pieces = {id(typeset.text(piece, "regular")) for piece in ("ver", "d", "ant")}
    lists = [m for m in scene.mobjects if isinstance(m, Strip)]
    spots = [
        spot
        for words in lists
        for ink, spot in zip(words.inks, words.arrays["spot"], strict=True)
        if ink.parts and id(ink.parts[0][0]) in pieces
    ]
    heights = np.sort([spot[1] for spot in spots])
    assert len(heights) == 3
    assert box.box[1] < heights[0] < box.seams[-1, 0, 1] < heights[1]
    assert heights[1] < box.seams[0, 0, 1] < heights[2] < box.box[3]


def test_all_other_queries_are_told_of_only_where_this_one_is_no_such_query(
    default_material: Material,
) -> None:
    """The note on raw scores sets the shown query apart: it must not be on start as well."""
    for sentence, apart in (("", True), ("나는 학교에 갔다", False)):
        made = Material.build(sentence, needs=CHAPTERS["scale"].needs) if sentence else None
        renderer = stage.renderer_for((1280, 720), 10)
        scene = stage.scene_of("scale", made or default_material, Look(), renderer)
        parked = scene.material.arrays["unscaled_weights"][scene.query(), scene.trace.start]
        assert (parked < 0.9) == apart
        assert bool(scene._why()) == apart
        assert scene.parked()  # what is said instead
