"""What each head of a layer does on a sentence, by the standard scores and a control."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from attention_core.ops import Array
from attention_core.tokens import Word
from attention_core.trace import Trace

# A head is named only by what it does plainly: more than half of all attention parked on the start
# token, two fifths of it on the word before, or a relation at three tenths that is at least half
# as strong again as the same step between the sentence's other words.
PARKS, PREVIOUS, RELATES, TIMES = 0.5, 0.4, 0.3, 1.5


class Shares(NamedTuple):
    """What each head was measured by, (h,) each: the mean share of attention that goes there.

    `control` is to `relation` what other words' queries give at the same steps.
    """

    start: Array
    previous: Array
    relation: Array
    control: Array


class Role(NamedTuple):
    """What a head is named after ("relation", "previous", "start", or "none"), and its score.

    `score` is the mean share of attention, 0..1, that goes there; of "none" it is the largest that
    was measured. `control` is what other words' queries give at the same steps ("relation" alone).
    """

    name: str
    score: float
    control: float | None = None


class Own(NamedTuple):
    """What one query gives in each head, (h,) each, 0..1; the three sum to 1."""

    start: Array
    relation: Array
    others: Array


def own_shares(trace: Trace, row: int, keys: Sequence[Word]) -> Own:
    """What the query of token `row` gives the start token, the words `keys`, and all others.

    A word is looked at as a whole: its pieces are added up. 0 goes to a start token that there
    is not.
    """
    given_by = trace.need("patterns")[:, row]  # (h, n)
    none = np.zeros(len(given_by), given_by.dtype)
    start = none if trace.start is None else given_by[:, trace.start]
    related = given_by[:, [piece for key in keys for piece in key.pieces]].sum(axis=-1)
    return Own(start, related, given_by.sum(axis=-1) - start - related)


def given(patterns: Array, words: Sequence[Word], place: int, steps: Sequence[int]) -> Array:
    """What the word at `place` gives the words so many steps away: (h, n, n) -> (h,).

    A word looks with its last piece, and is looked at as a whole: its pieces are added up.
    """
    pieces = [piece for step in steps for piece in words[place + step].pieces]
    mass: Array = patterns[:, words[place].pieces[-1], pieces].sum(axis=-1)  # (h,)
    return mass


def previous_word(patterns: Array, words: Sequence[Word]) -> Array:
    """The mean share that a word's last piece gives the word before it, from the second word on.

    The score of "previous-token heads" (arXiv:2209.11895), over words. (h, n, n) -> (h,)
    """
    pairs = list(pairwise(words))
    if not pairs:
        return np.zeros(len(patterns), np.float32)
    masses = [patterns[:, word.pieces[-1], list(before.pieces)].sum(-1) for before, word in pairs]
    found: Array = np.mean(masses, axis=0)
    return found


def parked(patterns: Array, trace: Trace) -> Array:
    """The mean share that word queries give the start token (arXiv:2309.17453).  (h, n, n) -> (h,)

    0 where there is no start token.
    """
    if trace.start is None:
        return np.zeros(len(patterns), np.float32)
    found: Array = patterns[:, list(trace.word_rows), trace.start].mean(axis=-1)
    return found


def relation(
    patterns: Array, words: Sequence[Word], query: int, keys: Sequence[int]
) -> tuple[Array, Array]:
    """What the word `query` gives the words `keys`, and a control: both (h,).

    The control is what the other words give at the same steps along the sentence, on average; a
    head that always looks at the word before gives both alike. It is 0 where no other word has
    such neighbours.
    """
    steps = [key - query for key in keys]
    score = given(patterns, words, query, steps)
    others = [
        given(patterns, words, place, steps)
        for place in range(len(words))
        if place != query and all(0 <= place + step < len(words) for step in steps)
    ]
    control: Array = np.mean(others, axis=0) if others else np.zeros(len(patterns), np.float32)
    return score, control


def head_shares(trace: Trace, query: Word, keys: Sequence[Word]) -> Shares:
    """The scores of each head of the trace's layer; the relation is from `query` to `keys`."""
    patterns, words = trace.need("patterns"), trace.words
    places = [words.index(key) for key in keys]
    related, control = relation(patterns, words, words.index(query), places)
    return Shares(parked(patterns, trace), previous_word(patterns, words), related, control)


def head_roles(trace: Trace, query: Word, keys: Sequence[Word]) -> tuple[Role, ...]:
    """The role of each head of the trace's layer; the relation is from `query` to `keys`."""
    shares = head_shares(trace, query, keys)
    return tuple(
        Role("relation", r, c) if keys and r >= RELATES and r >= TIMES * c else other
        for r, c, other in zip(
            shares.relation.tolist(), shares.control.tolist(), mean_roles(trace), strict=True
        )
    )


def mean_roles(trace: Trace) -> tuple[Role, ...]:
    """The role of each head by means over all queries: "previous", "start", or "none"."""
    patterns = trace.need("patterns")
    on_start, before = parked(patterns, trace), previous_word(patterns, trace.words)
    return tuple(
        Role("previous", b)
        if b >= PREVIOUS
        else Role("start", s)
        if s > PARKS
        else Role("none", max(b, s))
        for s, b in zip(on_start.tolist(), before.tolist(), strict=True)
    )
