"""The weights of values: behind them as factors, and beside their bars."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from attention_core.rounding import format_weight
from scenes.kit import typeset
from scenes.kit.bars import Bars
from scenes.kit.fill import STRONG
from scenes.kit.outline import Ink
from scenes.kit.phrase import phrase
from scenes.kit.table import Table

if TYPE_CHECKING:
    from scenes.kit.weighing import Weighing

TIMES = 0.22  # from the sign to the weight, in ems


def times(weight: str, strong: bool, narrow: bool) -> Ink:
    """A weight as the factor of the value in front of it, which makes what is behind."""
    ends = [] if narrow else [typeset.number("=")]  # there it comes before the products
    return phrase([typeset.math("times"), typeset.number(weight, strong), *ends], TIMES)


def weights_of(made: Weighing) -> tuple[Table, Table, Bars]:
    """The weights behind their values, and beside their bars (where a clip begins)."""
    theme, rounded, weights = made.chapter.theme, made.shares, made.counted.weights
    alone, factors, colours, tones = [], [], [], []
    for row, (share, start) in enumerate(zip(rounded.tolist(), made.is_start, strict=True)):
        strong = share >= STRONG and not start
        factor = times(format_weight(share), strong, made.narrow)
        # What several keys count together is no factor of one value: the number alone.
        one = row < len(made.keys)
        factors.append(factor if one else Ink((factor.parts[1],), factor.advance))
        alone.append(Ink.plain(typeset.number(format_weight(share), strong)))
        colours.append(theme.start if start else theme.text if share else theme.quiet)
        tones.append(0.75 if share and not strong and not start else 1.0)

    def table(inks: list[Ink], x: float) -> Table:
        spots = np.stack([np.full(len(made.ys), x), made.ys], axis=1)
        return Table(inks, spots, made.em, colours, np.array(tones), anchor="right")

    behind = table(factors, made.factor_end)
    beside = behind if made.narrow else table(alone, made.share_end)
    bars = [theme.line if start else theme.dot(0.6) for start in made.is_start]
    shown = Bars(made.bar_x, made.ys, made.bar, made.em * 0.62, weights, bars, theme.text)
    return behind, beside, shown
