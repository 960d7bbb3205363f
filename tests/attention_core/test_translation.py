"""Traces of an encoder-decoder: square ones, and the rectangle of the cross-attention."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from attention_core import AttentionError, Material, Trace, trace
from attention_core.files import JSON_ARRAYS
from attention_core.registry import SHIPPED, open_seq2seq
from attention_core.translation import KINDS, translation_traces

FLUFFY = "a fluffy blue creature roamed the verdant forest"
KOREAN = "푹신한 파란 생물이 푸르른 숲을 돌아다녔다"


@pytest.fixture(scope="module")
def traces() -> dict[str, Trace]:
    return translation_traces(FLUFFY)


def test_the_korean_looks_at_the_english(traces: dict[str, Trace]) -> None:
    cross = traces["cross"]
    assert (cross.sentence, cross.source) == (KOREAN, FLUFFY)
    assert [token.display for token in cross.tokens] == [
        "start", "푹신한", "파란", "생물", "이", "푸르른", "숲", "을", "돌아다녔다",
    ]  # fmt: skip
    assert [token.display for token in cross.keys] == FLUFFY.split()
    assert (cross.n, cross.n_k, cross.causal) == (9, 8, False)
    assert [word.text for word in cross.words] == KOREAN.split()
    assert [word.text for word in cross.key_words] == FLUFFY.split()
    assert (cross.layer, cross.head) == SHIPPED["en-ko"].heads["cross"]


def test_each_content_word_looks_at_its_english_as_it_is_written(traces: dict[str, Trace]) -> None:
    cross = traces["cross"]
    looks = [cross.keys[key].display for key in cross.weights.argmax(axis=-1)]
    written = dict(zip(cross.predicted, looks, strict=True))
    assert {word: written[word] for word in ("푹신한", "파란", "생물", "푸르른", "숲")} == {
        "푹신한": "fluffy", "파란": "blue", "생물": "creature", "푸르른": "verdant", "숲": "forest",
    }  # fmt: skip
    assert written["돌아다녔다"] == "roamed"  # the verb, which comes last, jumps back


@pytest.mark.parametrize("kind", KINDS)
def test_every_array_has_its_shape_and_each_step_follows(
    traces: dict[str, Trace], kind: str
) -> None:
    t = traces[kind]
    n, n_k = t.n, t.n_k
    assert (n, n_k) == {"encoder": (8, 8), "decoder": (9, 9), "cross": (9, 8)}[kind]
    assert t.q.shape == (n, 16)
    assert t.k.shape == t.v.shape == (n_k, 16)
    assert t.need("patterns").shape == (4, n, n_k)
    np.testing.assert_allclose(t.q @ t.k.T, t.scores, atol=1e-4)
    np.testing.assert_allclose(t.scores / 4, t.scaled, rtol=1e-6)
    assert np.isneginf(t.masked).sum() == (n * (n - 1) // 2 if kind == "decoder" else 0)
    np.testing.assert_allclose(t.weights.sum(axis=-1), 1, atol=1e-6)
    np.testing.assert_array_equal(t.need("patterns")[t.head], t.weights)
    np.testing.assert_allclose(t.residual + t.need("block_update"), t.need("x_out"), atol=1e-5)
    if kind != "cross":  # into which self-attention has written before
        np.testing.assert_array_equal(t.need("embedding"), t.need("hidden")[0])
    assert t.need("position").shape == (n, 64)


def test_keys_and_values_are_read_off_what_the_encoder_hands_over() -> None:
    network = open_seq2seq("en-ko")
    cross = translation_traces(FLUFFY, model=network, layer=1, head=2)["cross"]
    w = network.decoder_layers[1].cross.attention
    rows = slice(2 * 16, 3 * 16)
    np.testing.assert_allclose(cross.k, cross.need("memory") @ w.w_k[rows].T, atol=1e-5)
    np.testing.assert_allclose(cross.v, cross.need("memory") @ w.w_v[rows].T, atol=1e-5)
    np.testing.assert_allclose(cross.q, cross.need("x") @ w.w_q[rows].T, atol=1e-5)


def test_another_target_can_be_given() -> None:
    cross = trace("고양이는 잤다", "en-ko", key_sentence="the dog ran")
    assert (cross.sentence, cross.source, cross.weights.shape) == (
        "고양이는 잤다", "the dog ran", (4, 3),
    )  # fmt: skip
    assert trace("the dog ran", "en-ko").sentence == "개는 달렸다"


def test_logits_are_kept_when_asked_for() -> None:
    network = open_seq2seq("en-ko")
    asked = trace("the dog ran", network, logits=True)
    assert network.pieces[int(asked.need("logits").argmax())] == "</s>"
    assert trace("the dog ran", network).logits is None


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["t.npz", "t.json"])
def test_a_saved_trace_is_loaded_with_the_same_numbers(
    traces: dict[str, Trace], tmp_path: Path, kind: str, name: str
) -> None:
    traces[kind].save(tmp_path / name)
    loaded = Trace.load(tmp_path / name)
    assert loaded.header() == traces[kind].header()
    assert loaded.key_tokens == traces[kind].key_tokens
    for array in JSON_ARRAYS if name.endswith("json") else traces[kind].arrays():
        np.testing.assert_array_equal(loaded.need(array), traces[kind].need(array))


def test_material_holds_them_all(traces: dict[str, Trace], tmp_path: Path) -> None:
    made = Material({"main": traces["encoder"], "cross": traces["cross"]})
    made.save(tmp_path / "m.npz")
    loaded = Material.load(tmp_path / "m.npz")
    assert loaded.traces["cross"].header() == traces["cross"].header()
    np.testing.assert_array_equal(loaded.traces["cross"].weights, traces["cross"].weights)


def test_key_tokens_stand_beside_tokens_in_json(traces: dict[str, Trace]) -> None:
    content = json.loads(json.dumps(traces["cross"].to_json(), allow_nan=False))
    assert content["source"] == FLUFFY
    assert content["key_tokens"][1] == {
        "id": open_seq2seq("en-ko").source["fluffy"],
        "text": " fluffy", "display": "fluffy", "start": 1, "end": 8, "special": False,
    }  # fmt: skip
    assert "key_tokens" not in traces["decoder"].to_json()
    assert "source" not in traces["encoder"].to_json()


def test_the_fingerprint_tells_the_source_and_the_kind_apart(traces: dict[str, Trace]) -> None:
    other = translation_traces("a blue creature roamed the verdant forest", KOREAN)
    prints = [t.fingerprint() for t in (*traces.values(), *other.values())]
    assert len(set(prints)) == 6
    assert translation_traces(FLUFFY)["cross"].fingerprint() == traces["cross"].fingerprint()


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ({"layer": 2}, "en-ko has no layer 2; choose 0 to 1"),
        ({"head": 4}, "en-ko has no head 4; choose 0 to 3"),
        ({"attention": "corss"}, "no attention is called 'corss'; known: cross"),
        ({"key_sentence": "the dog"}, "does not know 'a'; its vocabulary: "),
        ({"model": "smollm2", "key_sentence": "the dog"}, "choose the model en-ko"),
        ({"model": "smollm2", "attention": "cross"}, "choose the model en-ko"),
    ],
)
def test_what_it_cannot_do_is_an_error(arguments: dict[str, Any], complaint: str) -> None:
    with pytest.raises(AttentionError) as caught:
        trace(**{"sentence": "a dog", "model": "en-ko", **arguments})
    assert complaint in str(caught.value)
