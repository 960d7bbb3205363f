"""Runs an encoder-decoder, and keeps heads of its three kinds of attention as Traces."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from attention_core.errors import AttentionError, nearest
from attention_core.models.base import Block
from attention_core.models.pair import EncoderDecoder
from attention_core.models.seq2seq import Seq2Seq
from attention_core.ops import Array
from attention_core.registry import open_pair
from attention_core.run import assemble, check_head, encode
from attention_core.tokens import Token, check_sentence
from attention_core.trace import Trace

# The source looks at itself, the target at itself, the target at the source.
KINDS = ("encoder", "decoder", "cross")


def translation_traces(
    sentence: str,
    target: str | None = None,
    model: str | Seq2Seq | EncoderDecoder = "en-ko",
    layer: int | None = None,
    head: int | None = None,
    kinds: Sequence[str] = KINDS,
) -> dict[str, Trace]:
    """The traces "encoder", "decoder" and "cross" of a sentence and its translation.

    target: what the decoder reads; the toy en-ko can do without, and then reads what it writes.
    layer, head: of all these kinds; without them each has a head of its own: the pinned one, else
    the one whose words look least at the start and end tokens of what they look at.
    Raises AttentionError for a model without a decoder, a sentence that it cannot read, and a layer
    or head that it does not have.
    """
    network = open_pair(model) if isinstance(model, str) else model
    if isinstance(network, Seq2Seq):
        check_head(network, layer, head)
        return _toy_traces(network, sentence, target, layer, head, kinds)
    for kind in kinds:
        where = f" in its {'encoder' if kind == 'encoder' else 'decoder'}"
        check_head(network.half(kind), layer, head, where)
    if target is None:
        raise AttentionError(
            f"{network.encoder.info.name} does not translate here: its decoder reads a sentence "
            "that is given",
            "give what it reads as SENTENCE, and what that looks at as --key-sentence",
        )
    return _pair_traces(network, sentence, target, layer, head, kinds)


def translation_trace(
    sentence: str,
    key_sentence: str | None = None,
    model: str | Seq2Seq | EncoderDecoder = "en-ko",
    layer: int | None = None,
    head: int | None = None,
    attention: str = "cross",
) -> Trace:
    """One of those traces.

    With a key_sentence that one is the source, and `sentence` is what the decoder reads; without
    it `sentence` is the source, and the decoder reads its translation.
    Raises AttentionError as `translation_traces` does, and for an unknown kind of attention.
    """
    if attention not in KINDS:
        raise AttentionError(
            f"no attention is called {attention!r:.40}", f"known: {nearest(attention, KINDS)}"
        )
    source, target = (sentence, None) if key_sentence is None else (key_sentence, sentence)
    return translation_traces(source, target, model, layer, head, (attention,))[attention]


class Kept:
    """Of the blocks that pass by: the asked head's, or the head's that looks least at the sinks.

    asked: queries that count, sinks: keys that do not. All else of a block is let go but what
    entered it.
    """

    def __init__(
        self, layer: int | None, head: int | None, asked: Sequence[int], sinks: Sequence[int]
    ) -> None:
        self.layer, self.heads = layer, None if head is None else [head]
        self.cells = np.ix_(asked, sinks)
        self.least = np.inf
        self.streams: list[Array] = []  # of (n, d_model)

    def see(self, block: Block) -> None:
        """The next layer's."""
        self.streams.append(block.hidden)
        if self.layer not in (None, block.layer):
            return
        weights = block.steps.weights  # (h, n, n_k)
        for head in self.heads or range(len(weights)):
            parked = float(weights[head][self.cells].sum(axis=-1).mean())
            if parked < self.least:
                self.least, self.block, self.head = parked, block, head

    @property
    def hidden(self) -> Array:
        """What enters each layer up to the kept one: (layer + 1, n, d_model)."""
        stacked: Array = np.stack(self.streams[: self.block.layer + 1])
        return stacked


def _pair_traces(
    pair: EncoderDecoder,
    sentence: str,
    target: str,
    layer: int | None,
    head: int | None,
    kinds: Sequence[str],
) -> dict[str, Trace]:
    """The traces of two halves of a folder's model, the target given."""
    for text in (sentence, target):
        check_sentence(text)
    source, written = encode(pair.encoder, sentence), encode(pair.decoder, target)
    last = pair.encoder.info.layers - 1
    weights, decoders = pair.encoder.load(last), pair.decoder.load_layers()
    special, words = _split(source)
    started, read = _split(written)
    predicting = [row for row, (_, after) in enumerate(pairwise(written)) if not after.special]
    cells = {
        "encoder": (words, special),
        "decoder": (read, started),
        "cross": (predicting, special),
    }
    kept = {kind: Kept(layer, head, *cells[kind]) for kind in kinds}

    def see(kind: str, block: Block) -> None:
        if kind in kept:  # the other half may not have that head
            kept[kind].see(block)

    entering, starting = pair.encoder.embed(source), pair.decoder.embed(written)
    for block in pair.encoder.blocks(entering, weights):
        see("encoder", block)
    memory = pair.encoder.final(block)  # (n_k, d_model)
    for step in pair.decoder.write(starting, memory, decoders):
        see("decoder", step.own)
        see("cross", step.cross)
    traces = {}
    for kind, found in kept.items():
        of_source = kind == "encoder"
        half = (sentence, source, entering) if of_source else (target, written, starting)
        text, tokens, embedding = half
        place = text, tokens, found.block, found.head, found.hidden, embedding
        traces[kind] = replace(
            assemble(pair.half(kind), *place),
            source="" if of_source else sentence,
            key_tokens=source if kind == "cross" else None,
            memory=memory if kind == "cross" else None,
        )
    return traces


def _split(tokens: Sequence[Token]) -> tuple[list[int], list[int]]:
    """The rows of the start and end tokens (the first row, where there are none), and of words."""
    special = [row for row, token in enumerate(tokens) if token.special] or [0]
    return special, [row for row, token in enumerate(tokens) if not token.special]


def _toy_traces(
    network: Seq2Seq,
    sentence: str,
    target: str | None,
    layer: int | None,
    head: int | None,
    kinds: Sequence[str],
) -> dict[str, Trace]:
    """The traces of the shipped toy, which keeps all blocks and scores every next piece."""
    run, traces = network.run(sentence, target), {}
    for kind in kinds:
        pinned = network.default_heads.get(kind, (network.info.layers - 1, 0))
        at, one = pinned[0] if layer is None else layer, pinned[1] if head is None else head
        blocks: tuple[Block, ...] = getattr(run, kind)
        hidden: Array = np.stack([block.hidden for block in blocks[: at + 1]])
        of_source = kind == "encoder"
        text, tokens = (sentence, run.source) if of_source else (run.translation, run.target)
        table = network.source_embedding if of_source else network.target_embedding
        embedding = network.embed(tokens, table)  # (n, d_model)
        traces[kind] = replace(
            assemble(network, text, tokens, blocks[at], one, hidden, embedding),
            source="" if of_source else run.sentence,
            key_tokens=run.source if kind == "cross" else None,
            memory=run.memory if kind == "cross" else None,
            logits=None if of_source else run.logits[-1],
        )
    return traces
