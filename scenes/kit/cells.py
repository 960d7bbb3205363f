"""Layers of a board, one mobject each: lines, tints, dots, signs, numbers and symbols."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np

from scenes.kit.board import MOST_NUMBERS, Board
from scenes.kit.outline import Ink
from scenes.kit.painted import Box, Painted
from scenes.kit.painter import Painter
from scenes.kit.theme import RGB, Theme
from scenes.kit.typeset import DIGIT_MIDDLE
from scenes.kit.view import Placement

# How strong minus signs are, few of them and many; the stroke in px, in rows at least so high.
FEW, MANY, DASH, ROW = 0.62, 0.45, 4.0, 0.25
RING, RINGS = 0.16, 0.11  # how strong unit rings are, few of them, and hundreds


class Cells(Painted):
    """What stands in each cell of a board.

    Arrays, one entry a cell: `shown` and `level` multiply into the opacity (entrance and focus),
    `size` scales about the cell's middle, `shift` (m, 2) moves the content away from it.
    """

    def __init__(self, board: Board, **arrays: Any) -> None:
        self.board = board
        m = board.count
        state = {"shown": np.ones(m), "level": np.ones(m), "size": np.ones(m)}
        super().__init__(board.box, **state, shift=np.zeros((m, 2)), **arrays)

    @property
    def opacities(self) -> np.ndarray:
        """Each cell's opacity now."""
        return self.arrays["shown"] * self.arrays["level"] * self.opacity

    @property
    def centres(self) -> np.ndarray:
        """Each cell's middle now."""
        return self.board.centres + self.arrays["shift"]

    @cached_property
    def half(self) -> np.ndarray:
        """Half of the width and height, (2,), that the content of a cell takes at size 1."""
        return np.array(self.board.cell) / 2

    def ink_box(self) -> Box | None:
        """Around the cells that are visible at all."""
        seen = (self.opacities > 0.002) & (self.arrays["size"] > 0)
        if not seen.any():
            return None
        centres = self.centres[seen]
        half = self.half * max(1.0, float(self.arrays["size"][seen].max()))
        low, high = centres.min(0) - half, centres.max(0) + half
        return (float(low[0]), float(low[1]), float(high[0]), float(high[1]))

    def changed_parts(self, before: dict[str, np.ndarray]) -> np.ndarray | None:
        """Around each cell that changed and is or was visible, where it was and where it is."""
        if before["opacity"] != self.arrays["opacity"]:
            return None
        changed = np.zeros(self.board.count, bool)
        for name, now in self.arrays.items():
            if now is not before[name] and now.ndim:
                differs = now != before[name]
                changed |= differs.any(axis=1) if differs.ndim > 1 else differs
        changed &= (self.arrays["shown"] > 0) | (before["shown"] > 0)
        cells = np.flatnonzero(changed)
        size = np.maximum(np.maximum(self.arrays["size"], before["size"])[cells], 1.0)
        half = self.half * size[:, None]
        now_at = self.board.centres[cells] + self.arrays["shift"][cells]
        was_at = self.board.centres[cells] + before["shift"][cells]
        low, high = np.minimum(now_at, was_at) - half, np.maximum(now_at, was_at) + half
        return np.concatenate([low, high], axis=1)


class Tints(Cells):
    """Flat areas: which cells are masked."""

    def __init__(self, board: Board, masked: np.ndarray, theme: Theme) -> None:
        super().__init__(board)
        self.colour = theme.masked
        boxes = np.array([board.rectangle(index) for index in range(board.count)])
        self.corners = boxes[:, [[0, 1], [2, 1], [2, 3], [0, 3]]]  # (m, 4, 2)
        self.arrays["shown"] = np.where(masked, theme.tint_opacity, 0.0)

    def paint(self, painter: Painter, at: Placement) -> None:
        """Fill each masked cell; equal opacities share one path."""
        opacities = np.round(self.opacities, 3)
        for opacity in np.unique(opacities):
            if opacity <= 0:
                continue
            painter.polygons(at, self.corners[opacities == opacity])
            painter.fill(self.colour, float(opacity))


