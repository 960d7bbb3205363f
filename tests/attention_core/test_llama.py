"""The llama family: against goldens of transformers, and on a tiny random model."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from attention_core import AttentionError, trace
from attention_core.models.llama import Llama, unpermute
from attention_core.ops import Array, rms_norm, silu
from attention_core.registry import open_model
from attention_core.run import default_head
from tests.attention_core import tiny_model

FOLDER = Path(__file__).parents[1] / "golden"
GOLDENS = sorted(set(FOLDER.glob("*.npz")) - set(FOLDER.glob("decoder-*.npz")))


@pytest.fixture
def tiny(tmp_path: Path) -> Llama:
    network = open_model(str(tiny_model.write(tmp_path / "tiny.gguf")))
    assert isinstance(network, Llama)
    return network


@pytest.mark.model
@pytest.mark.parametrize("path", GOLDENS, ids=[path.stem for path in GOLDENS])
def test_we_compute_what_transformers_computed(model: Llama, path: Path) -> None:
    golden = np.load(path)
    tokens = model.encode(str(golden["sentence"]))
    assert [token.id for token in tokens] == golden["ids"].tolist()
    weights = model.load(model.info.layers - 1)
    blocks = list(model.blocks(model.embed(tokens), weights))
    visible = np.tril_indices(len(tokens))
    for block, patterns in zip(blocks, golden["patterns"], strict=True):  # 30 layers of 9 heads
        np.testing.assert_allclose(block.steps.weights[:, *visible], patterns, atol=1e-5, rtol=0)
    hidden = np.stack([*(block.hidden[-1] for block in blocks), model.final(blocks[-1])[-1]])
    error = np.linalg.norm(hidden - golden["hidden"], axis=-1)
    assert (error / np.linalg.norm(golden["hidden"], axis=-1)).max() < 5e-5
    logits = model.logits(blocks[-1])[::16]
    np.testing.assert_allclose(logits, golden["logits"], atol=2e-4, rtol=0)


@pytest.mark.model
def test_the_capital_of_france_is_paris(model: Llama) -> None:
    logits = trace("The capital of France is", model, logits=True).need("logits")
    chances = np.exp(logits - logits.max()) / np.exp(logits - logits.max()).sum()
    assert model.tokenizer.text(int(chances.argmax())) == " Paris"
    assert chances.max() == pytest.approx(0.806, abs=0.002)


def test_a_tiny_model_computes_its_formula_spelled_out_with_loops(tiny: Llama) -> None:
    """The whole of layer 0 again, one number at a time, in the file's own order of rows."""
    w = {name: array.astype(np.float64) for name, array in tiny_model.tensors().items()}
    found = trace("cats", tiny, layer=1, head=3)
    ids = [token.id for token in found.tokens]
    d_k, group = tiny_model.D_K, tiny_model.HEADS // tiny_model.KV_HEADS
    hidden = w["token_embd.weight"][ids]
    x = np.stack([row / np.sqrt((row**2).mean() + 1e-5) for row in hidden])
    x *= w["blk.0.attn_norm.weight"]
    update = np.zeros_like(hidden)
    for head in range(tiny_model.HEADS):
        q, k, v = (
            x @ w[f"blk.0.attn_{part}.weight"][at * d_k : (at + 1) * d_k].T
            for part, at in (("q", head), ("k", head // group), ("v", head // group))
        )
        for i in range(len(ids)):
            shares = np.array([np.exp(_rotated_dot(q[i], k[j], i - j) / 2) for j in range(i + 1)])
            mixed = (shares / shares.sum()) @ v[: i + 1]
            update[i] += w["blk.0.attn_output.weight"][:, head * d_k : (head + 1) * d_k] @ mixed
    middle = hidden + update
    normed = middle / np.sqrt((middle**2).mean(-1, keepdims=True) + 1e-5)
    normed *= w["blk.0.ffn_norm.weight"]
    gate, up = (normed @ w[f"blk.0.ffn_{part}.weight"].T for part in ("gate", "up"))
    after = middle + (gate / (1 + np.exp(-gate)) * up) @ w["blk.0.ffn_down.weight"].T
    assert found.hidden is not None
    np.testing.assert_allclose(found.hidden[0], hidden, atol=1e-6)
    np.testing.assert_allclose(found.hidden[1], after, rtol=1e-4, atol=1e-3)


def _rotated_dot(q: Array, k: Array, distance: int) -> float:
    """q . k where pair (2 i, 2 i + 1) of q is turned by `distance` of its steps against k's."""
    total = 0.0
    for i in range(0, len(q), 2):
        turn = np.exp(1j * distance / 10_000 ** (i / len(q)))
        total += float((complex(q[i], q[i + 1]) * turn * complex(k[i], -k[i + 1])).real)
    return total


def test_unpermute_brings_the_pairs_of_rope_half_a_head_apart() -> None:
    rows = np.arange(8, dtype=np.float32).reshape(8, 1)  # two heads of four rows
    assert unpermute(rows, 2).ravel().tolist() == [0, 2, 1, 3, 4, 6, 5, 7]


def test_the_run_stops_at_the_asked_layer(tiny: Llama) -> None:
    found = trace("cat", tiny, layer=0, head=0)
    assert found.need("hidden").shape == (1, found.n, tiny_model.D_MODEL)
    assert next(tiny.load(0)).feed_forward is None


def test_a_model_without_a_pinned_head_takes_the_one_that_parks_least_at_the_start(
    tiny: Llama,
) -> None:
    layer, head = default_head(tiny, "cat cat")
    parked = {
        (la, he): trace("cat cat", tiny, layer=la, head=he).weights[1:, 0].mean()
        for la in range(tiny_model.LAYERS)
        for he in range(tiny_model.HEADS)
    }
    assert (layer, head) == min(parked, key=lambda place: parked[place])
    assert default_head(tiny, "cat cat", layer=0)[0] == 0
    assert default_head(tiny, "cat cat", head=2)[1] == 2


@pytest.mark.parametrize(
    ("layer", "head", "complaint"),
    [
        (2, 0, "tiny has no layer 2; choose 0 to 1"),
        (0, 4, "tiny has no head 4; choose 0 to 3"),
        (-1, 0, "tiny has no layer -1; choose 0 to 1"),
    ],
)
def test_a_layer_or_head_out_of_range_names_the_range(
    tiny: Llama, layer: int, head: int, complaint: str
) -> None:
    with pytest.raises(AttentionError) as caught:
        trace("cat", tiny, layer=layer, head=head)
    assert str(caught.value) == complaint


def test_the_context_of_the_model_is_a_limit(tiny: Llama) -> None:
    with pytest.raises(AttentionError, match="81 tokens long and the limit is 64; shorten it"):
        trace("x" * 80, tiny)


def test_the_norm_and_the_gate_are_those_of_the_papers() -> None:
    row = np.array([[3, 4]], np.float32)
    np.testing.assert_allclose(rms_norm(row, np.ones(2, np.float32), 0), row / np.sqrt(12.5))
    assert silu(np.array([1.0], np.float32))[0] == pytest.approx(1 / (1 + np.exp(-1)))
