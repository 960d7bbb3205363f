"""Figure 3-4: every key meets every query, and their dot product says how well they fit."""

from __future__ import annotations

import numpy as np
from manim import FadeIn, FadeOut

from attention_core.rounding import format_score
from scenes.kit.animate import Show, Stagger, sweep
from scenes.kit.chapter import STILL_EM, Chapter
from scenes.kit.cells import Lines
from scenes.kit.fill import hidden_cells, score_dots, score_minuses, score_numbers
from scenes.kit.legend import Entry, legend, room
from scenes.kit.products import Products
from scenes.picture import Picture


class DotProducts(Chapter):
    """K_i . Q_j in every cell; the symbols give way to a dot where the score is positive."""

    slug = "dot-products"

    def _prepare(self) -> None:
        em = max(self.min_em, STILL_EM)
        entries = [Entry("dot", self.say("positive")), Entry("minus", self.say("negative"))]
        self.grid = grid = self.board(corner=room(entries, em))
        self.queries, self.keys = self.headers(grid)
        self.lines = Lines(grid, self.theme)
        visible = ~hidden_cells(grid, self.trace.masked)
        self.dots = score_dots(grid, self.trace.scores, visible, self.theme)
        self.minuses = score_minuses(grid, self.trace.scores, self.theme)
        self.legend = legend(entries, grid, self.theme, self.dots.radius, em)
        rows, columns = np.divmod(np.arange(grid.count), len(grid.columns.labels))
        self.order = sweep(rows, columns)

    def draw(self, figure: str) -> Picture:
        """The dots, with their legend."""
        self._prepare()
        self.add(self.lines, self.queries, self.keys, self.minuses, self.dots, *self.legend)
        self.add(*self.credit())
        return self.picture(figure, "scores", self.grid, self.trace.scores, self._alt())

    def construct(self) -> None:
        """Headers; symbols fly to their cells; dots grow; then the numbers themselves."""
        self._prepare()
        lines, queries, keys = self.lines, self.queries, self.keys
        caption = self.caption()
        symbols = [queries.arrays["symbol"] * 0, keys.arrays["symbol"] * 0]
        queries.arrays["symbol"], keys.arrays["symbol"] = symbols
        self.play(
            Show(queries, self._along(queries), spread=0.7),
            Show(keys, self._along(keys), spread=0.7),
            *[FadeIn(line) for line in caption],
            run_time=1.2,
        )
        lines.arrays["grown"] = np.array(0.0)
        self.play(
            Stagger(queries, self._along(queries), spread=0.6, symbol=1.0),
            Stagger(keys, self._along(keys), spread=0.6, symbol=1.0),
            Stagger(lines, introducer=True, grown=1.0),
            run_time=1.2,
        )
        products = Products(self.grid, self.theme, queries, keys)
        if products.readable:
            self.play(products.fly(self.order), run_time=3.0)
            self.wait(0.4)
        self.dots.arrays["size"] = self.dots.arrays["size"] * 0
        self.play(
            *([products.leave(self.order)] if products.readable else []),
            Show(self.minuses, self.order, spread=0.7),
            Stagger(self.dots, self.order, spread=0.7, introducer=True, size=1.0),
            *[FadeIn(entry) for entry in self.legend],
            run_time=1.6,
        )
        self.remove(products)
        self.wait(1.5)
        numbers = score_numbers(self.grid, self.trace.scores, self.theme)
        self.play(
            Stagger(self.dots, self.order, spread=0.6, shown=0.0),
            Stagger(self.minuses, self.order, spread=0.6, shown=0.0),
            Show(numbers, self.order, spread=0.6),
            *[FadeOut(entry) for entry in self.legend],
            run_time=1.4,
        )
        self.remove(self.dots, self.minuses)
        self.wait(1.0)
        self.show_credit()

    @staticmethod
    def _along(header: object) -> np.ndarray:
        return np.linspace(0, 1, len(header.axis.labels))  # type: ignore[attr-defined]

    def _alt(self) -> str:
        trace = self.trace
        scores = np.where(np.isneginf(trace.masked), -np.inf, trace.scores).astype(float)
        rows = list(trace.word_rows)
        block = scores[np.ix_(rows, rows)]
        query, key = np.unravel_index(int(block.argmax()), block.shape)
        return self.say(
            "alt",
            sentence=trace.sentence,
            best_score=format_score(float(block.max())),
            best_query=self.word(rows[query]),
            best_key=self.word(rows[key]),
        )
