"""A Transformer of an encoder and a decoder (arXiv:1706.03762): one sentence in, another one out.

The norms stand before the blocks (arXiv:2002.04745), and nothing has a bias. Words are tokens; a
target piece that begins with ## is written onto the one before it, as Korean particles are.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from attention_core.attention import AttentionWeights, attend
from attention_core.catalogue import VOCABULARY, WEIGHTS
from attention_core.errors import AttentionError, nearest
from attention_core.files import read_npz
from attention_core.models.base import Block, ModelInfo
from attention_core.ops import Array, feed_forward, layer_norm, relu, sinusoids
from attention_core.tokens import Token, check_sentence, shown, start_token

START, END, JOINED = "<s>", "</s>", "##"
EPS = 1e-5  # of torch.nn.LayerNorm
PIECE = re.compile(r"\s*(?:[\w'’-]+|[^\w\s])")  # a word or a sign, with the space before it


class AttentionBlock(NamedTuple):
    """An attention block's weights, and the norm before it."""

    norm: Array  # (d_model,)
    attention: AttentionWeights


class FeedForward(NamedTuple):
    """A feed-forward block's weights, and the norm before it."""

    norm: Array  # (d_model,)
    w_up: Array  # (d_ff, d_model)
    w_down: Array  # (d_model, d_ff)


class EncoderLayer(NamedTuple):
    """Every source token looks at every other."""

    own: AttentionBlock
    feed_forward: FeedForward


class DecoderLayer(NamedTuple):
    """What is written so far looks at itself, then at the source."""

    own: AttentionBlock
    cross: AttentionBlock
    feed_forward: FeedForward


class Run(NamedTuple):
    """A source and a target sentence, all of their attention blocks, layer by layer."""

    sentence: str
    source: tuple[Token, ...]  # n_k of them
    translation: str
    target: tuple[Token, ...]  # n, the start token in front
    encoder: tuple[Block, ...]
    decoder: tuple[Block, ...]
    cross: tuple[Block, ...]  # its stream enters from decoder[layer].x_out, its keys from memory
    memory: Array  # (n_k, d_model)  what the encoder hands over
    logits: Array  # (n, vocabulary)  of the piece that comes after each row


