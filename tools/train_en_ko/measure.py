"""How good the toy model is on sentences that it was not trained on; needs no torch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from attention_core.models.seq2seq import END, Seq2Seq
from attention_core.ops import Array
from tools.train_en_ko.grammar import Pair, written


class Measured(NamedTuple):
    """Shares of sentences, and of content words."""

    exact: float  # sentences whose greedy translation is the grammar's, piece by piece
    aligned: Array  # (layers, h): words at whose English a head looks most, as it writes them
    read_aligned: Array  # (layers, h): the same in the next row, where the word has been read


def measure(network: Seq2Seq, pairs: Sequence[Pair]) -> Measured:
    """Measure both on these sentences.

    The decoder reads the right translation, once. Greedy decoding would write it if and only if
    every piece is the likeliest one after those before it: a row does not see what comes later.
    """
    exact, words = 0, 0
    hits = np.zeros((2, network.info.layers, network.info.heads))
    for pair in pairs:
        run = network.run(pair.english, written(pair.korean))
        pieces = [network.pieces[token.id] for token in run.target[1:]]
        if pieces != list(pair.korean):
            raise ValueError(f"{written(pair.korean)} was not cut into {pair.korean}")
        best = [network.pieces[id] for id in run.logits.argmax(axis=-1)]
        exact += best == [*pieces, END]
        looks = np.stack([block.steps.weights.argmax(axis=-1) for block in run.cross])
        rows, sources = np.array(pair.links).T
        hits += [(looks[:, :, rows + later] == sources).sum(axis=-1) for later in (0, 1)]
        words += len(pair.links)
    return Measured(exact / len(pairs), *(hits / words))
