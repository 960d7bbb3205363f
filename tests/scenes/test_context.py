"""The chapter on context: lines as wide as the weights, numbers that are the Material's."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from made import material
from test_pictures import HUNDREDTHS, in_clip, reading

from attention_core import Material
from attention_core.merge import by_word
from attention_core.rounding import format_weight, shares
from rendering import stage
from scenes.kit.bundle import Bundle, in_rows
from scenes.kit.table import Table
from scenes.kit.threads import OFF, STEPS, Threads
from scenes.kit.word_row import WordBoxes
from scenes.look import Look
from scenes.registry import CHAPTERS


def still(made: Material, look: Look | None = None, width: int = 1920) -> Any:
    """The scene of figure 3-2."""
    size = CHAPTERS["context"].figure().size(made.trace.n, width)
    return stage._drawn("context", made, look or Look(), size, "3-2")[0]


def the(scene: Any, kind: type) -> Any:
    """The scene's one mobject of a kind."""
    (found,) = (m for m in scene.mobjects if isinstance(m, kind))
    return found


def test_the_shares_on_screen_are_the_word_s_and_sum_to_one(default_material: Material) -> None:
    merged = by_word(default_material.trace)
    row = shares(np.append(merged.start[3], merged.weights[3]))  # creature
    tables = [
        [reading(ink, HUNDREDTHS) for ink in table.inks]
        for table in in_clip("context", default_material, Table)
    ]
    (shown,) = (texts for texts in tables if all(texts))
    assert shown == [format_weight(share) for share in row[:5].tolist()]
    assert sum(Decimal(text or "NaN") for text in shown) == Decimal("1.00")


def test_a_line_is_as_wide_as_its_weight_and_the_picture_says_so(
    default_material: Material,
) -> None:
    scene = still(default_material)
    threads, made = the(scene, Threads), Bundle(scene)
    m = len(threads.weights)
    shapes = threads.ribbons(np.zeros(m), np.ones(m))
    across = np.linalg.norm(shapes[:, :STEPS] - shapes[:, STEPS:][:, ::-1], axis=2)  # (m, STEPS)
    expected = np.repeat(threads.full * threads.weights[:, None], STEPS, axis=1)
    np.testing.assert_allclose(across, expected, atol=1e-9)
    merged = by_word(default_material.trace)
    weights = np.column_stack([merged.start, merged.weights])
    np.testing.assert_allclose(threads.weights, weights[made.line_to - 1, made.line_from])
    assert m == (weights[made.seen] >= 0.005).sum()


def test_lines_arrive_side_by_side_in_the_order_of_the_words(default_material: Material) -> None:
    scene = still(default_material)
    made = Bundle(scene)
    threads = made.threads
    for word in set(made.line_to.tolist()):
        lines = np.flatnonzero(made.line_to == word)
        lines = lines[np.argsort(made.line_from[lines])]
        half = threads.full * threads.weights[lines] / 2
        left, right = threads.ends[lines, 0] - half, threads.ends[lines, 0] + half
        assert (left[1:] >= right[:-1] - 1e-6).all()
        assert right[-1] - left[0] <= threads.full * (1 + 1e-6)


def test_the_painted_width_of_the_strongest_line_is_its_weight(default_material: Material) -> None:
    scene = still(default_material, Look(query="forest"), 3840)
    made = Bundle(scene)
    scene.camera.reset()
    scene.camera.capture_mobjects(scene.mobjects)
    pixels = np.asarray(scene.camera.pixel_array[..., :3], int)
    best = int(np.argmax(np.where(made.strong, made.threads.weights, 0)))
    point = np.array([[*made.threads.ends[best], 0.0]])
    (x, y) = scene.camera.view.pixels(point)[0].round().astype(int)
    reach = round(0.6 * made.full * scene.camera.view.scale)
    row = pixels[y - 4, x - reach : x + reach]
    target = np.array(made.threads.accents[best]) * 255
    covered = (np.abs(row - target).max(axis=1) < 12).sum() / scene.camera.view.scale
    assert covered == pytest.approx(made.full * made.threads.weights[best], abs=0.02)


