"""A lens: a small part of a drawing to scale, magnified by a factor that stands beside it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from scenes.kit import typeset
from scenes.kit.arrows import Arrows
from scenes.kit.caption import wrapped
from scenes.kit.label import Frame, Label
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
LARGEST = 1.45  # the longest magnified arrow, in frame units
LEAST = 0.95  # of the lens's height
DEEP = LARGEST + 0.53  # all that a lens takes below the tip of E, but for the small box
PITCH = 0.42  # from line to line of the text beside the box
GAP = 0.25  # between a lens or an arrow and the text beside it
WIDE = 1.3  # of the lens, at the left of the tip: the name of what it magnifies stands there


class Lens:
    """What the head adds, beside what the block does: in `box` its dE and the root of the block's.

    Both are magnified by `factor`, in the plane that they span: E itself lies in another one, so
    that the box is a figure of its own.

    tip: where E ends, (2,); head and block: dE as they are drawn there, (2,) each; room: where the
    magnified box and its lines of text may stand; name: of the head's dE.
    """

    def __init__(
        self,
        chapter: Any,
        tip: np.ndarray,
        head: np.ndarray,
        block: np.ndarray,
        room: Box,
        name: Ink,
        lines: Sequence[str],
    ) -> None:
        self.chapter = chapter
        self.name = name
        length = float(np.linalg.norm(head))
        self.factor = max((f for f in FACTORS if f * length <= LARGEST), default=FACTORS[0])
        self._magnify(tip, head * self.factor, block * self.factor, room)
        self.texts = self._texts(lines, room)

    def _magnify(self, tip: np.ndarray, head: np.ndarray, block: np.ndarray, room: Box) -> None:
        """The box below the tip of E, and what is in it."""
        theme, (x0, y0, x1, _) = self.chapter.theme, room
        left, right = WIDE - min(0.0, float(head[0])), 0.45 + max(0.0, float(head[0]))
        up, down = 0.2 + max(0.0, float(head[1])), 0.2 - min(0.0, float(head[1]))
        up = max(up, LEAST - down)  # of the block's dE too there is something to see
        mid = min(max(float(tip[0]), x0 + left + 0.1), x1 - right - 0.1)
        here = np.array([mid, y0 + 0.06 + down])
        reach = np.array([-left, -down, right, up])
        self.box = _box(np.tile(here, 2) + reach)
        ends = np.array([[here, here + head]])
        self.arrows = Arrows(ends, [theme.output], thick=0.045, head=0.2)
        # The block's dE begins there too, and leaves the lens at one of its edges.
        sides = np.where(block < 0, (left, down), (right, up))
        stub = block * min(1.0, *(sides / np.maximum(np.abs(block), 1e-9)).tolist())
        self.glass: list[Painted] = [
            Frame(self.box, theme.quiet, width=2.0),
            Segments(np.array([[here, here + stub]]), [theme.query], width=0.045 * 135),
            self.arrows,
            *self._named(np.array([*ends, [here, here + stub]])),
        ]

    def _named(self, ends: np.ndarray) -> list[Painted]:
        """In the corner that is most free, by how much it is magnified; and the head's dE by name.

        The name stands beside its large arrow, where the box has room for it.
        """
        em, theme = max(0.28, self.chapter.min_em), self.chapter.theme
        x0, y0, x1, y1 = inner = _box(np.array(self.box) + np.array([0.06, 0.06, -0.06, -0.06]))
        factor = Ink.plain(typeset.math(f"times {self.factor:g}"))
        fx0, fy0, fx1, fy1 = (side * em for side in factor.box)
        left, right, low, high = x0 + 0.04 - fx0, x1 - 0.04 - fx1, y0 + 0.04 - fy0, y1 - 0.04 - fy1
        path = points_on(ends)

        def at(pen: tuple[float, float]) -> Box:
            return (pen[0] + fx0, pen[1] + fy0, pen[0] + fx1, pen[1] + fy1)

        pens = [(x, y) for y in (high, low) for x in (left, right)]
        pen = min(pens, key=lambda pen: _hits(at(pen), path, [], inner))
        spot, hits = place_labels(ends, [self.name], em, inner, [at(pen)])[0]
        found: list[Painted] = [Label(factor, pen, em, theme.text)]
        return found if hits else [*found, Label(self.name, spot, em, theme.output, "left")]

    def _texts(self, lines: Sequence[str], room: Box) -> list[Painted]:
        """What is seen, on the side of the box that has more room."""
        chapter, theme = self.chapter, self.chapter.theme
        em = max(0.3, chapter.min_em)
        x0, _, x1, _ = room
        bx0, by0, bx1, by1 = self.box
        on_left = bx0 - x0 > x1 - bx1
        at_x, anchor = (bx0 - GAP, "right") if on_left else (bx1 + GAP, "left")
        space = (bx0 - x0 if on_left else x1 - bx1) - GAP - 0.1
        inks: list[Ink] = []
        colours: list[RGB] = []
        for line, colour in zip(lines, (theme.output, theme.text, theme.quiet), strict=True):
            parts = wrapped(line, space, chapter.min_em)
            inks += [Ink.plain(typeset.line(part)) for part in parts]
            colours += [colour] * len(parts)
        # Beside the box, or from its foot upwards where they are higher than the box is.
        first = max((by0 + by1) / 2 + PITCH * (len(inks) - 1) / 2, by0 + PITCH * (len(inks) - 0.7))
        found: list[Painted] = []
        for index, (ink, colour) in enumerate(zip(inks, colours, strict=True)):
            size = min(em, space / ink.advance)
            at = (at_x, first - index * PITCH - 0.25 * size)
            found.append(Label(ink, at, size, colour, anchor))  # type: ignore[arg-type]
        return found

    @property
    def parts(self) -> list[Painted]:
        """All of it."""
        return [*self.glass, *self.texts]


def _box(sides: np.ndarray) -> Box:
    x0, y0, x1, y1 = sides.tolist()
    return (x0, y0, x1, y1)


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
