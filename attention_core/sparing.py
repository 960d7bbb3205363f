"""The steps of attention where little is kept of them: many sentences, or layers on the way."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from attention_core.attention import (
    AttentionWeights,
    Projections,
    Steps,
    Terms,
    mix,
    read_off,
    rotate,
    score,
    share,
    write_back,
)
from attention_core.ops import Array, softmax


def pass_by(
    x: Array,
    w: AttentionWeights,
    heads: int,
    kv_heads: int,
    rope: tuple[Array, Array] | None,
    terms: Terms,
) -> Array:
    """The same steps with nothing kept but the block's update: (n, d_model) -> (n, d_model).

    Head after head, so that of all the n x n matrices one head's are there at a time.
    """
    q, k, v, *_ = read_off(x, w, heads, kv_heads, terms.norm_eps)  # (heads or kv_heads, n, d_k)
    if rope is not None:
        q, k = rotate(q, *rope), rotate(k, *rope)
    mixed = np.empty_like(q)  # (heads, n, d_k)
    for head in range(heads):
        one, kv = _places(head, heads // kv_heads)
        *_, masked = score(q[one], k[kv], _of_head(terms, one))  # (1, n, n)
        mixed[one] = mix(softmax(masked), v[kv])  # (1, n, d_k)
    return _joined(mixed, w)


def attend_one(
    x: Array,
    w: AttentionWeights,
    heads: int,
    kv_heads: int,
    head: int,
    rope: tuple[Array, Array] | None,
    terms: Terms,
) -> tuple[Steps, Array]:
    """All steps of one head, and what all heads together write: its n x n matrices alone are kept.

    The same numbers as those of `attend`, added up in the same order.

    x: (n, d_model) -> Steps of h = g = 1, and the sum of all heads' updates (n, d_model)
    """
    read = read_off(x, w, heads, kv_heads, terms.norm_eps)
    q, k = read.q, read.k  # (heads, n, d_k), (kv_heads, n, d_k)
    if rope is not None:
        q, k = rotate(q, *rope), rotate(k, *rope)
    whole, d_k = np.zeros_like(x), q.shape[-1]  # (n, d_model)
    for at in range(heads):
        one, kv = _places(at, heads // kv_heads)
        w_o = w.w_o[:, at * d_k : (at + 1) * d_k]  # (d_model, d_k)
        steps = _steps(read, q, k, w_o, one, kv, _of_head(terms, one))
        whole += steps.updates[0]
        if at == head:
            kept = steps
        del steps  # before the next head's are there
    return kept, whole


def _steps(
    read: Projections, q: Array, k: Array, w_o: Array, one: slice, kv: slice, terms: Terms
) -> Steps:
    """All steps of one head.

    q: (heads, n, d_k), k: (kv_heads, n, d_k), w_o: (d_model, d_k) -> Steps of h = g = 1
    """
    raw, scaled, unmasked, masked = score(q[one], k[kv], terms)  # (1, n, n) each
    weights = softmax(masked)  # (1, n, n)
    mixed = mix(weights, read.v[kv])  # (1, n, d_k)
    return Steps(
        read.q[one], read.k[kv], q[one], k[kv], read.v[kv], raw, scaled, masked, weights, mixed,
        write_back(mixed, w_o), terms,
        unmasked=None if unmasked is scaled else unmasked,
        q_unnormed=None if read.q_unnormed is None else read.q_unnormed[one],
        k_unnormed=None if read.k_unnormed is None else read.k_unnormed[kv],
    )  # fmt: skip


def _places(head: int, group: int) -> tuple[slice, slice]:
    """Where a head stands among the heads, and its key/value head among those."""
    kv = head // group
    return slice(head, head + 1), slice(kv, kv + 1)


def _of_head(terms: Terms, one: slice) -> Terms:
    """The terms of one head alone: a position bias of (1, n, n)."""
    if terms.position_bias is None:
        return terms
    return terms._replace(position_bias=terms.position_bias[one])


def _joined(mixed: Array, w: AttentionWeights) -> Array:
    """All heads' mixes through W_O at once: (heads, n, d_k) -> (n, d_model)."""
    update = mixed.transpose(1, 0, 2).reshape(mixed.shape[1], -1) @ w.w_o.T  # (n, d_model)
    return update if w.b_o is None else update + w.b_o


def attend_each(
    x: Array,
    lengths: Sequence[int],
    w: AttentionWeights,
    heads: int,
    kv_heads: int,
    ropes: Sequence[tuple[Array, Array]] | None,
    terms: Sequence[Terms],
) -> tuple[list[Array], Array]:
    """The same steps on many sentences at once, keeping the weights alone.

    Each matrix is multiplied once, with the rows of all sentences below one another; only what
    happens between the tokens of a sentence is done sentence by sentence. `ropes` and `terms` are
    each sentence's.

    x: (rows, d_model), the sentences' `lengths` summing to rows ->
    weights (heads, n, n) of each sentence, and the block's update (rows, d_model)
    """
    q, k, v, *_ = read_off(
        x, w, heads, kv_heads, terms[0].norm_eps
    )  # (heads or kv_heads, rows, d_k)
    v = share(v, heads)  # (heads, rows, d_k)
    found, mixed, at = [], np.empty_like(q), 0
    for place, n in enumerate(lengths):
        rows = slice(at, at + n)
        one_q, one_k = q[:, rows], k[:, rows]  # (heads, n, d_k), (kv_heads, n, d_k)
        if ropes is not None:
            one_q, one_k = rotate(one_q, *ropes[place]), rotate(one_k, *ropes[place])
        *_, masked = score(one_q, share(one_k, heads), terms[place])  # (heads, n, n)
        found.append(softmax(masked))  # (heads, n, n)
        mixed[:, rows] = mix(found[-1], v[:, rows])  # (heads, n, d_k)
        at += n
    return found, _joined(mixed, w)
