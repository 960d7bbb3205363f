"""All heads of a layer: each looks in its own way, and their updates add up."""

from __future__ import annotations

from itertools import chain

import numpy as np
from manim import FadeIn

from scenes.kit.animate import ENTER, Grow, Show, Stagger
from scenes.kit.chapter import Chapter
from scenes.kit.exchange import exchange
from scenes.kit.fill import start_shares, weight_dots, weight_rings
from scenes.kit.grid import Grid
from scenes.kit.head_sum import HeadSum
from scenes.kit.head_table import HeadTable
from scenes.kit.heads import LATE, Heads
from scenes.kit.legend import Entry
from scenes.kit.painted import Painted
from scenes.kit.signs import noted
from scenes.kit.strip import Strip
from scenes.picture import Picture

BEHIND = 0.55  # of the panels, once it is told what they write


class MultiHead(Chapter):
    """The heads' patterns as panels in depth, what each does, and the sum of what they write."""

    slug = "multi-head"
    opens_with_grid = True

    def _prepare(self) -> None:
        trace, row = self.trace, self.query()
        head = Entry("", self.say("one", head=trace.head))
        entries = [head, *([Entry("masked", self.say("masked"))] if trace.causal else [])]
        # A still shows the panels alone.
        self.grid = grid = Grid(self, legends=None if self.is_still else [entries])
        legend = [] if self.is_still else grid.legend(entries, grid.board.dot_radius)
        self.told = [*legend, *noted(self)]  # in its corner, and below the grid: signs in its texts
        dots = weight_dots(grid.board, trace.weights, self.theme)
        starts = start_shares(grid.board, trace.weights, self.theme)
        self.pattern = [weight_rings(grid.board, ~grid.hidden, self.theme), dots, *starts]
        self.heads = heads = Heads(self, grid.board, row)
        self.panels, self.words, self.key = heads.panels, heads.words(), heads.key()
        self.table = HeadTable(self, heads)
        self.summed = HeadSum(self, heads.below, row, heads.em)

    def draw(self, figure: str) -> Picture:
        """All of it at once."""
        self._prepare()
        table, panels = self.table, self.panels
        self.add(panels, *self.words, *self.key, *table.title(), *table.bars())
        self.add(*chain(*table.headings()), *table.numbers(), *table.names(), *table.given())
        self.add(*table.lengths(), *table.sums())
        self.add(*self.summed.parts, *self.credit(), *self.heads.parked())
        places = panels.places(self.grid.board, self.trace.head)
        return self.described(figure, "weights", places, self.masked_weights, table.alt())

    def construct(self) -> None:
        """One head's grid; all heads beside it; what each does; what they write, added up."""
        self._prepare()
        grid, panels, table = self.grid, self.panels, self.table
        flat = {"place": panels.middle, "half": panels.reach, "turn": 0.0}
        panels.set(**flat, lit=0.0, framed=0.0, shown=0.0)
        lines = [FadeIn(line) for line in (*self.caption(), *self.told)]
        self.play(*grid.enter(), *lines, run_time=0.8)
        masked = Show(grid.tints, grid.order, run_time=1.0)
        self.play(masked, *exchange([], self.pattern, grid.by_query, run_time=1.2))
        self.linger(0.3)
        order = np.linspace(0.0, 1.0, len(self.heads.roles))
        (numbers, *names), headings = table.numbers(), table.headings()
        self._spread(numbers, headings.heads)
        shown, told = [*names, *table.names()], [*headings.names, *self.words]
        parked = self.heads.parked()
        self.play(
            *[Show(strip, order, run_time=self.span(1.3, 0.8)) for strip in shown],
            *[Show(strip, run_time=0.6) for strip in told],
            *[FadeIn(line, run_time=0.6) for line in (*self.key, *parked)],
        )
        self.linger(0.6)
        own = self._look(order)
        if self.heads.looks:
            self._clear([*names, *headings.names, *parked, *own])
        self._add_up(order)
        self.show_credit()

    def _spread(self, numbers: Strip, more: list[Strip]) -> None:
        """The words leave; our panel takes its place, the others come from behind it, numbered."""
        grid, panels, heads, own = self.grid, self.panels, self.heads, self.trace.head
        panels.arrays["shown"][own] = 1.0
        self.add(panels)
        self.bring_to_back(panels)
        lit = np.eye(len(heads.roles))[own]
        self.remove(grid.tints)  # our panel has them too, and both would be twice as dark
        left = [*grid.frame, *self.pattern, *self.told]
        fading = [Stagger(part, run_time=0.5, opacity=0.0) for part in left]
        self.play(*fading, Stagger(panels, run_time=0.5, lit=lit))
        self.remove(*left)
        panels.set(lit=1.0)
        if self.brief or heads.rows > 1:
            shown = [Show(strip, window=LATE, run_time=1.8) for strip in (numbers, *more)]
            self.play(*heads.parting(heads.target, run_time=1.8), *shown)
            return
        # Told in full, they are first seen large; then they make room for what is said of them.
        (hall, spots), home = heads.hall(), numbers.arrays["spot"]
        numbers.set(spot=spots)
        self.play(*heads.parting(hall, run_time=1.8), heads.numbering(numbers, run_time=1.8))
        self.linger(0.4)
        shown = [Show(strip, window=LATE, run_time=1.0) for strip in more]
        self.play(Stagger(panels, **heads.target), Stagger(numbers, spot=home), *shown)

    def _look(self, order: np.ndarray) -> list[Painted]:
        """One query is framed in each panel: where it looks, which is what came in."""
        table = self.table
        told, bars = [*table.title(), *table.headings().shares, *table.given()], table.bars()
        self.play(
            Stagger(self.panels, order, run_time=0.9, framed=1.0),
            *[FadeIn(part, run_time=0.5) for part in told],
            *[Grow(part, order, run_time=1.2) for part in bars],
        )
        self.linger(0.6, 0.0)
        return [*told, *bars]

    def _clear(self, told: list[Painted]) -> None:
        """What was told leaves, and the panels step back: there is room for what they write."""
        behind = self.heads.step_back(self.words, self.key, BEHIND)
        self.play(*[Stagger(part, opacity=0.0) for part in told], *behind, run_time=0.6)
        self.remove(*told)

    def _add_up(self, order: np.ndarray) -> None:
        """What the heads write into the query's word adds up."""
        table, summed, steps = self.table, self.summed, self.summed.chain
        sums = table.sums()
        steps.set(grown=0.0, total=0.0)
        self.play(
            *[Show(strip, run_time=0.6) for strip in table.headings().along],
            *[FadeIn(line, run_time=0.5) for line in summed.formula],
            Stagger(steps, order, introducer=True, run_time=1.6, grown=1.0),
            *[Show(strip, order, run_time=1.6) for strip in table.lengths()],
            *[Show(strip, run_time=1.6, window=ENTER) for strip in sums[:-1]],
            *[Show(part, run_time=1.6, window=ENTER) for part in summed.named],
        )
        self.play(Stagger(steps, total=1.0, run_time=0.8), FadeIn(summed.guides, run_time=0.4))
        self.play(
            *[FadeIn(line, run_time=0.4) for line in (*sums[-1:], summed.total, *summed.plane)]
        )
        self.linger(0.4)
