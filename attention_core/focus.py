"""What a picture is about: the query that lifts out, and the words that are asked for by name."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from attention_core.errors import AttentionError
from attention_core.ops import Array
from attention_core.tokens import Word
from attention_core.trace import Trace


def choose_query(trace: Trace, weights: Array | None = None) -> int:
    """The row whose query looks most at words other than its own and the start token.

    Only a word's last token is asked: it is the one that has read the whole word. `weights`
    (n, n) takes the place of the trace's own: another softmax of the same scores.
    """
    weights = trace.weights if weights is None else weights
    best_row, best_mass = trace.words[0].pieces[-1], -1.0
    for word in trace.words:
        row = word.pieces[-1]
        others = [key for key in trace.word_rows if key not in word.pieces]
        mass = float(weights[row, others].sum())
        if mass > best_mass:
            best_row, best_mass = row, mass
    return best_row


def choose_jump(trace: Trace, key: int | None = None) -> tuple[int, int]:
    """Row and key of cross-attention: the word that looks farthest from its own place.

    Places are shares of the way through each sentence, and only what is looked at with half of
    the attention or more counts. A row that predicts a start or end token does not count, nor does
    such a key. With a `key` it is the row that looks most at it.
    """
    asked = [row for row in range(trace.n - 1) if not trace.tokens[row + 1].special] or [0]
    if key is not None:
        return asked[int(trace.weights[asked, key].argmax())], key
    words = [place for place, token in enumerate(trace.keys) if not token.special]
    weights = trace.weights[np.ix_(asked, words)]  # (rows, words)
    rows, n_words = weights.shape
    keys = weights.argmax(axis=-1)  # (rows,)
    best, farthest = int(weights.max(axis=-1).argmax()), 0.0
    for row in range(rows):
        away = abs(keys[row] / max(1, n_words - 1) - row / max(1, rows - 1))
        if weights[row, keys[row]] >= 0.5 and away > farthest + 1e-9:
            best, farthest = row, float(away)
    return asked[best], words[int(keys[best])]


def find_word(trace: Trace, asked: str) -> Word:
    """The word of the trace's sentence that `asked` names (see `word_named`)."""
    return word_named(trace.words, asked)


def word_named(words: Sequence[Word], asked: str) -> Word:
    """The word that `asked` names: "forest", or "the#2" for the second one.

    Raises AttentionError listing the words.
    """
    spelling, _, count = asked.rpartition("#")
    for text, number in ((asked, 1), (spelling, int(count) if count.isdecimal() else 0)):
        for same in (str.__eq__, lambda a, b: a.casefold() == b.casefold()):
            found = [word for word in words if same(word.text, text)]
            if found and 1 <= number <= len(found):
                return found[number - 1]
            if found and number:
                times = "once" if len(found) == 1 else f"{len(found)} times"
                raise AttentionError(f"the word {text!r} is {times} in the sentence, not {number}")
    listed = ", ".join(dict.fromkeys(word.text for word in words))
    raise AttentionError(f"the word {asked!r} is not in the sentence", f"its words are {listed}")


def word_of(trace: Trace, row: int) -> Word | None:
    """The word that the token in this row belongs to; None for the start token."""
    return next((word for word in trace.words if row in word.pieces), None)
