"""Vectors as columns (or rows) of their entries in brackets, coloured by value."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from attention_core.rounding import MINUS, format_score
from scenes.kit import typeset
from scenes.kit.animate import Stagger
from scenes.kit.outline import Ink
from scenes.kit.painted import Box, Painted
from scenes.kit.painter import Painter
from scenes.kit.theme import RGB, Theme, blend
from scenes.kit.view import Placement

LIP = 0.07  # how far a bracket's ends reach over its entries
DECIMALS = 2
SIGNED = 2.62  # ems of "+0.03" and a little room
BACK = 0.6  # of vectors that are not spoken of


def table_colours(
    values: Sequence[float | None],
    vector_of: np.ndarray,
    start: int | None,
    theme: Theme,
    flat: bool,
) -> list[RGB]:
    """The colours of vectors' entries: the start token's grey, and no measure for the others.

    A flat cell is as strong as its entry is large.
    """
    of_words = zip(values, vector_of, strict=True)
    most = max([abs(v) for v, t in of_words if v is not None and t != start]) or 1.0
    colours = [
        theme.start if token == start and value is not None else colour
        for token, value, colour in zip(
            vector_of, values, entry_colours(values, theme, most), strict=True
        )
    ]
    if not flat:
        return colours
    return [
        colour if value is None else blend(theme.background, colour, strength)
        for value, colour, strength in zip(values, colours, strengths(values, most), strict=True)
    ]


class Entries(Painted):
    """Entries of several vectors, each at its own place; None stands for those left out.

    Numbers where an em is given, else flat cells. Arrays, one entry a place: `shown` its opacity,
    `shift` (m, 2) how far it is from its place.
    """

    def __init__(
        self,
        values: Sequence[float | None],
        spots: np.ndarray,
        vector_of: np.ndarray,
        cell: tuple[float, float],
        colours: Sequence[RGB],
        *,
        em: float | None,
        upright: bool,
        bracket: RGB,
    ) -> None:
        self.values, self.colours, self.em = list(values), list(colours), em
        self.spots, self.vector_of = np.asarray(spots, float), np.asarray(vector_of)
        self.cell, self.upright, self.bracket = cell, upright, bracket
        dots = Ink.plain(typeset.math("dots.v" if upright else "dots.h"))
        self.inks: list[Ink | None] = [
            dots
            if v is None
            else Ink.plain(typeset.number(format_score(v, DECIMALS)))
            if em
            else None
            for v in self.values
        ]
        self.ems = np.full(len(self.inks), em or min(0.3, *cell))
        middles = [ink.box if ink else (0.0,) * 4 for ink in self.inks]
        self.anchors = np.array(
            [
                ((x0 + x1) / 2, (y0 + y1) / 2 if value is None else typeset.DIGIT_MIDDLE)
                for (x0, y0, x1, y1), value in zip(middles, self.values, strict=True)
            ]
        )
        self.half = np.array(cell) / 2
        low = self.spots.min(0) - self.half - LIP - 0.02
        high = self.spots.max(0) + self.half + LIP + 0.02
        box = (float(low[0]), float(low[1]), float(high[0]), float(high[1]))
        m = len(self.inks)
        super().__init__(box, shown=np.ones(m), shift=np.zeros((m, 2)))

    @cached_property
    def frames(self) -> np.ndarray:
        """Around each vector: (v, 4)."""
        found = []
        for vector in np.unique(self.vector_of):
            spots = self.spots[self.vector_of == vector]
            found.append((*(spots.min(0) - self.half), *(spots.max(0) + self.half)))
        return np.array(found)

    @cached_property
    def brackets(self) -> np.ndarray:
        """The six lines of each vector's pair of brackets: (v, 6, 2, 2)."""
        lines = []
        for x0, y0, x1, y1 in self.frames.tolist():
            sides = ((x0, 1), (x1, -1))
            for x, inwards in sides:
                tip = x + inwards * LIP
                lines += [[(x, y0), (x, y1)], [(x, y0), (tip, y0)], [(x, y1), (tip, y1)]]
        return np.array(lines).reshape(-1, 6, 2, 2)

    @property
    def opacities(self) -> np.ndarray:
        """Each entry's opacity now."""
        return self.arrays["shown"] * self.opacity

    def of_vectors(self, opacities: np.ndarray) -> np.ndarray:
        """A bracket is as visible as the most visible of its entries: (v,)."""
        return np.array([opacities[self.vector_of == v].max() for v in np.unique(self.vector_of)])

    def behind(self, kept: np.ndarray, back: float = BACK) -> np.ndarray:
        """Each entry's opacity where vectors, `kept` (v,) above 0, are spoken of, others not."""
        return np.where(kept[self.vector_of] > 0, 1.0, back)

    def step_back(self, kept: np.ndarray) -> Stagger:
        """Let vectors step back while others, `kept` (v,) above 0, are spoken of."""
        return Stagger(self, shown=self.behind(kept))

    def rectangle(self, index: int) -> Box:
        """An entry's cell in frame units."""
        low, high = self.spots[index] - self.half, self.spots[index] + self.half
        return (float(low[0]), float(low[1]), float(high[0]), float(high[1]))

    def ink_box(self) -> Box | None:
        """Around the entries that are visible, with their brackets."""
        seen = self.opacities > 0.002
        if not seen.any():
            return None
        spots = self.spots[seen] + self.arrays["shift"][seen]
        frames = self.frames[self.of_vectors(self.opacities) > 0.002]
        low = np.minimum(spots.min(0) - self.half, frames[:, :2].min(0)) - 0.02
        high = np.maximum(spots.max(0) + self.half, frames[:, 2:].max(0)) + 0.02
        return (float(low[0]), float(low[1]), float(high[0]), float(high[1]))

    def changed_parts(self, before: dict[str, np.ndarray]) -> np.ndarray | None:
        """Around each entry that changed, and the brackets whose opacity did."""
        if before["opacity"] != self.arrays["opacity"]:
            return None
        shown, shift = self.arrays["shown"], self.arrays["shift"]
        changed = (shown != before["shown"]) | (shift != before["shift"]).any(axis=1)
        at = np.flatnonzero(changed & ((shown > 0) | (before["shown"] > 0)))
        now, was = self.spots[at] + shift[at], self.spots[at] + before["shift"][at]
        low, high = np.minimum(now, was) - self.half, np.maximum(now, was) + self.half
        moved = self.of_vectors(shown) != self.of_vectors(before["shown"])
        x0, y0, x1, y1 = self.frames[moved].T
        sides = [(x0, y0, x0 + LIP, y1), (x1 - LIP, y0, x1, y1)]  # the brackets' own
        return np.concatenate(
            [np.concatenate([low, high], axis=1), *[np.stack(s, 1) for s in sides]]
        )

    def _minus_signs(
        self, painter: Painter, at: Placement, opacities: np.ndarray, places: np.ndarray
    ) -> None:
        """In the flat cells of negative entries: colour alone would not tell them."""
        below = np.array([value is not None and value < 0 for value in self.values])
        reach = min(0.3 * float(self.half[0]), 0.06)
        rounded = np.round(opacities, 3)
        for opacity in np.unique(rounded[below & (rounded > 0)]).tolist():
            middles = places[below & (rounded == opacity)]
            ends = middles[:, None] + np.array([(-reach, 0.0), (reach, 0.0)])
            painter.segments(at, ends)
            painter.stroke(self.bracket, opacity, 2.2)

    def paint(self, painter: Painter, at: Placement) -> None:
        """Flat cells, numbers and dots, then the brackets."""
        opacities, places = self.opacities, self.spots + self.arrays["shift"]
        if self.em is None:  # flat cells lie close, but apart
            inset = self.half * (0.94, 0.9)
            for index in np.flatnonzero(opacities > 0.002).tolist():
                if self.values[index] is not None:
                    x, y = places[index].tolist()
                    dx, dy = inset.tolist()
                    painter.rectangle(at, x - dx, y - dy, x + dx, y + dy)
                    painter.fill(self.colours[index], float(opacities[index]))
            self._minus_signs(painter, at, opacities, places)
        pens = places - self.anchors * self.ems[:, None]
        painter.inks(at, self.inks, pens, self.ems, self.colours, opacities)
        rounded = np.round(self.of_vectors(opacities), 3)
        for opacity in np.unique(rounded[rounded > 0]).tolist():
            painter.segments(at, self.brackets[rounded == opacity].reshape(-1, 2, 2))
            painter.stroke(self.bracket, opacity, 2.2)


