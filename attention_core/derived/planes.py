"""The planes that the chapter on queries and keys draws: of the embeddings, and of the scores."""

from __future__ import annotations

import numpy as np

from attention_core.derived import Derived
from attention_core.geometry import principal_plane, score_plane
from attention_core.models.base import Model
from attention_core.ops import Array
from attention_core.trace import Trace


def derive(network: Model, main: Trace) -> Derived:
    """All of it follows from the trace."""
    return Derived(arrays=planes(main))


def planes(trace: Trace) -> dict[str, Array]:
    """Where x, queries and keys lie in planes, and what these keep.

    plane_x (n, 2), plane_x_shares (2,): the principal plane of the words' x, from their mean
    plane_share (n,): of all words' scores, in the plane that is exact for query i
    plane_best (): the same in the best plane for all, the truncated SVD
    plane_q, plane_q_before (n, 2): query i in its own plane, after and before RoPE
    plane_k, plane_k_before (n, n, 2): the keys in the plane of query i

    Rows of the start token's own query are zeros. Without RoPE, before and after are the same.
    """
    x, rows = trace.need("x"), list(trace.word_rows)
    q_before = trace.q if trace.q_unrotated is None else trace.q_unrotated
    k_before = trace.k if trace.k_unrotated is None else trace.k_unrotated
    n = trace.n
    words = principal_plane(x[rows])
    q_places, k_places = np.zeros((2, n, 2)), np.zeros((2, n, n, 2))
    share = np.zeros(n)
    for number, row in enumerate(rows):
        plane = score_plane(trace.q[rows], trace.k, exact=number)
        share[row] = plane.share
        for when, (q, k) in enumerate(((q_before, k_before), (trace.q, trace.k))):
            q_places[when, row] = q[row] @ plane.to_queries
            k_places[when, row] = k @ plane.to_keys
    found = {
        "plane_x": words.project(x),  # (n, 2)
        "plane_x_shares": words.shares,  # (2,)
        "plane_share": share,
        "plane_best": score_plane(trace.q[rows], trace.k).share,
        "plane_q_before": q_places[0],
        "plane_q": q_places[1],
        "plane_k_before": k_places[0],
        "plane_k": k_places[1],
    }
    return {name: np.asarray(value, np.float32) for name, value in found.items()}
