"""Families without torch: each runs from a made-up folder, and its terms do what they say."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tokenizers import Tokenizer
from tokenizers.processors import TemplateProcessing

from attention_core import AttentionError, Material, Trace, trace
from attention_core.attention import AttentionWeights, Terms, attend, soft_cap, visible
from attention_core.models.t5 import relative_buckets
from attention_core.opening import open_folder
from attention_core.ops import Array, feed_forward, gelu, gelu_tanh, layer_norm, relu, rope_tables
from attention_core.rope import llama3_stretch
from attention_core.run import default_head
from tests.attention_core import tiny_folder

N, H, D_K = 9, 4, 6


def made(terms: Terms, **norms: Array) -> Any:
    draw = np.random.default_rng(3)
    shapes = ((H * D_K, 10), (H * D_K, 10), (H * D_K, 10), (10, H * D_K))
    w = AttentionWeights(*(draw.normal(size=shape).astype(np.float32) for shape in shapes), **norms)
    x = draw.normal(size=(N, 10)).astype(np.float32)
    return attend(x, w, H, H, terms=terms)


def test_the_plain_formula_has_no_terms() -> None:
    steps = made(Terms())
    assert steps.terms == Terms(causal=True)
    assert steps.before_mask is steps.scaled
    assert steps.q_unnormed is steps.k_unnormed is steps.unmasked is None


def test_a_window_hides_what_lies_too_far_back() -> None:
    seen = visible(5, 5, causal=True, window=2)
    assert seen.astype(int).tolist() == [
        [1, 0, 0, 0, 0], [1, 1, 0, 0, 0], [0, 1, 1, 0, 0], [0, 0, 1, 1, 0], [0, 0, 0, 1, 1],
    ]  # fmt: skip
    weights = made(Terms(window=3)).weights
    assert ((weights > 0) == visible(N, N, True, 3)).all()
    np.testing.assert_allclose(weights.sum(axis=-1), 1, atol=1e-6)


def test_a_divisor_of_its_own_takes_the_place_of_sqrt_d_k() -> None:
    steps = made(Terms(divisor=1.0))
    np.testing.assert_array_equal(steps.scaled, steps.scores)
    plain = made(Terms())
    np.testing.assert_allclose(plain.scaled * math.sqrt(D_K), plain.scores, rtol=1e-6)


def test_a_soft_cap_bends_and_keeps_the_order() -> None:
    steps = made(Terms(soft_cap=2.0))
    assert np.abs(steps.before_mask).max() <= 2
    np.testing.assert_allclose(steps.before_mask, 2 * np.tanh(steps.scaled / 2), rtol=1e-6)
    small = np.array([-0.01, 0, 0.01], np.float32)
    np.testing.assert_allclose(soft_cap(small, 50), small, rtol=1e-5)


def test_a_position_bias_is_added_to_the_scaled_scores() -> None:
    bias = np.random.default_rng(4).normal(size=(H, N, N)).astype(np.float32)
    steps = made(Terms(causal=False, position_bias=bias))
    np.testing.assert_allclose(steps.masked, steps.scaled + bias, rtol=1e-6)


def test_norms_of_queries_and_keys_make_them_of_one_length() -> None:
    ones = np.ones(D_K, np.float32)
    steps = made(Terms(norm_eps=0.0), q_norm=ones, k_norm=ones)
    np.testing.assert_allclose(np.linalg.norm(steps.q, axis=-1), math.sqrt(D_K), rtol=1e-5)
    assert steps.q_unnormed is not None
    assert np.linalg.norm(steps.q_unnormed, axis=-1).std() > 0.1


def test_biases_are_added_to_every_row() -> None:
    bias = np.arange(H * D_K, dtype=np.float32)
    plain, moved = made(Terms()), made(Terms(), b_q=bias)
    by_head = bias.reshape(H, 1, D_K)
    np.testing.assert_allclose(
        moved.q - plain.q, np.broadcast_to(by_head, plain.q.shape), atol=1e-5
    )


def test_gelu_is_its_formula() -> None:
    x = np.linspace(-9, 9, 1001, dtype=np.float32)
    exact = np.array([v * (1 + math.erf(v / math.sqrt(2))) / 2 for v in x.tolist()])
    np.testing.assert_allclose(gelu(x), exact, atol=1e-6)
    np.testing.assert_allclose(gelu_tanh(x), exact, atol=2e-3)
    assert relu(x).min() == 0


def test_layer_norm_centres_and_scales() -> None:
    x = np.random.default_rng(0).normal(5, 3, (4, 50)).astype(np.float32)
    normed = layer_norm(x, np.full(50, 2, np.float32), np.full(50, 7, np.float32), 0.0)
    np.testing.assert_allclose(normed.mean(axis=-1), 7, atol=1e-5)
    np.testing.assert_allclose(normed.std(axis=-1), 2, rtol=1e-5)


def test_a_feed_forward_block_is_its_formula() -> None:
    draw = np.random.default_rng(1)
    x, up, down = (draw.normal(size=s).astype(np.float32) for s in ((3, 4), (7, 4), (4, 7)))
    b_up, b_down = draw.normal(size=7).astype(np.float32), draw.normal(size=4).astype(np.float32)
    wanted = np.maximum(x @ up.T + b_up, 0) @ down.T + b_down
    np.testing.assert_allclose(feed_forward(x, up, b_up, down, b_down, relu), wanted, atol=1e-4)


def test_near_distances_have_a_bucket_each_and_far_ones_share() -> None:
    buckets = relative_buckets(200, 32, 128)
    assert buckets[50, 50] == 0
    assert [buckets[50, 50 - d] for d in range(1, 8)] == list(range(1, 8))  # keys before the query
    assert [buckets[50, 50 + d] for d in range(1, 8)] == list(range(17, 24))  # and behind it
    assert buckets[199, 0] == 15
    assert buckets.max() == 31


def test_llama_3_slows_slow_pairs_and_keeps_quick_ones() -> None:
    stretch = llama3_stretch(64, 500_000.0, 8.0, 1.0, 4.0, 8192.0)
    assert stretch[0] == 1
    assert stretch[-1] == pytest.approx(8)
    assert (np.diff(stretch) >= 0).all()


def test_a_stretch_slows_the_rotation_down() -> None:
    cos, _ = rope_tables(9, 8, 10_000, 2.0)
    np.testing.assert_allclose(cos[8], rope_tables(9, 8, 10_000)[0][4], rtol=1e-6)


D, FF, LAYERS = 12, 10, 2
BERT = {
    "model_type": "bert", "hidden_size": D, "intermediate_size": FF, "num_hidden_layers": LAYERS,
    "num_attention_heads": 3, "max_position_embeddings": 40, "vocab_size": 260,
}  # fmt: skip


def bert_tensors(prefix: str = "", norm: tuple[str, str] = ("weight", "bias")) -> dict[str, Array]:
    draw = np.random.default_rng(2)
    shapes: dict[str, tuple[int, ...]] = {
        "embeddings.word_embeddings.weight": (260, D),
        "embeddings.position_embeddings.weight": (40, D),
        "embeddings.token_type_embeddings.weight": (2, D),
    }
    norms = ["embeddings.LayerNorm"]
    for layer in range(LAYERS):
        at = f"encoder.layer.{layer}"
        norms += [f"{at}.attention.output.LayerNorm", f"{at}.output.LayerNorm"]
        for part, out, into in (
            ("attention.self.query", D, D), ("attention.self.key", D, D),
            ("attention.self.value", D, D), ("attention.output.dense", D, D),
            ("intermediate.dense", FF, D), ("output.dense", D, FF),
        ):  # fmt: skip
            shapes |= {f"{at}.{part}.weight": (out, into), f"{at}.{part}.bias": (out,)}
    shapes |= {f"{name}.{part}": (D,) for name in norms for part in norm}
    return {prefix + name: draw.normal(size=s).astype(np.float32) for name, s in shapes.items()}


def bert(folder: Path, arrays: dict[str, Array] | None = None, **settings: Any) -> Path:
    tiny_folder.write(folder, {**BERT, **settings}, bert_tensors() if arrays is None else arrays)
    split = Tokenizer.from_file(str(folder / "tokenizer.json"))
    split.post_processor = TemplateProcessing(
        single="! $A #",
        special_tokens=[("!", split.token_to_id("!")), ("#", split.token_to_id("#"))],
    )
    split.save(str(folder / "tokenizer.json"))
    return folder


def test_an_encoder_looks_both_ways_between_its_two_tokens(tmp_path: Path) -> None:
    found = trace("a cat at home", str(bert(tmp_path / "tiny")), layer=1, head=2)
    first, last = found.tokens[0], found.tokens[-1]
    assert (first.display, last.display, last.start, last.end) == ("start", "end", 13, 13)
    assert (found.causal, found.start) == (False, 0)
    assert found.n - 1 not in found.word_rows
    assert (found.weights > 0).all()
    assert found.start_rule == "! in front and # behind, as its tokenizer puts them"
    assert found.need("position").shape == (found.n, D)
    total = found.need("output_bias") + sum(
        trace("a cat at home", str(tmp_path / "tiny"), layer=1, head=h).need("update")
        for h in range(3)
    )
    np.testing.assert_allclose(total, found.need("block_update"), atol=1e-4)
    found.save(tmp_path / "t.npz")
    assert Trace.load(tmp_path / "t.npz").header() == found.header()


def test_prefixes_and_the_old_names_of_norms_are_understood(tmp_path: Path) -> None:
    wanted = trace("a cat", str(bert(tmp_path / "tiny")), layer=1, head=0).weights
    for prefix, norm in (("bert.", ("weight", "bias")), ("", ("gamma", "beta"))):
        again = bert(tmp_path / "again", bert_tensors(prefix, norm))
        np.testing.assert_array_equal(trace("a cat", str(again), layer=1, head=0).weights, wanted)


def test_without_a_pinned_head_the_one_that_parks_least_is_taken(tmp_path: Path) -> None:
    network = open_folder(bert(tmp_path / "tiny"))
    parked = {}
    for layer in range(LAYERS):
        for head in range(3):
            rows = trace("a cat at home", network, layer, head).weights[1:-1]
            parked[layer, head] = rows[:, [0, -1]].sum(axis=-1).mean()
    assert default_head(network, "a cat at home") == min(parked, key=lambda place: parked[place])


@pytest.mark.parametrize("need", ["leak", "context"])
def test_what_needs_a_mask_is_refused_where_nothing_is_masked(tmp_path: Path, need: str) -> None:
    with pytest.raises(AttentionError, match="tiny masks nothing: each word sees the whole"):
        Material.build("a cat", str(bert(tmp_path / "tiny")), needs=[need])


def test_an_encoder_scores_no_next_token(tmp_path: Path) -> None:
    with pytest.raises(AttentionError, match="reads whole sentences and scores no next token"):
        trace("a cat", str(bert(tmp_path / "tiny")), layer=1, head=0, logits=True)


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ({"position_embedding_type": "relative_key"}, "has positions of the kind 'relative_key'"),
        ({"is_decoder": True}, "is a decoder, which is not built here"),
        ({"hidden_act": "quick_gelu"}, "has the activation 'quick_gelu', which is not built"),
        ({"max_position_embeddings": 41}, "has shape (40, 12) where (41, 12) is needed"),
        ({"model_type": "roberta", "pad_token_id": 30}, "its pad_token_id leaves 9 positions"),
        ({"vocab_size": 100}, "its tokenizer gives the id 259, and it has 100 embeddings"),
        ({"num_hidden_layers": 10**9}, "num_hidden_layers is 1000000000"),
    ],
)
def test_a_variant_that_is_not_built_is_refused(
    tmp_path: Path, settings: dict[str, Any], complaint: str
) -> None:
    with pytest.raises(AttentionError) as caught:
        trace("a cat", str(bert(tmp_path / "tiny", **settings)), layer=1, head=0)
    assert complaint in str(caught.value)


def test_a_template_of_many_tokens_is_refused(tmp_path: Path) -> None:
    folder = bert(tmp_path / "tiny")
    content = json.loads((folder / "tokenizer.json").read_text())
    single = content["post_processor"]["single"]
    content["post_processor"]["single"] = [single[0], *single]
    (folder / "tokenizer.json").write_text(json.dumps(content))
    with pytest.raises(AttentionError, match="puts several tokens around a sentence"):
        trace("a cat", str(folder), layer=1, head=0)


def test_the_chance_that_a_sentence_spells_a_special_token_is_text(tmp_path: Path) -> None:
    folder = tiny_folder.write(tmp_path / "tiny")
    split = Tokenizer.from_file(str(folder / "tokenizer.json"))
    split.add_special_tokens(["<|endoftext|>"])
    split.save(str(folder / "tokenizer.json"))
    found = trace("a <|endoftext|>", str(folder), layer=1, head=0)
    assert [token.id for token in found.tokens].count(0) == 1
    assert "".join(token.text for token in found.tokens[1:]) == "a <|endoftext|>"


GPT2 = {
    "model_type": "gpt2", "n_embd": D, "n_layer": 1, "n_head": 3, "n_positions": 20,
    "layer_norm_epsilon": 1e-5, "vocab_size": 260,
}  # fmt: skip


def test_gpt_2_reads_one_matrix_for_all_three(tmp_path: Path) -> None:
    draw = np.random.default_rng(5)
    shapes: dict[str, tuple[int, ...]] = {
        "wte.weight": (260, D), "wpe.weight": (20, D),
        "h.0.attn.c_attn.weight": (D, 3 * D), "h.0.attn.c_attn.bias": (3 * D,),
        "h.0.attn.c_proj.weight": (D, D), "h.0.attn.c_proj.bias": (D,),
        "h.0.ln_1.weight": (D,), "h.0.ln_1.bias": (D,),
    }  # fmt: skip
    arrays = {name: draw.normal(size=s).astype(np.float32) for name, s in shapes.items()}
    folder = tiny_folder.write(tmp_path / "tiny", GPT2, arrays)
    found = trace("a cat", str(folder), layer=0, head=2)
    at = slice(2 * D + 2 * 4, 2 * D + 3 * 4)  # of the third matrix, the third head's columns
    wanted = found.need("x") @ arrays["h.0.attn.c_attn.weight"][:, at]
    np.testing.assert_allclose(found.v, wanted + arrays["h.0.attn.c_attn.bias"][at], rtol=1e-4)
    rows = arrays["wte.weight"][[token.id for token in found.tokens]]
    np.testing.assert_allclose(
        found.need("embedding"), rows + arrays["wpe.weight"][: found.n], rtol=1e-6
    )
    tiny_folder.write(folder, {**GPT2, "n_head": 5}, arrays)
    with pytest.raises(AttentionError, match="12 entries cannot be cut into 5 heads"):
        trace("a cat", str(folder), layer=0, head=0)
