"""The colours of a heat map of weights, and the key that says what they stand for."""

from __future__ import annotations

from typing import Any

import numpy as np

from scenes.kit import typeset
from scenes.kit.label import Frame, Label
from scenes.kit.outline import Ink
from scenes.kit.painted import Painted
from scenes.kit.painter import Painter
from scenes.kit.theme import RGB, Theme, blend
from scenes.kit.view import Placement

STEPS = 24  # cells of the key's scale
LONG, HIGH, SWATCH = 1.5, 0.2, 0.3  # the scale's length, all heights, and a swatch's width
SEAM = 0.02  # frame units
GAP, APART = 0.12, 0.42  # inside an entry of the key, and between two


def glow(theme: Theme, level: float) -> RGB:
    """A cell's colour at a brightness of 0 to 1: towards white as it grows (see `opacity`)."""
    return blend(theme.dot_low, theme.dot_high, level)


class Ramp(Painted):
    """A scale of weights from 0 at its left to 1 at its right, as bright as a map's cells.

    A weight w has the brightness w ** power.
    """

    def __init__(
        self, left: float, middle: float, theme: Theme, power: float, long: float = LONG
    ) -> None:
        super().__init__((left, middle - HIGH / 2, left + long, middle + HIGH / 2))
        self.theme, self.power = theme, power

    def paint(self, painter: Painter, at: Placement) -> None:
        """Cell after cell, and a border around them."""
        x0, y0, x1, y1 = self.box
        edges = np.linspace(x0, x1, STEPS + 1).tolist()
        levels = np.linspace(0, 1, STEPS) ** self.power
        for left, right, level in zip(edges[:-1], edges[1:], levels.tolist(), strict=True):
            # A little under the cell that follows: no seam between them.
            painter.rectangle(at, left, y0, min(right + SEAM, x1), y1)
            painter.fill(blend(self.theme.background, glow(self.theme, level), level), self.opacity)
        painter.rectangle(at, x0, y0, x1, y1)
        painter.stroke(self.theme.line, self.opacity, 1.4)


class Key:
    """One line: the scale of weights, the start token's grey, and the mask's tint.

    `chapter` gives theme and words; what a picture does not show is left out. The scale is shorter
    where the line would be longer than `room`.
    """

    def __init__(
        self,
        chapter: Any,
        em: float,
        power: float,
        *,
        start: bool = True,
        masked: bool = True,
        room: float = np.inf,
    ) -> None:
        self.chapter, self.em, self.power, self.long = chapter, em, power, LONG
        theme = chapter.theme
        self.texts = [Ink.plain(typeset.text(chapter.say("weight")))]
        self.ends = [Ink.plain(typeset.number(end)) for end in ("0", "1")]
        self.swatches: list[tuple[Ink, RGB, float]] = []
        if start:
            self.swatches.append(
                (Ink.plain(typeset.text(chapter.say("start"), "italic")), theme.line, 1.0)
            )
        if masked:
            ink = Ink.plain(typeset.text(chapter.say("masked")))
            self.swatches.append((ink, theme.masked, theme.tint_opacity))
        self.long = min(LONG, max(0.5, room - (self.width - LONG)))

    @property
    def width(self) -> float:
        """Of the whole line, in frame units."""
        swatches = (APART + SWATCH + GAP + ink.advance * self.em for ink, *_ in self.swatches)
        return self._scale + sum(swatches)

    @property
    def _scale(self) -> float:
        """The width of the scale of weights."""
        inks = (*self.texts, *self.ends)
        return sum(ink.advance for ink in inks) * self.em + self.long + 3 * GAP

    def at(self, left: float, middle: float) -> list[Painted]:
        """The line from `left` on, about the height `middle`."""
        return [*self.scale_at(left, middle), *self.swatches_at(left, middle)]

    def scale_at(self, left: float, middle: float) -> list[Painted]:
        """The scale of weights, where the line begins."""
        pen = left
        found: list[Painted] = [self._word(self.texts[0], pen, middle)]
        pen += self.texts[0].advance * self.em + GAP
        found.append(self._word(self.ends[0], pen, middle, 0.333))
        pen += self.ends[0].advance * self.em + GAP
        found.append(Ramp(pen, middle, self.chapter.theme, self.power, self.long))
        return [*found, self._word(self.ends[1], pen + self.long + GAP, middle, 0.333)]

    def swatches_at(self, left: float, middle: float) -> list[Painted]:
        """What single colours are, after the scale in a line from `left` on."""
        found: list[Painted] = []
        pen = left + self._scale
        for ink, colour, opacity in self.swatches:
            pen += APART
            box = (pen, middle - HIGH / 2, pen + SWATCH, middle + HIGH / 2)
            line = self.chapter.theme.line
            found.append(Frame(box, line, width=1.4, fill=colour, fill_opacity=opacity))
            found.append(self._word(ink, pen + SWATCH + GAP, middle))
            pen += SWATCH + GAP + ink.advance * self.em
        return found

    def _word(self, ink: Ink, pen: float, middle: float, low: float = 0.25) -> Label:
        return Label(ink, (pen, middle - low * self.em), self.em, self.chapter.theme.text)
