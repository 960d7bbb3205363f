"""What each head of a model does, by the standard scores."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from attention_core.finder.corpus import Sample, repeated, sentences
from attention_core.heads import PARKS, PREVIOUS
from attention_core.models.base import Model, ModelInfo
from attention_core.ops import Array
from attention_core.tokens import Token

# Scores that name a head, the first three before the last: most heads park what they do not need.
NAMED = {"previous": PREVIOUS, "same": PREVIOUS, "induction": PREVIOUS}
SINK = "start"


class Roles(NamedTuple):
    """The scores of all heads, shares of attention 0..1: (layers, heads) each."""

    model: ModelInfo
    previous: Array  # a token gives the one before it (bundled sentences)
    start: Array  # a token gives the start and end token, or the first one (bundled sentences)
    same: Array  # a random token's second occurrence gives its first (arXiv:2211.00593)
    induction: Array  # it gives the token after its first occurrence (arXiv:2209.11895)

    def name(self, layer: int, head: int) -> str:
        """ "previous", "same", "induction" or "start", or "" for a head that does none plainly."""
        scores = {role: float(getattr(self, role)[layer, head]) for role in NAMED}
        reached = [role for role, score in scores.items() if score >= NAMED[role]]
        if reached:
            return max(reached, key=lambda role: scores[role])
        return SINK if self.start[layer, head] > PARKS else ""


def survey(network: Model) -> Roles:
    """Measure all heads of a model on bundled sentences and on repeated random tokens."""
    samples = sentences(network)
    random, length, first = repeated(network)
    tokens: list[tuple[Token, ...] | list[Token]] = [sample.tokens for sample in samples]
    weights = network.load(network.info.layers - 1)
    scores: list[tuple[Array, ...]] = []
    for patterns in network.patterns([*tokens, *random], weights):
        texts, copies = patterns[: len(samples)], patterns[len(samples) :]
        scores.append((
            _mean([_previous(p, sample) for p, sample in zip(texts, samples, strict=True)]),
            _mean([_parked(p, sample) for p, sample in zip(texts, samples, strict=True)]),
            _mean([_stripe(pattern, first, length, 0) for pattern in copies]),
            _mean([_stripe(pattern, first, length, 1) for pattern in copies]),
        ))  # fmt: skip
    return Roles(network.info, *(np.stack(role) for role in zip(*scores, strict=True)))


def _previous(pattern: Array, sample: Sample) -> Array:
    """The mean share that goes to the token before, from the second one on: (h, n, n) -> (h,)."""
    rows = np.array(sample.rows[1:], int)
    found: Array = pattern[:, rows, rows - 1].mean(axis=-1)
    return found


def _parked(pattern: Array, sample: Sample) -> Array:
    """The mean share that goes to the start and end token: (h, n, n) -> (h,)."""
    found: Array = pattern[:, sample.rows][:, :, sample.special].sum(-1).mean(-1)
    return found


def _stripe(pattern: Array, first: int, length: int, later: int) -> Array:
    """What the second copy's tokens give the first copy's, `later` places on: (h, n, n) -> (h,).

    The last one's successor is the second copy itself, so induction leaves that out.
    """
    keys = np.arange(first + later, first + length)
    found: Array = pattern[:, keys - later + length, keys].mean(axis=-1)
    return found


def _mean(found: list[Array]) -> Array:
    mean: Array = np.mean(found, axis=0)
    return mean
