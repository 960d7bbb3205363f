"""All raw scores of a trace in one grid: as numbers, or where these tell little as dots."""

from __future__ import annotations

from typing import Any

from scenes.kit.board import Region
from scenes.kit.cells import Cells, Numbers
from scenes.kit.fill import score_dots, score_minuses, score_numbers, start_scores
from scenes.kit.grid import Grid
from scenes.kit.legend import Entry
from scenes.kit.painted import Painted


def score_entries(chapter: Any) -> list[Entry]:
    """What dots and minus signs of scores mean."""
    return [Entry("dot", chapter.say("positive")), Entry("minus", chapter.say("negative"))]


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
        entries = score_entries(chapter)
        self.grid = Grid(chapter, region=region, legends=[entries])
        board = self.grid.board
        self.numbers = score_numbers(board, scores, theme)
        dots = score_dots(board, scores, ~self.grid.hidden, theme)
        starts = start_scores(board, scores, theme)
        self.shown = [score_minuses(board, scores, theme), dots, *starts]
        self.legend = self.grid.legend(entries, dots.radius)
