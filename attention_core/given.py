"""Traces of numbers that came from elsewhere: another library's attention, checked and laid out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from attention_core import attention
from attention_core.brought import UNKNOWN_MODEL
from attention_core.checks import TOLERANCE, check_trace
from attention_core.errors import AttentionError
from attention_core.models.base import ModelInfo
from attention_core.ops import Array, softmax
from attention_core.tokens import Token, check_sentence, end_token, shown, start_token
from attention_core.trace import Trace

FAR_BELOW = -1e4  # an additive mask hides with -inf, or with a number like this and below
SOURCE = "the given arrays"
KEYS = ("tokens", "q", "k", "v", "weights", "mask", "position_bias", "sentence")  # of a plain file


@dataclass(frozen=True)
class Place:
    """Where the numbers are from: what a picture says below it."""

    name: str = UNKNOWN_MODEL
    layer: int = 0
    head: int = 0

    def model(self, d_k: int) -> ModelInfo:
        """As much of a model as is known."""
        layers, heads = self.layer + 1, self.head + 1
        return ModelInfo(self.name, "given", "", "none", layers, heads, heads, d_k, d_k)


def trace_of_arrays(
    tokens: tuple[tuple[Token, ...], str],
    arrays: Mapping[str, ArrayLike | None],
    place: Place,
    causal: bool = True,
    divisor: float | None = None,
    soft_cap: float | None = None,
    window: int | None = None,
    key_tokens: tuple[tuple[Token, ...], str] | None = None,
) -> Trace:
    """The trace of one head's q and k, and more that may be there: see Trace.from_arrays."""
    laid_out, sentence = tokens
    held = {name: table(name, given) for name, given in arrays.items() if given is not None}
    q, k = held["q"], held["k"]
    if q.shape[1] != k.shape[1]:
        raise AttentionError(
            f"q has {q.shape[1]} entries a row and k has {k.shape[1]}", "queries and keys share d_k"
        )
    looked_at, source = (None, "") if key_tokens is None else key_tokens
    causal = causal and looked_at is None
    shape = len(laid_out), len(laid_out if looked_at is None else looked_at)
    for name in ("mask", "position_bias"):
        if name in held and held[name].shape != shape:
            raise AttentionError(f"array {name} has shape {held[name].shape}, not {shape}")
    own = held.pop("mask", None)
    claimed = held.pop("weights", None)
    for name, number in (("divisor", divisor), ("soft_cap", soft_cap), ("window", window)):
        if number is not None and not 0 < number < np.inf:
            raise AttentionError(f"{name} is {number}", "it must be above 0")
    scores = attention.scores(q, k)  # (n, n_k)
    scaled = unmasked = attention.scale(scores, q.shape[1], divisor)  # (n, n)
    if soft_cap is not None:
        unmasked = attention.soft_cap(unmasked, soft_cap)
    if "position_bias" in held and scores.shape == shape:
        unmasked = unmasked + held["position_bias"]
    masked = attention.mask(unmasked, causal, window)  # (n, n)
    if own is not None and scores.shape == shape:
        seen = _seen(own)  # (n, n)
        if not seen.any(axis=-1).all():
            row = int(np.argmin(seen.any(axis=-1)))
            raise AttentionError(f"array mask: row {row} may look at nothing")
        causal = looked_at is None and len(seen) > 1 and not np.triu(seen, 1).any()
        masked = np.where(seen, unmasked, np.float32(-np.inf))
    trace = Trace(
        sentence=sentence,
        tokens=laid_out,
        model=place.model(q.shape[1]),
        layer=place.layer,
        head=place.head,
        kv_head=place.head,
        causal=causal,
        scores=scores,
        scaled=scaled,
        masked=masked,
        weights=softmax(masked),
        unmasked_weights=softmax(unmasked),
        unmasked=None if unmasked is scaled else unmasked,
        divisor=None if divisor is None else float(divisor),
        soft_cap=None if soft_cap is None else float(soft_cap),
        window=window if own is None else None,
        own_mask=own is not None,
        source=source,
        key_tokens=looked_at,
        **{"v": None, **held},  # type: ignore[arg-type]
    )
    check_trace(trace, SOURCE)
    if claimed is not None:
        _compare(trace.weights, claimed)
    return trace


def trace_of_weights(
    tokens: tuple[tuple[Token, ...], str],
    weights: ArrayLike,
    place: Place,
    causal: bool | None = None,
    key_tokens: tuple[tuple[Token, ...], str] | None = None,
) -> Trace:
    """The trace of one head's pattern alone: see Trace.from_weights."""
    laid_out, sentence = tokens
    looked_at, source = (None, "") if key_tokens is None else key_tokens
    pattern = table("weights", weights)
    if causal is None:
        causal = looked_at is None and len(laid_out) > 1 and not np.triu(pattern, 1).any()
    missing: dict[str, Any] = dict.fromkeys(
        ("q", "k", "v", "scores", "scaled", "masked", "unmasked_weights")
    )
    trace = Trace(
        sentence=sentence,
        tokens=laid_out,
        model=place.model(1),
        layer=place.layer,
        head=place.head,
        kv_head=place.head,
        causal=causal,
        weights=pattern,
        source=source,
        key_tokens=looked_at,
        **missing,
    )
    return check_trace(trace, SOURCE)


