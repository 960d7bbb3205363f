"""The story as a film: its plan, its pace, and where its chapters begin."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from attention_core.material import Material
from rendering.film import Play
from rendering.reel import Reel, Size, segments_of
from rendering.stage import renderer_for
from scenes import story
from scenes.look import Look

LONGEST = 150.0  # seconds: a story that would be longer is played a little faster


@dataclass(frozen=True)
class Plan:
    """A story's film, where its chapters begin, and how much faster it is played."""

    reel: Reel
    marks: tuple[story.Mark, ...]
    pace: float

    @property
    def seconds(self) -> float:
        """How long the film is."""
        return self.reel.seconds

    def spans(self) -> list[tuple[float, float, story.Mark]]:
        """Each chapter's begin and end, in seconds of the film."""
        ends = [mark.begin for mark in self.marks[1:]] + [self.seconds]
        return [(mark.begin, end, mark) for mark, end in zip(self.marks, ends, strict=True)]


def plan(slugs: Sequence[str], material: Material, look: Look, size: Size, fps: int) -> Plan:
    """Go through the story without drawing it.

    At a faster pace Manim's seconds hold fewer frames, each shown as long as ever.
    """
    renderer = renderer_for(size, fps)
    renderer.wanted = []
    marks = story.play(slugs, material, look, renderer, lambda: len(renderer.visited))
    pace, begins = 1.0, _begins(renderer.visited, fps, 1.0)
    while begins[-1] > LONGEST + 1 / fps:
        pace *= max(begins[-1] / LONGEST, 1.0001)
        begins = _begins(renderer.visited, fps, pace)
    placed = [replace(mark, begin=begins[round(mark.begin)]) for mark in marks]
    rate = fps / pace
    chapters = tuple(round(mark.begin) for mark in marks)
    segments = segments_of(renderer.visited, rate, fps, chapters)
    reel = Reel(tuple(slugs), True, material, look, size, fps, rate, segments, chapters)
    return Plan(reel, tuple(placed), pace)


def _begins(plays: Sequence[Play], fps: int, pace: float) -> list[float]:
    """When each play begins in the film, and when the last one ends, by their frames: seconds."""
    frames = [play.frames(fps / pace) for play in plays]
    return [float(count) / fps for count in accumulate(frames, initial=0)]
