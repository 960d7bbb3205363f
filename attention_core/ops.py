"""The small functions that a transformer is made of: NumPy in, NumPy out, as precise as given."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]


def rms_norm(x: Array, weight: Array, eps: float) -> Array:
    """Divide each row by its root mean square, then scale each entry (arXiv:1910.07467, eq. 4).

    x: (n, d_model), weight: (d_model,) -> (n, d_model)
    """
    mean_square = np.mean(np.square(x), axis=-1, keepdims=True)  # (n, 1)
    normed: Array = x / np.sqrt(mean_square + np.float32(eps))  # (n, d_model)
    normed *= weight  # (n, d_model)
    return normed


def layer_norm(x: Array, weight: Array, bias: Array | None, eps: float) -> Array:
    """Centre each row, divide it by its spread, scale and shift each entry (arXiv:1607.06450).

    x: (n, d_model), weight and bias: (d_model,) -> (n, d_model)
    """
    centred = x - np.mean(x, axis=-1, keepdims=True)  # (n, d_model)
    variance = np.mean(np.square(centred), axis=-1, keepdims=True)  # (n, 1)
    normed: Array = centred / np.sqrt(variance + np.float32(eps))  # (n, d_model)
    normed *= weight  # (n, d_model)
    return normed if bias is None else normed + bias


def softmax(x: Array) -> Array:
    """Turn each row into shares that sum to 1; an entry of -inf becomes exactly 0.

    Subtracting the row's largest entry changes nothing but keeps exp() from overflowing.
    A row must hold at least one entry that is not -inf.

    x: (..., n) -> (..., n)
    """
    shares: Array = np.exp(x - np.max(x, axis=-1, keepdims=True))  # (..., n)
    shares /= np.sum(shares, axis=-1, keepdims=True)  # (..., n)
    return shares


def silu(x: Array) -> Array:
    """The smooth gate x * sigmoid(x) (arXiv:1702.03118). Any shape; same shape back."""
    divisor: Array = np.exp(-np.maximum(x, -80))  # exp(80) still fits into a float32
    divisor += 1
    return x / divisor


def relu(x: Array) -> Array:
    """Nothing below 0. Any shape; same shape back."""
    positive: Array = np.maximum(x, np.float32(0))
    return positive


def gelu(x: Array) -> Array:
    """x times the share of a normal distribution below x (arXiv:1606.08415). Any shape.

    The error function is Abramowitz and Stegun's 7.1.26, off by 1.5e-7 at most.
    """
    z = np.abs(x.astype(np.float64)) / np.sqrt(2)
    t = 1 / (1 + 0.3275911 * z)
    series = (0.254829592, -0.284496736, 1.421413741, -1.453152027, 1.061405429)
    tail = sum(a * t**power for power, a in enumerate(series, 1)) * np.exp(-z * z)  # 1 - erf(z)
    below = np.where(x < 0, tail / 2, 1 - tail / 2)
    gated: Array = (x * below).astype(x.dtype)
    return gated


def gelu_tanh(x: Array) -> Array:
    """The approximation of gelu by a tanh (arXiv:1606.08415, section 2). Any shape."""
    inner = math.sqrt(2 / math.pi) * (x + 0.044715 * x * x * x)
    gated: Array = 0.5 * x * (1 + np.tanh(inner))
    return gated


ACTIVATIONS: dict[str, Callable[[Array], Array]] = {  # in the names of config.json
    "gelu": gelu,
    "gelu_new": gelu_tanh,
    "gelu_pytorch_tanh": gelu_tanh,
    "relu": relu,
    "silu": silu,
    "swish": silu,
}


def feed_forward(
    x: Array,
    w_up: Array,
    b_up: Array | None,
    w_down: Array,
    b_down: Array | None,
    activation: Callable[[Array], Array],
) -> Array:
    """The feed-forward block W_down f(W_up x + b) + b (arXiv:1706.03762, eq. 2).

    x: (n, d_model), w_up: (d_ff, d_model), w_down: (d_model, d_ff) -> (n, d_model)
    """
    inner = x @ w_up.T  # (n, d_ff)
    if b_up is not None:
        inner += b_up
    added: Array = activation(inner) @ w_down.T  # (n, d_model)
    return added if b_down is None else added + b_down


def swiglu(
    x: Array,
    w_gate: Array,
    w_up: Array,
    w_down: Array,
    activation: Callable[[Array], Array] = silu,
) -> Array:
    """The feed-forward block W_down (silu(W_gate x) * W_up x) (arXiv:2002.05202, eq. 6).

    With gelu for `activation` it is GEGLU, as Gemma and T5 1.1 have it.

    The last product is summed in float64: a few entries of some tokens are thousands of times
    larger than the rest (arXiv:2402.17762), and in float32 they alone cost two thirds of the
    precision of everything after them.

    x: (n, d_model), w_gate and w_up: (d_ff, d_model), w_down: (d_model, d_ff) -> (n, d_model)
    """
    gated = activation(x @ w_gate.T) * (x @ w_up.T)  # (n, d_ff)
    # NumPy, left to widen a transposed matrix, takes twice as long as the product does.
    return (gated.astype(np.float64) @ w_down.astype(np.float64).T).astype(x.dtype)  # (n, d_model)


def sinusoids(n: int, d_model: int) -> Array:
    """The positions that are added to embeddings: sines and cosines (arXiv:1706.03762, 3.5).

    Entries 2i and 2i + 1 of position p are sine and cosine of p / 10000^(2i / d_model).

    -> (n, d_model)
    """
    frequency = 10_000.0 ** (-np.arange(0, d_model, 2) / d_model)  # (d_model / 2,)
    angle = np.outer(np.arange(n), frequency)  # (n, d_model / 2)
    paired = np.stack([np.sin(angle), np.cos(angle)], axis=-1)  # (n, d_model / 2, 2)
    return paired.reshape(n, d_model).astype(np.float32)


def rope_tables(
    n: int, d_k: int, base: float, stretch: Array | float | None = None
) -> tuple[Array, Array]:
    """Cosine and sine of the angle by which RoPE turns each pair (arXiv:2104.09864, eq. 15).

    Pair i of position p turns by p / base^(2i / d_k) radians. `stretch`, a number or one a pair
    (d_k / 2,), divides these angles: models made for longer texts have it (rope.py).

    -> cos, sin: (n, d_k / 2) each
    """
    exponent = np.arange(0, d_k, 2, dtype=np.float32) / np.float32(d_k)  # (d_k / 2,)
    frequency = np.float32(1) / np.power(np.float32(base), exponent)  # (d_k / 2,)
    if stretch is not None:
        frequency = (frequency / np.asarray(stretch, np.float32)).astype(np.float32)
    angle = np.outer(np.arange(n, dtype=np.float32), frequency)  # (n, d_k / 2)
    return np.cos(angle), np.sin(angle)


def entropy(shares: Array) -> Array:
    """How undecided each row of shares is, in bits: 0 for one-hot, log2(n) for n equal shares.

    shares: (..., n) -> (...)
    """
    logs = np.log2(shares, where=shares > 0, out=np.zeros_like(shares))  # 0 log 0 counts as 0
    bits: Array = np.abs(np.sum(shares * logs, axis=-1))  # the sum is never above 0
    return bits
