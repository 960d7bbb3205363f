"""Two boards of one head, one above the other: its scores, and the shares that softmax makes."""

from __future__ import annotations

from typing import Any

from scenes.kit import fill
from scenes.kit.cells import Numbers
from scenes.kit.grid import Grid
from scenes.kit.legend import Entry
from scenes.kit.painted import Painted
from scenes.kit.strip import room_for_sums, sums

TITLE_EM = 0.36


class BeforeAfter:
    """`chapter` gives trace, theme and words; `titles` stand above the boards.

    `entries` explain dots and tints, where there is no room for numbers that need no explanation.
    """

    def __init__(self, chapter: Any, titles: tuple[str, str], entries: list[Entry]) -> None:
        theme, trace = chapter.theme, chapter.trace
        regions = room_for_sums(chapter.halves(), chapter.look.orientation)
        marks: list[Painted] = []
        for legends in ([], entries):
            upper, lower = (Grid(chapter, region=region, legends=[legends]) for region in regions)
            hidden, scores = upper.hidden, trace.before_mask
            before = fill.readable_scores(upper.board, scores, theme, hidden, plain=True)
            after = fill.readable_weights(lower.board, trace.weights, theme, hidden)
            if isinstance(after[0], Numbers):
                marks += sums(chapter, lower.board, trace.weights, after[0].em)
                break
        else:
            radius = fill.weight_dots(lower.board, trace.weights, theme).radius
            marks += lower.legend(entries, radius)
        self.lower = lower
        self.parts: list[Painted] = []
        for grid, layers, name in zip((upper, lower), (before, after), titles, strict=True):
            left, _, right, top = grid.board.region
            title = chapter.label(name, ((left + right) / 2, top + 0.2), TITLE_EM, anchor="centre")
            self.parts += [grid.tints, *grid.frame, *layers, title]
        self.parts += marks
