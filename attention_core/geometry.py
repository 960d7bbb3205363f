"""Planes to draw many-dimensional vectors in, and how much each of them keeps."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
TINY = 1e-12


class PrincipalPlane(NamedTuple):
    """The plane of the two directions along which points differ most."""

    mean: Floats  # (d,)
    axes: Floats  # (2, d)  orthonormal
    shares: Floats  # (2,)  of the variance, along each axis

    def project(self, x: ArrayLike) -> Floats:
        """Where points (..., d) lie in the plane, from the mean: (..., 2)."""
        found: Floats = (np.asarray(x, np.float64) - self.mean) @ self.axes.T
        return found


def principal_plane(x: ArrayLike) -> PrincipalPlane:
    """Principal component analysis with two components (Pearson 1901; Jolliffe, ch. 3).

    x - mean = U s V^T; the axes are the first two rows of V^T, and axis i keeps
    s_i^2 / sum(s^2) of the variance. Each axis points to where its largest entry is positive.

    x: (n, d) -> axes (2, d), shares (2,); an axis along which nothing differs has the share 0
    """
    points = np.asarray(x, np.float64)
    mean = points.mean(axis=0)  # (d,)
    _, s, vt = np.linalg.svd(points - mean, full_matrices=False)
    axes = np.zeros((2, points.shape[1]))
    axes[: len(vt[:2])] = vt[:2]
    largest = np.take_along_axis(axes, np.abs(axes).argmax(axis=1)[:, None], axis=1)
    axes *= np.where(largest < 0, -1.0, 1.0)
    shares = np.zeros(2)
    shares[: len(s[:2])] = s[:2] ** 2 / max(float((s**2).sum()), TINY)
    return PrincipalPlane(mean, axes, shares)


class ScorePlane(NamedTuple):
    """Queries and keys in two dimensions whose dot products are nearly their scores."""

    queries: Floats  # (n_q, 2)
    keys: Floats  # (n_k, 2)
    to_queries: Floats  # (d_k, 2)  any query's place is q @ to_queries
    to_keys: Floats  # (d_k, 2)  any key's place is k @ to_keys
    share: float  # of the squares of all scores


def score_plane(q: ArrayLike, k: ArrayLike, exact: int | None = None) -> ScorePlane:
    """The plane that keeps most of the scores S = q k^T.

    Without `exact` it is the truncated SVD, S = U s V^T, Q' = U sqrt(s), K' = V sqrt(s): no other
    Q' K'^T of rank 2 leaves less of S (Eckart and Young 1936). With `exact` it is the best of
    those that keep this query's scores as they are: its row of S, normed, is the first right
    vector, and the rest of S gives the second one. That query then lies on the first axis, and
    how far a key reaches along it is its score, exactly.

    Both maps are linear, so they place other queries and keys too, those before RoPE for one.

    q: (n_q, d_k), k: (n_k, d_k) -> queries (n_q, 2), keys (n_k, 2)
    """
    queries, keys = np.asarray(q, np.float64), np.asarray(k, np.float64)
    scores = queries @ keys.T  # (n_q, n_k)
    # Each right vector is S^T u for some u, so that it is linear in the keys: v = k q^T u.
    if exact is None:
        left = _left(scores, 2)  # (n_q, 2)
    else:
        first = np.zeros((len(scores), 1))
        first[exact] = 1.0
        v = _normed(scores[exact])  # (n_k,)
        second = _left(scores - np.outer(scores @ v, v), 1)  # (n_q, 1)
        # What the second vector shares with the first one is taken off.
        second = second - first * (v @ (scores.T @ second)) / max(_length(scores[exact]), TINY)
        left = np.concatenate([first, second], axis=1)
    right = scores.T @ left  # (n_k, 2)
    sizes = np.sqrt((right**2).sum(axis=0))  # (2,)
    inverse = np.where(sizes > TINY, 1.0 / np.maximum(sizes, TINY), 0.0)
    right = right * inverse  # (n_k, 2)  orthonormal
    seen = scores @ right  # (n_q, 2)  scores in the plane's basis; their sizes are s
    s = np.sqrt((seen**2).sum(axis=0))  # (2,)
    root, unroot = np.sqrt(s), np.where(s > TINY, 1.0 / np.sqrt(np.maximum(s, TINY)), 0.0)
    to_queries = keys.T @ right * unroot  # (d_k, 2)
    to_keys = queries.T @ left * inverse * root  # (d_k, 2)
    share = float((seen**2).sum() / max(float((scores**2).sum()), TINY))
    return ScorePlane(queries @ to_queries, keys @ to_keys, to_queries, to_keys, share)


def _left(matrix: Floats, count: int) -> Floats:
    """The first left singular vectors: (rows, count), zeros where there are none."""
    u, s, _ = np.linalg.svd(matrix, full_matrices=False)
    found = np.zeros((len(matrix), count))
    kept = int((s[:count] > TINY * max(float(s[0]), 1.0)).sum())
    found[:, :kept] = u[:, :kept]
    return found


def _length(vector: Floats) -> float:
    return float(np.linalg.norm(vector))


def _normed(vector: Floats) -> Floats:
    return vector / max(_length(vector), TINY)


class ExactFrame(NamedTuple):
    """Up to three vectors in three dimensions, without any loss."""

    places: Floats  # (m, 3)
    basis: Floats  # (3, d)  orthonormal; rows of zeros where fewer directions are needed

    def project(self, x: ArrayLike) -> tuple[Floats, float]:
        """The shadow of another vector (d,) in the frame, (3,), and the share of its length."""
        vector = np.asarray(x, np.float64)
        shadow: Floats = self.basis @ vector
        return shadow, _length(shadow) / max(_length(vector), TINY)


def exact_frame(vectors: ArrayLike) -> ExactFrame:
    """The frame of at most three vectors, by Gram and Schmidt: X^T = Q R (Golub and Van Loan 5.2).

    The columns of R are the vectors' places: all lengths, angles and distances are kept, those to
    the origin among them, so four points fit in three dimensions. The first vector lies on the
    first axis, the second one in the plane of the first two, and none has a negative entry there.

    vectors: (m, d), m <= 3 -> places (m, 3)
    """
    x = np.asarray(vectors, np.float64)
    q, r = np.linalg.qr(x.T)  # (d, m), (m, m)
    signs = np.where(np.diag(r) < 0, -1.0, 1.0)
    # Where vectors coincide, what is left of one is rounding: it has no direction.
    used = np.abs(np.diag(r)) > 1e-5 * max(float(np.abs(r).max()), TINY)
    signs = np.where(used, signs, 0.0)
    places, basis = np.zeros((len(x), 3)), np.zeros((3, x.shape[1]))
    places[:, : len(x)] = (r * signs[:, None]).T
    basis[: len(x)] = (q * signs).T
    return ExactFrame(places, basis)


class Direction(NamedTuple):
    """An axis through the means of two classes, which stand at +1 and -1 on it."""

    unit: Floats  # (d,)
    middle: Floats  # (d,)
    half: float  # half of the distance between the two means

    def value(self, x: ArrayLike) -> float:
        """Where a vector (d,) stands on the axis."""
        return float((np.asarray(x, np.float64) - self.middle) @ self.unit / max(self.half, TINY))

    def captured(self, move: ArrayLike) -> float:
        """How much of a move's length (d,) lies along the axis, signed, -1..1."""
        vector = np.asarray(move, np.float64)
        return float(vector @ self.unit / max(_length(vector), TINY))


def difference_of_means(plus: ArrayLike, minus: ArrayLike) -> Direction:
    """The direction from one class's mean to the other's (Marks and Tegmark, arXiv:2310.06824).

    plus: (a, d), minus: (b, d)
    """
    high, low = (np.asarray(x, np.float64).mean(axis=0) for x in (plus, minus))
    return Direction(_normed(high - low), (high + low) / 2, _length(high - low) / 2)
