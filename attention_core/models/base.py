"""What every model family offers, and what one attention block hands out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, Protocol

from attention_core.attention import Steps
from attention_core.ops import Array
from attention_core.tokens import Token


class ModelInfo(NamedTuple):
    """What was run: enough to name it under a picture, and to run it again."""

    name: str
    family: str
    sha256: str  # of the model file; "" for numbers that came from elsewhere
    quantisation: str  # "Q4_1": 4-bit weights
    layers: int
    heads: int
    kv_heads: int
    d_model: int
    d_k: int


class Block(NamedTuple):
    """One layer's attention as it ran."""

    layer: int
    hidden: Array  # (n, d_model)  the residual stream that enters the layer: E
    x: Array  # (n, d_model)  what the projections read: hidden after the norm
    steps: Steps
    update: Array  # (n, d_model)  all heads together: dE
    x_out: Array  # (n, d_model)  hidden + update: E'
    output_bias: Array | None = None  # (d_model,)  a part of update that no head writes
    head: int | None = None  # the only one whose steps were kept (h = g = 1), if not all were


class Described(Protocol):
    """Anything that says what it is."""

    info: ModelInfo


class Model(Protocol):
    """A model that is ready to run. Loading weights is separate so that it can start early."""

    info: ModelInfo
    context: int  # most tokens it was made for
    default_head: tuple[int, int] | None  # (layer, head), where one is pinned

    @property
    def vocabulary(self) -> int:
        """How many tokens the model has embeddings for."""

    def encode(self, sentence: str) -> tuple[Token, ...]:
        """The tokens of a sentence, the start token in front, where the family has one."""

    def load(self, last: int, first: int = 0) -> Iterator[Any]:
        """The weights of layers `first` to `last`; loading starts now, in other threads."""

    def embed(self, tokens: Sequence[Token]) -> Array:
        """The tokens' embeddings: (n, d_model)."""

    def blocks(self, embedding: Array, weights: Iterator[Any], first: int = 0) -> Iterator[Block]:
        """Run layer by layer; whoever needs no more simply stops asking.

        first: the layer that `embedding` enters and that the weights begin with.
        """

    def one_head(self, hidden: Array, weights: Iterator[Any], layer: int, head: int) -> Block:
        """The block of the layer that `hidden` enters, of its steps one head's alone kept.

        hidden: (n, d_model); the weights begin with that layer's.
        """

    def pass_layers(self, embedding: Array, weights: Iterator[Any], count: int) -> Array:
        """What enters each of the first layers, and what leaves them: (count + 1, n, d_model)."""

    def patterns(
        self, sentences: Sequence[Sequence[Token]], weights: Iterator[Any]
    ) -> Iterator[list[Array]]:
        """Each layer's weights, (h, n, n) a sentence, of many sentences in one pass."""

    def final(self, last: Block) -> Array:
        """What is un-embedded: the stream after the last block and the final norm, (n, d_model)."""

    def logits(self, last: Block) -> Array:
        """Scores of every next token after the last one, from the last block: (vocabulary,)."""

    def spelling(self, id: int) -> bytes:
        """The bytes that a token stands for, its leading space included."""