def plain(content: Mapping[str, Any], source: str) -> Trace:
    """The trace of a file that holds plain arrays: tokens, and q and k, or weights alone.

    As `np.savez(FILE, tokens=..., weights=...)` writes it, or JSON with these keys. A first token
    of no text is a start token, a last one an end token.
    """
    texts = content["tokens"]
    texts = texts.tolist() if isinstance(texts, np.ndarray) else texts
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise AttentionError(f"{source} cannot be used: its tokens are not a list of texts")
    unknown = sorted(set(content) - set(KEYS))
    if unknown:
        raise AttentionError(
            f"{source} cannot be used: nothing is known of its array {unknown[0]!r:.40}",
            f"known: {', '.join(KEYS)}",
        )
    sentence = str(content["sentence"]) if "sentence" in content else None
    start, end = texts[:1] == [""], len(texts) > 1 and texts[-1] == ""
    laid_out = lay_out_texts(texts, start, end, sentence)
    arrays = {
        key: content[key] for key in KEYS if key in content and key not in ("tokens", "sentence")
    }
    if "q" in arrays and "k" in arrays:
        return trace_of_arrays(laid_out, arrays, Place())
    if "weights" in arrays:
        return trace_of_weights(laid_out, arrays["weights"], Place())
    raise AttentionError(f"{source} cannot be used: it has no array q and k, and no weights")


def table(name: str, given: ArrayLike) -> Array:
    """A table of numbers, or an AttentionError that names it. Masks may be of true and false."""
    try:
        array = np.asarray(given)
        array = array if array.dtype == bool and name == "mask" else array.astype(np.float32)
    except (TypeError, ValueError, RuntimeError) as error:
        raise AttentionError(f"array {name} is not a table of numbers") from error
    if array.ndim != 2 or 0 in array.shape:
        raise AttentionError(
            f"array {name} has shape {array.shape}, not (n, d)",
            "give one head's: no axis of layers, heads or sentences",
        )
    found: Array = array
    return found


def lay_out_texts(
    texts: Sequence[str], start: bool, end: bool = False, sentence: str | None = None
) -> tuple[tuple[Token, ...], str]:
    """Tokens for texts that are given one by one, and the sentence that they make up.

    With `sentence`, each text is looked for in it, one after the other: they may lack spaces.
    """
    tokens, at, last = [], 0, len(texts) - 1
    for row, text in enumerate(texts):
        if not isinstance(text, str):
            raise AttentionError(f"token {row} is no text but {type(text).__name__}")
        if start and row == 0:
            tokens.append(start_token(-1, text))
            continue
        if end and row == last:
            tokens.append(end_token(-1, text, at))
            continue
        if sentence is not None:
            found = sentence.find(text, at)
            if found < 0 or not text:
                raise AttentionError(
                    f"token {row} ({text!r:.40}) is not in the sentence from character {at} on",
                    "give the tokens as they stand in it",
                )
            at = found
        tokens.append(Token(-1, text, shown(text), at, at + len(text), special=False))
        at += len(text)
    whole = "".join(t.text for t in tokens if not t.special) if sentence is None else sentence
    return tuple(tokens), check_sentence(whole)


def _seen(mask: Array) -> NDArray[np.bool_]:
    """Where queries may look: True or 1 there, or an additive mask's 0."""
    if mask.dtype == bool:
        return mask.astype(bool)
    additive = (mask < FAR_BELOW).any() or not mask.any()
    if not additive and not np.isin(mask, (0, 1)).all():
        raise AttentionError(
            "array mask holds numbers that are neither true and false nor 0 and -inf",
            "give True where a query may look",
        )
    return mask > FAR_BELOW if additive else mask == 1


def _compare(here: Array, claimed: Array) -> None:
    """Do the weights that were given follow from the other arrays?"""
    if claimed.shape != here.shape:
        raise AttentionError(f"array weights has shape {claimed.shape}, not {here.shape}")
    off = np.abs(here - claimed)
    if not (off < TOLERANCE).all():
        row, column = (int(i) for i in np.argwhere(~(off < TOLERANCE))[0])
        raise AttentionError(
            f"array weights: row {row}, column {column} is {claimed[row, column]:.4f}, and softmax "
            f"of q and k gives {here[row, column]:.4f}",
            "give the mask, divisor, position_bias or soft_cap that the model has",
        )
