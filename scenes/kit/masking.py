"""Scores on their way under the mask: as numbers, or where these tell little as dots and signs."""

from __future__ import annotations

import numpy as np

from attention_core.trace import Trace
from scenes.kit import fill
from scenes.kit.animate import LEAVE, Stagger
from scenes.kit.cells import Cells, Numbers
from scenes.kit.grid import Grid
from scenes.kit.painted import Painted
from scenes.kit.raw import marks_legend

FITTING = 0.9  # of a cell's width, what −∞ may take where hundreds stand side by side


class Masking:
    """The `free` scores of a grid with their legend, and `infinite` ones where the mask falls.

    `numbered`: whether scores and weights are numbers that tell something; `shares` are those.
    """

    def __init__(self, grid: Grid, trace: Trace) -> None:
        board, theme, scores = grid.board, grid.chapter.theme, trace.before_mask
        self.grid = grid
        numbers = fill.score_numbers(board, scores, theme, plain=True)
        shares = fill.weight_numbers(board, trace.weights, theme, masked=grid.hidden)
        self.numbered = board.tells(min(numbers.em, shares.em))
        self.shares: list[Cells] = [shares]
        self.scores: list[Cells] = [numbers]
        if not self.numbered:
            self.scores = fill.score_marks(board, scores, theme, np.zeros(board.count, bool))
        self.free: list[Painted] = [*self.scores, *marks_legend(grid, self.scores, scores)]
        em = numbers.em if self.numbered else board.min_em
        self.infinite: list[Cells] = []
        if self.numbered or fill.INFINITY * em <= FITTING * board.cell[0]:
            self.infinite = [self._infinities(scores, em)]

    @property
    def layers(self) -> list[Painted]:
        """All that is to be seen of the scores."""
        return [*self.free, *self.infinite]

    def _infinities(self, scores: np.ndarray, em: float) -> Numbers:
        """−∞ in each cell that the mask hides; the others are empty."""
        board, hidden = self.grid.board, self.grid.hidden
        theme = self.grid.chapter.theme
        layer = fill.score_numbers(board, scores, theme, masked=hidden, em=em, plain=True)
        layer.arrays["shown"] = hidden.astype(float)
        return layer

    def cut(self, run_time: float) -> list[Stagger]:
        """The scores leave the cells that the mask hides."""
        order, hidden = self.grid.order, self.grid.hidden
        left = [(layer, np.where(hidden, 0.0, layer.arrays["shown"])) for layer in self.scores]
        return [
            Stagger(layer, order, window=LEAVE, run_time=run_time, shown=shown)
            for layer, shown in left
        ]
