"""GPT-2 (Radford et al. 2019, "Language models are unsupervised multitask learners").

LayerNorm first, learned positions, biases everywhere, queries, keys and values in one matrix. Start
token: <|endoftext|>, which stood between the texts in training.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from attention_core.attention import AttentionWeights, Terms
from attention_core.models.network import Network
from attention_core.ops import Array
from attention_core.tokens import Token


class GPT2(Network):
    """A checkpoint of GPT-2, ready to run (attention_core.models.base.Model)."""

    FAMILY = "gpt2"
    ACTIVATION = "gelu_new"
    PREFIXES = ("transformer.", "")
    KEYS: ClassVar[dict[str, str]] = {
        "layers": "n_layer",
        "context": "n_positions",
        "d_model": "n_embd",
        "d_ff": "n_inner",
        "heads": "n_head",
        "layer_eps": "layer_norm_epsilon",
        "vocabulary": "vocab_size",
        "activation": "activation_function",
    }
    TENSORS: ClassVar[dict[str, str]] = {
        "embedding": "wte",
        "position": "wpe",
        "output": "lm_head",
        "output_norm": "ln_f",
        "attention_norm": "h.{}.ln_1",
        "qkv": "h.{}.attn.c_attn",
        "o": "h.{}.attn.c_proj",
        "feed_forward_norm": "h.{}.ln_2",
        "up": "h.{}.mlp.c_fc",
        "down": "h.{}.mlp.c_proj",
    }
    TRANSPOSED = frozenset({"qkv", "o", "up", "down"})  # a folder stores these as (in, out)

    def positions(self, n: int) -> Array:
        shape = (self.context, self.info.d_model)
        return self.checkpoint.read_rows(self._name("position"), list(range(n)), shape)

    def embed(self, tokens: Sequence[Token]) -> Array:
        return self._token_rows(tokens) + self.positions(len(tokens))  # (n, d_model)

    def terms(self, n: int, layer: int) -> Terms:
        scaled = self.checkpoint.get("scale_attn_weights", bool, True)
        by_layer = self.checkpoint.get("scale_attn_by_inverse_layer_idx", bool, False)
        divisor = float(np.sqrt(self.info.d_k)) if scaled else 1.0
        divisor *= layer + 1 if by_layer else 1
        return Terms(divisor=divisor if by_layer or not scaled else None)

    def _attention(self, layer: int) -> AttentionWeights:
        d = self.info.d_model
        if self.info.heads * self.info.d_k != d:
            raise self.checkpoint.broken(f"{d} entries cannot be cut into {self.info.heads} heads")
        w_q, w_k, w_v = np.split(self._matrix("qkv", 3 * d, d, layer=layer), 3)  # (d, d) each
        bias = self._bias("qkv", 3 * d, layer)
        b_q, b_k, b_v = (None,) * 3 if bias is None else np.split(bias, 3)  # (d,) each
        w_o, b_o = self._matrix("o", d, d, layer=layer), self._bias("o", d, layer)
        return AttentionWeights(w_q, w_k, w_v, w_o, b_q, b_k, b_v, b_o)

    def _matrix(self, role: str, *shape: int, layer: int = 0) -> Array:
        if self.is_folder and role in self.TRANSPOSED:
            return super()._matrix(role, *shape[::-1], layer=layer).T
        return super()._matrix(role, *shape, layer=layer)
