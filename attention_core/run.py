"""Runs a model on a sentence, and keeps one head's computation as a Trace."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from itertools import chain

import numpy as np

from attention_core.catalogue import SHIPPED
from attention_core.errors import AttentionError
from attention_core.models.base import Block, Described, Model
from attention_core.models.pair import NO_PAIR, EncoderDecoder
from attention_core.models.seq2seq import Seq2Seq
from attention_core.ops import Array, softmax
from attention_core.registry import NotFetched, open_model
from attention_core.tokens import Token, check_sentence
from attention_core.trace import Trace

DEFAULT_SENTENCE = "a fluffy blue creature roamed the verdant forest"
MOST_TOKENS = 1024  # every step keeps n x n numbers a head: beyond this it is a gigabyte and more


def trace(
    sentence: str = DEFAULT_SENTENCE,
    model: str | Model | Seq2Seq | EncoderDecoder = "smollm2",
    layer: int | None = None,
    head: int | None = None,
    logits: bool = False,
    key_sentence: str | None = None,
    attention: str | None = None,
    patterns: bool = False,
) -> Trace:
    """Run `model` on `sentence` up to `layer`, and keep what its head `head` computed.

    model: a known name, the path of a .gguf file, or an open model. layer and head count from 0;
    without them the model's pinned head is taken, or the one that looks least at the start token.
    logits: run through all layers, and score the next token too.
    key_sentence, attention: for an encoder-decoder (attention_core.translation) what is looked at,
    `sentence` being what its decoder reads then; and "encoder", "decoder" or "cross".
    patterns: keep the weights of all heads of the layer too, n x n a head; without it the memory
    that is used grows with n only by the n x n matrices of the one head.
    Raises AttentionError for a sentence, model, layer or head that cannot be used.
    """
    check_sentence(sentence)
    translates = key_sentence is not None or attention is not None
    if isinstance(model, str | Seq2Seq | EncoderDecoder):
        if translates or not isinstance(model, str) or model in SHIPPED:
            from attention_core.translation import translation_trace  # it builds on this module

            kind = attention or "cross"
            found = translation_trace(sentence, key_sentence, model, layer, head, kind)
            if logits and found.logits is None and kind != "encoder":
                raise AttentionError(f"{found.model.name} scores no next token here")
            unasked = [
                name for name, asked in (("logits", logits), ("patterns", patterns)) if not asked
            ]
            return found.without(*unasked)
    elif translates:
        raise AttentionError(*NO_PAIR)
    try:
        network = open_model(model) if isinstance(model, str) else model
    except NotFetched:
        if logits:
            raise
        from attention_core.material import Material  # it builds on this module

        return Material.build(sentence, model, layer, head).trace  # perhaps it is embedded
    check_head(network, layer, head)
    if layer is None or head is None:
        layer, head = default_head(network, sentence, layer, head)
    last = network.info.layers - 1 if logits else layer
    weights = network.load(last)  # starts in other threads, while the tokenizer is being built
    tokens = encode(network, sentence)
    embedding = network.embed(tokens)  # (n, d_model)
    hidden = network.pass_layers(embedding, weights, layer)  # (layer + 1, n, d_model)
    if not (logits or patterns):
        asked = network.one_head(hidden[-1], weights, layer, head)
        return assemble(network, sentence, tokens, asked, head, hidden, embedding)
    blocks = network.blocks(hidden[-1], weights, layer)
    asked = next(blocks)
    last_one = deque(chain((asked,), blocks), maxlen=1).pop()  # there the next token is scored
    scored = network.logits(last_one) if logits else None
    found = assemble(network, sentence, tokens, asked, head, hidden, embedding, scored)
    return found if patterns else found.without("patterns")


def encode(network: Model, sentence: str) -> tuple[Token, ...]:
    """The sentence's tokens, or an AttentionError if there are too many to be traced."""
    tokens = network.encode(sentence)
    limit = min(network.context, MOST_TOKENS)
    if len(tokens) > limit:
        raise AttentionError(
            f"the sentence is {len(tokens):,} tokens long and the limit is {limit:,}", "shorten it"
        )
    return tokens


