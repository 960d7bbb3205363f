"""The pixels agree with the numbers."""

from __future__ import annotations

import numpy as np
import pytest

from attention_core import Material
from attention_core.rounding import shares
from rendering import stage
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


@pytest.mark.parametrize(
    ("slug", "name"), [("dot-products", "3-4"), ("softmax", "pattern"), ("mask", "masked")]
)
def test_the_area_of_each_dot_is_its_value(
    slug: str, name: str, default_material: Material
) -> None:
    pixels, picture = draw(slug, name, default_material)
    words = [c for c in picture.cells if c.key != default_material.trace.start]
    values = np.array([0.0 if c.value is None else max(c.value, 0.0) for c in words])
    areas = np.array([dot_area(pixels, c.box) for c in words])
    assert areas.max() > 500
    np.testing.assert_allclose(areas / areas.max(), values / values.max(), atol=0.02)


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
