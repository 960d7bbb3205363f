"""An order: the files that are to be made of a reel, and what there is to do for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rendering.encode import Marks
from rendering.job import RenderJob
from rendering.reel import Reel
from rendering.sinks import IN_SEGMENTS

Task = int | None  # a segment's number; None: the formats that need the film as a whole


@dataclass(frozen=True)
class Order:
    """What is to be made: a reel, and its files by the temporary paths they are written to."""

    reel: Reel
    jobs: Mapping[Path, RenderJob]
    marks: Marks

    def tasks(self) -> list[Task]:
        """What there is to do, each by one process; the longest first."""
        whole: list[Task] = [None] if self.of_kind(False) else []
        segments: list[Task] = [*range(len(self.reel.segments))] if self.of_kind(True) else []
        return whole + segments

    def frames(self, tasks: Sequence[Task]) -> int:
        """How many frames there are to draw for these."""
        segments = self.reel.segments
        whole = segments[-1].frames.stop
        return sum(whole if task is None else len(segments[task].frames) for task in tasks)

    def of_kind(self, in_segments: bool) -> dict[Path, RenderJob]:
        """The files that are joined from segments, or the others."""
        jobs = self.jobs.items()
        return {path: job for path, job in jobs if (job.format in IN_SEGMENTS) == in_segments}


def name_of(order: Order, task: Task) -> str:
    """A task in an error line."""
    if task is None:
        return "the whole film"
    frames = order.reel.segments[task].frames
    return f"frames {frames.start} to {frames.stop - 1}"
