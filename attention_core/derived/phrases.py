"""How a word's vector moves when other words stand in front of it, layer by layer."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise, tee
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from attention_core.derived import Derived, embedded_file
from attention_core.errors import AttentionError
from attention_core.geometry import Direction, difference_of_means, exact_frame
from attention_core.models.base import Model, ModelInfo
from attention_core.ops import Array
from attention_core.tokens import Token, check_sentence, words
from attention_core.trace import Trace

CONCEPTS = Path(__file__).parents[2] / "assets" / "concepts.toml"
FEWEST, MOST = 2, 3  # phrases: with the mean noun they are four points, which fit in 3-D


class Concepts(NamedTuple):
    """What phrases are compared with: the mean of other nouns, and the named directions."""

    mean: Array  # (layers, d_model)
    directions: list[Direction]


def derive(
    network: Model,
    main: Trace,
    word: str | None = None,
    phrases: Sequence[str] = (),
    fresh: bool = False,
) -> Derived:
    """Run every phrase, up to a layer nine tenths of the way (27 of 30).

    `fresh` computes the directions anew, some fifty phrases, where the shipped ones would do.

    phrase_places (layers, p, 3): the word's state in each phrase, from the mean of other nouns,
        exact in three dimensions; the first phrase's distance is 1 in each layer
    phrase_controls (c, 3), phrase_controls_kept (c,): other phrases in the last frame, and how
        much of their length it keeps
    phrase_values (p + c, a): where phrases and controls stand on the named directions
    phrase_moves (p - 1, a): the share of each move's length along each direction, signed
    phrase_mean (layers, d_model), phrase_axes (a, 2, d_model), phrase_halves (a,): the mean noun,
        the directions' units and middles, and half of the distance between their classes
    texts: phrase_word; phrases; phrase_controls; phrase_directions_en and _ko

    Raises AttentionError where a phrase does not hold the word, or where there are too many.
    """
    concepts = tomllib.loads(CONCEPTS.read_text(encoding="utf-8"))
    usual = word is None and not phrases
    phrases = tuple(phrases) or tuple(concepts["phrases"])
    word = (word or (concepts["word"] if usual else phrases[0].split()[-1])).strip()
    check_phrases(phrases)
    controls = tuple(concepts["controls"]) if usual else ()
    for phrase in phrases:
        _find(network, phrase, word)  # before anything is run
    last, texts_run = network.info.layers * 9 // 10, (*phrases, *controls)
    # Side by side, so that no more than a few layers' weights are ever held.
    copies = tee(network.load(last), len(texts_run))
    runs = [_entering(network, w, p, word) for w, p in zip(copies, texts_run, strict=True)]
    by_layer = list(zip(*runs, strict=True))
    states = dict(zip(texts_run, np.stack(by_layer, axis=1), strict=True))
    shipped = None if fresh else _shipped(network.info, word, concepts)
    known = shipped or _computed(network, list(network.load(last)), word, concepts)
    arrays = _places(np.stack([states[p] for p in phrases]), known.mean)
    ends = [states[p][-1] for p in (*phrases, *controls)]
    arrays |= _last(ends, len(phrases), known)
    texts = {
        "phrase_word": (word,),
        "phrases": phrases,
        "phrase_controls": controls,
        "phrase_concepts": (_digest(concepts),),
        **{
            f"phrase_directions_{language}": tuple(one[language] for one in concepts["direction"])
            for language in ("en", "ko")
        },
    }
    return Derived(arrays={k: np.asarray(v, np.float32) for k, v in arrays.items()}, texts=texts)


def check_phrases(phrases: Sequence[str]) -> None:
    """Raise AttentionError unless these phrases can be compared."""
    if not FEWEST <= len(phrases) <= MOST:
        raise AttentionError(
            f"there are {len(phrases)} phrases and {FEWEST} or {MOST} can be compared",
            "with the mean noun, more than four points do not fit in three dimensions",
        )
    for phrase in phrases:
        check_sentence(phrase)
    if len(set(phrases)) < len(phrases):
        raise AttentionError("a phrase is given twice", "give phrases that differ")


def _find(network: Model, phrase: str, word: str) -> tuple[tuple[Token, ...], int]:
    """The tokens of a phrase, and the row of the word's last one.

    A space stands in front of the phrase, so that the word is the same token wherever it stands.
    """
    sentence = f" {phrase.strip()}"
    tokens = network.encode(sentence)
    for found in reversed(words(tokens, sentence)):
        if found.text.strip().casefold() == word.casefold():
            return tokens, found.pieces[-1]
    raise AttentionError(
        f"the phrase {phrase!r} does not hold the word {word!r}", "give phrases that do"
    )


def _entering(network: Model, weights: Iterable[Any], phrase: str, word: str) -> Iterator[Array]:
    """The residual stream at the word's last token, as it enters each layer: (d_model,)."""
    tokens, row = _find(network, phrase, word)
    for block in network.blocks(network.embed(tokens), iter(weights)):
        yield block.hidden[row]


