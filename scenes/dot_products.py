"""Figure 3-4: every key meets every query, and their dot product says how well they fit."""

from __future__ import annotations

import numpy as np
from manim import FadeIn

from attention_core.rounding import format_score
from scenes.kit.chapter import Chapter
from scenes.kit.exchange import exchange
from scenes.kit.fill import score_dots, score_minuses, score_numbers, start_scores
from scenes.kit.grid import Grid
from scenes.kit.products import Products
from scenes.kit.raw import score_legend, score_room
from scenes.kit.worked import Worked
from scenes.picture import Picture


class DotProducts(Chapter):
    """K_i . Q_j in every cell; the symbols give way to a dot where the score is positive."""

    slug = "dot-products"
    opens_with_grid = True

    def _prepare(self) -> None:
        scores = self.trace.scores
        entries, self.worked = score_room(self, scores), Worked(self)
        self.grid = grid = Grid(self, legends=[entries])
        self.products = Products(grid.board, self.theme, grid.queries, grid.keys)
        self.works = not (self.products.readable or self.is_still or self.brief)
        if self.works:  # no cell spells K_i . Q_j: one score is worked out beside the legend
            self.grid = grid = Grid(self, legends=[[*entries, self.worked.entry]])
        board = grid.board
        self.dots = score_dots(board, scores, ~self.grid.hidden, self.theme)
        self.starts = start_scores(board, scores, self.theme)
        self.minuses = score_minuses(board, scores, self.theme)
        more = [self.worked.entry] * self.works
        parts = score_legend(grid, scores, self.dots.radius, more)
        self.legend, self.line = parts[: len(parts) - 2 * len(more)], parts[-2:]

    def draw(self, figure: str) -> Picture:
        """The dots, with their legend."""
        self._prepare()
        self.add(*self.grid.frame, self.minuses, self.dots, *self.starts)
        self.add(*self.legend, *self.parked(), *self.credit())
        return self.picture(figure, "scores", self.grid.board, self.trace.scores, self._alt())

    def construct(self) -> None:
        """Headers; symbols go to their cells; dots grow there; then the numbers themselves."""
        self._prepare()
        grid, order = self.grid, self.grid.order
        self._open(grid)
        products = self.products
        symbols = [products] if products.readable else []
        if symbols:
            self.play(products.send("along"), run_time=1.7)
            self.play(products.send("down"), run_time=1.7)
            self.linger(0.6, 0.3)
        dots = [self.minuses, self.dots, *self.starts]
        self.play(*exchange(symbols, [*dots, *self.legend], order, run_time=1.5))
        self.remove(products)
        self.linger(1.6, 0.8)
        if self.works:
            self.play(*self.worked.focus(grid, dots, self.line))
            self.linger(2.0)
            self.play(*self.worked.release(grid, dots), run_time=0.6)
        numbers = score_numbers(grid.board, self.trace.scores, self.theme)
        # In a story the next chapter has the numbers. Too small or too many, they tell nothing.
        if grid.board.tells(numbers.em) and not self.brief:
            self.play(*exchange([*dots, *self.legend], [numbers], order, run_time=1.4))
            self.remove(*dots, *self.legend)
            self.wait(1.0)
        self.show_credit()

    def _open(self, grid: Grid) -> None:
        """Words first, then the rules and the symbols."""
        self.play(*grid.enter(symbols=False), *[FadeIn(x, run_time=0.9) for x in self.caption()])
        self.play(*grid.enter_symbols(), *[FadeIn(x, run_time=0.5) for x in self.parked()])

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
            best_query=trace.tokens[rows[query]].display,
            best_key=trace.tokens[rows[key]].display,
        )
