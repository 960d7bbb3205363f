"""One query's values: W_V makes them, their weights scale them, W_O writes back their sum."""

from __future__ import annotations

from typing import Any

import numpy as np
from manim import config

from scenes.kit import typeset
from scenes.kit.above import Above
from scenes.kit.arrows import Arrows
from scenes.kit.below import MOST, SIGN, Added, Below
from scenes.kit.board import roomy
from scenes.kit.counted import counted
from scenes.kit.factors import times, weights_of
from scenes.kit.fill import STRONG
from scenes.kit.label import word_brackets
from scenes.kit.layout import elide, is_narrow
from scenes.kit.notation import entries_width, entry_columns, entry_inks, named, sum_inks
from scenes.kit.outline import Ink
from scenes.kit.painted import Box, Painted
from scenes.kit.sizes import smallest
from scenes.kit.table import Table
from scenes.kit.theme import RGB

LONGEST, NARROW_LONGEST = 0.2, 0.13  # of the width, for a word: 20 letters stay whole
# In rows: above the keys the title and the columns' heads, below them the sum and, below a head of
# its own, what is written.
TITLE, HEADS, GAP, SUM, HEADED, WRITTEN = 1.5, 1.3, 0.4, 1.2, 0.4, 1.5
ARROW, NARROW_ARROW = 0.9, 0.4  # from a word to its value, in frame units
LONGEST_BAR, LEAST_BAR = 1.9, 1.0  # the second if type stays readable
LINE, EASY = 0.74, 0.24  # of a row's height the type; smaller, keys that count little share a row
APART = 0.3  # the start token, in rows
EDGES = 0.54  # of a frame's height, what lies above and below all rows
FAINT = 0.4  # an arrow to a value that counts 0.00