def check_head(network: Described, layer: int | None, head: int | None, where: str = "") -> None:
    """Raise AttentionError unless the model has this layer and head (`where`: in which half)."""
    m = network.info
    for what, number, count in (("layer", layer, m.layers), ("head", head, m.heads)):
        if number is not None and not 0 <= number < count:
            raise AttentionError(
                f"{m.name} has no {what} {number}{where}", f"choose 0 to {count - 1}"
            )


def default_head(
    network: Model, sentence: str, layer: int | None = None, head: int | None = None
) -> tuple[int, int]:
    """The pinned head; else, of those left open, the one whose words look least at the sink.

    The sink is the start token and the end token, whichever there are; without any, the first one.
    """
    pinned = network.default_head
    if pinned and layer in (None, pinned[0]) and head in (None, pinned[1]):
        return pinned
    layers = range(network.info.layers) if layer is None else range(layer, layer + 1)
    heads = range(network.info.heads) if head is None else range(head, head + 1)
    weights = network.load(layers[-1])
    tokens = encode(network, sentence)
    embedding = network.embed(tokens)
    sinks = [row for row, token in enumerate(tokens) if token.special] or [0]
    words = [row for row, token in enumerate(tokens) if not token.special]
    parked: dict[tuple[int, int], float] = {}
    for block in network.blocks(embedding, weights):
        for one in heads if block.layer in layers else ():
            parked[block.layer, one] = float(
                block.steps.weights[one][np.ix_(words, sinks)].sum(axis=-1).mean()
            )
    return min(parked, key=lambda place: parked[place])


def assemble(
    network: Described,
    sentence: str,
    tokens: Sequence[Token],
    block: Block,
    head: int,
    hidden: Array | None,
    embedding: Array,
    logits: Array | None = None,
) -> Trace:
    """The Trace of one head of a block that ran."""
    steps, m = block.steps, network.info
    terms = steps.terms
    kv_head = head // (m.heads // m.kv_heads)
    # Where the steps of one head alone were kept, it stands first.
    at, kv_at = (head, kv_head) if block.head is None else (0, 0)
    found = Trace(
        sentence=sentence,
        tokens=tuple(tokens),
        model=m,
        layer=block.layer,
        head=head,
        kv_head=kv_head,
        causal=terms.causal,
        q=steps.q[at],
        k=steps.k[kv_at],
        v=steps.v[kv_at],
        scores=steps.scores[at],
        scaled=steps.scaled[at],
        masked=steps.masked[at],
        weights=steps.weights[at],
        unmasked_weights=softmax(steps.before_mask[at]),
        q_unrotated=steps.q_unrotated[at],
        k_unrotated=steps.k_unrotated[kv_at],
        embedding=embedding,
        position=_positions(network, len(tokens)),
        hidden=hidden,
        x=block.x,
        update=steps.updates[at],
        block_update=block.update,
        x_out=block.x_out,
        patterns=steps.weights if block.head is None else None,
        logits=logits,
        computed=True,
        q_unnormed=_of(steps.q_unnormed, at),
        k_unnormed=_of(steps.k_unnormed, kv_at),
        position_bias=_of(terms.position_bias, at),
        unmasked=_of(steps.unmasked, at),
        output_bias=block.output_bias,
        divisor=terms.divisor,
        soft_cap=terms.soft_cap,
        window=terms.window,
        start_rule=getattr(network, "start_rule", ""),
    )
    if block.x.dtype == np.float32:
        return found
    # A family that computes in float64 does so for the sake of its later layers.
    return found.changed(**{name: a.astype(np.float32) for name, a in found.arrays().items()})


def _positions(network: Described, n: int) -> Array | None:
    """The positions, in families that add them to the embeddings: (n, d_model)."""
    of_network = getattr(network, "positions", None)
    found: Array | None = of_network(n) if of_network else None
    return found


def _of(all_heads: Array | None, head: int) -> Array | None:
    """One head's, where there is any."""
    return None if all_heads is None else all_heads[head]
