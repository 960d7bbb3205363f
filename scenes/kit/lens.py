"""A lens: what one head adds beside what the block does, magnified by a factor that it names."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from attention_core.rounding import format_degrees
from scenes.kit import typeset
from scenes.kit.arrows import Arrows
from scenes.kit.caption import wrapped
from scenes.kit.label import Frame, Label
from scenes.kit.notation import as_named
from scenes.kit.outline import Ink
from scenes.kit.painted import Box, Painted
from scenes.kit.theme import RGB
from scenes.kit.vectors import Segments

FACTORS = (
    0.1,
    0.2,
    0.5,
    1.0,
    2.0,
    3.0,
    4.0,
    *(d * 10.0**p for p in range(6) for d in (5, 10, 20, 30)),
)
LARGEST = 1.45  # the head's dE when magnified, at most, in frame units
# The whole of the block's dE is shown where it is no longer than this, and than its share of a
# narrow room, and the head's is then no shorter than that.
WHOLE, SHARE, SHORT = 4.0, 0.45, 0.4
LEAST = 0.95  # of the lens's height
LIFTED = 0.18  # from the foot of its room
DEEP = LARGEST + 0.65  # all that a lens takes
PITCH = 0.42  # from line to line of the text beside the box
GAP = 0.25  # between a lens or an arrow and the text beside it
# From the arrows to the sides of the lens: the name of the head's dE stands at its left.
NAMED, SIDE, FOOT = 0.95, 0.4, 0.32
ARC = 0.34  # radius of the mark of an angle
LEAD = 0.14  # the line to the box keeps off the arrows


class Lens:
    """What the head adds, beside what the block does: in `box` its dE and the block's.

    Both are magnified by `factor`, in the plane that they span, in which the block's lies flat: E
    itself lies in another one, so that the box is a figure of its own. Where the whole of the
    block's dE has no room it leaves the box at its edge.

    head: dE along the block's and across it, (2,), and block: the length of that, as they are drawn
    beside E; room: where the magnified box and its
    lines of text may stand; names: of the head's dE and of the block's; lines: the text, given the
    factor; foot: of the block's dE beside E, from which a thin line leads to the box.
    """

    def __init__(
        self,
        chapter: Any,
        head: np.ndarray,
        block: float,
        room: Box,
        names: tuple[Ink, Ink],
        lines: Callable[[str], Sequence[str]],
        foot: np.ndarray,
    ) -> None:
        self.chapter, self.room = chapter, room
        self.factor, whole = self._factor(float(np.linalg.norm(head)), block)
        own, flat = head * self.factor, np.array([block * self.factor, 0.0])
        low, high = min(0.0, float(own[0])) - NAMED, max(1.0, float(own[0])) + SIDE
        high = max(high, float(flat[0]) + SIDE) if whole else high
        wide, tall = high - low, max(LEAST, float(own[1]) + 0.3 + FOOT)
        x0, y0, x1, _ = room
        inks, em = self._lines(lines(f"{self.factor:g}"), x1 - x0 - wide - GAP - 0.2)
        # Text and box as one, in the middle.
        left = (x0 + x1 - wide + GAP + max(ink.advance for ink, _ in inks) * em) / 2
        floor = y0 + LIFTED
        self.box: Box = (left, floor, left + wide, floor + tall)
        here = np.array([left - low, floor + FOOT])
        self.texts = self._column(inks, em, left - GAP)
        self._draw(here, own, flat if whole else np.array([high, 0.0]), names, whole)
        self.lead = self._lead(foot)
        self.glass.append(self.lead)

    def _lead(self, foot: np.ndarray) -> Segments:
        """From where the block's dE begins beside E down to the box: both show the same vector."""
        x0, _, x1, y1 = self.box
        end = np.array([min(max(float(foot[0]), x0 + 0.1), x1 - 0.1), y1])
        way = end - foot
        begin = foot + way * LEAD / max(float(np.linalg.norm(way)), LEAD)
        return Segments(np.array([[begin, end]]), [self.chapter.theme.quiet], width=1.5)

    def _factor(self, head: float, block: float) -> tuple[float, bool]:
        """By how much dE are magnified, and whether the block's is then shown whole."""
        fits = [f for f in FACTORS if f * head <= LARGEST] or list(FACTORS[:1])
        most = min(WHOLE, SHARE * (self.room[2] - self.room[0]))
        whole = [f for f in fits if f * block <= most]
        if whole and whole[-1] * head >= min(SHORT, head):
            return whole[-1], True
        return fits[-1], False

    def _draw(
        self,
        here: np.ndarray,
        own: np.ndarray,
        flat: np.ndarray,
        names: tuple[Ink, Ink],
        whole: bool,
    ) -> None:
        """The box, the arrows in it, their angle and names; in a corner, how large all is."""
        theme, (x0, _, x1, y1) = self.chapter.theme, self.box
        em = max(0.28, self.chapter.min_em)
        ends = np.array([[here, here + own], [here, here + flat]])
        self.arrows = Arrows(ends[: 1 + whole], [theme.output, theme.query], 0.045, 0.2)
        self.glass: list[Painted] = [Frame(self.box, theme.quiet, width=2.0)]
        if not whole:
            self.glass.append(Segments(ends[1:], [theme.query], width=0.045 * 135))
        self.glass.append(self.arrows)
        factor = Ink.plain(typeset.math(f"times {self.factor:g}"))
        fx0, _, fx1, fy1 = (side * em for side in factor.box)
        # In the upper corner that is farther from where the head's dE ends.
        left = x1 - 0.1 - fx1 if own[0] < flat[0] / 2 else x0 + 0.1 - fx0
        told = Label(factor, (left, y1 - 0.1 - fy1), em, theme.text)
        self.glass += [told, *self._angle(here, own, flat, em)]
        taken, inner = [part.box for part in self.glass if isinstance(part, Label)], self.box
        # Names are tried at the right of an arrow first: the upper one is taken as a downward one.
        ends = np.stack([ends[0, ::-1], ends[1]])
        spots = place_labels(ends, names, em, inner, taken)
        for name, (spot, hits), colour in zip(
            names, spots, (theme.output, theme.query), strict=True
        ):
            if not hits:
                self.glass.append(Label(name, spot, em, colour, "left"))

    def _angle(
        self, here: np.ndarray, own: np.ndarray, flat: np.ndarray, em: float
    ) -> list[Painted]:
        """The mark of the angle between both, and its size, where there are two."""
        if not (own.any() and flat.any()):
            return []
        theme, whole = self.chapter.theme, float(np.arctan2(own[1], own[0]))
        turns = np.linspace(0.0, whole, 2 + int(whole / 0.15))
        rim = here + ARC * np.stack([np.cos(turns), np.sin(turns)], axis=1)
        mark = Segments(np.stack([rim[:-1], rim[1:]], axis=1), [theme.text] * (len(rim) - 1))
        ink = Ink.plain(typeset.math(f"{format_degrees(float(np.degrees(whole)))} degree"))
        half = np.array([ink.advance * em / 2, typeset.DIGIT_MIDDLE * em])
        way = np.array([np.cos(whole / 2), np.sin(whole / 2)])
        middle = here + way * (ARC + 0.08 + float(np.abs(way) @ half))
        box = (*(middle - half).tolist(), *(middle + half).tolist())
        if _hits(box, points_on(np.array([[here, here + own], [here, here + flat]])), [], self.box):
            return [mark]
        return [mark, Label(ink, (float(middle[0]), float(box[1])), em, theme.text, "centre")]

    def _lines(self, lines: Sequence[str], space: float) -> tuple[list[tuple[Ink, RGB]], float]:
        """What is said beside it, cut into lines that fit, each with its colour; and their size."""
        chapter, theme = self.chapter, self.chapter.theme
        found = [
            (Ink.plain(typeset.line(part, formula=as_named)), colour)
            for line, colour in zip(lines, (theme.output, theme.text, theme.quiet), strict=True)
            for part in wrapped(line, space, chapter.min_em)
        ]
        return found, min(max(0.3, chapter.min_em), space / max(ink.advance for ink, _ in found))

    def _column(self, lines: Sequence[tuple[Ink, RGB]], em: float, right: float) -> list[Painted]:
        """Beside the box, or from its foot upwards where they are higher than the box is."""
        _, y0, _, y1 = self.box
        first = max((y0 + y1) / 2 + PITCH * (len(lines) - 1) / 2, y0 + PITCH * (len(lines) - 0.7))
        return [
            Label(ink, (right, first - index * PITCH - 0.25 * em), em, colour, "right")
            for index, (ink, colour) in enumerate(lines)
        ]

    @property
    def parts(self) -> list[Painted]:
        """All of it."""
        return [*self.glass, *self.texts]


