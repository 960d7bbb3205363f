"""One query's scores beside their softmax, twice: as they are, and divided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from manim import Animation, FadeIn, LaggedStart

from attention_core.rounding import format_bits
from scenes.kit import column_heads, terms, typeset
from scenes.kit.animate import ENTER, LEAVE, Show, Stagger
from scenes.kit.bars import Bars
from scenes.kit.board import roomy
from scenes.kit.cells import Cells, Numbers
from scenes.kit.column import Column, score_column, share_column
from scenes.kit.counted import FEWEST, together
from scenes.kit.label import Label
from scenes.kit.layout import elide, is_narrow
from scenes.kit.outline import Ink
from scenes.kit.painted import Box, Painted
from scenes.kit.seams import word_boxes
from scenes.kit.sizes import STILL_EM
from scenes.kit.strip import Strip

# Between a number and its bar, and between the two sides (the same in a narrow frame).
GAP, MIDDLE_GAP, NARROW_GAP = 0.26, 0.75, 0.5
EASY = 0.3  # the height of a row from which on every key has one
INSET = 0.12  # of both sides, from the frame's margins
LONGEST, NARROW_LONGEST = 0.24, 0.19  # of the width, for a word: 20 letters stay whole


@dataclass
class Side:
    """One half: a title, the scores, bars and numbers of the shares, and their entropy."""

    title: Painted
    formula: Painted
    scores: Strip
    bars: Bars
    numbers: Strip
    entropy: Painted

    @property
    def parts(self) -> list[Painted]:
        """All of it, for a still."""
        return [self.title, self.formula, self.scores, self.bars, self.numbers, self.entropy]

    def reveal(self) -> Animation:
        """What softmax makes of the scores that stand there: the bars, their numbers, entropy."""
        value = self.bars.arrays["value"].copy()
        self.bars.set(value=0.0, opacity=0.0)
        return LaggedStart(
            *[FadeIn(part, run_time=0.5) for part in (self.title, self.formula)],
            Stagger(self.bars, introducer=True, run_time=1.0, value=value, opacity=1.0),
            *[FadeIn(part, run_time=0.5) for part in (self.numbers, self.entropy)],
            lag_ratio=0.3,
        )


class Contrast:
    """Lays out words at the left and two sides; `chapter` gives trace, theme, words and region."""

    def __init__(
        self, chapter: Any, query: int, unscaled: np.ndarray, entropies: tuple[float, float]
    ) -> None:
        self.chapter, self.query = chapter, query
        self.trace = trace = chapter.trace
        visible = ~np.isneginf(trace.masked[query])
        with_start = chapter.look.sink == "show"
        self.keys = [i for i in range(trace.n) if visible[i] and (with_start or i != trace.start)]
        x0, y0, x1, y1 = chapter.region
        top, bottom = y1 - 1.94, y0 + 0.8
        gap = 0.16 if self.keys[0] == trace.start else 0.0
        self.rest: list[int] = []
        if (top - bottom - gap) / len(self.keys) < EASY:  # what counts nothing shares a row
            always = {query} if trace.start is None else {query, trace.start}
            both = (together(x, self.keys, always) for x in (unscaled, trace.weights[query]))
            rest = sorted(set.intersection(*map(set, both)))
            self.rest = rest if len(rest) >= FEWEST else []
            self.keys = [key for key in self.keys if key not in self.rest]
        rows = len(self.keys) + bool(self.rest)
        pitch = min(0.66, (top - bottom - gap) / rows)
        steps = np.arange(rows) * pitch + np.where(np.arange(rows) > 0, gap, 0)
        slack = (top - bottom) - (steps[-1] + pitch)
        self.ys = top - slack / 2 - pitch / 2 - steps
        self.narrow = is_narrow()
        # A narrow frame has smaller type, so that bars stay long enough to compare.
        self.em = min(0.27 if self.narrow else 0.34, roomy(pitch, 0.74, chapter.min_em))
        self.middle_gap = NARROW_GAP if self.narrow else MIDDLE_GAP
        self.head_y, self.foot_y = self.ys[0] + pitch / 2 + 0.36, self.ys[-1] - pitch / 2 - 0.42
        self.heading = (0.0, min(y1 - 0.35, self.head_y + 1.5))
        self.order = np.linspace(0.0, 1.0, rows)
        self.words = self._words(x0 + INSET, x1)
        self.word_boxes = word_boxes(chapter, self.keys, self.ys, self.words)
        sides = ((trace.scores, unscaled), (trace.scaled, trace.weights[query]))
        columns = [self._columns(scores[query], weights) for scores, weights in sides]
        left = x0 + INSET + self.word_room + 0.35
        # Both sides' bars have one length, so that they compare: what the numbers leave, halved.
        wide = sum(score.widest + share.widest for score, share in columns) * self.em
        self.bar = (x1 - INSET - left - wide - 4 * GAP - self.middle_gap) / 2
        axes = [self._axes(0.0, pair) for pair in columns]
        named = bool(terms.notes(trace, chapter.say))
        heads, self.head_em = column_heads.heads(trace, axes, STILL_EM, named)
        given = zip(columns, sides, ("without", "with"), heads, entropies, strict=True)
        made = []
        for pair, (_, weights), name, inks, entropy in given:
            made.append(self._side(left, pair, self._merged(weights), name, inks, entropy))
            left += sum(column.widest for column in pair) * self.em + self.bar
            left += 2 * GAP + self.middle_gap
        self.without, self.divided = made

    def places(self) -> list[tuple[int, int, Box]]:
        """Query, key and box of each bar of the divided side, where its weight is drawn."""
        x0 = self.divided.bars.left
        half = self.divided.bars.thick / 2
        return [
            (self.query, key, (x0, y - half, x0 + self.bar, y + half))
            for key, y in zip(self.keys, self.ys.tolist(), strict=False)
        ]

    @property
    def parts(self) -> list[Painted]:
        """All of it, for a still."""
        return [*self.word_boxes, self.words, *self.without.parts, *self.divided.parts]

    # -- motion ------------------------------------------------------------------------------

    def carry_over(self, numbers: Numbers, shown: Sequence[Cells]) -> Stagger:
        """The query's raw scores leave the grid (its layers are `shown`) for the left side."""
        board, scores = numbers.board, self.without.scores
        ends: dict[str, Any] = {
            name: scores.arrays[name].copy() for name in ("spot", "em", "shown")
        }
        column = {int(board.key_of[i]): i for i in np.flatnonzero(board.query_of == self.query)}
        cells = [column[key] for key in self.keys]
        own = len(cells)
        cells += cells[-1:] * bool(self.rest)  # of many scores at once there is nothing to carry
        half = np.array([ink.advance for ink in scores.inks]) * numbers.em / 2
        spots = board.centres[cells] + np.stack([half, half * 0], axis=1)
        scores.set(spot=spots, em=numbers.em, shown=numbers.opacities[cells])
        for layer in shown:
            layer.arrays["shown"][cells[:own]] = 0.0
        # They set off when the rest of the grid has nearly gone, or numbers would cross numbers.
        late = (0.25, 1.0)
        return Stagger(
            scores, self.order, spread=0.2, window=late, introducer=True, run_time=1.5, **ends
        )

    def copy_raw(self) -> tuple[Strip, Stagger]:
        """The raw scores once more, at the right, where they will be divided.

        They come from the left, but only out of the gap: on their way over the bars, numbers
        would cross numbers.
        """
        copy, place = self.without.scores.copy(), self.divided.scores.arrays["spot"]
        tones = copy.arrays["shown"]
        copy.set(spot=place - (0.8 * self.middle_gap, 0.0), shown=0.0)
        return copy, Stagger(
            copy, self.order, introducer=True, run_time=1.2, spot=place, shown=tones
        )

    def divide(self, copy: Strip, division: list[Label]) -> list[Stagger]:
        """Each copy gives way to its quotient, from the top down; then what was done leaves."""
        scores = self.divided.scores
        leave = Stagger(copy, self.order, window=LEAVE, run_time=1.4, shown=0.0)
        done = [Stagger(x, window=(0.8, 1.0), run_time=1.4, opacity=0.0) for x in division]
        return [leave, Show(scores, self.order, window=ENTER, run_time=1.4), *done]

    def division(self) -> list[Label]:
        """What is done to them, over their column: divided by 8, and that this is sqrt(d_k)."""
        theme, spots = self.chapter.theme, self.divided.scores
        middle = float(spots.arrays["spot"][0, 0] - spots.offsets.max() * self.em / 2)
        return column_heads.division(self.trace, theme, middle, self.head_y - 0.06)

    # -- pieces ------------------------------------------------------------------------------

    def _words(self, x0: float, x1: float) -> Strip:
        chapter, trace = self.chapter, self.chapter.trace
        inks = []
        most = (NARROW_LONGEST if self.narrow else LONGEST) * (x1 - x0) / self.em
        for key in self.keys:
            start = key == trace.start
            text = chapter.say("start") if start else trace.tokens[key].display
            inks.append(elide(text, most, "italic" if start else "regular"))
        if self.rest:
            more = chapter.say("more", count=len(self.rest))
            inks.append(elide(more, most, "italic"))
        self.word_room = max(ink.advance for ink in inks) * self.em + 0.1
        self.word_end = x0 + self.word_room
        spots = np.stack([np.full(len(inks), self.word_end), self.ys], axis=1)
        colours = [
            chapter.theme.start if key == trace.start else chapter.theme.text for key in self.keys
        ]
        colours += [chapter.theme.quiet] * bool(self.rest)
        return Strip(inks, spots, self.em, colours, anchor="right")

    def _columns(self, scores: np.ndarray, weights: np.ndarray) -> tuple[Column, Column]:
        """The scores and the shares of the visible keys; a score looks as it does in the grid."""
        theme, start = self.chapter.theme, self.chapter.trace.start
        column = score_column(theme, scores, self.keys, start, plain=False)
        if self.rest:
            column.inks.append(Ink(()))
            column.colours.append(theme.quiet)
            column.tones.append(0.0)
        merged = self._merged(weights)
        rows, first = list(range(len(merged))), 0 if self.keys[0] == start else None
        return column, share_column(theme, merged, rows, first, np.zeros(len(merged), bool))

    def _merged(self, weights: np.ndarray) -> np.ndarray:
        """One weight a row: those of the keys, and what all others have together."""
        rest = [weights[self.rest].sum()] if self.rest else []
        return np.append(weights[self.keys], rest)

    def _side(
        self,
        left: float,
        pair: tuple[Column, Column],
        weights: np.ndarray,
        name: str,
        inks: tuple[Ink, Ink],
        bits: float,
    ) -> Side:
        chapter, theme, (scores, shown) = self.chapter, self.chapter.theme, pair
        score_x = left + scores.widest * self.em
        bar_x = score_x + GAP
        right = bar_x + self.bar + GAP + shown.widest * self.em
        own, middle, _ = self._axes(left, pair)
        heads = np.array([(own, self.head_y + 0.06), (middle, self.head_y + 0.06)])
        colours = [theme.text] * 2
        starts = [key == chapter.trace.start for key in self.keys] + [False] * bool(self.rest)
        bar_colours = [theme.line if start else theme.dot(0.6) for start in starts]
        title_at = (middle, self.head_y + 0.66)  # on one axis with the formula and the entropy
        bits_label = self._entropy_label(chapter.say("entropy"), bits, (middle, self.foot_y), 0.30)
        title = chapter.label(chapter.say(name), title_at, 0.32, anchor="centre")
        return Side(
            self._inside(title),
            Strip(inks, heads, self.head_em, colours, middle=0.25),
            scores.strip(score_x, self.ys, self.em, "right"),
            Bars(bar_x, self.ys, self.bar, self.em * 0.62, weights, bar_colours, theme.text),
            shown.strip(right, self.ys, self.em, "right"),
            self._inside(bits_label),
        )

    def _axes(self, left: float, pair: tuple[Column, Column]) -> tuple[float, float, float]:
        """Of a side: the middle of its scores, that of the bars with their numbers, and its end."""
        score_x = left + pair[0].widest * self.em
        bar_x = score_x + GAP
        right = bar_x + self.bar + GAP + pair[1].widest * self.em
        over = (score_x + 0.1, right + 0.2) if self.narrow else (bar_x, right)
        return (left + score_x) / 2, sum(over) / 2, over[1]

    def _inside(self, label: Label) -> Label:
        """The label itself, or where it crosses the right margin as far left as it must be."""
        over = label.box[2] - self.chapter.region[2]
        if over <= 0:
            return label
        (x0, y), em = label.pen, label.em
        return Label(label.ink, (x0 - over, y), em, label.colour, "left")

    def _entropy_label(self, line: str, bits: float, at: tuple[float, float], em: float) -> Label:
        chapter = self.chapter
        before = typeset.text(line.strip())
        number = typeset.number(format_bits(bits), True)
        unit = typeset.text(chapter.say("bits"))
        pen = before.advance + 0.35
        parts = [(before, None), (number.moved(pen), None)]
        pen += number.advance + 0.3
        parts.append((unit.moved(pen), None))
        return Label(Ink(tuple(parts), pen + unit.advance), at, em, chapter.theme.text, "centre")
