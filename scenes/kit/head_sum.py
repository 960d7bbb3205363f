"""What the heads write into one token, set head to tail in a plane, and the sum that it makes."""

from __future__ import annotations

from typing import Any

import numpy as np

from attention_core.rounding import format_length, format_percent, length_decimals
from scenes.kit import typeset
from scenes.kit.board import Region
from scenes.kit.caption import PITCH, broken, wrapped
from scenes.kit.chain import Chain
from scenes.kit.head_formula import HeadFormula
from scenes.kit.label import Label
from scenes.kit.layout import is_narrow
from scenes.kit.outline import Ink
from scenes.kit.painted import Painted
from scenes.kit.step_numbers import StepNumbers
from scenes.kit.vectors import Segments

DEEP, STILL_DEEP = 2.15, 2.4  # height that is kept for the chain and the line below it
BELOW = 0.2  # the sum, below the lowest step of the chain
WORD_MIDDLE = 0.25
NOTE = 3.5  # the width of what is said of the plane, beside a still's chain


def deep(still: bool) -> float:
    """The height that is kept: more in a still, whose chain has to be read, and in a narrow frame,
    where what is said of the plane takes two lines.
    """
    return STILL_DEEP if still or is_narrow() else DEEP


class HeadSum:
    """In `region`: formulas, the chain, its sum, and the share that its plane keeps.

    `chapter` gives the Material, theme and words; `row` is the query whose updates add up.
    """

    def __init__(self, chapter: Any, region: Region, row: int, em: float) -> None:
        self.chapter, self.row, self.em = chapter, row, em
        theme, need = chapter.theme, chapter.material.need
        x0, y0, x1, y1 = region
        total = float(need("block_lengths")[row])
        steps = np.asarray(need("head_steps")[:, row], float)
        size = self._total(f"norm(Delta arrow(bold(upright(E)))_{row})", total)
        formula = HeadFormula(chapter, row, em)
        left, right = x0 + formula.wide + 0.4, x1 - size.advance * em - 0.35
        beside = chapter.is_still and not is_narrow()
        if beside:  # there the chain is as high as it can be, and there is room at its right
            right = x1 - NOTE - 0.4
        said = chapter.say("plane", share=format_percent(float(need("steps_kept")[row])), row=row)
        lines = [said] if beside else wrapped(said, x1 - x0, chapter.min_em)
        high = y1 - 0.15
        low = y0 + BELOW + (0.2 if beside else 0.58 + PITCH * chapter.min_em * (len(lines) - 1))
        path = np.vstack([np.zeros(2), np.cumsum(steps, axis=0)])
        (px0, py0), (px1, py1) = path.min(0), path.max(0)
        spread = max(py1 - py0, 1e-9)
        unit = min((right - left) / max(px1 - px0, 1e-9), (high - low) / spread)
        start = (left + right - unit * (px0 + px1)) / 2
        # A low chain stands in the middle, or where its sum is clear of what is said at its right.
        foot = low if beside else (low + high - unit * (py1 - py0)) / 2
        origin = (start, foot - unit * py0)
        drop = BELOW - unit * py0  # clear of all steps, and of the stubs among them
        self.chain = Chain(origin, steps * unit, theme.output, theme.query, drop)
        reach = np.stack([self.chain.origin, self.chain.end])[:, None]  # (2, 1, 2)
        ends = np.concatenate([reach, reach + self.chain.below], axis=1)
        self.guides = Segments(ends, [theme.quiet] * 2, width=1.6, dash=(3, 4))
        sum_at = (start + unit * px1 + 0.25, origin[1] - drop - WORD_MIDDLE * em)
        self.total = Label(size, sum_at, em, theme.query)
        self.plane = (
            self._noted(said, (x1 - NOTE, high), NOTE)
            if beside
            else self._below(lines, (x0, x1), (left + right) / 2, y0 + 0.1)
        )
        under = y0 if beside else max(label.box[3] for label in self.plane) + 0.1
        self.formula = formula.at(x0, under, y1)
        guides = np.concatenate([ends.min(1) - 0.03, ends.max(1) + 0.03], axis=1)  # (2, 4)
        boxes = np.array([label.box for label in (self.total, *self.plane, *self.formula)])
        taken = np.vstack([self.chain.along(), guides, boxes])
        floor = float((self.chain.origin + self.chain.below)[1])  # else it would be the sum's
        named = StepNumbers(self.chain, em, (floor + 0.12, y1 - 0.05), taken)
        self.numbers, self.leaders = named.drawn(theme)

    def _noted(self, said: str, corner: tuple[float, float], wide: float) -> list[Label]:
        """What is said of the plane, in lines from a left top corner on."""
        em, theme = self.chapter.min_em, self.chapter.theme
        lines = [Ink.plain(typeset.line(line)) for line in broken(said, wide, em)]
        (x, high), pitch = corner, PITCH * em
        ys = [high - 0.72 * em - pitch * place for place in range(len(lines))]
        return [Label(ink, (x, y), em, theme.quiet) for ink, y in zip(lines, ys, strict=True)]

    def _below(
        self, lines: list[str], room: tuple[float, float], middle: float, low: float
    ) -> list[Label]:
        """The same in these lines below the chain, about its middle where there is room."""
        inks, (x0, x1) = [Ink.plain(typeset.line(line)) for line in lines], room
        widest = max(ink.advance for ink in inks)
        small = min(self.chapter.min_em, (x1 - x0) / widest)
        half = widest * small / 2
        middle, quiet = min(max(middle, x0 + half), x1 - half), self.chapter.theme.quiet
        return [
            Label(ink, (middle, low + PITCH * small * place), small, quiet, "centre")
            for place, ink in enumerate(reversed(inks))
        ]

    @property
    def parts(self) -> list[Painted]:
        """All of it, for a still."""
        lines = [*self.formula, self.total, *self.plane]
        return [self.guides, self.chain, *lines, *self.named]

    @property
    def named(self) -> list[Painted]:
        """The numbers of the steps, and the lines that lead to some of them."""
        return [*self.leaders, *self.numbers]

    def _total(self, name: str, total: float) -> Ink:
        """ "|dE| = 45.4"."""
        first, equals = typeset.math(name), typeset.number("=")
        value = typeset.number(format_length(total, length_decimals(total)), True)
        second = first.advance + 0.25
        third = second + equals.advance + 0.25
        placed = ((first, None), (equals.moved(second), None), (value.moved(third), None))
        return Ink(placed, third + value.advance)
