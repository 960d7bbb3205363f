"""How models made for longer texts slow RoPE's rotation down."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from attention_core.ops import Array

MOST = 1e30  # of a number that stretches
KNOWN = ("default", "linear", "dynamic", "llama3")


def llama3_stretch(
    d_k: int, base: float, factor: float, low: float, high: float, original: float
) -> Array:
    """Slow pairs are divided by `factor`, quick ones kept, those between blended.

    (d_k / 2,). A pair is slow if it makes less than `low` turns in `original` tokens, quick from
    `high` turns on. Source: Llama 3 (arXiv:2407.21783), as transformers and Meta's code have it.
    """
    exponent = np.arange(0, d_k, 2, dtype=np.float32) / np.float32(d_k)  # (d_k / 2,)
    frequency = np.float32(1) / np.power(np.float32(base), exponent)  # (d_k / 2,)
    turns = original * frequency.astype(np.float64) / (2 * math.pi)  # (d_k / 2,)
    quick = np.clip((turns - low) / (high - low), 0, 1)  # (d_k / 2,)  1: kept, 0: divided
    stretch: Array = (1 / (quick + (1 - quick) / factor)).astype(np.float32)  # (d_k / 2,)
    return stretch


def stretch_of(
    rope: Mapping[str, Any], d_k: int, base: float, fail: Callable[[str], Exception]
) -> Array | float | None:
    """The stretch that `rope_parameters` (or `rope_scaling`) of a config.json asks for, if any.

    Raises fail(why) for a kind that is not built, or numbers that make no sense. "dynamic" changes
    nothing within the length that a model was made for, and longer sentences are refused.
    """
    kind = rope.get("rope_type", rope.get("type", "default"))
    if kind not in KNOWN:
        raise fail(f"stretches RoPE in the way {kind!r:.20}; known are {', '.join(KNOWN)}")
    if rope.get("partial_rotary_factor") not in (None, 1, 1.0):
        raise fail("turns only a part of each head by RoPE")
    if kind in ("default", "dynamic"):
        return None

    def number(key: str) -> float:
        value = rope.get(key)
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < MOST:
            raise fail(f"stretches RoPE by a {key} of {value!r:.20}")
        return float(value)

    if kind == "linear":
        return number("factor")
    low, high = number("low_freq_factor"), number("high_freq_factor")
    if low >= high:
        raise fail(f"stretches RoPE between {low} and {high} turns")
    original = number("original_max_position_embeddings")
    return llama3_stretch(d_k, base, number("factor"), low, high, original)
