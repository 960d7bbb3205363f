"""The long text: its beginnings are the shorter runs, and what its weights cost."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from attention_core import AttentionError, Material, Trace, trace
from attention_core.checks import check_trace
from attention_core.derived import context
from attention_core.derived.context import SIZES, beginning, cost, text
from attention_core.models.base import Model
from attention_core.rounding import format_bytes, format_count
from tests.attention_core import tiny_model


def test_the_shipped_pattern_is_causal_and_its_rows_sum_to_one(default_material: Material) -> None:
    weights = default_material.need("context_weights").astype(np.float64)
    assert weights.shape == (512, 512)
    assert not np.triu(weights, k=1).any()
    np.testing.assert_allclose(weights.sum(axis=-1), 1, atol=2e-3)  # half precision
    start = default_material.traces["context"]
    np.testing.assert_allclose(weights[:8, :8], start.weights, atol=5e-4)
    assert start.sentence == "Alice was beginning to get very tired"


@pytest.mark.model
def test_the_beginning_of_a_long_run_is_the_run_of_the_beginning(
    model: Model, default_material: Material
) -> None:
    start = default_material.traces["context"]
    alone = trace(start.sentence, model, start.layer, start.head)
    assert [token.id for token in alone.tokens] == [token.id for token in start.tokens]
    np.testing.assert_allclose(alone.weights, start.weights, atol=2e-5)
    np.testing.assert_allclose(alone.unmasked_weights, start.unmasked_weights, atol=2e-5)


class Factor:
    """A number that counts how often it multiplies."""

    times = 0

    def __mul__(self, other: object) -> int:
        Factor.times += 1
        return 0


def test_as_many_multiplications_are_named_as_the_formula_makes() -> None:
    n, d_k, d_v = 5, 3, 2
    q, k, v = (np.array([[Factor()] * d] * n, object) for d in (d_k, d_k, d_v))
    Factor.times = 0
    q @ k.T  # (n, n)
    np.array([[Factor()] * n] * n, object) @ v  # (n, d_v)
    made = Trace.from_arrays(
        [f"w{i}" for i in range(n)], np.ones((n, d_k)), np.ones((n, d_k)), np.ones((n, d_v))
    )
    assert context.multiplications([n], made) == [Factor.times]


class Counting:
    """An open model that counts how many runs were asked for."""

    def __init__(self, model: Model) -> None:
        self.model, self.runs = model, 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self.model, name)

    def blocks(self, *given: Any) -> Any:
        self.runs += 1
        return self.model.blocks(*given)


@pytest.mark.model
def test_the_long_text_is_not_run_again_for_another_sentence(
    model: Model, default_material: Material
) -> None:
    network: Any = Counting(model)
    made = Material.build("two old cats", network, needs=["context"])
    assert network.runs == 1  # the sentence's own
    for name in ("context_weights", "context_cells", "context_bytes"):
        np.testing.assert_array_equal(made.need(name), default_material.need(name))


@pytest.mark.parametrize(
    "other", [{"layer": 0}, {"head": 0}, {"model": {"sha256": "another"}}], ids=str
)
def test_another_head_or_other_weights_run_it_themselves(
    default_trace: Trace, other: dict[str, Any]
) -> None:
    if "model" in other:
        other = {"model": default_trace.model._replace(**other["model"])}
    assert context._shipped(default_trace) is not None
    assert context._shipped(replace(default_trace, **other)) is None


def test_a_model_that_reads_too_little_is_refused(tmp_path: Path) -> None:
    path = tiny_model.write(tmp_path / "tiny.gguf", tiny_model.metadata())
    with pytest.raises(AttentionError, match="tiny reads at most 64 tokens, and this chapter"):
        Material.build("cats", str(path), layer=0, head=0, needs=["context"])


@pytest.mark.model
def test_the_text_is_long_enough(model: Model) -> None:
    assert len(model.encode(text())) >= SIZES[-1]


def test_the_cost_grows_with_the_square(default_material: Material) -> None:
    model = default_material.trace.model
    found = cost(SIZES, model)
    assert found["context_cells"].tolist() == [64, 4096, 262144]
    assert found["context_bytes"].tolist() == [n * n * 4 * 30 * 9 for n in SIZES]
    for name, array in found.items():
        np.testing.assert_array_equal(array, default_material.need(name))


def test_counts_and_bytes_are_short() -> None:
    shown = [format_bytes(n) for n in (0, 256, 999, 1000, 69_120, 999_600, 283_115_520, 2.5e12)]
    assert shown == ["0 B", "256 B", "999 B", "1.00 kB", "69.1 kB", "1.00 MB", "283 MB", "2500 GB"]
    assert format_count(262_144) == "262,144"


def test_the_beginning_of_a_trace_with_terms_of_its_own_is_whole(tmp_path: Path) -> None:
    random = np.random.default_rng(1)
    texts = ["<s>", "a", *[" b"] * 8]
    q, k, v = random.normal(0, 1.5, (3, 10, 8))
    bias = random.normal(0, 2, (10, 10))
    whole = Trace.from_arrays(
        texts, q, k, v, start=True, divisor=1.0, soft_cap=4.0, position_bias=bias
    )
    whole = whole.changed(q_unnormed=whole.q, position=random.normal(size=(10, 8)))
    part = beginning(whole, 4)
    alone = Trace.from_arrays(
        texts[:4],
        *(array[:4] for array in (q, k, v)),
        start=True, divisor=1.0, soft_cap=4.0, position_bias=bias[:4, :4],
    )  # fmt: skip
    for name, array in alone.arrays().items():
        np.testing.assert_allclose(part.arrays()[name], array, rtol=1e-5, err_msg=name)
    check_trace(part, "the beginning")
    part.save(tmp_path / "part.npz")
    assert Trace.load(tmp_path / "part.npz").n == 4
