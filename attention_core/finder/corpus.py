"""What heads are measured on besides the sentence asked about: bundled sentences, random tokens."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from pathlib import Path

import numpy as np

from attention_core.errors import AttentionError
from attention_core.models.base import Model
from attention_core.tokens import Token, Word, words

FOLDER = Path(__file__).parents[2] / "assets" / "finder"
SEED = 7
SEQUENCES, LENGTH = 4, 40  # of random tokens, each sequence standing twice in a row
FEWEST = 4  # random tokens that a repetition must have to be one
TRIES = 200  # for each random token
# The languages of the bundled texts, each by the script of its letters, as Unicode's names of
# characters begin.
LANGUAGES = {"LATIN": "en", "HANGUL": "ko"}
DEFAULT = "en"


class Sample:
    """A sentence as a model cuts it, and its words."""

    def __init__(self, network: Model, sentence: str) -> None:
        self.sentence = sentence
        self.tokens: tuple[Token, ...] = network.encode(sentence)
        self.words: tuple[Word, ...] = words(self.tokens, sentence)

    @property
    def special(self) -> list[int]:
        """The rows of the start and the end token; of a model without either, its first row."""
        return [row for row, token in enumerate(self.tokens) if token.special] or [0]

    @property
    def rows(self) -> list[int]:
        """The rows of all other tokens."""
        return [row for row, token in enumerate(self.tokens) if not token.special]


def script(sentence: str) -> str:
    """The script that most letters of a sentence are of, in Unicode's word: "LATIN", "HANGUL"."""
    scripts = [unicodedata.name(c, "?").split()[0] for c in sentence if c.isalpha()]
    return max(scripts, key=scripts.count, default="LATIN")


def language(sentence: str) -> str:
    """The language of the bundled texts in a sentence's script; English where there are none."""
    return LANGUAGES.get(script(sentence), DEFAULT)


@lru_cache(maxsize=4)
def lines(name: str, language: str = DEFAULT) -> tuple[str, ...]:
    """The lines of a bundled text: "sentences", ordinary ones, or "between", insertions."""
    file = FOLDER / (f"{name}.txt" if language == DEFAULT else f"{name}-{language}.txt")
    return tuple(file.read_text(encoding="utf-8").splitlines())


def sentences(network: Model, language: str = DEFAULT) -> list[Sample]:
    """The bundled sentences, as many of them as the model's context holds."""
    samples = [Sample(network, line) for line in lines("sentences", language)]
    fitting = [sample for sample in samples if len(sample.tokens) <= network.context]
    if not fitting:
        raise AttentionError(
            f"{network.info.name} reads {network.context} tokens, which no bundled sentence fits",
            "choose a model with a longer context",
        )
    return fitting


def repeated(network: Model) -> tuple[list[list[Token]], int, int]:
    """Random tokens, twice in a row, as induction heads are found (arXiv:2209.11895).

    -> the sequences; how many tokens are repeated; how many stand in front of them. Only tokens
    that are letters count, so that none is a special one. The same ones each time.
    """
    frame = network.encode("a")
    first = next(row for row, token in enumerate(frame) if not token.special)
    last = len(frame) - next(i for i, token in enumerate(frame[::-1]) if not token.special)
    before, after = list(frame[:first]), list(frame[last:])
    length = min(LENGTH, (network.context - len(before) - len(after)) // 2)
    if length < FEWEST:
        raise AttentionError(
            f"{network.info.name} reads {network.context} tokens: too few to repeat any",
            "choose a model with a longer context",
        )
    rng = np.random.default_rng(SEED)
    found = []
    for _ in range(SEQUENCES):
        drawn = [_letters(network, rng) for _ in range(length)]
        found.append([*before, *drawn, *drawn, *after])
    return found, length, len(before)


def _letters(network: Model, rng: np.random.Generator) -> Token:
    """A random token that is spelt with letters."""
    for _ in range(TRIES):
        id = int(rng.integers(network.vocabulary))
        text = network.spelling(id).decode(errors="replace")
        if text.strip(" ▁Ġ#").isalpha():
            return Token(id, text, text.strip(), 0, len(text), special=False)
    raise AttentionError(f"{network.info.name} has hardly any token that is spelt with letters")
