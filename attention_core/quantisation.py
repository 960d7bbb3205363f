"""The number formats of a GGUF file, turned into float32 (layouts: ggml-common.h of llama.cpp).

A quantised tensor is a row of small blocks: 32 or 256 whole numbers of a few bits, with a float16
scale d (and for some formats a float16 minimum m) a block, so that weight = d * number + m.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from attention_core.ops import Array

Bytes = NDArray[np.uint8]
CHUNK = 2048  # blocks decoded at a time: what fits into a core's cache is twice as fast


class Format(NamedTuple):
    """One number format: `size` weights in `bytes` bytes a block."""

    name: str
    size: int
    bytes: int
    decode: Callable[[Bytes], Array]  # (blocks, bytes) -> (blocks, size)


def _half(raw: Bytes) -> Array:
    """Two bytes a block, read as float16.  (blocks, 2) -> (blocks, 1)"""
    return np.ascontiguousarray(raw).view(np.float16).astype(np.float32)


def _nibbles(raw: Bytes) -> Array:
    """The low halves of the bytes, then the high halves.  (blocks, k) -> (blocks, 2 k)"""
    k = raw.shape[1]
    numbers = np.empty((len(raw), 2 * k), np.float32)
    numbers[:, :k] = raw & 15
    numbers[:, k:] = raw >> 4
    return numbers


def _fifth_bits(raw: Bytes) -> Array:
    """Bit i of 32 is 16 times the top bit of weight i.  (blocks, 4) -> (blocks, 32)"""
    return np.unpackbits(raw, axis=1, bitorder="little") * np.float32(16)


def decode_f32(raw: Bytes) -> Array:
    return np.ascontiguousarray(raw).view(np.float32)


def decode_f16(raw: Bytes) -> Array:
    return _half(raw)


def decode_bf16(raw: Bytes) -> Array:
    """bfloat16 is the upper half of a float32."""
    return (np.ascontiguousarray(raw).view(np.uint16).astype(np.uint32) << 16).view(np.float32)


def decode_q8_0(raw: Bytes) -> Array:
    """d, 32 signed bytes."""
    return _half(raw[:, :2]) * raw[:, 2:].view(np.int8)


def decode_q4_0(raw: Bytes) -> Array:
    """d, 32 numbers of 4 bits: d * (number - 8)."""
    return _half(raw[:, :2]) * (_nibbles(raw[:, 2:]) - 8)


def decode_q4_1(raw: Bytes) -> Array:
    """d, m, 32 numbers of 4 bits: d * number + m."""
    weights = _nibbles(raw[:, 4:])
    weights *= _half(raw[:, :2])
    weights += _half(raw[:, 2:4])
    return weights


def decode_q5_0(raw: Bytes) -> Array:
    """d, 32 fifth bits, 32 numbers of 4 bits: d * (number - 16)."""
    return _half(raw[:, :2]) * (_nibbles(raw[:, 6:]) + _fifth_bits(raw[:, 2:6]) - 16)


def decode_q5_1(raw: Bytes) -> Array:
    """d, m, 32 fifth bits, 32 numbers of 4 bits: d * number + m."""
    numbers = _nibbles(raw[:, 8:]) + _fifth_bits(raw[:, 4:8])
    return _half(raw[:, :2]) * numbers + _half(raw[:, 2:4])


def _k_scales(raw: Bytes) -> tuple[Array, Array]:
    """Eight scales and minima of 6 bits in 12 bytes.  (blocks, 12) -> (blocks, 8), (blocks, 8)"""
    a, b, c = raw[:, :4], raw[:, 4:8], raw[:, 8:]
    scales = np.concatenate([a & 63, (c & 15) | (a >> 6 << 4)], axis=1)
    minima = np.concatenate([b & 63, (c >> 4) | (b >> 6 << 4)], axis=1)
    return scales.astype(np.float32), minima.astype(np.float32)


def _decode_k(raw: Bytes, numbers: Array) -> Array:
    """Scale 8 groups of 32 numbers.  numbers: (blocks, 4, 64) -> (blocks, 256)"""
    scales, minima = _k_scales(raw[:, 4:16])
    d, m = _half(raw[:, :2]) * scales, _half(raw[:, 2:4]) * minima  # (blocks, 8) each
    grouped = numbers.reshape(-1, 8, 32)
    return (d[:, :, None] * grouped - m[:, :, None]).reshape(-1, 256)


def _k_nibbles(raw: Bytes) -> Array:
    """(blocks, 128) -> (blocks, 4, 64): each run of 32 bytes holds two groups of 32 numbers."""
    return _nibbles(raw.reshape(-1, 32)).reshape(-1, 4, 64)


def decode_q4_k(raw: Bytes) -> Array:
    """d, m, 8 scales and minima, 256 numbers of 4 bits."""
    return _decode_k(raw, _k_nibbles(raw[:, 16:]))


def decode_q5_k(raw: Bytes) -> Array:
    """d, m, 8 scales and minima, 256 fifth bits, 256 numbers of 4 bits."""
    fifth = (raw[:, None, 16:48] >> np.arange(8, dtype=np.uint8)[:, None]) & 1  # (blocks, 8, 32)
    numbers = _k_nibbles(raw[:, 48:]) + np.float32(16) * fifth.reshape(-1, 4, 64)
    return _decode_k(raw, numbers)


def decode_q6_k(raw: Bytes) -> Array:
    """256 low halves of 4 bits, 256 high parts of 2 bits, 16 signed scales, d."""
    low = raw[:, :128].reshape(-1, 2, 1, 64) >> np.array([0, 4], np.uint8)[:, None] & 15
    high = raw[:, 128:192].reshape(-1, 2, 1, 32) >> np.array([0, 2, 4, 6], np.uint8)[:, None] & 3
    numbers = low.reshape(-1, 2, 4, 32) | high << 4  # (blocks, 2, 4, 32)
    scales = raw[:, 192:208].view(np.int8).astype(np.float32) * _half(raw[:, 208:])  # (blocks, 16)
    weights = (numbers.astype(np.float32) - 32).reshape(-1, 16, 16) * scales[:, :, None]
    return weights.reshape(-1, 256)


FORMATS = {
    0: Format("F32", 1, 4, decode_f32),
    1: Format("F16", 1, 2, decode_f16),
    2: Format("Q4_0", 32, 18, decode_q4_0),
    3: Format("Q4_1", 32, 20, decode_q4_1),
    6: Format("Q5_0", 32, 22, decode_q5_0),
    7: Format("Q5_1", 32, 24, decode_q5_1),
    8: Format("Q8_0", 32, 34, decode_q8_0),
    12: Format("Q4_K", 256, 144, decode_q4_k),
    13: Format("Q5_K", 256, 176, decode_q5_k),
    14: Format("Q6_K", 256, 210, decode_q6_k),
    30: Format("BF16", 1, 2, decode_bf16),
}


def dequantise(raw: Bytes, form: Format) -> Array:
    """Decode a run of whole blocks, a chunk at a time.

    raw: (blocks * form.bytes,) -> (blocks * form.size,)
    """
    if form.size == 1:
        return form.decode(raw).reshape(-1)
    blocks = raw.reshape(-1, form.bytes)  # (blocks, bytes)
    weights = np.empty((len(blocks), form.size), np.float32)  # (blocks, size)
    for start in range(0, len(blocks), CHUNK):
        weights[start : start + CHUNK] = form.decode(blocks[start : start + CHUNK])
    return weights.reshape(-1)
