"""The pixels agree with the numbers."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from made import material
from reading import played

from attention_core import Material
from attention_core.rounding import format_score, shares
from attention_core.sink import without_start
from rendering import stage
from scenes.kit import typeset
from scenes.kit.cells import Dots, Numbers
from scenes.kit.label import Label
from scenes.kit.outline import Ink
from scenes.kit.raw import RawScores
from scenes.kit.strip import Strip
from scenes.kit.theme import DARK
from scenes.look import Look
from scenes.picture import Picture
from scenes.registry import CHAPTERS

WIDTH = 3840  # twice the size of the post's, so that a dot's edge costs little


def draw(slug: str, name: str, material: Material) -> tuple[np.ndarray, Picture]:
    """A still without credit and captions, and its description."""
    size = CHAPTERS[slug].figure(name).size(material.trace.n, WIDTH)
    pixels, picture = stage.still(slug, material, Look(credit=False), size, name)
    return pixels.astype(float) / 255, picture


def dot_area(pixels: np.ndarray, box: tuple[float, ...]) -> float:
    """How many pixels of a cell are covered by a dot: its colours are bluish and bright."""
    x0, y0, x1, y1 = (round(side) for side in box)
    cell = pixels[y0 + 3 : y1 - 2, x0 + 3 : x1 - 2]
    bluish = cell[..., 2] - cell[..., 0]  # rings, rules and tints are grey or red
    full = DARK.dot_low[2] - DARK.dot_low[0], DARK.dot_high[2] - DARK.dot_high[0]
    return float(np.clip(bluish / min(full), 0, 1).sum())


def grey_area(pixels: np.ndarray, box: tuple[float, ...]) -> float:
    """The same for the start token's dot, which is grey and stands at the left of its number."""
    x0, y0, x1, y1 = (round(side) for side in box)
    slot = round(x0 + 0.075 * (x1 - x0) + 0.86 * min(x1 - x0, y1 - y0))
    cell = pixels[y0 + 3 : y1 - 2, x0 + 3 : slot]
    return float(np.clip(cell[..., :3].max(axis=-1) / max(DARK.line), 0, 1).sum())


@pytest.mark.parametrize(
    ("slug", "name"), [("dot-products", "3-4"), ("softmax", "pattern"), ("mask", "masked")]
)
def test_the_area_of_each_dot_is_its_value(
    slug: str, name: str, default_material: Material
) -> None:
    pixels, picture = draw(slug, name, default_material)
    start = default_material.trace.start
    starts = np.array([c.key == start for c in picture.cells])
    values = np.array([0.0 if c.value is None else max(c.value, 0.0) for c in picture.cells])
    areas = np.array(
        [
            (grey_area if s else dot_area)(pixels, c.box)
            for s, c in zip(starts, picture.cells, strict=True)
        ]
    )
    assert areas[~starts].max() > 500
    scale = areas[~starts].max() / values[~starts].max()  # one for words and the start token
    np.testing.assert_allclose(areas / scale, values, atol=0.02 * values.max())


def test_a_masked_cell_and_a_negative_score_have_no_dot(default_material: Material) -> None:
    for slug, name in (("softmax", "pattern"), ("dot-products", "3-4")):
        pixels, picture = draw(slug, name, default_material)
        empty = [c for c in picture.cells if c.value is None or c.value <= 0]
        assert len(empty) > 40
        assert max(dot_area(pixels, c.box) for c in empty) < 5


def test_a_sidecar_holds_every_cell_and_its_box_lies_in_the_picture(
    default_material: Material,
) -> None:
    pixels, picture = draw("dot-products", "3-4", default_material)
    trace = default_material.trace
    assert {(c.query, c.key) for c in picture.cells} == {
        (q, k) for q in trace.word_rows for k in range(trace.n)
    }
    boxes = np.array([c.box for c in picture.cells])
    assert boxes.min() >= 0
    assert boxes[:, 2].max() <= pixels.shape[1]
    assert boxes[:, 3].max() <= pixels.shape[0]


def test_displayed_shares_sum_to_one_and_masked_ones_read_zero(default_material: Material) -> None:
    trace = default_material.trace
    rounded = shares(trace.weights)
    assert (rounded.sum(axis=1).round(10) == 1.0).all()
    assert (rounded[np.isneginf(trace.masked)] == 0).all()


def test_scores_are_raw_products_and_scaled_ones_are_those_divided_by_eight(
    default_material: Material,
) -> None:
    trace = default_material.trace
    np.testing.assert_allclose(trace.scores, trace.q @ trace.k.T, rtol=1e-4, atol=1e-3)
    np.testing.assert_allclose(trace.scaled, trace.scores / 8, rtol=1e-6)


def reading(ink: Any, candidates: set[str]) -> str | None:
    """Which number this ink shows, if one of these: type is cached, so equal type is one object."""
    outline = ink.parts[0][0]
    both = ((text, bold) for text in candidates for bold in (False, True))
    return next((text for text, bold in both if typeset.number(text, bold) is outline), None)


