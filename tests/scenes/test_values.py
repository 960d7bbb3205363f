"""The chapter on values: its numbers are the Material's, its arrows are exactly to scale."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from made import material
from reading import shape
from test_pictures import on_still, reading

from attention_core import Material
from attention_core.focus import find_word
from attention_core.rounding import (
    format_entry,
    format_nested,
    format_norm,
    format_sum,
    format_weight,
    shares,
    table_decimals,
)
from attention_core.sink import without_start
from rendering import stage
from scenes.kit import typeset
from scenes.kit.arrows import Arrows
from scenes.kit.audit import audit
from scenes.kit.counted import counted
from scenes.kit.label import Label
from scenes.kit.lens import LARGEST
from scenes.kit.notation import as_named, change_inks, named, shown_entries
from scenes.kit.outline import EMPTY, Ink, Outline
from scenes.kit.plane import Plane
from scenes.kit.sizes import STILL_EM
from scenes.kit.table import Table
from scenes.kit.theme import DARK, THEMES, Theme, blend, contrast
from scenes.kit.weighing import Weighing
from scenes.look import Look
from scenes.registry import CHAPTERS


def numbers_of(made: Material, row: int) -> set[str]:
    """Every number that the chapter may show of one query, as it is written."""
    trace, arrays = made.trace, made.arrays
    keys = [key for key in range(row + 1) if trace.weights[row, key]]
    alone = [*trace.v, trace.need("update")[row]]
    sums = [
        (arrays["weighted"][row, keys], arrays["mixed"][row]),
        (
            np.stack([trace.residual[row], trace.need("block_update")[row]]),
            trace.need("x_out")[row],
        ),
    ]
    entries = {format_entry(float(v[i])) for v in alone for i in shown_entries(len(v))}
    for addends, total in sums:
        shown = shown_entries(len(total))
        decimals = table_decimals(np.vstack([addends, total])[:, shown])
        for i in shown:
            parts, whole = format_sum(addends[:, i], float(total[i]), decimals)
            entries |= {*parts, whole}
    head, block = trace.need("update")[row], trace.need("block_update")[row]
    for i in shown_entries(len(head)):
        pair = np.array([head[i], block[i] - head[i]], float)
        texts, _ = format_nested(pair, float(trace.residual[row, i]), float(trace.x_out[row, i]))
        entries |= {*texts}
    lengths = {format_norm(float(length)) for length in arrays["lengths"][row]}
    lengths.add(format_norm(float(np.linalg.norm(block - head))))
    weights = {format_weight(share) for share in shares(trace.weights[row]).tolist()}
    return entries | lengths | weights


BOLD = (False, True)


def number_in(ink: Ink) -> Outline:
    """The number of a piece of type: of a factor, that between its signs."""
    if len(ink.parts) == 3:
        times, number, equals = [outline for outline, _ in ink.parts]
        assert shape(times) == shape(typeset.math("times"))
        assert shape(equals) == shape(typeset.number("="))
        return number
    return ink.parts[0][0] if ink.parts else EMPTY


def walk(made: Material, look: Look) -> list[Any]:
    """Every table that is on screen at the end of a play."""
    renderer = stage.renderer_for((1280, 720), 10)
    renderer.wanted = []
    visit = renderer._visit
    found: list[Any] = []

    def visited(scene: Any) -> None:
        visit(scene)
        found.extend(m for m in scene.mobjects if isinstance(m, Table) and m not in found)

    renderer._visit = visited  # type: ignore[method-assign]
    stage.scene_of("values", made, look, renderer).construct()
    return found


@pytest.mark.parametrize("sink", ["show", "renormalise"])
def test_every_number_of_the_clip_is_in_the_material(default_material: Material, sink: Any) -> None:
    made = without_start(default_material) if sink == "renormalise" else default_material
    allowed = numbers_of(made, 4)
    drawn = {shape(typeset.number(text, bold)) for text in allowed for bold in BOLD}
    numeric = 0
    for table in walk(default_material, Look(sink=sink)):
        outlines = [number_in(ink) for ink in table.inks if ink.parts]
        known = [shape(outline) in drawn for outline in outlines]
        dots = [outline is typeset.math("dots.h.c") for outline in outlines]
        if any(known):  # a table of numbers holds nothing else
            assert all(number or dot for number, dot in zip(known, dots, strict=True))
            numeric += sum(known)
        else:
            assert not any(dots)
    assert numeric == (100 if sink == "show" else 88)  # each weight twice


def test_the_weights_on_screen_sum_to_one(default_material: Material) -> None:
    hundredths = {f"{share / 100:.2f}" for share in range(101)}
    tables = on_still(Table, "values", "value", default_material)
    known = {shape(typeset.number(text, bold)): text for text in hundredths for bold in BOLD}
    read = [[known.get(shape(number_in(ink))) for ink in table.inks] for table in tables]
    (weights,) = (texts for texts in read if all(texts))
    assert len(weights) == 5
    assert round(sum(float(text or "nan") for text in weights), 10) == 1.0


SIGNED = {f"{s}{i / 100:.2f}" for s in ("+", "−") for i in range(1, 1000)} | {"0.00"}


def number_rows(figure: str, made: Material, look: Look | None = None) -> list[list[Decimal]]:
    """The entries that a still shows, row by row from the top, read from its type."""
    size = CHAPTERS["values"].figure(figure).size(made.trace.n)
    scene = stage._drawn("values", made, look or Look(), size, figure)[0]
    rows: dict[float, list[Decimal]] = {}
    for table in (m for m in scene.mobjects if isinstance(m, Table)):
        texts = [reading(ink, SIGNED) if ink.parts else None for ink in table.inks]
        if not any(text and text[0] in "+−" for text in texts):
            continue  # names, words, weights
        for text, (_, y) in zip(texts, table.arrays["spot"].tolist(), strict=True):
            if text:
                rows.setdefault(-y, []).append(Decimal(text.replace("−", "-")))
    return [rows[y] for y in sorted(rows)]


def split(rows: list[Any], count: int) -> tuple[list[Any], list[Any]]:
    return rows[:count], rows[count:]


def weighing_of(made: Material, look: Look, *, still: bool) -> Weighing:
    renderer = stage.renderer_for((1280, 720), 10)
    scene = stage.scene_of("values", made, look, renderer, still=still)
    return Weighing(scene, scene.query())


@pytest.mark.parametrize("query", ["a", "creature", "forest", "roamed"])
def test_the_weighted_values_on_screen_add_up_to_their_sum(
    default_material: Material, query: str
) -> None:
    trace = default_material.trace
    row = find_word(trace, query).pieces[-1]
    made = weighing_of(default_material, Look(query=query), still=True).counted
    assert bool(made.rest) == (query == "forest")  # of its 11 tokens some share a row
    keys, (total, written, *_) = split(
        number_rows("value", default_material, Look(query=query)), made.rows
    )
    assert [sum(column) for column in zip(*keys, strict=True)] == total
    shown = [0, 1, 2, 3, -1]
    every = trace.weights[row, :, None] * trace.v
    products = every[made.keys][:, shown]
    if made.rest:
        products = np.vstack([products, every[made.rest].sum(0)[shown]])
    assert np.abs(products - np.array(keys, float)).max() < 0.01
    mixed = trace.weights[row] @ trace.v
    np.testing.assert_allclose(np.array(total, float), mixed[shown], atol=0.00501)
    # It is one of two parts of the change by all heads, which add up as they are shown.
    update = trace.need("update")[row][shown]
    np.testing.assert_allclose(np.array(written, float), update, atol=0.01)


def test_keys_that_share_a_row_are_rounded_and_then_added() -> None:
    weights = np.array([0.5, 0.004, 0.004, 0.004, 0.295, 0.193])
    every = counted(weights, [*range(6)], {0}, 6)
    assert (every.keys, every.rest) == ([*range(6)], [])
    made = counted(weights, [*range(6)], {0, 1}, 5)
    assert (made.keys, made.rest) == ([0, 1, 4, 5], [2, 3])
    assert made.weights[-1] == pytest.approx(0.008)
    assert made.shares.sum() == pytest.approx(1.0)
    assert np.abs(made.shares - made.weights).max() < 0.01
    # What has a row of its own reads as it does in the chapter on softmax.
    assert made.shares[:-1].tolist() == shares(weights)[made.keys].tolist()
    assert made.shares[-1] == pytest.approx(shares(weights)[made.rest].sum())
    # One that reads 0.01 only because the others have to sum to 1 is no stronger than those.
    tail = np.array([0.306, 0.286, *[0.0045] * 4, 0.39])
    assert counted(tail, [*range(7)], {0}, 6).rest == [2, 3, 4, 5]


def test_where_all_keys_count_the_strongest_keep_their_rows() -> None:
    weights = np.array([0.02, 0.14, 0.06, 0.3, 0.08, 0.1, 0.05, 0.25])
    made = counted(weights, [*range(8)], {0, 6}, 5)
    assert made.keys == [0, 3, 6, 7]
    assert made.rest == [1, 2, 4, 5]
    assert made.shares.sum() == pytest.approx(1.0)


@pytest.mark.parametrize("count", [8, 12, 24])
def test_a_clip_and_a_still_share_rows_out_and_round_alike(count: int) -> None:
    made = material("short", count)
    of_still, of_clip = (weighing_of(made, Look(), still=still) for still in (True, False))
    assert (of_still.keys, of_still.rest) == (of_clip.keys, of_clip.rest)
    for name in ("weighted", "factors"):
        read = [
            [shape(number_in(ink)) for ink in getattr(one, name).inks]
            for one in (of_still, of_clip)
        ]
        assert read[0] == read[1]


@pytest.mark.parametrize("count", [5, 24])
def test_a_still_tells_its_story_to_the_end_in_type_that_can_be_read(count: int) -> None:
    made = weighing_of(material("short", count), Look(), still=True)
    assert made.added.names[-3:] in (
        ["before", "of_block", "after"],
        ["of_block", "before", "after"],
    )
    assert len(made.moved) > 0
    assert made.em >= STILL_EM


def test_the_rows_of_a_long_sentence_add_up_and_are_large_enough_to_read() -> None:
    made = material("short", 24)
    weights = np.full(25, 0.001)
    weights[[0, 3, 24]] = 0.4, 0.3, 0.278  # the others together 0.022
    trace = replace(made.trace, weights=np.vstack([made.trace.weights[:-1], weights]))
    mixed = {"weighted": weights[:, None] * trace.v, "mixed": weights @ trace.v}
    arrays = {
        name: np.concatenate([made.arrays[name][:-1], array[None]]) for name, array in mixed.items()
    }
    given = Material({**made.traces, "main": trace}, {**made.arrays, **arrays}, made.texts)
    renderer = stage.renderer_for((1280, 720), 10)
    weighing = Weighing(stage.scene_of("values", given, Look(), renderer), 24)
    assert (weighing.keys, len(weighing.rest)) == ([0, 3, 24], 22)
    assert weighing.shares.tolist() == pytest.approx([0.4, 0.3, 0.28, 0.02])
    assert weighing.em >= 0.3
    rows, total = (
        [Decimal(text.replace("−", "-")) for ink in table.inks if (text := reading(ink, SIGNED))]
        for table in (weighing.weighted, weighing.total)
    )
    assert np.reshape(rows, (4, 5)).sum(0).tolist() == total


@pytest.mark.parametrize("figure", ["value", "plane"])
def test_before_and_change_on_screen_add_up_to_after(
    default_material: Material, figure: str
) -> None:
    rows = number_rows(figure, default_material)
    head, others, change, before, after = rows[-5:]
    assert rows[-5:] == number_rows("plane", default_material)
    assert [a + b for a, b in zip(head, others, strict=True)] == change
    assert [a + b for a, b in zip(before, change, strict=True)] == after
    trace, shown = default_material.trace, [0, 1, 2, 3, -1]
    for row, vector in ((before, trace.residual), (change, trace.need("block_update"))):
        assert np.abs(np.array(row, float) - vector[4, shown]).max() < 0.01
    np.testing.assert_allclose(np.array(after, float), trace.need("x_out")[4, shown], atol=0.00501)
    np.testing.assert_allclose(np.array(head, float), trace.need("update")[4, shown], atol=0.01)


def test_what_the_other_heads_change_is_shown_only_with_all_its_digits(
    default_material: Material,
) -> None:
    trace = default_material.trace
    rest = trace.need("block_update")[4] - trace.need("update")[4]
    _, others, *_ = number_rows("plane", default_material)
    np.testing.assert_allclose(np.array(others, float), rest[[0, 1, 2, 3, -1]], atol=0.01)
    # In thousands, E leaves no decimals to the small numbers that are added to it.
    wide = replace(trace, x_out=trace.x_out + 5000, hidden=None)
    alone = replace(trace, model=trace.model._replace(heads=1))
    for other in (wide, alone):
        own, none = change_inks(other, 4)
        assert none == []
        head = trace.need("update")[4]
        texts = [reading(ink, SIGNED) for ink in (*own[:4], own[-1])]
        assert texts == [format_entry(float(head[i])) for i in (0, 1, 2, 3, -1)]


def test_the_head_s_change_and_the_block_s_differ_in_name_and_colour(
    default_material: Material,
) -> None:
    plane, scene = drawn(default_material)
    head, block = named("E", 4, delta=True, above=8), named("E", 4, delta=True)
    colours = dict(zip(plane.names.inks, plane.names.colours, strict=True))
    assert colours[head] == DARK.output
    assert colours[block] == DARK.query
    assert plane.lens.arrows.colours == [DARK.output, DARK.query]
    labels = {m.ink: m.colour for m in scene.mobjects if isinstance(m, Label)}
    assert (labels[head], labels[block]) == (DARK.output, DARK.query)
    (name,) = (
        table
        for table in on_still(Table, "values", "value", default_material)
        if head in table.inks
    )
    assert name.colours == [DARK.output]


@pytest.mark.parametrize("theme", THEMES.values(), ids=list(THEMES))
def test_what_is_quiet_can_still_be_read(theme: Theme, default_material: Material) -> None:
    name = next(name for name, one in THEMES.items() if one is theme)
    size = CHAPTERS["values"].figure("value").size(11)
    scene = stage._drawn("values", default_material, Look(theme=name), size, "value")[0]
    for table in (m for m in scene.mobjects if isinstance(m, Table)):
        for colour, shown in zip(table.colours, table.arrays["shown"].tolist(), strict=True):
            assert contrast(blend(theme.background, colour, shown), theme.background) >= 4.5


def test_the_sidecar_of_the_plane_boxes_its_lengths(default_material: Material) -> None:
    size = CHAPTERS["values"].figure("plane").size(11)
    pixels, picture = stage.still("values", default_material, Look(), size, "plane")
    assert picture.quantity == "lengths"
    assert {(cell.query, cell.key) for cell in picture.cells} == {(4, i) for i in range(4)}
    for cell in picture.cells:
        assert cell.value == pytest.approx(float(default_material.arrays["lengths"][4, cell.key]))
        x0, y0, x1, y1 = (round(side) for side in cell.box)
        inside, around = (
            pixels[y0 - pad : y1 + pad, x0 - pad : x1 + pad, :3].astype(int) for pad in (1, 5)
        )
        assert inside.max() > 200  # the number, all of it, and nothing else
        assert around.sum() == pytest.approx(inside.sum(), rel=0.02)


def angle(one: np.ndarray, other: np.ndarray) -> float:
    """Between two vectors, in degrees."""
    cosine = one @ other / np.linalg.norm(one) / np.linalg.norm(other)
    return float(np.degrees(np.arccos(np.clip(cosine, -1, 1))))


def drawn(made: Material, look: Look | None = None) -> tuple[Plane, Any]:
    """The plane of the still, and its chapter."""
    size = CHAPTERS["values"].figure("plane").size(made.trace.n)
    scene = stage._drawn("values", made, look or Look(), size, "plane")[0]
    return Plane(scene, scene.query()), scene


@pytest.mark.parametrize("query", ["a", "creature", "forest", "verdant"])
def test_arrows_have_the_lengths_and_angles_of_the_vectors(
    default_material: Material, query: str
) -> None:
    plane, scene = drawn(default_material, Look(query=query))
    trace, row = default_material.trace, scene.query()
    vectors = [
        np.asarray(vector[row], float)
        for vector in (trace.residual, trace.need("block_update"), trace.need("x_out"))
    ]
    arrows = plane.arrows.ends[:, 1] - plane.arrows.ends[:, 0]
    for arrow, vector in zip(arrows, vectors, strict=True):
        assert np.linalg.norm(arrow) == pytest.approx(
            plane.scale * np.linalg.norm(vector), rel=1e-4
        )
        assert angle(arrow, arrows[0]) == pytest.approx(angle(vector, vectors[0]), abs=0.05)
    np.testing.assert_allclose(plane.arrows.ends[1, 0], plane.arrows.ends[0, 1])
    np.testing.assert_allclose(plane.arrows.ends[1, 1], plane.arrows.ends[2, 1])
    head = np.asarray(trace.need("update")[row], float)
    # The head's own stands under the lens, beside the block's dE, and their angle is written there.
    steps = plane.lens.arrows.ends[:, 1] - plane.lens.arrows.ends[:, 0]
    magnified = plane.lens.factor * plane.scale
    for step, vector in zip(steps, (head, vectors[1]), strict=True):
        assert np.linalg.norm(step) == pytest.approx(magnified * np.linalg.norm(vector), rel=1e-4)
    assert angle(*steps) == pytest.approx(angle(head, vectors[1]), abs=0.05)
    degrees = typeset.math(f"{angle(head, vectors[1]):.0f} degree")
    assert any(isinstance(m, Label) and m.ink.parts[0][0] is degrees for m in scene.mobjects)


def test_the_lens_magnifies_by_the_factor_that_it_names(default_material: Material) -> None:
    plane, scene = drawn(default_material)
    lens = plane.lens
    assert lens.factor in (2.0, 3.0, 4.0)
    begin, end = lens.arrows.ends[0]
    np.testing.assert_allclose(end - begin, lens.factor * plane.scale * plane.head)
    assert np.linalg.norm(end - begin) <= LARGEST
    named = typeset.math(f"times {lens.factor:.0f}")
    assert any(isinstance(m, Label) and m.ink.parts[0][0] is named for m in scene.mobjects)


def test_a_large_change_of_one_head_is_not_magnified() -> None:
    plane, _ = drawn(material("short", 3))
    lens = plane.lens
    assert lens.factor <= 2.0
    begin, end = lens.arrows.ends[0]
    np.testing.assert_allclose(end - begin, lens.factor * plane.scale * plane.head)


def test_the_arrow_s_tip_is_painted_where_the_vector_ends(default_material: Material) -> None:
    plane, scene = drawn(default_material)
    scene.camera.reset()
    scene.camera.capture_mobjects(scene.mobjects)
    pixels = np.asarray(scene.camera.pixel_array[..., :3], int)
    for arrows, index in ((plane.arrows, 2), (plane.lens.arrows, 0)):
        begin, tip = arrows.ends[index]
        step = (tip - begin) / np.linalg.norm(tip - begin)
        points = np.array([[*(tip - 0.06 * step), 0.0], [*(tip + 0.035 * step), 0.0]])
        (x0, y0), (x1, y1) = scene.camera.view.pixels(points).round().astype(int).tolist()
        assert pixels[y0, x0].max() > 150
        assert pixels[y1, x1].max() < 60


def test_a_table_s_row_is_all_that_is_painted_again(default_material: Material) -> None:
    plane, _ = drawn(default_material)
    before = {name: array.copy() for name, array in plane.entries.arrays.items()}
    plane.entries.arrays["shown"] = np.where(plane.entries.rows == 2, 0.5, 1.0)
    parts = plane.entries.changed_parts(before)
    assert parts is not None
    assert parts[:, 1].min() > plane.ys[3]
    assert parts[:, 3].max() < plane.ys[1]
    assert isinstance(plane.arrows, Arrows)


@pytest.mark.parametrize("size", [(1280, 720), (1080, 1080), (1080, 1920)])
@pytest.mark.parametrize("lang", ["en", "ko"])
def test_the_row_of_the_other_heads_fits_into_every_frame(
    default_material: Material, size: Any, lang: Any
) -> None:
    renderer = stage.renderer_for(size, 10)
    renderer.wanted = []
    visit = renderer._visit
    found: list[str] = []
    shown: list[int] = []

    def visited(scene: Any) -> None:
        visit(scene)
        found.extend(audit(scene))
        shown.extend(len(m.inks) for m in scene.mobjects if isinstance(m, Table))

    renderer._visit = visited  # type: ignore[method-assign]
    stage.scene_of("values", default_material, Look(lang=lang), renderer).construct()
    assert found == []
    assert 5 * 6 in shown  # five rows of five entries and dots


@pytest.mark.parametrize("size", [(1280, 720), (1080, 1920)])
@pytest.mark.parametrize("still", [True, False])
def test_how_many_entries_a_change_has_stands_above_them_and_not_among_the_weights(
    size: tuple[int, int], still: bool, default_material: Material
) -> None:
    scene = stage.scene_of("values", default_material, Look(), stage.renderer_for(size, 10))
    scene.is_still = still
    made = Weighing(scene, 4)
    through, _, _, written, head = made.returned
    assert head.ink.parts[0][0] is typeset.line("576 entries")
    rows = written.boxes(written.arrays), made.total.boxes(made.total.arrays)
    assert head.box[0] > rows[0][:, 0].min() and head.box[2] < rows[0][:, 2].max()
    assert rows[0][:, 3].max() + 0.04 < head.box[1] and head.box[3] + 0.04 < rows[1][:, 1].min()
    # Nearer to what it heads; whose change that is, and what the sum went through, is said at it.
    assert head.box[1] - rows[0][:, 3].max() < rows[1][:, 1].min() - head.box[3]
    words = [outline for outline, colour in through.ink.parts if colour is None]
    assert len(words[0].curves) == len(typeset.text("head 8, through").curves)


def test_what_is_said_beside_the_lens_names_vectors_as_they_are_drawn() -> None:
    vector = "arrow(bold(upright(E)))_4"
    for source, delta in ((vector, False), (f"Delta {vector}", True)):
        drawn = named("E", 4, delta=delta).parts[0][0]
        np.testing.assert_array_equal(as_named(source).curves, drawn.curves)
    assert as_named("times 3") is typeset.math("times 3")
