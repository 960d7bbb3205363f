"""Marian (arXiv:1804.00344) and BART (arXiv:1910.13461), encoders and decoders.

Each norm stands after its block; biases everywhere; Marian's positions are sines and cosines,
BART's are learned. Tokens around the encoder's sentence: Marian has no start token and </s> behind,
BART <s> in front and </s> behind, as the tokenizer puts them; around the decoder's: see
models/decoder.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from attention_core.folder import TOKENIZER
from attention_core.models.decoder import Decoder
from attention_core.models.network import Network
from attention_core.ops import Array, sinusoids
from attention_core.tokenizer_json import LibraryTokenizer
from attention_core.tokens import Token


class Marian(Network):
    """The encoder of a Marian checkpoint, ready to run (attention_core.models.base.Model)."""

    FAMILY = "marian"
    EPS = 1e-5  # of PyTorch's LayerNorm: config.json has no word for it
    PREFIXES = ("model.", "")
    KEYS: ClassVar[dict[str, str]] = {
        "layers": "encoder_layers",
        "context": "max_position_embeddings",
        "d_model": "d_model",
        "d_ff": "encoder_ffn_dim",
        "heads": "encoder_attention_heads",
        "vocabulary": "vocab_size",
        "activation": "activation_function",
    }
    TENSORS: ClassVar[dict[str, str]] = {
        "embedding": "shared",
        "embedding_here": "encoder.embed_tokens",
        "position": "encoder.embed_positions",
        "embedding_norm": "encoder.layernorm_embedding",
        "q": "encoder.layers.{}.self_attn.q_proj",
        "k": "encoder.layers.{}.self_attn.k_proj",
        "v": "encoder.layers.{}.self_attn.v_proj",
        "o": "encoder.layers.{}.self_attn.out_proj",
        "attention_norm": "encoder.layers.{}.self_attn_layer_norm",
        "up": "encoder.layers.{}.fc1",
        "down": "encoder.layers.{}.fc2",
        "feed_forward_norm": "encoder.layers.{}.final_layer_norm",
    }
    norm_first = False
    causal = False

    def positions(self, n: int) -> Array:
        """Sines in the first half of each row, cosines in the second."""
        paired = sinusoids(n, self.info.d_model)  # (n, d_model)
        return np.concatenate([paired[:, 0::2], paired[:, 1::2]], axis=1)  # (n, d_model)

    def embed(self, tokens: Sequence[Token]) -> Array:
        rows = self._token_rows(tokens)  # (n, d_model)
        if self.checkpoint.get("scale_embedding", bool, False):
            rows = rows * np.float32(np.sqrt(self.info.d_model))
        return rows + self.positions(len(tokens))  # (n, d_model)

    def _name(self, role: str, layer: int = 0, part: str = "weight") -> str:
        name = super()._name(role, layer, part)
        if role == "embedding" and name not in self.checkpoint.tensors:
            return super()._name("embedding_here", layer, part)
        return name


class Bart(Marian):
    """The encoder of a BART checkpoint: learned positions, and a norm of the embeddings."""

    FAMILY = "bart"
    OFFSET = 2  # rows in front of the table of positions that no token uses

    def positions(self, n: int) -> Array:
        rows = [row + self.OFFSET for row in range(n)]
        shape = (self.context + self.OFFSET, self.info.d_model)
        return self.checkpoint.read_rows(self._name("position"), rows, shape)

    def embed(self, tokens: Sequence[Token]) -> Array:
        return self._norm(super().embed(tokens), self._norm_weights("embedding_norm"))


class MarianDecoder(Decoder, Marian):
    """The decoder of a Marian checkpoint; its pieces are those of target.spm, where that is."""

    KEYS: ClassVar[dict[str, str]] = {
        **Marian.KEYS,
        "layers": "decoder_layers",
        "d_ff": "decoder_ffn_dim",
        "heads": "decoder_attention_heads",
        "vocabulary": "decoder_vocab_size",
    }
    TENSORS: ClassVar[dict[str, str]] = {
        role: name.replace("encoder.", "decoder.") for role, name in Marian.TENSORS.items()
    } | {
        "cross_q": "decoder.layers.{}.encoder_attn.q_proj",
        "cross_k": "decoder.layers.{}.encoder_attn.k_proj",
        "cross_v": "decoder.layers.{}.encoder_attn.v_proj",
        "cross_o": "decoder.layers.{}.encoder_attn.out_proj",
        "cross_norm": "decoder.layers.{}.encoder_attn_layer_norm",
    }

    def _open_splitter(self) -> LibraryTokenizer:
        from attention_core.spm import TARGET, marian_tokenizer

        folder = self.checkpoint.path
        if (folder / TARGET).is_file() or not (folder / TOKENIZER).exists():
            return marian_tokenizer(self.checkpoint, TARGET)
        return super()._open_splitter()

    def _name(self, role: str, layer: int = 0, part: str = "weight") -> str:
        own = super()._name("embedding_here", layer, part)
        if role == "embedding" and own in self.checkpoint.tensors:
            return own  # a vocabulary apart from the encoder's
        return super()._name(role, layer, part)


class BartDecoder(MarianDecoder, Bart):
    """The decoder of a BART checkpoint."""

    START: ClassVar[str] = "eos_token_id"

    def _open_splitter(self) -> LibraryTokenizer:
        return Decoder._open_splitter(self)
