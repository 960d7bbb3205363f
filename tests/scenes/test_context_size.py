"""The chapter on long texts: dots, cells and the map agree with the weights; so do its numbers."""

from __future__ import annotations

from typing import Any, get_args

import numpy as np
import pytest
from test_pictures import dot_area, draw, in_clip

from attention_core import AttentionError, Material
from attention_core.rounding import format_bytes, format_count
from attention_core.sink import without_start
from rendering import stage
from scenes.kit import typeset
from scenes.kit.board import DOT_SHARE
from scenes.kit.fill import LEAST
from scenes.kit.glow import HIGH, Ramp, glow
from scenes.kit.growth import Growth
from scenes.kit.label import Label
from scenes.kit.strip import Strip
from scenes.kit.theme import DARK
from scenes.look import Look, Orientation
from scenes.registry import CHAPTERS

SLUG = "context-size"


def drawn(material: Material, look: Look, size: tuple[int, int] = (3840, 2160)) -> tuple[Any, Any]:
    """The still's scene and its pixels."""
    scene = stage._drawn(SLUG, material, look, size, SLUG)[0]
    scene.camera.reset()
    scene.camera.capture_mobjects(scene.mobjects)
    return scene, scene.camera.pixel_array[..., :3].astype(float) / 255


def test_eight_tokens_are_dots_whose_area_is_their_weight(default_material: Material) -> None:
    pixels, picture = draw(SLUG, SLUG, default_material)
    assert picture.trace == "context"
    words = [c for c in picture.cells if c.key]
    values = np.array([c.value or 0.0 for c in words])
    areas = np.array([dot_area(pixels, c.box) for c in words])
    assert areas.max() > 500
    np.testing.assert_allclose(areas / areas.max(), values / values.max(), atol=0.02)
    assert {(c.query, c.key) for c in picture.cells} == {(q, k) for q in range(8) for k in range(8)}


@pytest.mark.parametrize("orientation", get_args(Orientation))
def test_a_cell_is_as_bright_as_the_sixth_root_of_its_weight(
    orientation: Orientation, default_material: Material
) -> None:
    scene, pixels = drawn(default_material, Look(orientation=orientation))
    square = next(m for m in scene.mobjects if isinstance(m, Growth) and m.seen == 64)
    weights = default_material.need("context_weights").astype(float)[:64, :64]
    middles = (np.arange(64) + 0.5) * square.pitch
    unit, least = 270, LEAST * 24 / 512
    for query in range(1, 64, 5):
        for key in range(1, query + 1, 3):
            across, down = (query, key) if orientation == "columns" else (key, query)
            x = round(1920 + (square.box[0] + middles[across]) * unit)
            y = round(1080 - (square.box[3] - middles[down]) * unit)
            level = (weights[query, key] if weights[query, key] >= least else 0.0) ** (1 / 6)
            assert pixels[y, x, 2] == pytest.approx(level * glow(DARK, level)[2], abs=0.02)
    hidden = (5, 50) if orientation == "columns" else (50, 5)
    x, y = (square.box[0] + middles[hidden[0]], square.box[3] - middles[hidden[1]])
    red = pixels[round(1080 - y * unit), round(1920 + x * unit), 0]
    assert red == pytest.approx(DARK.masked[0] * DARK.tint_opacity, abs=0.01)


@pytest.mark.parametrize("orientation", get_args(Orientation))
def test_a_point_of_the_largest_map_is_the_largest_of_the_weights_that_it_says(
    orientation: Orientation, default_material: Material
) -> None:
    scene, _ = drawn(default_material, Look(orientation=orientation), (1920, 1080))
    square = next(m for m in scene.mobjects if isinstance(m, Growth) and m.seen == 512)
    words, starts = square._levels(512) / 255
    if orientation == "columns":
        words, starts = words.T, starts.T  # rows are queries
    weights = default_material.need("context_weights").astype(float).copy()
    weights[weights < LEAST * 24 / 512] = 0.0
    wide = 4
    labels = {m.ink.parts[0][0] for m in scene.mobjects if isinstance(m, Label)}
    model, need = default_material.trace.model, default_material.need
    heads = model.layers * model.heads
    (each,) = set((need("context_bytes") / need("context_cells") / heads).tolist())
    total = format_bytes(float(need("context_bytes")[-1]))
    said = scene.say("for_bytes", heads=heads, each=f"{each:.0f}", count="512", total=total)
    said += " · " + scene.say("of_map", count="512", window=f"{wide}")
    assert typeset.text(said, "regular") in labels
    for query in range(8, 512, 37):
        for key in range(wide, query + 1, 5):
            near = weights[query - wide + 1 : query + 1, key : key + wide]
            assert words[query, key] == pytest.approx(near.max() ** (1 / 6), abs=0.003)
        longest = weights[query - wide + 1 : query + 1, 0].max()
        assert starts[query, :wide] == pytest.approx(longest ** (1 / 6), abs=0.003)
        assert not starts[query, wide:].any()
        assert not words[query, :wide].any()
    for levels in (words, starts):
        assert not np.triu(levels, k=1).any()  # nothing reaches over the diagonal


