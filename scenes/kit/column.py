"""One query's scores and shares as columns of type: a number a key, coloured as in the grid."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from attention_core.rounding import format_score, format_weight, shares
from scenes.kit import typeset
from scenes.kit.fill import STRONG, score_tone, share_tone
from scenes.kit.outline import Ink
from scenes.kit.strip import Strip
from scenes.kit.theme import RGB, Theme


@dataclass(frozen=True)
class Column:
    """Numbers to be set one under the other: each one's ink, colour and strength."""

    inks: list[Ink]
    colours: list[RGB]
    tones: list[float]

    @property
    def widest(self) -> float:
        """The widest number, in ems."""
        return max(ink.advance for ink in self.inks)

    def strip(self, x: float, ys: np.ndarray, em: float, anchor: str = "centre") -> Strip:
        """The numbers at these heights, centred on `x` or ending there ("right")."""
        spots = np.stack([np.full(len(ys), x), ys], axis=1)
        return Strip(self.inks, spots, em, self.colours, np.array(self.tones), anchor=anchor)


def score_column(
    theme: Theme, scores: np.ndarray, keys: list[int], start: int | None, *, plain: bool
) -> Column:
    """The scores (n,) of these keys. `plain` keeps red for the mask: see fill.score_numbers."""
    column = Column([], [], [])
    for key in keys:
        score, is_start = float(scores[key]), key == start
        positive = score > 0 and not is_start
        own = theme.text if positive or plain else theme.negative
        if np.isneginf(score):
            own = theme.masked
        column.inks.append(Ink.plain(typeset.number(format_score(score), positive)))
        column.colours.append(theme.start if is_start else own)
        column.tones.append(score_tone(theme, score, start=is_start, plain=plain))
    return column


def share_column(
    theme: Theme, weights: np.ndarray, keys: list[int], start: int | None, masked: np.ndarray
) -> Column:
    """The shares (n,) of these keys, rounded so that all of them sum to 1.00."""
    column, rounded = Column([], [], []), shares(weights)
    for key in keys:
        share, is_start, hidden = float(rounded[key]), key == start, bool(masked[key])
        strong = share >= STRONG and not is_start
        own = theme.masked if hidden else theme.start if is_start else theme.text
        column.inks.append(Ink.plain(typeset.number(format_weight(share), strong)))
        column.colours.append(own)
        column.tones.append(share_tone(theme, share, masked=hidden, start=is_start))
    return column
