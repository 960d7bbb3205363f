"""What a chapter is given, and the file that is shipped for machines without a model."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from attention_core import DEFAULT_SENTENCE, AttentionError, Material, Trace, trace
from attention_core.counterfactual import leak_shares
from attention_core.derived import DERIVED, embedded_file
from attention_core.material import DEFAULT_FILE, NEEDS
from attention_core.models.base import Model
from attention_core.ops import softmax


@pytest.fixture
def no_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATTENTION_HOME", str(tmp_path / "nothing here"))


@pytest.mark.model
def test_the_shipped_file_holds_what_the_model_computes(
    model: Model, default_material: Material
) -> None:
    computed = Material.build(model=model, needs=NEEDS, options={"context": {"fresh": True}})
    assert set(default_material.traces) == set(computed.traces)
    assert set(default_material.arrays) == set(computed.arrays)
    assert default_material.texts == computed.texts
    for name, shipped in default_material.traces.items():
        here = computed.traces[name]
        assert shipped.header() == here.header()
        assert set(shipped.arrays()) == set(here.arrays()) - {"hidden"}
        for array, numbers in shipped.arrays().items():
            wanted = here.need(array)
            size = np.abs(wanted[np.isfinite(wanted)]).max()
            np.testing.assert_allclose(numbers, wanted, rtol=0, atol=2e-5 * size)
    for name, numbers in default_material.arrays.items():
        wanted = computed.arrays[name]
        # Processors add up float32 in orders of their own: what is rounded to float16 to keep its
        # file small may round to the neighbouring one.
        step = np.finfo(np.float16).eps if name == "context_weights" else 1e-7
        atol = 1e-4 * max(1.0, np.abs(wanted).max())
        np.testing.assert_allclose(numbers, wanted, rtol=step, atol=atol)


@pytest.mark.parametrize("path", [DEFAULT_FILE, *map(embedded_file, DERIVED)], ids=lambda p: p.stem)
def test_the_shipped_files_are_small(path: Path) -> None:
    assert path.stat().st_size < 400_000


def test_the_default_head_is_the_pinned_one(default_trace: Trace) -> None:
    assert default_trace.sentence == DEFAULT_SENTENCE
    assert (default_trace.layer, default_trace.head) == (19, 8)
    assert (default_trace.model.name, default_trace.model.quantisation) == ("smollm2", "Q4_1")


def test_without_the_scale_almost_all_goes_to_one_token(default_material: Material) -> None:
    weights = default_material.arrays["unscaled_weights"]
    masked = default_material.trace.masked
    np.testing.assert_allclose(weights, softmax(masked * np.float32(8)), atol=1e-5)
    assert (weights.max(axis=-1) > 0.97).all()
    before, after = (default_material.arrays[f"entropy_{s}scaled"] for s in ("", "un"))
    assert (after <= before).all()
    assert before[10] == pytest.approx(1.53, abs=0.01)


def test_the_leakiest_head_is_the_measured_one(default_material: Material) -> None:
    leak = default_material.traces["leak"]
    assert (leak.layer, leak.head) == (17, 5)
    share = default_material.arrays["leak_share"]
    assert share == pytest.approx(0.58, abs=0.005)
    assert share == default_material.arrays["leak_shares"].max()
    future = np.triu(leak.unmasked_weights, k=1)[1:].sum(axis=-1).mean()
    assert share == pytest.approx(float(future), abs=1e-5)


def test_the_leak_counts_only_what_comes_after_the_query_of_a_word() -> None:
    scaled = np.zeros((1, 3, 3), np.float32)  # every query looks at all three tokens alike
    assert leak_shares(scaled, first=1)[0] == pytest.approx((1 / 3 + 0) / 2)


@pytest.mark.model
def test_a_head_that_was_asked_for_is_the_one_whose_leak_is_shown(model: Model) -> None:
    material = Material.build(model=model, layer=13, head=6, needs=["leak"])
    assert material.traces["leak"] is material.trace
    assert material.arrays["leak_share"] == pytest.approx(0.056, abs=0.001)


def test_a_saved_material_is_loaded_with_the_same_numbers(
    default_material: Material, tmp_path: Path
) -> None:
    for made, path in ((default_material, None), (Material.load(DEFAULT_FILE), DEFAULT_FILE)):
        made.save(tmp_path / "m.npz")
        assert Material.load(tmp_path / "m.npz").fingerprint() == made.fingerprint()
        if path is not None:
            assert (tmp_path / "m.npz").read_bytes() == path.read_bytes()


@pytest.mark.parametrize("name", ["t.npz", "t.json"])
def test_one_saved_trace_is_material_too(default_trace: Trace, tmp_path: Path, name: str) -> None:
    default_trace.save(tmp_path / name)
    assert Material.load(tmp_path / name).trace.header() == default_trace.header()


@pytest.mark.parametrize("array", [np.array("x"), np.ones(3), np.full(11, np.nan)])
def test_a_derived_array_that_does_not_fit_is_refused(
    default_trace: Trace, tmp_path: Path, array: np.ndarray
) -> None:
    Material({"main": default_trace}, {"entropy_scaled": array}).save(tmp_path / "m.npz")
    with pytest.raises(AttentionError, match="array entropy_scaled is not numbers of"):
        Material.load(tmp_path / "m.npz")


def test_a_need_that_nobody_knows_lists_the_known_ones() -> None:
    with pytest.raises(AttentionError, match="no material is called 'scale'; known: scaling"):
        Material.build(needs=["scale"])


@pytest.mark.usefixtures("no_model")
def test_without_the_model_the_default_sentence_still_works(default_trace: Trace) -> None:
    np.testing.assert_array_equal(trace().weights, default_trace.weights)
    assert Material.build(needs=NEEDS).traces["leak"].layer == 17
    asked = Material.build(layer=19, head=8, needs=NEEDS)
    assert asked.traces["leak"] is asked.trace
    assert asked.arrays["leak_share"] == pytest.approx(0.0036, abs=1e-4)


@pytest.mark.usefixtures("no_model")
@pytest.mark.parametrize(
    "run",
    [
        lambda: trace("another sentence"),
        lambda: trace(head=3),
        lambda: trace(logits=True),
        lambda: Material.build("another sentence"),
    ],
)
def test_without_the_model_anything_else_says_how_to_fetch_it(run: Callable[[], object]) -> None:
    with pytest.raises(AttentionError) as caught:
        run()
    assert str(caught.value) == (
        "the model smollm2 is not on this machine; fetch it with: render.py models fetch smollm2"
    )
