"""Attention, one named step at a time: softmax(Q K^T / sqrt(d_k)) V (arXiv:1706.03762, eq. 1).

Rows are queries. `h` heads share `g` key/value heads (g = h, or fewer: arXiv:2305.13245).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from attention_core.ops import Array, softmax


class AttentionWeights(NamedTuple):
    """The four matrices of a layer's attention; x is multiplied from the right: x @ w.T."""

    w_q: Array  # (h * d_k, d_model)
    w_k: Array  # (g * d_k, d_model)
    w_v: Array  # (g * d_k, d_model)
    w_o: Array  # (d_model, h * d_k)


class Steps(NamedTuple):
    """Every intermediate of one layer's attention, all heads; n_k is n but in cross-attention."""

    q_unrotated: Array  # (h, n, d_k)
    k_unrotated: Array  # (g, n_k, d_k)
    q: Array  # (h, n, d_k)
    k: Array  # (g, n_k, d_k)
    v: Array  # (g, n_k, d_k)
    scores: Array  # (h, n, n_k)  q . k, after rotation, before scaling
    scaled: Array  # (h, n, n_k)
    masked: Array  # (h, n, n_k)  -inf where a query may not look
    weights: Array  # (h, n, n_k)  each row sums to 1
    mixed: Array  # (h, n, d_k)
    updates: Array  # (h, n, d_model)  what each head adds to the residual stream


def project(x: Array, w: Array, heads: int) -> Array:
    """Read queries, keys or values off the residual stream: one matrix, cut into heads.

    x: (n, d_model), w: (heads * d_k, d_model) -> (heads, n, d_k)
    """
    flat = x @ w.T  # (n, heads * d_k)
    return flat.reshape(len(x), heads, -1).transpose(1, 0, 2)  # (heads, n, d_k)


def rotate(x: Array, cos: Array, sin: Array) -> Array:
    """Turn each pair of entries by an angle that grows with the position (RoPE, arXiv:2104.09864).

    Entry i is paired with entry i + d_k / 2. Lengths stay; q . k then depends on distance only.

    x: (heads, n, d_k), cos and sin: (n, d_k / 2) -> (heads, n, d_k)
    """
    a, b = np.split(x, 2, axis=-1)  # (heads, n, d_k / 2) each
    return np.concatenate([a * cos - b * sin, b * cos + a * sin], axis=-1)  # (heads, n, d_k)


def share(kv: Array, heads: int) -> Array:
    """Hand each key/value head to its group of query heads (grouped queries, arXiv:2305.13245).

    kv: (g, n, d_k) -> (heads, n, d_k), where head i reads key/value head i // (heads / g)
    """
    return np.repeat(kv, heads // len(kv), axis=0)  # (heads, n, d_k)


def scores(q: Array, k: Array) -> Array:
    """How well each query fits each key: all dot products q . k.

    q: (..., n_q, d_k), k: (..., n_k, d_k) -> (..., n_q, n_k)
    """
    return q @ np.swapaxes(k, -1, -2)  # (..., n_q, n_k)


def scale(scores: Array, d_k: int) -> Array:
    """Divide by sqrt(d_k), which keeps the spread of the scores from growing with d_k.

    scores: (..., n_q, n_k) -> (..., n_q, n_k)
    """
    scaled: Array = scores / np.sqrt(np.float32(d_k))  # (..., n_q, n_k)
    return scaled


def mask(scaled: Array, causal: bool = True) -> Array:
    """Hide what comes after each query by setting it to -inf, so that softmax makes it 0.

    scaled: (..., n, n) -> (..., n, n)
    """
    if not causal:
        return scaled
    visible = np.tri(*scaled.shape[-2:]) == 1  # (n, n), True at and before the query
    return np.where(visible, scaled, np.float32(-np.inf))  # (..., n, n)


def mix(weights: Array, v: Array) -> Array:
    """Average the values, each key's counted by its weight.

    weights: (..., n_q, n_k), v: (..., n_k, d_k) -> (..., n_q, d_k)
    """
    mixed: Array = weights @ v  # (..., n_q, d_k)
    return mixed


def write_back(mixed: Array, w_o: Array) -> Array:
    """Carry each head's mix back to the model's width; the heads' updates add up to the block's.

    mixed: (h, n, d_k), w_o: (d_model, h * d_k) -> (h, n, d_model)
    """
    h, _, d_k = mixed.shape
    per_head = w_o.reshape(-1, h, d_k).transpose(1, 2, 0)  # (h, d_k, d_model)
    return mixed @ per_head  # (h, n, d_model)


def attend(
    x: Array,
    w: AttentionWeights,
    heads: int,
    kv_heads: int,
    rope: tuple[Array, Array] | None = None,
    causal: bool = True,
    memory: Array | None = None,
) -> Steps:
    """Run the steps in order and keep every intermediate.

    x: (n, d_model) -> Steps. `rope` holds the (cos, sin) tables, or None where a family has none.
    memory: (n_k, d_model), what keys and values are read off in cross-attention, an encoder's last
    hidden states (arXiv:1706.03762, section 3.2.3); without it they are read off x.
    """
    read = x if memory is None else memory  # (n_k, d_model)
    q_unrotated = project(x, w.w_q, heads)  # (h, n, d_k)
    k_unrotated = project(read, w.w_k, kv_heads)  # (g, n_k, d_k)
    v = project(read, w.w_v, kv_heads)  # (g, n_k, d_k)
    q = rotate(q_unrotated, *rope) if rope else q_unrotated  # (h, n, d_k)
    k = rotate(k_unrotated, *rope) if rope else k_unrotated  # (g, n_k, d_k)
    raw = scores(q, share(k, heads))  # (h, n, n_k)
    scaled = scale(raw, q.shape[-1])  # (h, n, n_k)
    masked = mask(scaled, causal)  # (h, n, n_k)
    weights = softmax(masked)  # (h, n, n_k)
    mixed = mix(weights, share(v, heads))  # (h, n, d_k)
    updates = write_back(mixed, w.w_o)  # (h, n, d_model)
    return Steps(q_unrotated, k_unrotated, q, k, v, raw, scaled, masked, weights, mixed, updates)
