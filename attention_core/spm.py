"""Marian's tokenizer: the pieces of source.spm, numbered by vocab.json.

source.spm is a protocol buffer (sentencepiece_model.proto of google/sentencepiece); the few fields
that matter are read by their numbers. The optional clean-up of punctuation by the package
sacremoses is left out, as transformers does where that package is not installed. Models that write
several languages read the one that is asked for in front of the sentence, as one token: ">>fr<<".
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

from attention_core.errors import AttentionError
from attention_core.folder import read_json
from attention_core.reading import plain_bytes
from attention_core.store import Store
from attention_core.tokenizer_json import LibraryTokenizer, check_charsmap, guarded
from attention_core.tokens import Token

SOURCE, TARGET = "source.spm", "target.spm"
NUMBERS, TARGET_NUMBERS = "vocab.json", "target_vocab.json"
END, UNKNOWN = "</s>", "<unk>"
CODE = re.compile(r">>.*?<<", re.DOTALL)  # of a language, in front of a sentence
MOST_BYTES = 1 << 26
VARINT, FIXED64, LENGTH, FIXED32 = 0, 1, 2, 5  # wire types of a protocol buffer
PIECES, TRAINER, NORMALIZER = 1, 2, 3  # fields of the whole
PIECE, SCORE, KIND = 1, 2, 3  # of a piece
NORMAL = 1  # a piece's kind; others are the unknown token, </s> and the like
UNIGRAM, MODEL_TYPE = 1, 3  # of the trainer
CHARSMAP, PREFIX = 2, 3  # of the normalizer


def marian_tokenizer(folder: Store, side: str = SOURCE) -> LibraryTokenizer:
    """The tokenizer of a Marian folder, of the language that it reads or of that it writes.

    Raises AttentionError where its files cannot be used.
    """
    from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers

    path, numbering = folder.path / side, folder.path / NUMBERS
    if side == TARGET and (folder.path / TARGET_NUMBERS).is_file():
        numbering = folder.path / TARGET_NUMBERS  # some have a vocabulary for each language
    ids = read_json(numbering)
    if UNKNOWN not in ids or not all(type(id) is int and id >= 0 for id in ids.values()):
        raise AttentionError(f"{numbering} is broken: it numbers no {UNKNOWN}")
    pieces, charsmap, prefix = _read(path)
    with guarded(path):
        made = Tokenizer(models.Unigram([*pieces, (UNKNOWN, 0.0)], len(pieces)))
        steps: list[Any] = [normalizers.Replace(Regex(" {2,}"), " ")]
        if charsmap:
            check_charsmap(charsmap)
            steps.insert(0, normalizers.Precompiled(charsmap))
        made.normalizer = normalizers.Sequence([*steps, normalizers.Strip()])
        scheme = "always" if prefix else "never"
        made.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme=scheme)
    numbers = [ids.get(piece, ids[UNKNOWN]) for piece, _ in pieces] + [ids[UNKNOWN]]
    end = (ids[END], END) if END in ids else None
    return _MarianTokenizer(
        made, None, None, "as its tokenizer puts it", path, numbers=numbers, end_outside=end,
        names={id: piece for piece, id in ids.items()},
    )  # fmt: skip


class _MarianTokenizer(LibraryTokenizer):
    """Sets the code of a language in front of a sentence apart: no piece of source.spm has it."""

    def encode(self, sentence: str) -> tuple[Token, ...]:
        """The tokens of a sentence; a code that vocab.json does not number is unknown to it."""
        code = CODE.match(sentence)
        if code is None:
            return super().encode(sentence)
        text, at = code.group(), code.end()
        rest = [
            token._replace(start=token.start + at, end=token.end + at)
            for token in super().encode(sentence[at:])
        ]
        id = self.ids.get(text, self.ids[UNKNOWN])
        return (Token(id, text, text, 0, at, special=False), *rest)

    def text(self, id: int) -> str:
        """The text of one token, with its leading space; of a code, the code."""
        name = self.name(id)
        return name if CODE.fullmatch(name) else super().text(id)

    @cached_property
    def ids(self) -> dict[str, int]:
        """The numbers of vocab.json."""
        return {name: id for id, name in (self._names or {}).items()}


def _read(path: Path) -> tuple[list[tuple[str, float]], bytes, bool]:
    """The pieces with their scores, the normalizer's table, and whether a space is put in front."""
    try:
        data = plain_bytes(path, MOST_BYTES)
    except OSError as error:
        raise AttentionError(f"cannot read {path}: {error.strerror}") from error
    pieces, charsmap, prefix, kind = [], b"", True, UNIGRAM
    try:
        for field, value in _fields(data):
            if field == PIECES:
                piece = dict(_fields(value))
                score = struct.unpack("<f", piece.get(SCORE, bytes(4)))[0]
                if piece.get(KIND, NORMAL) == NORMAL:
                    pieces.append((piece[PIECE].decode(), float(score)))
            elif field == TRAINER:
                kind = dict(_fields(value)).get(MODEL_TYPE, UNIGRAM)
            elif field == NORMALIZER:
                rules = dict(_fields(value))
                charsmap, prefix = rules.get(CHARSMAP, b""), bool(rules.get(PREFIX, 1))
    except (IndexError, KeyError, ValueError, TypeError, AttributeError, struct.error) as error:
        raise AttentionError(f"{path} is broken: it is no SentencePiece model") from error
    if kind != UNIGRAM or not pieces:
        raise AttentionError(f"{path} holds no unigram pieces, which are the ones that are read")
    return pieces, charsmap, prefix


def _fields(data: bytes) -> Iterator[tuple[int, Any]]:
    """The fields of a message: (number, value); numbers as int, the rest as bytes."""
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        kind = key & 7
        if kind == VARINT:
            value, at = _varint(data, at)
            yield key >> 3, value
            continue
        size = {FIXED64: 8, FIXED32: 4}.get(kind, 0)
        if kind == LENGTH:
            size, at = _varint(data, at)
        elif not size:
            raise ValueError(f"wire type {kind}")
        if at + size > len(data):
            raise ValueError("it is cut short")
        yield key >> 3, data[at : at + size]
        at += size


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """A whole number of 7 bits a byte, and where it ends."""
    value = 0
    for shift in range(0, 70, 7):
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
    raise ValueError("a number is too long")
