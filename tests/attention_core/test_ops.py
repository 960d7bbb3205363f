"""The small functions: properties that hold for any numbers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from attention_core.ops import (
    Array,
    entropy,
    feed_forward,
    layer_norm,
    relu,
    rms_norm,
    rope_tables,
    silu,
    sinusoids,
    softmax,
    swiglu,
)

numbers = st.floats(-1000, 1000, width=32)
tables = arrays(np.float32, array_shapes(min_dims=2, max_dims=3, min_side=1), elements=numbers)


@given(tables)
def test_each_row_of_a_softmax_sums_to_1(x: Array) -> None:
    shares = softmax(x)
    assert (shares >= 0).all()
    np.testing.assert_allclose(shares.sum(axis=-1), 1, atol=1e-5)


@given(tables, st.integers(-1000, 1000))
def test_softmax_is_shift_invariant(x: Array, shift: int) -> None:
    whole = np.round(x)  # so that adding the shift loses nothing
    np.testing.assert_array_equal(softmax(whole + np.float32(shift)), softmax(whole))


def test_softmax_gives_minus_infinity_exactly_0_and_does_not_overflow() -> None:
    row = np.array([[1e30, -np.inf, 1e30, -1e30]], np.float32)
    assert softmax(row).tolist() == [[0.5, 0, 0.5, 0]]


@given(tables)
def test_rms_norm_makes_rows_of_length_sqrt_of_their_size(x: Array) -> None:
    x = x + np.where(np.abs(x) < 1, np.float32(2), np.float32(0))  # keep away from 0
    normed = rms_norm(x, np.ones(x.shape[-1], np.float32), 1e-12)
    np.testing.assert_allclose(np.mean(normed**2, axis=-1), 1, rtol=1e-4)


@pytest.mark.filterwarnings("error")
def test_silu_is_x_for_large_x_and_0_for_very_negative_x_without_overflow() -> None:
    x = np.array([-1e30, -1000, 0, 1000, 1e30], np.float32)
    assert silu(x)[2:].tolist() == [0, 1000, np.float32(1e30)]
    assert silu(x)[1] == pytest.approx(0, abs=1e-30)


def test_swiglu_is_its_formula() -> None:
    draw = np.random.default_rng(0)
    x, gate, up, down = (draw.normal(size=s) for s in ((3, 4), (5, 4), (5, 4), (4, 5)))
    z = x @ gate.T
    wanted = (z / (1 + np.exp(-z)) * (x @ up.T)) @ down.T
    found = swiglu(*(a.astype(np.float32) for a in (x, gate, up, down)))
    np.testing.assert_allclose(found, wanted, atol=1e-5)


def test_rope_turns_pair_0_by_one_radian_a_position_and_the_others_more_slowly() -> None:
    cos, sin = rope_tables(n=5, d_k=8, base=10_000)
    angle = np.arctan2(sin, cos)
    np.testing.assert_allclose(angle[:4, 0], [0, 1, 2, 3], atol=1e-6)
    np.testing.assert_allclose(angle[1], [1, 0.1, 0.01, 0.001], rtol=1e-5)


def test_entropy_counts_bits() -> None:
    shares = np.array([[1, 0, 0, 0], [0.5, 0.5, 0, 0], [0.25] * 4], np.float32)
    assert entropy(shares).tolist() == [0, 1, 2]


def test_layer_norm_centres_and_scales_each_row() -> None:
    row = np.array([[1, 2, 3, 6]], np.float32)  # mean 3, variance 3.5
    weight, bias = np.full(4, 2, np.float32), np.ones(4, np.float32)
    wanted = (row - 3) / np.sqrt(3.5)
    np.testing.assert_allclose(layer_norm(row, np.ones(4, np.float32), None, 0), wanted, rtol=1e-6)
    np.testing.assert_allclose(layer_norm(row, weight, bias, 0), wanted * 2 + 1, rtol=1e-6)


def test_the_feed_forward_block_is_that_of_the_paper() -> None:
    x, w_up, w_down = (np.array(m, np.float32) for m in ([[1, -1]], [[1, 0], [0, 1]], [[2, 3]]))
    b_up, b_down = np.array([0, 2], np.float32), np.array([10], np.float32)
    assert feed_forward(x, w_up, None, w_down, None, relu).tolist() == [[2]]  # 2 * 1 + 3 * 0
    assert feed_forward(x, w_up, b_up, w_down, b_down, relu).tolist() == [[15]]


def test_positions_are_sines_and_cosines() -> None:
    table = sinusoids(3, 4)
    wanted = [np.sin(2), np.cos(2), np.sin(2 / 100), np.cos(2 / 100)]
    np.testing.assert_allclose(table[2], wanted, rtol=1e-6)
    assert table[0].tolist() == [0, 1, 0, 1]
