"""A grid: a board with its headers, rules, mask and the orders in which its cells appear."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from attention_core.trace import Trace
from scenes.kit.animate import Stagger, sweep
from scenes.kit.board import Region
from scenes.kit.carry import carries
from scenes.kit.cells import Lines
from scenes.kit.fill import hidden_cells, masked_tints

if TYPE_CHECKING:
    from scenes.kit.chapter import Chapter


class Grid:
    """What every grid of a trace has; chapters put dots and numbers into it.

    `options` are those of `lay_out`.
    """

    def __init__(
        self,
        chapter: Chapter,
        trace: Trace | None = None,
        *,
        region: Region | None = None,
        **options: Any,
    ) -> None:
        self.chapter = chapter
        trace = trace or chapter.trace
        self.board = board = chapter.board(trace, region, **options)
        self.hidden = hidden_cells(board, trace.masked)
        self.queries, self.keys = chapter.headers(board, trace)
        self.lines = Lines(board, chapter.theme)
        self.tints = masked_tints(board, self.hidden, chapter.theme)
        rows, columns = np.divmod(np.arange(board.count), len(board.columns.labels))
        self.order = sweep(rows, columns)
        ranks = np.argsort(np.argsort(board.query_of, kind="stable"))
        self.by_query = ranks / max(1, board.count - 1)
        self.frame = [self.lines, self.queries, self.keys]

    def enter(self, run_time: float = 0.9, symbols: bool = True) -> list[Stagger]:
        """The words come one after the other, the rules grow: a wave, not a fade of everything.

        Words that another chapter hands over fly in instead, or go where these are cut off or
        turned. Without `symbols`, words alone.
        """
        moves = []
        if symbols:
            moves = [Stagger(self.lines, introducer=True, run_time=run_time, grown=1.0)]
            self.lines.set(grown=0.0)
        carried = self.chapter.take_words()
        for header in (self.queries, self.keys):
            along = np.linspace(0, 1, len(header.axis.labels))
            shown: dict[str, Any] = {
                name: header.arrays[name].copy() for name in ("shown", "symbol")
            }
            if carried is not None and carries(header):
                moves += carried.land(header, run_time)
                del shown["shown"]
            else:
                header.set(shown=0.0)
            header.set(symbol=0.0)
            if not symbols:
                shown.pop("symbol")
            if shown:
                moves.append(Stagger(header, along, introducer=True, run_time=run_time, **shown))
        if carried is not None and not any(carries(header) for header in (self.queries, self.keys)):
            moves.append(Stagger(carried, introducer=True, run_time=0.4, opacity=0.0))
        return moves

    def enter_symbols(self, run_time: float = 0.9) -> list[Stagger]:
        """The symbols come one after the other, and the rules grow."""
        self.lines.set(grown=0.0)
        moves = [Stagger(self.lines, introducer=True, run_time=run_time, grown=1.0)]
        for header in (self.queries, self.keys):
            along = np.linspace(0, 1, len(header.axis.labels))
            moves.append(Stagger(header, along, run_time=run_time, symbol=1.0))
        return moves

    def of_query(self, query: int) -> np.ndarray:
        """Which cells belong to a query's token."""
        return self.board.query_of == query

    def around(self, cells: np.ndarray) -> Region:
        """The smallest rectangle around some cells."""
        boxes = np.array([self.board.rectangle(int(i)) for i in np.flatnonzero(cells)])
        (x0, y0), (x1, y1) = boxes[:, :2].min(0), boxes[:, 2:].max(0)
        return (float(x0), float(y0), float(x1), float(y1))
