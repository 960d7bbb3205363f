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
from scenes.kit.layout import elide, is_narrow
from scenes.kit.notation import entries_width, entry_columns, entry_inks, named, sum_inks
from scenes.kit.outline import Ink
from scenes.kit.painted import Box, Painted
from scenes.kit.table import Table
from scenes.kit.theme import RGB

LONGEST, NARROW_LONGEST = 0.2, 0.13  # of the width, for a word: 20 letters stay whole
# In rows: above the keys the title and the columns' heads, below them the sum and what is written.
TITLE, HEADS, GAP, SUM, WRITTEN = 1.5, 1.3, 0.4, 1.2, 1.5
ARROW, NARROW_ARROW = 0.9, 0.4  # from a word to its value, in frame units
LONGEST_BAR, LEAST_BAR = 1.9, 1.0  # the second in a narrow frame, if type stays readable
FAINT = 0.4  # an arrow to a value that counts 0.00


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
        self.words, self.brackets = self._words()
        self.symbols = self._symbols()
        self.carriers = self._carriers()
        self.factors, self.numbers, self.bars = self._weights(trace.weights[query, self.keys])
        self._vectors()
        self.title, self.heads = self._title(), self._heads()
        self.summed, self.returned = self._below()
        self.notes: list[Painted] = chapter.parked()

    @property
    def parts(self) -> list[Painted]:
        """All of it, for a still: the values, each counted by its weight."""
        heads, weight = self.heads
        found = [self.title, *heads, weight, self.words, *self.brackets, self.carriers]
        found += [self.factors, self.symbols, self.weighted, self.bars]
        return [*found, *self.summed, *self.returned, *self.notes]

    @property
    def leaving(self) -> list[Painted]:
        """All that a clip shows in the end, without what is written back."""
        return [part for part in self.parts if part not in (self.written, self.name)]

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
        """Everything from left to right; smaller in a narrow frame, so that bars can compare."""
        self.narrow, least = is_narrow(), self.chapter.min_em
        while self._fit() < LEAST_BAR and self.narrow and self.em > least:
            self.em = max(least, self.em - 0.01)

    def _fit(self) -> float:
        """Place the columns at the size of type of now; the length that is left for bars."""
        x0, _, x1, _ = self.chapter.region
        trace, em, narrow = self.trace, self.em, self.narrow
        arrow, longest = (NARROW_ARROW, NARROW_LONGEST) if narrow else (ARROW, LONGEST)
        gap, self.arrow = (0.15, 0.25) if narrow else (0.25, 0.4), arrow
        self.texts = []
        for key, start in zip(self.keys, self.is_start, strict=True):
            text = self.chapter.say("start") if start else trace.tokens[key].display
            style: Any = "italic" if start else "regular"
            self.texts.append(elide(text, longest * (x1 - x0) / em, style))
        self.names = [named("v", key) for key in self.keys]
        widest = max(ink.advance for ink in self.texts) * em
        symbol = max(ink.advance for ink in (*self.names, self._change())) * em
        table = entries_width(trace.v.shape[1]) * em
        share = typeset.number("0.00", True).advance * em
        # Beside the sum stands a line for what it is: it may need more than the longest word.
        lines = [self._line(name).advance * em for name in ("weighted_sum", "written")]
        # In front of v stands its weight, once it counts; until then the arrow reaches up to v.
        factor = share + 0.22
        left = max(widest + 0.15 + arrow + factor, *lines)
        # In a clip the weights stand beside their bars before they go there, if there is room.
        beside = 0.0 if self.chapter.is_still or narrow else share + 0.2
        used = left + 0.2 + symbol + gap[0] + table + gap[1] + beside
        self.bar = min(LONGEST_BAR, x1 - x0 - used)
        first = x0 + (x1 - x0 - used - self.bar) / 2
        self.word_end = first + left - arrow - factor - 0.15
        self.arrow_ends = self.word_end + 0.15, first + left
        self.shortened = arrow / (arrow + factor)
        self.symbol_x = first + left + 0.2
        self.factor_end = self.symbol_x - 0.1
        self.table_x = self.symbol_x + symbol + gap[0]
        self.bar_x = self.table_x + table + gap[1] + beside
        self.share_end = self.bar_x - 0.2
        return self.bar

    def _line(self, name: str) -> Ink:
        return Ink.plain(typeset.line(self.chapter.say(name)))

    def _change(self) -> Ink:
        return named("E", self.query, delta=True, above=self.trace.head)

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
        shown = self.counting[1]
        return Table(self.names, spots, self.em, colours, shown, anchor="left", middle=0.32)

    @property
    def counting(self) -> tuple[np.ndarray, np.ndarray]:
        """How strong arrows and symbols stand once weights count: quiet where they count 0.00."""
        theme, rounded = self.chapter.theme, shares(self.trace.weights[self.query])[self.keys]
        least = FAINT, theme.quietest(theme.value)
        arrows, symbols = (np.where(rounded > 0, 1.0, tone) for tone in least)
        return arrows, symbols

    def _carriers(self) -> Arrows:
        """W_V takes each word over to its value."""
        theme, (x0, x1) = self.chapter.theme, self.arrow_ends
        ends = [[(x0, y), (x1, y)] for y in self.ys.tolist()]
        colours = [theme.start if start else theme.value for start in self.is_start]
        arrows = Arrows(np.array(ends), colours, thick=0.03, head=min(0.17, 0.6 * self.pitch))
        arrows.set(grown=self.shortened, shown=self.counting[0])
        return arrows

    def _vectors(self) -> None:
        """The values; the same weighted, and their sum, which adds up as it is shown; and dE."""
        arrays, theme, keys = self.chapter.material.arrays, self.chapter.theme, self.keys
        red, d_k, query = theme.value, self.trace.v.shape[1], self.query
        colours = [theme.start if start else red for start in self.is_start]
        weights = shares(self.trace.weights[query])[keys]
        # What counts little is quiet, and so is the start token; all of it can be read. What
        # counts 0.00 is grey, or a long sentence would be a wall of red noughts.
        tones = np.array(
            [
                1.0 if weight >= STRONG and not start else max(0.78, theme.quietest(colour))
                for weight, start, colour in zip(weights, self.is_start, colours, strict=True)
            ]
        )
        values = [entry_inks(vector) for vector in self.trace.v[keys]]
        weighted, total = sum_inks(arrays["weighted"][query, keys], arrays["mixed"][query])
        self.values = self._entries(values, d_k, self.ys, colours)
        counted = [
            colour if weight else theme.quiet
            for weight, colour in zip(weights.tolist(), colours, strict=True)
        ]
        tones = np.where(weights > 0, tones, 1.0)
        self.weighted = self._entries(weighted, d_k, self.ys, counted, tones)
        self.total = self._entries([total], d_k, [self.sum_y], [red])
        update = self.trace.need("update")[query]
        written = [entry_inks(update)]
        self.written = self._entries(written, len(update), [self.out_y], [theme.output])

    def _entries(
        self,
        vectors: list[list[Ink]],
        length: int,
        ys: Any,
        colours: list[RGB],
        tones: float | np.ndarray = 1.0,
    ) -> Table:
        """A row of entries a vector of so many, column under column."""
        columns = self.table_x + entry_columns(length) * self.em
        rows = np.repeat(np.arange(len(vectors)), len(columns))
        spots = np.stack([np.tile(columns, len(vectors)), np.asarray(ys)[rows]], axis=1)
        inks = [ink for vector in vectors for ink in vector]
        shown = np.broadcast_to(np.asarray(tones, float), (len(vectors),))[rows]
        of_entry = [colours[row] for row in rows.tolist()]
        return Table(inks, spots, self.em, of_entry, shown, rows=rows)

    def _weights(self, weights: np.ndarray) -> tuple[Table, Table, Bars]:
        """The weights in front of their values, and beside their bars (where a clip begins)."""
        theme = self.chapter.theme
        rounded = shares(self.trace.weights[self.query])[self.keys]
        inks, colours, tones = [], [], []
        for share, start in zip(rounded.tolist(), self.is_start, strict=True):
            strong = share >= STRONG and not start
            inks.append(Ink.plain(typeset.number(format_weight(share), strong)))
            colours.append(theme.start if start else theme.text if share else theme.quiet)
            tones.append(0.75 if share and not strong and not start else 1.0)
        factors, numbers = (
            Table(
                inks,
                np.stack([np.full(len(inks), end), self.ys], axis=1),
                self.em,
                colours,
                np.array(tones),
                anchor="right",
            )
            for end in (self.factor_end, self.share_end)
        )
        bars = [theme.line if start else theme.dot(0.6) for start in self.is_start]
        shown = Bars(self.bar_x, self.ys, self.bar, self.em * 0.62, weights, bars, theme.text)
        return factors, factors if self.narrow else numbers, shown

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
        middle = self.arrow_ends[0] + self.arrow / 2
        found: list[Painted] = [Label(matrix, (middle, self.heads_y), em, theme.value, "centre")]
        d_k = self.trace.v.shape[1]
        inks = [self._text("entries", count=d_k), self._text("weight")]
        found.append(Label(inks[0], (self.table_x + 0.5 * em, self.heads_y), em, theme.quiet))
        return found, Label(inks[1], (self.bar_x, self.heads_y), em, theme.quiet)

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
        pink = [theme.output]  # of one head; yellow is the change by all of them
        self.name = Table([self._change()], spot, em, pink, anchor="left", middle=0.32)
        small = max(0.88 * em, self.chapter.min_em, STILL_EM if self.chapter.is_still else 0.0)
        count = self._text("entries", count=self.trace.model.d_model)
        x = self.bar_x + (self.bar - count.width * small if self.narrow else 0.0)
        wide = Label(count, (x, self.out_y - low), small, theme.quiet)
        return [rule, summed, self.total], [through, self.name, self.written, wide]

    def places(self) -> list[tuple[int, int, Box]]:
        """Query, key and box of each bar, where its weight is drawn."""
        half = self.bars.thick / 2
        return [
            (self.query, key, (self.bar_x, y - half, self.bar_x + self.bar, y + half))
            for key, y in zip(self.keys, self.ys.tolist(), strict=True)
        ]
