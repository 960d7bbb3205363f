"""One query's values: W_V makes them, their weights scale them, W_O writes back their sum."""

from __future__ import annotations

from typing import Any

import numpy as np

from attention_core.rounding import format_weight, shares
from scenes.kit import typeset
from scenes.kit.arrows import Arrows
from scenes.kit.bars import Bars
from scenes.kit.board import roomy
from scenes.kit.chapter import STILL_EM
from scenes.kit.fill import STRONG
from scenes.kit.label import Frame, Label, word_brackets
from scenes.kit.layout import elide
from scenes.kit.notation import entries_width, entry_columns, entry_inks, named
from scenes.kit.outline import Ink
from scenes.kit.painted import Box, Painted
from scenes.kit.table import Table
from scenes.kit.theme import RGB

LONGEST = 0.2  # of the width, for a word: 20 letters stay whole
# In rows: above the keys the title and the columns' heads, below them the sum and what is written.
TITLE, HEADS, GAP, SUM, WRITTEN = 1.5, 1.3, 0.4, 1.2, 1.5
ARROW = 0.95  # from a word to its value, in frame units
LONGEST_BAR = 2.4


class Weighing:
    """Lays out a row a key; `chapter` gives trace, derived arrays, theme, words and region."""

    def __init__(self, chapter: Any, query: int) -> None:
        self.chapter, self.query, self.trace = chapter, query, chapter.trace
        trace = self.trace
        visible = ~np.isneginf(trace.masked[query])
        with_start = chapter.look.sink == "show"
        self.keys = [i for i in range(trace.n) if visible[i] and (with_start or i != trace.start)]
        self.is_start = np.array([key == trace.start for key in self.keys])
        self._rows()
        self._columns()
        weights = trace.weights[query, self.keys]
        words = weights[~self.is_start]
        strength = np.clip(weights / max(float(words.max()), 1e-9), 0.0, 1.0)
        # What counts little is dim; the start token never stands out.
        least = chapter.theme.aside_tone
        tones = np.where(self.is_start, max(0.7, least), least + (1 - least) * strength)
        self.words, self.brackets = self._words()
        self.symbols = self._symbols()
        self.carriers = self._carriers()
        arrays, red = chapter.material.arrays, chapter.theme.value
        even = 0.9 if not chapter.is_still else tones
        self.values = self._entries(trace.v[self.keys], self.ys, red, even)
        self.weighted = self._entries(arrays["weighted"][query, self.keys], self.ys, red, tones)
        self.numbers, self.bars = self._weights(weights)
        self.total = self._entries(arrays["mixed"][query][None], [self.sum_y], red)
        self.written = self._entries(
            trace.need("update")[query][None], [self.out_y], chapter.theme.query
        )
        self.title, self.heads = self._title(), self._heads()
        self.summed, self.returned = self._below()

    @property
    def parts(self) -> list[Painted]:
        """All of it, for a still: the values before they are scaled."""
        heads, weight = self.heads
        found = [self.title, *heads, weight, self.words, *self.brackets, self.carriers]
        found += [self.symbols, self.values, self.numbers, self.bars]
        return [*found, *self.summed, *self.returned]

    @property
    def leaving(self) -> list[Painted]:
        """All that a clip shows in the end, without what is written back."""
        kept = (self.values, self.written, self.name)
        return [part for part in (*self.parts, self.weighted) if part not in kept]

    # -- where things go ---------------------------------------------------------------------

    def _rows(self) -> None:
        _, y0, _, y1 = self.chapter.region
        count = len(self.keys)
        self.apart = 0.3 if self.is_start[0] and count > 1 else 0.0  # the start token, in rows
        rows = TITLE + HEADS + count + self.apart + GAP + SUM + WRITTEN
        self.pitch = pitch = min(0.8, (y1 - y0) / rows)
        self.em = min(0.34, roomy(pitch, 0.74, self.chapter.min_em))
        slack = (y1 - y0 - pitch * rows) / 2
        top = y1 - slack - pitch * (TITLE + HEADS)
        steps = np.arange(count) + np.where(np.arange(count) > 0, self.apart, 0.0) + 0.5
        self.ys = top - steps * pitch
        self.title_y = y1 - slack - 0.62 * pitch * TITLE
        self.heads_y = top + 0.42 * pitch
        self.rule_y = float(self.ys[-1]) - pitch * (0.5 + GAP / 2)
        self.sum_y = float(self.ys[-1]) - pitch * (0.5 + GAP + SUM / 2)
        self.out_y = self.sum_y - pitch * (SUM / 2 + WRITTEN / 2)
        self.order = np.linspace(0.0, 1.0, count)

    def _columns(self) -> None:
        x0, _, x1, _ = self.chapter.region
        trace, em = self.trace, self.em
        self.texts = []
        for key, start in zip(self.keys, self.is_start, strict=True):
            text = self.chapter.say("start") if start else trace.tokens[key].display
            style: Any = "italic" if start else "regular"
            self.texts.append(elide(text, LONGEST * (x1 - x0) / em, style))
        self.names = [named("v", key) for key in self.keys]
        widest = max(ink.advance for ink in self.texts) * em
        symbol = max(ink.advance for ink in (*self.names, self._change())) * em
        table = entries_width(trace.v.shape[1]) * em
        share = typeset.number("0.00", True).advance * em
        # Beside the sum stands a line for what it is: it may need more than the longest word.
        lines = [self._line(name).advance * em for name in ("weighted_sum", "written")]
        left = max(widest + 0.15 + ARROW, *lines)
        used = left + 0.2 + symbol + 0.25 + table + 0.3 + share + 0.25
        self.bar = min(LONGEST_BAR, x1 - x0 - used)
        first = x0 + (x1 - x0 - used - self.bar) / 2
        self.word_end = first + left - ARROW - 0.15
        self.arrow_ends = self.word_end + 0.15, first + left
        self.symbol_x = first + left + 0.2
        self.table_x = self.symbol_x + symbol + 0.25
        self.share_end = self.table_x + table + 0.3 + share
        self.bar_x = self.share_end + 0.25

    def _line(self, name: str) -> Ink:
        return Ink.plain(typeset.line(self.chapter.say(name)))

    def _change(self) -> Ink:
        return named("E", self.query, delta=True)

    # -- pieces ------------------------------------------------------------------------------

    def _words(self) -> tuple[Table, list[Painted]]:
        theme, marks = self.chapter.theme, self.chapter.accents()
        sources = {key: mark.colour for key, mark in marks.items()}
        own = next((w.pieces for w in self.trace.words if self.query in w.pieces), ())
        colours = [
            theme.start if start else theme.text if key in own else sources.get(key, theme.text)
            for key, start in zip(self.keys, self.is_start, strict=True)
        ]
        spots = np.stack([np.full(len(self.keys), self.word_end), self.ys], axis=1)
        words = Table(self.texts, spots, self.em, colours, anchor="right", middle=0.25)

        def left(rows: list[int]) -> float:
            widest = max(self.texts[row].advance for row in rows)
            return self.word_end - widest * self.em - 0.13

        brackets = word_brackets(self.chapter, self.keys, self.ys, self.em, left)
        return words, brackets

    def _symbols(self) -> Table:
        theme = self.chapter.theme
        spots = np.stack([np.full(len(self.keys), self.symbol_x), self.ys], axis=1)
        colours = [theme.start if start else theme.value for start in self.is_start]
        return Table(self.names, spots, self.em, colours, anchor="left", middle=0.32)

    def _carriers(self) -> Arrows:
        """W_V takes each word over to its value."""
        theme, (x0, x1) = self.chapter.theme, self.arrow_ends
        ends = [[(x0, y), (x1, y)] for y in self.ys.tolist()]
        colours = [theme.start if start else theme.value for start in self.is_start]
        return Arrows(np.array(ends), colours, thick=0.03, head=min(0.17, 0.6 * self.pitch))

    def _entries(
        self, vectors: np.ndarray, ys: Any, colour: RGB, tones: float | np.ndarray = 1.0
    ) -> Table:
        """A row of entries a vector, column under column; the start token's are grey."""
        columns = self.table_x + entry_columns(vectors.shape[1]) * self.em
        per_row = len(columns)
        rows = np.repeat(np.arange(len(vectors)), per_row)
        spots = np.stack([np.tile(columns, len(vectors)), np.asarray(ys)[rows]], axis=1)
        inks = [ink for vector in vectors for ink in entry_inks(vector)]
        of_keys = ys is self.ys
        starts = self.is_start if of_keys else np.zeros(len(vectors), bool)
        colours = [self.chapter.theme.start if starts[row] else colour for row in rows.tolist()]
        shown = np.broadcast_to(np.asarray(tones, float), (len(vectors),))[rows]
        return Table(inks, spots, self.em, colours, shown, rows=rows)

    def _weights(self, weights: np.ndarray) -> tuple[Table, Bars]:
        theme = self.chapter.theme
        rounded = shares(self.trace.weights[self.query])[self.keys]
        inks, colours, tones = [], [], []
        for share, start in zip(rounded.tolist(), self.is_start, strict=True):
            strong = share >= STRONG and not start
            inks.append(Ink.plain(typeset.number(format_weight(share), strong)))
            colours.append(theme.start if start else theme.text)
            tones.append(1.0 if strong or start else 0.75)
        spots = np.stack([np.full(len(inks), self.share_end), self.ys], axis=1)
        numbers = Table(inks, spots, self.em, colours, np.array(tones), anchor="right")
        bars = [theme.line if start else theme.dot(0.6) for start in self.is_start]
        thick = self.em * 0.62
        return numbers, Bars(self.bar_x, self.ys, self.bar, thick, weights, bars, theme.text)

    def _title(self) -> Painted:
        """Whose values these are."""
        chapter, (x0, _, x1, _) = self.chapter, self.chapter.region
        line = chapter.say("taken", query=chapter.word(self.query))
        em = max(self.em, min(0.36, 0.55 * self.pitch * TITLE))
        at, most = ((x0 + x1) / 2, self.title_y - 0.25 * em), 0.9 * (x1 - x0)
        return chapter.label(line, at, em, chapter.theme.text, "centre", most=most)

    def _heads(self) -> tuple[list[Painted], Painted]:
        """What stands in the columns: W_V and the entries; then, for later, the weights."""
        theme, em = self.chapter.theme, max(0.88 * self.em, self.chapter.min_em)
        matrix = Ink.plain(typeset.math("W_V"))
        middle = sum(self.arrow_ends) / 2
        found: list[Painted] = [Label(matrix, (middle, self.heads_y), em, theme.value, "centre")]
        d_k = self.trace.v.shape[1]
        inks = [self._text("entries", count=d_k), self._text("weight")]
        ends = (self.table_x + 0.5 * em, self.share_end)
        found.append(Label(inks[0], (ends[0], self.heads_y), em, theme.quiet, "left"))
        return found, Label(inks[1], (ends[1], self.heads_y), em, theme.quiet, "centre")

    def _text(self, name: str, **values: Any) -> Ink:
        return Ink.plain(typeset.line(self.chapter.say(name, **values)))

    def _below(self) -> tuple[list[Painted], list[Painted]]:
        """The rule, the sum and what it is; then what W_O makes of it, and its name."""
        theme, em = self.chapter.theme, self.em
        end = self.arrow_ends[1]
        rule = Frame(
            (self.word_end, self.rule_y - 0.008, self.bar_x + self.bar, self.rule_y + 0.008),
            theme.line,
            width=0,
            fill=theme.line,
            fill_opacity=1.0,
        )
        low = 0.25 * em
        summed = Label(self._line("weighted_sum"), (end, self.sum_y - low), em, theme.text, "right")
        through = Label(self._line("written"), (end, self.out_y - low), em, theme.text, "right")
        spot = np.array([(self.symbol_x, self.out_y)])
        yellow = [theme.query]
        self.name = Table([self._change()], spot, em, yellow, anchor="left", middle=0.32)
        small = max(0.88 * em, self.chapter.min_em, STILL_EM if self.chapter.is_still else 0.0)
        count = self._text("entries", count=self.trace.model.d_model)
        at = (self.share_end + 0.25, self.out_y - low)
        wide = Label(count, at, small, theme.quiet, "left")
        return [rule, summed, self.total], [through, self.name, self.written, wide]

    def places(self) -> list[tuple[int, int, Box]]:
        """Query, key and box of each bar, where its weight is drawn."""
        half = self.bars.thick / 2
        return [
            (self.query, key, (self.bar_x, y - half, self.bar_x + self.bar, y + half))
            for key, y in zip(self.keys, self.ys.tolist(), strict=True)
        ]
