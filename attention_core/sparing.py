"""The steps of attention where little is kept of them: many sentences, or layers on the way."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from attention_core.attention import AttentionWeights, Terms, mix, project, rotate, score, share
from attention_core.ops import Array, rms_norm, softmax


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
    q, k, v = _read_off(x, w, heads, kv_heads, terms)  # (heads, n, d_k), (kv_heads, n, d_k) twice
    if rope is not None:
        q, k = rotate(q, *rope), rotate(k, *rope)
    mixed, group = np.empty_like(q), heads // kv_heads  # (heads, n, d_k)
    for head in range(heads):
        of_head = terms
        if terms.position_bias is not None:
            of_head = terms._replace(position_bias=terms.position_bias[head])  # (n, n)
        *_, masked = score(q[head], k[head // group], of_head)  # (n, n)
        mixed[head] = mix(softmax(masked), v[head // group])  # (n, d_k)
    return _joined(mixed, w)


def _read_off(
    x: Array, w: AttentionWeights, heads: int, kv_heads: int, terms: Terms
) -> tuple[Array, Array, Array]:
    """Queries, keys and values, normed where the family norms them, not rotated yet."""
    q = project(x, w.w_q, heads, w.b_q)  # (heads, n, d_k)
    k = project(x, w.w_k, kv_heads, w.b_k)  # (kv_heads, n, d_k)
    v = project(x, w.w_v, kv_heads, w.b_v)  # (kv_heads, n, d_k)
    if w.q_norm is not None:
        q = rms_norm(q, w.q_norm, terms.norm_eps)
    if w.k_norm is not None:
        k = rms_norm(k, w.k_norm, terms.norm_eps)
    return q, k, v


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
    q, k, v = _read_off(x, w, heads, kv_heads, terms[0])  # (heads or kv_heads, rows, d_k)
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