HUNDREDTHS = {f"{share / 100:.2f}" for share in range(101)}


def on_still(kind: type, slug: str, name: str, material: Material) -> list[Any]:
    """The mobjects of a kind on a still, in the order in which they were added."""
    size = CHAPTERS[slug].figure(name).size(material.trace.n)
    scene = stage._drawn(slug, material, Look(), size, name)[0]
    return [mobject for mobject in scene.mobjects if isinstance(mobject, kind)]


def in_clip(slug: str, material: Material, kind: type = Numbers) -> list[Any]:
    """The layers of numbers (or another kind) in the order in which a clip brings them."""
    renderer = stage.renderer_for((1280, 720), 10)
    renderer.wanted = []
    visit = renderer._visit
    layers: list[Any] = []

    def visited(scene: Any) -> None:
        visit(scene)
        layers.extend(m for m in scene.mobjects if isinstance(m, kind) and m not in layers)

    renderer._visit = visited  # type: ignore[method-assign]
    stage.scene_of(slug, material, Look(), renderer).construct()
    return layers


def test_the_displayed_weights_of_each_query_sum_to_exactly_one(default_material: Material) -> None:
    numbers = on_still(Numbers, "softmax", "3-6", default_material)[-1]
    sums = dict.fromkeys(default_material.trace.word_rows, Decimal(0))
    for query, ink in zip(numbers.board.query_of.tolist(), numbers.inks, strict=True):
        if ink is not None:
            sums[query] += Decimal(reading(ink, HUNDREDTHS) or "NaN")
    assert set(sums.values()) == {Decimal("1.00")}


def test_the_lifted_shares_sum_to_exactly_one(default_material: Material) -> None:
    strips = on_still(Strip, "softmax", "3-5", default_material)
    columns = [[reading(ink, HUNDREDTHS) for ink in strip.inks] for strip in strips]
    shares_shown = [[Decimal(text or "NaN") for text in texts] for texts in columns if all(texts)]
    assert [sum(column) for column in shares_shown] == [Decimal("1.00")]


