"""What would be without a step: softmax of undivided scores, and attention without the mask."""

from __future__ import annotations

import numpy as np

from attention_core.attention import soft_cap
from attention_core.errors import AttentionError
from attention_core.ops import Array, entropy, softmax
from attention_core.trace import Trace


def scaling(trace: Trace) -> dict[str, Array]:
    """What the division by sqrt(d_k) does: the shares without it, and how undecided they are.

    Raises AttentionError for a family that does not divide its scores.
    """
    if trace.divisor == 1:
        raise AttentionError(
            f"{trace.model.name} does not divide its scores by sqrt(d_k): nothing is scaled",
            "choose another chapter, or another model",
        )
    unscaled = trace.scores  # (n, n)
    if trace.soft_cap is not None:
        unscaled = soft_cap(unscaled, trace.soft_cap)
    if trace.position_bias is not None:
        unscaled = unscaled + trace.position_bias
    unscaled = np.where(np.isneginf(trace.masked), -np.inf, unscaled).astype(np.float32)
    unscaled_weights = softmax(unscaled)  # (n, n)
    return {
        "unscaled_weights": unscaled_weights,
        "entropy_scaled": entropy(trace.weights),  # (n,)
        "entropy_unscaled": entropy(unscaled_weights),  # (n,)
    }


def leak_shares(unmasked: Array, first: int) -> Array:
    """How much of a word's attention would go to later words if nothing were masked.

    unmasked: (h, n, n), what the mask is laid on; rows before `first` (the start token's own query)
    are not counted -> (h,)
    """
    future = np.triu(softmax(unmasked), k=1)  # (h, n, n): only the cells after each query
    shares: Array = future.sum(axis=-1)[:, first:].mean(axis=-1)  # (h,)
    return shares
