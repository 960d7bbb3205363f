"""What recedes can still be read: the contrast of every number, measured on the pixels."""

from __future__ import annotations

from collections import defaultdict
from typing import Any, get_args

import numpy as np
import pytest

from attention_core import Material
from rendering import stage
from scenes.kit.cells import Numbers
from scenes.kit.inventory import pieces_in
from scenes.kit.strip import Strip
from scenes.look import Look, Theme
from scenes.registry import CHAPTERS

LEAST = 4.5  # WCAG 2, level AA
STILLS = [("softmax", "3-6"), ("softmax", "3-5"), ("softmax", "pattern"), ("scale", "scale")]


def luminance(colours: np.ndarray) -> np.ndarray:
    """The relative luminance of WCAG 2: (..., 3) in 0..1 -> (...)."""
    linear = np.where(colours <= 0.04045, colours / 12.92, ((colours + 0.055) / 1.055) ** 2.4)
    return np.asarray(linear @ (0.2126, 0.7152, 0.0722))


def measured(
    slug: str, name: str, theme: Theme, material: Material
) -> dict[tuple[Any, int], tuple[float, float]]:
    """Of each number that faces us: the contrast of its strokes with its ground, and its size."""
    look, size = Look(theme=theme), CHAPTERS[slug].figure(name).size(material.trace.n)
    scene, _ = stage._drawn(slug, material, look, size, name)
    pixels = stage.still(slug, material, look, size, name)[0][..., :3] / 255
    found = {}
    for mobject in scene.mobjects:
        at = mobject.placement(scene.camera.view) if isinstance(mobject, Numbers | Strip) else None
        if at is None or not at.view.straight:
            continue
        for piece in pieces_in(mobject, None):
            if piece.shown < 0.05:
                continue
            corners = at.pixels(np.array(piece.box).reshape(2, 2))
            (x0, y0), (x1, y1) = corners.min(0).astype(int) - 3, corners.max(0).astype(int) + 4
            light = luminance(pixels[y0:y1, x0:x1].reshape(-1, 3))
            ground = float(np.median(light))
            ink = float(light.max() if theme == "dark" else light.min())
            ratio = (max(ink, ground) + 0.05) / (min(ink, ground) + 0.05)
            found[mobject, int(piece.what.split()[1])] = ratio, piece.em
    return found


@pytest.mark.parametrize("theme", get_args(Theme))
@pytest.mark.parametrize(("slug", "name"), STILLS)
def test_every_number_can_be_read(
    slug: str, name: str, theme: Theme, default_material: Material
) -> None:
    found = measured(slug, name, theme, default_material)
    assert len(found) >= 10
    assert min(ratio for ratio, _ in found.values()) >= LEAST


@pytest.mark.parametrize("theme", get_args(Theme))
def test_nothing_that_counts_is_as_quiet_as_what_does_not(
    theme: Theme, default_material: Material
) -> None:
    weights = default_material.trace.weights
    groups = defaultdict(list)
    for (layer, cell), (ratio, em) in measured("softmax", "3-6", theme, default_material).items():
        if not isinstance(layer, Numbers):
            continue
        query, key = int(layer.board.query_of[cell]), int(layer.board.key_of[cell])
        if np.isneginf(default_material.trace.masked[query, key]):
            groups["masked"].append((ratio, em))
        elif em < layer.em:
            groups["zero"].append((ratio, em))
            assert weights[query, key] < 0.01
        else:
            groups["counts"].append((ratio, em))
    least, smallest = (min(values) for values in zip(*groups["counts"], strict=True))
    for name in ("masked", "zero"):
        assert len(groups[name]) > 15
        loudest, largest = (max(values) for values in zip(*groups[name], strict=True))
        assert loudest < least and largest < smallest
