"""Strips: pieces of type, and a frame, that stand anywhere on the frame and can move."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from manim import config

from attention_core.rounding import format_weight, shares
from scenes.kit import typeset
from scenes.kit.board import Board, Region
from scenes.kit.label import Frame
from scenes.kit.outline import Ink
from scenes.kit.painted import Box, Painted
from scenes.kit.painter import Painter
from scenes.kit.theme import RGB, Theme
from scenes.kit.view import Placement


class Strip(Painted):
    """A column (or row) of numbers or words, each at its own place.

    Arrays, one entry a piece: `spot` (m, 2) its middle (or its left end), `em` its size,
    `shown` its opacity. `upwards` turns each about its spot, to be read from below.
    """

    roams = True

    def __init__(
        self,
        inks: Sequence[Ink],
        spots: np.ndarray,
        ems: float | np.ndarray,
        colours: Sequence[RGB],
        shown: float | np.ndarray = 1.0,
        *,
        anchor: str = "centre",
        middle: float = typeset.DIGIT_MIDDLE,
        upwards: bool = False,
    ) -> None:
        m = len(inks)
        half_w, half_h = config.frame_width / 2, config.frame_height / 2
        self.inks, self.colours, self.middle = list(inks), list(colours), middle
        self.upwards = upwards
        share = {"left": 0.0, "centre": 0.5, "right": 1.0}[anchor]
        self.widths = np.array([ink.advance for ink in self.inks])
        self.offsets = self.widths * share
        self._ink_boxes = np.array([ink.box for ink in self.inks]).reshape(-1, 4)
        if upwards:
            self._ink_boxes = self._ink_boxes[:, [3, 0, 1, 2]] * (-1.0, 1.0, -1.0, 1.0)
        super().__init__(
            (-half_w, -half_h, half_w, half_h),
            spot=np.asarray(spots, float),
            em=np.broadcast_to(np.asarray(ems, float), (m,)).copy(),
            shown=np.broadcast_to(np.asarray(shown, float), (m,)).copy(),
        )

    def ink_box(self) -> Box | None:
        """Around the pieces that are visible now."""
        seen = self.arrays["shown"] * self.opacity > 0.002
        if not seen.any():
            return None
        boxes = self.boxes(self.arrays)[seen]
        (x0, y0), (x1, y1) = boxes[:, :2].min(0).tolist(), boxes[:, 2:].max(0).tolist()
        return (x0, y0, x1, y1)

    def changed_parts(self, before: dict[str, np.ndarray]) -> np.ndarray | None:
        """Around each piece that changed and is or was visible, where it was and where it is."""
        if before["opacity"] != self.arrays["opacity"]:
            return None
        changed = (self.arrays["spot"] != before["spot"]).any(axis=1)
        changed |= (self.arrays["em"] != before["em"]) | (self.arrays["shown"] != before["shown"])
        changed &= (self.arrays["shown"] > 0) | (before["shown"] > 0)
        return np.concatenate([self.boxes(a)[changed] for a in (before, self.arrays)])

    def boxes(self, arrays: dict[str, np.ndarray]) -> np.ndarray:
        """Around each piece's ink, (m, 4), with these arrays."""
        pens = self.pens(arrays)
        around = self._ink_boxes * arrays["em"][:, None]
        found: np.ndarray = np.concatenate([pens, pens], axis=1) + around
        return found

    def pens(self, arrays: dict[str, np.ndarray]) -> np.ndarray:
        """Where the pieces begin on their baselines, (m, 2)."""
        offsets = np.stack([self.offsets, np.full(len(self.inks), self.middle)], axis=1)
        if self.upwards:
            offsets = offsets[:, ::-1] * (-1.0, 1.0)
        pens: np.ndarray = arrays["spot"] - offsets * arrays["em"][:, None]
        return pens

    def paint(self, painter: Painter, at: Placement) -> None:
        """Place every piece."""
        pens, ems = self.pens(self.arrays), self.arrays["em"]
        shown = self.arrays["shown"] * self.opacity
        painter.inks(at, self.inks, pens, ems, self.colours, shown, self.upwards)


def corners(box: Box) -> np.ndarray:
    """A box as its four corners, counter-clockwise from the bottom left: (4, 2)."""
    x0, y0, x1, y1 = box
    return np.array([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], float)


class Focus(Frame):
    """The yellow frame; its four `corners` fly to its box, from around a tilted column, say.

    `pane` is how little shines through of what it flies over, or digits would stand on digits.
    """

    roams = True

    def __init__(self, box: Box, theme: Theme) -> None:
        super().__init__(box, theme.focus, width=3.4, fill=theme.background)
        self.arrays.update(corners=corners(box), pane=np.array(0.0))

    def ink_box(self) -> Box | None:
        """Around its corners now."""
        if self.opacity <= 0.002:
            return None
        (x0, y0), (x1, y1) = self.arrays["corners"].min(0), self.arrays["corners"].max(0)
        return (float(x0), float(y0), float(x1), float(y1))

    def paint(self, painter: Painter, at: Placement) -> None:
        """Fill the pane and stroke its four sides."""
        for pane in (True, False):
            painter.polygons(at, self.arrays["corners"][None])
            if pane:
                painter.fill(self.fill_colour, float(self.arrays["pane"]) * self.opacity)
            else:
                painter.stroke(self.colour, self.opacity, self.width_px)


def room_for_sums(halves: tuple[Region, Region], orientation: str) -> tuple[Region, Region]:
    """Two boards of one size, the lower one with room for its sums (below it, or beside it)."""
    across, down = (0.0, 0.5) if orientation == "columns" else (0.85, 0.0)
    (x0, y0, x1, y1), (_, low, _, high) = halves
    right = x1 - across
    return (x0, y0 + down / 2, right, y1), (x0, low + down, right, high + down / 2)


def sums(chapter: Any, board: Board, weights: np.ndarray, em: float) -> list[Painted]:
    """What each query's shares on screen add up to, in line with them beyond the grid."""
    axis = board.queries
    totals = shares(weights).sum(axis=-1)[[label.token for label in axis.labels]]
    inks = [Ink.plain(typeset.number(format_weight(float(total)))) for total in totals]
    x0, y0, x1, y1 = board.grid
    half = inks[0].advance * em / 2
    theme, word = chapter.theme, chapter.say("sum")
    if board.orientation == "columns":
        spots = np.stack([axis.centres, np.full(len(inks), y0 - 0.3)], axis=1)
        at, anchor = (x0 - 0.2, y0 - 0.3 - typeset.DIGIT_MIDDLE * em), "right"
    else:
        spots = np.stack([np.full(len(inks), x1 + 0.2 + half), axis.centres], axis=1)
        at, anchor = (x1 + 0.2 + half, y1 + 0.16), "centre"
    numbers = Strip(inks, spots, em, [theme.text] * len(inks), 0.85)
    return [numbers, chapter.label(word, at, em, theme.quiet, anchor, style="italic")]
