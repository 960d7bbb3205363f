"""Where texts stand between the rules of rows: on one line, and tall scripts by their ink."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from scenes.kit.outline import Ink

LINE = 0.25  # half of a small letter's height, in ems: it sits on the row's middle
LATIN = 0.708  # as high, in ems, as Latin letters reach; Hangul is taller
AIR = 0.05  # of a row, between ink and the rules


def baselines(inks: Sequence[Ink], em: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Of texts in rows from `low` to `high`, (n,) each: their baselines.

    Rows too tight for one line of a tall script (Hangul) have all of it in their middle by its ink.
    """
    boxes = np.array([ink.box for ink in inks])[:, [1, 3]] * em[:, None]
    foot, top = boxes.T
    centres, air = (low + high) / 2, AIR * (high - low)
    lines = centres - LINE * em
    tall = top > LATIN * em
    crowded = (lines + foot < low + air) | (lines + top > high - air)
    if (tall & crowded).any():
        lines = np.where(tall, centres - (foot + top) / 2, lines)
    lowest, highest = low - foot, high - top
    found: np.ndarray = np.clip(lines, lowest, np.maximum(lowest, highest))
    return found
