"""The context: eight times the tokens are sixty-four times the weights."""

from __future__ import annotations

from dataclasses import replace
from itertools import chain

import numpy as np
from manim import FadeIn, UpdateFromAlphaFunc, smooth

from attention_core.trace import Trace
from scenes.kit.animate import ENTER, LEAVE, Show, Stagger
from scenes.kit.board import Region
from scenes.kit.chapter import Chapter
from scenes.kit.cost import Cost
from scenes.kit.growth import Growth
from scenes.kit.layout import is_narrow
from scenes.picture import Picture

BELOW = 4.75  # the height of all that a narrow frame shows below the square
ZOOM = (3.0, 2.2)  # seconds in which the view draws back eightfold, in full and in brief


class ContextSize(Chapter):
    """One text at 8, 64 and 512 tokens: dots, cells, a heat map, and what they cost."""

    slug = "context-size"

    @property
    def trace(self) -> Trace:
        """The first tokens of the text."""
        self.material.need("context_weights")  # or one line says what is missing
        return self.material.traces["context"]

    def _growth(self, square: Region, extent: float) -> Growth:
        weights = np.asarray(self.material.need("context_weights"), float)
        columns = self.look.orientation == "columns"
        return Growth(weights, square, extent, columns, self.theme, self.trace.start)

    def draw(self, figure: str) -> Picture:
        """Three squares side by side, from few tokens to many, with their cost below."""
        cost, (x0, y0, x1, y1), narrow = Cost(self), self.region, is_narrow()
        gap = cost.start_ink.advance * cost.em + 0.3
        room = (
            max(gap, cost.ways_room) if narrow else cost.room
        )  # squares in a narrow frame are too low to name rows
        top = y1 - (1.6 if narrow else max(1.75, 0.56 + cost.above))  # names, the key beside them
        side = min((x1 - x0 - room - 2 * gap) / 3, top - y0 - 2.9)
        left = -(room + 3 * side + 2 * gap) / 2 + room
        self.add(cost.line(self.say("text"), (0.0, y1 - 0.36), 0.30, x1 - x0))
        free, key = (x0, y1 - 0.92) if narrow else (left + side + 0.3, y1 - 1.1)
        self.add(*chain(*cost.key(((free + x1) / 2, key), x1 - free)))
        squares: list[Growth] = []
        em = cost.lines_em(side + gap - 0.2)
        for place, extent in enumerate(cost.sizes):
            a = left + place * (side + gap)
            square = self._growth((a, top - side, a + side, top), float(extent))
            squares.append(square)
            for row, line in enumerate(cost.lines(place)[: 1 if narrow else None]):
                at = (a + side / 2, top - side - 0.46 - 0.45 * row)
                colour = self.theme.quiet if row == 3 else self.theme.text
                self.add(self.label(line, at, em, colour, "centre", most=side + gap - 0.2))
            named = place == 0 and not narrow
            self.add(square, *cost.start_of(square, extent, named))
        self.add(*([] if narrow else cost.beside(squares[0])), *cost.ways(squares[0], not narrow))
        if narrow:
            self.add(*cost.table(x0 + 0.1, x1 - 0.1, top - side - 1.17, 0.40))
        notes = cost.notes()
        two = [" · ".join(notes[:2]), " · ".join(notes[2:])]
        for up, line in enumerate(reversed(notes if narrow else two)):
            self.add(cost.line(line, (0.0, y0 + 0.16 + 0.37 * up), 0.27, x1 - x0))
        self.add(*self.credit(), *self.parked())
        small, cell = squares[0], squares[0].pitch
        places = [
            (query, key, self._cell(small, query, key, cell))
            for query in range(self.trace.n)
            for key in range(self.trace.n)
        ]
        names = zip(("few", "some", "many"), cost.counts, strict=True)
        alt = self.say("alt", **dict(names))
        found = self.described(figure, "weights", places, self.masked_weights, alt)
        return replace(found, trace="context")

    def _cell(self, square: Growth, query: int, key: int, side: float) -> Region:
        across, down = (query, key) if square.columns else (key, query)
        x, y = square.box[0] + across * side, square.box[3] - (down + 1) * side
        return (x, y, x + side, y + side)

    def construct(self) -> None:
        """Eight tokens; the view draws back to sixty-four, then to all of them."""
        cost, (x0, y0, x1, y1) = Cost(self), self.region
        high = y1 - cost.above - 0.02
        if is_narrow():  # the square above, all else below it
            side = min(high - y0 - BELOW, x1 - x0 - cost.room)
            high -= max(0.0, high - y0 - BELOW - side) / 2
            first, left, pitch = (cost.room - side) / 2, x0 + 0.3, 0.43
            text, top, noted, key = (high - side - far for far in (0.4, 1.1, 2.87, 4.55))
        else:
            side, middle, pitch = min(high - y0 - 0.1, 0.47 * (x1 - x0)), (y0 + y1) / 2, 0.72
            first, left = x0 + cost.room, x0 + cost.room + side + 0.5
            text, top, noted, key = (middle + up for up in (2.75, 1.9, -0.95, -2.9))
        grown = self._growth((first, high - side, first + side, high), float(cost.sizes[0]))
        right = x1 - (0.3 if is_narrow() else 0.1)
        table = cost.table(left, right, top, pitch)
        centre, room = (left + right) / 2, right - left
        said = [cost.line(self.say("text"), (centre, text), 0.30, room)]
        dots, scale, swatches = cost.key((centre, key), room)
        said += [*dots, *swatches, *cost.ways(grown)]
        notes = [
            cost.line(line, (centre, noted - min(0.42, 0.9 * pitch) * row), 0.26, room)
            for row, line in enumerate(cost.notes())
        ]
        names, start = cost.beside(grown), cost.start_of(grown, grown.seen, named=True)
        opening = [grown, table[0], *names, *start]
        for part in opening:
            part.set_opacity(0.0)
        lines = (*said, *self.caption(), *self.parked())
        come = [Stagger(part, introducer=True, run_time=0.8, opacity=1.0) for part in opening]
        come += [FadeIn(line, run_time=0.5) for line in lines]
        self.in_turn(come, [Show(table[1], np.linspace(0, 1, 4), run_time=1.0)])
        self.linger(0.8, 0.3)
        zoom = self.span(*ZOOM)
        for row, (small, large) in enumerate(zip(cost.sizes, cost.sizes[1:], strict=False), 2):
            first = row == 2  # dots give way to the map, and so does their key
            leaving = [*names, *dots] if first else []
            there = [strip.arrays["spot"] for strip in cost.start_of(grown, large)]
            moves = zip(start, there, strict=True)
            self.play(
                self._draw_back(grown, small, large),
                *[Stagger(part, window=LEAVE, opacity=0.0) for part in leaving],
                *[FadeIn(part, run_time=zoom) for part in (scale if first else [])],
                *[Stagger(one, run_time=zoom, spot=to, shown=1.0) for one, to in moves],
                Show(table[row], window=ENTER, run_time=zoom),
            )
            self.remove(*leaving)
            self.linger(0.8, 0.3)
        self.play(*[FadeIn(line, run_time=0.5) for line in notes])
        self.linger(1.0, 0.4)
        self.show_credit()

    def _draw_back(self, grown: Growth, small: int, large: int) -> UpdateFromAlphaFunc:
        """Each moment shows the same multiple of tokens more: a zoom, not a push."""

        def go(square: Growth, alpha: float) -> None:
            square.set(extent=small * (large / small) ** alpha)

        return UpdateFromAlphaFunc(grown, go, rate_func=smooth, run_time=self.span(*ZOOM))
