"""Panels: the patterns of many heads, each on a sheet of its own that can turn, as one mobject."""

from __future__ import annotations

import numpy as np

from scenes.kit.board import Board
from scenes.kit.fill import LEAST, at_cells, hidden_cells
from scenes.kit.glow import glow
from scenes.kit.painted import Box, Painted
from scenes.kit.painter import Painter
from scenes.kit.theme import Theme
from scenes.kit.view import Placement

AROUND = 0.03  # from one query's cells to their frame, in halves of a sheet
EYE = 9.0  # the eye's distance from each sheet, in frame units: how strong its perspective is
LEVELS = 48  # steps of brightness, each filled in one go
POWER = 1 / 3  # brightness is the cube root of a weight: where one key takes most, all is small
SQUARE = np.array([(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)])


class Panels(Painted):
    """One sheet a head, with the cells of a board on it.

    Arrays, one entry a head: `place` (h, 2) the sheet's middle, `half` (h, 2) half of its width
    and height, `turn` the degrees by which its right edge goes back, `shown` its opacity,
    `lit` the opacity of its cells, `framed` of the frame around one query's.
    A heat map: a cell is as bright as the cube root of its weight. On sheets so small and aslant,
    dots would be dust.
    """

    def __init__(
        self, board: Board, patterns: np.ndarray, masked: np.ndarray, query: int, theme: Theme
    ) -> None:
        h = len(patterns)
        x0, y0, x1, y1 = board.region
        state = {name: np.ones(h) for name in ("shown", "lit", "framed")}
        super().__init__(
            (x0, y0, x1, y1),
            place=np.zeros((h, 2)),
            half=np.ones((h, 2)),
            turn=np.zeros(h),
            **state,
        )
        self.theme, self.front = theme, h - 1
        grid = np.array(board.grid)
        self.middle, self.reach = (grid[:2] + grid[2:]) / 2, (grid[2:] - grid[:2]) / 2
        self.cell = np.array(board.cell) / 2 / self.reach  # half of a cell, in halves of the sheet
        self.centres = (board.centres - self.middle) / self.reach  # (m, 2) in -1..1
        self.values = np.stack([at_cells(board, pattern) for pattern in patterns])  # (h, m)
        self.values = np.where(self.values < LEAST, 0.0, self.values)
        self.starts = board.is_start
        hidden = hidden_cells(board, masked)
        cells = self.centres[:, None] + SQUARE * self.cell  # (m, 4, 2)
        self.tints = self._runs(board, hidden)  # (q, 4, 2)
        frame = self._around((board.query_of == query) & ~hidden)
        # Its stroke must leave narrow cells free.
        frame = np.clip(frame + AROUND * np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)]), -1, 1)
        looks = [self._looks(values) for values in self.values]
        # (2 + q + k, 4, 2) a head: the sheet, the frame, the tints, and the lit cells.
        whole = [SQUARE[None], frame[None], self.tints]
        self.corners = [np.concatenate([*whole, cells[chosen]]) for chosen, _ in looks]
        self.inked = [inked for _, inked in looks]

    def _looks(self, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """A sheet's lit cells (k,), and the colours (q + k, 4) of its tints and of those.

        A cell is as bright as the cube root of its weight.
        """
        theme, q = self.theme, len(self.tints)
        levels = np.rint(values**POWER * LEVELS).astype(int)  # (m,)
        alike = np.lexsort((levels, ~self.starts))  # side by side
        lit = alike[levels[alike] > 0]
        inked = np.empty((q + len(lit), 4))
        inked[:q] = *theme.masked, theme.tint_opacity
        for row, cell in enumerate(lit.tolist(), q):
            level = levels[cell] / LEVELS
            inked[row] = *(theme.line if self.starts[cell] else glow(theme, level)), level
        return lit, inked

    def _around(self, cells: np.ndarray) -> np.ndarray:
        """The corners of the smallest rectangle around some cells: (4, 2)."""
        low = self.centres[cells].min(0) - self.cell
        high = self.centres[cells].max(0) + self.cell
        return np.array([low, (high[0], low[1]), high, (low[0], high[1])])

    def _runs(self, board: Board, hidden: np.ndarray) -> np.ndarray:
        """The masked cells, a rectangle for each query's run of them: (q, 4, 2)."""
        queries = np.unique(board.query_of[hidden])
        runs = [self._around(hidden & (board.query_of == query)) for query in queries]
        return np.array(runs).reshape(-1, 4, 2)

    # -- geometry ----------------------------------------------------------------------------

    def seen(self, head: int | np.ndarray, points: np.ndarray) -> np.ndarray:
        """Points of a sheet (..., 2), its corners at -1 and 1, where we see them.

        `head` may be (h, 1): the same points of many sheets, (h, ..., 2).
        """
        arrays = self.arrays
        flat = points * arrays["half"][head]
        angle = np.radians(arrays["turn"][head])
        depth = EYE / (EYE + flat[..., 0] * np.sin(angle))
        x, y = flat[..., 0] * np.cos(angle) * depth, flat[..., 1] * depth
        found: np.ndarray = np.stack([x, y], axis=-1) + arrays["place"][head]
        return found

    def sheets(self, heads: np.ndarray) -> np.ndarray:
        """The boxes around sheets as we see them: (h, 4)."""
        corners = self.seen(heads[:, None], SQUARE)  # (h, 4, 2)
        return np.concatenate([corners.min(1), corners.max(1)], axis=1)

    def sheet(self, head: int) -> Box:
        """The box around one sheet as we see it."""
        x0, y0, x1, y1 = self.sheets(np.array([head]))[0].tolist()
        return (x0, y0, x1, y1)

    def places(self, board: Board, head: int) -> list[tuple[int, int, Box]]:
        """Query, key and box of each cell of one sheet as we see it."""
        corners = np.stack([self.centres - self.cell, self.centres + self.cell], axis=1)
        boxes = self.seen(head, corners).reshape(-1, 4).tolist()  # (m, 4)
        pairs = zip(board.query_of.tolist(), board.key_of.tolist(), boxes, strict=True)
        return [(query, key, (x0, y0, x1, y1)) for query, key, (x0, y0, x1, y1) in pairs]

    def ink_box(self) -> Box | None:
        """Around the sheets that are visible now."""
        heads = np.flatnonzero(self.arrays["shown"] * self.opacity > 0.002)
        if not len(heads):
            return None
        boxes = self.sheets(heads)
        (x0, y0), (x1, y1) = boxes[:, :2].min(0).tolist(), boxes[:, 2:].max(0).tolist()
        return (x0, y0, x1, y1)

    def changed_parts(self, before: dict[str, np.ndarray]) -> np.ndarray | None:
        """Around each sheet that changed, where it was and where it is."""
        if before["opacity"] != self.arrays["opacity"]:
            return None
        now = self.arrays
        changed = np.zeros(len(self.values), bool)
        for name in _OF_A_HEAD:
            if now[name] is not before[name]:
                changed |= (now[name] != before[name]).reshape(len(changed), -1).any(axis=1)
        heads = np.flatnonzero(changed & ((now["shown"] > 0) | (before["shown"] > 0)))
        boxes = self.sheets(heads)
        self.arrays = before
        earlier = self.sheets(heads)
        self.arrays = now
        return np.concatenate([earlier, boxes])

    # -- painting ----------------------------------------------------------------------------

    def paint(self, painter: Painter, at: Placement) -> None:
        """Sheet after sheet, the one that comes out of the grid in front."""
        heads = [head for head in range(len(self.values)) if head != self.front]
        opacities = (self.arrays["shown"] * self.opacity).tolist()
        boxes = self.to_pixels(self.sheets(np.arange(len(self.values))), painter.view).tolist()
        for head in (*heads, self.front):
            if opacities[head] > 0.002 and painter.reaches(boxes[head]):
                self._sheet(painter, at, head, opacities[head])

    def _sheet(self, painter: Painter, at: Placement, head: int, opacity: float) -> None:
        theme = self.theme
        lit = float(self.arrays["lit"][head])
        corners = self.seen(head, self.corners[head])
        edge, frame = painter.seen(at, corners[:2])
        painter.outlines(at, [edge])
        painter.fill(theme.background, opacity)  # what lies behind it is hidden
        colours = self.inked[head].copy()
        colours[len(self.tints) :, 3] *= lit
        if opacity == 1:  # colours are opaque, and filled in less time, where the ground is known
            colours[:, :3] -= theme.background
            colours[:, :3] *= colours[:, 3:]
            colours[:, :3] += theme.background
            colours[:, 3] = 1.0
            painter.shapes(at, corners[2:], colours, joined=True, ground=theme.background)
        else:
            colours[:, 3] *= opacity
            painter.shapes(at, corners[2:], colours)
        painter.outlines(at, [edge])
        painter.stroke(theme.line, opacity, 1.6)
        framed = float(self.arrays["framed"][head]) * opacity
        if framed > 0.002:
            painter.outlines(at, [frame])
            painter.stroke(theme.text, framed, 2.4)


_OF_A_HEAD = ("place", "half", "turn", "shown", "lit", "framed")
