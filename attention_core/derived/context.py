"""How the attention of a long text grows with its length: n x n weights for n tokens."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from attention_core.derived import Derived, embedded_file
from attention_core.errors import AttentionError
from attention_core.models.base import Model, ModelInfo
from attention_core.ops import Array, softmax
from attention_core.run import assemble
from attention_core.tokens import Token
from attention_core.trace import Trace

# The beginning of "Alice's Adventures in Wonderland" (Lewis Carroll, 1865; public domain), word for
# word as in Project Gutenberg's eBook 11 (with double quotation marks), without its italics.
TEXT = Path(__file__).parents[2] / "assets" / "texts" / "alice.txt"
SIZES = (8, 64, 512)  # tokens, the start token included
SQUARES = ("scores", "scaled", "unmasked", "position_bias", "masked", "weights")  # (n, n) each
BULKY = (
    *("q_unnormed", "k_unnormed", "q_unrotated", "k_unrotated", "embedding", "position", "x"),
    *("update", "block_update", "x_out", "patterns", "hidden", "logits"),
)
BYTES = 4  # of a weight, in the float32 that this project computes with


def derive(network: Model, main: Trace, fresh: bool = False) -> Derived:
    """The main head's weights over the text's first 512 tokens, and what they cost.

    `fresh` runs the text (seconds) where the shipped file holds what this very head of this very
    model made of it: it does not depend on the sentence.

    trace "context": the first 8 tokens. Under a causal mask a token's row does not depend on what
    follows, so the beginnings of one long run are the shorter runs.
    context_weights (512, 512): the head's, to half precision (they are drawn, not computed with);
    context_sizes, context_cells, context_bytes (3,): see `cost`.

    Raises AttentionError for a model that cannot read so much, or makes fewer tokens of the text.
    """
    shipped = None if fresh else _shipped(main)
    if shipped is not None:
        return shipped
    tokens = _tokens(network)
    embedding = network.embed(tokens)  # (512, d_model)
    blocks = network.blocks(embedding, network.load(main.layer))
    block = next(block for block in blocks if block.layer == main.layer)
    whole = assemble(network, text(), tokens, block, main.head, None, embedding)
    # Half precision, kept in single: it packs into a third of the bytes.
    weights = whole.weights.astype(np.float16).astype(np.float32)  # (512, 512)
    return Derived(
        traces={"context": beginning(whole, SIZES[0])},
        arrays={"context_weights": weights, **cost(SIZES, network.info)},
    )


def _shipped(main: Trace) -> Derived | None:
    """The shipped material, if the same weights' same head made it."""
    from attention_core.material import Material  # it builds on this module

    file = embedded_file("context")
    if not file.exists():
        return None
    held = Material.load(file)
    made_by = held.trace
    if (made_by.model, made_by.layer, made_by.head) != (main.model, main.layer, main.head):
        return None  # a ModelInfo holds the checksum of the weights
    return Derived(traces={"context": held.traces["context"]}, arrays=held.arrays)


def _tokens(network: Model) -> tuple[Token, ...]:
    """The first tokens of the text, as many as the largest size."""
    tokens = network.encode(text())[: SIZES[-1]]
    name = network.info.name
    if network.context < SIZES[-1]:
        raise AttentionError(
            f"{name} reads at most {network.context} tokens, and this chapter shows {SIZES[-1]}",
            "choose another chapter, or another model",
        )
    if len(tokens) < SIZES[-1]:
        raise AttentionError(
            f"{name} makes {len(tokens)} tokens of the long text, too few for {SIZES[-1]}",
            "choose another chapter, or another model",
        )
    return tokens


def text() -> str:
    """The text on one line, as a model reads it."""
    return " ".join(TEXT.read_text(encoding="utf-8").split())


def cost(sizes: tuple[int, ...], model: ModelInfo) -> dict[str, Array]:
    """For each length: how many weights a head computes, and the bytes of all heads' weights."""
    lengths = np.array(sizes, np.float32)  # exact up to 2^24, and squares of powers of two beyond
    cells = lengths**2
    each = cells * model.layers * model.heads * BYTES
    return {"context_sizes": lengths, "context_cells": cells, "context_bytes": each}


def multiplications(sizes: Sequence[float], trace: Trace) -> list[float]:
    """For each length: the multiplications of one head, d_k for a score and d_v for a weight.

    All scores are computed, the masked ones too: Q K^T is (n, d_k) x (d_k, n), and the weights
    times V are (n, n) x (n, d_v).
    """
    each = trace.q.shape[1] + trace.v.shape[1]
    return [float(size) ** 2 * each for size in sizes]


def beginning(trace: Trace, n: int) -> Trace:
    """The first n tokens of a causal trace, without what is bulky."""
    tokens = trace.tokens[:n]
    small, held = trace.without(*BULKY), trace.arrays()
    cut = {name: held[name][:n, :n] for name in SQUARES if name in held}
    cut["unmasked_weights"] = softmax(trace.before_mask[:n, :n])  # (n, n)
    rows = {name: held[name][:n] for name in ("q", "k", "v") if name in held}
    return small.changed(sentence=trace.sentence[: tokens[-1].end], tokens=tokens, **cut, **rows)
