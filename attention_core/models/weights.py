"""A layer's weights by the role they play."""

from __future__ import annotations

from typing import NamedTuple

from attention_core.attention import AttentionWeights
from attention_core.ops import Array


class NormWeights(NamedTuple):
    """A norm before or after a step; without a bias it is an RMSNorm."""

    weight: Array  # (d_model,)
    bias: Array | None = None  # (d_model,)


class FeedForwardWeights(NamedTuple):
    """The feed-forward block, and its norm: before it, or (norm_first False) after it."""

    norm: NormWeights
    w_up: Array  # (d_ff, d_model)
    w_down: Array  # (d_model, d_ff)
    w_gate: Array | None = None  # (d_ff, d_model)  of gated blocks (arXiv:2002.05202)
    b_up: Array | None = None  # (d_ff,)
    b_down: Array | None = None  # (d_model,)
    update_norm: NormWeights | None = None  # of what it adds (Gemma)


class LayerWeights(NamedTuple):
    """One layer. The last asked-for layer needs no feed-forward block: then it is not loaded."""

    attention_norm: NormWeights  # before the attention, or (norm_first False) after it
    attention: AttentionWeights
    feed_forward: FeedForwardWeights | None
    update_norm: NormWeights | None = None  # of what the attention adds (Gemma)
