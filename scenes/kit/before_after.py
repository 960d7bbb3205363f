"""Two boards of one head, one above the other: its scores, and the shares that softmax makes."""

from __future__ import annotations

from typing import Any

from scenes.kit import fill
from scenes.kit.cells import Numbers
from scenes.kit.grid import Grid
from scenes.kit.label import Arrow, Frame
from scenes.kit.legend import Entry
from scenes.kit.painted import Painted
from scenes.kit.strip import room_for_sums, sums

TITLE_EM, STEP_EM = 0.36, 0.32
STEP, ARROW = 0.34, 0.42  # what the boards leave for the step between them; how long its arrow is


class BeforeAfter:
    """`chapter` gives trace, theme and words; `titles` stand above the boards, `step` between them.

    One query has a yellow frame in both.

    `entries` explain dots and tints, where there is no room for numbers that need no explanation.
    """

    def __init__(
        self, chapter: Any, titles: tuple[str, str], step: str, entries: list[Entry]
    ) -> None:
        theme, trace = chapter.theme, chapter.trace
        (x0, low, x1, top), (_, bottom, _, high) = chapter.halves()
        halves = (x0, low + STEP / 2, x1, top), (x0, bottom, x1, high - STEP / 2)
        regions = room_for_sums(halves, chapter.look.orientation)
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
            focus = Frame(grid.around(grid.of_query(chapter.query())), theme.focus, width=3.4)
            self.parts += [grid.tints, *grid.frame, *layers, title, focus]
        self.parts += [*marks, *self._step(chapter, step)]

    def _step(self, chapter: Any, line: str) -> list[Painted]:
        """What leads from the upper board to the lower one: an arrow, and what it is called."""
        left, _, right, top = self.lower.board.region
        y = top + 0.2 + TITLE_EM + ARROW / 2
        word = chapter.label(line, (0.0, y - 0.25 * STEP_EM), STEP_EM)
        x = (left + right - (word.box[2] - word.box[0]) - 0.3) / 2
        word = chapter.label(line, (x + 0.3, y - 0.25 * STEP_EM), STEP_EM)
        return [Arrow((x, y + ARROW / 2), (x, y - ARROW / 2), chapter.theme.text, 0.05), word]
