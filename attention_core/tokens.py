"""Tokens and words of a sentence: what a model reads, and how a person reads it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from itertools import accumulate, pairwise
from typing import NamedTuple

from attention_core.errors import AttentionError
from attention_core.graphemes import clusters

START_DISPLAY, END_DISPLAY = "start", "end"
SPACE = "␣"  # how a token of nothing but spaces is shown
PART = "·"  # stands on the side where a token ends in the middle of a character

UNSPACED = (
    ("\u0e01", "\u0e4f"),  # Thai
    ("\u0e81", "\u0ede"),  # Lao
    ("\u1000", "\u109f"),  # Burmese
    ("\u1780", "\u17d3"),  # Khmer
    ("\u3041", "\u30ff"),  # kana
    ("\u3400", "\u9fff"),  # Han
    ("\U00020000", "\U0003ffff"),  # more of it
)
LINE_BREAKS = "\n\r\v\f\x85\u2028\u2029"
FORCED_DIRECTIONS = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


class Token(NamedTuple):
    """One piece of the sentence, as the model reads it.

    `start` and `end` are character offsets: `text == sentence[start:end]`. A model may cut inside
    what a reader takes for one character (its bytes, or a letter and its marks); all its pieces
    then span it. A start token, an end token, and a space that the tokenizer itself puts in front
    of the sentence span nothing.
    """

    id: int
    text: str  # with its leading space, if it has one
    display: str  # to be read: no leading space, never empty
    start: int
    end: int
    special: bool  # the start token, or the end token behind the sentence


class Word(NamedTuple):
    """A run of letters, or of punctuation, and the rows of the tokens that make it up."""

    text: str  # == sentence[start:end]
    start: int
    end: int
    pieces: tuple[int, ...]  # rows of the trace, in order

    @property
    def display(self) -> str:
        """The word as it is shown; a run of spaces becomes a visible sign."""
        return shown(self.text)


def check_sentence(sentence: object) -> str:
    """The sentence itself, if a model can read it and a line of text can show it.

    Raises AttentionError for an empty or blank sentence, and for one that holds control
    characters, line breaks, lone surrogates, or marks that turn the writing direction by force.
    """
    if not isinstance(sentence, str):
        raise AttentionError(f"the sentence must be text, not {type(sentence).__name__}")
    if all(c.isspace() or unicodedata.category(c) == "Cf" for c in sentence):
        what = "blank" if sentence else "empty"
        raise AttentionError(f"the sentence is {what}", "give at least one word")
    position = next((i for i, c in enumerate(sentence) if unreadable(c)), None)
    if position is not None:
        character = sentence[position]
        raise AttentionError(
            f"the sentence holds the {unreadable(character)} U+{ord(character):04X} "
            f"at position {position}",
            "put it on one line" if character in LINE_BREAKS else "remove it",
        )
    return sentence


def unreadable(character: str) -> str:
    """What kind of character a line of text cannot show this is; "" for any other."""
    if character in LINE_BREAKS:
        return "line break"
    if character in FORCED_DIRECTIONS:
        return "direction mark"
    return {"Cc": "control character", "Cs": "lone surrogate"}.get(
        unicodedata.category(character), ""
    )


def shown(text: str) -> str:
    """Text as it is displayed: without spaces around it; mere spaces become visible signs."""
    return text.strip() or SPACE * len(text)


def start_token(id: int, text: str) -> Token:
    """The token put in front of every sentence, on which unneeded attention is parked."""
    return Token(id, text, START_DISPLAY, 0, 0, special=True)


def end_token(id: int, text: str, at: int) -> Token:
    """The token put behind every sentence of `at` characters, in models that read whole ones."""
    return Token(id, text, END_DISPLAY, at, at, special=True)


def place(sentence: str, ids: Sequence[int], spans: Sequence[tuple[int, int]]) -> list[Token]:
    """The pieces whose places in the sentence are known: their (start, end) in characters.

    Pieces of one character all span it; a span of nothing is a space that was put in front.
    """
    whole = _whole_characters(sentence)
    tokens = []
    for row, (id, (first, last)) in enumerate(zip(ids, spans, strict=True)):
        if first >= last:
            tokens.append(Token(id, "", SPACE, first, last, special=False))
            continue
        start, end = whole[first][0], whole[last - 1][1]
        cut_before = start < first or (row and spans[row - 1][1] > first)
        cut_after = last < end or (row + 1 < len(spans) and spans[row + 1][0] < last)
        before, after = PART if cut_before else "", PART if cut_after else ""
        text = sentence[start:end]
        tokens.append(Token(id, text, before + shown(text) + after, start, end, special=False))
    return tokens


def lost(character: str) -> AttentionError:
    """The error for a character that a vocabulary has no token for."""
    return AttentionError(
        f"the model has no token for the character U+{ord(character):04X}", "remove it"
    )


def whole_spans(sentence: str, spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The pieces' places, each with the accents that the tokenizer dropped or composed.

    Raises AttentionError for a character that no piece holds; spaces and marks may be dropped.
    """
    read = {at for start, end in spans for at in range(start, end)}
    for at, character in enumerate(sentence):
        if at not in read and unicodedata.category(character)[0] not in "ZCM":
            raise lost(character)
    whole = []
    for start, end in spans:
        while start < end < len(sentence) and end not in read and _is_mark(sentence[end]):
            end += 1
        whole.append((start, end))
    return whole


