"""Numbers for prose: what a text may say of a material, each rounded as the pictures round it."""

from __future__ import annotations

from typing import Any

import numpy as np

from attention_core import AttentionError, Material, Trace
from attention_core.catalogue import MODELS
from attention_core.focus import choose_jump
from attention_core.heads import parked, previous_word
from attention_core.rounding import (
    format_bits,
    format_bytes,
    format_count,
    format_length,
    format_percent,
    format_score,
    format_weight,
    length_decimals,
    shares,
)


class Facts:
    """What templates call. A word is named by its token as displayed, the start token "start"."""

    def __init__(self, material: Material, language: str) -> None:
        self._material = material
        self._language = language

    def names(self) -> dict[str, Any]:
        """Everything that a template can say."""
        main = self._material.trace
        model = main.model
        title = MODELS[model.name].title if model.name in MODELS else model.name
        plain = {
            "sentence": main.sentence,
            "model": title,
            "layer": main.layer,
            "head": main.head,
            "layers": model.layers,
            "heads": model.heads,
            "kv_heads": model.kv_heads,
            "d_model": model.d_model,
            "d_k": model.d_k,
            "root": f"{np.sqrt(model.d_k):g}",
            "words": len(main.words),
            "tokens": len(main.word_rows),
            "n": main.n,
            "pieces": [main.tokens[row].display for row in main.word_rows],
        }
        calls = (
            self.weight, self.score, self.scaled, self.entropy, self.unscaled, self.best_score,
            self.leak, self.length, self.length_share, self.head_length, self.block_length,
            self.move, self.phrases, self.context, self.cross, self.next_token, self.matrix,
            self.parks, self.looks_back,
        )  # fmt: skip
        return plain | {call.__name__: call for call in calls}

    def weight(self, query: str, key: str) -> str:
        """A share of attention, as displayed: those of a query sum to 1.00."""
        trace = self._material.trace
        return format_weight(shares(trace.weights)[self._row(query), self._row(key)])

    def score(self, query: str, key: str) -> str:
        """The dot product of a query and a key."""
        return format_score(float(self._material.trace.scores[self._row(query), self._row(key)]))

    def scaled(self, query: str, key: str) -> str:
        """The same, divided by the square root of d_k."""
        return format_score(float(self._material.trace.scaled[self._row(query), self._row(key)]))

    def best_score(self) -> dict[str, str]:
        """The largest score between words: query, key, score."""
        trace = self._material.trace
        rows = list(trace.word_rows)
        seen = np.where(trace.visible, trace.scores, -np.inf)[np.ix_(rows, rows)]
        query, key = (rows[int(i)] for i in np.unravel_index(seen.argmax(), seen.shape))
        names = [trace.tokens[row].display for row in (query, key)]
        return dict(
            zip(("query", "key", "score"), (*names, format_score(float(seen.max()))), strict=True)
        )

    def entropy(self, query: str, scaled: bool = True) -> str:
        """How undecided a query's shares are, in bits, with or without the division."""
        name = "entropy_scaled" if scaled else "entropy_unscaled"
        return format_bits(float(self._material.need(name)[self._row(query)]))

    def unscaled(self, query: str, key: str) -> str:
        """What the share would be without the division."""
        found = shares(self._material.need("unscaled_weights"))
        return format_weight(found[self._row(query), self._row(key)])

    def leak(self) -> dict[str, Any]:
        """The head that would look most into the future: layer, head, share."""
        there = self._material.traces["leak"]
        share = format_percent(float(self._material.need("leak_share")))
        return {"layer": there.layer, "head": there.head, "share": share}

    def length(self, word: str, what: str) -> str:
        """The length of "E", "head" (its change), "block" (all heads' change) or "E'"."""
        found = self._length(word, what)
        return format_length(found, length_decimals(found))

    def length_share(self, word: str, what: str) -> str:
        """The same as a share of the length of E."""
        return format_percent(self._length(word, what) / self._length(word, "E"))

    def head_length(self, word: str, head: int) -> str:
        """The length of one head's change."""
        found = float(self._material.need("head_lengths")[head, self._row(word)])
        return format_length(found, length_decimals(found))

    def block_length(self, word: str) -> str:
        """The length of what all heads of the layer write together."""
        found = float(self._material.need("block_lengths")[self._row(word)])
        return format_length(found, length_decimals(found))

    def parks(self) -> dict[str, Any]:
        """The layer's head that gives the start token most: head, and its mean share."""
        trace = self._material.trace
        return self._most(parked(trace.need("patterns"), trace))

    def looks_back(self) -> dict[str, Any]:
        """The layer's head that gives the word before most: head, and its mean share."""
        trace = self._material.trace
        return self._most(previous_word(trace.need("patterns"), trace.words))

    def phrases(self) -> tuple[str, ...]:
        """The phrases that the chapter embedding-space compares."""
        return self._material.texts["phrases"]

    def move(self, phrase: int, direction: int) -> dict[str, str]:
        """A move from one phrase to the next: which share of it lies along which direction."""
        names = self._material.texts[f"phrase_directions_{self._language}"]
        share = float(self._material.need("phrase_moves")[phrase, direction])
        return {"share": format_percent(share), "direction": names[direction]}

    def context(self, number: int) -> dict[str, str]:
        """How large attention is at one of the lengths of context-size."""
        tokens, cells, cost = (
            float(self._material.need(f"context_{name}")[number])
            for name in ("sizes", "cells", "bytes")
        )
        values = (format_count(tokens), format_count(cells), format_bytes(cost))
        return dict(zip(("tokens", "weights", "bytes"), values, strict=True))

    def cross(self) -> dict[str, Any]:
        """The toy translator's cross-attention: its sizes, and its farthest jump."""
        trace: Trace = self._material.traces["cross"]
        row, key = choose_jump(trace)
        return {
            "n_q": trace.n,
            "n_k": trace.n_k,
            "source": trace.source,
            "target": trace.sentence,
            "query": trace.predicted[row],
            "key": trace.keys[key].display,
            "share": format_weight(shares(trace.weights)[row, key]),
            "d_k": trace.model.d_k,
        }

    def next_token(self) -> dict[str, str]:
        """The likeliest next token, its probability, and the vocabulary's size."""
        share = float(self._material.need("next_shares")[1, 0])
        return {
            "token": self._material.texts["next_tokens"][0],
            "share": format_weight(share),
            "vocabulary": format_count(float(self._material.need("next_vocabulary"))),
        }

    def matrix(self, name: str) -> str:
        """The shape of an array of the trace: "11 × 64"."""
        return " × ".join(map(str, self._material.trace.need(name).shape))

    def _length(self, word: str, what: str) -> float:
        column = ("E", "head", "block", "E'").index(what)
        return float(self._material.need("lengths")[self._row(word), column])

    def _most(self, measured: np.ndarray) -> dict[str, Any]:
        head = int(measured.argmax())
        return {"head": head, "share": format_weight(float(measured[head]))}

    def _row(self, name: str) -> int:
        tokens = self._material.trace.tokens
        found = [row for row, token in enumerate(tokens) if token.display == name]
        if len(found) != 1:
            listed = ", ".join(token.display for token in tokens)
            raise AttentionError(f"{name!r} is not one token of the sentence", f"they are {listed}")
        return found[0]
