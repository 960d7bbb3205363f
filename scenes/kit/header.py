"""The headers of a board: word boxes, arrows and the vector symbols, one mobject a side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from scenes.kit import typeset
from scenes.kit.layout import Axis, Board
from scenes.kit.outline import Ink, Outline, join
from scenes.kit.painted import Box, Painted
from scenes.kit.painter import Painter
from scenes.kit.theme import RGB, Theme
from scenes.kit.view import Placement

PAD = 0.11  # between a word and its box, in frame units
SYMBOL_EM = 0.42


@dataclass(frozen=True)
class Accent:
    """How a word box is marked: its colour and the strength of stroke and fill."""

    colour: RGB
    stroke: float = 3.0
    fill: float = 0.22


def polygon(*corners: tuple[float, float]) -> Outline:
    """A polygon as an outline in ems."""
    sides = [np.linspace(a, b, 4) for a, b in zip(corners, corners[1:] + corners[:1], strict=True)]
    return Outline(np.array(sides), (0,), max(x for x, _ in corners))


def arrow(x0: float, x1: float, y: float, thick: float, head: float) -> Outline:
    """A level arrow from x0 to x1."""
    neck = x1 - head
    shaft = polygon(
        (x0, y - thick / 2), (neck, y - thick / 2), (neck, y + thick / 2), (x0, y + thick / 2)
    )
    return join([shaft, polygon((neck, y - head * 0.5), (x1, y), (neck, y + head * 0.5))])


def arrow_polygons(ends: np.ndarray) -> np.ndarray:
    """Thin arrows with filled heads as polygons: (n, 2, 2) ends -> (n, 7, 2) corners."""
    start, end = ends[:, 0], ends[:, 1]
    step = (end - start) / np.linalg.norm(end - start, axis=1, keepdims=True)
    side = step[:, ::-1] * (-1.0, 1.0)
    neck = end - 0.12 * step
    thin, wide = 0.018 * side, 0.062 * side
    corners = (start + thin, neck + thin, neck + wide, end, neck - wide, neck - thin, start - thin)
    return np.stack(corners, axis=1)


@lru_cache(maxsize=256)
def vector_symbol(letter: str, index: int) -> Outline:
    """A bold letter under an arrow with its index, as the papers' q_i, in ems."""
    body = typeset.math(f"bold(upright({letter}))")
    over = arrow(-0.04, body.advance + 0.06, 0.92, 0.055, 0.24)
    digits = typeset.number(str(index)).moved(body.advance + 0.02, -0.2, 0.6)
    joined = join([body, over, digits])
    return Outline(joined.curves, joined.starts, digits.advance)