def lay_out(sentence: str, ids: Sequence[int], lengths: Sequence[int]) -> list[Token]:
    """Find each byte-level piece in the sentence.

    ids and lengths: the pieces' ids and lengths in bytes; together they must cover the sentence.
    """
    char_of_byte = [i for i, c in enumerate(sentence) for _ in c.encode()]
    whole = _whole_characters(sentence)
    lengths_of = [len(sentence[start:end].encode()) for start, end in clusters(sentence)]
    boundaries = {0, *accumulate(lengths_of)}
    tokens, at = [], 0
    for id, length in zip(ids, lengths, strict=True):
        first, at = at, at + length
        start, end = whole[char_of_byte[first]][0], whole[char_of_byte[at - 1]][1]
        text = sentence[start:end]
        before = "" if first in boundaries else PART
        after = "" if at in boundaries else PART
        tokens.append(Token(id, text, before + shown(text) + after, start, end, special=False))
    return tokens


def _whole_characters(sentence: str) -> list[tuple[int, int]]:
    """Of each code point, the (start, end) of what a reader takes for one character."""
    return [span for span in clusters(sentence) for _ in range(*span)]


def right_to_left(text: str) -> bool:
    """Whether a line of text runs from right to left: its first letter says (UAX #9, P2 and P3)."""
    ways = (unicodedata.bidirectional(character) for character in text)
    return next((way for way in ways if way in ("L", "R", "AL")), "L") != "L"


def words(tokens: Sequence[Token], sentence: str) -> tuple[Word, ...]:
    """Group the tokens into the words a person sees; each token but the start is in exactly one.

    Words end at spaces; punctuation before and after a word is a word of its own ("forest" "."),
    inside it stays ("don't", "well-known"). In scripts without spaces each token is a word, or what
    tokens share a character. The space that some models cut off before a number
    belongs to the number's word; spaces beyond the one between two words are a word.
    """
    spans = _word_spans(sentence)
    found: list[tuple[int, int, list[int]]] = []  # start, end, rows
    waiting: list[int] = []  # the row of a space that the next word begins with
    for row, token in enumerate(tokens):
        if token.special:
            continue
        after = tokens[row + 1] if row + 1 < len(tokens) else token
        before_word = not after.special and after.text and not after.text[0].isspace()
        if token.text in ("", " ") and before_word:
            waiting = [row]
            continue
        start, end = _without_spaces(token)
        for span in spans:
            if span[0] < end and start < span[1]:
                start, end = min(start, span[0]), max(end, span[1])
        rows, waiting = [*waiting, row], []
        if found and start < found[-1][1]:  # it shares a word with the token before it
            before = found.pop()
            start, end, rows = min(start, before[0]), max(end, before[1]), before[2] + rows
        found.append((start, end, rows))
    return tuple(Word(sentence[s:e], s, e, tuple(rows)) for s, e, rows in found)


def _without_spaces(token: Token) -> tuple[int, int]:
    """The span of a token without its leading and trailing spaces, unless it is only spaces."""
    text = token.text
    if not text.strip():
        return token.start, token.end
    start = token.start + len(text) - len(text.lstrip())
    return start, token.end - (len(text) - len(text.rstrip()))


def _word_spans(sentence: str) -> list[tuple[int, int]]:
    """Where words and runs of punctuation begin and end."""
    spans = []
    for chunk in re.finditer(r"\S+", sentence):
        text, at = chunk.group(), chunk.start()
        inner = [i for i, character in enumerate(text) if not _is_punctuation(character)]
        first, last = (inner[0], inner[-1] + 1) if inner else (0, 0)
        unspaced = {end for start, end in clusters(text) if _is_unspaced(text[start])}
        unspaced |= {start for start, _ in clusters(text) if _is_unspaced(text[start])}
        cuts = sorted({0, first, last, len(text)} | unspaced)
        spans += [(at + a, at + b) for a, b in pairwise(cuts)]
    return spans


def _is_unspaced(character: str) -> bool:
    """Whether it is of a script that puts no spaces between words: Han, kana, Thai and the like."""
    return any(low <= character <= high for low, high in UNSPACED)


def _is_mark(character: str) -> bool:
    return unicodedata.category(character)[0] == "M"


def _is_punctuation(character: str) -> bool:
    return unicodedata.category(character)[0] == "P"