class Dots(Cells):
    """Dots whose AREA is proportional to `value` (0..1 of the largest that could be shown)."""

    def __init__(self, board: Board, values: np.ndarray, theme: Theme) -> None:
        self.radius = board.dot_radius
        self.theme = theme
        self.starts = board.is_start
        self.warned = np.zeros(board.count, bool)  # cells whose dots are drawn in the mask's red
        self._coloured: np.ndarray | None = None
        self._colours: list[RGB] = []
        super().__init__(board, value=np.nan_to_num(values))

    @cached_property
    def half(self) -> np.ndarray:
        """The largest dot's radius."""
        return np.full(2, self.radius)

    def radii(self) -> np.ndarray:
        """radius = r_max sqrt(value): area goes with the value."""
        value = np.clip(self.arrays["value"], 0.0, 1.0)
        return self.radius * np.sqrt(value) * self.arrays["size"]

    def paint(self, painter: Painter, at: Placement) -> None:
        """Fill one disc a cell, grey in the start token's."""
        values = self.arrays["value"]
        if self._coloured is not values:  # values seldom move, and this is asked in each frame
            theme, self._coloured = self.theme, values
            self._colours = [
                theme.line if start else theme.masked if warned else theme.dot(value)
                for start, warned, value in zip(
                    self.starts, self.warned, values.tolist(), strict=True
                )
            ]
        painter.discs(at, self.centres, self.radii(), self._colours, self.opacities)


class Rings(Cells):
    """Faint unit rings around the dots of weights: a full ring would be a weight of 1."""

    def __init__(self, board: Board, shown: np.ndarray, theme: Theme) -> None:
        super().__init__(board)
        self.radius = board.dot_radius
        self.colour = theme.text
        faint = RING if board.count <= MOST_NUMBERS else RINGS
        self.arrays["shown"] = np.where(shown, faint, 0.0)

    @cached_property
    def half(self) -> np.ndarray:
        """The ring's radius; the stroke lies within the pixels that every box is padded by."""
        return np.full(2, self.radius)

    def paint(self, painter: Painter, at: Placement) -> None:
        """Stroke one ring a cell."""
        radii = np.full(self.board.count, self.radius) * self.arrays["size"]
        colours = [self.colour] * self.board.count
        painter.discs(at, self.centres, radii, colours, self.opacities, outline=2.4)


class Minuses(Cells):
    """Short minus signs of one size: the score is negative, and its size is not drawn."""

    def __init__(
        self, board: Board, shown: np.ndarray, theme: Theme, *, plain: bool = False
    ) -> None:
        super().__init__(board)
        self.colour = theme.minus(plain)
        self.half_dash = min(0.085, 0.2 * board.cell[0])
        # Hundreds are fainter, and no heavier than their rows: dots are what is looked for.
        self.arrays["shown"] = np.where(shown, FEW if board.count <= MOST_NUMBERS else MANY, 0.0)
        self.width_px = min(DASH, DASH * board.cell[1] / ROW)

    @cached_property
    def half(self) -> np.ndarray:
        """The dash's own reach."""
        return np.array([self.half_dash, 0.02])

    def paint(self, painter: Painter, at: Placement) -> None:
        """Stroke one dash a cell; equal opacities share one path."""
        opacities = np.round(self.opacities, 3)
        for opacity in np.unique(opacities):
            chosen = opacities == opacity
            if opacity <= 0:
                continue
            centres = self.centres[chosen]
            reach = (self.half_dash * self.arrays["size"][chosen])[:, None] * (1.0, 0.0)
            painter.segments(at, np.stack([centres - reach, centres + reach], axis=1))
            painter.stroke(self.colour, float(opacity), self.width_px)