class Header(Painted):
    """One side of a board: its words in boxes, and a symbol (Q_i or K_i) for each token.

    Arrays, one entry a token: `shown` for the words, `symbol` for arrow and symbol, `level` dims.
    """

    def __init__(
        self,
        board: Board,
        axis: Axis,
        theme: Theme,
        accents: Mapping[int, Accent],
        first_index: int,
    ) -> None:
        n = len(axis.labels)
        super().__init__(board.box, shown=np.ones(n), symbol=np.ones(n), level=np.ones(n))
        self.board, self.axis, self.theme = board, axis, theme
        self.accents = accents
        self.across = axis is board.columns
        self.colour = theme.query if axis.role == "query" else theme.key
        letter = "Q" if axis.role == "query" else "K"
        self.symbols = [
            Ink.plain(vector_symbol(letter, label.token + first_index)) for label in axis.labels
        ]
        self.inks = [label.ink for label in axis.labels]
        self.runs = self._runs()
        self.word_pens, self.symbol_pens = self._pens()
        self.arrow_shapes = arrow_polygons(self._arrows())

    # -- geometry ----------------------------------------------------------------------------

    def _runs(self) -> list[list[int]]:
        """Neighbouring labels that are pieces of one word."""
        runs: list[list[int]] = []
        for index, label in enumerate(self.axis.labels):
            previous = self.axis.labels[index - 1] if index else None
            same = previous is not None and label.word is not None and label.word == previous.word
            if same:
                runs[-1].append(index)
            else:
                runs.append([index])
        return runs

    def _pens(self) -> tuple[np.ndarray, np.ndarray]:
        axis, board = self.axis, self.board
        centres, em = axis.centres, axis.em
        widths = np.array([ink.width for ink in self.inks]) * em
        y1 = board.box[3]
        grid_x0, _, _, grid_y1 = board.grid
        middle = 0.25 * em  # half of a small letter's height sits on the line's middle
        cell = float(axis.high[0] - axis.low[0])
        self.symbol_em = SYMBOL_EM if self.across else min(1.4 * axis.em, 0.46, cell / 1.34)
        symbol_widths = np.array([s.advance for s in self.symbols]) * self.symbol_em
        if self.across:
            if axis.rotated:
                low = grid_y1 + (1.08 + PAD if board.full else 0.16)
                words = np.stack([centres + middle, np.full(len(centres), low)], 1)
            else:
                line = y1 - 0.5 * 1.45 * em if board.full else grid_y1 + 0.16 + 0.5 * em
                words = np.stack([centres - widths / 2, np.full(len(centres), line - middle)], 1)
            symbols = np.stack(
                [centres - symbol_widths / 2, np.full(len(centres), grid_y1 + 0.2)], 1
            )
            return words, symbols
        right = grid_x0 - (1.28 if board.full else 0.16) - PAD
        pens = right - widths
        for run in self.runs:
            if len(run) > 1:  # pieces stand centred in their common box
                pens[run] -= (widths[run].max() - widths[run]) / 2
        # Tall scripts (Hangul) are moved so that their ink stays between the cell's rules.
        boxes = np.array([ink.box for ink in self.inks]) * em
        lowest, highest = axis.low - boxes[:, 1], axis.high - boxes[:, 3]
        feet_of_words = np.clip(centres - middle, lowest, np.maximum(lowest, highest))
        words = np.stack([pens, feet_of_words], 1)
        feet = centres - 0.38 * self.symbol_em
        symbols = np.stack([np.full(len(centres), grid_x0 - 0.70), feet], 1)
        return words, symbols

    def _arrows(self) -> np.ndarray:
        """Begin and end of the arrow from each word to its symbol, (n, 2, 2)."""
        centres = self.axis.centres
        grid_x0, _, _, grid_y1 = self.board.grid
        if self.across:
            top = self.board.box[3] - 1.45 * self.axis.em - 0.04
            if self.axis.rotated:
                top = grid_y1 + 1.04
            low = grid_y1 + 0.2 + SYMBOL_EM * 1.12 + 0.02
            return np.stack(
                [np.stack([centres, np.full_like(centres, y)], 1) for y in (top, low)], 1
            )
        xs = (grid_x0 - 1.18, grid_x0 - 0.82)
        return np.stack([np.stack([np.full_like(centres, x), centres], 1) for x in xs], 1)

    def word_box(self, run: list[int]) -> Box:
        """The box around one word (all its pieces)."""
        axis, em = self.axis, self.axis.em
        pens = self.word_pens[run]
        widths = np.array([self.inks[i].width for i in run]) * em
        several = len(run) > 1
        if self.across and self.axis.rotated:
            half = 0.68 * em
            y0, y1 = float(pens[0, 1]) - PAD, float(pens[0, 1] + widths.max()) + PAD
            x0 = float(axis.low[run[0]]) + 0.05 if several else float(pens[0, 0]) - 0.25 * em - half
            x1 = float(axis.high[run[-1]]) - 0.05 if several else x0 + 2 * half
            return (x0, y0, x1, y1)
        if self.across:
            middle = float(pens[0, 1]) + 0.25 * em
            half = 0.68 * em
            room = float(axis.high[run[0]] - axis.low[run[0]]) - float(widths[0])
            pad = min(PAD, room / 2 - 0.015)
            x0 = float(axis.low[run[0]]) + 0.05 if several else float(pens[0, 0]) - pad
            x1 = (
                float(axis.high[run[-1]]) - 0.05 if several else float(pens[0, 0] + widths[0]) + pad
            )
            return (x0, middle - half, x1, middle + half)
        right = float((pens[:, 0] + widths).max()) + PAD
        left = float(pens[:, 0].min()) - PAD
        size = float(axis.high[run[0]] - axis.low[run[0]])
        half = min(0.68 * em, 0.48 * size)
        y0 = float(axis.low[run[-1]]) + 0.04 if several else float(axis.centres[run[0]]) - half
        y1 = float(axis.high[run[0]]) - 0.04 if several else float(axis.centres[run[0]]) + half
        return (left, y0, right, y1)

    @property
    def boxed(self) -> bool:
        """Whether words stand in boxes (too narrow cells show the bare words)."""
        room = float(self.axis.high[0] - self.axis.low[0])
        return self.axis.em * 1.4 < room and (self.board.full or not self.axis.rotated)

    # -- painting ----------------------------------------------------------------------------

    def paint(self, painter: Painter, at: Placement) -> None:
        """Boxes, then words, arrows and symbols."""
        shown = self.arrays["shown"] * self.arrays["level"] * self.opacity
        for run in self.runs:
            self._paint_box(painter, at, run, float(shown[run].min()))
        theme, n = self.theme, len(self.inks)
        starts = [label.is_start for label in self.axis.labels]
        colours = [theme.start if start else theme.text for start in starts]
        if not self.boxed:
            colours = [
                self.accents[label.token].colour if label.token in self.accents else colour
                for label, colour in zip(self.axis.labels, colours, strict=True)
            ]
        turn = np.pi / 2 if self.axis.rotated else 0.0
        painter.inks(at, self.inks, self.word_pens, np.full(n, self.axis.em), colours, shown, turn)
        if self.board.full:
            symbol = self.arrays["symbol"] * self.arrays["level"] * self.opacity
            self._paint_arrows(painter, at, symbol)
            ems = np.full(n, self.symbol_em)
            painter.inks(at, self.symbols, self.symbol_pens, ems, [self.colour] * n, symbol)

    def _paint_box(self, painter: Painter, at: Placement, run: list[int], opacity: float) -> None:
        label = self.axis.labels[run[0]]
        if opacity <= 0.002 or label.is_start:
            return
        if not self.boxed:
            self._paint_bracket(painter, at, run, opacity)
            return
        accent = self.accents.get(label.token, Accent(self.theme.box, 2.0, 0.2))
        box = self.word_box(run)
        painter.rectangle(at, *box)
        painter.fill(accent.colour, accent.fill * opacity)
        painter.rectangle(at, *box)
        painter.stroke(accent.colour, opacity, accent.stroke)
        seams = []
        for index in run[1:]:
            if self.across:
                x = float(self.axis.low[index])
                seams.append([(x, box[1]), (x, box[3])])
            else:
                y = float(self.axis.high[index])
                seams.append([(box[0], y), (box[2], y)])
        if seams:
            painter.segments(at, np.array(seams))
            painter.stroke(accent.colour, opacity, 2.0, (6.0, 6.0))

    def _paint_bracket(
        self, painter: Painter, at: Placement, run: list[int], opacity: float
    ) -> None:
        """A thin line that joins the pieces of one word where there is no room for boxes."""
        if len(run) < 2:
            return
        low, high = float(self.axis.low[run].min()), float(self.axis.high[run].max())
        inset = 0.14 * (high - low) / len(run)
        if self.across:
            y = self.board.grid[3] + 0.05
            ends = [[(low + inset, y), (high - inset, y)]]
        else:
            x = self.board.grid[0] - 0.08
            ends = [[(x, low + inset), (x, high - inset)]]
        painter.segments(at, np.array(ends))
        painter.stroke(self.theme.quiet, opacity, 2.4)

    def _paint_arrows(self, painter: Painter, at: Placement, opacities: np.ndarray) -> None:
        """All arrows of one opacity share one path."""
        rounded = np.round(opacities, 2)
        for opacity in np.unique(rounded[rounded > 0]):
            painter.polygons(at, self.arrow_shapes[rounded == opacity])
            painter.fill(self.theme.text, 0.85 * float(opacity))