class Seq2Seq:
    """An encoder-decoder, read from a folder with its weights and its vocabulary."""

    def __init__(
        self,
        folder: Path,
        name: str,
        sha256: str,
        default_heads: Mapping[str, tuple[int, int]] | None = None,
    ) -> None:
        self.default_heads = default_heads or {}  # (layer, head) of encoder, decoder, cross
        w = {key: np.asarray(a, np.float32) for key, a in read_npz(folder / WEIGHTS).items()}
        words = json.loads((folder / VOCABULARY).read_text(encoding="utf-8"))
        self.source = {word: id for id, word in enumerate(words["source"])}
        self.target = {piece: id for id, piece in enumerate(words["target"])}
        self.pieces: list[str] = words["target"]
        self.source_embedding, self.target_embedding = w["enc.token_embd"], w["dec.token_embd"]
        self.encoder_norm, self.decoder_norm = w["enc.output_norm"], w["dec.output_norm"]
        self.context, heads = int(w["context"]), int(w["heads"])
        layers = range(sum(key.endswith("cross_attn_q") for key in w))
        self.encoder_layers = [
            EncoderLayer(
                _attention_block(w, f"enc.blk.{layer}.attn"),
                _feed_forward(w, f"enc.blk.{layer}.ffn"),
            )
            for layer in layers
        ]
        self.decoder_layers = [
            DecoderLayer(
                _attention_block(w, f"dec.blk.{layer}.attn"),
                _attention_block(w, f"dec.blk.{layer}.cross_attn"),
                _feed_forward(w, f"dec.blk.{layer}.ffn"),
            )
            for layer in layers
        ]
        d_model = self.source_embedding.shape[1]
        self.info = ModelInfo(
            name=name,
            family="seq2seq",
            sha256=sha256,
            quantisation="F16",
            layers=len(layers),
            heads=heads,
            kv_heads=heads,
            d_model=d_model,
            d_k=d_model // heads,
        )

    def positions(self, n: int) -> Array:
        """What is added to the embeddings, of both sentences: (n, d_model)."""
        return sinusoids(n, self.info.d_model)

    def encode(self, sentence: str) -> tuple[Token, ...]:
        """The source sentence's tokens: its words; a capital letter is as good as a small one.

        Raises AttentionError for a word that is not in the vocabulary, listing that, and for a
        sentence that is too long.
        """
        tokens = []
        for found in PIECE.finditer(check_sentence(sentence)):
            word = shown(found.group()).lower()
            if word not in self.source:
                raise self._unknown(word, self.source)
            tokens.append(_token(self.source[word], found.group(), found.start()))
        return self._checked(tokens)

    def encode_target(self, sentence: str) -> tuple[Token, ...]:
        """The target sentence's tokens, the start token in front; particles are tokens too.

        Raises AttentionError as `encode` does.
        """
        tokens = [start_token(self.target[START], START)]
        for found in PIECE.finditer(check_sentence(sentence)):
            tokens += self._split(found.group(), found.start())
        return self._checked(tokens)

    def embed(self, tokens: Sequence[Token], table: Array) -> Array:
        """What enters layer 0: embeddings times sqrt(d_model), plus positions.

        table: (vocabulary, d_model) -> (n, d_model)
        """
        rows = table[[token.id for token in tokens]]  # (n, d_model)
        scaled: Array = rows * np.sqrt(np.float32(rows.shape[1]))  # (n, d_model)
        return scaled + sinusoids(*rows.shape)

    def read(self, source: Sequence[Token]) -> tuple[tuple[Block, ...], Array]:
        """The encoder's blocks, and its memory.  -> blocks, (n_k, d_model)"""
        hidden = self.embed(source, self.source_embedding)  # (n_k, d_model)
        blocks = []
        for layer, w in enumerate(self.encoder_layers):
            blocks.append(self._attend(layer, hidden, w.own, causal=False))
            hidden = _fed_forward(blocks[-1].x_out, w.feed_forward)  # (n_k, d_model)
        return tuple(blocks), layer_norm(hidden, self.encoder_norm, None, EPS)

    def write(
        self, target: Sequence[Token], memory: Array
    ) -> tuple[tuple[Block, ...], tuple[Block, ...], Array]:
        """The decoder's blocks, those that look at the memory, and the next piece's scores.

        memory: (n_k, d_model) -> blocks, blocks, (n, vocabulary)
        """
        hidden = self.embed(target, self.target_embedding)  # (n, d_model)
        own, cross = [], []
        for layer, w in enumerate(self.decoder_layers):
            own.append(self._attend(layer, hidden, w.own, causal=True))
            cross.append(self._attend(layer, own[-1].x_out, w.cross, causal=False, memory=memory))
            hidden = _fed_forward(cross[-1].x_out, w.feed_forward)  # (n, d_model)
        last = layer_norm(hidden, self.decoder_norm, None, EPS)  # (n, d_model)
        return tuple(own), tuple(cross), last @ self.target_embedding.T

    def run(self, sentence: str, target: str | None = None) -> Run:
        """Everything that is computed for a sentence and its translation, or a given `target`."""
        source = self.encode(sentence)
        encoder, memory = self.read(source)
        if target is None:
            target, written = self._greedy(memory)
        else:
            written = self.encode_target(target)
        decoder, cross, logits = self.write(written, memory)
        return Run(sentence, source, target, written, encoder, decoder, cross, memory, logits)

    def translate(self, sentence: str) -> str:
        """The translation: piece by piece the likeliest one (greedy decoding).

        Raises AttentionError as `encode` does.
        """
        return self._greedy(self.read(self.encode(sentence))[1])[0]

    def _greedy(self, memory: Array) -> tuple[str, tuple[Token, ...]]:
        """The likeliest piece after piece, until the end token.  memory: (n_k, d_model)"""
        text, tokens = "", [start_token(self.target[START], START)]
        while len(tokens) < self.context:
            scored = self.write(tokens, memory)[-1][-1]  # (vocabulary,)
            scored[self.target[START]] = -np.inf  # nothing starts twice
            if not text:
                scored[self.target[END]] = -np.inf  # no translation is empty
            best = int(scored.argmax())
            if self.pieces[best] == END:
                break
            piece = self.pieces[best]
            space = "" if piece.startswith(JOINED) or not text else " "
            tokens.append(_token(best, space + piece.removeprefix(JOINED), len(text)))
            text += tokens[-1].text
        return text, tuple(tokens)

    def _attend(
        self,
        layer: int,
        hidden: Array,
        w: AttentionBlock,
        causal: bool,
        memory: Array | None = None,
    ) -> Block:
        """One attention block.  hidden: (n, d_model), memory: (n_k, d_model)"""
        heads = self.info.heads
        x = layer_norm(hidden, w.norm, None, EPS)  # (n, d_model)
        steps = attend(x, w.attention, heads, heads, causal=causal, memory=memory)
        update = steps.updates.sum(axis=0)  # (n, d_model)
        return Block(layer, hidden, x, steps, update, hidden + update)

    def _split(self, text: str, at: int) -> Iterator[Token]:
        """The token of a word, or those of its stem and its particle; the longest stem wins."""
        space = len(text) - len(text.lstrip())
        word = text[space:]
        for end in range(len(text), space, -1):
            stem, particle = text[space:end], JOINED + text[end:]
            if stem in self.target and (end == len(text) or particle in self.target):
                yield _token(self.target[stem], text[:end], at)
                if end < len(text):
                    yield _token(self.target[particle], text[end:], at + end)
                return
        raise self._unknown(word, [p.removeprefix(JOINED) for p in self.pieces[2:]])

    def _checked(self, tokens: list[Token]) -> tuple[Token, ...]:
        if len(tokens) > self.context:
            raise AttentionError(
                f"the sentence is {len(tokens)} tokens long and {self.info.name} was made for "
                f"{self.context}",
                "shorten it",
            )
        return tuple(tokens)

    def _unknown(self, word: str, vocabulary: Iterable[str]) -> AttentionError:
        return AttentionError(
            f"{self.info.name} is a toy and does not know {word!r:.40}",
            f"its vocabulary: {nearest(word, vocabulary)}",
        )


def _token(id: int, text: str, at: int) -> Token:
    return Token(id, text, shown(text), at, at + len(text), special=False)


def _attention_block(w: dict[str, Array], name: str) -> AttentionBlock:
    matrices = [w[f"{name}_{part}"] for part in ("q", "k", "v", "output")]
    return AttentionBlock(w[f"{name}_norm"], AttentionWeights(*matrices))


def _feed_forward(w: dict[str, Array], name: str) -> FeedForward:
    return FeedForward(w[f"{name}_norm"], w[f"{name}_up"], w[f"{name}_down"])


def _fed_forward(x_out: Array, w: FeedForward) -> Array:
    """Last part of a layer.  (n, d_model) -> (n, d_model)"""
    x = layer_norm(x_out, w.norm, None, EPS)  # (n, d_model)
    return x_out + feed_forward(x, w.w_up, None, w.w_down, None, relu)