def test_a_word_s_pieces_share_one_box(default_material: Material) -> None:
    words = the(still(default_material), WordBoxes)
    assert len(words.row.inks) == 9  # start and eight words, one of them of three pieces
    assert words.boxed.tolist() == [False] + [True] * 8


def test_accented_words_light_up_and_pulses_run_along_the_strong_lines_only(
    default_material: Material,
) -> None:
    made = Bundle(still(default_material))
    assert made.line_from[made.strong].tolist() == [2, 3]  # fluffy, then blue
    assert made.line_to[made.strong].tolist() == [4, 4]
    words = the(still(default_material), WordBoxes)
    assert words.arrays["lit"].tolist() == [0, 0, 1, 1, 1, 0, 0, 0, 0]


def test_without_the_start_token_it_has_neither_a_column_nor_lines(
    default_material: Material,
) -> None:
    made = Bundle(still(default_material, Look(sink="renormalise")))
    assert len(made.xs) == 8
    sums = np.bincount(made.line_to, made.threads.weights)
    np.testing.assert_allclose(sums, 1.0, atol=0.02)  # hairs below 0.005 are not drawn


def test_the_picture_s_values_are_the_merged_weights(default_material: Material) -> None:
    size = CHAPTERS["context"].figure().size(default_material.trace.n)
    _, picture = stage._drawn("context", default_material, Look(), size, "3-2")
    cells = {(cell.query, cell.key): cell for cell in picture.cells}
    assert cells[10, 9].value == pytest.approx(
        float(default_material.trace.weights[10, 7:10].sum()), abs=1e-6
    )
    for cell in picture.cells:
        x0, y0, x1, y1 = cell.box
        assert 0 <= x0 < x1 <= size[0]
        assert 0 <= y0 < y1 <= size[1]


@pytest.mark.parametrize("count", [8, 24])
@pytest.mark.parametrize("size", [(1920, 1080), (1080, 1080), (1080, 1920)])
def test_the_start_token_s_lines_are_one_flat_shape_below_the_others(
    count: int, size: tuple[int, int]
) -> None:
    renderer = stage.renderer_for(size, 10)
    scene = stage.scene_of("context", material("short", count), Look(credit=False), renderer)
    made = Bundle(scene)
    threads, line = made.threads, np.array(scene.theme.line) * 255
    scene.add(threads)
    threads.set(level=np.where(made.parked, 0.5, 0.0))
    alone = stage.pixels_of(scene)[:, :, :3].astype(int)
    threads.sources = np.arange(len(made.parked))  # one by one, and opaque
    threads.set(level=np.where(made.parked, 1.0, 0.0))
    covered = (np.abs(stage.pixels_of(scene)[:, :, :3] - line) <= 1).all(axis=2)
    threads.sources = made.line_from
    assert made.parked.sum() > 7 and covered.sum() > 10_000
    # However many lines meet at a pixel, it is as strong as one of them; only edges are weaker.
    assert alone.max() <= line.max() / 2 + 1
    assert (alone[covered] >= line / 2 - 1).all(axis=1).mean() > 0.98
    assert alone[covered].min() > 0  # and no hole
    threads.set(level=np.where(made.parked, 0.5, 1.0))
    both = stage.pixels_of(scene)[:, :, :3].astype(int)
    threads.set(level=np.where(made.parked, 0.0, 1.0))
    words = stage.pixels_of(scene)[:, :, :3].astype(int)
    bright = (np.abs(words - np.array(scene.theme.dot(0.35)) * 255) <= 1).all(axis=2)
    assert bright.sum() > 100
    np.testing.assert_allclose(both[bright], words[bright], atol=2)  # nothing lies on them


def test_once_a_word_is_chosen_the_other_start_lines_step_back_most(
    default_material: Material,
) -> None:
    scene = still(default_material)
    made, level = Bundle(scene), the(scene, Threads).arrays["level"]
    assert (level[made.of_target] == 1).all()
    others = ~made.of_target
    assert level[made.parked & others].max() < level[~made.parked & others].min()
    assert level[made.parked & others].max() <= 0.25


