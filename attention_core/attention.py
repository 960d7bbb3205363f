"""Attention, one named step at a time: softmax(Q K^T / sqrt(d_k)) V (arXiv:1706.03762, eq. 1).

Rows are queries. `h` heads share `g` key/value heads (g = h, or fewer: arXiv:2305.13245).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from attention_core.ops import Array, rms_norm, softmax


class AttentionWeights(NamedTuple):
    """The four matrices of a layer's attention; x is multiplied from the right: x @ w.T.

    Biases and the norms of queries and keys are None in families without them.
    """

    w_q: Array  # (h * d_k, d_model)
    w_k: Array  # (g * d_k, d_model)
    w_v: Array  # (g * d_k, d_model)
    w_o: Array  # (d_model, h * d_k)
    b_q: Array | None = None  # (h * d_k,)
    b_k: Array | None = None  # (g * d_k,)
    b_v: Array | None = None  # (g * d_k,)
    b_o: Array | None = None  # (d_model,)  of the whole block: no head's own
    q_norm: Array | None = None  # (d_k,)  the same for all heads
    k_norm: Array | None = None  # (d_k,)


class Terms(NamedTuple):
    """What a family adds to the plain formula, by name; by default nothing."""

    causal: bool = True  # a query sees no later keys
    divisor: float | None = None  # the scores are divided by it; None: by sqrt(d_k)
    soft_cap: float | None = None  # no score grows beyond it
    window: int | None = None  # a query sees this many keys, itself included, and none before
    position_bias: Array | None = None  # (h, n, n)  added to the scaled scores
    norm_eps: float = 1e-6  # of the norms of queries and keys


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
    terms: Terms = Terms()
    unmasked: Array | None = None  # (h, n, n)  what the mask is laid on, if that is not `scaled`
    q_unnormed: Array | None = None  # (h, n, d_k)  as projected, where a norm follows
    k_unnormed: Array | None = None  # (g, n, d_k)

    @property
    def before_mask(self) -> Array:
        """What the mask is laid on: scaled, after the soft-cap and the position bias: (h, n, n)."""
        return self.scaled if self.unmasked is None else self.unmasked


def project(x: Array, w: Array, heads: int, bias: Array | None = None) -> Array:
    """Read queries, keys or values off the residual stream: one matrix, cut into heads.

    x: (n, d_model), w: (heads * d_k, d_model), bias: (heads * d_k,) -> (heads, n, d_k)
    """
    flat = x @ w.T  # (n, heads * d_k)
    if bias is not None:
        flat += bias
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


def scale(scores: Array, d_k: int, divisor: float | None = None) -> Array:
    """Divide by sqrt(d_k), which keeps the spread of the scores from growing with d_k.

    scores: (..., n_q, n_k) -> (..., n_q, n_k). A few families divide by a number of their own.
    """
    by = np.sqrt(np.float32(d_k)) if divisor is None else np.float32(divisor)
    scaled: Array = scores / by  # (..., n_q, n_k)
    return scaled


def soft_cap(scaled: Array, cap: float) -> Array:
    """Bend large scores so that none goes beyond the cap (Gemma 2: arXiv:2408.00118, section 2).

    scaled: (..., n_q, n_k) -> (..., n_q, n_k)
    """
    capped: Array = np.float32(cap) * np.tanh(scaled / np.float32(cap))  # (..., n_q, n_k)
    return capped


def visible(
    n_q: int, n_k: int, causal: bool = True, window: int | None = None
) -> NDArray[np.bool_]:
    """Which keys a query may look at: (n_q, n_k), True where it may; rows are queries.

    causal: none after it. window: of those up to it, itself included, so many (arXiv:2310.06825).
    """
    seen = np.tri(n_q, n_k, dtype=bool) if causal else np.ones((n_q, n_k), bool)
    if window is not None:
        seen &= ~np.tri(n_q, n_k, k=-window, dtype=bool)
    return seen


def mask(scaled: Array, causal: bool = True, window: int | None = None) -> Array:
    """Hide what comes after each query by setting it to -inf, so that softmax makes it 0.

    scaled: (..., n, n) -> (..., n, n). With a window, what lies too far before it as well.
    """
    if not causal and window is None:
        return scaled
    seen = visible(scaled.shape[-2], scaled.shape[-1], causal, window)  # (n, n)
    return np.where(seen, scaled, np.float32(-np.inf))  # (..., n, n)


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


def score(q: Array, k: Array, t: Terms) -> tuple[Array, Array, Array, Array]:
    """From queries and keys to what the softmax reads: raw, scaled, unmasked, masked scores.

    q: (..., n, d_k), k: (..., n_k, d_k) -> (..., n, n_k) each; `unmasked` is `scaled` itself unless
    the family has a soft-cap or a position bias.
    """
    raw = scores(q, k)  # (h, n, n_k)
    scaled = unmasked = scale(raw, q.shape[-1], t.divisor)  # (h, n, n_k)
    if t.soft_cap is not None:
        unmasked = soft_cap(unmasked, t.soft_cap)  # (h, n, n_k)
    if t.position_bias is not None:
        unmasked = unmasked + t.position_bias  # (h, n, n_k)
    return raw, scaled, unmasked, mask(unmasked, t.causal, t.window)  # (h, n, n_k) each


class Projections(NamedTuple):
    """What a layer reads off the residual stream, not rotated yet."""

    q: Array  # (h, n, d_k)
    k: Array  # (g, n_k, d_k)
    v: Array  # (g, n_k, d_k)
    q_unnormed: Array | None  # (h, n, d_k)  as projected, where a norm follows
    k_unnormed: Array | None  # (g, n_k, d_k)


def read_off(
    x: Array,
    w: AttentionWeights,
    heads: int,
    kv_heads: int,
    norm_eps: float,
    memory: Array | None = None,
) -> Projections:
    """Queries, keys and values of all heads, normed where the family norms them.

    x: (n, d_model), memory: (n_k, d_model), what keys and values are read off instead
    """
    read = x if memory is None else memory  # (n_k, d_model)
    q = q_unnormed = project(x, w.w_q, heads, w.b_q)  # (h, n, d_k)
    k = k_unnormed = project(read, w.w_k, kv_heads, w.b_k)  # (g, n_k, d_k)
    if w.q_norm is not None:
        q = rms_norm(q_unnormed, w.q_norm, norm_eps)  # (h, n, d_k)
    if w.k_norm is not None:
        k = rms_norm(k_unnormed, w.k_norm, norm_eps)  # (g, n_k, d_k)
    v = project(read, w.w_v, kv_heads, w.b_v)  # (g, n_k, d_k)
    return Projections(
        q, k, v, None if q is q_unnormed else q_unnormed, None if k is k_unnormed else k_unnormed
    )


def attend(
    x: Array,
    w: AttentionWeights,
    heads: int,
    kv_heads: int,
    rope: tuple[Array, Array] | None = None,
    causal: bool = True,
    memory: Array | None = None,
    terms: Terms | None = None,
) -> Steps:
    """Run the steps in order and keep every intermediate.

    x: (n, d_model) -> Steps. `rope` holds the (cos, sin) tables, or None where a family has none.
    memory: (n_k, d_model), what keys and values are read off in cross-attention, an encoder's last
    hidden states (arXiv:1706.03762, section 3.2.3); without it they are read off x.
    `terms` are what the family adds to the formula; they say `causal` themselves.
    """
    t = Terms(causal) if terms is None else terms
    read = read_off(x, w, heads, kv_heads, t.norm_eps, memory)
    q = rotate(read.q, *rope) if rope else read.q  # (h, n, d_k)
    k = rotate(read.k, *rope) if rope else read.k  # (g, n_k, d_k)
    raw, scaled, unmasked, masked = score(q, share(k, heads), t)  # (h, n, n_k) each
    weights = softmax(masked)  # (h, n, n_k)
    mixed = mix(weights, share(read.v, heads))  # (h, n, d_k)
    updates = write_back(mixed, w.w_o)  # (h, n, d_model)
    return Steps(
        read.q, read.k, q, k, read.v, raw, scaled, masked, weights, mixed, updates, t,
        unmasked=None if unmasked is scaled else unmasked,
        q_unnormed=read.q_unnormed,
        k_unnormed=read.k_unnormed,
    )  # fmt: skip
