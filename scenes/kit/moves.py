"""The name of a move from one phrase to the next: the words that come in, and those that go."""

from __future__ import annotations

from collections import Counter

from scenes.kit import typeset
from scenes.kit.layout import elide
from scenes.kit.outline import Ink
from scenes.kit.phrase import phrase

NARROWEST = 3.0  # of the words that come in, in ems, where others go


def changed(first: str, second: str) -> tuple[list[str], list[str]]:
    """The words of the second phrase that the first lacks, and the other way round, in order."""
    return _beyond(second, first), _beyond(first, second)


def _beyond(whole: str, part: str) -> list[str]:
    left, found = Counter(part.split()), []
    for word in whole.split():
        if left[word] > 0:
            left[word] -= 1
        else:
            found.append(word)
    return found


def move_name(first: str, second: str, otherwise: str, most: float) -> Ink:
    """The words that come in behind a plus, and those that go behind a minus: "+ Eiffel".

    It is cut to `most` ems; where that leaves little of what comes in, what goes is left out.
    `otherwise` is the name where no word comes or goes.
    """
    pairs = zip(("plus", "minus"), changed(first, second), strict=True)
    signed = [(sign, words) for sign, words in pairs if words]
    if not signed:
        return elide(otherwise, most)
    sign = typeset.math("plus").advance + 0.6
    if most / len(signed) - sign < NARROWEST:
        signed = signed[:1]
    room = most / len(signed) - sign
    parts = []
    for name, words in signed:
        parts += [typeset.math(name), elide(" ".join(words), room).parts[0][0]]
    return phrase(parts)
