"""Traces of cross-attention: the keys are the tokens of another sentence."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from attention_core import AttentionError, Trace


@pytest.fixture
def given() -> Trace:
    """Cross-attention of numbers that came from elsewhere: 3 queries, 2 keys."""
    q, k, v = np.eye(3, 4), np.eye(2, 4), np.eye(2, 5)
    return Trace.from_arrays(
        ["<s>", "작은", " 고양이"], q, k, v, start=True, key_tokens=["a", " b"]
    )


def test_cross_attention_from_elsewhere_becomes_a_trace(given: Trace) -> None:
    assert (given.n, given.n_k, given.causal, given.source) == (3, 2, False, "a b")
    assert given.weights.shape == (3, 2)
    assert given.v.shape == (2, 5)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"key_tokens": ["a"]}, "array k has shape (2, 4), not (n_k = 1, d_k = 4)"),
        ({"key_tokens": []}, "the sentence is empty"),
        ({"key_tokens": ["a", "\x00"]}, "the control character U+0000"),
    ],
)
def test_keys_that_do_not_fit_are_named(change: dict[str, Any], complaint: str) -> None:
    with pytest.raises(AttentionError) as caught:
        Trace.from_arrays(["a", " b"], np.eye(2, 4), np.eye(2, 4), np.eye(2, 4), **change)
    assert complaint in str(caught.value)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"causal": True}, "it is causal, but looks at another sentence"),
        ({"source": "a c"}, "(key_tokens) cannot be used: token 1 does not read as the sentence"),
        ({"source": 7}, "source must be of type str"),
        ({"key_tokens": []}, "(key_tokens) cannot be used: it holds 0 tokens"),
        ({"key_tokens": 7}, "is not a whole trace"),
        ({"source": "a\x1b[2J"}, "the control character U+001B"),
    ],
)
def test_a_trace_that_is_not_sound_is_refused(
    given: Trace, tmp_path: Path, change: dict[str, Any], complaint: str
) -> None:
    given.save(tmp_path / "hostile.npz")
    with np.load(tmp_path / "hostile.npz") as held:
        content = dict(held)
    header = json.loads(str(content["header"])) | change
    np.savez(tmp_path / "hostile.npz", **{**content, "header": np.array(json.dumps(header))})
    with pytest.raises(AttentionError) as caught:
        Trace.load(tmp_path / "hostile.npz")
    assert complaint in str(caught.value)


@pytest.mark.parametrize("name", ["t.npz", "t.json"])
def test_it_is_saved_and_loaded(given: Trace, tmp_path: Path, name: str) -> None:
    given.save(tmp_path / name)
    loaded = Trace.load(tmp_path / name)
    assert loaded.header() == given.header()
    assert [token.display for token in loaded.keys] == ["a", "b"]
    np.testing.assert_array_equal(loaded.weights, given.weights)
    assert loaded.fingerprint() == given.fingerprint()


def test_the_words_of_either_side_have_their_tokens(given: Trace) -> None:
    assert [(word.text, word.pieces) for word in given.words] == [("작은", (1,)), ("고양이", (2,))]
    assert [(word.text, word.pieces) for word in given.key_words] == [("a", (0,)), ("b", (1,))]
    assert given.predicted == ("작은", "고양이", "end")
