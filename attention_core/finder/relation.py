"""Which heads make one word look at others, and not merely at that distance."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from attention_core.errors import AttentionError
from attention_core.finder.corpus import (
    DEFAULT,
    LANGUAGES,
    Sample,
    language,
    lines,
    script,
    sentences,
)
from attention_core.focus import word_named
from attention_core.heads import PREVIOUS, given, previous_word
from attention_core.models.base import Model, ModelInfo
from attention_core.ops import Array
from attention_core.tokens import Word, check_sentence


class Finding(NamedTuple):
    """One head, measured. All are shares of attention, 0..1."""

    layer: int
    head: int
    mass: float  # what the query word gives the key words
    control: float  # what other words give at the same steps, on average over bundled sentences
    between: float | None  # mass, with words put between the query and the nearest key
    sink: float  # what the query word gives the start and end token
    previous: float  # what a word gives the word before it, over the bundled sentences

    @property
    def after_control(self) -> float:
        """What is left of the mass without what any word gives at that distance."""
        return self.mass - self.control

    @property
    def is_previous(self) -> bool:
        """Whether it looks at the word before, whatever that is."""
        return self.previous >= PREVIOUS


class Search(NamedTuple):
    """All heads of a model, the best after control first."""

    sentence: str
    model: ModelInfo
    query: str
    keys: tuple[str, ...]
    steps: tuple[int, ...]  # from the query word to each key word
    others: int  # how many words the control is the mean of
    sentences: int  # of how many sentences
    between: tuple[str, ...]  # what was put in between; nothing if the query is its own only key
    heads: tuple[Finding, ...]
    language: str = DEFAULT  # of those sentences, and of what was put in between

    @property
    def control_note(self) -> str:
        """A line for a sentence in a script that no bundled sentence is in, else ""."""
        if script(self.sentence) in LANGUAGES:
            return ""
        return (
            "the control's sentences, and what is put in between, are English, and this sentence "
            "is in another script: trust the ranking less"
        )

    @property
    def best(self) -> Finding:
        """The head to draw: the best after control that is not a previous-word head.

        If all are, the best of those.
        """
        return next((head for head in self.heads if not head.is_previous), self.heads[0])

    def grid(self, field: str) -> Array:
        """One of the heads' numbers, laid out: (layers, heads)."""
        values = np.zeros((self.model.layers, self.model.heads), np.float32)
        for head in self.heads:
            values[head.layer, head.head] = getattr(head, field)
        return values


def find(network: Model, sentence: str, query: str, keys: Sequence[str]) -> Search:
    """Rank all heads by how much of the query word's attention goes to the key words.

    query, keys: words of the sentence ("forest", "the#2"). A word looks with its last piece, and
    its pieces are added up where it is looked at.
    Raises AttentionError for a word that is not there, for keys that the model's mask hides, and
    for steps so long that no bundled sentence has words at them.
    """
    asked = Sample(network, check_sentence(sentence))
    if len(asked.tokens) > network.context:
        raise AttentionError(
            f"the sentence is {len(asked.tokens):,} tokens long and the limit is "
            f"{network.context:,}",
            "shorten it",
        )
    if not keys:
        raise AttentionError("no key word is named", "give the words that are looked at: --keys")
    looking = word_named(asked.words, query)
    looked_at = [word_named(asked.words, key) for key in dict.fromkeys(keys)]
    _check_order(network, looking, looked_at)
    place = asked.words.index(looking)
    steps = tuple(asked.words.index(word) - place for word in dict.fromkeys(looked_at))
    spoken = language(sentence)
    others = sentences(network, spoken)
    places = [_places(sample.words, steps, looking.text) for sample in others]
    count = sum(map(len, places))
    if not count:
        raise AttentionError(
            f"no bundled sentence has words at the steps {', '.join(map(str, steps))}, "
            "so nothing tells a relation from a distance",
            "name keys that are nearer to the query",
        )
    moved = [
        _with_between(network, asked, looking, steps, text) for text in lines("between", spoken)
    ]
    inserted = [one for one in moved if one is not None]
    samples = [asked, *(sample for sample, *_ in inserted), *others]
    heads: list[Finding] = []
    weights = network.load(network.info.layers - 1)
    for layer, patterns in enumerate(network.patterns([s.tokens for s in samples], weights)):
        own, rest = patterns[0], patterns[1 + len(inserted) :]
        mass = given(own, asked.words, place, steps)  # (h,)
        between = [
            given(pattern, sample.words, at, new_steps)
            for pattern, (sample, at, new_steps) in zip(patterns[1:], inserted, strict=False)
        ]
        sinks = own[:, looking.pieces[-1], asked.special]  # (h, s)
        control, previous = _control(rest, others, places, steps), _previous(rest, others)
        heads += _measured(layer, mass, between, sinks, control, previous)
    ranked = sorted(heads, key=lambda head: -head.after_control)
    return Search(
        sentence, network.info, looking.text, tuple(word.text for word in dict.fromkeys(looked_at)),
        steps, count, len(others), lines("between", spoken) if inserted else (), tuple(ranked),
        spoken,
    )  # fmt: skip


