"""All heads of a layer: each looks in its own way, and their updates add up."""

from __future__ import annotations

import numpy as np
from manim import FadeIn

from attention_core.focus import word_of
from attention_core.heads import head_roles
from attention_core.rounding import format_length, format_weight, length_decimals
from attention_core.tokens import Word
from scenes.kit.animate import ENTER, Grow, Show, Stagger
from scenes.kit.chapter import Chapter
from scenes.kit.exchange import exchange
from scenes.kit.fill import start_shares, weight_dots, weight_rings
from scenes.kit.grid import Grid
from scenes.kit.head_sum import HeadSum
from scenes.kit.heads import Heads
from scenes.kit.painted import Painted
from scenes.kit.panels import Panels
from scenes.picture import Picture


class MultiHead(Chapter):
    """The heads' patterns as panels in depth, what each does, and the sum of what they write."""

    slug = "multi-head"
    opens_with_grid = True

    def _prepare(self) -> None:
        trace, row = self.trace, self.query()
        marks = self.accents()
        query = word_of(trace, row) or trace.words[-1]
        others = [word for word in trace.words if word != query]
        self.sources: list[Word] = [word for word in others if word.pieces[0] in marks]
        self.roles = head_roles(trace, query, self.sources)
        self.grid = grid = Grid(self)
        dots = weight_dots(grid.board, trace.weights, self.theme)
        starts = start_shares(grid.board, trace.weights, self.theme)
        self.pattern = [weight_rings(grid.board, ~grid.hidden, self.theme), dots, *starts]
        patterns = trace.need("patterns")
        self.panels = Panels(grid.board, patterns, trace.masked, row, self.theme)
        self.panels.front = trace.head
        self.heads = Heads(self, grid.board, self.panels, self.roles, row, self.sources)
        self.summed = HeadSum(self, self.region, row, self.heads.em)
        # Words and the key stand beside the first panel where that will be.
        start = {name: self.panels.arrays[name] for name in self.heads.target}
        self.panels.set(**self.heads.target)
        self.words, self.key = self.heads.words(), self.heads.key()
        self.panels.arrays.update(start)

    def draw(self, figure: str) -> Picture:
        """All of it at once."""
        self._prepare()
        heads, panels = self.heads, self.panels
        panels.set(**heads.target)
        self.add(panels, *self.words, *self.key, *heads.title(), *heads.bars())
        self.add(*heads.headings(), *heads.numbers(), *heads.names(), *heads.given())
        self.add(*heads.lengths())
        self.add(*self.summed.parts, *self.credit(), *self.parked())
        places = panels.places(self.grid.board, self.trace.head)
        return self.described(figure, "weights", places, self.masked_weights, self._alt())

    def construct(self) -> None:
        """One head's grid; all heads beside it; what each does; what they write, added up."""
        self._prepare()
        grid, panels, heads = self.grid, self.panels, self.heads
        panels.set(place=panels.middle, half=panels.reach, lit=0.0, framed=0.0, shown=0.0)
        self.play(*grid.enter(), *[FadeIn(line) for line in self.caption()], run_time=0.8)
        masked = Show(grid.tints, grid.order, run_time=1.0)
        self.play(masked, *exchange([], self.pattern, grid.by_query, run_time=1.2))
        self.linger(0.3)
        self._spread()
        order = np.linspace(0.0, 1.0, len(self.roles))
        shown = [*heads.numbers(), *heads.names()]
        self.play(
            *[Show(strip, order, run_time=self.span(1.3, 0.8)) for strip in shown],
            *[Show(strip, run_time=0.6) for strip in (*heads.headings()[:1], *self.words)],
            *[FadeIn(line, run_time=0.6) for line in (*self.key, *self.parked())],
        )
        self.linger(0.6)
        self._add_up(order)
        self.show_credit()

    def _spread(self) -> None:
        """The words leave; our panel takes its place, and the others come from behind it."""
        grid, panels, heads, own = self.grid, self.panels, self.heads, self.trace.head
        target = heads.target
        panels.arrays["shown"][own] = 1.0
        self.add(panels)
        self.bring_to_back(panels)
        lit = np.eye(len(self.roles))[own]
        self.remove(grid.tints)  # our panel has them too, and both would be twice as dark
        left = [*grid.frame, *self.pattern]
        fading = [Stagger(part, run_time=0.5, opacity=0.0) for part in left]
        self.play(*fading, Stagger(panels, run_time=0.5, lit=lit))
        self.remove(*left)
        panels.set(lit=1.0)
        # Told in full, they are first seen large; then they make room for what is said of them.
        first = target if self.brief or heads.rows > 1 else heads.hall()
        self.play(*heads.parting(first, run_time=1.8))
        if first is not target:
            self.linger(0.4)
            self.play(Stagger(panels, run_time=1.0, **target))

    def _add_up(self, order: np.ndarray) -> None:
        """One query is framed in each panel; what the heads write into its word adds up."""
        heads, summed, chain = self.heads, self.summed, self.summed.chain
        told = (*heads.title(), *heads.headings()[1:-1], *heads.given())
        self.play(
            Stagger(self.panels, order, run_time=0.9, framed=1.0),
            *[FadeIn(part, run_time=0.5) for part in told],
            *[Grow(bars, order, run_time=1.2) for bars in heads.bars()],
        )
        self.linger(0.6, 0.0)
        chain.set(grown=0.0, total=0.0)
        self.play(
            *[Show(strip, run_time=0.6) for strip in heads.headings()[-1:]],
            FadeIn(summed.formula, run_time=0.5),
            Stagger(chain, order, introducer=True, run_time=1.6, grown=1.0),
            *[Show(strip, order, run_time=1.6) for strip in heads.lengths()],
            *[Show(strip, run_time=1.6, window=ENTER) for strip in summed.numbers],
        )
        self.play(Stagger(chain, total=1.0, run_time=0.8), FadeIn(summed.guides, run_time=0.4))
        self.play(*[FadeIn(line, run_time=0.4) for line in (summed.total, summed.plane)])
        self.linger(1.0)

    def parked(self, name: str = "parked") -> list[Painted]:
        """The note on the start token, and what the heads' names were measured on."""
        return super().parked("parked_roles" if self.heads.named else name)

    def _alt(self) -> str:
        trace, row = self.trace, self.query()
        length = float(self.material.need("block_lengths")[row])
        named = ", ".join(
            self.say("alt_head", head=head, role=self.say(f"role_{role.name}"))
            + ("" if role.name == "none" else f" {format_weight(role.score)}")
            for head, role in enumerate(self.roles)
        )
        return self.say(
            "alt",
            sentence=trace.sentence,
            layer=trace.layer,
            count=len(self.roles),
            query=self.word(row),
            length=format_length(length, length_decimals(length)),
            named=named,
        )
