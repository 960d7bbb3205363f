"""The named steps: what must hold whatever the weights are."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attention_core.attention import AttentionWeights, Steps, attend, mask, rotate, scale, scores
from attention_core.ops import Array, rope_tables, softmax

H, G, D_K, D_MODEL = 6, 2, 4, 24
seeds = st.integers(0, 2**32 - 1)
lengths = st.integers(1, 12)


def weights(seed: int) -> AttentionWeights:
    draw = np.random.default_rng(seed)
    shapes = ((H * D_K, D_MODEL), (G * D_K, D_MODEL), (G * D_K, D_MODEL), (D_MODEL, H * D_K))
    return AttentionWeights(*(draw.normal(size=shape).astype(np.float32) for shape in shapes))


def run(seed: int, n: int, causal: bool = True) -> tuple[Array, AttentionWeights, Steps]:
    x = np.random.default_rng(seed + 1).normal(size=(n, D_MODEL)).astype(np.float32)
    w = weights(seed)
    return x, w, attend(x, w, H, G, rope_tables(n, D_K, 10_000), causal)


@given(seeds, lengths, st.booleans())
def test_rows_sum_to_1_and_masked_cells_are_exactly_0(seed: int, n: int, causal: bool) -> None:
    *_, steps = run(seed, n, causal)
    np.testing.assert_allclose(steps.weights.sum(axis=-1), 1, atol=1e-5)
    future = np.triu(np.ones((n, n), bool), k=1) & causal
    assert (steps.weights[:, future] == 0).all()
    assert (np.isneginf(steps.masked) == future).all()


@given(seeds, lengths)
def test_the_heads_updates_add_up_to_the_blocks(seed: int, n: int) -> None:
    _, w, steps = run(seed, n)
    side_by_side = steps.mixed.transpose(1, 0, 2).reshape(n, H * D_K)
    np.testing.assert_allclose(steps.updates.sum(axis=0), side_by_side @ w.w_o.T, atol=1e-3)


@given(seeds, lengths, st.permutations(range(H)))
def test_permuting_the_heads_permutes_the_patterns_and_nothing_else(
    seed: int, n: int, order: list[int]
) -> None:
    x, w, steps = run(seed, n)
    group = H // G

    def rows(matrix: Array, heads: list[int]) -> Array:
        return matrix.reshape(-1, D_K, D_MODEL)[heads].reshape(-1, D_MODEL)

    shared = [head // group for head in order]  # each head brings its own key/value head along
    moved = AttentionWeights(
        rows(w.w_q, order),
        rows(w.w_k, shared),
        rows(w.w_v, shared),
        w.w_o.reshape(D_MODEL, H, D_K)[:, order].reshape(D_MODEL, -1),
    )
    again = attend(x, moved, H, H, rope_tables(n, D_K, 10_000))
    np.testing.assert_allclose(again.weights, steps.weights[order], atol=1e-5)
    np.testing.assert_allclose(again.updates.sum(0), steps.updates.sum(0), atol=1e-3)


@given(seeds, st.integers(2, 12))
def test_a_later_token_changes_nothing_before_it(seed: int, n: int) -> None:
    x, w, steps = run(seed, n)
    shorter = attend(x[:-1], w, H, G, rope_tables(n - 1, D_K, 10_000))
    # n - 1 rows may be multiplied in another order than n: as exact as float32 sums of this size.
    atol = 2e-5 * np.abs(steps.updates).max()
    np.testing.assert_allclose(shorter.updates, steps.updates[:, :-1], rtol=0, atol=atol)


def test_rotation_keeps_lengths_and_makes_scores_depend_on_distance_only() -> None:
    same = np.ones((1, 10, D_K), np.float32)  # the same vector at every position
    turned = rotate(same, *rope_tables(10, D_K, 10_000))
    np.testing.assert_allclose(np.linalg.norm(turned, axis=-1), 2, rtol=1e-6)
    table = scores(turned, turned)[0]
    for distance in range(10):
        diagonal = np.diagonal(table, distance)
        np.testing.assert_allclose(diagonal, diagonal[0], atol=1e-5)


def test_scaling_divides_by_the_square_root_of_d_k() -> None:
    assert scale(np.array([[16.0]], np.float32), 64).tolist() == [[2.0]]


def test_the_mask_without_causality_hides_nothing() -> None:
    x = np.zeros((3, 3), np.float32)
    assert mask(x, causal=False) is x
    assert softmax(mask(x))[0].tolist() == [1, 0, 0]


@pytest.mark.parametrize("kv_heads", [1, 2, 3, 6])
def test_heads_of_a_group_share_keys_and_values(kv_heads: int) -> None:
    draw = np.random.default_rng(0)
    x = draw.normal(size=(5, D_MODEL)).astype(np.float32)
    narrow = draw.normal(size=(2, kv_heads * D_K, D_MODEL)).astype(np.float32)
    w = weights(0)._replace(w_k=narrow[0], w_v=narrow[1])
    wide = [
        np.repeat(m.reshape(kv_heads, D_K, D_MODEL), H // kv_heads, axis=0).reshape(-1, D_MODEL)
        for m in narrow
    ]
    shared = attend(x, w, H, kv_heads)
    spelled_out = attend(x, w._replace(w_k=wide[0], w_v=wide[1]), H, H)
    np.testing.assert_allclose(shared.weights, spelled_out.weights, atol=1e-6)
    np.testing.assert_allclose(shared.updates, spelled_out.updates, atol=1e-4)


@given(seeds, lengths, lengths)
def test_queries_can_look_at_another_sentence(seed: int, n: int, n_k: int) -> None:
    draw = np.random.default_rng(seed)
    x, memory = (draw.normal(size=(rows, D_MODEL)).astype(np.float32) for rows in (n, n_k))
    w = weights(seed)
    steps = attend(x, w, H, G, causal=False, memory=memory)
    assert (steps.q.shape, steps.k.shape, steps.v.shape) == (
        (H, n, D_K),
        (G, n_k, D_K),
        (G, n_k, D_K),
    )
    assert (steps.weights.shape, steps.updates.shape) == ((H, n, n_k), (H, n, D_MODEL))
    np.testing.assert_allclose(steps.weights.sum(axis=-1), 1, atol=1e-5)
    itself = attend(x, w, H, G, causal=False, memory=x)
    np.testing.assert_array_equal(itself.updates, attend(x, w, H, G, causal=False).updates)
