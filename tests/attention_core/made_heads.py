"""A network whose heads do by hand what the finder is to find: no weights, patterns as told."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from attention_core.models.base import ModelInfo
from attention_core.tokens import Token, start_token

Rule = Callable[[Sequence[Token], int], dict[int, float]]  # tokens, row -> shares by key


class MadeHeads:
    """One layer; each head follows a rule, and what the rule leaves goes to the start token."""

    context = 200
    vocabulary = 17_576  # so many that hardly a random token comes twice by chance
    causal = True
    default_head = None

    def __init__(self, *rules: Rule) -> None:
        self.rules = rules
        self.ids: dict[str, int] = {}
        self.info = ModelInfo("made", "made", "", "F32", 1, len(rules), len(rules), 8, 4)

    def encode(self, sentence: str) -> tuple[Token, ...]:
        """A token for each word and sign; those spelt alike have the same id."""
        tokens = [start_token(-1, "<s>")]
        for found in re.finditer(r"\s*(?:[\w']+|[^\w\s])", sentence):
            text = found.group()
            id = self.ids.setdefault(text.strip(), self.vocabulary + len(self.ids))
            tokens.append(Token(id, text, text.strip(), found.start(), found.end(), special=False))
        return tuple(tokens)

    def load(self, last: int, first: int = 0) -> Iterator[Any]:
        """Nothing."""
        return iter(())

    def spelling(self, id: int) -> bytes:
        """Three letters after a space."""
        return b" " + bytes(ord("a") + id // place % 26 for place in (676, 26, 1))

    def patterns(
        self, sentences: Sequence[Sequence[Token]], weights: Iterator[Any]
    ) -> Iterator[list[np.ndarray]]:
        """What the rules say."""
        yield [np.stack([self._pattern(rule, s) for rule in self.rules]) for s in sentences]

    def _pattern(self, rule: Rule, tokens: Sequence[Token]) -> np.ndarray:
        found = np.zeros((len(tokens), len(tokens)), np.float32)
        for row in range(len(tokens)):
            for key, share in rule(tokens, row).items():
                if 0 < key <= row:
                    found[row, key] += share
            found[row, 0] += 1 - found[row].sum()
        return found


def before(share: float) -> Rule:
    """Looks at the token before, whatever it is."""
    return lambda tokens, row: {row - 1: share}


def from_to(query: str, keys: Sequence[str], share: float) -> Rule:
    """Looks from one word at others, wherever they stand before it."""

    def rule(tokens: Sequence[Token], row: int) -> dict[int, float]:
        if tokens[row].display != query:
            return {}
        found = [key for key in range(row) if tokens[key].display in keys]
        return dict.fromkeys(found, share / max(1, len(found)))

    return rule


def copies(later: int, share: float) -> Rule:
    """Looks at the last earlier occurrence of the same token, or so many places after it."""

    def rule(tokens: Sequence[Token], row: int) -> dict[int, float]:
        same = [key for key in range(row) if tokens[key].id == tokens[row].id]
        return {same[-1] + later: share} if same and row else {}

    return rule
