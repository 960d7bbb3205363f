"""Every family against transformers, on tiny random models with odd sizes.

Needs the extra `oracle` (torch, transformers). The same comparison prints the table that stands in
docs/models.md: python -m tests.oracle.families
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from attention_core import AttentionError, Material, Trace, trace
from attention_core.models.t5 import relative_buckets
from attention_core.ops import gelu, gelu_tanh, layer_norm
from tests.oracle.families import CASES, TEXTS, measure, save

pytestmark = pytest.mark.oracle
every_case = pytest.mark.parametrize("name", CASES)


@every_case
def test_a_tiny_model_computes_what_transformers_computes(
    name: str, tmp_path: Path, record_property: Any
) -> None:
    found = measure(CASES[name], tmp_path)
    for what, value in found._asdict().items():
        record_property(what, value)
    print(f"{name}: attention {found.attention:.1e} hidden {found.hidden:.1e}")
    assert found.attention < 1e-5
    assert found.hidden < 1e-4
    assert found.logits < 2e-4


@every_case
def test_its_trace_is_whole_and_is_saved_and_loaded(name: str, tmp_path: Path) -> None:
    save(CASES[name], tmp_path / "model")
    for text in TEXTS.values():
        found = trace(text, str(tmp_path / "model"), layer=1)
        assert found.start_rule
        found.save(tmp_path / "t.npz")
        loaded = Trace.load(tmp_path / "t.npz")
        assert loaded.header() == found.header()
        assert loaded.arrays().keys() == found.arrays().keys()
        found.save(tmp_path / "t.json")
        as_json = Trace.load(tmp_path / "t.json")
        np.testing.assert_allclose(as_json.weights, found.weights, atol=1e-6)
        assert "".join(word.text for word in found.words).replace(" ", "") == text.replace(" ", "")
        rows = [row for word in found.words for row in word.pieces]
        assert sorted(rows) == list(found.word_rows)


def test_the_terms_of_a_family_are_named_in_its_trace(tmp_path: Path) -> None:
    def of(name: str, layer: int = 1) -> Trace:
        save(CASES[name], tmp_path / name)
        return trace(TEXTS["default"], str(tmp_path / name), layer=layer, head=3)

    gemma2, gemma3, t5 = of("gemma2", 2), of("gemma3", 5), of("t5", 2)
    assert (gemma2.soft_cap, gemma2.window) == (1.5, 9)
    assert gemma2.need("unmasked").max() <= 1.5
    assert gemma2.divisor == pytest.approx(17**0.5)
    assert (gemma3.window, gemma3.soft_cap) == (None, None)
    assert gemma3.need("q_unnormed").shape == gemma3.need("q_unrotated").shape
    assert (t5.divisor, t5.causal, t5.start) == (1, False, None)
    np.testing.assert_array_equal(t5.scores, t5.scaled)
    np.testing.assert_allclose(t5.scaled + t5.need("position_bias"), t5.masked, rtol=1e-6)
    gpt2 = of("gpt2")
    assert gpt2.need("position").shape == gpt2.need("embedding").shape
    assert gpt2.need("output_bias").shape == (35,)
    with pytest.raises(AttentionError, match="does not divide its scores"):
        Material.build(TEXTS["default"], str(tmp_path / "t5"), needs=["scaling"])
    with pytest.raises(AttentionError, match="masks nothing"):
        Material.build(TEXTS["default"], str(tmp_path / "t5"), needs=["leak"])


def test_the_buckets_of_t5_are_those_of_transformers() -> None:
    import torch
    from transformers.models.t5.modeling_t5 import T5Attention

    at = torch.arange(300)
    for buckets, farthest in ((32, 128), (12, 40), (64, 200)):
        wanted = T5Attention._relative_position_bucket(
            at[None, :] - at[:, None], True, buckets, farthest
        )
        np.testing.assert_array_equal(relative_buckets(300, buckets, farthest), wanted.numpy())


def test_the_small_functions_are_those_of_torch() -> None:
    import torch

    x = np.random.default_rng(0).normal(0, 3, (50, 40)).astype(np.float32)
    there = torch.from_numpy(x)
    for ours, how in ((gelu, "none"), (gelu_tanh, "tanh")):
        wanted = torch.nn.functional.gelu(there, approximate=how).numpy()
        np.testing.assert_allclose(ours(x), wanted, rtol=1e-6, atol=1e-6)
    w, b = x[0], x[1]
    wanted = torch.nn.functional.layer_norm(
        there, (40,), torch.from_numpy(w), torch.from_numpy(b), 1e-12
    )
    np.testing.assert_allclose(layer_norm(x, w, b, 1e-12), wanted.numpy(), rtol=1e-5, atol=1e-5)
