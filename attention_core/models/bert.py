"""BERT (arXiv:1810.04805) and RoBERTa (arXiv:1907.11692): encoders that look both ways.

Each norm stands after its block; biases everywhere; learned positions. Tokens around the sentence:
[CLS] in front and [SEP] behind (RoBERTa: <s> and </s>), as the tokenizer puts them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from attention_core.models import gguf
from attention_core.models.network import Network
from attention_core.ops import Array
from attention_core.store import Store
from attention_core.tokens import Token


class Bert(Network):
    """A checkpoint of BERT, ready to run (attention_core.models.base.Model)."""

    FAMILY = "bert"
    EPS = 1e-12
    PREFIXES = ("bert.", "")
    KEYS: ClassVar[dict[str, str]] = {
        "layers": "num_hidden_layers",
        "context": "max_position_embeddings",
        "d_model": "hidden_size",
        "d_ff": "intermediate_size",
        "heads": "num_attention_heads",
        "layer_eps": "layer_norm_eps",
        "vocabulary": "vocab_size",
        "activation": "hidden_act",
    }
    TENSORS: ClassVar[dict[str, str]] = {
        "embedding": "embeddings.word_embeddings",
        "position": "embeddings.position_embeddings",
        "segment": "embeddings.token_type_embeddings",
        "embedding_norm": "embeddings.LayerNorm",
        "q": "encoder.layer.{}.attention.self.query",
        "k": "encoder.layer.{}.attention.self.key",
        "v": "encoder.layer.{}.attention.self.value",
        "o": "encoder.layer.{}.attention.output.dense",
        "attention_norm": "encoder.layer.{}.attention.output.LayerNorm",
        "up": "encoder.layer.{}.intermediate.dense",
        "down": "encoder.layer.{}.output.dense",
        "feed_forward_norm": "encoder.layer.{}.output.LayerNorm",
    }
    GGUF_TENSORS: ClassVar[dict[str, str]] = {
        **gguf.TENSORS,
        "attention_norm": gguf.TENSORS["attention_norm_after"],
        "feed_forward_norm": gguf.TENSORS["feed_forward_norm_after"],
    }
    norm_first = False
    causal = False
    first_position = 0  # of the table's rows, the one for the first token

    def __init__(
        self,
        checkpoint: Store,
        name: str,
        sha256: str,
        default_head: tuple[int, int] | None = None,
    ) -> None:
        super().__init__(checkpoint, name, sha256, default_head)
        kind = checkpoint.get("position_embedding_type", str, "absolute")
        if kind != "absolute":
            raise self._not_built(f"has positions of the kind {kind!r:.30}")
        if checkpoint.get("is_decoder", bool, False):
            raise self._not_built("is a decoder")

    def positions(self, n: int) -> Array:
        shape = (self.context + self.first_position, self.info.d_model)
        rows = [self.first_position + row for row in range(n)]
        return self.checkpoint.read_rows(self._name("position"), rows, shape)

    def embed(self, tokens: Sequence[Token]) -> Array:
        summed = self._token_rows(tokens) + self.positions(len(tokens))  # (n, d_model)
        if self._has("segment"):  # one sentence: all of it is the first segment
            kinds = self.checkpoint.tensors[self._name("segment")].shape[0]
            shape = (kinds, self.info.d_model)
            summed += self.checkpoint.read_rows(self._name("segment"), [0], shape)
        return self._norm(summed, self._norm_weights("embedding_norm"))  # (n, d_model)


class Roberta(Bert):
    """A checkpoint of RoBERTa: BERT whose table of positions begins behind the padding's row."""

    FAMILY = "roberta"
    PREFIXES = ("roberta.", "")

    def __init__(
        self,
        checkpoint: Store,
        name: str,
        sha256: str,
        default_head: tuple[int, int] | None = None,
    ) -> None:
        super().__init__(checkpoint, name, sha256, default_head)
        self.first_position = checkpoint.get("pad_token_id", int, 1) + 1
        self.context -= self.first_position
        if not 0 < self.first_position < self.context:
            raise checkpoint.broken(f"its pad_token_id leaves {self.context} positions")
