"""Attention between words: the pieces of a word counted together."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from attention_core.ops import Array
from attention_core.trace import Trace


class WordWeights(NamedTuple):
    """Rows are the words that look; each row of `weights` with `start` sums to 1."""

    weights: Array  # (words, words)
    start: Array  # (words,)  what each word gives to the start token
    rows: tuple[int, ...]  # each word's last token, whose query is the word's
    visible: NDArray[
        np.bool_
    ]  # (words, words)  False where the mask hides all of the looked-at word


def by_word(trace: Trace) -> WordWeights:
    """A word looks with its last piece, which has read all of it, and is looked at as a whole.

    Scores cannot be merged like that; weights can, since they are shares: those of the looked-at
    word's pieces are added up.
    """
    words = trace.words
    rows = tuple(word.pieces[-1] for word in words)
    belongs = np.zeros((trace.n, len(words)), np.float32)  # (n, words)
    for column, word in enumerate(words):
        belongs[list(word.pieces), column] = 1.0
    looking = trace.weights[list(rows)]  # (words, n)
    seen = ~np.isneginf(trace.masked[list(rows)])  # (words, n)
    start = looking[:, trace.start] if trace.start is not None else 0 * looking[:, 0]
    return WordWeights(looking @ belongs, start, rows, seen @ belongs > 0)
