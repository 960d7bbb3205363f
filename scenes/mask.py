"""The mask: without it words would read what comes after them; with it none can."""

from __future__ import annotations

import numpy as np
from manim import FadeIn, FadeOut

from attention_core.rounding import format_percent
from attention_core.trace import Trace
from scenes.kit import typeset
from scenes.kit.animate import ENTER, LEAVE, Show, Stagger
from scenes.kit.cells import Dots
from scenes.kit.chapter import Chapter
from scenes.kit.fill import score_numbers, start_shares, weight_dots, weight_numbers, weight_rings
from scenes.kit.grid import Grid
from scenes.kit.header import Accent
from scenes.kit.painted import Painted
from scenes.picture import Picture

TITLE_EM = 0.36


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

    def draw(self, figure: str) -> Picture:
        """The leaking pattern above, the masked one below."""
        for masked, region in zip((False, True), self.halves(), strict=True):
            grid = Grid(self, region=region)
            if masked:
                self.add(grid.tints)
            self.add(*grid.frame, *self._pattern(grid, masked), self._title(masked, region[3]))
        self.add(*self.credit(), *self.parked())
        return self.picture(figure, "weights", grid.board, self.masked_weights, self._alt())

    def construct(self) -> None:
        """Leaking dots; the scores; the mask; softmax; the pattern that no word can cheat."""
        x0, y0, x1, y1 = self.region
        grid = Grid(self, region=(x0, y0, x1, y1 - 0.55), corner=(1.7, 0.7))
        top, order = y1 - 0.55, grid.order
        self.play(*[FadeIn(x) for x in (*grid.frame, *self.caption())], run_time=0.8)
        pattern = self._show_pattern(grid, False, self._title(False, top))
        self.wait(1.4)
        free = score_numbers(grid.board, self.trace.scaled, self.theme)
        self._exchange(grid, pattern, [free])
        self.wait(0.4)
        infinite = score_numbers(
            grid.board, self.trace.scaled, self.theme, masked=grid.hidden, em=free.em
        )
        infinite.arrays["shown"] = grid.hidden.astype(float)
        self.bring_to_back(grid.tints)
        self.play(
            Show(grid.tints, order),
            Stagger(free, order, window=LEAVE, shown=(~grid.hidden).astype(float)),
            Show(infinite, order, window=ENTER),
            run_time=1.8,
        )
        self.wait(0.8)
        shares = weight_numbers(
            grid.board, self.trace.weights, self.theme, masked=grid.hidden, show_masked=True
        )
        cx0, cy0, cx1, cy1 = grid.board.corner
        em = min(TITLE_EM, (cx1 - cx0 - 0.6) / typeset.text(self.say("softmax")).advance)
        softmax = self.label(self.say("softmax"), (cx0 + 0.2, (cy0 + cy1) / 2), em)
        self.play(FadeIn(softmax), run_time=0.4)
        self._exchange(grid, [free, infinite], [shares])
        self.wait(1.0)
        self._exchange(grid, [shares, softmax], [])
        self._show_pattern(grid, True, self._title(True, top))
        self.wait(0.5)
        self.show_credit()

    def _title(self, masked: bool, top: float) -> Painted:
        """ "without the mask: 58% of the attention would go to later tokens"."""
        line = self.say("with_mask") if masked else self.say("without_mask", share=self._leak())
        colour = self.theme.text if masked else self.theme.masked
        x0, _, x1, _ = self.region
        return self.label(line, (0.0, top + 0.2), TITLE_EM, colour, "centre", most=x1 - x0)

    def _pattern(self, grid: Grid, masked: bool) -> list[Painted]:
        """Unit rings and dots of the weights; future ones are drawn in the mask's red."""
        weights = self.trace.weights if masked else self.trace.unmasked_weights
        dots: Dots = weight_dots(grid.board, weights, self.theme)
        dots.warned = grid.hidden
        seen = ~grid.hidden if masked else np.ones_like(grid.hidden)
        numbers = start_shares(grid.board, weights, self.theme)
        return [weight_rings(grid.board, seen, self.theme), dots, *numbers]

    def _show_pattern(self, grid: Grid, masked: bool, title: Painted) -> list[Painted]:
        rings, dots, *numbers = self._pattern(grid, masked)
        dots.arrays["size"] = dots.arrays["size"] * 0
        self.play(
            Show(rings, grid.order),
            Stagger(dots, grid.order, introducer=True, size=1.0),
            *[Show(layer, grid.order) for layer in numbers],
            FadeIn(title),
            run_time=1.4,
        )
        return [rings, dots, *numbers, title]

    def _exchange(self, grid: Grid, old: list[Painted], new: list[Painted]) -> None:
        """Layers leave cell by cell while others come."""
        cells = [layer for layer in old if "shown" in layer.arrays]
        self.play(
            *[Stagger(layer, grid.order, window=LEAVE, shown=0.0) for layer in cells],
            *[FadeOut(layer) for layer in old if layer not in cells],
            *[Show(layer, grid.order, window=ENTER) for layer in new],
            run_time=1.2,
        )
        self.remove(*old)

    def _alt(self) -> str:
        trace, leak = self.trace, self._leak()
        return self.say(
            "alt", layer=trace.layer, head=trace.head, sentence=trace.sentence, leak=leak
        )

    def _leak(self) -> str:
        return format_percent(float(self.material.arrays["leak_share"]))
