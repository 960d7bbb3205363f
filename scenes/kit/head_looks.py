"""Where one query looks in each head: a bar shared out among keys, and what they are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from attention_core.heads import Own, own_shares
from attention_core.rounding import shares as rounded
from attention_core.tokens import Word
from scenes.kit import typeset
from scenes.kit.asked import asked
from scenes.kit.glow import GAP, HIGH, SWATCH
from scenes.kit.label import Frame, Label
from scenes.kit.layout import elide
from scenes.kit.outline import EMPTY, Ink, Outline
from scenes.kit.painted import Painted
from scenes.kit.stacks import Stacks
from scenes.kit.theme import RGB, blend

APART = 0.45  # between two entries of the line that names the colours
OTHERS = 0.45  # how far what is left stands out: no more than a ground for the accents
THICK = 0.7  # of a line of the table, a bar
Part = tuple[str, Ink, RGB, np.ndarray]  # kind, name, colour, and its share in each head, (h,)


class HeadLooks:
    """What the query of token `row` gives the start token, each of the words, and the others.

    `spots` gives the middles of the heads' places in a line of the table, (h, 2), from the line
    `first` on: a line that names the colours, the bars, and how much goes to the accented words.
    """

    LINES = 3

    def __init__(
        self,
        chapter: Any,
        row: int,
        keys: Sequence[Word],
        spots: Callable[[float], np.ndarray],
        first: float,
    ) -> None:
        self.chapter, self.row, self.keys = chapter, row, keys
        self.spots, self.first, self.theme = spots, first, chapter.theme
        self.shares = own_shares(chapter.trace, row, keys)

    @property
    def told(self) -> bool:
        """Whether there is something to tell apart: of one kind of key alone there is not."""
        return sum(bool(kind.any()) for kind in self.shares) > 1

    @property
    def accented(self) -> str:
        """What the numbers below the bars count: the accented words, or else the start token."""
        return "relation" if self.shares.relation.any() else "start"

    @property
    def accents(self) -> list[str]:
        """The accented words that the query can look at."""
        trace, row = self.chapter.trace, self.row
        return [key.text for key in self.keys if own_shares(trace, row, [key]).relation.any()]

    def numbers(self) -> np.ndarray:
        """What is given to the accented words as displayed, (h,): rounded with all else, to 1."""
        table = rounded(np.stack(self.shares, axis=1))
        found: np.ndarray = table[:, Own._fields.index(self.accented)]
        return found

    def _parts(self) -> list[Part]:
        """Of each part of the bars: its kind, its name, its colour and its shares, (h,)."""
        chapter, theme, found = self.chapter, self.theme, []
        if self.shares.start.any():
            name = typeset.text(chapter.say("start"), "italic")
            found.append(("start", Ink.plain(name), theme.line, self.shares.start))
        marks = chapter.accents(query=self.row)
        for key in self.keys:
            given = own_shares(chapter.trace, self.row, [key]).relation
            if given.any():  # a later word is given nothing
                colour = marks[key.pieces[0]].colour
                found.append(("key", elide(key.text, 8.0), colour, given))
        others = Ink.plain(typeset.text(chapter.say("rest")))
        return [
            *found,
            ("others", others, blend(theme.background, theme.dot_low, OTHERS), self.shares.others),
        ]

    def bars(self, wide: float, pitch: float) -> Stacks:
        """A bar for each head, as wide as its panel."""
        parts = self._parts()
        lefts = self.spots(self.first + 1) - np.array([wide / 2, 0.0])
        shares = np.stack([part[3] for part in parts], axis=1)
        return Stacks(lefts, wide, THICK * pitch, shares, [part[2] for part in parts])

    def lead(self) -> Outline:
        """What stands in front of the names of the colours."""
        return typeset.text(asked(self.chapter, self.row, "framed_alone") + ":")

    def fits(self, em: float, room: float) -> bool:
        """Whether all that is said above the bars has room in one line, each word named."""
        return self._width(self.lead(), self._parts(), em) <= room

    def names(self, em: float, room: tuple[float, float], *, led: bool) -> list[Painted]:
        """Above the bars, between two places of the frame: whose they are, and their colours.

        The accented words are named together where there is no room for each.
        """
        parts, (x0, x1) = self._parts(), room
        lead = self.lead() if led else EMPTY
        if self._width(lead, parts, em) > x1 - x0:
            parts = self._together(parts)
        em = min(em, em * (x1 - x0) / self._width(lead, parts, em))
        wide, (x, y) = self._width(lead, parts, em), self.spots(self.first).mean(axis=0).tolist()
        pen = max(x0, min(x - wide / 2, x1 - wide))
        found: list[Painted] = []
        if led:
            found.append(Label(Ink.plain(lead), (pen, y - 0.25 * em), em, self.theme.text))
            pen += lead.advance * em + APART
        for kind, ink, colour, _ in parts:
            box = (pen, y - HIGH / 2, pen + SWATCH, y + HIGH / 2)
            found.append(Frame(box, self.theme.line, width=1.4, fill=colour, fill_opacity=1.0))
            pen += SWATCH + GAP
            tone = colour if kind == "key" else self.theme.text
            found.append(Label(ink, (pen, y - 0.25 * em), em, tone))
            pen += ink.advance * em + APART
        return found

    def _together(self, parts: Sequence[Part]) -> list[Part]:
        """The accented words under the one name that the numbers below have for them."""
        word = Ink.plain(typeset.text(self.chapter.say("role_relation")))
        found, seen = [], False
        for part in parts:
            if part[0] != "key":
                found.append(part)
            elif not seen:
                found.append((part[0], word, *part[2:]))
                seen = True
        return found

    def _width(self, lead: Outline, parts: Sequence[Part], em: float) -> float:
        each = (SWATCH + GAP + ink.advance * em for _, ink, _, _ in parts)
        apart = APART * (len(parts) - (lead is EMPTY))
        return float(lead.advance * em + apart + sum(each))
