"""The gallery's numbers: each cell of a picture is named for what it is, and written as there."""

from __future__ import annotations

import json
from typing import Any

import pytest

from attention_core.material import Material
from rendering import gallery, report, stage
from rendering.job import RenderJob
from scenes.look import Look
from scenes.registry import CHAPTERS

SIZE = (1920, 1080)
FIGURES = [(slug, figure.name) for slug, chapter in CHAPTERS.items() for figure in chapter.figures]


def cells(
    slug: str, figure: str, material: Material
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """What a still's sidecar says, and what the gallery makes of its cells."""
    picture = stage.describe(slug, material, Look(), SIZE, figure)
    job = RenderJob((slug,), None, (), Look(), "png", SIZE, None)
    about = json.loads(json.dumps(report.sidecar(job, material.traces[picture.trace], picture)))
    return about, list(gallery._cells(about))


@pytest.mark.parametrize(("slug", "figure"), FIGURES)
def test_every_cell_of_every_picture_has_its_words(
    slug: str, figure: str, default_material: Material
) -> None:
    about, found = cells(slug, figure, default_material)
    assert len(found) == sum(cell["value"] is not None for cell in about["cells"]) > 0
    # No two cells say that they are the same: a token, an entry, a temperature.
    places = [(cell["query"], cell["key"], cell["value"]) for cell in found]
    repeated = len(about["tokens"]) != len(set(about["tokens"]))
    assert repeated or len(set(places)) == len(places)


def test_what_is_no_token_is_called_by_its_name(default_material: Material) -> None:
    _, entries = cells("tokens", "tokens", default_material)
    assert {cell["key"] for cell in entries} == {"1", "2", "3", "4", "576"}
    about, nexts = cells("next-token", "next-token", default_material)
    assert {cell["query"] for cell in nexts} == {"T = 0.5", "T = 1", "T = 2"}
    assert {cell["key"] for cell in nexts} == set(about["columns"].values())
    for temperature in ("T = 0.5", "T = 1", "T = 2"):
        shown = [cell["value"] for cell in nexts if cell["query"] == temperature]
        assert "0.000" not in shown  # what has a chance is not shown to have none
        assert round(sum(float(text) for text in shown if text != "<0.001"), 3) == 1.0
