"""What every tokenizer offers, and the one that a model brings along."""

from __future__ import annotations

from typing import Protocol

from attention_core.errors import AttentionError
from attention_core.store import Store
from attention_core.tokens import Token, unreadable

ENDOFTEXT = "<|endoftext|>"  # of GPT-2, SmolLM, Qwen
WHOLE_SENTENCES = {"bert": "bert", "t5": "t5", "t5encoder": "t5"}  # encoders -> their tokenizers
BETWEEN = "which stood between the texts in training"


class Splitter(Protocol):
    """Cuts sentences into the pieces that a model was trained on."""

    start: tuple[Token, ...]  # the start token, in models that have one
    rule: str  # what is put around each sentence, and why, in one line

    def encode(self, sentence: str) -> tuple[Token, ...]:
        """The tokens of a sentence, the start token in front and the end token behind."""

    def text(self, id: int) -> str:
        """The text of one token, with its leading space; broken characters become U+FFFD."""


def open_splitter(store: Store, causal: bool) -> Splitter:
    """The tokenizer in a model folder or a GGUF file.

    causal: the model reads from left to right, so no end token is put behind the sentence.
    Raises AttentionError where it is missing, broken, or of a kind that is not known.
    """
    if store.is_folder:
        from attention_core.folder import TOKENIZER
        from attention_core.tokenizer_json import tokenizer_json

        if (store.path / "source.spm").is_file() and not (store.path / TOKENIZER).exists():
            from attention_core.spm import marian_tokenizer

            return marian_tokenizer(store)
        return tokenizer_json(store, causal)
    kind = store.get("tokenizer.ggml.model", str)
    wanted = WHOLE_SENTENCES.get(store.get("general.architecture", str), kind)
    if kind != wanted:  # what it would put around a sentence is not known
        raise AttentionError(
            f"{store.path} has a tokenizer of the kind {kind!r:.40} beside an encoder",
            f"known is the kind {wanted}, or give the model's folder",
        )
    if kind == "llama":
        from attention_core.sentencepiece import SentencePieceBPE

        return SentencePieceBPE(store)
    if kind in ("bert", "t5"):
        from attention_core.tokenizer_gguf import unigram, word_piece

        return word_piece(store) if kind == "bert" else unigram(store)
    from attention_core.bpe import ByteLevelBPE

    return ByteLevelBPE(store)  # it refuses other kinds


def rule_of(start: str, end: str, why: str) -> str:
    """The rule in words: "[CLS] in front and [SEP] behind, as its tokenizer puts them"."""
    start, end = (readable(name) for name in (start, end))
    if start and end:
        return f"{start} in front and {end} behind, {why}"
    if end:
        return f"no start token; {end} behind, {why}"
    return f"{start} in front, {why}" if start else "no start token"


def readable(name: str) -> str:
    """A token's name as a line of text can show it: a file may say anything."""
    return "".join("\ufffd" if unreadable(c) else c for c in name)[:40]
