"""All raw scores of a trace in one grid: as numbers, or where these tell little as dots."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from attention_core.rounding import format_score
from scenes.kit.board import Region
from scenes.kit.cells import Cells, Dots, Numbers
from scenes.kit.fill import (
    at_cells,
    largest_score,
    score_dots,
    score_minuses,
    score_numbers,
    start_scores,
)
from scenes.kit.grid import Grid
from scenes.kit.legend import Entry
from scenes.kit.painted import Painted


def reference(most: float) -> float:
    """The score whose dot a legend shows: the largest round one, of a dot up to that of `most`.

    As a scale it is the same for grids that are nearly alike, and seeks no cell that has it.
    """
    steps = [step * 10.0**power for power in range(-1, 5) for step in (1, 2, 5)]
    return max([step for step in steps if step <= most], default=most)


def score_entries(
    chapter: Any, full: float, share: float = 1.0, plain: bool = False
) -> list[Entry]:
    """What a dot of scores stands for, and what minus signs mean.

    full: the score of the largest dot; share: of its area, what a legend has room for.
    """
    minus = Entry("plain minus" if plain else "minus", chapter.say("negative"))
    if full <= 0:
        return [minus]  # there is no dot
    score = reference(full * share)
    told = format_score(score, 0 if score >= 1 else 1)
    return [Entry("dot", chapter.say("positive", score=told), score / full), minus]


def sign_entries(chapter: Any, scores: np.ndarray) -> list[Entry]:
    """What dots and minus signs of these scores mean where they are seen aslant.

    Such dots are not as large as one in front of them, which therefore claims no score.
    """
    dot = [Entry("dot", chapter.say("above_zero"))] if scores.max() > 0 else []
    return [*dot, Entry("plain minus", chapter.say("negative"))]


def score_room(chapter: Any, scores: np.ndarray) -> list[Entry]:
    """Entries that take as much room as any of these scores can: a round one is not longer."""
    told = format_score(float(scores.max()))
    entries = [Entry("dot", chapter.say("positive", score=told))] if scores.max() > 0 else []
    return [*entries, Entry("minus", chapter.say("negative"))]


def score_legend(
    grid: Grid,
    scores: np.ndarray,
    radius: float,
    more: Sequence[Entry] = (),
    *,
    plain: bool = False,
) -> list[Painted]:
    """What dots (of this radius, where they are full) and signs of these scores mean, and more."""
    values = at_cells(grid.board, scores)
    full = largest_score(values, ~grid.hidden) if values.max() > 0 else 0.0
    entries = score_entries(grid.chapter, full, grid.legend_share(radius), plain)
    return grid.legend([*entries, *more], radius)


def marks_legend(
    grid: Grid, layers: list[Cells], scores: np.ndarray, more: Sequence[Entry] = ()
) -> list[Painted]:
    """The same beside the mask, for layers that show these scores; of numbers just what is more."""
    for layer in layers:
        if isinstance(layer, Dots):
            return score_legend(grid, scores, layer.radius, more, plain=True)
    return grid.legend([*more], grid.board.dot_radius)


class RawScores:
    """The `grid` in a region, the scores as `numbers`, what is `shown` of them, and its `legend`.

    `chapter` gives trace, theme and words.
    """

    def __init__(self, chapter: Any, region: Region) -> None:
        scores, theme = chapter.trace.scores, chapter.theme
        self.grid = Grid(chapter, region=region, legends=[])
        self.numbers: Numbers = score_numbers(self.grid.board, scores, theme)
        self.shown: list[Cells] = [self.numbers]
        self.legend: list[Painted] = []
        if self.grid.board.tells(self.numbers.em):
            return
        self.grid = Grid(chapter, region=region, legends=[score_room(chapter, scores)])
        board = self.grid.board
        self.numbers = score_numbers(board, scores, theme)
        dots = score_dots(board, scores, ~self.grid.hidden, theme)
        starts = start_scores(board, scores, theme)
        self.shown = [score_minuses(board, scores, theme), dots, *starts]
        self.legend = score_legend(self.grid, scores, dots.radius)
