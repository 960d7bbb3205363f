"""The pieces of a word count together."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from attention_core import Trace
from attention_core.merge import by_word
from attention_core.sink import rescaled


def test_key_pieces_are_added_and_the_last_piece_asks(default_trace: Trace) -> None:
    merged, weights = by_word(default_trace), default_trace.weights
    assert [word.text for word in default_trace.words][6] == "verdant"
    assert merged.rows == (1, 2, 3, 4, 5, 6, 9, 10)
    assert merged.weights[7, 6] == pytest.approx(weights[10, 7:10].sum(), abs=1e-6)
    np.testing.assert_allclose(merged.weights[6, :6], weights[9, 1:7], atol=1e-6)
    np.testing.assert_allclose(merged.start, weights[list(merged.rows), 0])
    total = merged.start + merged.weights.sum(axis=1)
    np.testing.assert_allclose(total, 1.0, atol=1e-6)


def test_a_word_is_visible_as_soon_as_one_of_its_pieces_is(default_trace: Trace) -> None:
    np.testing.assert_array_equal(by_word(default_trace).visible, np.tri(8) == 1)


def test_without_the_start_token_nothing_goes_to_it(default_trace: Trace) -> None:
    kept = replace(default_trace, weights=rescaled(default_trace.weights, 0))
    merged = by_word(kept)
    assert (merged.start == 0).all()
    np.testing.assert_allclose(merged.weights.sum(axis=1), 1.0, atol=1e-6)
