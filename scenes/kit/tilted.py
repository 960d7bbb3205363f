"""Above a tilted grid: whose query is lifted out of it, and what the marks in it mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from manim import config

from scenes.kit import terms, typeset
from scenes.kit.asked import asked_label
from scenes.kit.camera import Frame as Pose
from scenes.kit.cells import Dots
from scenes.kit.chapter import MARGIN
from scenes.kit.fill import at_cells
from scenes.kit.label import Label
from scenes.kit.layout import is_narrow
from scenes.kit.legend import Entry, flow, legend, room
from scenes.kit.outline import Ink
from scenes.kit.painted import Painted
from scenes.kit.raw import score_room, sign_entries
from scenes.kit.sizes import STILL_EM

if TYPE_CHECKING:
    from scenes.kit.header import Header
    from scenes.kit.lift import Lift

PITCH = 0.45  # from line to line of a legend
CLEAR, AWAY = 0.08, 0.15  # from the grid and from the column to the name of its query
HIGHER, LOWER = 0.5, 0.42  # from the head of the column to a line above it, or below
BESIDE = 0.3  # from a legend to what stands beside it


def asked_above(lift: Lift, entries: list[Entry]) -> list[Label]:
    """Whose scores are lifted, beside or above their head, if the tilted grid leaves room there.

    And what such a score is, more quietly, below that, in front of it, or above it. A narrow frame
    has room for that alone, in a clip, at the right of its legend (`entries`).
    """
    x0, _, x1, y1 = lift.board.box
    edge = np.stack([np.linspace(x0, x1, 41), np.full(41, y1), np.zeros(41)], axis=1)
    seen = lift.lean.pose(Pose()).view_units(edge, lift.units)
    left, _, right, _ = lift.slot.box
    y, top = lift.heads[0].pen[1], lift.chapter.region[3]

    def clear(label: Label) -> bool:
        grid = seen[seen[:, 0] > label.box[0] - CLEAR, 1].max(initial=-np.inf)
        return bool(grid + CLEAR < label.box[1] < label.box[3] < top)

    above = (right, y + HIGHER)
    if is_narrow():
        marks = [*score_room(lift.chapter, lift.trace.before_mask), *entries]
        end = lift.chapter.region[0] + room(marks, STILL_EM)[0] + BESIDE
        one = _score(lift, above, STILL_EM)
        return [one] * (not lift.chapter.is_still and clear(one) and one.box[0] > end)
    for at in ((left - AWAY, y), above):
        label = asked_label(lift.chapter, lift.query, at, MARGIN)
        if clear(label) and label.em >= lift.chapter.min_em - 1e-9:
            below, before = (left - AWAY, y - LOWER), (label.box[0] - BESIDE, at[1])
            places = [below, before] + [above] * (at != above)
            told = [_score(lift, place, label.em) for place in places]
            inside = [one for one in told if one.box[0] > MARGIN - config.frame_width / 2]
            return [label, *[one for one in inside if clear(one)][:1]]
    return []


def _score(lift: Lift, at: tuple[float, float], em: float) -> Label:
    """What a score is in the lifted column, as a formula that ends there."""
    formula = f"s = {terms.read(lift.trace, terms.scaled(lift.trace))}"
    return Label(Ink.plain(typeset.math(formula)), at, em, lift.theme.quiet, "right")


def legend_height(lift: Lift, entries: list[Entry]) -> float:
    """What the legend of a still takes where dots and signs stand for scores."""
    told = [*score_room(lift.chapter, lift.trace.before_mask), *entries]
    return PITCH * (1 + flow(told, STILL_EM, _across(lift))[-1][0])


def tilted_legend(lift: Lift, entries: list[Entry], radius: float) -> list[Painted]:
    """What the marks in a still's grid mean, in front of it; `radius`: of a weight's dot."""
    chapter, (x0, _, _, y1) = lift.chapter, lift.chapter.region
    dots = [layer for layer in lift.layers if isinstance(layer, Dots)]
    if dots:
        radius = dots[0].radius * lift.zoom
        scores = at_cells(lift.board, lift.trace.before_mask)
        entries = [*sign_entries(chapter, scores), *entries]
    given = lift.board, lift.theme, radius, STILL_EM, (x0, y1)
    return legend(entries, *given, across=_across(lift) if dots else 0.0)


def stepping_back(
    lift: Lift, header: Header, marks: list[Painted], tints: int
) -> tuple[list[Painted], float]:
    """Which marks of a clip's legend dim with the scores, and to what opacity.

    That is all but the last `tints`. Where the words above the grid lean over it, all of it leaves.
    """
    if marks:
        x0, y0, x1, y1 = header.content
        corners = np.array([(x, y, 0.0) for x in (x0, x1) for y in (y0, y1)])
        seen = lift.lean.pose(Pose()).view_units(corners, lift.units)
        left, low = seen[:2].min(0) - CLEAR
        found = [mark.ink_box() or mark.box for mark in marks]
        if any(mark[2] > left and mark[3] > low for mark in found):
            return marks, 0.0
    return marks[: len(marks) - tints], 0.5


def _across(lift: Lift) -> float:
    """The room for a legend at the left of what is said of the column."""
    end = lift.slot.box[0]
    if not is_narrow():
        at = end - AWAY, lift.heads[0].pen[1]
        end = asked_label(lift.chapter, lift.query, at, MARGIN).box[0]
    return end - BESIDE - MARGIN + config.frame_width / 2
