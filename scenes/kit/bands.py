"""Bands behind marked words that have no boxes: they say which, and leave their type its colour."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from scenes.kit.painted import Box
from scenes.kit.painter import Painter
from scenes.kit.view import Placement

STRENGTH = 1.7  # how much stronger a band is than the fill of a box, which has a border too
TOUCH = 0.005  # frame units by which type may leave its cell


def band(header: Any, run: list[int]) -> Box:
    """The band behind one word (all its pieces): as high as its rows, or at most as wide as its
    columns, so that it keeps off other words.
    """
    x0, y0, x1, y1 = header.word_box(run)
    low, high = float(header.axis.low[run].min()), float(header.axis.high[run].max())
    if not header.across:
        return (x0, low, x1, high)
    first, last = (sides[run] for sides in reach(header))
    x0, x1 = min(x0, float(first.min())), max(x1, float(last.max()))
    return (max(x0, low), y0, min(x1, high), y1)


def reach(header: Any) -> tuple[np.ndarray, np.ndarray]:
    """From where to where the ink of each text reaches along its axis, (n,) each."""
    boxes = np.array([ink.box for ink in header.inks]) * header.ems[:, None]
    pens = header.word_pens
    if not header.across:
        return pens[:, 1] + boxes[:, 1], pens[:, 1] + boxes[:, 3]
    if header.axis.rotated:
        return pens[:, 0] - boxes[:, 3], pens[:, 0] - boxes[:, 1]
    return pens[:, 0] + boxes[:, 0], pens[:, 0] + boxes[:, 2]


def marked(header: Any) -> Iterator[list[int]]:
    """The places of each word of a header that has a band, if its words stand in no boxes.

    None where cells are too small for their type: a band would run through neighbours'.
    """
    (first, last), (low, high) = reach(header), header.axis.spans
    if (first < low - TOUCH).any() or (last > high + TOUCH).any():
        return
    for run in header.runs:
        written = any(header.inks[index].parts for index in run)
        if written and header.axis.labels[run[0]].token in header.accents:
            yield run


def paint_bands(header: Any, painter: Painter, at: Placement, shown: np.ndarray) -> None:
    """Fill them, each as opaque as its word is `shown`, (n,)."""
    for run in marked(header):
        accent = header.accents[header.axis.labels[run[0]].token]
        if (opacity := float(shown[run].min())) > 0.002:
            painter.rectangle(at, *band(header, run))
            painter.fill(accent.colour, STRENGTH * accent.fill * opacity)
