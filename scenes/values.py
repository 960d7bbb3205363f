"""The values: what a token takes from those it looks at, and how far that moves it."""

from __future__ import annotations

from typing import Any

import numpy as np
from manim import FadeIn, LaggedStart

from attention_core.rounding import format_norm, format_percent, format_weight, shares
from scenes.kit.animate import ENTER, LEAVE, Show, Stagger
from scenes.kit.below import SIGN
from scenes.kit.chapter import Chapter
from scenes.kit.plane import Plane
from scenes.kit.weighing import Weighing
from scenes.picture import Picture

DIMMED = 0.3  # the table behind the one row, which is gone before that flies across it


class Values(Chapter):
    """W_V carries each token to its value; one column of weights scales them; their sum is dE."""

    slug = "values"

    def draw(self, figure: str) -> Picture:
        """value: the weighted sum. plane: E + dE = E', in entries and as arrows to scale."""
        query = self.query()
        if figure == "plane":
            plane, lengths = Plane(self, query), self.material.need("lengths")
            self.add(*plane.parts, *self.credit())
            content = plane.places(), lengths, self._alt("alt_plane")
            return self.described(figure, "lengths", *content, counted=plane.counted)
        weighing = Weighing(self, query)
        self.add(*weighing.parts, *self.credit())
        weights = self.masked_weights
        return self.described(figure, "weights", weighing.places(), weights, self._alt("alt"))

    def construct(self) -> None:
        """Each value, its weight, their sum; what W_O makes of it; and what that does to E."""
        query = self.query()
        weighing, plane = Weighing(self, query), Plane(self, query)
        self._weigh(weighing)
        self._change(weighing, plane)
        self._move(plane)
        self.show_credit()

    def _weigh(self, made: Weighing) -> None:
        """W_V carries each token over; the weights come, scale the values, and these add up."""
        heads, weight = made.heads
        opening = [made.title, *made.brackets, *self.caption()]
        self.play(Show(made.words, made.order), *map(FadeIn, opening), run_time=0.8)
        made.carriers.set(grown=0.0, shown=made.carried)
        made.symbols.set(shown=1.0)
        by_row = made.values.rows / max(1, made.values.rows.max())
        self.play(
            *[FadeIn(head, run_time=0.5) for head in heads],
            Stagger(made.carriers, made.order, introducer=True, grown=1.0),
            Show(made.symbols, made.order, window=ENTER),
            Show(made.values, by_row, window=ENTER),
            run_time=1.5,
        )
        self.linger(0.6, 0.2)
        value = made.bars.arrays["value"].copy()
        made.bars.set(value=0.0)
        self.play(
            Show(made.numbers, made.order),
            *[FadeIn(line, run_time=0.4) for line in (weight, *made.notes)],
            Stagger(made.bars, made.order, introducer=True, value=value),
            run_time=0.8,
        )
        self.linger(0.4)
        arrows, symbols = made.counting
        moved: list[Any] = []
        if made.numbers is not made.factors:  # from beside the bars they go behind the values
            moved = [Stagger(made.numbers, made.order, window=LEAVE, shown=0.0)]
            moved.append(Show(made.factors, made.order, window=ENTER))
        self.play(
            Stagger(made.carriers, made.order, window=LEAVE, shown=arrows),
            Stagger(made.symbols, made.order, window=LEAVE, shown=symbols),
            *moved,
            Stagger(made.values, by_row, window=LEAVE, shown=0.0),
            Show(made.weighted, by_row, window=ENTER),
            *map(FadeIn, made.rounded),
            run_time=1.6,
        )
        self.remove(made.values, *([made.numbers] if moved else []))
        self.linger(0.3)
        summed, returned = (
            [FadeIn(part, run_time=0.6) for part in parts] for parts in (made.summed, made.returned)
        )
        self.in_turn(summed, 0.4, returned)
        self.linger(0.6, 0.4)

    def _change(self, made: Weighing, plane: Plane) -> None:
        """All is dimmed but dE, which takes its place above E + dE = E', named; the others come."""
        name = np.array([(made.text_end - SIGN, made.out_y)])
        spots = made.written.arrays["spot"], made.name.arrays["spot"], name
        moves = plane.take_over(spots, made.em)
        through, *_ = made.returned  # where it stood, dE gets its name
        kept = [part for part in made.leaving if part is not through]
        dimmed = [Stagger(part, window=LEAVE, opacity=DIMMED) for part in kept]
        dimmed.append(Stagger(through, window=LEAVE, opacity=0.0))
        gone = [Stagger(part, opacity=0.0) for part in kept]
        plane.texts.set_opacity(0.0)
        named = Stagger(plane.texts, window=ENTER, introducer=True, opacity=1.0)
        self.remove(made.written, made.name)
        self.add(plane.entries, plane.names)
        self.play(*dimmed, named, run_time=0.5)
        self.play(*gone, run_time=0.3)
        self.play(*moves, run_time=1.2)
        self.remove(*made.leaving)
        self.linger(0.4)

    def _move(self, plane: Plane) -> None:
        """The same as arrows to scale, and the head's own change under a lens."""
        plane.arrows.set(grown=0.0)
        order = np.array([0.0, 0.5, 1.0])  # E, then dE from its tip, then E' to where that ends
        self.play(
            LaggedStart(*[FadeIn(label, run_time=0.4) for label in plane.labels], lag_ratio=0.9),
            Stagger(plane.arrows, order, spread=0.6, introducer=True, grown=1.0),
            run_time=1.6,
        )
        self.play(*map(FadeIn, plane.lens.parts), run_time=0.5)
        self.linger(0.7, 0.4)

    def _alt(self, name: str) -> str:
        trace, row = self.trace, self.query()
        best = max(trace.word_rows, key=lambda key: float(trace.weights[row, key]))
        before, head, block, after = self.material.arrays["lengths"][row].tolist()
        return self.say(
            name,
            sentence=trace.sentence,
            query=self.word(row),
            best_key=trace.tokens[best].display,
            best=format_weight(float(shares(trace.weights[row])[best])),
            before=format_norm(before),
            head=format_norm(head),
            share=format_percent(head / before) if before else format_percent(0.0),
            block=format_norm(block),
            after=format_norm(after),
        )
