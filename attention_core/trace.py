"""Trace: one head's computation on one sentence, every intermediate kept."""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import dataclass
from functools import cached_property
from os import PathLike
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from attention_core.attention import visible
from attention_core.brought import Brought
from attention_core.errors import AttentionError
from attention_core.models.base import ModelInfo
from attention_core.ops import Array
from attention_core.tokens import END_DISPLAY, START_DISPLAY, Token, Word, right_to_left, words

SCHEMA = 1
TERMS = (
    "divisor",
    "soft_cap",
    "window",
    "start_rule",
    "own_mask",
)  # in a header, where they are set
STEPS = ("q", "k", "v", "scores", "scaled", "masked", "unmasked_weights")  # what may be lacking


@dataclass(frozen=True, eq=False, repr=False)
class Trace(Brought):
    """What one head of one layer computed; rows are queries, row 0 the start token.

    n tokens, h heads. Fields that are None were not recorded: those of numbers that came from
    elsewhere, and the bulky ones that a small file leaves out. `need` reads them or says so.

    In cross-attention the keys are the n_k tokens of another sentence, `key_tokens` of `source`
    (arXiv:1706.03762, section 3.2.3); in all other traces n_k is n.
    """

    sentence: str
    tokens: tuple[Token, ...]
    model: ModelInfo
    layer: int
    head: int
    kv_head: int  # the key/value head that this head shares with its group
    causal: bool
    q: Array  # (n, d_k)
    k: Array  # (n_k, d_k)
    v: Array  # (n_k, d_k)
    scores: Array  # (n, n_k)  q . k, after rotation, before scaling
    scaled: Array  # (n, n_k)  scores / divisor
    masked: Array  # (n, n_k)  before_mask, -inf where a query may not look
    weights: Array  # (n, n_k)  softmax of masked: each row sums to 1
    unmasked_weights: Array  # (n, n_k)  softmax of before_mask: what the mask prevents
    q_unrotated: Array | None = None  # (n, d_k)  before RoPE
    k_unrotated: Array | None = None  # (n_k, d_k)
    embedding: Array | None = None  # (n, d_model)  what enters layer 0
    hidden: Array | None = None  # (layer + 1, n, d_model)  hidden[l]: the stream entering layer l
    x: Array | None = None  # (n, d_model)  what the projections read: hidden[layer] after its norm
    update: Array | None = None  # (n, d_model)  weights v W_O of this head: dE (head)
    block_update: Array | None = None  # (n, d_model)  all heads' updates: dE (block)
    x_out: Array | None = None  # (n, d_model)  hidden[layer] + block_update: E'
    patterns: Array | None = None  # (h, n, n_k)  weights of all heads of the layer
    logits: Array | None = None  # (vocabulary,)  of the token after the last one
    computed: bool = False  # by this process; False for what came from a file or from arrays
    position: Array | None = None  # (n, d_model)  the part of embedding that tells the position
    source: str = ""  # an encoder-decoder's decoder: the sentence that its encoder read
    key_tokens: tuple[Token, ...] | None = None  # cross-attention: the tokens of `source`
    memory: Array | None = None  # (n_k, d_model)  cross-attention: what keys and values read
    # Terms that some families add to the formula; None in those that do not.
    q_unnormed: Array | None = None  # (n, d_k)  as projected, before the norm of queries
    k_unnormed: Array | None = None  # (n_k, d_k)
    position_bias: Array | None = None  # (n, n_k)  added to the scaled scores
    unmasked: Array | None = None  # (n, n_k)  what the mask is laid on, if not on `scaled`
    output_bias: Array | None = None  # (d_model,)  of the block's update: no head's own
    divisor: float | None = None  # scaled = scores / divisor; None: sqrt(d_k)
    soft_cap: float | None = None  # bends scaled: cap tanh(scaled / cap)
    window: int | None = None  # a query sees this many keys, itself included
    start_rule: str = ""  # what is put around the sentence, and why
    own_mask: bool = False  # masked neither by the order of the words nor by a window alone

    def __post_init__(self) -> None:
        for name in STEPS:
            if self.__dict__[name] is None:  # a trace of weights alone: reading it is an error
                del self.__dict__[name]

    if not TYPE_CHECKING:  # what is declared above is all there is

        def __getattr__(self, name: str) -> Any:
            if name in STEPS:
                raise self._lacks(name)
            raise AttributeError(name)

    def __repr__(self) -> str:
        return f"Trace({self.sentence!r}, {self.model.name} layer {self.layer} head {self.head})"

    @property
    def n(self) -> int:
        """How many tokens, the start token included."""
        return len(self.tokens)

    @property
    def keys(self) -> tuple[Token, ...]:
        """The tokens that are looked at: `key_tokens` in cross-attention, else `tokens`."""
        return self.tokens if self.key_tokens is None else self.key_tokens

    @property
    def n_k(self) -> int:
        """How many keys."""
        return len(self.keys)

    @property
    def predicted(self) -> tuple[str, ...]:
        """Of a decoder, what each row is read for: the next token as displayed, at last "end".

        In cross-attention it is the row that predicts a word, not the one that has read it, which
        looks at that word's translation.
        """
        return (*(token.display for token in self.tokens[1:]), END_DISPLAY)

    @cached_property
    def key_words(self) -> tuple[Word, ...]:
        """The words that are looked at, each with the columns of its tokens."""
        return self.words if self.key_tokens is None else words(self.key_tokens, self.source)

    @cached_property
    def words(self) -> tuple[Word, ...]:
        """The words of the sentence, each with the rows of its tokens."""
        return words(self.tokens, self.sentence)

    @cached_property
    def right_to_left(self) -> bool:
        """Whether the sentence runs from right to left."""
        return right_to_left(self.sentence)

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
    def visible(self) -> NDArray[np.bool_]:
        """Which keys each query may look at: (n, n_k)."""
        if "masked" in self.__dict__:
            return ~np.isneginf(self.masked)
        return visible(self.n, self.n_k, self.causal, self.window)

    @property
    def divides_by(self) -> float:
        """What the scores are divided by: sqrt(d_k) unless the family says otherwise."""
        return math.sqrt(self.q.shape[1]) if self.divisor is None else self.divisor

    @property
    def divides_by_root(self) -> bool:
        """Whether that is sqrt(d_k), as in the paper."""
        return math.isclose(self.divides_by, math.sqrt(self.q.shape[1]), rel_tol=1e-6)

    @property
    def before_mask(self) -> Array:
        """What the mask is laid on: scaled, after soft-cap and position bias: (n, n_k)."""
        return self.scaled if self.unmasked is None else self.unmasked

    def need(self, field: str) -> Array:
        """An optional field, or an AttentionError if this trace does not hold it."""
        value: Array | None = getattr(self, field)
        if value is None:
            raise self._lacks(field)
        return value

    def _lacks(self, field: str) -> AttentionError:
        return AttentionError(
            f"this trace does not hold the field {field}",
            "compute it with a model, or give that array too",
        )

    def changed(self, **fields: Any) -> Trace:
        """The same trace with other values in some fields; what it lacks, it lacks still."""
        held = {name: self.__dict__.get(name) for name in self.__dataclass_fields__}
        return Trace(**{**held, **fields})

    def arrays(self) -> dict[str, Array]:
        """All arrays that are there, by name."""
        held = {name: self.__dict__.get(name) for name in self.__dataclass_fields__}
        return {name: value for name, value in held.items() if isinstance(value, np.ndarray)}

    def without(self, *fields: str) -> Trace:
        """The same trace without these optional fields, to be saved small."""
        return self.changed(**dict.fromkeys(fields))

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
        beside: dict[str, Any] = {"source": self.source} if self.source else {}
        if self.key_tokens is not None:
            beside["key_tokens"] = [token._asdict() for token in self.key_tokens]
        terms: dict[str, Any] = {name: getattr(self, name) for name in TERMS if getattr(self, name)}
        if lacking := [name for name in STEPS if name not in self.__dict__]:
            terms["lacking"] = lacking
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
            **beside,
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
