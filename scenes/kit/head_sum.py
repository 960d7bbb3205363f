"""What the heads write into one token, set head to tail in a plane, and the sum that it makes."""

from __future__ import annotations

from typing import Any

import numpy as np

from attention_core.rounding import format_length, format_percent, length_decimals
from scenes.kit import typeset
from scenes.kit.board import Region
from scenes.kit.chain import Chain
from scenes.kit.label import Label
from scenes.kit.outline import Ink
from scenes.kit.painted import Painted
from scenes.kit.step_numbers import StepNumbers
from scenes.kit.vectors import Segments

DEEP = 2.15  # height that is kept for the chain of updates and the line below it
BELOW = 0.2  # the sum, below the lowest step of the chain
WORD_MIDDLE = 0.25


class HeadSum:
    """In `region`: a formula, the chain, its sum, and the share that its plane keeps.

    `chapter` gives the Material, theme and words; `row` is the query whose updates add up.
    """

    def __init__(self, chapter: Any, region: Region, row: int, em: float) -> None:
        self.chapter, self.row, self.em = chapter, row, em
        theme, need = chapter.theme, chapter.material.need
        x0, y0, x1, y1 = region
        total = float(need("block_lengths")[row])
        steps = np.asarray(need("head_steps")[:, row], float)
        vector = f"Delta arrow(bold(upright(E)))_{row}"
        formula = typeset.math(f"{vector} = sum_h {vector}^((h))")
        low, high = y0 + 0.58 + BELOW, y1 - 0.15
        large = 1.1 * em
        self.formula = Label(Ink.plain(formula), (x0, (low + high) / 2), large, theme.text)
        size = self._total(f"norm({vector})", total)
        left = x0 + formula.advance * large + 0.5
        right = x1 - size.advance * em - 0.35
        path = np.vstack([np.zeros(2), np.cumsum(steps, axis=0)])
        (px0, py0), (px1, py1) = path.min(0), path.max(0)
        spread = max(py1 - py0, 1e-9)
        unit = min((right - left) / max(px1 - px0, 1e-9), (high - low) / spread)
        start = (left + right - unit * (px0 + px1)) / 2
        origin = (start, (low + high) / 2 - unit * (py0 + py1) / 2)
        drop = BELOW - unit * py0  # clear of all steps, and of the stubs among them
        self.chain = Chain(origin, steps * unit, theme.output, theme.query, drop)
        reach = np.stack([self.chain.origin, self.chain.end])[:, None]  # (2, 1, 2)
        ends = np.concatenate([reach, reach + self.chain.below], axis=1)
        self.guides = Segments(ends, [theme.quiet] * 2, width=1.6, dash=(3, 4))
        sum_at = (start + unit * px1 + 0.25, origin[1] - drop - WORD_MIDDLE * em)
        self.total = Label(size, sum_at, em, theme.query)
        kept = format_percent(float(need("steps_kept")[row]))
        plane = Ink.plain(typeset.line(chapter.say("plane", share=kept, row=row)))
        small = min(chapter.min_em, (x1 - x0) / plane.advance)
        half = plane.advance * small / 2
        middle = min(max((left + right) / 2, x0 + half), x1 - half)
        self.plane = Label(plane, (middle, y0 + 0.1), small, theme.quiet, "centre")
        lines = np.concatenate([ends.min(1) - 0.03, ends.max(1) + 0.03], axis=1)  # (2, 4)
        taken = np.vstack([self.chain.along(), lines, np.array([self.total.box])])
        floor = float((self.chain.origin + self.chain.below)[1])  # else it would be the sum's
        named = StepNumbers(self.chain, em, (floor, y1 - 0.05), taken)
        self.numbers, self.leaders = named.drawn(theme)

    @property
    def parts(self) -> list[Painted]:
        """All of it, for a still."""
        lines = [self.formula, self.total, self.plane]
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
