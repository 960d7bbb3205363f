"""T5 (arXiv:1910.10683): relative position biases, and no division by sqrt(d_k).

Computed in float64. The first layer's biases serve all layers of its half. Tokens around the
encoder's sentence: no start token, and </s> behind, as the tokenizer puts it; around the decoder's:
see models/decoder.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from attention_core.attention import Terms
from attention_core.errors import AttentionError
from attention_core.models.decoder import Decoder
from attention_core.models.network import Network
from attention_core.ops import Array
from attention_core.store import Store
from attention_core.tokens import Token

GATED = {"gated-gelu": "gelu_new", "gated-silu": "silu", "gated-relu": "relu"}


def relative_buckets(
    n: int, buckets: int, farthest: int, both_ways: bool = True
) -> NDArray[np.int64]:
    """The bucket of each query's distance to each key: (n, n).

    both_ways: half of the buckets are for keys behind the query; a decoder, which sees none, has
    them all for those up to it. Near distances have one bucket each, far ones share them by their
    logarithm (arXiv:1910.10683, section 2.1).
    """
    at = np.arange(n)
    distance = at[None, :] - at[:, None]  # (n, n)  key minus query
    half = buckets // 2 if both_ways else buckets
    away = np.abs(distance) if both_ways else np.maximum(-distance, 0)
    exact = half // 2  # distances below it have a bucket each
    far = np.maximum(away, 1).astype(np.float32) / np.float32(exact)
    share = np.log(far) / np.float32(np.log(farthest / exact)) * np.float32(half - exact)
    bucket = np.minimum(exact + share.astype(np.int64), half - 1)
    bucket = np.where(away < exact, away, bucket)
    buckets_of: NDArray[np.int64] = np.where(both_ways & (distance > 0), half, 0) + bucket
    return buckets_of


class T5(Network):
    """The encoder of a T5 checkpoint, ready to run (attention_core.models.base.Model)."""

    FAMILY = "t5"
    EPS = 1e-6
    ACTIVATION = "relu"
    KEYS: ClassVar[dict[str, str]] = {
        "layers": "num_layers",
        "context": "n_positions",
        "d_model": "d_model",
        "d_ff": "d_ff",
        "d_k": "d_kv",
        "heads": "num_heads",
        "layer_eps": "layer_norm_epsilon",
        "vocabulary": "vocab_size",
        "activation": "feed_forward_proj",
        "buckets": "relative_attention_num_buckets",
    }
    TENSORS: ClassVar[dict[str, str]] = {
        "embedding": "shared",
        "embedding_here": "encoder.embed_tokens",
        "output_norm": "encoder.final_layer_norm",
        "attention_norm": "encoder.block.{}.layer.0.layer_norm",
        "q": "encoder.block.{}.layer.0.SelfAttention.q",
        "k": "encoder.block.{}.layer.0.SelfAttention.k",
        "v": "encoder.block.{}.layer.0.SelfAttention.v",
        "o": "encoder.block.{}.layer.0.SelfAttention.o",
        "position_bias": "encoder.block.{}.layer.0.SelfAttention.relative_attention_bias",
        "feed_forward_norm": "encoder.block.{}.layer.1.layer_norm",
        "up": "encoder.block.{}.layer.1.DenseReluDense.wi",
        "gate": "encoder.block.{}.layer.1.DenseReluDense.wi_0",
        "up_gated": "encoder.block.{}.layer.1.DenseReluDense.wi_1",
        "down": "encoder.block.{}.layer.1.DenseReluDense.wo",
    }
    GGUF_TENSORS: ClassVar[dict[str, str]] = {
        "embedding": "token_embd",
        "output_norm": "enc.output_norm",
        "attention_norm": "enc.blk.{}.attn_norm",
        "q": "enc.blk.{}.attn_q",
        "k": "enc.blk.{}.attn_k",
        "v": "enc.blk.{}.attn_v",
        "o": "enc.blk.{}.attn_o",
        "position_bias": "enc.blk.{}.attn_rel_b",
        "feed_forward_norm": "enc.blk.{}.ffn_norm",
        "gate": "enc.blk.{}.ffn_gate",
        "up": "enc.blk.{}.ffn_up",
        "down": "enc.blk.{}.ffn_down",
    }
    DEFAULTS: ClassVar[dict[str, int | float]] = {"context": 512, "buckets": 32}
    causal = False

    def __init__(
        self,
        checkpoint: Store,
        name: str,
        sha256: str,
        default_head: tuple[int, int] | None = None,
    ) -> None:
        super().__init__(checkpoint, name, sha256, default_head)
        self.buckets = self._positive("buckets")
        self.farthest = checkpoint.get("relative_attention_max_distance", int, 128)
        if self.buckets % 4 or self.farthest <= self.buckets // 4:
            raise checkpoint.broken(f"it has {self.buckets} buckets up to {self.farthest} tokens")
        shape = (self.buckets, self.info.heads)
        self._bias_table = self._matrix("position_bias", *shape)  # of layer 0: for all of them
        self._biases: dict[int, Array] = {}

    def embed(self, tokens: Sequence[Token]) -> Array:
        # In float64, and so all that is computed from it: scores that nothing divides reach softmax
        # with all of their rounding errors, and each gated block doubles those.
        return self._token_rows(tokens).astype(np.float64)

    def terms(self, n: int, layer: int) -> Terms:
        if n not in self._biases:
            rows = relative_buckets(n, self.buckets, self.farthest, not self.causal)  # (n, n)
            self._biases[n] = self._bias_table[rows].transpose(2, 0, 1)  # (h, n, n)
        return Terms(causal=self.causal, divisor=1.0, position_bias=self._biases[n])

    def _activation_name(self) -> str:
        name = super()._activation_name()
        gated = self._has("gate")
        if not self.is_folder:
            return "gelu_new" if gated else "relu"
        if gated != name.startswith("gated-"):
            raise AttentionError(f"{self.checkpoint.path} contradicts its feed_forward_proj")
        return GATED.get(name, name)

    def _name(self, role: str, layer: int = 0, part: str = "weight") -> str:
        if self.is_folder and role == "up" and self._has("gate", layer):
            role = "up_gated"
        name = super()._name(role, layer, part)
        if self.is_folder and role == "embedding" and name not in self.checkpoint.tensors:
            return super()._name("embedding_here", layer, part)
        return name


class T5Decoder(Decoder, T5):
    """The decoder of a T5 checkpoint: its cross-attention has no position biases."""

    TENSORS: ClassVar[dict[str, str]] = {
        role: name.replace("encoder.", "decoder.").replace(".layer.1.", ".layer.2.")
        for role, name in T5.TENSORS.items()
    } | {
        "cross_norm": "decoder.block.{}.layer.1.layer_norm",
        "cross_q": "decoder.block.{}.layer.1.EncDecAttention.q",
        "cross_k": "decoder.block.{}.layer.1.EncDecAttention.k",
        "cross_v": "decoder.block.{}.layer.1.EncDecAttention.v",
        "cross_o": "decoder.block.{}.layer.1.EncDecAttention.o",
    }

    def cross_terms(self) -> Terms:
        return Terms(causal=False, divisor=1.0)

    def _key(self, role: str) -> str:
        if role == "layers" and self.checkpoint.has("num_decoder_layers"):
            return "num_decoder_layers"  # without it there are as many as in the encoder
        return super()._key(role)
