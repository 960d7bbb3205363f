"""Texts that stand level in columns: their size, and what is left of parts of a character."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from attention_core.trace import Trace
from scenes.kit.signs import by_character, characters

LARGEST = 0.36
# The size at which a character's parts are easily told apart, and what columns keep free at their
# edges: of boxes that stand apart, and of parts of one word, which share a box.
CLEAR, APART, CLOSE = 0.26, 0.2, 0.07


def level_texts(
    trace: Trace,
    texts: Sequence[str],
    fits: Callable[[Sequence[str], float], float],
    small: float,
    spoken: Iterable[int] = (),
) -> tuple[list[str], float]:
    """The tokens' texts and their size; `fits` gives that of texts in columns with such edges.

    Parts of a character have all a text where none is smaller than `small`; else one of them has,
    of the `spoken` rows if it can be.
    """
    found = list(texts)
    size = min(LARGEST, fits(found, APART))
    if size >= max(CLEAR, small) or not characters(trace.tokens):
        return found, size
    if (close := min(max(CLEAR, small), fits(found, CLOSE))) >= small:
        return found, max(size, close)
    whole = by_character(trace.tokens, found, trace.sentence, spoken)
    return whole, max(min(LARGEST, fits(whole, APART)), min(small, fits(whole, CLOSE)))