def test_a_pulse_touches_its_own_piece_of_a_line_and_nothing_else(
    default_material: Material,
) -> None:
    made = Bundle(still(default_material))
    before = {name: array.copy() for name, array in made.threads.arrays.items()}
    pulse = np.where(made.strong, 0.3, OFF)
    made.threads.arrays["pulse"] = pulse
    parts = made.threads.changed_parts(before)
    assert parts is not None
    assert len(parts) == 2
    assert ((parts[:, 3] - parts[:, 1]) < 0.4 * (made.begin_y - made.end_y)).all()


def test_what_a_word_gives_is_no_stronger_where_its_lines_lie_on_each_other(
    default_material: Material,
) -> None:
    renderer = stage.renderer_for((1920, 1080), 10)
    scene = stage.scene_of("context", default_material, Look(credit=False), renderer)
    made = Bundle(scene)
    threads, line = made.threads, np.array(scene.theme.dot(0.35)) * 255
    scene.add(threads)
    roamed = 5
    assert (made.line_from == roamed).sum() > 3
    threads.set(level=np.where(made.line_from == roamed, 0.5, 0.0))
    together = stage.pixels_of(scene)[:, :, :3].astype(int)
    assert (together <= line / 2 + 1).all()
    threads.sources = np.arange(len(made.line_from))
    threads.set(level=np.where(made.line_from == roamed, 0.6, 0.0))
    apart = stage.pixels_of(scene)[:, :, :3].astype(int)
    assert (apart > 0.6 * line + 5).all(axis=2).sum() > 500


def test_lines_that_were_painted_before_look_as_if_they_were_painted_for_the_first_time(
    default_material: Material,
) -> None:
    scene = still(default_material)
    threads, camera = the(scene, Threads), scene.renderer.camera

    def painted(mobject: Threads) -> np.ndarray:
        camera.reset()
        camera.display_painted([mobject], camera.pixel_array)
        return camera.pixel_array.copy()

    before, m = painted(threads), len(threads.weights)
    copy = threads.copy()
    for grown, level in ((0.4, 1.0), (1.0, 0.3), (1.0, 0.8)):
        threads.set(grown=np.linspace(grown, 1, m), level=level)
        anew = Threads(
            *(threads.begins, threads.ends, threads.weights, threads.full, threads.colours),
            *(threads.accents, threads.bright),
            sources=threads.sources,
        )
        anew.arrays.update(threads.arrays)
        np.testing.assert_array_equal(painted(threads), painted(anew))
    np.testing.assert_array_equal(painted(copy), before)


def test_where_columns_are_narrow_the_largest_shares_are_shown_and_none_is_passed_over() -> None:
    made = Bundle(still(material("short", 24), Look(query="saw#2")))
    row, columns = made.rounded[made.word], np.flatnonzero(made.seen[made.word])
    shown = [c for c, seen in zip(columns, made.shares.arrays["shown"], strict=True) if seen]
    hidden = [c for c in columns.tolist() if c not in shown]
    assert len(columns) > 16 and set(made.share_rows.values()) == {0, 1}
    assert shown and min(row[shown]) >= max(row[hidden])
    boxes = made.shares.boxes(made.shares.arrays)[made.shares.arrays["shown"] > 0]
    meets = (boxes[:, None, :2] < boxes[None, :, 2:]).all(2)
    assert (meets & meets.T).sum() == len(boxes)  # each meets itself alone


def test_a_share_without_room_ends_the_list_and_two_rows_hold_neighbours() -> None:
    xs = np.arange(5.0)
    found = in_rows(xs, np.array([0.15, 0.0, 0.13, 0.68, 0.03]), 1.5)
    assert found == {3: 0, 0: 0, 2: 1, 4: 1}
    # 0.3 finds no room between its neighbours, so 0.1 is left out too.
    assert in_rows(xs, np.array([0.1, 0.0, 0.32, 0.3, 0.33]), 2.5) == {4: 0, 2: 1}
