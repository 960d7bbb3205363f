"""The symbols K_i . Q_j: a header's symbol goes to its first cell, and on from cell to cell."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any

import numpy as np

from scenes.kit import typeset
from scenes.kit.animate import Stagger
from scenes.kit.board import Board
from scenes.kit.cells import Cells
from scenes.kit.header import SYMBOL_EM, Header
from scenes.kit.outline import Ink
from scenes.kit.painted import Box
from scenes.kit.painter import Painter
from scenes.kit.theme import Theme
from scenes.kit.view import Placement

DOT_ROOM = 0.42  # ems between the two symbols, for the dot
GLIDE = 0.25  # frame units that a copy moves while it fades in


class Travellers:
    """The symbols of one header on their way over the board, each leaving a copy in every cell.

    A symbol flies from its header to the first cell of its way. From there it goes on as a wave:
    in the next cell a copy fades in, gliding in its own cell, clear of the copy before it. So no
    symbol ever crosses another, and a frame changes as many spots as there are symbols.
    """

    def __init__(self, board: Board, header: Header, along_rows: bool) -> None:
        rows, columns = len(board.rows.labels), len(board.columns.labels)
        self.header = header
        self.count, self.stops = (rows, columns) if along_rows else (columns, rows)
        cells = np.arange(board.count).reshape(rows, columns)
        self.cells = cells if along_rows else cells.T  # (count, stops): the cells on each way
        self.place = np.empty(board.count, int)  # which stop a cell is on its symbol's way
        self.place[self.cells] = np.arange(self.stops)
        self.mine = np.empty(board.count, int)  # which symbol a cell gets
        self.mine[self.cells] = np.arange(self.count)[:, None]
        self.inks = list(header.symbols)
        self.advances = np.array([ink.advance for ink in self.inks])
        self.homes = header.symbol_pens

    def stop(self, reach: np.ndarray, in_cells: np.ndarray) -> np.ndarray:
        """The pens, (count, 2), at the stop that `reach` (count,) names: 0 is the header's.

        in_cells: (m, 2), the pen of the copy in each cell.
        """
        path = np.concatenate([self.homes[:, None], in_cells[self.cells]], axis=1)
        stops: np.ndarray = path[np.arange(self.count), reach.astype(int)]
        return stops

    def first(self, reach: np.ndarray, in_cells: np.ndarray) -> np.ndarray:
        """The pens, (count, 2), between the header (`reach` 0) and the first cell (1)."""
        share = np.clip(reach, 0.0, 1.0)[:, None]
        flown: np.ndarray = self.homes * (1 - share) + in_cells[self.cells[:, 0]] * share
        return flown

    def arrived(self, reach: np.ndarray) -> np.ndarray:
        """How far the copy in each cell has come, (m,), 0 to 1; in a first cell only at the end."""
        share = reach[self.mine] - self.place
        whole = np.where(self.place == 0, share >= 1, share)
        found: np.ndarray = np.clip(whole, 0.0, 1.0)
        return found


class Products(Cells):
    """In each cell the symbol of its row, a dot, and the symbol of its column.

    Arrays `along` (rows,) and `down` (columns,): how many cells of its way each symbol has
    passed; 0 is its header.
    """

    def __init__(self, board: Board, theme: Theme, queries: Header, keys: Header) -> None:
        rows, columns = (keys, queries) if board.columns.role == "query" else (queries, keys)
        self.along, self.down = Travellers(board, rows, True), Travellers(board, columns, False)
        super().__init__(board, along=np.zeros(self.along.count), down=np.zeros(self.down.count))
        self.theme = theme
        firsts, seconds = (t.advances[t.mine] for t in (self.along, self.down))
        self.em = min(0.34, board.number_em(float((firsts + seconds).max()) + DOT_ROOM, 0.34))
        left = -(firsts + seconds + DOT_ROOM) * self.em / 2
        low = np.full(board.count, -0.28 * self.em)
        self.first_pen = np.stack([left, low], axis=1)
        self.second_pen = np.stack([left + (firsts + DOT_ROOM) * self.em, low], axis=1)
        self.dot_pen = np.stack([left + (firsts + 0.10) * self.em, low + 0.08 * self.em], axis=1)
        self.dot = Ink.plain(typeset.math("dot.c"))
        # How far a copy glides in: no farther than what parts it from the copy before.
        inks = np.array([ink.box for ink in (*self.along.inks, *self.down.inks)])
        widest, highest = (inks[:, 2:] - inks[:, :2]).max(axis=0) * self.em
        width, height = board.cell
        self.glides = {
            "along": np.array([-max(0.0, min(GLIDE, width - widest)), 0.0]),
            "down": np.array([0.0, max(0.0, min(GLIDE, height - highest))]),
        }

    @property
    def readable(self) -> bool:
        """Whether the symbols are large enough in these cells to be shown at all."""
        return self.board.full and self.em >= self.board.min_em * 0.9

    @cached_property
    def half(self) -> np.ndarray:
        """Half of the longest product, and the symbol's height with its arrow."""
        return np.array([np.abs(self.first_pen).max() + 0.05, 1.1 * self.em])

    def ink_box(self) -> Box | None:
        """Symbols cross the whole board."""
        return self.board.box if (self.opacities > 0.002).any() else None

    def changed_parts(self, before: dict[str, np.ndarray]) -> np.ndarray | None:
        """Around each symbol that moves, from where it was to where it is."""
        still = {name: self.arrays[name] for name in ("along", "down")}
        cells = super().changed_parts({**before, **still})
        if cells is None:
            return None
        found = [cells]
        for name, way, pen in self._ways():
            was, now = before[name], self.arrays[name]
            moved = np.flatnonzero(was != now)
            in_cells = self.centres + pen
            steps = [np.floor(was), np.ceil(now), np.clip(1.0, np.floor(was), np.ceil(now))]
            spots = np.stack([way.stop(step, in_cells)[moved] for step in steps])
            # The dot that appears between two copies stands beside them.
            low = spots.min(0) - SYMBOL_EM * np.array([0.5, 0.4])
            high = spots.max(0) + SYMBOL_EM * np.array([1.6, 1.3])
            found.append(np.concatenate([low, high], axis=1))
        return np.concatenate(found)

    def _ways(self) -> tuple[tuple[str, Travellers, np.ndarray], ...]:
        return ("along", self.along, self.first_pen), ("down", self.down, self.second_pen)

    def copies(self) -> Iterator[tuple[list[Ink], np.ndarray, np.ndarray]]:
        """Symbols of rows, of columns, and dots: inks, pens in their cells, and opacities."""
        stand = np.ones(self.board.count)
        for name, way, pen in self._ways():
            arrived = way.arrived(self.arrays[name])
            stand = np.minimum(stand, arrived)
            glided = (1 - arrived)[:, None] * self.glides[name]
            yield [way.inks[i] for i in way.mine], pen + glided, arrived
        yield [self.dot] * self.board.count, self.dot_pen, stand

    def paint(self, painter: Painter, at: Placement) -> None:
        """The copies in cells with the dots between them, and who is on the way to a first one."""
        size, opacities, cells = self.arrays["size"], self.opacities, self.centres
        colours = self.along.header.colour, self.down.header.colour, self.theme.text
        for (inks, pen, left), colour in zip(self.copies(), colours, strict=True):
            pens = cells + pen * size[:, None]
            shown = opacities * left
            painter.inks(at, inks, pens, self.em * size, [colour] * len(inks), shown)
        for name, way, pen in self._ways():
            reach = self.arrays[name]
            moving = (reach > 0) & (reach < 1)
            near = np.clip(reach, 0.0, 1.0)  # it shrinks on its way
            ems = way.header.symbol_em * (1 - near) + self.em * near
            # It comes out of the header's own symbol, which it would smear.
            shown = np.where(moving, np.clip((near - 0.7) / 0.3, 0.0, 1.0), 0.0) * self.opacity
            pens = way.first(reach, cells + pen)
            painter.inks(at, way.inks, pens, ems, [way.header.colour] * way.count, shown)

    def send(self, name: str) -> Stagger:
        """One header's symbols ("along" rows or "down" columns) set out over their cells."""
        way = self.along if name == "along" else self.down
        order = np.linspace(0, 1, way.count)
        targets: dict[str, Any] = {name: float(way.stops)}
        return Stagger(self, order, spread=0.35, introducer=True, **targets)
