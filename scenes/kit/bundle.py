"""Who takes from whom: words and their vectors above, lines of the weights, new vectors below."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from attention_core.merge import by_word
from attention_core.rounding import format_weight, shares
from scenes.kit import typeset
from scenes.kit.arrows import Arrows
from scenes.kit.caption import PITCH, wrapped
from scenes.kit.fill import LEAST, STRONG, share_tone
from scenes.kit.label import Frame, Label
from scenes.kit.notation import embedding_colour, named
from scenes.kit.outline import Ink
from scenes.kit.painted import Box, Painted
from scenes.kit.table import Table
from scenes.kit.theme import RGB
from scenes.kit.threads import Threads
from scenes.kit.word_row import WordBoxes, lay_out_words

Anchor = Literal["left", "centre", "right"]
SYMBOL = 0.42  # the largest symbols
WIDEST = 0.44  # a line of weight 1
ARROW = 0.42
ROW = 1.05  # ems from one row of shares to the next
APART = 0.12  # from share to share where they stand in one row
QUIET, BESIDE = 0.24, 0.5  # the size of what is said of them, and how far off it stands


def in_rows(xs: np.ndarray, shares: np.ndarray, room: float) -> dict[int, int]:
    """In which of two rows each of the shares at `xs` stands, each needing so much room.

    The largest choose first; where one finds none, no smaller one is shown either.
    """
    found: dict[int, int] = {}
    for i in np.argsort(-shares, kind="stable").tolist():
        taken = {row for k, row in found.items() if abs(xs[i] - xs[k]) < room}
        free = [row for row in (0, 1) if row not in taken]
        if not free or shares[i] <= 0:
            break
        found[i] = free[0]
    return found


class Bundle:
    """Lays it all out for one Look; `chapter` gives the trace, the theme, accents and the region.

    Columns are words; the first one is the start token where it is shown. Lines go from column
    `line_from` to column `line_to`; `target` is the column whose word the picture is about;
    `parked` are the start token's lines.
    """

    def __init__(self, chapter: Any) -> None:
        self.chapter, trace = chapter, chapter.trace
        merged = by_word(trace)
        self.with_start = trace.start is not None and chapter.look.sink == "show"
        self.first = int(self.with_start)
        self.rows, row = merged.rows, chapter.query()
        self.word = next(i for i, word in enumerate(trace.words) if row in word.pieces)
        self.target = self.word + self.first
        # (words, columns): what each word takes from each column, and where it may look at all
        self.weights, seen = merged.weights, merged.visible
        if self.with_start:
            self.weights = np.column_stack([merged.start, self.weights])
            seen = np.column_stack([np.ones(len(seen), bool), seen])
        self.rounded = shares(self.weights)
        self.seen = seen
        self._place()
        self._symbols()
        self._numbers()
        self._threads()

    # -- where things go ---------------------------------------------------------------------

    def _place(self) -> None:
        chapter, trace = self.chapter, self.chapter.trace
        x0, y0, x1, y1 = chapter.region
        texts = [word.display for word in trace.words]
        if self.with_start:
            texts.insert(0, chapter.say("start"))
        count = len(texts)
        symbol = named("E", count, prime=True).advance
        self.symbol_em = min(SYMBOL, max(chapter.min_em, 0.8 * (x1 - x0) / (count + 1) / symbol))
        self.share_em = max(chapter.min_em, min(0.32, 0.8 * self.symbol_em))
        share = typeset.number("0.00", True).advance * self.share_em
        narrowest = max(symbol * self.symbol_em + 0.06, share + 0.04)
        narrowest = min(narrowest, (x1 - x0 - 0.22) / count)
        self.layout = lay_out_words(
            texts,
            self.with_start,
            (x0, y0, x1, y1),
            chapter.min_em,
            narrowest,
            trace.right_to_left,
        )
        marks = chapter.accents()
        accents = [marks.get(word.pieces[0]) for word in trace.words]
        if self.with_start:
            accents.insert(0, None)
        self.words = WordBoxes(self.layout, y1, chapter.theme, accents, self.with_start)
        self.accents = accents
        self.xs = self.layout.middles
        steps = np.diff(np.sort(self.xs))
        self.pitch = float(steps.min()) if len(steps) else x1 - x0
        arrow_top = y1 - self.layout.depth - 0.08
        self.above_y = arrow_top - ARROW - 0.08 - 1.05 * self.symbol_em  # baselines
        self.share_y = self.above_y - 0.25 * self.symbol_em - 0.12 - 0.4 * self.share_em
        self.share_rows = self._share_rows()
        self.begin_y = self.share_y - 0.4 * self.share_em - 0.1
        if any(self.share_rows.values()):
            self.begin_y -= ROW * self.share_em
        self.below_y = y0 + 0.3 * self.symbol_em + 0.16
        self.end_y = self.below_y + 1.05 * self.symbol_em + 0.1
        ends = [[(x, arrow_top), (x, arrow_top - ARROW)] for x in self.xs.tolist()]
        colours = [chapter.theme.quiet] * count
        self.arrows = Arrows(np.array(ends), colours, thick=0.025, head=0.14)

    def _share_rows(self) -> dict[int, int]:
        """The row of each share of the target that is shown, by its column."""
        columns = np.flatnonzero(self.seen[self.word])
        widest = typeset.number("0.00", True).advance * self.share_em
        if widest + APART <= self.pitch:
            return dict.fromkeys(columns.tolist(), 0)
        # Where columns are too narrow for numbers side by side, those that count are staggered.
        shown = in_rows(self.xs[columns], self.rounded[self.word, columns], widest + 0.08)
        return {int(columns[i]): row for i, row in shown.items()}

    def _symbols(self) -> None:
        theme, em, trace = self.chapter.theme, self.symbol_em, self.chapter.trace
        # A word has the index of its last piece, as in every other chapter.
        words = [word.pieces[-1] + (trace.start is None) for word in trace.words]
        indices = [0, *words] if self.first else words
        grey, plain = theme.start, embedding_colour(theme)
        colours = [grey if i < self.first else plain for i in range(len(self.xs))]
        self.above = self._row([named("E", i) for i in indices], self.xs, self.above_y, em, colours)
        after = [named("E", i, prime=True) for i in words]
        teal = [theme.key] * len(after)
        self.below = self._row(after, self.xs[self.first :], self.below_y, em, teal)

    def _row(
        self, inks: list[Ink], xs: np.ndarray, y: float, em: float, colours: list[RGB], **more: Any
    ) -> Table:
        """Pieces of type side by side on one baseline."""
        spots = np.stack([xs, np.full(len(xs), y)], axis=1)
        return Table(inks, spots, em, colours, middle=0.0, **more)

    def _numbers(self) -> None:
        """The target's shares, under the vectors that they are of."""
        theme = self.chapter.theme
        columns = np.flatnonzero(self.seen[self.word])
        inks, colours, tones = [], [], []
        for column in columns.tolist():
            share = float(self.rounded[self.word, column])
            start = column < self.first
            strong = share >= STRONG and not start
            inks.append(Ink.plain(typeset.number(format_weight(share), strong)))
            accent = self.accents[column] if strong and column != self.target else None
            colours.append(theme.start if start else accent.colour if accent else theme.text)
            tone = 0.75 if start else share_tone(theme, share)
            tones.append(tone if column in self.share_rows else 0.0)
        y = self.share_y - typeset.DIGIT_MIDDLE * self.share_em
        self.shares = self._row(
            inks, self.xs[columns], y, self.share_em, colours, shown=np.array(tones)
        )
        rows = np.array([self.share_rows.get(column, 0) for column in columns.tolist()])
        self.shares.arrays["spot"][:, 1] -= ROW * self.share_em * rows

    @property
    def told(self) -> list[Painted]:
        """What the shares are, beside them where they leave room."""
        chapter, em = self.chapter, max(self.chapter.min_em, QUIET)
        x0, _, x1, _ = chapter.region
        spots = np.sort(self.xs[[*self.share_rows]])
        half = typeset.number("0.00", True).advance * self.share_em / 2 + BESIDE
        left, right = float(spots[0]) - half, float(spots[-1]) + half
        total = format_weight(float(self.rounded[self.word].sum()))
        word = chapter.trace.words[self.word].display
        trace = chapter.trace
        told = {"head": trace.head, "heads": trace.model.heads, "query": word, "sum": total}
        text = chapter.say("shares", **told)
        gaps = np.diff(spots, append=spots[-1]) - 2 * half  # between two shares that are shown
        widest = int(np.argmax(gaps))
        middle = float(spots[widest : widest + 2].mean())
        # An arrow to them, or it might be read as what stands below the symbols above it.
        behind, before = f"← {text}", f"{text} →"
        places: list[tuple[list[str], float, float, Anchor]] = [
            ([behind], x1 - right, right, "left"),
            ([before], left - x0, left, "right"),
            ([text], float(gaps[widest]), middle, "centre"),
        ]
        if right > self.xs.max():  # two lines, where no symbol is above them
            places.append((wrapped(behind, 0.0, em), x1 - right, right, "left"))
        for lines, room, x, anchor in places:
            inks = [Ink.plain(typeset.text(line, "regular")) for line in lines]
            if max(ink.advance for ink in inks) * em <= room:
                ys = self.share_y - 0.25 * em + PITCH * em * ((len(inks) - 1) / 2 - np.arange(2))
                made = zip(inks, ys.tolist(), strict=False)
                return [Label(ink, (x, y), em, chapter.theme.quiet, anchor) for ink, y in made]
        return []

    def _threads(self) -> None:
        """A line for each weight; side by side where they arrive, so that these widths add up."""
        theme = self.chapter.theme
        room = float(self.layout.widths.min()) * 0.8
        self.full = full = min(WIDEST, room)
        words, columns = np.nonzero(self.seen & (self.weights >= LEAST))
        # The start token's first, then the faint ones, and what the picture is about on top.
        keys = (self.weights[words, columns], columns >= self.first, words == self.word)
        order = np.lexsort(keys)
        words, columns = words[order], columns[order]
        self.line_from, self.line_to = columns, words + self.first
        after = np.cumsum(self.weights, axis=1) - self.weights / 2  # (words, columns): the middles
        offset = (after - self.weights.sum(axis=1, keepdims=True) / 2)[words, columns] * full
        begins = np.stack([self.xs[columns], np.full(len(words), self.begin_y)], axis=1)
        ends = np.stack([self.xs[self.line_to] + offset, np.full(len(words), self.end_y)], axis=1)
        weights, colours, accents = self.weights[words, columns], [], []
        for word, column in zip(words.tolist(), columns.tolist(), strict=True):
            accent = self.accents[column] if word == self.word else None
            colours.append(theme.line if column < self.first else theme.dot(0.35))
            own = column == self.target
            accents.append(accent.colour if accent and not own else colours[-1])
        self.of_target = words == self.word
        self.parked = columns < self.first
        # What one word gives to several is no more where its lines lie on each other.
        lines = begins, ends, weights, full, colours, accents
        self.threads = Threads(*lines, theme.text, sources=columns)
        strong = (weights >= STRONG) & (columns >= self.first)
        self.strong = self.of_target & strong

    @property
    def focus(self) -> Frame:
        """Around the target's new vector."""
        ink = self.below.inks[self.word]
        wide = max(other.advance for other in self.below.inks) * self.symbol_em
        half = ink.advance * self.symbol_em / 2 + max(0.0, min(0.05, (self.pitch - wide) / 2))
        x, em = float(self.xs[self.target]), self.symbol_em
        box = (x - half, self.below_y - 0.27 * em, x + half, self.below_y + 1.04 * em)
        return Frame(box, self.chapter.theme.focus, width=2.6)

    def places(self) -> list[tuple[int, int, Box]]:
        """Query, key and box of each line; a word stands for its last token."""
        found = []
        boxes = self.threads.stretches()
        for line, (column, to) in enumerate(zip(self.line_from, self.line_to, strict=True)):
            start = self.chapter.trace.start
            key = start if column < self.first else self.rows[column - self.first]
            x0, y0 = boxes[line, :, :2].min(0).tolist()
            x1, y1 = boxes[line, :, 2:].max(0).tolist()
            found.append((self.rows[to - self.first], int(key or 0), (x0, y0, x1, y1)))
        return found

    def values(self) -> np.ndarray:
        """The weights where `places` says that they stand: by the tokens of queries and keys."""
        trace = self.chapter.trace
        table = np.zeros((trace.n, trace.n))
        keys = [trace.start, *self.rows] if self.with_start else list(self.rows)
        table[np.ix_(list(self.rows), keys)] = self.weights
        return table
