"""A grid: a board with its headers, rules, mask and the orders in which its cells appear."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from attention_core.trace import Trace
from scenes.kit.animate import Stagger, sweep
from scenes.kit.board import Region
from scenes.kit.carry import carries
from scenes.kit.cells import Lines
from scenes.kit.chapter import Chapter
from scenes.kit.directions import at_foot, foot_room
from scenes.kit.fill import hidden_cells, masked_tints
from scenes.kit.label import Label
from scenes.kit.legend import Entry, legend, mark_radius, room
from scenes.kit.painted import Painted
from scenes.kit.sizes import STILL_EM


class Grid:
    """What every grid of a trace has; chapters put dots and numbers into it.

    `legends` are those that stand in its corner at any time, so that the cells stay where they
    are; where there is no room for the symbols Q_i and K_i, that corner also says which way the
    queries run (`ways`), and which the keys. `options` are those of `lay_out`.
    """

    def __init__(
        self,
        chapter: Chapter,
        trace: Trace | None = None,
        *,
        region: Region | None = None,
        legends: Sequence[list[Entry]] | None = None,
        **options: Any,
    ) -> None:
        self.chapter = chapter
        trace = trace or chapter.trace
        held = [entries for entries in legends or () if entries]
        if held:
            options["corner"] = _around([room(entries, STILL_EM) for entries in held])
        board = chapter.board(trace, region, **options)
        self.ways: list[Label] = []
        self.named = board.full or legends is None
        if not self.named:
            wide, high = _around([room(entries, STILL_EM, dense=True) for entries in held])
            least, more = foot_room(chapter, max(wide, board.corner[2] - board.corner[0]))
            options["corner"] = max(wide, least), high + more
            board = chapter.board(trace, region, **options)
            self.ways = at_foot(chapter, board)
        self.board = board
        self.hidden = hidden_cells(board, trace.masked)
        self.queries, self.keys = chapter.headers(board, trace)
        beside = self.keys if board.rows.role == "key" else self.queries
        self.lines = Lines(board, chapter.theme, beside.content[0])
        self.tints = masked_tints(board, self.hidden, chapter.theme)
        rows, columns = np.divmod(np.arange(board.count), len(board.columns.labels))
        self.order = sweep(rows, columns)
        ranks = np.argsort(np.argsort(board.query_of, kind="stable"))
        self.by_query = ranks / max(1, board.count - 1)
        self.frame: list[Painted] = [self.lines, self.queries, self.keys, *self.ways]

    def enter(self, run_time: float = 0.9, symbols: bool = True) -> list[Stagger]:
        """The words come one after the other, the rules grow: a wave, not a fade of everything.

        Words that another chapter hands over fly in instead, or go where these are cut off or
        turned. Without `symbols`, words alone.
        """
        moves = []
        if symbols:
            moves = self._enter_rules(run_time)
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
        moves = self._enter_rules(run_time)
        for header in (self.queries, self.keys):
            along = np.linspace(0, 1, len(header.axis.labels))
            moves.append(Stagger(header, along, run_time=run_time, symbol=1.0))
        return moves

    def _enter_rules(self, run_time: float) -> list[Stagger]:
        """The rules grow, and what says which way queries and keys run comes with them."""
        self.lines.set(grown=0.0)
        moves = [Stagger(self.lines, introducer=True, run_time=run_time, grown=1.0)]
        for way in self.ways:
            way.set_opacity(0.0)
            moves.append(Stagger(way, introducer=True, run_time=run_time, opacity=1.0))
        return moves

    def legend(self, entries: list[Entry], radius: float) -> list[Painted]:
        """One of its legends, in its corner; `radius` is that of a dot of value 1."""
        theme = self.chapter.theme
        return legend(entries, self.board, theme, radius, STILL_EM, dense=not self.named)

    def legend_share(self, radius: float) -> float:
        """Which share of a dot of value 1 the area of the dot in its legend has."""
        return (mark_radius(radius, not self.named) / radius) ** 2

    def of_query(self, query: int) -> np.ndarray:
        """Which cells belong to a query's token."""
        return self.board.query_of == query

    def around(self, cells: np.ndarray) -> Region:
        """The smallest rectangle around some cells."""
        boxes = np.array([self.board.rectangle(int(i)) for i in np.flatnonzero(cells)])
        (x0, y0), (x1, y1) = boxes[:, :2].min(0), boxes[:, 2:].max(0)
        return (float(x0), float(y0), float(x1), float(y1))


def _around(rooms: list[tuple[float, float]]) -> tuple[float, float]:
    """The least corner that holds each of them: the longest line may be of few lines."""
    return tuple(map(max, zip(*rooms, strict=True))) if rooms else (0.0, 0.0)
