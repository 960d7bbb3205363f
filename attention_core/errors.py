"""The one exception that attention_core raises for input it cannot use."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

STEERING = ("Cc", "Cs", "Zl", "Zp")  # control characters, lone surrogates, line breaks


class AttentionError(Exception):
    """Something the user gave cannot be used: says what is wrong, and what mends it.

    `str(error)` is "WHAT; MEND", or "WHAT" alone where nothing but other input mends it. It is one
    line, whatever a file calls its parts: what would break or steer it is spelt out.
    """

    def __init__(self, what: str, mend: str = "") -> None:
        what = _spelt_out(what)
        super().__init__(f"{what}; {mend}" if mend else what)
        self.what = what
        self.mend = mend


def _spelt_out(text: str) -> str:
    return "".join(
        c.encode("unicode_escape").decode("ascii") if unicodedata.category(c) in STEERING else c
        for c in text
    )


def nearest(word: str, known: Iterable[str]) -> str:
    """The known names, those like `word` first: "smollm2, minilm"."""
    import difflib  # loaded late: 10 ms

    names = sorted(known)
    close = difflib.get_close_matches(word, names, n=3, cutoff=0.4)
    return ", ".join(close + [name for name in names if name not in close])
