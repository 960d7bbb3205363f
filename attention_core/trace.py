"""Trace: one head's computation on one sentence, every intermediate kept."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from os import PathLike
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import ArrayLike

from attention_core import attention
from attention_core.errors import AttentionError
from attention_core.models.base import ModelInfo
from attention_core.ops import Array, softmax
from attention_core.tokens import START_DISPLAY, Token, Word, words

SCHEMA = 1
TERMS = ("divisor", "soft_cap", "window", "start_rule")  # in a header, where they are set
UNKNOWN_MODEL = "given numbers"  # the model's name for arrays that came from elsewhere


@dataclass(frozen=True, eq=False, repr=False)
class Trace:
    """What one head of one layer computed; rows are queries, row 0 the start token.

    n tokens, h heads. Fields that are None were not recorded: those of numbers that came from
    elsewhere, and the bulky ones that a small file leaves out. `need` reads them or says so.
    """

    sentence: str
    tokens: tuple[Token, ...]
    model: ModelInfo
    layer: int
    head: int
    kv_head: int  # the key/value head that this head shares with its group
    causal: bool
    q: Array  # (n, d_k)
    k: Array  # (n, d_k)
    v: Array  # (n, d_k)
    scores: Array  # (n, n)  q . k, after rotation, before scaling
    scaled: Array  # (n, n)  scores / sqrt(d_k)
    masked: Array  # (n, n)  scaled, -inf where a query may not look
    weights: Array  # (n, n)  softmax of masked: each row sums to 1
    unmasked_weights: Array  # (n, n)  softmax of what is masked: what the mask prevents
    q_unrotated: Array | None = None  # (n, d_k)  before RoPE
    k_unrotated: Array | None = None  # (n, d_k)
    embedding: Array | None = None  # (n, d_model)  what enters layer 0
    hidden: Array | None = None  # (layer + 1, n, d_model)  hidden[l]: the stream entering layer l
    x: Array | None = None  # (n, d_model)  what the projections read: hidden[layer] after its norm
    update: Array | None = None  # (n, d_model)  weights v W_O of this head: dE (head)
    block_update: Array | None = None  # (n, d_model)  all heads' updates: dE (block)
    x_out: Array | None = None  # (n, d_model)  hidden[layer] + block_update: E'
    patterns: Array | None = None  # (h, n, n)  weights of all heads of the layer
    logits: Array | None = None  # (vocabulary,)  of the token after the last one
    computed: bool = False  # by this process; False for what came from a file or from arrays
    # Terms that some families add to the formula; None in those that do not.
    position: Array | None = None  # (n, d_model)  added to the tokens' embeddings
    q_unnormed: Array | None = None  # (n, d_k)  as projected, before the norm of queries
    k_unnormed: Array | None = None  # (n, d_k)
    position_bias: Array | None = None  # (n, n)  added to the scaled scores
    unmasked: Array | None = (
        None  # (n, n)  scaled, soft-capped and biased: what the mask is laid on
    )
    output_bias: Array | None = None  # (d_model,)  of the block's update: no head's own
    divisor: float | None = None  # scaled = scores / divisor; None: sqrt(d_k)
    soft_cap: float | None = None  # bends scaled: cap tanh(scaled / cap)
    window: int | None = None  # a query sees this many keys, itself included
    start_rule: str = ""  # what is put around the sentence, and why

    def __repr__(self) -> str:
        return f"Trace({self.sentence!r}, {self.model.name} layer {self.layer} head {self.head})"

    @property
    def n(self) -> int:
        """How many tokens, the start token included."""
        return len(self.tokens)

    @cached_property
    def words(self) -> tuple[Word, ...]:
        """The words of the sentence, each with the rows of its tokens."""
        return words(self.tokens, self.sentence)

    @cached_property
    def start(self) -> int | None:
        """The row of the start token, if there is one."""
        first = self.tokens[0] if self.tokens else None
        return 0 if first and first.special and first.display == START_DISPLAY else None

    @cached_property
    def word_rows(self) -> tuple[int, ...]:
        """The rows of all tokens but the start token and the end token."""
        return tuple(row for row, token in enumerate(self.tokens) if not token.special)

    @property
    def residual(self) -> Array:
        """The residual stream that enters the layer, E: (n, d_model)."""
        if self.hidden is not None:
            entering: Array = self.hidden[-1]
            return entering
        before: Array = self.need("x_out") - self.need("block_update")
        return before

    @property
    def before_mask(self) -> Array:
        """What the mask is laid on: scaled, after soft-cap and position bias: (n, n)."""
        return self.scaled if self.unmasked is None else self.unmasked

    def need(self, field: str) -> Array:
        """An optional field, or an AttentionError if this trace does not hold it."""
        value: Array | None = getattr(self, field)
        if value is None:
            raise AttentionError(
                f"this trace does not hold the field {field}",
                "compute it with a model, or give that array too",
            )
        return value

    def arrays(self) -> dict[str, Array]:
        """All arrays that are there, by name."""
        held = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return {name: value for name, value in held.items() if isinstance(value, np.ndarray)}

    def without(self, *fields: str) -> Trace:
        """The same trace without these optional fields, to be saved small."""
        return replace(self, **dict.fromkeys(fields))  # type: ignore[arg-type]

    def fingerprint(self) -> str:
        """A digest that differs where the numbers may differ.

        Of a computed trace it covers the inputs, so that it is the same on every machine; of one
        from a file or from arrays it covers the contents, since those may say anything.
        """
        digest = hashlib.sha256(json.dumps([SCHEMA, self.header()]).encode())
        if not self.computed:
            for name, array in sorted(self.arrays().items()):
                digest.update(f"{name}{array.shape}".encode() + array.tobytes())
        return digest.hexdigest()

    def header(self) -> dict[str, Any]:
        """Everything but the arrays, ready for JSON (the fields are named in README)."""
        m = self.model
        terms = {name: getattr(self, name) for name in TERMS if getattr(self, name)}
        return {
            "schema": SCHEMA,
            "sentence": self.sentence,
            "model": {key: getattr(m, key) for key in ("name", "family", "sha256", "quantisation")},
            "layer": self.layer,
            "head": self.head,
            "kv_head": self.kv_head,
            "heads": m.heads,
            "kv_heads": m.kv_heads,
            "layers": m.layers,
            "d_model": m.d_model,
            "d_k": m.d_k,
            "causal": self.causal,
            **terms,
            "tokens": [token._asdict() for token in self.tokens],
        }

    def to_json(self) -> dict[str, Any]:
        """The trace as `trace --json` writes it: -inf becomes None, floats are short."""
        from attention_core.files import trace_to_json

        return trace_to_json(self)

    def save(self, file: str | PathLike[str] | BinaryIO) -> None:
        """Write the trace: JSON for a name that ends in .json, else NPZ (an open file too).

        A named file appears whole or not at all. Raises AttentionError if it cannot be written.
        """
        from attention_core.files import save_trace

        save_trace(self, file)

    @classmethod
    def load(cls, path: str | PathLike[str]) -> Trace:
        """Read what `save` wrote. Raises AttentionError, naming the array at fault."""
        from attention_core.files import load_trace

        return load_trace(path)

    @classmethod
    def from_arrays(
        cls,
        tokens: Sequence[str],
        q: ArrayLike,
        k: ArrayLike,
        v: ArrayLike,
        *,
        causal: bool = True,
        start: bool = False,
        name: str = UNKNOWN_MODEL,
        layer: int = 0,
        head: int = 0,
    ) -> Trace:
        """Bring the attention of any model: its pieces of text and one head's q, k and v.

        tokens: n texts with their leading spaces ("a", " fluffy"); joined they are the sentence,
        but for the first one if `start` says that it is a start token. q and k: (n, d_k) as they
        meet in the dot product (after rotation); v: (n, d_v).
        Raises AttentionError where shapes do not fit or numbers are not finite.
        """
        from attention_core.checks import check_trace

        laid_out, sentence = _lay_out_texts(tokens, start)
        arrays: dict[str, Any] = {}
        for label, given in (("q", q), ("k", k), ("v", v)):
            try:
                arrays[label] = np.asarray(given, np.float32)
            except (TypeError, ValueError) as error:
                raise AttentionError(f"array {label} is not a table of numbers") from error
            if arrays[label].ndim != 2 or 0 in arrays[label].shape:
                raise AttentionError(f"array {label} has shape {arrays[label].shape}, not (n, d)")
        if arrays["q"].shape[1] != arrays["k"].shape[1]:
            raise AttentionError(
                f"q has {arrays['q'].shape[1]} entries a row and k has {arrays['k'].shape[1]}",
                "queries and keys share d_k",
            )
        d_k = arrays["q"].shape[1]
        scores = attention.scores(arrays["q"], arrays["k"])  # (n, n)
        scaled = attention.scale(scores, d_k)  # (n, n)
        masked = attention.mask(scaled, causal)  # (n, n)
        trace = cls(
            sentence=sentence,
            tokens=laid_out,
            model=ModelInfo(name, "given", "", "none", layer + 1, head + 1, head + 1, d_k, d_k),
            layer=layer,
            head=head,
            kv_head=head,
            causal=causal,
            scores=scores,
            scaled=scaled,
            masked=masked,
            weights=softmax(masked),
            unmasked_weights=softmax(scaled),
            **arrays,
        )
        return check_trace(trace, "the given arrays")


def _lay_out_texts(texts: Sequence[str], start: bool) -> tuple[tuple[Token, ...], str]:
    """Tokens for texts that are given one by one, and the sentence that they make up."""
    from attention_core.tokens import check_sentence, shown, start_token

    tokens, at = [], 0
    for row, text in enumerate(texts):
        if start and row == 0:
            tokens.append(start_token(-1, text))
            continue
        tokens.append(Token(-1, text, shown(text), at, at + len(text), special=False))
        at += len(text)
    sentence = "".join(token.text for token in tokens if not token.special)
    return tuple(tokens), check_sentence(sentence)
