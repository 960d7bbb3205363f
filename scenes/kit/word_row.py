"""A row of whole words in boxes, each in a column as wide as it needs, with room for a symbol."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from scenes.kit.header import PAD
from scenes.kit.header_boxes import Accent
from scenes.kit.layout import elide
from scenes.kit.outline import Ink
from scenes.kit.painted import Box, Painted
from scenes.kit.painter import Painter
from scenes.kit.theme import RGB, Theme, blend
from scenes.kit.view import Placement

LARGEST, BETWEEN = 0.42, 0.2  # the largest words, and the least room between their boxes
START_GAP = 0.22  # how much further the start token stands apart
WIDEST_SPREAD = 1.1  # how much a column may be wider than it must


@dataclass(frozen=True)
class Row:
    """Where words stand: the columns' middles (m,) and widths, the words' ink, size and depth."""

    middles: np.ndarray
    widths: np.ndarray
    inks: tuple[Ink, ...]
    em: float
    rotated: bool
    depth: float  # from the top of the highest box to the bottom of the lowest


def lay_out_words(
    texts: Sequence[str],
    starts: bool,
    room: Box,
    min_em: float,
    narrowest: float,
    leftwards: bool = False,
) -> Row:
    """Fit the words side by side into `room`; where they are too long, upright and cut.

    starts: whether the first is the start token; narrowest: the least width of a column;
    leftwards: the first stands at the right.
    """
    if leftwards:
        row = lay_out_words(texts, starts, room, min_em, narrowest)
        return replace(row, middles=room[0] + room[2] - row.middles)
    x0, y0, x1, y1 = room
    gap = START_GAP if starts else 0.0
    styles = ["italic" if starts and not i else "regular" for i in range(len(texts))]
    whole = [elide(text, 1e9, style) for text, style in zip(texts, styles, strict=True)]  # type: ignore[arg-type]
    lengths = np.array([ink.width for ink in whole])
    for em in np.linspace(LARGEST, min_em, 23).tolist():
        needed = np.maximum(lengths * em + 2 * PAD + BETWEEN, narrowest)
        if needed.sum() + gap <= x1 - x0:
            depth = 2 * 0.68 * em
            return _placed(needed, gap, room, tuple(whole), em, False, depth)
    share = (x1 - x0 - gap) / len(texts)
    deepest = 0.36 * (y1 - y0)
    em = max(min_em, min(0.3, share * 0.6, deepest / float(lengths.max())))
    longest = deepest / em
    cut = [elide(text, longest, style) for text, style in zip(texts, styles, strict=True)]  # type: ignore[arg-type]
    depth = max(ink.width for ink in cut) * em + 2 * PAD
    return _placed(np.full(len(texts), share), gap, room, tuple(cut), em, True, depth)


def _placed(
    needed: np.ndarray,
    gap: float,
    room: Box,
    inks: tuple[Ink, ...],
    em: float,
    up: bool,
    deep: float,
) -> Row:
    x0, _, x1, _ = room
    spare = (x1 - x0 - gap - needed.sum()) / len(needed)
    widths = needed + min(spare, WIDEST_SPREAD)
    left = (x0 + x1 - widths.sum() - gap) / 2
    ends = left + np.cumsum(widths) + np.where(np.arange(len(widths)) > 0, gap, 0.0)
    return Row(ends - widths / 2, widths, inks, em, up, deep)


class WordBoxes(Painted):
    """The words of a row in their boxes, the start token without one.

    Arrays, one entry a word: `shown`, `level` (dims), and `lit` (0..1: how far its accent is on).
    """

    def __init__(
        self, row: Row, top: float, theme: Theme, accents: Sequence[Accent | None], starts: bool
    ) -> None:
        self.row, self.theme, self.starts = row, theme, starts
        self.accents = [accent or Accent(theme.box, 2.0, 0.2) for accent in accents]
        em, middle = row.em, top - row.depth / 2
        widths = np.array([ink.width for ink in row.inks]) * em
        if row.rotated:
            low = top - row.depth + PAD
            self.pens = np.stack([row.middles + 0.25 * em, np.full(len(widths), low)], axis=1)
            half = 0.66 * em
            boxes = [row.middles - half, np.full_like(widths, low - PAD)]
            boxes += [row.middles + half, low + widths + PAD]
        else:
            base = np.full(len(widths), middle - 0.25 * em)
            self.pens = np.stack([row.middles - widths / 2, base], axis=1)
            low_y, high_y = (np.full_like(widths, middle + side * 0.68 * em) for side in (-1, 1))
            boxes = [row.middles - widths / 2 - PAD, low_y, row.middles + widths / 2 + PAD, high_y]
        self.boxes = np.stack(boxes, axis=1)  # (m, 4)
        self.boxed = ~(np.arange(len(widths)) < int(starts))
        if row.rotated and float(row.widths[0]) < 2 * half + 0.04:
            self.boxed[:] = False  # too narrow for boxes: the accent colours the word
        m = len(widths)
        x0, y0 = self.boxes[:, :2].min(0).tolist()
        x1, y1 = self.boxes[:, 2:].max(0).tolist()
        super().__init__((x0, y0, x1, y1), shown=np.ones(m), level=np.ones(m), lit=np.zeros(m))

    def changed_parts(self, before: dict[str, np.ndarray]) -> np.ndarray | None:
        """Around the words that changed."""
        if before["opacity"] != self.arrays["opacity"]:
            return None
        changed = np.zeros(len(self.boxes), bool)
        for name in ("shown", "level", "lit"):
            changed |= self.arrays[name] != before[name]
        return self.boxes[changed]

    def colour(self, index: int) -> RGB:
        """A word's own colour now."""
        if self.starts and index == 0:
            return self.theme.start
        if self.boxed[index]:
            return self.theme.text
        return blend(self.theme.text, self.accents[index].colour, self._lit(index))

    def _lit(self, index: int) -> float:
        return round(float(self.arrays["lit"][index]), 2)

    def paint(self, painter: Painter, at: Placement) -> None:
        """Each box, from plain to its accent; then the words."""
        opacities = self.arrays["shown"] * self.arrays["level"] * self.opacity
        for index in np.flatnonzero(self.boxed & (opacities > 0.002)).tolist():
            accent, lit = self.accents[index], self._lit(index)
            colour = blend(self.theme.box, accent.colour, lit)
            opacity = float(opacities[index])
            painter.rectangle(at, *self.boxes[index].tolist())
            painter.fill(colour, (0.2 + (accent.fill - 0.2) * lit) * opacity)
            painter.rectangle(at, *self.boxes[index].tolist())
            painter.stroke(colour, opacity, 2.0 + (accent.stroke - 2.0) * lit)
        count = len(self.boxes)
        colours, ems = [self.colour(i) for i in range(count)], np.full(count, self.row.em)
        painter.inks(at, self.row.inks, self.pens, ems, colours, opacities, self.row.rotated)