def brief_vector(
    vector: np.ndarray, at: tuple[float, float], em: float, theme: Theme, *, upright: bool = True
) -> Entries:
    """One vector as a column (or a row) about `at`: its first four entries, dots, the last one."""
    values = [*(float(v) for v in vector[:4]), None, float(vector[-1])]
    texts = [format_score(v, DECIMALS) for v in values if v is not None]
    cell = (max(typeset.number(text).advance for text in texts) * em + 0.1, 1.35 * em)
    (x, y), steps = at, np.arange(len(values)) - 2.5
    across, down = (0.0, -cell[1]) if upright else (cell[0], 0.0)
    spots = np.stack([x + steps * across, y + steps * down], axis=1)
    largest = max(abs(v) for v in values if v is not None) or 1.0
    return Entries(
        values,
        spots,
        np.zeros(len(values), int),
        cell,
        entry_colours(values, theme, largest),
        em=em,
        upright=upright,
        bracket=theme.quiet,
    )


def entry_colours(values: Sequence[float | None], theme: Theme, largest: float) -> list[RGB]:
    """Blue where positive, red where negative, the stronger the nearer to the largest."""
    dark = sum(theme.background) < 1.5
    faint = blend(theme.background, theme.negative, 0.8) if dark else theme.negative
    strong = theme.negative if dark else blend(theme.negative, theme.text, 0.3)
    found = []
    for value in values:
        if value is None or float(format_score(value, DECIMALS).replace(MINUS, "-")) == 0:
            found.append(theme.quiet)
        elif value >= 0:
            found.append(theme.dot(value / largest))
        else:
            found.append(blend(faint, strong, min(1.0, -value / largest) ** 0.5))
    return found


def strengths(values: Sequence[float | None], largest: float) -> list[float]:
    """How strong a flat cell of each entry is, 0..1 (never quite nothing)."""
    shares = [min(1.0, abs(value or 0.0) / (largest or 1.0)) for value in values]
    return [0.12 + 0.88 * share**0.5 for share in shares]
