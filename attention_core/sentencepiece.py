"""The SentencePiece BPE of a GGUF file: Llama 2, Mistral, Gemma (arXiv:1808.06226).

Pieces have scores: of two neighbours, those join first whose joint piece scores best. The library
`tokenizers` would need the joints as a list, and making it of 262,144 pieces takes seconds.
"""

from __future__ import annotations

import heapq
import re
from typing import NamedTuple

from attention_core.splitting import rule_of
from attention_core.store import Store
from attention_core.tokens import Token, lost, place, start_token

NORMAL, CONTROL, USER_DEFINED, BYTE = 1, 3, 4, 6  # a token's type in the file
SPACE = "▁"


class _Piece(NamedTuple):
    id: int
    start: int  # in characters of the text whose spaces are ▁
    end: int


class SentencePieceBPE:
    """Cuts sentences into pieces by their scores (attention_core.splitting.Splitter).

    Special tokens have no spelling here: "<bos>" in a sentence is text like any other.
    Raises AttentionError where the file contradicts itself.
    """

    def __init__(self, store: Store) -> None:
        self._tokens: list[str] = store.get("tokenizer.ggml.tokens", list)
        scores = store.get("tokenizer.ggml.scores", list)
        kinds = store.get("tokenizer.ggml.token_type", list)
        if not len(self._tokens) == len(scores) == len(kinds):
            raise store.broken("its lists of tokens, scores and types are not of one length")
        if not all(isinstance(token, str) for token in self._tokens[:1]):
            raise store.broken("its tokens are no texts")
        if store.get("general.architecture", str).startswith("gemma"):
            scores = [-row for row in range(len(scores))]  # its scores do not order its joints
        self._scores: list[float] = scores
        rows = range(len(kinds))
        self._ids = {self._tokens[row]: row for row in rows if kinds[row] == NORMAL}
        self._bytes = {self._tokens[row]: row for row in rows if kinds[row] == BYTE}
        whole = [
            self._tokens[row].replace(" ", SPACE) for row in rows if kinds[row] == USER_DEFINED
        ]
        self._whole = {self._tokens[row].replace(" ", SPACE): row for row in rows
                       if kinds[row] == USER_DEFINED}  # fmt: skip
        longest_first = sorted(filter(None, whole), key=len, reverse=True)
        self._cut = re.compile("|".join(map(re.escape, longest_first))) if longest_first else None
        self._unknown = store.get("tokenizer.ggml.unknown_token_id", int, -1)
        self._prefix = store.get("tokenizer.ggml.add_space_prefix", bool, True)
        bos = store.get("tokenizer.ggml.bos_token_id", int, -1)
        known = 0 <= bos < len(self._tokens)
        self.start: tuple[Token, ...] = (start_token(bos, self._tokens[bos]),) if known else ()
        self.rule = rule_of(self._tokens[bos] if known else "", "", "as its file asks for")

    def encode(self, sentence: str) -> tuple[Token, ...]:
        """The tokens of a sentence, the start token in front."""
        added = int(self._prefix)
        text = SPACE * added + sentence.replace(" ", SPACE)
        pieces: list[_Piece] = []
        at = 0
        for found in self._cut.finditer(text) if self._cut else ():
            pieces += self._join(text, at, found.start())
            pieces.append(_Piece(self._whole[found.group()], found.start(), found.end()))
            at = found.end()
        pieces += self._join(text, at, len(text))
        spans = [(max(piece.start - added, 0), piece.end - added) for piece in pieces]
        return (*self.start, *place(sentence, [piece.id for piece in pieces], spans))

    def text(self, id: int) -> str:
        """The text of one token, with its leading space; broken characters become U+FFFD."""
        token = self._tokens[id]
        if id in self._bytes.values():
            return bytes([int(token[3:5], 16)]).decode(errors="replace")
        return token.replace(SPACE, " ")

    def _join(self, text: str, start: int, end: int) -> list[_Piece]:
        """Join neighbours, the best-scored joint piece first, until none is left."""
        stop = list(range(start + 1, end + 1))  # where the piece that starts here ends
        before = list(range(-1, end - start - 1))  # the piece before it; -1: none
        heap: list[tuple[float, int, int, int]] = []

        def offer(left: int) -> None:
            middle = stop[left]
            if middle < end:
                id = self._ids.get(text[start + left : stop[middle - start]])
                if id is not None:
                    last = stop[middle - start]
                    heapq.heappush(heap, (-self._scores[id], left, middle, last))

        for left in range(end - start):
            offer(left)
        gone = set()
        while heap:
            _, left, middle, last = heapq.heappop(heap)
            right = middle - start
            if left in gone or right in gone or stop[left] != middle or stop[right] != last:
                continue  # one of the two has joined another since
            stop[left] = last
            gone.add(right)
            if last < end:
                before[last - start] = left
            offer(left)
            if before[left] >= 0:
                offer(before[left])
        spans = [(start + row, stop[row]) for row in range(end - start) if row not in gone]
        return [piece for span in spans for piece in self._pieces(text, *span)]

    def _pieces(self, text: str, start: int, end: int) -> list[_Piece]:
        """The piece itself; for a character that is none, its bytes, or the unknown token."""
        id = self._ids.get(text[start:end])
        if id is not None:
            return [_Piece(id, start, end)]
        names = [f"<0x{byte:02X}>" for byte in text[start:end].encode()]
        if all(name in self._bytes for name in names):
            return [_Piece(self._bytes[name], start, end) for name in names]
        if self._unknown < 0:
            raise lost(text[start])
        return [_Piece(self._unknown, start, end)]
