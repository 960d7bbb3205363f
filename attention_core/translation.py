"""Runs an encoder-decoder, and keeps heads of its three kinds of attention as Traces."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from attention_core.errors import AttentionError, nearest
from attention_core.models.base import Block
from attention_core.models.seq2seq import Run, Seq2Seq
from attention_core.ops import Array, sinusoids
from attention_core.registry import open_seq2seq
from attention_core.run import assemble, check_head
from attention_core.trace import Trace

# The source looks at itself, the target at itself, the target at the source.
KINDS = ("encoder", "decoder", "cross")


def translation_traces(
    sentence: str,
    target: str | None = None,
    model: str | Seq2Seq = "en-ko",
    layer: int | None = None,
    head: int | None = None,
) -> dict[str, Trace]:
    """The traces "encoder", "decoder" and "cross" of a sentence and its translation.

    target: what the decoder reads, in place of the model's own translation.
    layer, head: of all three; without them each has a head of its own (Seq2Seq.default_heads).
    Raises AttentionError for a word that the model does not know, listing those that it does, and
    for a layer or head that it does not have.
    """
    network = open_seq2seq(model) if isinstance(model, str) else model
    check_head(network, layer, head)
    run = network.run(sentence, target)
    return {kind: _trace(network, run, kind, layer, head) for kind in KINDS}


def translation_trace(
    sentence: str,
    key_sentence: str | None = None,
    model: str | Seq2Seq = "en-ko",
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
    return translation_traces(source, target, model, layer, head)[attention]


def _trace(network: Seq2Seq, run: Run, kind: str, layer: int | None, head: int | None) -> Trace:
    """One head of the encoder, of the decoder, or of its cross-attention."""
    pinned = network.default_heads.get(kind, (network.info.layers - 1, 0))
    layer, head = pinned[0] if layer is None else layer, pinned[1] if head is None else head
    blocks: tuple[Block, ...] = getattr(run, kind)
    hidden: Array = np.stack([block.hidden for block in blocks[: layer + 1]])
    of_source = kind == "encoder"
    text, tokens = (run.sentence, run.source) if of_source else (run.translation, run.target)
    table = network.source_embedding if of_source else network.target_embedding
    embedding = network.embed(tokens, table)  # (n, d_model)
    found = assemble(network, text, tokens, blocks[layer], head, hidden, embedding)
    return replace(
        found,
        causal=kind == "decoder",
        position=sinusoids(*embedding.shape),
        source="" if of_source else run.sentence,
        key_tokens=run.source if kind == "cross" else None,
        memory=run.memory if kind == "cross" else None,
        logits=None if of_source else run.logits[-1],
    )
