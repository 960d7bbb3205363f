"""How numbers are displayed."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from attention_core import Trace
from attention_core.ops import softmax
from attention_core.rounding import (
    format_bits,
    format_nested,
    format_probability,
    format_score,
    format_sum,
    format_weight,
    shares,
    table_decimals,
)

shapes = st.tuples(st.integers(1, 5), st.integers(1, 40))
rows = arrays(np.float32, shapes, elements=st.floats(-30, 30, width=32))


@given(rows)
def test_displayed_rows_sum_to_1_00_and_no_share_moves_by_a_hundredth(scores: np.ndarray) -> None:
    weights = softmax(scores)
    shown = shares(weights)
    assert (np.rint(shown * 100).sum(axis=-1) == 100).all()
    assert np.abs(shown - weights).max() < 0.01 + 1e-6


@given(rows)
def test_what_is_masked_is_displayed_as_exactly_0(scores: np.ndarray) -> None:
    scores = scores.copy()
    scores[:, 1:][scores[:, 1:] < 0] = -np.inf
    assert (shares(softmax(scores))[np.isneginf(scores)] == 0).all()


def test_the_missing_hundredth_goes_to_the_share_that_lost_most() -> None:
    assert shares([1 / 3, 1 / 3, 1 / 3]).tolist() == [0.34, 0.33, 0.33]
    assert shares([0.126, 0.4345, 0.4395]).tolist() == [0.13, 0.43, 0.44]


def test_a_chance_that_rounds_to_nothing_is_less_than_a_thousandth_and_not_none() -> None:
    assert format_probability(0.424, 0.4238) == "0.424"
    assert format_probability(0.001, 0.0004) == "0.001"
    assert format_probability(0.0, 0.0004) == "<0.001"
    assert format_probability(0.0, 0.0) == "0.000"


def test_the_default_sentence_reads_as_measured(default_trace: Trace) -> None:
    creature = shares(default_trace.weights)[4, :5]
    assert [format_weight(w) for w in creature] == ["0.48", "0.01", "0.22", "0.24", "0.05"]


@pytest.mark.parametrize(
    ("score", "text"),
    [(12.84, "+12.8"), (-4.26, "−4.3"), (0.0, "0.0"), (-0.04, "0.0"), (0.04, "0.0"),
     (-100.0, "−100.0"), (float("-inf"), "−∞"), (9.96, "+10.0")],
)  # fmt: skip
def test_a_score_shows_its_sign(score: float, text: str) -> None:
    assert format_score(score) == text


def test_a_score_can_drop_its_decimal() -> None:
    assert format_score(12.84, decimals=0) == "+13"
    assert format_score(-0.4, decimals=0) == "0"
    assert format_bits(1.5304) == "1.53"


@given(st.lists(st.floats(-300, 300, width=32), min_size=1, max_size=9))
def test_a_displayed_sum_is_that_of_its_displayed_addends(addends: list[float]) -> None:
    total = float(np.sum(addends))
    texts, whole = format_sum(addends, total)
    read = [Decimal(text.replace("−", "-")) for text in (*texts, whole)]
    assert sum(read[:-1]) == read[-1]
    assert len({-number.as_tuple().exponent for number in read}) == 1
    unit = 10.0 ** int(read[-1].as_tuple().exponent)
    assert np.abs(np.array(read[:-1], float) - addends).max() < unit * (1 + 1e-6)
    assert abs(float(read[-1]) - total) <= unit * 0.501


def test_a_table_has_one_precision_unless_one_large_number_leaves_none() -> None:
    assert table_decimals([[13.8, -0.04], [0.2, 3.64]]) == 1
    assert table_decimals([[-2.35, -0.86], [0.41, 1.96]]) == 2
    assert table_decimals([[139.0, -0.86], [0.41, 1.96]]) is None
    assert format_sum([13.84, 0.16], 14.0, 1) == (["+13.8", "+0.2"], "+14.0")
    assert format_nested([0.04, 0.16], 13.8, 14.0, 1) == (
        ["0.0", "+0.2"],
        ("+13.8", "+0.2", "+14.0"),
    )


@given(
    st.lists(st.floats(-300, 300, width=32), min_size=2, max_size=2),
    st.floats(-300, 300, width=32),
)
def test_a_displayed_sum_inside_a_sum_adds_up_too(inner: list[float], other: float) -> None:
    total = float(np.sum(inner)) + other
    texts, sums = format_nested(inner, other, total)
    assert format_sum([other, float(np.sum(inner))], total) == ([*sums[:2]], sums[2])
    *read, before, change, whole = (Decimal(t.replace("−", "-")) for t in (*texts, *sums))
    assert sum(read) == change
    assert before + change == whole
    unit = 10.0 ** int(whole.as_tuple().exponent)
    assert np.abs(np.array(read, float) - inner).max() < unit * (1 + 1e-6)
