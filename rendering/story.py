"""The story as a film: its plan, its pace, its frames, and its subtitles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from attention_core.material import Material
from rendering.encode import FrameSink
from rendering.film import Play
from rendering.stage import Progress, Size, renderer_for
from scenes import story
from scenes.look import Look

LONGEST = 150.0  # seconds: a story that would be longer is played a little faster


@dataclass(frozen=True)
class Plan:
    """How long the story is, where its chapters begin, and how much faster it is played."""

    seconds: float
    marks: tuple[story.Mark, ...]
    pace: float

    def spans(self) -> list[tuple[float, float, story.Mark]]:
        """Each chapter's begin and end, in seconds of the film."""
        ends = [mark.begin for mark in self.marks[1:]] + [self.seconds]
        return [(mark.begin, end, mark) for mark, end in zip(self.marks, ends, strict=True)]


def plan(slugs: Sequence[str], material: Material, look: Look, size: Size, fps: int) -> Plan:
    """Go through the story without drawing it."""
    renderer = renderer_for(size, fps)
    renderer.wanted = []
    marks = story.play(slugs, material, look, renderer, lambda: len(renderer.visited))
    pace, begins = 1.0, _begins(renderer.visited, fps, 1.0)
    while begins[-1] > LONGEST + 1 / fps:
        pace *= max(begins[-1] / LONGEST, 1.0001)
        begins = _begins(renderer.visited, fps, pace)
    placed = [replace(mark, begin=begins[round(mark.begin)]) for mark in marks]
    return Plan(begins[-1], tuple(placed), pace)


def _begins(plays: Sequence[Play], fps: int, pace: float) -> list[float]:
    """When each play begins in the film, and when the last one ends, by their frames: seconds."""
    frames = [play.frames(fps / pace) for play in plays]
    return [float(count) / fps for count in accumulate(frames, initial=0)]


def film(
    slugs: Sequence[str],
    material: Material,
    look: Look,
    size: Size,
    fps: int,
    sinks: Sequence[FrameSink],
    planned: Plan,
    on_progress: Progress | None = None,
) -> int:
    """Play the story and hand every frame to the sinks; how many there were."""
    # At a faster pace Manim's seconds hold fewer frames, each shown as long as ever.
    renderer = renderer_for(size, fps / planned.pace)
    renderer.sinks = sinks
    if on_progress is not None:
        renderer.on_progress = lambda time: on_progress(time / planned.pace, planned.seconds)
    story.play(slugs, material, look, renderer, lambda: renderer.time)
    return renderer.frames
