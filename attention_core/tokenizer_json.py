"""Tokenizers run by the library `tokenizers`: the tokenizer.json of a folder, and its like."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attention_core.errors import AttentionError
from attention_core.folder import TOKENIZER
from attention_core.reading import plain_bytes
from attention_core.splitting import BETWEEN, ENDOFTEXT, rule_of
from attention_core.store import Store
from attention_core.tokens import Token, end_token, place, start_token, whole_spans

if TYPE_CHECKING:
    from tokenizers import Tokenizer

MOST_BYTES = 1 << 28  # of a tokenizer.json; that of Gemma 3 has 33 MB
PROBE = "a"  # what is encoded to see which tokens are put around it
SPACES = ("▁", "Ġ")  # how vocabularies spell a space


class LibraryTokenizer:
    """A tokenizer of the library, with its start and end token (attention_core.splitting.Splitter).

    Special tokens have no spelling here: "[SEP]" in a sentence is text like any other.
    numbers: the model's id of each of the library's, where they differ; then `end_outside` is the
    end token's id and name, and `names` are those of all ids.
    """

    def __init__(
        self,
        tokenizer: Tokenizer,
        start: int | None,
        end: int | None,
        why: str,
        source: Path,
        numbers: Sequence[int] | None = None,
        end_outside: tuple[int, str] | None = None,
        names: Mapping[int, str] | None = None,
    ) -> None:
        self._tokenizer, self._source = tokenizer, source
        self._numbers, self._names = numbers, names
        first, last = ("" if id is None else self.name(id) for id in (start, end))
        self.start: tuple[Token, ...] = () if start is None else (start_token(start, first),)
        self._end = (end, last) if end_outside is None else end_outside
        self.rule = rule_of(first, self._end[1], why)
        tokenizer.no_truncation()
        tokenizer.no_padding()
        tokenizer.encode_special_tokens = True

    def encode(self, sentence: str) -> tuple[Token, ...]:
        """The tokens of a sentence, the start token in front and the end token behind."""
        with guarded(self._source):
            found = self._tokenizer.encode(sentence, add_special_tokens=False)
        spans = list(found.offsets)
        for row, (piece, (start, end)) in enumerate(zip(found.tokens, spans, strict=True)):
            if piece in SPACES and not sentence[start:end].isspace():
                spans[row] = start, start  # a space that the tokenizer itself put in front
        spans = whole_spans(sentence, spans)
        id, text = self._end
        end_of = () if id is None else (end_token(id, text, len(sentence)),)
        ids = found.ids if self._numbers is None else [self._numbers[id] for id in found.ids]
        return (*self.start, *place(sentence, ids, spans), *end_of)

    def name(self, id: int) -> str:
        """What the vocabulary calls a token that stands at an end. Raises AttentionError."""
        by_id = self._tokenizer.id_to_token if self._names is None else self._names.get
        found = by_id(id) if id >= 0 else None
        if found is None:
            raise AttentionError(f"{self._source} has no token {id}, which it puts at an end")
        return str(found)

    def text(self, id: int) -> str:
        """The text of one token, with its leading space; broken characters become U+FFFD."""
        if self._numbers is not None:
            id = self._numbers.index(id) if id in self._numbers else len(self._numbers) - 1
        return str(self._tokenizer.decode([id], skip_special_tokens=False))


def tokenizer_json(folder: Store, causal: bool) -> LibraryTokenizer:
    """The tokenizer of a model folder.

    Raises AttentionError where its file is missing or broken, or puts several tokens in front.
    """
    tokenizer = _open(folder.path)
    start, end = _around(tokenizer, folder)
    tokenizer.post_processor = None  # some cut the leading spaces off the pieces' places
    why = "as its tokenizer puts it"
    if causal:
        end = None  # nothing would look at it
        if start is None:
            start, why = _start(tokenizer, folder)
    elif start is not None and end is not None:
        why = "as its tokenizer puts them"
    return LibraryTokenizer(tokenizer, start, end, why, folder.path / TOKENIZER)


@contextmanager
def guarded(path: Path) -> Iterator[None]:
    """Whatever the library raises within, a bare Exception or a panic, names the file instead."""
    try:
        yield
    except BaseException as error:
        ours = isinstance(error, AttentionError)
        theirs = isinstance(error, Exception) or type(error).__name__ == "PanicException"
        if ours or not theirs:
            raise
        why = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise AttentionError(
            f"the tokenizer of {path} is broken: {why:.120}", "fetch it again"
        ) from error


def check_charsmaps(content: Any) -> None:
    """Raise ValueError for a table of characters on which the library would not raise but abort."""
    if isinstance(content, dict):
        if content.get("type") == "Precompiled":
            check_charsmap(base64.b64decode(content.get("precompiled_charsmap") or ""))
        for inner in (content.get("normalizer"), *(content.get("normalizers") or ())):
            check_charsmaps(inner)


def check_charsmap(raw: bytes) -> None:
    """A trie (its length in 4 bytes, then units of 4), then texts (SentencePiece's normalizer)."""
    trie = int.from_bytes(raw[:4], "little")
    if len(raw) < 4 or trie % 4 or not 4 <= trie <= len(raw) - 4:
        raise ValueError("its precompiled_charsmap is cut short")
    raw[4 + trie :].decode()


def _around(tokenizer: Tokenizer, folder: Store) -> tuple[int | None, int | None]:
    """The ids that the file's own template puts in front of a sentence, and behind it."""
    with guarded(folder.path / TOKENIZER):
        whole = tokenizer.encode(PROBE).ids
        bare = tokenizer.encode(PROBE, add_special_tokens=False).ids
    for before in range(len(whole) - len(bare) + 1):
        if whole[before : before + len(bare)] == bare:
            after = whole[before + len(bare) :]
            if before <= 1 and len(after) <= 1:
                return (whole[0] if before else None), (after[0] if after else None)
    raise AttentionError(
        f"{folder.path / TOKENIZER} puts several tokens around a sentence, which is not built"
    )


def _start(tokenizer: Tokenizer, folder: Store) -> tuple[int | None, str]:
    """For a causal model without a template: what stood between texts, or its own choice."""
    id = tokenizer.token_to_id(ENDOFTEXT)
    if id is not None:
        return id, BETWEEN
    if folder.has("bos_token_id"):
        return folder.get("bos_token_id", int), "the start token that its settings name"
    return None, ""


def _open(folder: Path) -> Tokenizer:
    path = folder / TOKENIZER
    if not path.is_file():
        raise AttentionError(
            f"{folder} has no {TOKENIZER}",
            "write it with transformers: AutoTokenizer.from_pretrained(FOLDER)"
            ".save_pretrained(FOLDER)",
        )
    from tokenizers import Tokenizer  # loaded late: it costs 20 ms

    try:
        content = plain_bytes(path, MOST_BYTES)
    except OSError as error:
        raise AttentionError(f"cannot read {path}: {error.strerror}") from error
    with guarded(path):
        check_charsmaps(json.loads(content))
        tokenizer = Tokenizer.from_buffer(content)
        tokenizer.no_truncation()
        tokenizer.no_padding()
    return tokenizer
