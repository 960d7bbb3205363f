"""Numbers from elsewhere: laid out, compared, and honest about what they lack."""

from __future__ import annotations

import copy
import json
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from attention_core import AttentionError, Material, Trace
from attention_core.attention import soft_cap
from attention_core.counterfactual import scaling
from attention_core.files import STEPS
from attention_core.ops import Array, softmax
from attention_core.sink import without_start

TEXTS = ["a", " small", " blue", " cat"]
N, D_K = 4, 8
draw = np.random.default_rng(0)
Q, K, V = draw.normal(size=(3, N, D_K)).astype(np.float32)
BIAS = draw.normal(size=(N, N)).astype(np.float32)


def pattern(causal: bool) -> Array:
    scores = draw.normal(size=(N, N)).astype(np.float32)
    return softmax(np.where(np.tri(N) if causal else np.ones((N, N)), scores, -np.inf))


def test_weights_alone_are_a_trace(tmp_path: Path) -> None:
    weights = pattern(causal=True)
    found = Trace.from_weights(TEXTS, weights, start=True, name="mine", layer=3, head=2)
    np.testing.assert_array_equal(found.weights, weights)
    assert (found.causal, found.start, found.sentence) == (True, 0, " small blue cat")
    assert (found.model.name, found.layer, found.head) == ("mine", 3, 2)
    np.testing.assert_array_equal(found.visible, np.tri(N) == 1)
    for name in ("t.npz", "t.json"):
        found.save(tmp_path / name)
        loaded = Trace.load(tmp_path / name)
        assert loaded.header() == found.header()
        assert loaded.arrays().keys() == {"weights"}
        assert loaded.fingerprint() == found.fingerprint()
        assert Material.load(tmp_path / name).trace.sentence == found.sentence


def test_without_zeros_behind_the_query_the_model_looks_both_ways() -> None:
    weights = pattern(causal=False)
    assert not Trace.from_weights(TEXTS, weights).causal
    with pytest.raises(AttentionError, match="array weights: a masked cell is not exactly 0"):
        Trace.from_weights(TEXTS, weights, causal=True)


@pytest.mark.parametrize("name", STEPS)
def test_what_is_lacking_is_named_when_it_is_read(name: str) -> None:
    found = Trace.from_weights(TEXTS, pattern(causal=True))
    with pytest.raises(AttentionError, match=f"not hold the field {name}; compute it with a model"):
        getattr(found, name)
    with pytest.raises(AttentionError, match=f"does not hold the field {name}"):
        found.need(name)


def test_a_trace_goes_to_another_process_and_back() -> None:
    found = Trace.from_weights(TEXTS, pattern(causal=True))
    for again in (pickle.loads(pickle.dumps(found)), copy.deepcopy(found), found.changed()):
        assert again.fingerprint() == found.fingerprint()
        with pytest.raises(AttentionError, match="does not hold the field scores"):
            again.need("scores")


def test_a_name_that_no_trace_has_is_a_programming_error() -> None:
    with pytest.raises(AttributeError, match="wieghts"):
        _ = Trace.from_weights(TEXTS, pattern(causal=True)).wieghts  # type: ignore[attr-defined]


def test_the_start_token_can_be_taken_out_of_weights_alone() -> None:
    found = Trace.from_weights(["", *TEXTS[1:]], pattern(causal=True), start=True)
    rest = without_start(Material({"main": found})).trace
    np.testing.assert_allclose(rest.weights[1:].sum(axis=-1), 1, rtol=1e-6)
    with pytest.raises(AttentionError, match="does not hold the field scores"):
        scaling(found)


@pytest.mark.parametrize(
    ("weights", "complaint"),
    [
        (np.ones((N, N)), "array weights: row 0 sums to 4.0000, not 1"),
        (np.ones((1, N, N)), "array weights has shape (1, 4, 4), not (n, d); give one head's"),
        (np.full((3, 3), 1 / 3), "array weights has shape (3, 3), not (n = 4, n = 4)"),
        (np.full((N, N), np.nan), "array weights holds nan"),
        ([["x"] * N] * N, "array weights is not a table of numbers"),
        ([[1.0], [1.0, 2.0]], "array weights is not a table of numbers"),
        (np.eye(N) * 2 - np.ones((N, N)) / N, "array weights holds a negative share"),
    ],
)
def test_weights_that_are_none_are_refused(weights: Any, complaint: str) -> None:
    with pytest.raises(AttentionError) as caught:
        Trace.from_weights(TEXTS, weights)
    assert complaint in str(caught.value)


