"""Figure 3-4: every key meets every query, and their dot product says how well they fit."""

from __future__ import annotations

import numpy as np
from manim import FadeIn, FadeOut

from attention_core.rounding import format_score
from scenes.kit.animate import ENTER, LEAVE, Show, Stagger
from scenes.kit.chapter import STILL_EM, Chapter
from scenes.kit.fill import score_dots, score_minuses, score_numbers, start_scores
from scenes.kit.grid import Grid
from scenes.kit.header import Header
from scenes.kit.legend import Entry, legend, room
from scenes.kit.products import Products
from scenes.picture import Picture


class DotProducts(Chapter):
    """K_i . Q_j in every cell; the symbols give way to a dot where the score is positive."""

    slug = "dot-products"

    def _prepare(self) -> None:
        em = max(self.min_em, STILL_EM)
        entries = [Entry("dot", self.say("positive")), Entry("minus", self.say("negative"))]
        self.grid = Grid(self, corner=room(entries, em))
        board, scores = self.grid.board, self.trace.scores
        self.dots = score_dots(board, scores, ~self.grid.hidden, self.theme)
        self.starts = start_scores(board, scores, self.theme)
        self.minuses = score_minuses(board, scores, self.theme)
        self.legend = legend(entries, board, self.theme, self.dots.radius, em)

    def draw(self, figure: str) -> Picture:
        """The dots, with their legend."""
        self._prepare()
        self.add(*self.grid.frame, self.minuses, self.dots, *self.starts)
        self.add(*self.legend, *self.credit())
        return self.picture(figure, "scores", self.grid.board, self.trace.scores, self._alt())

    def construct(self) -> None:
        """Headers; symbols fly to their cells; dots grow; then the numbers themselves."""
        self._prepare()
        grid, order = self.grid, self.grid.order
        self._open(grid)
        products = Products(grid.board, self.theme, grid.queries, grid.keys)
        if products.readable:
            self.play(products.send("along"), run_time=2.0)
            self.play(products.send("down"), run_time=2.0)
            self.wait(0.6)
        self.dots.arrays["size"] = self.dots.arrays["size"] * 0
        self.play(
            *([products.leave(order)] if products.readable else []),
            *[Show(layer, order, window=ENTER) for layer in (self.minuses, *self.starts)],
            Stagger(self.dots, order, window=ENTER, introducer=True, size=1.0),
            *[FadeIn(entry) for entry in self.legend],
            run_time=1.6,
        )
        self.remove(products)
        self.wait(1.5)
        numbers = score_numbers(grid.board, self.trace.scores, self.theme)
        self.play(
            Stagger(self.dots, order, window=LEAVE, shown=0.0),
            *[
                Stagger(layer, order, window=LEAVE, shown=0.0)
                for layer in (self.minuses, *self.starts)
            ],
            Show(numbers, order, window=ENTER),
            *[FadeOut(entry) for entry in self.legend],
            run_time=1.4,
        )
        self.remove(self.dots, self.minuses, *self.starts)
        self.wait(1.0)
        self.show_credit()

    def _open(self, grid: Grid) -> None:
        """Words first, then the rules and the symbols."""
        headers: tuple[Header, Header] = (grid.queries, grid.keys)
        along = [np.linspace(0, 1, len(header.axis.labels)) for header in headers]
        for header in headers:
            header.arrays["symbol"] = header.arrays["symbol"] * 0
        self.play(
            *[Show(h, order) for h, order in zip(headers, along, strict=True)],
            *[FadeIn(line) for line in self.caption()],
            run_time=1.2,
        )
        grid.lines.arrays["grown"] = np.array(0.0)
        self.play(
            *[Stagger(h, order, symbol=1.0) for h, order in zip(headers, along, strict=True)],
            Stagger(grid.lines, introducer=True, grown=1.0),
            run_time=1.2,
        )

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