def test_without_a_start_token_the_first_query_is_drawn_and_nothing_is_grey() -> None:
    weights = np.tril(np.full((8, 8), 0.5))
    square = Growth(weights, (0, 0, 4, 4), 8.0, False, DARK, None)
    assert square.values[0, 0] == 0.5
    assert not square.starts.any()
    with_start = Growth(weights, (0, 0, 4, 4), 8.0, False, DARK, 0)
    assert with_start.starts[:, 0].all()
    assert not with_start.starts[:, 1:].any()


def test_a_map_without_a_start_token_is_painted_too() -> None:
    square = Growth(np.tril(np.full((40, 40), 0.5)), (-2, -2, 2, 2), 40.0, True, DARK, None)
    renderer = stage.renderer_for((320, 320), 10)
    scene = stage.scene_of(SLUG, Material.embedded(CHAPTERS[SLUG].needs), Look(), renderer)
    words, starts = square._levels(40)
    assert words.any() and not starts.any()
    scene.add(square)
    scene.camera.reset()
    scene.camera.capture_mobjects(scene.mobjects)
    assert (scene.camera.pixel_array[..., 2] > 100).any()


def test_every_brightness_of_the_maps_is_on_the_scale(default_material: Material) -> None:
    scene, pixels = drawn(default_material, Look(), (1920, 1080))
    (ramp,) = (m for m in scene.mobjects if isinstance(m, Ramp))
    x0, y0, x1, _ = ramp.box
    row = pixels[round(540 - 135 * (y0 + HIGH / 2)), :, 2]
    for weight in (0.0001, 0.0003, 0.001, 0.01, 0.1, 0.5, 0.9):
        level = weight ** (1 / 6)
        shown = level * glow(DARK, level)[2] if weight >= LEAST * 24 / 512 else 0.0
        x = round(960 + 135 * (x0 + (x1 - x0) * level))
        assert row[x] == pytest.approx(shown, abs=0.02)
    assert {0, 0.01, 1} <= set(ramp.ticks)


def test_the_first_cell_shows_that_the_start_token_looks_at_itself_alone(
    default_material: Material,
) -> None:
    scene, pixels = drawn(default_material, Look(), (1920, 1080))
    square = next(m for m in scene.mobjects if isinstance(m, Growth) and m.seen == 8)
    x, y = square.box[0] + square.pitch / 2, square.box[3] - square.pitch / 2
    half = round(0.5 * square.pitch * 135)
    (row, column) = round(540 - y * 135), round(960 + x * 135)
    cell = pixels[row - half + 4 : row + half - 4, column - half + 4 : column + half - 4]
    radius = np.sqrt((np.abs(cell - DARK.line).max(axis=2) < 0.03).sum() / np.pi) / 135
    assert default_material.need("context_weights")[0, 0] == 1
    assert radius == pytest.approx(DOT_SHARE * square.pitch, rel=0.04)