def test_masked_cells_read_zero_in_the_chapter_on_masking(default_material: Material) -> None:
    ends: list[Any] = []  # the clip's last frame, and the lower half of the still
    played("mask", default_material, Look(), lambda scene: ends.append([*scene.mobjects]))
    for shown in (ends[-1], on_still(Numbers, "mask", "masked", default_material)):
        zeros = [m for m in shown if isinstance(m, Numbers) and not m.inks[m.board.count // 2]]
        (layer,) = (m for m in zeros if m.colours[-2] == DARK.masked)
        board, masked = layer.board, default_material.traces["leak"].masked
        hidden = np.isneginf(masked[board.query_of, board.key_of])
        assert hidden.sum() > 20
        assert [ink is not None for ink in layer.inks] == hidden.tolist()
        assert {reading(ink, HUNDREDTHS) for ink in layer.inks if ink} == {"0.00"}
        assert layer.opacities[hidden].min() > 0.6


def test_the_scores_on_screen_are_q_k_and_the_scaled_ones_an_eighth(
    default_material: Material,
) -> None:
    trace = default_material.trace
    products = np.asarray(trace.q, float) @ np.asarray(trace.k, float).T
    raw = in_clip("dot-products", default_material)[-1]
    scaled = on_still(Numbers, "softmax", "3-6", default_material)[0]
    for layer, values, masked in (
        (raw, products, trace.scores),
        (scaled, products / 8, trace.masked),
    ):
        board = layer.board
        places = zip(board.query_of.tolist(), board.key_of.tolist(), layer.inks, strict=True)
        for query, key, ink in places:
            if np.isneginf(masked[query, key]):
                expected = {"−∞"}
            else:  # the model multiplies in float32: a last digit may round the other way
                value = float(values[query, key])
                expected = {format_score(value + step) for step in (-2e-3, 0.0, 2e-3)}
            assert reading(ink, expected) is not None


def test_the_scale_clip_divides_scores_that_stood_there_raw(default_material: Material) -> None:
    trace = default_material.trace
    raw, divided = (
        [format_score(float(value)) for value in scores[10]]
        for scores in (trace.scores, trace.scaled)
    )
    (grid,) = in_clip("scale", default_material)
    places = zip(grid.board.query_of.tolist(), grid.board.key_of.tolist(), grid.inks, strict=True)
    for query, key, ink in places:
        assert reading(ink, {format_score(float(trace.scores[query, key]))}) is not None
    columns = [
        [reading(ink, {*raw, *divided}) for ink in strip.inks]
        for strip in in_clip("scale", default_material, Strip)
    ]
    scores = [column for column in columns if column in (raw, divided)]
    assert scores == [raw, raw, divided]  # at the left, the copy of it, and what that becomes


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_the_mask_still_says_what_its_marks_mean(default_material: Material, lang: Any) -> None:
    size = CHAPTERS["mask"].figure("masked").size(default_material.trace.n)
    scene = stage._drawn("mask", default_material, Look(lang=lang), size, "masked")[0]
    shown = {id(m.ink.parts[0][0]) for m in scene.mobjects if isinstance(m, Label)}
    texts = [scene.say("of_one", share="0.25"), scene.say("leak")]
    texts.append(f"{scene.say('masked')}: 0.00")
    assert {id(typeset.text(text)) for text in texts} <= shown


def test_the_boxes_of_the_scale_still_hold_its_bars(default_material: Material) -> None:
    pixels, picture = draw("scale", "scale", default_material)
    assert {c.query for c in picture.cells} == {10}
    for cell in picture.cells:
        x0, y0, x1, y1 = (round(side) for side in cell.box)
        row = pixels[(y0 + y1) // 2, x0:x1, :3].max(axis=1)
        assert (row > 0.2).mean() == pytest.approx(cell.value, abs=0.01)


def test_without_the_start_token_the_leak_is_that_of_the_weights_on_screen(
    default_material: Material,
) -> None:
    made = without_start(default_material)
    trace = made.traces["leak"]
    masses = [trace.unmasked_weights[row, row + 1 :].sum() for row in trace.word_rows]
    assert float(made.arrays["leak_share"]) == pytest.approx(np.mean(masses), abs=1e-6)
    assert float(made.arrays["leak_share"]) > float(default_material.arrays["leak_share"])


@pytest.mark.parametrize(
    ("slug", "figure", "query"),
    [("dot-products", "3-4", None), ("softmax", "3-5", "forest"), ("values", "value", "forest")],
)
def test_a_number_of_a_piece_is_told_of_that_piece(
    default_material: Material, slug: str, figure: str, query: str | None
) -> None:
    """forest looks at "ant", the last piece of verdant: the whole word has no such score."""
    size = CHAPTERS[slug].figure(figure).size(default_material.trace.n)
    alt = stage.describe(slug, default_material, Look(query=query), size, figure).alt
    assert "“ant”" in alt
    assert "“verdant”" not in alt


@pytest.mark.parametrize("slug", ["mask", "dot-products"])
def test_a_clip_spells_numbers_only_where_they_can_be_looked_at(slug: str) -> None:
    infinity = typeset.number(format_score(-np.inf)).curves

    def told(ink: Ink | None) -> bool:
        """A number to be read; −∞, the same in each masked cell, is a sign like the tint there."""
        return ink is not None and not np.array_equal(ink.parts[0][0].curves, infinity)

    def most(count: int) -> int:
        """How many numbers one moment of the clip shows."""
        seen = [0]

        def see(scene: Any) -> None:
            layers = [m for m in scene.mobjects if isinstance(m, Numbers)]
            inked = [np.array([told(ink) for ink in m.inks]) for m in layers]
            tones = [m.opacities * m.arrays["tone"] for m in layers]
            seen.append(sum(int((t > 0.05)[i].sum()) for t, i in zip(tones, inked, strict=True)))

        played(slug, material("short", count), Look(), see)
        return max(seen)

    assert most(13) == 13 * 14
    assert most(16) <= 16  # beside the start token's dots
    assert most(24) <= 24


def test_dots_of_raw_scores_stand_beside_their_legend_and_numbers_need_none() -> None:
    for count, marks in ((8, 0), (24, 4)):  # two marks, and what each means
        renderer = stage.renderer_for((1280, 720), 10)
        renderer.wanted = []
        scene = stage.scene_of("scale", material("short", count), Look(), renderer)
        raw = RawScores(scene, scene.region)
        assert len(raw.legend) == marks
        assert any(isinstance(layer, Dots) for layer in raw.shown) == bool(marks)


def test_rows_of_scale_that_share_one_row_are_added_and_all_rows_sum_to_one() -> None:
    made = material("short", 24)
    renderer = stage.renderer_for((1280, 720), 10)
    contrast = stage.scene_of("scale", made, Look(), renderer)._contrast()
    assert len(contrast.rest) > 1
    assert contrast.em >= 0.2
    hundredths = {f"{share / 100:.2f}" for share in range(101)}
    unscaled = made.arrays["unscaled_weights"][contrast.query]
    for side, weights in (
        (contrast.without, unscaled),
        (contrast.divided, made.trace.weights[contrast.query]),
    ):
        shown = [float(reading(ink, hundredths) or "nan") for ink in side.numbers.inks]
        assert len(shown) == len(contrast.keys) + 1
        assert round(sum(shown), 10) == 1.0
        rest = float(weights[contrast.rest].sum())
        assert side.bars.arrays["value"][-1] == pytest.approx(rest, abs=1e-6)
        assert shown[-1] == pytest.approx(rest, abs=0.0101)
        assert weights[contrast.rest].max() < 0.005
