"""Decoders without torch: against what transformers computed of the same tiny models."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from attention_core import AttentionError, trace
from attention_core.checks import check_trace
from attention_core.focus import choose_jump
from attention_core.models.pair import EncoderDecoder
from attention_core.models.t5 import relative_buckets
from attention_core.registry import open_pair
from attention_core.tokens import Token
from attention_core.translation import KINDS, translation_traces
from tests.attention_core import tiny_pair

SOURCE, TARGET = "the quiet river", "a blue bank"
every_family = pytest.mark.parametrize("family", tiny_pair.FAMILIES)


def opened(folder: Path, family: str) -> EncoderDecoder:
    pair = open_pair(str(tiny_pair.write(folder, family)))
    assert isinstance(pair, EncoderDecoder)
    return pair


@every_family
def test_both_halves_compute_what_transformers_computed(family: str, tmp_path: Path) -> None:
    pair, wanted = opened(tmp_path / family, family), tiny_pair.golden(family)
    source, target = (
        [Token(int(id), "", "", 0, 0, False) for id in wanted[name]]
        for name in ("source", "target")
    )
    encoder = pair.encoder
    blocks = list(encoder.blocks(encoder.embed(source), encoder.load(0)))
    decoder, memory = pair.decoder, encoder.final(blocks[-1])
    steps = list(decoder.write(decoder.embed(target), memory, decoder.load_layers()))
    for kind, ran in (
        ("encoder", blocks),
        ("decoder", [step.own for step in steps]),
        ("cross", [step.cross for step in steps]),
    ):
        weights = np.stack([block.steps.weights for block in ran])
        assert weights.shape == wanted[kind].shape
        np.testing.assert_allclose(weights, wanted[kind], atol=1e-5)
    hidden = pair.decoder.finished(steps[-1].hidden)
    sizes = np.linalg.norm(wanted["hidden"], axis=-1)
    assert (np.linalg.norm(hidden - wanted["hidden"], axis=-1) / sizes).max() < 1e-4


@every_family
def test_the_decoder_reads_the_sentence_shifted_as_in_training(family: str, tmp_path: Path) -> None:
    pair, wanted = opened(tmp_path / family, family), tiny_pair.golden(family)
    tokens = pair.decoder.encode(TARGET)
    assert [token.id for token in tokens] == wanted["target"].tolist()
    assert [token.id for token in pair.encoder.encode(SOURCE)] == wanted["source"].tolist()
    rule = {
        "t5": "<pad> in front, which its decoder starts with; no end token",
        "marian": "<pad> in front, which its decoder starts with; no end token",
        "bart": "</s> in front, which its decoder starts with; <s> follows, as its tokenizer",
    }
    assert pair.decoder.start_rule.startswith(rule[family])


@every_family
def test_every_trace_is_sound_and_says_what_its_model_has(family: str, tmp_path: Path) -> None:
    traces = translation_traces(SOURCE, TARGET, opened(tmp_path / family, family))
    assert tuple(traces) == KINDS
    for found in traces.values():
        check_trace(found, "it")
    encoder, decoder, cross = (traces[kind] for kind in KINDS)
    assert (encoder.causal, decoder.causal, cross.causal) == (False, True, False)
    assert (cross.keys, cross.tokens) == (encoder.tokens, decoder.tokens)
    assert (encoder.model.layers, cross.model.layers) == (1, 2)
    assert cross.divisor == (1 if family == "t5" else None)
    assert cross.position_bias is None
    assert (decoder.position_bias is not None) == (decoder.position is None) == (family == "t5")
    # T5's are computed in float64, and each rounded to float32 for itself.
    sums = cross.residual + cross.need("block_update"), cross.need("x_out")
    np.testing.assert_allclose(*sums, rtol=1e-6, atol=2e-6)
    np.testing.assert_array_equal(decoder.need("embedding"), decoder.need("hidden")[0])


def test_without_a_named_head_it_is_the_one_that_looks_least_at_the_ends(tmp_path: Path) -> None:
    pair = opened(tmp_path / "bart", "bart")
    chosen = translation_traces(SOURCE, TARGET, pair)["cross"]
    ends = [column for column, token in enumerate(chosen.keys) if token.special]
    assert len(ends) == 2
    parked = {}
    for layer in range(2):
        for head in range(3):
            alone = translation_traces(SOURCE, TARGET, pair, layer, head, ["cross"])
            weights = alone["cross"].weights
            # The first row predicts <s> and the last one the end: no words.
            parked[layer, head] = weights[1:-1, ends].sum(axis=-1).mean()
    assert (chosen.layer, chosen.head) == min(parked, key=lambda place: parked[place])


def test_a_jump_is_from_a_word_to_a_word(tmp_path: Path) -> None:
    cross = translation_traces(SOURCE, TARGET, opened(tmp_path / "bart", "bart"))["cross"]
    weights = np.zeros_like(cross.weights)
    weights[:, 0] = 0.9  # the encoder's start token
    weights[:, 2] = 0.1
    row, key = choose_jump(cross.changed(weights=weights))
    assert not cross.tokens[row + 1].special
    assert key == 2


def test_a_decoder_shares_its_buckets_among_the_keys_before() -> None:
    buckets = relative_buckets(200, 32, 128, both_ways=False)
    assert [buckets[50, 50 - distance] for distance in range(16)] == list(range(16))
    assert buckets[199, 0] == 31
    assert (np.triu(buckets, 1) == 0).all()


def test_what_has_no_decoder_is_told(tmp_path: Path) -> None:
    folder = tiny_pair.write(tmp_path / "t5", "t5")
    with pytest.raises(AttentionError, match="does not translate here"):
        translation_traces(SOURCE, None, str(folder))
    with pytest.raises(AttentionError, match="no layer 1 in its encoder; choose 0 to 0"):
        trace(TARGET, str(folder), layer=1, key_sentence=SOURCE, attention="encoder")
    with pytest.raises(AttentionError, match="empty"):
        translation_traces("", TARGET, str(folder))
    with pytest.raises(AttentionError, match="scores no next token"):
        trace(TARGET, str(folder), logits=True, key_sentence=SOURCE)
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "decoder_start_token_id": 9999}))
    with pytest.raises(AttentionError, match="its decoder starts with token 9999, which it lacks"):
        translation_traces(SOURCE, TARGET, str(folder))
