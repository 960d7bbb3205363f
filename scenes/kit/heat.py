"""A heat map: each cell of a board as bright as its weight, for more tokens than dots can show."""

from __future__ import annotations

import numpy as np

from scenes.kit.board import Board
from scenes.kit.cells import Cells
from scenes.kit.painter import Painter
from scenes.kit.theme import Theme
from scenes.kit.view import Placement

LEVELS = 48  # steps of brightness, each filled in one go


class Heat(Cells):
    """Filled cells, as bright as the root of `value` (0..1): the eye sees even steps in it."""

    def __init__(self, board: Board, values: np.ndarray, theme: Theme) -> None:
        self.theme = theme
        boxes = np.array([board.rectangle(index) for index in range(board.count)])
        self.corners = boxes[:, [[0, 1], [2, 1], [2, 3], [0, 3]]]  # (m, 4, 2)
        super().__init__(board, value=np.clip(np.nan_to_num(values), 0.0, 1.0))
        self.starts = board.is_start

    def paint(self, painter: Painter, at: Placement) -> None:
        """Fill the cells, equal steps of brightness in one path; grey in the start token's row."""
        levels = np.rint(np.sqrt(self.arrays["value"]) * self.opacities * LEVELS)
        for start in (True, False):
            here = (self.starts == start) & (levels > 0)
            colour = self.theme.line if start else self.theme.dot(1.0)
            for level in np.unique(levels[here]).tolist():
                painter.polygons(at, self.corners[here & (levels == level)])
                painter.fill(colour, level / LEVELS)
