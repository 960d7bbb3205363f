"""The byte-level BPE tokenizer that a GGUF file carries (arXiv:1508.07909; bytes: GPT-2)."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attention_core.errors import AttentionError, nearest
from attention_core.splitting import BETWEEN, ENDOFTEXT, rule_of
from attention_core.store import Store
from attention_core.tokens import Token, lay_out, lost, place, start_token, whole_spans

if TYPE_CHECKING:
    from tokenizers import Tokenizer


def _gpt2() -> Any:
    """GPT-2's word pattern, each word as bytes; no space is put in front of the sentence."""
    from tokenizers import pre_tokenizers

    return pre_tokenizers.ByteLevel(add_prefix_space=False)


def _smollm() -> Any:
    """Each digit on its own, then GPT-2's word pattern."""
    from tokenizers import pre_tokenizers

    return pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True), _gpt2()])


def _by_pattern(digits: str) -> Any:
    """The words of Llama 3 and Qwen 2, which keep `digits` together, each as bytes."""
    from tokenizers import Regex, pre_tokenizers

    pattern = (
        r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|"
        + digits
        + r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
    )
    words = pre_tokenizers.Split(Regex(pattern), "isolated")
    bytes_of = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    return pre_tokenizers.Sequence([words, bytes_of])


PRE_TOKENIZERS: dict[str, Callable[[], Any]] = {
    "smollm": _smollm,
    "gpt-2": _gpt2,
    "llama-bpe": lambda: _by_pattern(r"\p{N}{1,3}"),
    "llama3": lambda: _by_pattern(r"\p{N}{1,3}"),
    "llama-v3": lambda: _by_pattern(r"\p{N}{1,3}"),
    "qwen2": lambda: _by_pattern(r"\p{N}"),
    "deepseek-r1-qwen": lambda: _by_pattern(r"\p{N}"),
}
WHOLE_WORDS_FIRST = (
    "llama-bpe",
    "llama3",
    "llama-v3",
)  # a word that is a token is not built by joints
COMPOSED = (
    "qwen2",
    "deepseek-r1-qwen",
)  # é as one character, not as e and an accent (Unicode's form NFC)


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

    def __init__(self, checkpoint: Store) -> None:
        kind = checkpoint.get("tokenizer.ggml.model", str)
        split = checkpoint.get("tokenizer.ggml.pre", str, "gpt-2")
        if kind != "gpt2" or split not in PRE_TOKENIZERS:
            raise AttentionError(
                f"{checkpoint.path} has a tokenizer of the kind {kind!r:.40} ({split!r:.40})",
                f"known are byte-level BPE ones: {nearest(split, PRE_TOKENIZERS)}",
            )
        self._split = split
        self._vocabulary = checkpoint.get("tokenizer.ggml.tokens", list)
        self._tokenizer = self._build(checkpoint, split)
        self.start = self._start(checkpoint)
        name = self.start[0].text if self.start else ""
        why = BETWEEN
        self.rule = rule_of(name, "", why if name == ENDOFTEXT else "as its file asks for")

    def encode(self, sentence: str) -> tuple[Token, ...]:
        """The tokens of a sentence, the start token in front."""
        if not unicodedata.is_normalized("NFC", sentence) and self._split in COMPOSED:
            return (*self.start, *self._composed(sentence))
        ids, lengths = self._pieces(sentence)
        if sum(lengths) != len(sentence.encode()):  # a vocabulary may lack bytes nobody writes
            raise lost(next(c for c in sentence if sum(self._pieces(c)[1]) != len(c.encode())))
        return (*self.start, *lay_out(sentence, ids, lengths))

    def save(self, path: Path) -> None:
        """Write it as the tokenizer.json that other libraries read."""
        self._tokenizer.save(str(path))

    def _composed(self, sentence: str) -> list[Token]:
        """The tokens of a sentence that is another one once its characters are composed."""
        found = self._tokenizer.encode(sentence, add_special_tokens=False)
        return place(sentence, found.ids, whole_spans(sentence, found.offsets))

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

    def _build(self, checkpoint: Store, split: str) -> Tokenizer:
        from tokenizers import (
            Tokenizer,
            decoders,
            models,
            normalizers,
        )  # loaded late: it costs 20 ms

        vocabulary = {text: id for id, text in enumerate(self._vocabulary)}
        merges = checkpoint.get("tokenizer.ggml.merges", list)
        try:
            pairs = [tuple(merge.split(" ")) for merge in merges]
            whole = split in WHOLE_WORDS_FIRST
            tokenizer = Tokenizer(models.BPE(vocabulary, pairs, ignore_merges=whole))
        except Exception as error:  # tokenizers raises bare Exceptions
            why = str(error).partition("\n")[0]
            raise checkpoint.broken(f"its tokenizer cannot be built: {why:.80}") from error
        tokenizer.pre_tokenizer = PRE_TOKENIZERS[split]()
        if split in COMPOSED:
            tokenizer.normalizer = normalizers.NFC()
        tokenizer.decoder = decoders.ByteLevel()
        return tokenizer

    def _start(self, checkpoint: Store) -> tuple[Token, ...]:
        """<|endoftext|>, which stood between the texts in training; or what the file asks for."""
        bos = checkpoint.get("tokenizer.ggml.bos_token_id", int, -1)
        asked = checkpoint.get("tokenizer.ggml.add_bos_token", bool, False)
        id = None if asked else self._tokenizer.token_to_id(ENDOFTEXT)
        if id is None and 0 <= bos < len(self._vocabulary):
            id = bos
        return () if id is None else (start_token(id, self._vocabulary[id]),)
