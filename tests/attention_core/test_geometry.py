"""The planes that vectors are drawn in, against NumPy's own decompositions."""

from __future__ import annotations

import numpy as np
import pytest

from attention_core import Material, Trace
from attention_core.derived.planes import planes
from attention_core.geometry import (
    difference_of_means,
    exact_frame,
    principal_plane,
    score_plane,
)


@pytest.fixture
def q_k() -> tuple[np.ndarray, np.ndarray]:
    """Seven queries and nine keys of 16 entries."""
    random = np.random.default_rng(5)
    return random.normal(size=(7, 16)), random.normal(size=(9, 16))


def test_the_principal_plane_is_that_of_the_covariance() -> None:
    x = np.random.default_rng(3).normal(size=(20, 6)) * [5, 1, 3, 1, 1, 1]
    plane = principal_plane(x)
    values, vectors = np.linalg.eigh(np.cov(x.T))
    for axis in (0, 1):
        along = vectors[:, -1 - axis]
        assert abs(plane.axes[axis] @ along) == pytest.approx(1)
        assert plane.shares[axis] == pytest.approx(values[-1 - axis] / values.sum())
    np.testing.assert_allclose(plane.project(x), (x - x.mean(0)) @ plane.axes.T)


def test_one_point_has_a_plane_that_keeps_nothing() -> None:
    plane = principal_plane(np.ones((1, 4)))
    assert plane.shares.tolist() == [0, 0]
    assert plane.project(np.ones((1, 4))).tolist() == [[0, 0]]


def test_the_score_plane_is_the_truncated_svd(q_k: tuple[np.ndarray, np.ndarray]) -> None:
    q, k = q_k
    plane = score_plane(q, k)
    u, s, vt = np.linalg.svd(q @ k.T)
    for axis in (0, 1):  # Q' = U sqrt(s), K' = V sqrt(s), up to a sign of both
        sign = np.sign(plane.queries[:, axis] @ u[:, axis])
        np.testing.assert_allclose(plane.queries[:, axis], sign * u[:, axis] * s[axis] ** 0.5)
        np.testing.assert_allclose(plane.keys[:, axis], sign * vt[axis] * s[axis] ** 0.5)
    assert plane.share == pytest.approx((s[:2] ** 2).sum() / (s**2).sum())
    left = ((q @ k.T - plane.queries @ plane.keys.T) ** 2).sum() / (s**2).sum()
    assert plane.share == pytest.approx(1 - left)


@pytest.mark.parametrize("row", range(7))
def test_an_exact_query_keeps_its_scores_and_lies_on_the_first_axis(
    row: int, q_k: tuple[np.ndarray, np.ndarray]
) -> None:
    q, k = q_k
    scores = q @ k.T
    plane, best = score_plane(q, k, exact=row), score_plane(q, k)
    drawn = plane.queries @ plane.keys.T
    np.testing.assert_allclose(drawn[row], scores[row], atol=1e-12)
    assert plane.queries[row, 0] > 0
    assert plane.queries[row, 1] == pytest.approx(0, abs=1e-12)
    assert plane.share == pytest.approx(1 - ((scores - drawn) ** 2).sum() / (scores**2).sum())
    assert plane.share <= best.share


def test_no_other_plane_with_that_query_exact_keeps_more(
    q_k: tuple[np.ndarray, np.ndarray],
) -> None:
    q, k = q_k
    scores, share = q @ k.T, score_plane(q, k, exact=2).share
    first = scores[2] / np.linalg.norm(scores[2])
    for seed in range(200):
        second = np.random.default_rng(seed).normal(size=9)
        second -= first * (first @ second)
        basis = np.stack([first, second / np.linalg.norm(second)])
        assert ((scores @ basis.T) ** 2).sum() / (scores**2).sum() <= share


def test_the_maps_place_other_queries_and_keys(q_k: tuple[np.ndarray, np.ndarray]) -> None:
    q, k = q_k
    for exact in (None, 4):
        plane = score_plane(q, k, exact)
        np.testing.assert_allclose(q @ plane.to_queries, plane.queries)
        np.testing.assert_allclose(k @ plane.to_keys, plane.keys)


