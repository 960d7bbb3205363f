"""The colours of a heat map of weights, and the key that says what they stand for."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from attention_core.rounding import format_tick
from scenes.kit import typeset
from scenes.kit.label import Frame, Label
from scenes.kit.outline import Ink
from scenes.kit.painted import Painted
from scenes.kit.painter import Painter
from scenes.kit.theme import RGB, Theme, blend
from scenes.kit.view import Placement

STEPS = 48  # cells of the key's scale
LONG, HIGH, SWATCH = 2.3, 0.2, 0.3  # the scale's length, all heights, and a swatch's width
# Weights that the scale names where there is room, the first ones first; how high its ticks are,
# and what is kept between two names, in ems.
TICKS, TICK, BETWEEN = (0.0, 1.0, 0.01, 0.1, 0.001), 0.05, 0.3
SEAM = 0.02  # frame units
GAP, APART = 0.12, 0.42  # inside an entry of the key, and between two


def glow(theme: Theme, level: float) -> RGB:
    """A cell's colour at a brightness of 0 to 1: towards white as it grows (see `opacity`)."""
    return blend(theme.dot_low, theme.dot_high, level)


class Ramp(Painted):
    """A scale of weights from 0 at its left to 1 at its right, as bright as a map's cells.

    A weight w has the brightness w ** power, and stands there: so every brightness of the map has
    its place. What is below `least` is dark, as it is in the map. `ticks` are marked.
    """

    def __init__(
        self,
        left: float,
        middle: float,
        theme: Theme,
        power: float,
        least: float,
        long: float = LONG,
        ticks: Sequence[float] = (),
    ) -> None:
        super().__init__((left, middle - HIGH / 2, left + long, middle + HIGH / 2 + TICK))
        self.theme, self.power, self.least, self.long = theme, power, least, long
        self.ticks = list(ticks)

    def at(self, weight: float) -> float:
        """Where a weight stands."""
        return self.box[0] + self.long * weight**self.power

    def paint(self, painter: Painter, at: Placement) -> None:
        """Cell after cell, a border around them, and the ticks."""
        x0, y0, x1, top = self.box
        y1, line = top - TICK, self.theme.line
        edges = np.linspace(self.at(self.least), x1, STEPS + 1).tolist()
        levels = [((a + b) / 2 - x0) / self.long for a, b in pairwise(edges)]
        back = self.theme.background
        tones = [blend(back, glow(self.theme, n), n) for n in levels]
        # Each a little under the cell that follows: no seam between them. None may shine through.
        colours = [(*blend(back, tone, self.opacity), 1.0) for tone in tones]
        spans = [(a, min(b + SEAM, x1)) for a, b in pairwise(edges)]
        cells = [((a, y0), (b, y0), (b, y1), (a, y1)) for a, b in spans]
        painter.shapes(at, np.array(cells), np.array(colours))
        painter.rectangle(at, x0, y0, x1, y1)
        painter.stroke(line, self.opacity, 1.4)
        ends = [[(x, y1), (x, top)] for x in map(self.at, self.ticks)]
        painter.segments(at, np.array(ends).reshape(-1, 2, 2))
        painter.stroke(line, self.opacity, 1.4)


class Key:
    """One line: the scale of weights, the start token's grey, and the mask's tint.

    `chapter` gives theme and words; what a picture does not show is left out. The scale is shorter
    where the line would be longer than `room`; the weights that it names stand above it. Below
    `least` the map is dark.
    """

    def __init__(
        self,
        chapter: Any,
        em: float,
        power: float,
        least: float,
        *,
        start: bool = True,
        masked: bool = True,
        room: float = np.inf,
    ) -> None:
        self.chapter, self.em, self.long = chapter, em, LONG
        self.power, self.least = power, least
        theme = chapter.theme
        self.text = Ink.plain(typeset.text(chapter.say("weight")))
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
        return self.text.advance * self.em + GAP + self.long

    def at(self, left: float, middle: float) -> list[Painted]:
        """The line from `left` on, about the height `middle`."""
        return [*self.scale_at(left, middle), *self.swatches_at(left, middle)]

    def scale_at(self, left: float, middle: float) -> list[Painted]:
        """The scale of weights, where the line begins."""
        pen = left + self.text.advance * self.em + GAP
        named = self._named()
        theme = self.chapter.theme
        ramp = Ramp(pen, middle, theme, self.power, self.least, self.long, list(named))
        foot = ramp.box[3] + 0.03
        names = [
            Label(ink, (ramp.at(weight), foot), self.em, theme.text, "centre")
            for weight, ink in named.items()
        ]
        return [self._word(self.text, left, middle), ramp, *names]

    def _named(self) -> dict[float, Ink]:
        """The weights that are named, each as far from the others as can be told apart."""
        found: dict[float, Ink] = {}
        for weight in TICKS:
            ink, x = Ink.plain(typeset.number(format_tick(weight))), self.long * weight**self.power
            far = [
                abs(x - self.long * other**self.power)
                - ((ink.advance + beside.advance) / 2 + BETWEEN) * self.em
                for other, beside in found.items()
            ]
            if min(far, default=0.0) >= 0 and (not weight or weight >= self.least):
                found[weight] = ink
        return found

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

    def _word(self, ink: Ink, pen: float, middle: float) -> Label:
        return Label(ink, (pen, middle - 0.25 * self.em), self.em, self.chapter.theme.text)
