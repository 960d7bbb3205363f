"""The headers of a board: word boxes, arrows and the vector symbols, one mobject a side."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

import numpy as np

from scenes.kit import symbols as sym
from scenes.kit.bands import band, paint_bands
from scenes.kit.between import baselines
from scenes.kit.board import Axis, Board
from scenes.kit.header_boxes import Accent, HeaderBoxes
from scenes.kit.outline import Ink, arrow_corners
from scenes.kit.painted import Box, Painted
from scenes.kit.painter import Painter
from scenes.kit.theme import Theme
from scenes.kit.view import Placement

PAD = 0.11  # between a word and its box, in frame units
SYMBOL_EM = 0.42


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
        self.board, self.axis, self.theme, self.ems = board, axis, theme, axis.ems
        self.accents = accents
        self.across = axis is board.columns
        self.colour = theme.query if axis.role == "query" else theme.key
        letter = "Q" if axis.role == "query" else "K"
        self.symbols = [
            Ink.plain(sym.vector_symbol(letter, label.token + first_index)) for label in axis.labels
        ]
        self.runs = axis.runs
        self.inks = self._apart()
        self.word_pens, self.symbol_pens = self._pens()
        self.arrow_shapes = arrow_corners(self._arrows(), 0.036, 0.12, 0.062)  # (n, 7, 2)

    # -- geometry ----------------------------------------------------------------------------

    def _apart(self) -> list[Ink]:
        """The texts; where cells are too small for all, marked ones first, none over another."""
        axis, em = self.axis, self.axis.em
        inks = [label.ink for label in axis.labels]
        if not axis.by_word:
            return inks
        low, high = axis.spans
        middles, level = (low + high) / 2, self.across and not axis.rotated
        reach = [(ink.width / 2 + 0.15 if level else 0.5) * em for ink in inks]
        firsts = [run[0] for run in self.runs]
        placed: list[int] = []
        for one in sorted(firsts, key=lambda i: axis.labels[i].token not in self.accents):
            gaps = [abs(middles[one] - middles[other]) - reach[other] for other in placed]
            if all(gap >= reach[one] - 1e-9 for gap in gaps):
                placed.append(one)
        return [ink if index in placed else Ink(()) for index, ink in enumerate(inks)]

    def _pens(self) -> tuple[np.ndarray, np.ndarray]:
        axis, board = self.axis, self.board
        (low, high), em = axis.spans, axis.ems
        centres = (low + high) / 2
        widths = np.array([ink.width for ink in self.inks]) * em
        y1 = board.box[3]
        grid_x0, _, _, grid_y1 = board.grid
        middle = 0.25 * em  # half of a small letter's height sits on the line's middle
        cell = float(axis.high[0] - axis.low[0])
        self.symbol_em = (
            SYMBOL_EM if self.across else min(1.4 * axis.em, sym.LARGEST_SYMBOL, cell / 1.5)
        )
        symbol_widths = np.array([s.advance for s in self.symbols]) * self.symbol_em
        if self.across:
            if axis.rotated:
                foot = grid_y1 + (1.08 + PAD if board.full else 0.16)
                words = np.stack([centres + middle, np.full(len(centres), foot)], 1)
            else:
                most = em.max()  # the line that all words stand about
                line = y1 - 0.5 * 1.45 * most if board.full else grid_y1 + 0.16 + 0.5 * most
                words = np.stack([centres - widths / 2, line - middle], 1)
            symbols = np.stack(
                [centres - symbol_widths / 2, np.full(len(centres), grid_y1 + 0.2)], 1
            )
            return words, symbols
        self.band = sym.side_band(float(symbol_widths.max()))
        right = grid_x0 - (self.band if board.full else 0.16) - PAD
        pens = right - widths
        for run in self.runs if self.boxed else ():
            if len(run) > 1:  # pieces stand centred in their common box; without one, to the right
                pens[run] -= (widths[run].max() - widths[run]) / 2
        words = np.stack([pens, baselines(self.inks, em, low, high)], 1)
        feet = centres - 0.38 * self.symbol_em
        symbols = np.stack(
            [np.full(len(centres), grid_x0 - sym.RULE_GAP - symbol_widths.max()), feet], 1
        )
        return words, symbols

    def _arrows(self) -> np.ndarray:
        """Begin and end of the arrow from each word to its symbol, (n, 2, 2)."""
        centres = self.axis.centres
        grid_x0, _, _, grid_y1 = self.board.grid
        if self.across:
            top = self.board.box[3] - 1.45 * (self.ems.max() + self.ems) / 2 - 0.04
            if self.axis.rotated:
                top = np.full_like(centres, grid_y1 + 1.04)
            low = grid_y1 + 0.2 + SYMBOL_EM * 1.12 + 0.02
            return np.stack(
                [np.stack([centres, y], 1) for y in (top, np.full_like(centres, low))], 1
            )
        begin = grid_x0 - self.band + sym.ARROW_GAP
        xs = (begin, begin + sym.ARROW_LENGTH)
        return np.stack([np.stack([np.full_like(centres, x), centres], 1) for x in xs], 1)

    def word_box(self, run: list[int]) -> Box:
        """The box around one word (all its pieces)."""
        axis, em = self.axis, float(self.ems[run[0]])
        pens = self.word_pens[run]
        widths = np.array([self.inks[i].width for i in run]) * em
        several = len(run) > 1
        if self.across and self.axis.rotated:
            half = 0.68 * em
            y0, y1 = float(pens[0, 1]) - PAD, float(pens[0, 1] + widths.max()) + PAD
            x0 = axis.low[run].min() + 0.05 if several else float(pens[0, 0]) - 0.25 * em - half
            x1 = axis.high[run].max() - 0.05 if several else x0 + 2 * half
            return (float(x0), y0, float(x1), y1)
        if self.across:
            middle = float(pens[0, 1]) + 0.25 * em
            half, pad = 0.68 * em, axis.padding(PAD)
            x0 = axis.low[run].min() + 0.05 if several else pens[0, 0] - pad
            x1 = axis.high[run].max() - 0.05 if several else pens[0, 0] + widths[0] + pad
            return (float(x0), middle - half, float(x1), middle + half)
        right = float((pens[:, 0] + widths).max()) + PAD
        left = float(pens[:, 0].min()) - PAD
        size = float(axis.high[run[0]] - axis.low[run[0]])
        half = min(0.68 * em, 0.42 * size)
        y0 = float(axis.low[run[-1]]) + 0.04 if several else float(axis.centres[run[0]]) - half
        y1 = float(axis.high[run[0]]) - 0.04 if several else float(axis.centres[run[0]]) + half
        return (left, y0, right, y1)

    @property
    def boxed(self) -> bool:
        """Whether words stand in boxes (too narrow cells show the bare words)."""
        room = float(self.axis.high[0] - self.axis.low[0])
        fits = self.axis.em * 1.4 < room and (self.board.full or not self.axis.rotated)
        return fits and not self.axis.by_word  # seams would strike through a text across pieces

    @cached_property
    def extents(self) -> tuple[np.ndarray, np.ndarray]:
        """Boxes (n, 4) around each token's word (with all of its word's box), and its symbol."""
        n = len(self.inks)
        inks = np.array([ink.box for ink in self.inks]) * self.ems[:, None]
        if self.axis.rotated and self.across:
            inks = inks[:, [3, 0, 1, 2]] * (-1.0, 1.0, -1.0, 1.0)
        words = np.concatenate([self.word_pens, self.word_pens], axis=1) + inks
        for run in self.runs:
            joined = [self._bracket_box(run)] if len(run) > 1 else []
            around = self.word_box(run) if self.boxed else band(self, run)
            boxes = np.array([*words[run], around, *joined])
            words[run] = (*boxes[:, :2].min(0), *boxes[:, 2:].max(0))
        inks = np.array([ink.box for ink in self.symbols]) * self.symbol_em
        symbols = np.concatenate([self.symbol_pens, self.symbol_pens], axis=1) + inks
        low = np.minimum(symbols[:, :2], self.arrow_shapes.min(1)[:n])
        high = np.maximum(symbols[:, 2:], self.arrow_shapes.max(1)[:n])
        return words, np.concatenate([low, high], axis=1)

    @cached_property
    def content(self) -> Box:
        """Around all words and symbols: a strip of the board's box."""
        boxes = np.concatenate(self.extents if self.board.full else self.extents[:1])
        (x0, y0), (x1, y1) = boxes[:, :2].min(0), boxes[:, 2:].max(0)
        return (float(x0), float(y0), float(x1), float(y1))

    def changed_parts(self, before: dict[str, np.ndarray]) -> np.ndarray | None:
        """Around the words and the symbols that changed."""
        if before["opacity"] != self.arrays["opacity"]:
            return None
        differs = {name: self.arrays[name] != before[name] for name in ("shown", "symbol", "level")}
        words, symbols = self.extents
        changed = words[differs["shown"] | differs["level"]]
        if not self.board.full:
            return changed
        return np.concatenate([changed, symbols[differs["symbol"] | differs["level"]]])

    # -- painting ----------------------------------------------------------------------------

    def paint(self, painter: Painter, at: Placement) -> None:
        """Boxes, then words, arrows and symbols."""
        shown = self.arrays["shown"] * self.arrays["level"] * self.opacity
        if self.boxed:
            self._boxes.paint(painter, at, shown)
        else:
            paint_bands(self, painter, at, shown)
            self._paint_brackets(painter, at, shown)
        theme, n = self.theme, len(self.inks)
        starts = [label.is_start for label in self.axis.labels]
        colours = [theme.start if start else theme.text for start in starts]
        upwards = self.axis.rotated
        painter.inks(at, self.inks, self.word_pens, self.ems, colours, shown, upwards)
        if self.board.full:
            symbol = self.arrays["symbol"] * self.arrays["level"] * self.opacity
            self._paint_arrows(painter, at, symbol)
            ems = np.full(n, self.symbol_em)
            painter.inks(at, self.symbols, self.symbol_pens, ems, [self.colour] * n, symbol)

    @cached_property
    def _boxes(self) -> HeaderBoxes:
        return HeaderBoxes(self)

    def _paint_brackets(self, painter: Painter, at: Placement, shown: np.ndarray) -> None:
        """Thin lines that join the pieces of a word where there is no room for boxes."""
        for run in self.runs:
            if len(run) > 1 and (opacity := float(shown[run].min())) > 0.002:
                x0, y0, x1, y1 = self._bracket_box(run)
                painter.segments(at, np.array([[(x0, y0), (x1, y1)]]))
                painter.stroke(self.theme.quiet, opacity, 2.4)

    def _bracket_box(self, run: list[int]) -> Box:
        """From one end of the bracket to the other."""
        low, high = float(self.axis.low[run].min()), float(self.axis.high[run].max())
        inset = 0.14 * (high - low) / len(run)
        if self.across:
            y = self.board.grid[3] + 0.05
            return (low + inset, y, high - inset, y)
        x = self.board.grid[0] - 0.08
        return (x, low + inset, x, high - inset)

    def _paint_arrows(self, painter: Painter, at: Placement, opacities: np.ndarray) -> None:
        chosen = opacities > 0.002
        colours = np.empty((int(chosen.sum()), 4))
        colours[:, :3], colours[:, 3] = self.theme.text, 0.85 * opacities[chosen]
        painter.shapes(at, self.arrow_shapes[chosen], colours)