def test_scores_of_rank_one_and_of_nothing_are_planes_too() -> None:
    flat = score_plane(np.ones((1, 4)), np.ones((3, 4)), exact=0)
    assert flat.share == pytest.approx(1)
    np.testing.assert_allclose(flat.queries @ flat.keys.T, 4)
    nothing = score_plane(np.zeros((2, 4)), np.ones((3, 4)), exact=1)
    assert np.isfinite(nothing.queries).all()
    assert nothing.share == 0


def test_each_query_of_a_trace_has_a_plane_that_keeps_its_scores(
    default_material: Material, default_trace: Trace
) -> None:
    arrays, trace = default_material.arrays, default_trace
    for row in trace.word_rows:
        drawn = arrays["plane_k"][row] @ arrays["plane_q"][row]
        np.testing.assert_allclose(drawn, trace.scores[row], atol=2e-3)
        assert 0.7 < arrays["plane_share"][row] <= arrays["plane_best"]
    assert arrays["plane_best"] == pytest.approx(0.886, abs=1e-3)
    assert arrays["plane_share"][4] == pytest.approx(0.880, abs=1e-3)
    assert arrays["plane_x_shares"].sum() == pytest.approx(0.44, abs=5e-3)


def test_a_trace_gives_its_planes_without_a_model(
    default_material: Material, default_trace: Trace
) -> None:
    for name, array in planes(default_trace).items():
        np.testing.assert_allclose(array, default_material.arrays[name], atol=1e-3)


def distances(points: np.ndarray) -> np.ndarray:
    """All pairwise distances, those to the origin among them."""
    every = np.concatenate([np.zeros((1, points.shape[1])), points])
    return np.asarray(np.linalg.norm(every[:, None] - every[None], axis=2))


@pytest.mark.parametrize("count", [1, 2, 3])
def test_an_exact_frame_keeps_every_distance(count: int) -> None:
    x = np.random.default_rng(count).normal(size=(count, 50))
    frame = exact_frame(x)
    np.testing.assert_allclose(distances(frame.places), distances(x))
    np.testing.assert_allclose(frame.places @ frame.basis, x, atol=1e-12)
    assert (np.diag(frame.places) > 0).all()
    assert np.abs(np.triu(frame.places, k=1)).max() < 1e-12  # the first lies on the first axis


def test_vectors_that_coincide_stand_in_one_place() -> None:
    x = np.tile(np.random.default_rng(4).normal(size=50), (3, 1)).astype(np.float32)
    frame = exact_frame(x)
    np.testing.assert_allclose(frame.places, frame.places[[0, 0, 0]], atol=1e-6)
    assert np.abs(frame.basis[1:]).max() == 0  # rounding is no direction


def test_the_shadow_of_a_vector_is_its_projection() -> None:
    random = np.random.default_rng(6)
    x, other = random.normal(size=(3, 50)), random.normal(size=50)
    shadow, kept = exact_frame(x).project(other)
    fitted = x.T @ np.linalg.lstsq(x.T, other, rcond=None)[0]
    assert np.linalg.norm(shadow) == pytest.approx(np.linalg.norm(fitted))
    assert kept == pytest.approx(np.linalg.norm(fitted) / np.linalg.norm(other))


def test_a_direction_puts_its_classes_at_one_and_minus_one() -> None:
    random = np.random.default_rng(7)
    plus, minus = random.normal(1, 1, (5, 30)), random.normal(-1, 1, (4, 30))
    axis = difference_of_means(plus, minus)
    assert axis.value(plus.mean(0)) == pytest.approx(1)
    assert axis.value(minus.mean(0)) == pytest.approx(-1)
    assert axis.captured(plus.mean(0) - minus.mean(0)) == pytest.approx(1)
    aside = random.normal(size=30)
    assert axis.captured(aside - (aside @ axis.unit) * axis.unit) == pytest.approx(0, abs=1e-12)
