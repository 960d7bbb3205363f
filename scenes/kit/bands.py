"""Bands behind marked words that have no boxes: they say which, and leave their type its colour."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from scenes.kit.painted import Box
from scenes.kit.painter import Painter
from scenes.kit.view import Placement

STRENGTH = 1.7  # how much stronger a band is than the fill of a box, which has a border too
INK = 0.9  # of its em, from the foot of a "g" to the top of an "l"


def band(header: Any, run: list[int]) -> Box:
    """The band behind one word (all its pieces): as high as its rows, or at most as wide as its
    columns, so that it keeps off other words.
    """
    x0, y0, x1, y1 = header.word_box(run)
    low, high = float(header.axis.low[run].min()), float(header.axis.high[run].max())
    if header.across:
        return (max(x0, low), y0, min(x1, high), y1)
    return (x0, low, x1, high)


def marked(header: Any) -> Iterator[list[int]]:
    """The places of each word of a header that has a band, if its words stand in no boxes.

    None in rows that are too low for their type: a band would run through its neighbours'.
    """
    axis = header.axis
    for run in header.runs:
        written = any(header.inks[index].parts for index in run)
        deep = float(axis.high[run].max() - axis.low[run].min())
        if written and deep >= INK * axis.em and axis.labels[run[0]].token in header.accents:
            yield run


def paint_bands(header: Any, painter: Painter, at: Placement, shown: np.ndarray) -> None:
    """Fill them, each as opaque as its word is `shown`, (n,)."""
    for run in marked(header):
        accent = header.accents[header.axis.labels[run[0]].token]
        if (opacity := float(shown[run].min())) > 0.002:
            painter.rectangle(at, *band(header, run))
            painter.fill(accent.colour, STRENGTH * accent.fill * opacity)