def points_on(ends: np.ndarray) -> np.ndarray:
    """Points along lines: (m, 2, 2) -> (41 m, 2)."""
    shares = np.linspace(0, 1, 41)[None, :, None]
    return np.asarray((ends[:, :1] + (ends[:, 1:] - ends[:, :1]) * shares).reshape(-1, 2))


def place_labels(
    ends: np.ndarray, inks: Sequence[Ink], em: float, room: Box, taken: Sequence[Box]
) -> list[tuple[tuple[float, float], int]]:
    """Where the first arrows' names stand: beside their middles or near, clear of what is drawn.

    ends: (m, 2, 2) -> the left end of each name's baseline, and how much is in its way there
    """
    path = points_on(ends)
    occupied = list(taken)
    spots = []
    for (begin, end), ink in zip(ends, inks, strict=False):
        x0, y0, x1, y1 = (side * em for side in ink.box)
        half = np.array([x1 - x0, y1 - y0]) / 2
        way = end - begin
        side = np.array([-way[1], way[0]]) / max(float(np.linalg.norm(way)), 1e-9)
        best: tuple[int, tuple[float, float]] | None = None
        for away in (0.16, 0.26, 0.4, 0.6):
            for share in (0.5, 0.6, 0.4, 0.7, 0.3, 0.85, 0.15, 1.0):
                for turn in (-1.0, 1.0):
                    normal = side * turn
                    reach = away + float(np.abs(normal) @ half)
                    centre = begin + way * share + normal * reach
                    low, high = centre - half, centre + half
                    box = (*low.tolist(), *high.tolist())
                    hits = _hits(box, path, occupied, room)
                    if best is None or hits < best[0]:
                        best = hits, (float(low[0] - x0), float(low[1] - y0))
                        best_box = box
        assert best is not None
        occupied.append(best_box)
        spots.append((best[1], best[0]))
    return spots


def _hits(box: Any, path: np.ndarray, taken: Sequence[Box], room: Box) -> int:
    """How much is in the way of a name here."""
    x0, y0, x1, y1 = box
    pad = 0.07
    inside = (path > (x0 - pad, y0 - pad)).all(axis=1) & (path < (x1 + pad, y1 + pad)).all(axis=1)
    over = sum(
        x0 < b[2] + pad and b[0] < x1 + pad and y0 < b[3] + pad and b[1] < y1 + pad for b in taken
    )
    out = x0 < room[0] or y0 < room[1] or x1 > room[2] or y1 > room[3]
    return int(inside.sum()) + 10 * over + 40 * out
