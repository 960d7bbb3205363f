"""Legends for the empty corner of a board: what a dot, a sign or a tint stands for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from attention_core.rounding import format_weight
from scenes.kit import typeset
from scenes.kit.board import Board
from scenes.kit.label import Disc, Frame, Label
from scenes.kit.layout import is_narrow
from scenes.kit.outline import Ink
from scenes.kit.painted import Painted
from scenes.kit.theme import Theme


@dataclass(frozen=True)
class Entry:
    """One line of a legend: its mark ("dot", "weight", "leak", "masked", "focus", or "minus").

    Its text is words, or a piece of ink that is set already. A "dot" shows a `share` of the
    largest; a "plain minus" is grey, as beside the mask's red.
    """

    mark: str
    text: str | Ink
    share: float = 1.0

    @property
    def ink(self) -> Ink:
        """Its text, set."""
        return self.text if isinstance(self.text, Ink) else Ink.plain(typeset.text(self.text))


APART = 0.3  # between entries beside each other
DENSE = 0.36  # the pitch of entries where cells are many, and their corner is low


def room(entries: list[Entry], em: float, dense: bool = False) -> tuple[float, float]:
    """The least corner that holds these entries at size `em`."""
    widest = max(entry.ink.advance for entry in entries)
    high = DENSE * len(entries) + 0.06 if dense else 0.5 * len(entries) + 0.12
    return (0.75 + widest * em + 0.2, high)


def flow(entries: list[Entry], em: float, across: float) -> list[tuple[int, float]]:
    """In which line each entry stands, and how far to the right, in so much room."""
    found: list[tuple[int, float]] = []
    line, pen = 0, 0.0
    for entry in entries:
        wide = 0.76 + entry.ink.advance * em
        if found and pen + wide > across:
            line, pen = line + 1, 0.0
        found.append((line, pen))
        pen += wide + APART
    return found


def weight_entry(chapter: Any, share: float = 0.25, brief: bool | None = None) -> Entry:
    """What the dot of a weight is, in its ring; if `brief`, as in narrow frames, just its size."""
    name = "of_one_brief" if (is_narrow() if brief is None else brief) else "of_one"
    return Entry("weight", chapter.say(name, share=format_weight(share)))


def mark_radius(radius: float, dense: bool) -> float:
    """How large a dot stands in a legend, where one of value 1 has this radius in the cells."""
    return min(radius, 0.165 if dense else 0.24)


def legend(
    entries: list[Entry],
    board: Board,
    theme: Theme,
    radius: float,
    em: float,
    corner: tuple[float, float] | None = None,
    dense: bool = False,
    across: float = 0.0,
) -> list[Painted]:
    """Draw the entries one under the other in the board's corner, or from another left top on.

    `dense`: close together, for what stands below them in the corner. Where they have so much room
    `across`, they stand beside each other as far as they can.
    """
    x0, y0, _, y1 = board.corner if corner is None else (corner[0], -np.inf, np.inf, corner[1])
    pitch = DENSE if dense else min(0.56, (y1 - y0) / max(1, len(entries)))
    found: list[Painted] = []
    for entry, (line, right) in zip(entries, flow(entries, em, across), strict=True):
        x, y = x0 + right + 0.34, y1 - (0.21 if dense else 0.3) - line * pitch
        size = mark_radius(radius, dense)
        if entry.mark == "dot":
            own = min(size, radius * entry.share**0.5)
            found.append(Disc((x, y), own, theme.dot(entry.share)))
        elif entry.mark == "weight":
            found.append(Disc((x, y), size * 0.5, theme.dot(0.25), (size, theme.text)))
        elif entry.mark == "leak":
            found.append(Disc((x, y), size * 0.5, theme.masked, (size, theme.text)))
        elif entry.mark in ("minus", "plain minus"):
            colour = theme.minus(entry.mark != "minus")
            box = (x - 0.085, y - 0.015, x + 0.085, y + 0.015)
            found.append(Frame(box, colour, width=0, fill=colour, fill_opacity=0.8))
        elif entry.mark == "masked":
            found.append(
                Frame(
                    (x - 0.2, y - 0.13, x + 0.2, y + 0.13),
                    theme.line,
                    width=1.2,
                    fill=theme.masked,
                    fill_opacity=theme.tint_opacity,
                )
            )
        elif entry.mark == "focus":
            found.append(Frame((x - 0.2, y - 0.1, x + 0.2, y + 0.1), theme.focus, width=3.4))
        found.append(Label(entry.ink, (x + 0.42, y - 0.25 * em), em, theme.text))
    return found
