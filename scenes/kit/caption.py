"""The chapter's one sentence: on one line, or on two where a narrow frame would make it small."""

from __future__ import annotations

from scenes.kit import typeset
from scenes.kit.label import Label
from scenes.kit.outline import Ink
from scenes.kit.theme import RGB
from scenes.kit.words import FORMULA

LARGEST, LEAST = 0.33, 0.24  # on one line; smaller than the second it stands on two
CLAUSE = 0.8  # how much more uneven lines may be that break between clauses
READS_ON = 1.1  # how much less
PITCH = 1.3  # from line to line, in ems


def wrapped(markup: str, most: float, least: float) -> list[str]:
    """The line itself if it fits into `most` at `least` or more, else two of nearly one length.

    A formula stays whole.
    """
    if typeset.line(markup).advance * least <= most:
        return [markup]
    signs = enumerate(markup)
    spaces = [i for i, sign in signs if sign == " " and not markup[:i].count(FORMULA) % 2]
    pairs = [(markup[:i], markup[i + 1 :]) for i in spaces]
    if not pairs:
        return [markup]
    first, second = min(pairs, key=_uneven)
    return [first, second]


def broken(markup: str, most: float, em: float) -> list[str]:
    """The line in as many lines as it takes at this size, halved and halved again."""
    parts = wrapped(markup, most, em)
    if len(parts) == 1:
        return parts
    return [line for part in parts for line in broken(part, most, em)]


def _uneven(pair: tuple[str, str]) -> float:
    """How long the longer line is; less where the first ends as a clause does.

    More where it ends with a short word of Latin letters, an article or "and", which reads on.
    """
    longest = max(typeset.line(part).advance for part in pair)
    last = pair[0].split(" ")[-1]
    if last[-1:] in ",:;":
        return longest * CLAUSE
    return longest * (READS_ON if last.isascii() and last.isalpha() and len(last) <= 3 else 1.0)


def caption_height(markup: str, most: float) -> float:
    """How much of the frame the sentence takes beside its first line, in frame units."""
    lines = wrapped(markup, most, LEAST)
    return 0.0 if len(lines) == 1 else PITCH * _em(lines, most)


def caption(markup: str, most: float, bottom: float, colour: RGB) -> list[Label]:
    """The sentence in the middle of the frame, its last line's foot at `bottom`."""
    lines = wrapped(markup, most, LEAST)
    em = _em(lines, most)
    return [
        Label(
            Ink.plain(typeset.line(line)), (0.0, bottom + PITCH * em * place), em, colour, "centre"
        )
        for place, line in enumerate(reversed(lines))
    ][::-1]


def _em(lines: list[str], most: float) -> float:
    return min(LARGEST, *(most / max(1e-6, typeset.line(line).advance) for line in lines))
