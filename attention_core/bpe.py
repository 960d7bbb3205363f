"""The byte-level BPE tokenizer that a GGUF file carries (arXiv:1508.07909; bytes: GPT-2)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attention_core.checkpoint import Checkpoint
from attention_core.errors import AttentionError, nearest
from attention_core.tokens import Token, lay_out, start_token

if TYPE_CHECKING:
    from tokenizers import Tokenizer

START_TEXT = "<|endoftext|>"


def _gpt2() -> Any:
    """GPT-2's word pattern, each word as bytes; no space is put in front of the sentence."""
    from tokenizers import pre_tokenizers

    return pre_tokenizers.ByteLevel(add_prefix_space=False)


def _smollm() -> Any:
    """Each digit on its own, then GPT-2's word pattern."""
    from tokenizers import pre_tokenizers

    return pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True), _gpt2()])


PRE_TOKENIZERS: dict[str, Callable[[], Any]] = {"smollm": _smollm, "gpt-2": _gpt2}


def _bytes_of_letters() -> dict[str, int]:
    """Which byte each letter of a byte-level vocabulary stands for (GPT-2's table).

    Bytes that print stand for themselves, the others are letters from U+0100 on.
    """
    printing = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in printing]
    return {chr(byte): byte for byte in printing} | {
        chr(0x100 + place): byte for place, byte in enumerate(others)
    }


class ByteLevelBPE:
    """Cuts sentences into the pieces that a model was trained on.

    Special tokens have no spelling here: "<|im_start|>" in a sentence is text like any other.
    Raises AttentionError where the file's tokenizer is of another kind, or broken.
    """

    def __init__(self, checkpoint: Checkpoint) -> None:
        kind = checkpoint.get("tokenizer.ggml.model", str)
        split = checkpoint.get("tokenizer.ggml.pre", str, "gpt-2")
        if kind != "gpt2" or split not in PRE_TOKENIZERS:
            raise AttentionError(
                f"{checkpoint.path} has a tokenizer of the kind {kind!r:.40} ({split!r:.40})",
                f"known are byte-level BPE ones: {nearest(split, PRE_TOKENIZERS)}",
            )
        self._vocabulary = checkpoint.get("tokenizer.ggml.tokens", list)
        self._tokenizer = self._build(checkpoint, split)
        self.start = self._start(checkpoint)

    def encode(self, sentence: str) -> tuple[Token, ...]:
        """The tokens of a sentence, the start token in front."""
        ids, lengths = self._pieces(sentence)
        if sum(lengths) != len(sentence.encode()):  # a vocabulary may lack bytes nobody writes
            lost = next(c for c in sentence if sum(self._pieces(c)[1]) != len(c.encode()))
            raise AttentionError(
                f"the model has no token for the character U+{ord(lost):04X}", "remove it"
            )
        return (*self.start, *lay_out(sentence, ids, lengths))

    def save(self, path: Path) -> None:
        """Write it as the tokenizer.json that other libraries read."""
        self._tokenizer.save(str(path))

    def _pieces(self, text: str) -> tuple[list[int], list[int]]:
        """Ids and lengths in bytes; in the vocabulary, each character stands for one byte."""
        encoding = self._tokenizer.encode(text, add_special_tokens=False)
        return encoding.ids, [len(piece) for piece in encoding.tokens]

    def text(self, id: int) -> str:
        """The text of one token, with its leading space; broken characters become U+FFFD."""
        return str(self._tokenizer.decode([id]))

    def spelling(self, id: int) -> bytes:
        """The bytes of one token (a special token's are those of its name)."""
        piece: str = self._vocabulary[id]
        letters = _bytes_of_letters()
        return b"".join(
            bytes([letters[letter]]) if letter in letters else letter.encode() for letter in piece
        )

    def _build(self, checkpoint: Checkpoint, split: str) -> Tokenizer:
        from tokenizers import Tokenizer, decoders, models  # loaded late: it costs 20 ms

        vocabulary = {text: id for id, text in enumerate(self._vocabulary)}
        merges = checkpoint.get("tokenizer.ggml.merges", list)
        try:
            pairs = [tuple(merge.split(" ")) for merge in merges]
            tokenizer = Tokenizer(models.BPE(vocabulary, pairs))
        except Exception as error:  # tokenizers raises bare Exceptions
            raise checkpoint.broken(f"its tokenizer cannot be built: {error}") from error
        tokenizer.pre_tokenizer = PRE_TOKENIZERS[split]()
        tokenizer.decoder = decoders.ByteLevel()
        return tokenizer

    def _start(self, checkpoint: Checkpoint) -> tuple[Token, ...]:
        """<|endoftext|>, which stood between the texts in training; else the file's own choice."""
        bos = checkpoint.get("tokenizer.ggml.bos_token_id", int, -1)
        id = self._tokenizer.token_to_id(START_TEXT)
        if id is None and 0 <= bos < len(self._vocabulary):
            id = bos
        return () if id is None else (start_token(id, self._vocabulary[id]),)
