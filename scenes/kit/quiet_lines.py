"""Quiet lines about a space: in the middle of the frame, or in the panel that has room."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from manim import config

from scenes.kit import typeset
from scenes.kit.board import Region
from scenes.kit.caption import broken
from scenes.kit.chapter import MARGIN
from scenes.kit.label import Label
from scenes.kit.outline import Ink
from scenes.kit.painted import Painted
from scenes.kit.space import Space
from scenes.kit.theme import RGB

PITCH = 1.5  # from line to line, in ems


def middle_line(chapter: Any, told: str, y: float, em: float) -> list[Painted]:
    """A line of the chapter in the middle of the frame."""
    line = typeset.text(told, "italic")
    fitted = min(em, (config.frame_width - 2 * MARGIN) / line.advance)
    return [Label(Ink.plain(line), (0.0, y), fitted, chapter.theme.quiet, "centre")]


def kept(chapter: Any, panel: Region, space: Space) -> list[Painted]:
    """What the space keeps: above the first vector, which lies on the floor, so there is room."""
    x0, _, x1, y1 = panel
    most = x1 - x0 - 0.2
    lines = broken(chapter.say("exact"), most, chapter.min_em)
    floor = float(space.flat(space.floor_lines)[..., 1].max())
    last = (floor + y1) / 2 - PITCH * chapter.min_em * (len(lines) / 2 - 0.25)
    at = (x0 + x1) / 2, last
    return stacked(chapter, lines, at, most, chapter.theme.quiet, "italic")


def stacked(
    chapter: Any,
    lines: Sequence[str],
    at: tuple[float, float],
    most: float,
    colour: RGB,
    style: typeset.Style = "regular",
) -> list[Painted]:
    """Lines of the smallest type around the middle `at`, the last one at that height."""
    (x, y), em = at, chapter.min_em
    return [
        chapter.label(line, (x, y + PITCH * em * place), em, colour, "centre", style, most)
        for place, line in enumerate(reversed(lines))
    ]
