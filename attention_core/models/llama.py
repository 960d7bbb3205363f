"""The llama family (arXiv:2302.13971): RMSNorm, RoPE, grouped key/value heads, SwiGLU.

SmolLM2, Llama 1-2, TinyLlama and others that llama.cpp stores as architecture "llama".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np

from attention_core.ahead import ahead
from attention_core.attention import AttentionWeights, attend
from attention_core.bpe import ByteLevelBPE
from attention_core.checkpoint import Checkpoint
from attention_core.errors import AttentionError
from attention_core.models.base import Block, ModelInfo
from attention_core.ops import Array, rms_norm, rope_tables, swiglu
from attention_core.tokens import Token

EMBEDDING, OUTPUT_NORM, OUTPUT = "token_embd.weight", "output_norm.weight", "output.weight"


class FeedForwardWeights(NamedTuple):
    """The three matrices of SwiGLU, and the norm before it."""

    norm: Array  # (d_model,)
    w_gate: Array  # (d_ff, d_model)
    w_up: Array  # (d_ff, d_model)
    w_down: Array  # (d_model, d_ff)


class LayerWeights(NamedTuple):
    """One layer. The last asked-for layer needs no feed-forward block: then it is not loaded."""

    attention_norm: Array  # (d_model,)
    attention: AttentionWeights
    feed_forward: FeedForwardWeights | None


class Llama:
    """A checkpoint of the llama family, ready to run (attention_core.models.base.Model)."""

    def __init__(
        self,
        checkpoint: Checkpoint,
        name: str,
        sha256: str,
        default_head: tuple[int, int] | None = None,
    ) -> None:
        self.checkpoint = checkpoint
        self.default_head = default_head
        self.context: int = self._positive("llama.context_length")
        self.d_ff: int = self._positive("llama.feed_forward_length")
        self.base: float = checkpoint.get("llama.rope.freq_base", float, 10_000.0)
        self.eps: float = checkpoint.get("llama.attention.layer_norm_rms_epsilon", float)
        heads = self._positive("llama.attention.head_count")
        kv_heads = self._positive("llama.attention.head_count_kv", heads)
        d_model = self._positive("llama.embedding_length")
        d_k = self._positive("llama.attention.key_length", max(d_model // heads, 1))
        self.info = ModelInfo(
            name=name,
            family="llama",
            sha256=sha256,
            quantisation=checkpoint.quantisation(),
            layers=self._positive("llama.block_count"),
            heads=heads,
            kv_heads=kv_heads,
            d_model=d_model,
            d_k=d_k,
        )
        self._refuse_what_is_not_built()

    @cached_property
    def tokenizer(self) -> ByteLevelBPE:
        """Built when the first sentence comes: it takes a tenth of a second."""
        return ByteLevelBPE(self.checkpoint)

    @property
    def vocabulary(self) -> int:
        """How many tokens the model knows."""
        return len(self.checkpoint.get("tokenizer.ggml.tokens", list))

    def encode(self, sentence: str) -> tuple[Token, ...]:
        return self.tokenizer.encode(sentence)

    def spelling(self, id: int) -> bytes:
        return self.tokenizer.spelling(id)

    def embed(self, tokens: Sequence[Token]) -> Array:
        rows = [token.id for token in tokens]
        return self.checkpoint.read_rows(EMBEDDING, rows, (self.vocabulary, self.info.d_model))

    def load(self, last: int) -> Iterator[LayerWeights]:
        return ahead(lambda layer: self._layer(layer, feed_forward=layer < last), range(last + 1))

    def blocks(self, embedding: Array, weights: Iterator[LayerWeights]) -> Iterator[Block]:
        hidden = embedding  # (n, d_model)
        rope = rope_tables(len(hidden), self.info.d_k, self.base)
        for layer, w in enumerate(weights):
            x = rms_norm(hidden, w.attention_norm, self.eps)  # (n, d_model)
            steps = attend(x, w.attention, self.info.heads, self.info.kv_heads, rope)
            update = steps.updates.sum(axis=0)  # (n, d_model)
            block = Block(layer, hidden, x, steps, update, hidden + update)
            self._check_finite(block)
            yield block
            if w.feed_forward is not None:
                hidden = self._feed_forward(block.x_out, w.feed_forward)  # (n, d_model)

    def final(self, last: Block) -> Array:
        """The residual stream after the last layer and the final norm: (n, d_model)."""
        hidden = self._feed_forward(last.x_out, self._feed_forward_weights(last.layer))
        norm = self.checkpoint.read(OUTPUT_NORM, (self.info.d_model,))
        return rms_norm(hidden, norm, self.eps)

    def logits(self, last: Block) -> Array:
        name = OUTPUT if OUTPUT in self.checkpoint.tensors else EMBEDDING  # tied: the same matrix
        w_u = self.checkpoint.read(name, (self.vocabulary, self.info.d_model))
        scored: Array = w_u @ self.final(last)[-1]  # (vocabulary,)
        return scored

    def _feed_forward(self, x_out: Array, w: FeedForwardWeights) -> Array:
        """Second half of a layer.  (n, d_model) -> (n, d_model)"""
        added = swiglu(rms_norm(x_out, w.norm, self.eps), w.w_gate, w.w_up, w.w_down)
        return x_out + added

    def _layer(self, layer: int, feed_forward: bool) -> LayerWeights:
        m = self.info
        q_width, kv_width = m.heads * m.d_k, m.kv_heads * m.d_k
        attention = AttentionWeights(
            w_q=unpermute(self._read(layer, "attn_q", q_width, m.d_model), m.heads),
            w_k=unpermute(self._read(layer, "attn_k", kv_width, m.d_model), m.kv_heads),
            w_v=self._read(layer, "attn_v", kv_width, m.d_model),
            w_o=self._read(layer, "attn_output", m.d_model, q_width),
        )
        norm = self._read(layer, "attn_norm", m.d_model)
        return LayerWeights(
            norm, attention, self._feed_forward_weights(layer) if feed_forward else None
        )

    def _feed_forward_weights(self, layer: int) -> FeedForwardWeights:
        d_model, d_ff = self.info.d_model, self.d_ff
        return FeedForwardWeights(
            norm=self._read(layer, "ffn_norm", d_model),
            w_gate=self._read(layer, "ffn_gate", d_ff, d_model),
            w_up=self._read(layer, "ffn_up", d_ff, d_model),
            w_down=self._read(layer, "ffn_down", d_model, d_ff),
        )

    def _read(self, layer: int, part: str, *shape: int) -> Array:
        return self.checkpoint.read(f"blk.{layer}.{part}.weight", shape)

    def _check_finite(self, block: Block) -> None:
        """Look for the guilty tensor, but only once something went wrong."""
        if np.isfinite(block.x_out).all():
            return
        so_far = [f"blk.{layer}." for layer in range(block.layer + 1)]
        names = [EMBEDDING, *self.checkpoint.tensors]
        suspects = [n for n in names if n == EMBEDDING or n.startswith(tuple(so_far))]
        guilty = self.checkpoint.nonfinite(suspects)
        where = f"tensor {guilty} holds" if guilty else f"its layer {block.layer} computes"
        raise self.checkpoint.broken(f"{where} numbers that are not finite")

    def _positive(self, key: str, default: int | None = None) -> int:
        value = self.checkpoint.get(key, int, default)
        if value < 1:
            raise self.checkpoint.broken(f"its metadata key {key} is {value}")
        return value

    def _refuse_what_is_not_built(self) -> None:
        """Variants that would silently give wrong numbers are errors."""
        m, get = self.info, self.checkpoint.get
        if m.heads % m.kv_heads:
            raise self.checkpoint.broken(f"{m.heads} heads cannot share {m.kv_heads} key heads")
        if m.d_k % 2 or self._positive("llama.rope.dimension_count", m.d_k) != m.d_k:
            raise AttentionError(f"{self.checkpoint.path} turns only a part of each head by RoPE")
        if get("llama.rope.scaling.type", str, "none") != "none" or (
            "rope_freqs.weight" in self.checkpoint.tensors
        ):
            raise AttentionError(f"{self.checkpoint.path} stretches RoPE, which is not built here")
        if get("llama.expert_count", int, 0):
            raise AttentionError(f"{self.checkpoint.path} is a mixture of experts, not built here")
        if any(name.endswith(".bias") for name in self.checkpoint.tensors):
            raise AttentionError(f"{self.checkpoint.path} has biases, which are not built here")


def unpermute(w: Array, heads: int) -> Array:
    """Undo the row order of GGUF, where the two entries that RoPE pairs lie side by side.

    w: (heads * d_k, d_model), a head's rows as (d_k / 2, 2) -> the same, as (2, d_k / 2)
    """
    paired = w.reshape(heads, -1, 2, w.shape[-1])  # (heads, d_k / 2, 2, d_model)
    return paired.swapaxes(1, 2).reshape(w.shape)  # (heads * d_k, d_model)
