"""Families with a term of their own: the numbers that softmax reads are the ones on screen."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from reading import Reader, drawn, played
from test_pictures import reading

from attention_core import Material, Trace
from attention_core.counterfactual import leak_shares, scaling
from attention_core.rounding import MINUS, format_score
from rendering import stage
from scenes.kit import typeset
from scenes.kit.cells import Numbers
from scenes.look import Look
from scenes.registry import CHAPTERS

N, D_K = 6, 16
TEXTS = ["<s>", "a", " red", " cat", " sat", " down"]


def made(**family: Any) -> Material:
    """A seeded head of a family with these terms; its scores are far from small."""
    q, k, v = np.random.default_rng(4).normal(0, 1.4, (3, N, D_K))
    trace = Trace.from_arrays(TEXTS, q, k, v, start=True, **family)
    arrays = {"leak_share": np.asarray(leak_shares(trace.before_mask[None], 1)[0])}
    if trace.divides_by != 1:
        arrays |= scaling(trace)
    return Material({"main": trace, "leak": trace}, arrays)


BIAS = np.random.default_rng(5).normal(0, 3, (N, N))
T5 = {"divisor": 1.0, "position_bias": BIAS}
GEMMA2 = {"soft_cap": 2.0}
FAMILIES = [T5, GEMMA2, {"divisor": 8.0, "soft_cap": 3.0, "position_bias": BIAS}]


def number_in(text: str) -> float:
    """A number as it is displayed."""
    return -np.inf if "∞" in text else float(text.replace(MINUS, "-"))


def softmax(row: np.ndarray) -> np.ndarray:
    """The textbook's, in double precision."""
    return np.exp(row - row.max()) / np.exp(row - row.max()).sum()


def on_board(layer: Numbers) -> np.ndarray:
    """What a layer of scores or weights shows: (N, N), nan where it shows nothing."""
    possible = {format_score(x / 10) for x in range(-400, 400)} | {
        *(f"{x / 100:.2f}" for x in range(101)),
        format_score(-np.inf),
    }
    shown = np.full((N, N), np.nan)
    for query, key, ink in zip(layer.board.query_of, layer.board.key_of, layer.inks, strict=True):
        if ink is not None:
            shown[query, key] = number_in(reading(ink, possible) or "nan")
    return shown


@pytest.mark.parametrize("family", FAMILIES)
def test_softmax_of_the_scores_on_screen_is_the_weights_on_screen(family: dict[str, Any]) -> None:
    size = CHAPTERS["softmax"].figure("3-6").size(N)
    scene, _ = stage._drawn("softmax", made(**family), Look(), size, "3-6")
    scores, weights = (on_board(m) for m in scene.mobjects if isinstance(m, Numbers))
    for row in range(1, N):
        # A score is off by 0.05 at most, so a weight by 10 %, and half a hundredth by rounding.
        expected, seen = softmax(scores[row]), np.nan_to_num(weights[row])
        np.testing.assert_allclose(seen, expected, rtol=0.11, atol=0.011)


@pytest.mark.parametrize("family", FAMILIES)
def test_the_tilted_grid_shows_the_scores_that_softmax_reads(family: dict[str, Any]) -> None:
    material = made(**family)
    scene, _ = stage._drawn("softmax", material, Look(), (1920, 1080), "3-5")
    (scores,) = (on_board(m) for m in scene.mobjects if isinstance(m, Numbers))
    np.testing.assert_allclose(scores[1:], material.trace.masked[1:], atol=0.051)


@pytest.mark.parametrize("family", FAMILIES)
def test_the_mask_is_laid_on_the_scores_that_softmax_reads(family: dict[str, Any]) -> None:
    material = made(**family)
    layers: list[Numbers] = []

    def see(scene: Any) -> None:
        layers.extend(m for m in scene.mobjects if isinstance(m, Numbers) and m not in layers)

    played("mask", material, Look(), see)
    scores = on_board(next(layer for layer in layers if all(layer.inks)))[1:]
    leaking = [softmax(row) for row in scores]
    np.testing.assert_allclose(leaking, material.trace.unmasked_weights[1:], rtol=0.11, atol=0.006)


def formulas(slug: str, material: Material) -> set[str]:
    """Every formula that a clip shows, at any of its beats."""
    found: set[str] = set()
    with pytest.MonkeyPatch.context() as patch:
        reader = Reader(patch)
        played(slug, material, Look(credit=False), lambda scene: found.update(reader.on(scene)))
    return found


def test_the_clip_on_scaling_divides_by_what_the_family_divides_by() -> None:
    plain = formulas("scale", made())
    assert {"div 4", "sqrt(d_k) = 4", "(q dot k) slash sqrt(d_k)"} <= plain
    own = formulas("scale", made(divisor=12.0))
    assert "div 12" in own and "(q dot k) slash 12" in own
    assert not any("sqrt" in formula for formula in own)


def test_a_cap_and_a_bias_stand_in_the_formulas_by_name() -> None:
    shown = formulas("scale", made(**GEMMA2))
    assert 'op("softmax")(op("cap")((q dot k) slash sqrt(d_k)))' in shown
    assert not any("+ b" in formula for formula in shown)
    shown = formulas("scale", made(divisor=8.0, position_bias=BIAS))
    assert 'op("softmax")((q dot k) slash 8 + b)' in shown


def test_captions_and_alt_texts_name_the_true_divisor() -> None:
    _, plain = drawn("scale", made(), Look())
    assert "Dividing by √d_k" in plain.caption and "the square root of 16." in plain.alt
    _, own = drawn("scale", made(divisor=12.0), Look())
    assert "Dividing by 12 " in own.caption and "divided by 12." in own.alt


@pytest.mark.parametrize(
    ("family", "words"),
    [
        ({}, "scaled and masked scores"),
        (T5, "position-biased and masked scores"),
        (GEMMA2, "scaled, soft-capped and masked scores"),
        ({"causal": False}, "scaled scores"),
    ],
)
def test_a_picture_says_what_was_done_to_its_scores(family: dict[str, Any], words: str) -> None:
    size = CHAPTERS["softmax"].figure("3-6").size(N)
    scene, picture = stage._drawn("softmax", made(**family), Look(), size, "3-6")
    shown = {id(m.ink.parts[0][0]) for m in scene.mobjects if hasattr(m, "ink")}
    assert id(typeset.text(words, "regular")) in shown
    assert words in picture.alt
