"""Sentences that run from right to left: so do their boxes, with nothing overlapping."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from attention_core import Material, Trace
from rendering import stage
from scenes.kit.audit import audit
from scenes.kit.header import Header
from scenes.look import Look

SENTENCE = ["<s>", "החתול", " הכח", "ול", " ישן", " ביער"]


@pytest.fixture(scope="module")
def material() -> Material:
    """Four Hebrew words, the second one in two pieces; DejaVu, or any other font, draws them."""
    q, k, v = np.random.default_rng(3).normal(0, 1.2, (3, len(SENTENCE), 16))
    return Material({"main": Trace.from_arrays(SENTENCE, q, k, v, start=True)})


@pytest.mark.parametrize("orientation", ["columns", "rows"])
@pytest.mark.parametrize("slug", ["dot-products", "softmax", "context"])
def test_boxes_run_from_right_to_left(material: Material, slug: str, orientation: Any) -> None:
    figure = "pattern" if slug == "softmax" else None
    look = Look(orientation=orientation)
    scene, picture = stage._drawn(slug, material, look, (1920, 1080), figure)
    assert audit(scene) == []
    if slug == "context":
        xs = [float(x) for x in next(m for m in scene.mobjects if hasattr(m, "row")).row.middles]
        assert xs == sorted(xs, reverse=True)
        return
    role, other = ("query", "key") if orientation == "columns" else ("key", "query")
    across = {getattr(cell, role): cell.box[0] for cell in picture.cells}
    assert [across[token] for token in sorted(across)] == sorted(across.values(), reverse=True)
    down = {getattr(cell, other): cell.box[1] for cell in picture.cells}
    assert [down[token] for token in sorted(down)] == sorted(down.values())


def test_the_pieces_of_a_word_share_a_box_with_a_seam_between_them(material: Material) -> None:
    scene, _ = stage._drawn("dot-products", material, Look(), (1920, 1080), None)
    header = next(m for m in scene.mobjects if isinstance(m, Header) and m.across)
    run = next(run for run in header.runs if len(run) == 2)
    x0, _, x1, _ = header.word_box(run)
    first, second = (float(header.axis.centres[index]) for index in run)
    assert x0 < second < header.axis.side(run[1]) < first < x1
