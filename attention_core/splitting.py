"""What every tokenizer offers, and the one that a model brings along."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from attention_core.errors import AttentionError
from attention_core.folder import Folder
from attention_core.store import Store
from attention_core.tokens import Token

ENDOFTEXT = "<|endoftext|>"  # stood between the texts in training: GPT-2, SmolLM, Qwen


class Splitter(Protocol):
    """Cuts sentences into the pieces that a model was trained on."""

    start: tuple[Token, ...]  # the start token, in models that have one
    rule: str  # what is put around each sentence, and why, in one line

    def encode(self, sentence: str) -> tuple[Token, ...]:
        """The tokens of a sentence, the start token in front and the end token behind."""

    def text(self, id: int) -> str:
        """The text of one token, with its leading space; broken characters become U+FFFD."""

    def save(self, path: Path) -> None:
        """Write it as the tokenizer.json that other libraries read."""


def open_splitter(store: Store, causal: bool) -> Splitter:
    """The tokenizer in a model folder or a GGUF file.

    causal: the model reads from left to right, so no end token is put behind the sentence.
    Raises AttentionError where it is missing, broken, or of a kind that is not known.
    """
    if isinstance(store, Folder):
        from attention_core.tokenizer_json import TokenizerJson

        return TokenizerJson(store, causal)
    from attention_core.bpe import ByteLevelBPE

    return ByteLevelBPE(store)


def rule_of(start: str, end: str, why: str) -> str:
    """The rule in words: "[CLS] in front and [SEP] behind, as its tokenizer puts them"."""
    if start and end:
        return f"{start} in front and {end} behind, {why}"
    if end:
        return f"no start token; {end} behind, {why}"
    return f"{start} in front, {why}" if start else "no start token"


def lost(character: str) -> AttentionError:
    """The error for a character that a vocabulary has no token for."""
    return AttentionError(
        f"the model has no token for the character U+{ord(character):04X}", "remove it"
    )
