"""The chapter on values: its numbers are the Material's, its arrows are exactly to scale."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from made import material
from test_pictures import on_still, reading

from attention_core import Material
from attention_core.rounding import format_entry, format_norm, format_weight, shares
from attention_core.sink import without_start
from rendering import stage
from scenes.kit import typeset
from scenes.kit.arrows import Arrows
from scenes.kit.label import Label
from scenes.kit.lens import LARGEST
from scenes.kit.notation import shown_entries
from scenes.kit.plane import Plane
from scenes.kit.table import Table
from scenes.look import Look
from scenes.registry import CHAPTERS


def numbers_of(made: Material, row: int) -> set[str]:
    """Every number that the chapter may show of one query, as it is written."""
    trace, arrays = made.trace, made.arrays
    vectors = [*trace.v, *arrays["weighted"][row], arrays["mixed"][row], trace.need("update")[row]]
    vectors += [trace.residual[row], trace.need("block_update")[row], trace.need("x_out")[row]]
    entries = {format_entry(value) for vector in vectors for value in shown_entries(vector)}
    lengths = {format_norm(float(length)) for length in arrays["lengths"][row]}
    weights = {format_weight(share) for share in shares(trace.weights[row]).tolist()}
    return entries | lengths | weights


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
    stage._scene("values", made, look, renderer=renderer).construct()
    return found


@pytest.mark.parametrize("sink", ["show", "renormalise"])
def test_every_number_of_the_clip_is_in_the_material(default_material: Material, sink: Any) -> None:
    made = without_start(default_material) if sink == "renormalise" else default_material
    allowed = numbers_of(made, 4)
    drawn = {id(typeset.number(text, bold)) for text in allowed for bold in (False, True)}
    numeric = 0
    for table in walk(default_material, Look(sink=sink)):
        known = [id(ink.parts[0][0]) in drawn for ink in table.inks]
        dots = [ink.parts[0][0] is typeset.math("dots.h.c") for ink in table.inks]
        if any(known):  # a table of numbers holds nothing else
            assert all(number or dot for number, dot in zip(known, dots, strict=True))
            numeric += sum(known)
        else:
            assert not any(dots)
    assert numeric == (89 if sink == "show" else 78)


def test_the_weights_on_screen_sum_to_one(default_material: Material) -> None:
    hundredths = {f"{share / 100:.2f}" for share in range(101)}
    tables = on_still(Table, "values", "value", default_material)
    read = [[reading(ink, hundredths) for ink in table.inks] for table in tables]
    (weights,) = (texts for texts in read if all(texts))
    assert len(weights) == 5
    assert round(sum(float(text or "nan") for text in weights), 10) == 1.0


def test_the_sum_on_screen_is_that_of_the_weighted_values(default_material: Material) -> None:
    trace = default_material.trace
    mixed = trace.weights[4] @ trace.v
    wanted = [format_entry(float(value)) for value in (*mixed[:4], mixed[-1])]
    tables = on_still(Table, "values", "value", default_material)
    rows = [[reading(ink, set(wanted)) for ink in table.inks] for table in tables]
    assert [*wanted[:4], None, wanted[4]] in rows


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
    speck = plane.speck.ends[0, 1] - plane.speck.ends[0, 0]
    assert np.linalg.norm(speck) == pytest.approx(plane.scale * np.linalg.norm(head), rel=1e-4)
    assert angle(speck, arrows[0]) == pytest.approx(angle(head, vectors[0]), abs=0.05)


def test_the_lens_magnifies_by_the_factor_that_it_names(default_material: Material) -> None:
    plane, scene = drawn(default_material)
    lens = plane.lens
    assert lens.factor in (3.0, 4.0, 5.0)
    speck, large = (arrows.ends[-1] for arrows in (plane.speck, lens.arrows))
    np.testing.assert_allclose(large[1] - large[0], lens.factor * (speck[1] - speck[0]))
    assert np.linalg.norm(large[1] - large[0]) <= LARGEST
    for small, whole in zip(
        np.diff(np.reshape(lens.source, (2, 2)), axis=0),
        np.diff(np.reshape(lens.box, (2, 2)), axis=0),
        strict=True,
    ):
        np.testing.assert_allclose(whole, lens.factor * small)
    named = typeset.math(f"times {lens.factor:.0f}")
    assert any(isinstance(m, Label) and m.ink.parts[0][0] is named for m in scene.mobjects)


def test_a_large_change_of_one_head_needs_no_lens() -> None:
    plane, _ = drawn(material("short", 3))
    assert plane.lens.factor == 1.0
    assert plane.lens.glass == []


def test_the_arrow_s_tip_is_painted_where_the_vector_ends(default_material: Material) -> None:
    plane, scene = drawn(default_material)
    scene.camera.reset()
    scene.camera.capture_mobjects(scene.mobjects)
    pixels = np.asarray(scene.camera.pixel_array[..., :3], int)
    for arrows, index in ((plane.arrows, 2), (plane.speck, 0)):
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
