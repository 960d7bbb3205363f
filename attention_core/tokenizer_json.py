"""The tokenizer.json of a model folder, read by the library that wrote it (`tokenizers`)."""

from __future__ import annotations

import unicodedata
from pathlib import Path
from shutil import copyfile
from typing import TYPE_CHECKING

from attention_core.errors import AttentionError
from attention_core.folder import TOKENIZER, Folder
from attention_core.splitting import ENDOFTEXT, lost, rule_of
from attention_core.tokens import Token, end_token, place, start_token

if TYPE_CHECKING:
    from tokenizers import Tokenizer

PROBE = "a"  # what is encoded to see which tokens are put around it
SPACES = ("▁", "Ġ")  # how vocabularies spell a space


class TokenizerJson:
    """Any tokenizer that the folder of a model describes (attention_core.splitting.Splitter).

    Special tokens have no spelling here: "[SEP]" in a sentence is text like any other.
    Raises AttentionError where the file is missing or broken.
    """

    def __init__(self, folder: Folder, causal: bool) -> None:
        self._tokenizer = _open(folder.path)
        start, end = self._around(folder)
        self._file = folder.path / TOKENIZER
        self._tokenizer.post_processor = None  # some cut the leading spaces off the pieces' places
        why = "as its tokenizer puts it"
        if causal:
            end = None  # nothing would look at it
            if start is None:
                start, why = self._start(folder)
        if start is not None and end is not None:
            why = "as its tokenizer puts them"
        names = ["" if id is None else self._name(id, folder) for id in (start, end)]
        self.start: tuple[Token, ...] = () if start is None else (start_token(start, names[0]),)
        self.rule = rule_of(names[0], names[1], why)
        self._end = end, names[1]

    def encode(self, sentence: str) -> tuple[Token, ...]:
        """The tokens of a sentence, the start token in front and the end token behind."""
        found = self._tokenizer.encode(sentence, add_special_tokens=False)
        spans = list(found.offsets)
        for row, (piece, (start, end)) in enumerate(zip(found.tokens, spans, strict=True)):
            if piece in SPACES and not sentence[start:end].isspace():
                spans[row] = start, start  # a space that the tokenizer itself put in front
        read = {at for start, end in spans for at in range(start, end)}
        for at, character in enumerate(sentence):
            kind = unicodedata.category(character)[0]
            if at not in read and kind not in "ZCM":  # spaces, controls and marks may be dropped
                raise lost(character)
        id, text = self._end
        end_of = () if id is None else (end_token(id, text, len(sentence)),)
        return (*self.start, *place(sentence, found.ids, spans), *end_of)

    def text(self, id: int) -> str:
        """The text of one token, with its leading space; broken characters become U+FFFD."""
        return str(self._tokenizer.decode([id], skip_special_tokens=False))

    def save(self, path: Path) -> None:
        """Write it as the tokenizer.json that other libraries read."""
        copyfile(self._file, path)

    def _around(self, folder: Folder) -> tuple[int | None, int | None]:
        """The ids that the file's own template puts in front of a sentence, and behind it."""
        whole = self._tokenizer.encode(PROBE).ids
        bare = self._tokenizer.encode(PROBE, add_special_tokens=False).ids
        for before in range(len(whole) - len(bare) + 1):
            if whole[before : before + len(bare)] == bare:
                after = whole[before + len(bare) :]
                if before <= 1 and len(after) <= 1:
                    return (whole[0] if before else None), (after[0] if after else None)
        raise AttentionError(
            f"{folder.path / TOKENIZER} puts several tokens around a sentence, which is not built"
        )

    def _start(self, folder: Folder) -> tuple[int | None, str]:
        """For a causal model without a template: what stood between texts, or its own choice."""
        id = self._tokenizer.token_to_id(ENDOFTEXT)
        if id is not None:
            return id, "which stood between the texts in training"
        if folder.has("bos_token_id"):
            return folder.get("bos_token_id", int), "the start token that its settings name"
        return None, ""

    def _name(self, id: int, folder: Folder) -> str:
        name = self._tokenizer.id_to_token(id)
        if name is None:
            raise folder.broken(f"its start token {id} is not in its vocabulary")
        return str(name)


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
        tokenizer = Tokenizer.from_file(str(path))
    except Exception as error:  # tokenizers raises bare Exceptions
        why = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise AttentionError(f"{path} is broken: {why:.120}", "fetch it again") from error
    tokenizer.no_truncation()
    tokenizer.no_padding()
    tokenizer.encode_special_tokens = True
    return tokenizer
