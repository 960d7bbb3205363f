"""The likeliest next tokens, one a line, with a column of bars for each temperature."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from manim import Animation, FadeIn

from attention_core.rounding import format_count, format_probability, format_temperature, shares
from scenes.kit import typeset
from scenes.kit.animate import Show, Stagger
from scenes.kit.bars import Bars
from scenes.kit.board import Region
from scenes.kit.fill import STRONG
from scenes.kit.label import Label
from scenes.kit.layout import elide, is_narrow
from scenes.kit.outline import Ink
from scenes.kit.painted import Box, Painted
from scenes.kit.pieces import MIDDLE, PAD, Pieces
from scenes.kit.signs import gloss, spaces_counted
from scenes.kit.strip import Strip
from scenes.picture import CellNames

if TYPE_CHECKING:
    from scenes.kit.chapter import Chapter

# Between a bar and its number, and between two columns (the same in a narrow frame).
GAP, BETWEEN, NARROW_BETWEEN = 0.16, 0.5, 0.3
FAINT = 0.68  # the tone of what is below a thousandth: that of all others is grey, too
DECIMALS = 3  # the tenth token often has less than a hundredth
BESIDE, LEAST_BESIDE = 0.85, 0.75  # how small a token's name is beside it
LONGEST = 0.22  # of the width, for a token's text
HEAD = 1.14  # the height of what stands above the lines
WARMTHS = ("sharper", "as_trained", "flatter")  # what T < 1, T = 1 and T > 1 make of the shares


@dataclass
class Column:
    """One temperature: its name, the bars, and the numbers beside them."""

    heads: list[Painted]
    bars: Bars
    numbers: Strip

    @property
    def parts(self) -> list[Painted]:
        """All of it, for a still."""
        return [*self.heads, self.bars, self.numbers]


class Candidates:
    """Places the tokens' texts and the columns in `region`; the last line is all other tokens."""

    def __init__(self, chapter: Chapter, region: Region) -> None:
        self.chapter = chapter
        arrays = chapter.material.arrays
        self.shares = np.asarray(arrays["next_shares"], float)  # (temperatures, lines)
        x0, y0, x1, y1 = region
        lines = self.shares.shape[1]
        head = HEAD
        self.apart = 0.14  # the last line is not a token
        self.narrow = is_narrow()  # there type is smaller, so that bars are long enough to compare
        pitch = min(0.8 if self.narrow else 0.56, (y1 - head - y0 - self.apart) / lines)
        slack = y1 - head - y0 - self.apart - pitch * lines
        top = y1 - head - slack / 2
        steps = np.arange(lines) + 0.5
        self.ys = top - steps * pitch - np.where(np.arange(lines) == lines - 1, self.apart, 0.0)
        self.em = min(0.26 if self.narrow else 0.32, max(chapter.min_em, pitch * 0.66))
        self.order = np.linspace(0.0, 1.0, lines)
        self.names, self.rest = self._names(x0, LONGEST * (x1 - x0), pitch)
        left = x0 + self.names_wide + 0.3
        self.rounded = shares(self.shares, DECIMALS)
        self.texts = [
            [format_probability(*both) for both in zip(*column, strict=True)]
            for column in zip(self.rounded.tolist(), self.shares.tolist(), strict=True)
        ]
        number = self.em * max(
            typeset.number(text, not text.startswith("<")).advance  # never a strong one
            for column in self.texts
            for text in column
        )
        self.softmax = self._softmax((left + x1) / 2, top + 0.96, (x0, x1))
        count = len(self.shares)
        between = NARROW_BETWEEN if self.narrow else BETWEEN
        each = (x1 - left - between * (count - 1)) / count
        self.length = each - GAP - number
        self.columns = [
            self._column(place, left + place * (each + between), top, number)
            for place in range(count)
        ]
        self.low, self.high = float(self.ys[-1]) - pitch / 2, top

    def _names(self, x0: float, most: float, pitch: float) -> tuple[Pieces, Painted]:
        """The tokens' texts in boxes, and what the last line is."""
        chapter, theme, em = self.chapter, self.chapter.theme, self.em
        inks = [self._name(text, most / em) for text in chapter.material.texts["next_tokens"]]
        others = Ink.plain(typeset.text(self.lines[len(inks)], "italic"))
        wide = np.array([ink.width for ink in inks]) * em + 2 * PAD
        self.names_wide = max(float(wide.max()), others.advance * em)
        right, ys, half = x0 + self.names_wide, self.ys[:-1], min(0.66 * em, pitch / 2 - 0.03)
        boxes = np.stack([right - wide, ys - half, 0 * ys + right, ys + half], axis=1)
        at = (right, float(self.ys[-1]) - MIDDLE * em)
        rest = Label(others, at, em, theme.quiet, "right")
        return Pieces(inks, boxes, [], em, theme, start=None), rest

    def _name(self, text: str, most: float) -> Ink:
        """A token's text, at most so many ems wide; one that says little has its name beside it.

        Where there is no room for both, the name stands alone.
        """
        told = gloss(self.chapter.say, text)
        if not told:
            return elide(spaces_counted(text), most)
        mark, name = typeset.text(spaces_counted(text)), typeset.text(told, "italic")
        pen, quiet = mark.advance + 0.4, self.chapter.theme.quiet
        small = min(BESIDE, (most - pen) / name.advance)
        if small < LEAST_BESIDE:
            small = min(BESIDE, most / name.advance)
            return Ink(((name.moved(scale=small), quiet),), small * name.advance)
        beside = name.moved(scale=small).moved(pen)
        return Ink(((mark, None), (beside, quiet)), pen + small * name.advance)

    def _softmax(self, x: float, y: float, within: tuple[float, float]) -> Painted:
        """What the columns are, above the middle of them, or where there is room for it."""
        outline = typeset.line(self.chapter.say("softmax"))
        em = min(max(self.chapter.min_em, 0.27), (within[1] - within[0]) / outline.advance)
        half = outline.advance * em / 2
        x = min(max(x, within[0] + half), within[1] - half)
        return Label(Ink.plain(outline), (x, y), em, self.chapter.theme.text, "centre")

    def _heads(self, place: int, middle: float, top: float, most: float) -> list[Painted]:
        """A temperature, and what it makes of the shares."""
        chapter, theme = self.chapter, self.chapter.theme
        warmth = float(chapter.material.arrays["next_temperatures"][place])
        ink = Ink.plain(typeset.math(f"T = {format_temperature(warmth)}"))
        does = typeset.text(chapter.say(WARMTHS[int(np.sign(warmth - 1)) + 1]), "italic")
        em = min(max(chapter.min_em, 0.27), most / does.advance)
        return [
            Label(ink, (middle, top + 0.5), 0.34, theme.text, "centre"),
            Label(Ink.plain(does), (middle, top + 0.16), em, theme.quiet, "centre"),
        ]

    def _column(self, place: int, left: float, top: float, number: float) -> Column:
        theme = self.chapter.theme
        values, rounded = self.shares[place], self.rounded[place]
        over = self.length + GAP + number
        heads = self._heads(place, left + over / 2, top, over + BETWEEN / 2)
        colours = [theme.dot(0.6)] * (len(values) - 1) + [theme.line]
        thick = self.em * 0.62
        bars = Bars(left, self.ys, self.length, thick, values, colours, theme.text)
        strong = rounded >= STRONG
        inks = [
            Ink.plain(typeset.number(text, bool(bold)))
            for text, bold in zip(self.texts[place], strong, strict=True)
        ]
        right = left + self.length + GAP + number
        spots = np.stack([np.full(len(inks), right), self.ys], axis=1)
        ours = [theme.text] * (len(inks) - 1) + [theme.start]
        tones = np.where(rounded == 0, FAINT, np.where(strong, 1.0, 0.8))
        tones = np.maximum(tones, [theme.quietest(colour) for colour in ours])
        return Column(heads, bars, Strip(inks, spots, self.em, ours, tones, anchor="right"))

    # -- motion ------------------------------------------------------------------------------

    def grow(self, place: int) -> list[Animation]:
        """A column's bars grow, its numbers follow; of the others the tracks are there."""
        column = self.columns[place]
        others = [each.bars for each in self.columns if each is not column]
        for bars in others:
            bars.set(value=0.0)
        values = column.bars.arrays["value"].copy()
        column.bars.set(value=0.0)
        return [
            *[FadeIn(head, run_time=0.4) for head in column.heads],
            Stagger(column.bars, self.order, introducer=True, run_time=1.4, value=values),
            Show(column.numbers, self.order, window=(0.4, 1.0), run_time=1.4),
            *[FadeIn(bars, run_time=0.4) for bars in others],
        ]

    def come(self, places: Sequence[int], like: int) -> list[Animation]:
        """The bars of some columns come as they are at another temperature."""
        columns = [self.columns[place] for place in places]
        heads = [head for column in columns for head in column.heads]
        value = self.shares[like]
        return [FadeIn(head, run_time=0.4) for head in heads] + [
            Stagger(column.bars, run_time=0.4, value=value) for column in columns
        ]

    def change(self, places: Sequence[int]) -> list[Animation]:
        """They turn into their own, and the numbers follow."""
        moves: list[Animation] = []
        for place in places:
            column, value = self.columns[place], self.shares[place]
            moves += [
                Stagger(column.bars, self.order, spread=0.3, run_time=1.4, value=value),
                Show(column.numbers, self.order, window=(0.75, 1.0), run_time=1.4),
            ]
        return moves

    # -- description -------------------------------------------------------------------------

    @property
    def parts(self) -> list[Painted]:
        """All of it, for a still."""
        return [
            self.names,
            self.rest,
            self.softmax,
            *[part for column in self.columns for part in column.parts],
        ]

    @property
    def counted(self) -> CellNames:
        """What a picture's cells count: temperatures, and lines."""
        found = self.chapter.material.arrays["next_temperatures"].tolist()
        warmths = [f"T = {format_temperature(each)}" for each in found]
        return CellNames(dict(enumerate(warmths)), self.lines)

    @property
    def lines(self) -> dict[int, str]:
        """What the lines are: tokens, and all others."""
        count = format_count(float(self.chapter.material.arrays["next_others"]))
        names = self.chapter.material.texts["next_tokens"]
        return dict(enumerate([*names, self.chapter.say("others", count=count)]))

    def places(self) -> list[tuple[int, int, Box]]:
        """Temperature, line and the box of each bar when it is full."""
        found = []
        for place, column in enumerate(self.columns):
            x0, half = column.bars.left, column.bars.thick / 2
            for line, y in enumerate(self.ys.tolist()):
                found.append((place, line, (x0, y - half, x0 + self.length, y + half)))
        return found
