"""How many points of a panel go without a name: a quiet line where nothing else stands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from scenes.kit.axis_names import apart
from scenes.kit.board import Region
from scenes.kit.caption import PITCH, wrapped
from scenes.kit.label import Label
from scenes.kit.painted import Box
from scenes.kit.strip import Strip

CLEAR = 0.08  # between the line and all else
STEP = 0.1  # from one height that is tried to the next
LOW = 1.2  # so far above the foot all places are near it


def unnamed_note(
    chapter: Any,
    say: str,
    names: Strip,
    em: float,
    region: Region,
    taken: Sequence[Box],
    beyond: float | None = None,
) -> list[Label]:
    """`say` with the count of names that are not shown; nothing where all are, or no room is.

    Near the foot of `region` rather than high up, in a left panel at its left border, or its
    right one, or at last at `beyond`, farther right; in a right panel (no `beyond`) rather at the
    right. On two lines where there is no room for one, or only what follows the comma.
    """
    count = int((names.arrays["shown"] == 0).sum())
    if not count:
        return []
    (x0, y0, x1, y1), line = region, chapter.say(say, count=count)
    sides = [(x0, "left"), (x1, "right"), *([] if beyond is None else [(beyond, "right")])]
    if beyond is None:
        sides.reverse()
    others = np.array([*taken, *name_boxes(names)])
    for lines in ([line], wrapped(line, 0.0, em), [line.split(", ")[-1]]):
        top = y1 - em - PITCH * em * (len(lines) - 1)
        ys = np.arange(y0 + 0.05, top, STEP).tolist()
        near = [y for y in ys if y < y0 + LOW]  # rather a little higher than at another side
        tries = [(y, side) for side in sides for y in near] + [(y, s) for y in ys for s in sides]
        for y, (x, anchor) in tries:
            found = [
                chapter.label(text, (x, y + rise), em, chapter.theme.quiet, anchor, "italic")
                for text, rise in zip(lines[::-1], (0.0, PITCH * em), strict=False)
            ]
            low, high = (min(b.box[0] for b in found), max(b.box[2] for b in found))
            inside = x0 - CLEAR <= low and high <= max(x, x1) + CLEAR
            if inside and min(apart(one.box, others) for one in found) >= CLEAR:
                return found[::-1]
    return []


def name_boxes(names: Strip) -> list[Box]:
    """Around each name that is shown."""
    arrays = names.arrays
    boxes = np.array([ink.box for ink in names.inks]) * arrays["em"][:, None]
    shown = (boxes + np.tile(arrays["spot"], 2))[arrays["shown"] > 0]
    return [(x0, y0, x1, y1) for x0, y0, x1, y1 in shown.tolist()]
