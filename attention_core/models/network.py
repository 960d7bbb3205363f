"""What the families share: loading layer by layer, and the loop over the blocks.

A family names its settings and tensors, and says what its attention adds to the plain formula.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import ClassVar

import numpy as np

from attention_core.ahead import ahead
from attention_core.attention import Terms, attend
from attention_core.errors import AttentionError
from attention_core.models.base import Block, ModelInfo
from attention_core.models.layers import Layers
from attention_core.models.weights import FeedForwardWeights, LayerWeights, NormWeights
from attention_core.ops import ACTIVATIONS, Array, feed_forward, layer_norm, rms_norm, swiglu
from attention_core.sparing import attend_each, attend_one, pass_by
from attention_core.splitting import Splitter, open_splitter
from attention_core.store import Store
from attention_core.tokens import Token


class Network(Layers):
    """A checkpoint of some family, ready to run (attention_core.models.base.Model)."""

    FAMILY: ClassVar[str]
    ACTIVATION: ClassVar[str] = "gelu"  # where the settings name none
    EPS_ROLE: ClassVar[str] = "layer_eps"
    EPS: ClassVar[float | None] = None  # of the norms, where the settings name none
    norm_first: ClassVar[bool] = True
    causal: ClassVar[bool] = True

    def __init__(
        self,
        checkpoint: Store,
        name: str,
        sha256: str,
        default_head: tuple[int, int] | None = None,
    ) -> None:
        super().__init__(checkpoint)
        self.default_head = default_head
        self.context: int = self._positive("context")
        d_model, heads = self._positive("d_model"), self._positive("heads")
        self.d_ff: int = self._positive("d_ff", 4 * d_model)
        self.eps: float = self._setting(self.EPS_ROLE, float, self.EPS)
        self.info = m = ModelInfo(
            name=name,
            family=self.FAMILY,
            sha256=sha256,
            quantisation=checkpoint.quantisation(),
            layers=self._positive("layers"),
            heads=heads,
            kv_heads=self._positive("kv_heads", heads),
            d_model=d_model,
            d_k=self._positive("d_k", max(d_model // heads, 1)),
        )
        if m.heads % m.kv_heads:
            raise checkpoint.broken(f"{m.heads} heads cannot share {m.kv_heads} key heads")
        activation = self._activation_name()
        if activation not in ACTIVATIONS:
            raise self._not_built(f"has the activation {activation!r:.20}")
        self.activation: Callable[[Array], Array] = ACTIVATIONS[activation]

    # What a family may say otherwise.

    def embed(self, tokens: Sequence[Token]) -> Array:
        """What enters layer 0: (n, d_model)."""
        return self._token_rows(tokens)

    def rope(self, n: int, layer: int) -> tuple[Array, Array] | None:
        """The (cos, sin) tables of RoPE, (n, d_k / 2) each; None in families that do not rotate."""
        return None

    def terms(self, n: int, layer: int) -> Terms:
        """What this layer's attention adds to the plain formula."""
        return Terms(causal=self.causal)

    def positions(self, n: int) -> Array | None:
        """What is added to the tokens' embeddings, (n, d_model), in families that add positions."""
        return None

    def _activation_name(self) -> str:
        return self._setting("activation", str, self.ACTIVATION)

    # The run.

    @cached_property
    def tokenizer(self) -> Splitter:
        """Built when the first sentence comes: it takes a tenth of a second."""
        return open_splitter(self.checkpoint, self.causal)

    @property
    def start_rule(self) -> str:
        """What is put around each sentence, and why, in one line."""
        return self.tokenizer.rule

    @property
    def vocabulary(self) -> int:
        """How many tokens the model has embeddings for."""
        if self.is_folder:
            embedding = self.checkpoint.tensors.get(self._name("embedding"))
            return self._positive("vocabulary", embedding.shape[0] if embedding else None)
        return len(self.checkpoint.get("tokenizer.ggml.tokens", list))

    def encode(self, sentence: str) -> tuple[Token, ...]:
        tokens = self.tokenizer.encode(sentence)
        last = max(token.id for token in tokens)
        if last >= self.vocabulary:
            raise self.checkpoint.broken(
                f"its tokenizer gives the id {last}, and it has {self.vocabulary} embeddings"
            )
        return tokens

    def spelling(self, id: int) -> bytes:
        """The bytes of one token; a text's, where the tokenizer knows texts alone."""
        spell = getattr(self.tokenizer, "spelling", None)
        found: bytes = spell(id) if spell else self.tokenizer.text(id).encode()
        return found

    def load(self, last: int, first: int = 0) -> Iterator[LayerWeights]:
        layers = range(first, last + 1)
        return ahead(lambda layer: self._layer(layer, feed_forward=layer < last), layers)

    def pass_layers(self, embedding: Array, weights: Iterator[LayerWeights], count: int) -> Array:
        """The residual stream that enters each of the first layers, and the one behind them.

        -> (count + 1, n, d_model). Nothing else of these layers is kept.
        """
        m, streams = self.info, np.empty((count + 1, *embedding.shape), embedding.dtype)
        streams[0] = embedding
        for layer, w in zip(range(count), weights, strict=False):
            hidden = streams[layer]  # (n, d_model)
            x = self._norm(hidden, w.attention_norm) if self.norm_first else hidden
            rope, terms = self.rope(len(x), layer), self.terms(len(x), layer)
            update = pass_by(x, w.attention, m.heads, m.kv_heads, rope, terms)  # (n, d_model)
            if w.update_norm is not None:
                update = self._norm(update, w.update_norm)
            self._check_finite(hidden + update, layer)
            assert w.feed_forward is not None  # the last layer is not passed by
            streams[layer + 1] = self._after(hidden + update, w.attention_norm, w.feed_forward)
        return streams

    def blocks(
        self, embedding: Array, weights: Iterator[LayerWeights], first: int = 0
    ) -> Iterator[Block]:
        hidden = embedding  # (n, d_model)
        for layer, w in enumerate(weights, first):
            block = self._block(layer, hidden, w, self.terms(len(hidden), layer))
            yield block
            if w.feed_forward is not None:
                hidden = self._after(block.x_out, w.attention_norm, w.feed_forward)  # (n, d_model)

    def one_head(
        self, hidden: Array, weights: Iterator[LayerWeights], layer: int, head: int
    ) -> Block:
        return self._block(layer, hidden, next(weights), self.terms(len(hidden), layer), head=head)

    def patterns(
        self, sentences: Sequence[Sequence[Token]], weights: Iterator[LayerWeights]
    ) -> Iterator[list[Array]]:
        """All heads' weights of each layer, (h, n, n) a sentence, of many sentences in one pass."""
        m, lengths = self.info, [len(tokens) for tokens in sentences]
        hidden = np.concatenate([self.embed(tokens) for tokens in sentences])  # (rows, d_model)
        for layer, w in enumerate(weights):
            x = self._norm(hidden, w.attention_norm) if self.norm_first else hidden
            turns = [self.rope(n, layer) for n in lengths]
            ropes = [turn for turn in turns if turn is not None] or None
            terms = [self.terms(n, layer) for n in lengths]
            found, update = attend_each(x, lengths, w.attention, m.heads, m.kv_heads, ropes, terms)
            yield found
            if w.feed_forward is not None:
                if w.update_norm is not None:
                    update = self._norm(update, w.update_norm)
                hidden = self._after(hidden + update, w.attention_norm, w.feed_forward)

    def final(self, last: Block) -> Array:
        """The residual stream after the last layer and, if there is one, its norm: (n, d_model)."""
        attention_norm = self._norm_weights("attention_norm", last.layer)
        weights = self._feed_forward_weights(last.layer)
        hidden = self._after(last.x_out, attention_norm, weights)  # (n, d_model)
        return self._norm(hidden, self._norm_weights("output_norm")) if self.norm_first else hidden

    def logits(self, last: Block) -> Array:
        if not self.causal:
            raise AttentionError(f"{self.info.name} reads whole sentences and scores no next token")
        role = "output" if self._has("output") else "embedding"  # tied: the same matrix
        w_u = self._matrix(role, self.vocabulary, self.info.d_model)
        scored: Array = w_u @ self.final(last)[-1]  # (vocabulary,)
        return scored

    def _block(
        self,
        layer: int,
        hidden: Array,
        w: LayerWeights,
        terms: Terms,
        memory: Array | None = None,
        head: int | None = None,
    ) -> Block:
        """One attention block; of its steps all heads', or one head's alone.

        hidden: (n, d_model), memory: (n_k, d_model) of another sentence
        """
        m = self.info
        x = self._norm(hidden, w.attention_norm) if self.norm_first else hidden  # (n, d_model)
        rope = self.rope(len(x), layer)
        if head is None:
            steps = attend(x, w.attention, m.heads, m.kv_heads, rope, memory=memory, terms=terms)
            update = steps.updates.sum(axis=0)  # (n, d_model)
        else:
            steps, update = attend_one(x, w.attention, m.heads, m.kv_heads, head, rope, terms)
        if w.update_norm is not None:
            # Each head's part of what the block adds shrinks alike, so they still add up.
            mean_square = np.mean(np.square(update), axis=-1, keepdims=True)  # (n, 1)
            root = np.sqrt(mean_square + np.float32(self.eps))  # (n, 1)
            steps = steps._replace(updates=steps.updates / root * w.update_norm.weight)
            update = update / root * w.update_norm.weight
        if w.attention.b_o is not None:
            update += w.attention.b_o
        block = Block(layer, hidden, x, steps, update, hidden + update, w.attention.b_o, head)
        self._check_finite(block.x_out, layer)
        return block

    def _after(self, x_out: Array, attention_norm: NormWeights, w: FeedForwardWeights) -> Array:
        """Second half of a layer.  (n, d_model) -> (n, d_model)"""
        if not self.norm_first:
            x = self._norm(x_out, attention_norm)  # (n, d_model)
            return self._norm(x + self._feed_forward(x, w), w.norm)
        added = self._feed_forward(self._norm(x_out, w.norm), w)  # (n, d_model)
        return x_out + (added if w.update_norm is None else self._norm(added, w.update_norm))

    def _feed_forward(self, x: Array, w: FeedForwardWeights) -> Array:
        if w.w_gate is not None:
            return swiglu(x, w.w_gate, w.w_up, w.w_down, self.activation)
        return feed_forward(x, w.w_up, w.b_up, w.w_down, w.b_down, self.activation)

    def _norm(self, x: Array, w: NormWeights) -> Array:
        if w.bias is None:
            return rms_norm(x, w.weight, self.eps)
        return layer_norm(x, w.weight, w.bias, self.eps)

    def _token_rows(self, tokens: Sequence[Token]) -> Array:
        shape = (self.vocabulary, self.info.d_model)
        return self.checkpoint.read_rows(self._name("embedding"), [t.id for t in tokens], shape)

    def _check_finite(self, stream: Array, layer: int) -> None:
        """Look for the guilty tensor, but only once something went wrong."""
        if np.isfinite(stream).all():
            return
        guilty = self.checkpoint.nonfinite(self._tensors_up_to(layer))
        where = f"tensor {guilty} holds" if guilty else f"its layer {layer} computes"
        raise self.checkpoint.broken(f"{where} numbers that are not finite")
