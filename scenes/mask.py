"""The mask: without it words would read what comes after them; with it none can."""

from __future__ import annotations

import numpy as np
from manim import FadeIn, FadeOut

from attention_core.trace import Trace
from scenes.kit.animate import Show, Stagger, sweep
from scenes.kit.cells import Dots, Lines
from scenes.kit.chapter import Chapter
from scenes.kit.fill import (
    hidden_cells,
    masked_tints,
    score_numbers,
    weight_dots,
    weight_numbers,
    weight_rings,
)
from scenes.kit.header import Accent
from scenes.kit.label import Label
from scenes.kit.layout import Board, Region
from scenes.kit.painted import Painted
from scenes.picture import Picture


class Mask(Chapter):
    """Future cells leak, turn red, become minus infinity, and 0.00 after softmax."""

    slug = "mask"

    @property
    def trace(self) -> Trace:
        """The head that would leak most into the future, which the credit line names."""
        return self.material.traces["leak"]

    def accents(self, trace: Trace | None = None, query: int | None = None) -> dict[int, Accent]:
        """No word is special here, unless one is asked for."""
        return super().accents(trace, query) if self.look.query else {}

    def _leak(self) -> str:
        return f"{round(float(self.material.arrays['leak_share']) * 100)}%"

    def _headline(self, masked: bool, x: float, y: float, em: float) -> list[Painted]:
        """ "without the mask: 58% of the words' attention goes to later words"."""
        if masked:
            line, colour = self.say("with_mask"), self.theme.text
        else:
            line, colour = self.say("without_mask", share=self._leak()), self.theme.masked
        x0, _, x1, _ = self.region
        return [self.label(line, (x, y), em, colour, "centre", most=x1 - x0)]

    def _layers(self, region: Region, masked: bool) -> tuple[Board, list[Painted]]:
        grid = self.board(region=region)
        hidden = hidden_cells(grid, self.trace.masked)
        queries, keys = self.headers(grid)
        weights = self.trace.weights if masked else self.trace.unmasked_weights
        dots = self._dots(grid, weights, hidden)
        rings = weight_rings(grid, ~hidden if masked else hidden | ~hidden, self.theme)
        under = [masked_tints(grid, hidden, self.theme)] if masked else []
        return grid, [*under, Lines(grid, self.theme), queries, keys, rings, dots]

    def _dots(self, grid: Board, weights: np.ndarray, hidden: np.ndarray) -> Dots:
        dots = weight_dots(grid, weights, self.theme)
        dots.warned = hidden
        return dots

    def draw(self, figure: str) -> Picture:
        """The leaking pattern above, the masked one below."""
        x0, y0, x1, y1 = self.region
        middle = (y0 + y1) / 2
        em = 0.36
        upper, above = self._layers((x0, middle + 0.15, x1, y1 - 0.6), masked=False)
        lower, below = self._layers((x0, y0 + 0.1, x1, middle - 0.7), masked=True)
        self.add(*above, *below)
        self.add(*self._headline(False, 0.0, upper.region[3] + 0.2, em))
        self.add(*self._headline(True, 0.0, lower.region[3] + 0.2, em))
        self.add(*self.credit(), *self.parked())
        weights = np.where(np.isneginf(self.trace.masked), -np.inf, self.trace.weights)
        return self.picture(figure, "weights", lower, weights, self._alt())

    def construct(self) -> None:
        """Leaking dots; the scores; the mask; softmax; the pattern that no word can cheat."""
        x0, y0, x1, y1 = self.region
        region = (x0, y0, x1, y1 - 0.55)
        line_y = y1 - 0.32
        grid = self.board(region=region)
        trace, theme = self.trace, self.theme
        hidden = hidden_cells(grid, trace.masked)
        queries, keys = self.headers(grid)
        lines, tints = Lines(grid, theme), masked_tints(grid, hidden, theme)
        leaking = self._dots(grid, trace.unmasked_weights, hidden)
        rings = weight_rings(grid, hidden | ~hidden, theme)
        rows, columns = np.divmod(np.arange(grid.count), len(grid.columns.labels))
        order = sweep(rows, columns)
        self.play(*[FadeIn(x) for x in (lines, queries, keys, *self.caption())], run_time=0.8)
        leaking.arrays["size"] = leaking.arrays["size"] * 0
        warning = self._headline(False, 0.0, line_y, 0.36)
        self.play(
            Show(rings, order, spread=0.6),
            Stagger(leaking, order, spread=0.6, introducer=True, size=1.0),
            *[FadeIn(line) for line in warning],
            run_time=1.4,
        )
        self.wait(1.4)
        free = score_numbers(grid, trace.scaled, theme)
        self.play(
            Stagger(leaking, order, spread=0.6, shown=0.0),
            Stagger(rings, order, spread=0.6, shown=0.0),
            Show(free, order, spread=0.6),
            *[FadeOut(line) for line in warning],
            run_time=1.2,
        )
        self.remove(leaking, rings)
        self.wait(0.4)
        masked = score_numbers(grid, trace.scaled, theme, masked=hidden, em=free.em)
        masked.arrays["shown"] = hidden.astype(float)
        seen = (~hidden).astype(float)
        self.bring_to_back(tints)
        self.play(
            Show(tints, order, spread=0.6),
            Stagger(free, order, spread=0.6, shown=seen),
            Show(masked, order, spread=0.6),
            run_time=1.8,
        )
        self.wait(0.8)
        shares = weight_numbers(grid, trace.weights, theme, masked=hidden, show_masked=True)
        softmax = self._softmax(grid)
        self.play(
            Stagger(free, order, spread=0.6, shown=0.0),
            Stagger(masked, order, spread=0.6, shown=0.0),
            Show(shares, order, spread=0.6),
            FadeIn(softmax),
            run_time=1.6,
        )
        self.remove(free, masked)
        self.wait(1.0)
        dots = self._dots(grid, trace.weights, hidden)
        dots.arrays["size"] = dots.arrays["size"] * 0
        self.play(
            Stagger(shares, order, spread=0.6, shown=0.0),
            Show(weight_rings(grid, ~hidden, theme), order, spread=0.6),
            Stagger(dots, order, spread=0.6, introducer=True, size=1.0),
            FadeOut(softmax),
            *[FadeIn(line) for line in self._headline(True, 0.0, line_y, 0.36)],
            run_time=1.4,
        )
        self.wait(0.5)
        self.show_credit()

    def _softmax(self, grid: Board) -> Label:
        x0, y0, _, y1 = grid.corner
        return self.label(self.say("softmax"), (x0 + 0.2, (y0 + y1) / 2), 0.36, self.theme.text)

    def _alt(self) -> str:
        return self.say(
            "alt",
            layer=self.trace.layer,
            head=self.trace.head,
            sentence=self.trace.sentence,
            leak=self._leak(),
        )

