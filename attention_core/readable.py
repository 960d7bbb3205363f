"""Whether a model reads a sentence's script in whole characters, or cuts it into bytes."""

from __future__ import annotations

from collections.abc import Sequence

from attention_core.catalogue import MODELS
from attention_core.errors import AttentionError
from attention_core.graphemes import clusters
from attention_core.registry import is_fetched, open_model
from attention_core.tokens import PART, Token

MOSTLY = 0.5  # from this share of cut characters on, it is worth a note
MANY_LANGUAGES = "gemma3-270m"


def cut_share(tokens: Sequence[Token]) -> float:
    """The share of the sentence's characters, spaces left out, that are cut into several tokens."""
    cut: set[int] = set()
    whole: set[int] = set()
    for token in tokens:
        if token.special:  # its text is no part of the sentence
            continue
        starts = [token.start + at for at, _ in clusters(token.text) if token.text[at].strip()]
        whole |= {*starts}
        if starts and token.display != token.text.strip():
            cut |= {starts[0]} if token.display.startswith(PART) else set()
            cut |= {starts[-1]} if token.display.endswith(PART) else set()
    return len(cut) / max(1, len(whole))


def script_note(model: str, sentence: str, tokens: Sequence[Token]) -> str:
    """A line for a sentence that this model mostly cuts into parts of characters, else "".

    It names a model that is on this machine and does better, or one that can be fetched.
    """
    if cut_share(tokens) < MOSTLY:
        return ""
    here = {name: _tokens_of(name, sentence) for name in MODELS if name != model}
    better = {name: found for name, found in here.items() if found and cut_share(found) < MOSTLY}
    note = f"{model} cuts most characters of this sentence into parts ({len(tokens)} tokens); "
    if better:
        name = min(better, key=lambda name: len(better[name]))
        return note + f"{name} reads it in {len(better[name])}: --model {name}"
    if model == MANY_LANGUAGES or here.get(MANY_LANGUAGES):
        return note + "no model here does better"
    return note + f"{MANY_LANGUAGES} knows more languages: render.py models fetch {MANY_LANGUAGES}"


def _tokens_of(name: str, sentence: str) -> Sequence[Token]:
    """How another model cuts the sentence; nothing if it is not here or cannot."""
    try:
        return open_model(name).encode(sentence) if is_fetched(name) else ()
    except AttentionError:
        return ()