def test_a_mask_of_its_own_hides_what_it_says(tmp_path: Path) -> None:
    seen = np.array([[1, 0, 0, 0], [1, 1, 0, 0], [0, 1, 1, 0], [1, 0, 0, 1]], bool)
    additive = np.where(seen, 0.0, -np.inf)
    for mask in (seen, seen.astype(int), seen.astype(float), additive, np.maximum(additive, -1e9)):
        found = Trace.from_arrays(TEXTS, Q, K, V, mask=mask)
        np.testing.assert_array_equal(found.visible, seen)
        assert (found.causal, found.own_mask) == (True, True)
    found.save(tmp_path / "t.npz")
    assert Trace.load(tmp_path / "t.npz").own_mask
    both = Trace.from_arrays(TEXTS, Q, K, V, mask=np.ones((N, N), bool))
    assert not both.causal
    nothing_hidden = Trace.from_arrays(TEXTS, Q, K, V, mask=np.zeros((N, N)))
    assert nothing_hidden.visible.all()


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({"mask": np.ones((N, 3))}, "array mask has shape (4, 3), not (4, 4)"),
        ({"mask": np.array([[1, 0, 0, 0]] * 3 + [[0] * 4], bool)}, "row 3 may look at nothing"),
        ({"mask": np.full((N, N), 0.5)}, "array mask holds numbers that are neither"),
        ({"position_bias": np.ones((N, 3))}, "array position_bias has shape (4, 3), not (4, 4)"),
        ({"divisor": 0}, "divisor is 0; it must be above 0"),
        ({"soft_cap": -1}, "soft_cap is -1; it must be above 0"),
        ({"window": 0}, "window is 0; it must be above 0"),
        ({"v": np.ones((3, 2))}, "array v has shape (3, 2), not (n = 4, d_v)"),
        (
            {"weights": np.full((N, N), 0.25)},
            "row 0, column 0 is 0.2500, and softmax of q and k giv",
        ),
        ({"weights": np.ones((3, 3))}, "array weights has shape (3, 3), not (4, 4)"),
    ],
)
def test_arrays_that_do_not_fit_are_named(given: dict[str, Any], complaint: str) -> None:
    with pytest.raises(AttentionError) as caught:
        Trace.from_arrays(TEXTS, Q, K, **{"v": V, **given})
    assert complaint in str(caught.value)


def test_terms_of_a_family_are_computed_and_compared(tmp_path: Path) -> None:
    scores = Q @ K.T
    logits = soft_cap(scores / np.float32(1.7), 1.2) + BIAS
    seen = np.tri(N) - np.tri(N, k=-2)
    wanted = softmax(np.where(seen == 1, logits, -np.inf).astype(np.float32))
    terms: dict[str, Any] = {"divisor": 1.7, "soft_cap": 1.2, "window": 2, "position_bias": BIAS}
    found = Trace.from_arrays(TEXTS, Q, K, weights=wanted, **terms)
    np.testing.assert_allclose(found.weights, wanted, atol=1e-6)
    found.save(tmp_path / "t.npz")
    loaded = Trace.load(tmp_path / "t.npz")
    assert (loaded.divisor, loaded.soft_cap, loaded.window) == (1.7, 1.2, 2)
    with pytest.raises(AttentionError, match="does not hold the field v"):
        loaded.need("v")
    for left_out in terms:
        rest = {name: term for name, term in terms.items() if name != left_out}
        with pytest.raises(AttentionError, match="give the mask, divisor, position_bias or soft"):
            Trace.from_arrays(TEXTS, Q, K, weights=wanted, **rest)


