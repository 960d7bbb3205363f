"""The next token: the last vector, un-embedded, and what temperature makes of its scores."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from attention_core.derived import Derived
from attention_core.ops import Array, softmax
from attention_core.trace import Trace

if TYPE_CHECKING:
    from attention_core.models.base import Model

TEMPERATURES = (0.5, 1.0, 2.0)
TOP = 10


def derive(network: Model, main: Trace) -> Derived:
    """Run the layers from the main trace's on, and score every next token.

    next_vector (d_model,): the last token's vector after the last layer and the final norm;
    next_ids and next_logits (10,): the likeliest next tokens, the first one first;
    next_temperatures (3,); next_shares (3, 11): at each temperature, the shares of those ten and
    of all other tokens together; next_vocabulary (): how many tokens the model knows;
    next_others (): how many of them are not among the ten.
    Texts: next_tokens, those ten as they are displayed.
    """
    weights = network.load(network.info.layers - 1, main.layer)
    for block in network.blocks(main.residual, weights, main.layer):
        last = block
    logits = network.logits(last)  # (vocabulary,)
    ids = np.argsort(-logits, kind="stable")[:TOP]  # (10,)
    arrays = {
        "next_vector": network.final(last)[-1],  # (d_model,)
        "next_ids": ids,
        "next_logits": logits[ids],
        "next_temperatures": TEMPERATURES,
        "next_shares": np.stack([shared_out(logits, ids, t) for t in TEMPERATURES]),
        "next_vocabulary": len(logits),
        "next_others": len(logits) - len(ids),
    }
    texts = told_apart([network.spelling(int(id)) for id in ids])
    found = {name: np.asarray(value, np.float32) for name, value in arrays.items()}
    return Derived(arrays=found, texts={"next_tokens": texts})


def shared_out(logits: Array, ids: np.ndarray, temperature: float) -> Array:
    """softmax(logits / T) of some tokens, and of all others together (arXiv:1503.02531, eq. 1).

    T below 1 lets the likeliest tokens have even more, T above 1 less.

    logits: (vocabulary,), ids: (m,) -> (m + 1,), which sums to 1
    """
    probabilities = softmax(np.asarray(logits / temperature, np.float32))  # (vocabulary,)
    named = probabilities[ids]  # (m,)
    return np.append(named, max(0.0, 1.0 - float(named.sum()))).astype(np.float32)


def told_apart(spellings: Sequence[bytes]) -> tuple[str, ...]:
    """Tokens to be read; those that would read alike with the spaces around them.

    [b"\\n", b"\\n ", b" of"] -> ("\\\\n", "\\\\n␣", "of")
    """
    from attention_core.tokens import SPACE

    plain = [displayed(spelling) for spelling in spellings]
    found = []
    for text, spelling in zip(plain, spellings, strict=True):
        before = len(spelling) - len(spelling.lstrip(b" "))
        after = len(spelling) - len(spelling.rstrip(b" "))
        alike = plain.count(text) > 1
        found.append(SPACE * before + text + SPACE * after if alike else text)
    return tuple(found)


def displayed(spelling: bytes) -> str:
    """A token to be read: without the space before it; line breaks and mere bytes are spelled.

    b" of" -> "of", b"\\n" -> "\\\\n", b" " -> "␣", b"\\xec" (the first third of a letter) -> "0xEC"
    """
    try:
        text = spelling.decode()
    except UnicodeDecodeError:
        return "0x" + spelling.strip(b" ").hex().upper()
    from attention_core.tokens import SPACE

    stripped = text.strip(" ") or SPACE * len(text)
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in stripped)


def is_bytes(text: str) -> bool:
    """Whether a text as `told_apart` gives it spells bytes that are no whole character.

    "0xEC", "␣0xEB" -> True; "0x41" would have been spelled "A", so it is a text of its own -> False
    """
    from attention_core.tokens import SPACE

    spelled = re.fullmatch("0x((?:[0-9A-F]{2})+)", text.strip(SPACE))
    try:
        return spelled is not None and not bytes.fromhex(spelled[1]).decode()
    except UnicodeDecodeError:
        return True