def _states(network: Model, weights: list[Any], phrase: str, word: str) -> Array:
    """The same of all layers: (layers, d_model)."""
    return np.stack([*_entering(network, weights, phrase, word)])


def _digest(concepts: dict[str, Any]) -> str:
    """A digest of the directions' words."""
    return hashlib.sha256(json.dumps(concepts["direction"], sort_keys=True).encode()).hexdigest()


def _shipped(info: ModelInfo, word: str, concepts: dict[str, Any]) -> Concepts | None:
    """The mean noun and the directions of the shipped file, if they are this model's."""
    from attention_core.material import Material  # it builds on this module

    file = embedded_file("phrases")
    if not file.exists() or word in _nouns(concepts):
        return None
    held = Material.load(file)
    if held.trace.model != info or held.texts["phrase_concepts"] != (_digest(concepts),):
        return None
    arrays = held.arrays
    axes = zip(arrays["phrase_axes"].astype(float), arrays["phrase_halves"], strict=True)
    directions = [Direction(axis[0], axis[1], float(half)) for axis, half in axes]
    return Concepts(arrays["phrase_mean"], directions)


def _nouns(concepts: dict[str, Any]) -> list[str]:
    return list(dict.fromkeys(noun for one in concepts["direction"] for noun in one["nouns"]))


def _computed(network: Model, weights: list[Any], word: str, concepts: dict[str, Any]) -> Concepts:
    """The mean of the bare nouns, and each direction in the last layer, from other nouns."""

    def states(front: str, noun: str) -> Array:
        return _states(network, weights, f"{front} {noun}".strip(), noun)

    nouns = [noun for noun in _nouns(concepts) if noun != word]
    mean = np.mean([states("", noun) for noun in nouns], axis=0)  # (layers, d_model)
    directions = []
    for one in concepts["direction"]:
        plus, minus = (
            [
                states(front, noun)[-1]
                for front in one[side]
                for noun in one["nouns"]
                if noun != word
            ]
            for side in ("plus", "minus")
        )
        directions.append(difference_of_means(np.stack(plus), np.stack(minus)))
    return Concepts(mean, directions)


def _places(states: Array, mean: Array) -> dict[str, Any]:
    """The exact frame of each layer: states (p, layers, d_model), mean (layers, d_model)."""
    places = []
    for layer in range(states.shape[1]):
        frame = exact_frame(states[:, layer] - mean[layer])
        places.append(frame.places / frame.places[0, 0])
    return {"phrase_places": np.stack(places)}


def _last(ends: list[Array], count: int, known: Concepts) -> dict[str, Any]:
    """What is shown in the last layer's frame besides: controls and directions."""
    mean, found = known.mean[-1], known.directions
    frame = exact_frame(np.stack(ends[:count]) - mean)
    unit = frame.places[0, 0]
    controls = [frame.project(end - mean) for end in ends[count:]]
    moves = [b.astype(float) - a for a, b in pairwise(ends[:count])]
    return {
        "phrase_controls": np.array([place / unit for place, _ in controls]).reshape(-1, 3),
        "phrase_controls_kept": np.array([kept for _, kept in controls]),
        "phrase_values": np.array([[one.value(end) for one in found] for end in ends]),
        "phrase_moves": np.array([[one.captured(move) for one in found] for move in moves]),
        "phrase_mean": known.mean,
        "phrase_axes": np.array([[one.unit, one.middle] for one in found]),
        "phrase_halves": np.array([one.half for one in found]),
    }