@pytest.mark.parametrize("orientation", get_args(Orientation))
def test_start_and_the_tokens_stand_at_their_rows(
    orientation: Orientation, default_material: Material
) -> None:
    scene, _ = drawn(default_material, Look(orientation=orientation), (1920, 1080))
    squares = [m for m in scene.mobjects if isinstance(m, Growth)]
    strips = [m for m in scene.mobjects if isinstance(m, Strip)]
    start = typeset.text("start", "italic")
    starts = [m for m in strips if [ink.parts[0][0] for ink in m.inks] == [start]]
    assert len(starts) == 3
    for strip, square in zip(starts, squares, strict=True):
        (x, y), (x0, _, _, y1) = strip.arrays["spot"][0], square.box
        if orientation == "columns":
            assert x < x0
            assert y1 - 1.01 * square.pitch < y < y1 or square.seen > 8
        else:
            assert (x, y > y1) == (x0, True)
            # Over the first one all columns are named, start among them.
            assert bool(strip.arrays["shown"][0]) == (square.seen > 8)
    rows, columns = (m for m in strips if len(m.inks) > 1)
    texts = [token.display for token in default_material.traces["context"].tokens[1:]]
    plain = [typeset.text(text, "regular") for text in texts]
    queries, keys = (columns, rows) if orientation == "columns" else (rows, columns)
    # Its own query is in the square: so it is named; as a key it is, too.
    assert [ink.parts[0][0] for ink in queries.inks] == [start, *plain]
    assert [ink.parts[0][0] for ink in keys.inks][-7:] == plain
    for names, along, first, step in ((rows, 1, squares[0].box[3], -1), (columns, 0, None, 1)):
        first = squares[0].box[0] if first is None else first
        wanted = first + step * (np.arange(8) + 0.5) * squares[0].pitch
        np.testing.assert_allclose(names.arrays["spot"][:, along], wanted[-len(names.inks) :])
    assert columns.upwards and not rows.upwards


def test_every_number_is_in_the_material(default_material: Material) -> None:
    need = default_material.need
    sizes = [format_count(float(size)) for size in need("context_sizes")]
    each = sum(m.shape[1] for m in (default_material.trace.q, default_material.trace.v))
    products = [format_count(float(size) ** 2 * each) for size in need("context_sizes")]
    cells = [format_count(float(count)) for count in need("context_cells")]
    model = default_material.trace.model
    heads = model.layers * model.heads
    bytes_ = [format_bytes(float(count) / heads) for count in need("context_bytes")]
    strips = in_clip(SLUG, default_material, Strip)
    known = {
        id(typeset.text(text, "regular")): text for text in (*sizes, *cells, *products, *bytes_)
    }
    lines = [
        [known.get(id(ink.parts[0][0])) for ink in strip.inks if ink.parts] for strip in strips
    ]
    table = list(map(list, zip(sizes, cells, products, bytes_, strict=True)))
    assert [line for line in lines if any(line)] == table
    scene, _ = drawn(default_material, Look(), (1920, 1080))
    shown = {id(m.ink.parts[0][0]) for m in scene.mobjects if isinstance(m, Label)}
    said = [scene.say("of_tokens", count=size) for size in sizes]
    said += [scene.say("of_weights", count=count) for count in cells]
    said += [scene.say("of_products", count=count) for count in products]
    said += [scene.say("of_bytes", bytes=size) for size in bytes_]  # all of one head
    assert {id(typeset.text(text, "regular")) for text in said} <= shown


def test_the_view_draws_back_evenly(default_material: Material) -> None:
    renderer = stage.renderer_for((1280, 720), 10)
    renderer.wanted = []
    scene = stage.scene_of(SLUG, default_material, Look(), renderer)
    scene.construct()
    (square,) = (m for m in scene.mobjects if isinstance(m, Growth))
    assert square.seen == 512
    move = scene._draw_back(square, 8, 64)
    move.begin()
    seen = []
    for alpha in (0.0, 0.5, 1.0):
        move.interpolate(alpha)
        seen.append(square.seen)
    np.testing.assert_allclose(seen, [8, np.sqrt(8 * 64), 64])
    assert 6 <= renderer.time <= 15


def test_without_the_start_token_each_row_is_rescaled(default_material: Material) -> None:
    weights = without_start(default_material).need("context_weights").astype(float)
    assert not weights[:, 0].any()
    np.testing.assert_allclose(weights[1:].sum(axis=-1), 1, atol=5e-3)


def test_without_the_long_text_one_line_says_what_is_missing(default_material: Material) -> None:
    with pytest.raises(AttentionError, match="does not hold the array context_"):
        stage.still(SLUG, Material({"main": default_material.trace}), Look(), (640, 360))