def test_another_sentence_can_be_looked_at(tmp_path: Path) -> None:
    keys = ["ein", " blauer", " Hund"]
    k, seen = K[:3], np.array([[1, 1, 0], [0, 1, 1], [1, 0, 1], [1, 1, 1]], bool)
    wanted = softmax(np.where(seen, Q @ k.T / np.sqrt(D_K) + BIAS[:, :3], -np.inf))
    found = Trace.from_arrays(
        TEXTS, Q, k, mask=seen, position_bias=BIAS[:, :3], weights=wanted, key_tokens=keys
    )
    np.testing.assert_allclose(found.weights, wanted, atol=1e-6)
    np.testing.assert_array_equal(found.visible, seen)
    assert (found.causal, found.source) == (False, "ein blauer Hund")
    alone = Trace.from_weights(TEXTS, wanted, key_tokens=keys)
    for trace in (found, alone):
        trace.save(tmp_path / "t.npz")
        loaded = Trace.load(tmp_path / "t.npz")
        assert loaded.header() == trace.header()
        assert [word.text for word in loaded.key_words] == ["ein", "blauer", "Hund"]
    with pytest.raises(
        AttentionError, match=r"array weights has shape \(4, 3\), not \(n = 4, n = 4"
    ):
        Trace.from_weights(TEXTS, wanted)
    with pytest.raises(AttentionError, match=r"array mask has shape \(4, 4\), not \(4, 3\)"):
        Trace.from_arrays(TEXTS, Q, k, mask=np.eye(4) == 1, key_tokens=keys)


def test_pieces_are_found_in_the_sentence() -> None:
    texts = ["[CLS]", "The", "cat", "s", ".", "[SEP]"]
    weights = np.full((6, 6), 1 / 6)
    found = Trace.from_weights(texts, weights, start=True, end=True, sentence="The  cats.")
    assert [(token.start, token.end) for token in found.tokens[1:]] == [
        (0, 3), (5, 8), (8, 9), (9, 10), (10, 10),
    ]  # fmt: skip
    assert [word.text for word in found.words] == ["The", "cats", "."]
    assert found.tokens[-1].special
    with pytest.raises(AttentionError, match=r"token 2 \('dog'\) is not in the sentence from char"):
        Trace.from_weights(["", "The", "dog"], np.eye(3), start=True, sentence="The cat")
    with pytest.raises(AttentionError, match="token 0 is no text but int"):
        Trace.from_weights([1, 2], np.eye(2))  # type: ignore[list-item]


@pytest.mark.parametrize("ending", ["npz", "json"])
def test_a_plain_file_of_arrays_is_a_trace(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"plain.{ending}"

    def write(**content: Any) -> Path:
        if ending == "npz":
            np.savez(path, **content)
        else:
            lists = {key: np.asarray(value).tolist() for key, value in content.items()}
            path.write_text(json.dumps(lists))
        return path

    found = Material.load(write(tokens=TEXTS, q=Q, k=K, v=V)).trace
    np.testing.assert_allclose(found.weights, Trace.from_arrays(TEXTS, Q, K, V).weights, rtol=1e-5)
    alone = Trace.load(write(tokens=["", *TEXTS, ""], weights=np.eye(6)))
    assert (alone.n, alone.start, alone.tokens[-1].display) == (6, 0, "end")
    for content, complaint in (
        ({"tokens": TEXTS}, "it has no array q and k, and no weights"),
        ({"tokens": TEXTS, "wieghts": np.eye(4)}, "nothing is known of its array 'wieghts'; known"),
        ({"tokens": [1, 2], "weights": np.eye(2)}, "its tokens are not a list of texts"),
        ({"tokens": TEXTS, "weights": np.eye(3)}, "array weights has shape (3, 3)"),
    ):
        with pytest.raises(AttentionError) as caught:
            Trace.load(write(**content))
        assert complaint in str(caught.value)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("lacking", [["q", "evil"], "q", [["q"]], 7])
def test_a_file_cannot_lack_what_it_likes(tmp_path: Path, lacking: Any) -> None:
    found = Trace.from_weights(TEXTS, pattern(causal=True)).to_json()
    (tmp_path / "t.json").write_text(json.dumps({**found, "lacking": lacking}))
    with pytest.raises(AttentionError, match="is not a whole trace"):
        Trace.load(tmp_path / "t.json")
