"""The symbols K_i . Q_j: they leave their headers and meet in their cell."""

from __future__ import annotations

import numpy as np

from scenes.kit import typeset
from scenes.kit.animate import Stagger
from scenes.kit.cells import Cells
from scenes.kit.header import SYMBOL_EM, Header
from scenes.kit.layout import Board
from scenes.kit.outline import Ink
from scenes.kit.painted import Box
from scenes.kit.painter import Painter
from scenes.kit.theme import Theme
from scenes.kit.view import Placement


class Products(Cells):
    """In each cell the symbol of its row, a dot, and the symbol of its column.

    Array `gathered` (m,): 0 with both symbols at their headers, 1 with both in the cell.
    """

    def __init__(self, board: Board, theme: Theme, queries: Header, keys: Header) -> None:
        super().__init__(board, gathered=np.zeros(board.count))
        self.theme = theme
        rows, columns = (keys, queries) if board.columns.role == "query" else (queries, keys)
        row, column = np.divmod(np.arange(board.count), len(board.columns.labels))
        self.first = [rows.symbols[r] for r in row]
        self.second = [columns.symbols[c] for c in column]
        self.first_home, self.second_home = rows.symbol_pens[row], columns.symbol_pens[column]
        self.first_colours = [rows.colour] * board.count
        self.second_colours = [columns.colour] * board.count
        widest = max(a.advance + b.advance for a, b in zip(self.first, self.second, strict=True))
        self.em = min(0.34, board.number_em(widest + 0.42, largest=0.34))
        firsts = np.array([ink.advance for ink in self.first])
        seconds = np.array([ink.advance for ink in self.second])
        left = -(firsts + seconds + 0.42) * self.em / 2
        low = np.full(board.count, -0.28 * self.em)
        self.first_pen = np.stack([left, low], axis=1)
        self.second_pen = np.stack([left + (firsts + 0.42) * self.em, low], axis=1)
        self.dot_pen = np.stack([left + (firsts + 0.10) * self.em, low + 0.08 * self.em], axis=1)
        self.home_em = queries.symbol_em
        self.dot = Ink.plain(typeset.math("dot.c"))

    @property
    def readable(self) -> bool:
        """Whether the symbols are large enough in these cells to be shown at all."""
        return self.board.full and self.em >= self.board.min_em * 0.9

    def ink_box(self) -> Box | None:
        """Symbols fly over the whole board."""
        return self.board.box if (self.opacities > 0.002).any() else None

    def changed_parts(self, before: dict[str, np.ndarray]) -> list[Box] | None:
        """Around each symbol that moves, where it was and where it is."""
        moving = np.flatnonzero(self.arrays["gathered"] != before["gathered"])
        if not len(moving):
            return super().changed_parts(before)
        gathered = np.stack([self.arrays["gathered"], before["gathered"]])[:, moving, None]
        cells = self.centres[moving]
        half = np.array(self.board.cell) / 2 + SYMBOL_EM / 2
        parts: list[Box] = []
        for home in (self.first_home[moving], self.second_home[moving]):
            spots = home + (cells - home) * gathered  # (2, moving, 2)
            low, high = spots.min(0) - half, spots.max(0) + half
            parts.extend((*a, *b) for a, b in zip(low.tolist(), high.tolist(), strict=True))
        return parts

    def paint(self, painter: Painter, at: Placement) -> None:
        """Place both symbols on their way, and the dot once they have met."""
        gathered = self.arrays["gathered"][:, None]
        size = self.arrays["size"]
        cells = self.centres
        ems = (self.home_em + (self.em - self.home_em) * self.arrays["gathered"]) * size
        # They appear on their way: at their headers they would pile up.
        opacities = self.opacities * np.clip(self.arrays["gathered"] / 0.35, 0.0, 1.0)
        for inks, home, pen, colours in (
            (self.first, self.first_home, self.first_pen, self.first_colours),
            (self.second, self.second_home, self.second_pen, self.second_colours),
        ):
            pens = home + (cells + pen * size[:, None] - home) * gathered
            painter.inks(at, inks, pens, ems, colours, opacities)
        met = np.clip((self.arrays["gathered"] - 0.85) / 0.15, 0.0, 1.0) * opacities
        pens = cells + self.dot_pen * size[:, None]
        painter.inks(
            at, [self.dot] * self.board.count, pens, ems, [self.theme.text] * self.board.count, met
        )

    def fly(self, order: np.ndarray) -> Stagger:
        """All symbols leave their headers, one cell after the other."""
        return Stagger(self, order, spread=0.82, introducer=True, gathered=1.0)

    def leave(self, order: np.ndarray) -> Stagger:
        """The symbols shrink away."""
        return Stagger(self, order, spread=0.7, size=0.0, shown=0.0)