class Weighing:
    """Lays out a row a key; `chapter` gives trace, derived arrays, theme, words and region."""

    def __init__(self, chapter: Any, query: int) -> None:
        self.chapter, self.query, self.trace = chapter, query, chapter.trace
        trace = self.trace
        visible = ~np.isneginf(trace.masked[query])
        with_start = chapter.look.sink == "show"
        keys = [i for i in range(trace.n) if visible[i] and (with_start or i != trace.start)]
        always = {query} if trace.start is None else {query, trace.start}
        self.added = Added(chapter, query)
        self.counted = counted(trace.weights[query], keys, always, self.room())
        self.keys, self.rest = self.counted.keys, self.counted.rest
        self.shares = self.counted.shares
        self.is_start = np.array([i == trace.start for i in self.keys] + [False] * bool(self.rest))
        self._rows()
        self._columns()
        self.words, self.brackets = self._words()
        self.symbols = self._symbols()
        self.carriers = self._carriers()
        self.factors, self.numbers, self.bars = weights_of(self)
        self._vectors()
        above, below = Above(self), Below(self)
        self.title, self.heads, self.rounded = above.title, above.heads, above.rounded
        self.summed, self.returned, self.moved = below.summed, below.returned, below.moved
        self.written, self.name = below.written, below.name
        self.notes: list[Painted] = chapter.parked()

    @property
    def parts(self) -> list[Painted]:
        """All of it, for a still: the values, each counted by its weight."""
        heads, weight = self.heads
        found = [self.title, *heads, weight, self.words, *self.brackets, self.carriers]
        found += [self.factors, self.symbols, self.weighted, self.bars, *self.rounded]
        return [*found, *self.summed, *self.returned, *self.moved, *self.notes]

    @property
    def leaving(self) -> list[Painted]:
        """All that a clip shows in the end, without what is written back."""
        return [part for part in self.parts if part not in (self.written, self.name)]

    # -- where things go ---------------------------------------------------------------------

    def room(self) -> int:
        """How many rows, in type that is easy to read, have room between the heads and the sum.

        In a still: a clip that has more shows no others, or the same sum would be rounded in two
        ways.
        """
        every = LINE * (config.frame_height - EDGES) / max(EASY, smallest(still=True))
        return int(every - TITLE - HEADS - APART - GAP - SUM - HEADED - WRITTEN - MOST)

    def _rows(self) -> None:
        _, y0, _, y1 = self.chapter.region
        count = self.counted.rows
        self.apart = APART if self.is_start[0] and count > 1 else 0.0
        rows = TITLE + HEADS + count + self.apart + GAP + SUM + HEADED + WRITTEN
        rows += self.added.rows
        self.pitch = pitch = min(0.8, (y1 - y0) / rows)
        self.em = min(0.34, roomy(pitch, LINE, self.chapter.min_em))
        slack = (y1 - y0 - pitch * rows) / 2
        top = y1 - slack - pitch * (TITLE + HEADS)
        steps = np.arange(count) + np.where(np.arange(count) > 0, self.apart, 0.0) + 0.5
        self.ys = top - steps * pitch
        self.title_y = y1 - slack - 0.62 * pitch * TITLE
        self.heads_y = top + 0.42 * pitch
        self.rule_y = float(self.ys[-1]) - pitch * (0.5 + GAP / 2)
        self.sum_y = float(self.ys[-1]) - pitch * (0.5 + GAP + SUM / 2)
        self.out_y = self.sum_y - pitch * (SUM / 2 + HEADED + WRITTEN / 2)
        self.added_ys = self.out_y - pitch * np.array(self.added.steps)
        self.order = np.linspace(0.0, 1.0, count)

    def _columns(self) -> None:
        """Everything from left to right; smaller where bars would be too short to compare."""
        self.narrow, least = is_narrow(), self.chapter.min_em
        while self._fit() < LEAST_BAR and self.em > least:
            self.em = max(least, self.em - 0.01)

    def _fit(self) -> float:
        """Place the columns at the size of type of now; the length that is left for bars."""
        x0, _, x1, _ = self.chapter.region
        trace, em, narrow = self.trace, self.em, self.narrow
        arrow, longest = (NARROW_ARROW, NARROW_LONGEST) if narrow else (ARROW, LONGEST)
        gap, self.arrow = (0.15, 0.25) if narrow else (0.25, 0.4), arrow
        self.texts = []
        for key, start in zip(self.keys, self.is_start, strict=False):
            text = self.chapter.say("start") if start else trace.tokens[key].display
            style: Any = "italic" if start else "regular"
            self.texts.append(elide(text, longest * (x1 - x0) / em, style))
        self.names = [named("v", key) for key in self.keys]
        if self.rest:
            more = self.chapter.say("more", count=len(self.rest))
            self.texts.append(Ink.plain(typeset.text(more, "italic")))
            self.names.append(Ink(()))
        widest = max(ink.advance for ink in self.texts) * em
        symbol = max(ink.advance for ink in (*self.names, self.change())) * em
        table = entries_width(trace.v.shape[1]) * em
        share = typeset.number("0.00", True).advance * em
        behind = max(ink.advance for ink in self.names) * em
        behind += times("0.00", True, narrow).advance * em + 0.16  # a value and its weight
        # Beside the sum stands a line for what it is: it may need more than the longest word.
        said = [self.line(name) for name in ("weighted_sum", "written")]
        lines = [ink.advance * em + SIGN for ink in (*said, *self.added.texts)]
        left = max(widest + 0.15 + arrow, *lines)
        # In a clip the weights stand beside their bars before they go there, if there is room.
        beside = 0.0 if self.chapter.is_still or narrow else share + 0.2
        used = left + 0.2 + max(symbol, behind) + gap[0] + table + gap[1] + beside
        self.bar = min(LONGEST_BAR, x1 - x0 - used)
        first = x0 + (x1 - x0 - used - self.bar) / 2
        self.word_end = first + left - arrow - 0.15
        self.text_end = first + left
        self.arrow_ends = self.word_end + 0.15, self.text_end
        self.symbol_x = first + left + 0.2
        self.factor_end = self.symbol_x + max(symbol, behind)
        self.table_x = self.factor_end + gap[0]
        self.bar_x = self.table_x + table + gap[1] + beside
        self.share_end = self.bar_x - 0.2
        return self.bar

    def line(self, name: str) -> Ink:
        """A text that may name the head, its formulas in the colour of W_O: it may hold that."""
        said = self.chapter.say(name, head=self.trace.head)
        return typeset.coloured_line(said, self.chapter.theme.output)

    def change(self) -> Ink:
        """The name of what this head adds."""
        return named("E", self.query, delta=True, above=self.trace.head)

    # -- pieces ------------------------------------------------------------------------------

    def _words(self) -> tuple[Table, list[Painted]]:
        theme, marks = self.chapter.theme, self.chapter.accents()
        sources = {key: mark.colour for key, mark in marks.items()}
        own = next((w.pieces for w in self.trace.words if self.query in w.pieces), ())
        colours = [
            theme.start if start else theme.text if key in own else sources.get(key, theme.text)
            for key, start in zip(self.keys, self.is_start, strict=False)
        ]
        colours += [theme.quiet] * bool(self.rest)
        spots = np.stack([np.full(len(self.ys), self.word_end), self.ys], axis=1)
        words = Table(self.texts, spots, self.em, colours, anchor="right", middle=0.25)

        def left(rows: list[int]) -> float:
            widest = max(self.texts[row].advance for row in rows)
            return self.word_end - widest * self.em - 0.13

        brackets = word_brackets(self.chapter, self.keys, self.ys, self.em, left)
        return words, brackets

    def _symbols(self) -> Table:
        theme = self.chapter.theme
        spots = np.stack([np.full(len(self.ys), self.symbol_x), self.ys], axis=1)
        colours = [theme.start if start else theme.value for start in self.is_start]
        shown = self.counting[1]
        return Table(self.names, spots, self.em, colours, shown, anchor="left", middle=0.32)

    @property
    def counting(self) -> tuple[np.ndarray, np.ndarray]:
        """How strong arrows and symbols stand once weights count: quiet where they count 0.00."""
        theme = self.chapter.theme
        least = FAINT, theme.quietest(theme.value)
        arrows, symbols = (np.where(self.shares > 0, 1.0, tone) for tone in least)
        return arrows * self.carried, symbols

    @property
    def carried(self) -> np.ndarray:
        """Which rows are one key's, so that an arrow leads to its value."""
        return (np.arange(self.counted.rows) < len(self.keys)).astype(float)

    def _carriers(self) -> Arrows:
        """W_V takes each word over to its value."""
        theme, (x0, x1) = self.chapter.theme, self.arrow_ends
        ends = [[(x0, y), (x1, y)] for y in self.ys.tolist()]
        colours = [theme.start if start else theme.value for start in self.is_start]
        arrows = Arrows(np.array(ends), colours, thick=0.03, head=min(0.17, 0.6 * self.pitch))
        arrows.set(shown=self.counting[0])
        return arrows

    def _vectors(self) -> None:
        """The values; the same weighted, and their sum, which adds up as it is shown; and dE."""
        arrays, theme, keys = self.chapter.material.arrays, self.chapter.theme, self.keys
        red, d_k, query = theme.value, self.trace.v.shape[1], self.query
        colours = [theme.start if start else red for start in self.is_start]
        weights = self.shares
        # What counts little is quiet, and so is the start token; all of it can be read. What
        # counts 0.00 is grey, or a long sentence would be a wall of red noughts.
        tones = np.array(
            [
                1.0 if weight >= STRONG and not start else max(0.78, theme.quietest(colour))
                for weight, start, colour in zip(weights, self.is_start, colours, strict=True)
            ]
        )
        values = [entry_inks(vector) for vector in self.trace.v[keys]]
        scaled = arrays["weighted"][query, keys]  # (keys, d_k)
        if self.rest:  # many values at once have no entries to show, their weighted sum has
            values.append([Ink(())] * len(values[0]))
            scaled = np.vstack([scaled, arrays["weighted"][query, self.rest].sum(0)])
        weighted, total = sum_inks(scaled, arrays["mixed"][query])
        self.values = self.entries(values, d_k, self.ys, colours)
        tinted = [
            colour if weight else theme.quiet
            for weight, colour in zip(weights.tolist(), colours, strict=True)
        ]
        tones = np.where(weights > 0, tones, 1.0)
        self.weighted = self.entries(weighted, d_k, self.ys, tinted, tones)
        self.total = self.entries([total], d_k, [self.sum_y], [red])

    def entries(
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

    def text(self, name: str, **values: Any) -> Ink:
        """A text of the chapter."""
        return Ink.plain(typeset.line(self.chapter.say(name, **values)))

    def places(self) -> list[tuple[int, int, Box]]:
        """Query, key and box of each bar, where its weight is drawn."""
        half = self.bars.thick / 2
        return [
            (self.query, key, (self.bar_x, y - half, self.bar_x + self.bar, y + half))
            for key, y in zip(self.keys, self.ys.tolist(), strict=False)
        ]
