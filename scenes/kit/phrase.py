"""Phrases: words and numbers on one line, each set in its own face."""

from __future__ import annotations

from collections.abc import Iterable

from scenes.kit import typeset
from scenes.kit.layout import ELLIPSIS, elide
from scenes.kit.outline import Ink, Outline
from scenes.kit.theme import RGB

SPACE, TIGHT = 0.3, 0.08  # between two parts, in ems

Part = Outline | tuple[Outline, RGB]


def phrase(parts: Iterable[Part], space: float = SPACE) -> Ink:
    """Outlines one after the other; a part may bring its own colour.

    Numbers come from `typeset.number`, formulas from `typeset.math`: no layout happens here.
    """
    placed: list[tuple[Outline, RGB | None]] = []
    pen = 0.0
    for part in parts:
        outline, colour = part if isinstance(part, tuple) else (part, None)
        if not len(outline.curves):
            continue
        pen += space if placed else 0.0
        placed.append((outline.moved(pen), colour))
        pen += outline.advance
    return Ink(tuple(placed), pen)


def filled(template: str, mark: str, part: Part) -> Ink:
    """A line of ours with one part in the place of `mark`, as near to it as the line says.

    "by {step} each step" keeps its spaces; "{step}씩 돈다" has none.
    """
    before, _, after = template.partition(mark)
    head, tail = typeset.line(before), typeset.line(after)
    first = phrase([head, part], SPACE if before.endswith(" ") else TIGHT)
    pen = first.advance + (SPACE if after.startswith(" ") else TIGHT)
    return Ink((*first.parts, (tail.moved(pen), None)), pen + tail.advance)


def elide_front(line: str, ems: float, quiet: RGB) -> Ink:
    """The end of a line as ink, whole words after an ellipsis where it is wider than `ems`.

    The ellipsis is no word of the line: it is quiet and slanted.
    """
    mark = typeset.text(ELLIPSIS, "italic")
    outline, words = typeset.text(line), line.split(" ")
    low, high = 0, len(words) - 1  # how many words go: at least `low`, `high` if nothing else fits
    while outline.advance > ems and low < high:
        middle = (low + high) // 2
        fits = mark.advance + SPACE + typeset.text(" ".join(words[middle:])).advance <= ems
        low, high = (low, middle) if fits else (middle + 1, high)
    if not low:
        return Ink.plain(outline) if outline.advance <= ems else elide(line, ems)
    return phrase(
        [(mark, quiet), elide(" ".join(words[low:]), ems - mark.advance - SPACE).parts[0][0]]
    )