class Numbers(Cells):
    """One piece of type a cell: a number, a sign, or nothing."""

    def __init__(
        self,
        board: Board,
        inks: Sequence[Ink | None],
        em: float,
        colours: Sequence[RGB],
        tones: np.ndarray,
    ) -> None:
        super().__init__(board, tone=tones)
        self.inks = list(inks)
        self.em = em
        self.colours = list(colours)
        self.anchors = np.array(
            [(i.advance / 2, DIGIT_MIDDLE) if i is not None else (0.0, 0.0) for i in self.inks]
        )

    @cached_property
    def half(self) -> np.ndarray:
        """Around the largest number, measured from the middle of its cell."""
        boxes = np.array([ink.box for ink in self.inks if ink is not None]).reshape(-1, 4)
        if not len(boxes):
            return np.zeros(2)
        anchors = self.anchors[[ink is not None for ink in self.inks]]
        reach = np.maximum(np.abs(boxes[:, :2] - anchors), np.abs(boxes[:, 2:] - anchors))
        return np.asarray(reach.max(0) * self.em)

    @property
    def opacities(self) -> np.ndarray:
        """Each number's opacity: its tone in the grid, its entrance and the focus."""
        return self.arrays["tone"] * super().opacities

    def paint(self, painter: Painter, at: Placement) -> None:
        """Place each number in the middle of its cell."""
        ems = self.em * self.arrays["size"]
        pens = self.centres - self.anchors * ems[:, None]
        painter.inks(at, self.inks, pens, ems, self.colours, self.opacities)


def _distinct(low: np.ndarray, high: np.ndarray) -> list[float]:
    return sorted({round(float(v), 6) for v in (*low, *high)})


class Lines(Painted):
    """The rules of a board; `grown` (0..1) draws them from the left and from the top.

    `begin` is where the words beside the board begin: left of it there is nothing to rule.
    """

    def __init__(self, board: Board, theme: Theme, begin: float) -> None:
        super().__init__(board.box, grown=1.0)
        self.colour = theme.line
        _, y0, x1, y1 = board.grid
        rows, columns = board.rows, board.columns
        reach = 0.74 if board.full else 0.0
        second = min(1, len(columns.low) - 1)
        breaks_x = (float(columns.high[0]), float(columns.low[second]))
        if columns.leftwards:
            breaks_x = (float(columns.high[second]), float(columns.low[0]))
        breaks_y = (float(rows.low[0]), float(rows.high[min(1, len(rows.high) - 1)]))
        level, upright = [], []
        # Where words stand across the rows of their pieces, rules keep off them, and part words.
        begin = board.grid[0] if rows.by_word else begin
        for y in _distinct(*rows.spans):
            level.append([(begin, y), (breaks_x[0], y)])
            level.append([(max(breaks_x), y), (x1, y)])
        for x in _distinct(*columns.spans):
            upright.append([(x, y1 + reach), (x, breaks_y[0])])
            upright.append([(x, min(breaks_y)), (x, y0)])
        self.level = np.array(level)
        self.upright = np.array(upright)

    @staticmethod
    def _tips(ends: np.ndarray, grown: float) -> np.ndarray:
        """How far each line has come; two halves of one line, with a gap, grow one after the other.

        ends: (2 m, 2, 2), halves of a line beside each other.
        """
        reach = ends[:, 1] - ends[:, 0]
        lengths = np.abs(reach).sum(axis=1).reshape(-1, 2)
        drawn = grown * lengths.sum(axis=1)
        done = np.stack([np.minimum(drawn, lengths[:, 0]), drawn - lengths[:, 0]], axis=1)
        share = np.clip(done / np.maximum(lengths, 1e-9), 0.0, 1.0).reshape(-1, 1)
        tips: np.ndarray = ends[:, 0] + reach * share
        return tips

    def changed_parts(self, before: dict[str, np.ndarray]) -> np.ndarray | None:
        """Around what each line has grown by."""
        if before["opacity"] != self.arrays["opacity"]:
            return None
        ends = np.concatenate([self.level, self.upright])
        tips = [self._tips(ends, float(arrays["grown"])) for arrays in (before, self.arrays)]
        return np.concatenate([np.minimum(*tips), np.maximum(*tips)], axis=1)

    def paint(self, painter: Painter, at: Placement) -> None:
        """Stroke what has grown so far."""
        grown = float(self.arrays["grown"])
        if grown <= 0:
            return
        both = self.level, self.upright
        drawn = [np.stack([ends[:, 0], self._tips(ends, grown)], axis=1) for ends in both]
        lines = np.concatenate(drawn)
        if painter.canvas is None or at.upright:  # level and upright ones cost Cairo little
            painter.segments(at, lines)
            painter.stroke(self.colour, self.opacity, 1.6)
        else:
            painter.lines(at, lines, np.tile((*self.colour, self.opacity), (len(lines), 1)), 1.6)