def _measured(
    layer: int, mass: Array, between: list[Array], sinks: Array, control: Array, previous: Array
) -> list[Finding]:
    """One layer's heads.  mass, control, previous: (h,); between: some of (h,); sinks: (h, s)"""
    moved = np.mean(between, axis=0).tolist() if between else [None] * len(mass)
    columns = mass.tolist(), control.tolist(), moved, sinks.sum(-1).tolist(), previous.tolist()
    return [Finding(layer, head, *row) for head, row in enumerate(zip(*columns, strict=True))]


def _control(
    patterns: list[Array], samples: list[Sample], places: list[list[int]], steps: Sequence[int]
) -> Array:
    """What other words give at these steps, on average: (h,)."""
    found = [
        given(pattern, sample.words, place, steps)
        for pattern, sample, here in zip(patterns, samples, places, strict=True)
        for place in here
    ]
    mean: Array = np.mean(found, axis=0)
    return mean


def _previous(patterns: list[Array], samples: list[Sample]) -> Array:
    """What a word gives the word before it, on average over the sentences: (h,)."""
    found = [previous_word(p, sample.words) for p, sample in zip(patterns, samples, strict=True)]
    mean: Array = np.mean(found, axis=0)
    return mean


def _places(words: Sequence[Word], steps: Sequence[int], query: str) -> list[int]:
    """The words of a sentence that have words at all these steps; not the query word itself."""
    return [
        place
        for place, word in enumerate(words)
        if word.text.casefold() != query.casefold()
        and all(0 <= place + step < len(words) for step in steps)
    ]


def _with_between(
    network: Model, asked: Sample, query: Word, steps: Sequence[int], text: str
) -> tuple[Sample, int, list[int]] | None:
    """The sentence with words put between the query and its nearest key; where the query is now.

    None where the query word is its own only key: nothing stands between.
    """
    nearest = min((step for step in steps if step), key=abs, default=None)
    if nearest is None:
        return None
    line, words = asked.sentence, asked.words
    at = query.start if nearest < 0 else query.end
    glue = "" if text.startswith(",") else " "
    put = f"{glue}{text} "
    sample = Sample(network, line[:at].rstrip() + put + line[at:].lstrip())
    place, added = words.index(query), len(sample.words) - len(words)
    before = place if nearest < 0 else place + 1  # how many words stand before the insertion
    now = [index + added * (index >= before) for index in (place, *(place + s for s in steps))]
    return sample, now[0], [index - now[0] for index in now[1:]]


def _check_order(network: Model, query: Word, keys: Sequence[Word]) -> None:
    """Raise AttentionError if a causal model could not look there."""
    later = next((key for key in keys if key.start > query.start), None)
    if later is not None and getattr(network, "causal", True):
        raise AttentionError(
            f"{query.text} cannot look at {later.text}, which comes after it: "
            f"{network.info.name} reads from left to right",
            "swap --query and --keys, or choose a model that reads whole sentences",
        )
