"""A pool of processes that shoot the segments of a reel; what a lost one was at is done again."""

from __future__ import annotations

import gc
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from rendering import hands, shooting
from rendering.encode import Marks
from rendering.job import RenderJob
from rendering.reel import Reel
from rendering.shooting import Progress, Walker
from rendering.sinks import IN_SEGMENTS, join_segments, segment_sink_for, sink_for

Task = int | None  # a segment's number; None: the formats that need the film as a whole


class WorkerLost(RuntimeError):
    """A process died or hung, twice."""


@dataclass(frozen=True)
class Order:
    """What a pool is to make: a reel, and its files by the temporary paths they are written to."""

    reel: Reel
    jobs: Mapping[Path, RenderJob]
    marks: Marks

    def tasks(self) -> list[Task]:
        """What there is to do, each by one process; the longest first."""
        whole: list[Task] = [None] if self.of_kind(False) else []
        segments: list[Task] = [*range(len(self.reel.segments))] if self.of_kind(True) else []
        return whole + segments

    def of_kind(self, in_segments: bool) -> dict[Path, RenderJob]:
        """The files that are joined from segments, or the others."""
        jobs = self.jobs.items()
        return {path: job for path, job in jobs if (job.format in IN_SEGMENTS) == in_segments}


def shoot(order: Order, processes: int, on_progress: Progress | None = None) -> None:
    """Make the files with so many processes. Raises what went wrong in any of them.

    What a process was at that dies, or hangs, is tried again once, by one process alone: it may
    have been memory that was short. Then WorkerLost names it. With `processes` 1 all is done in
    this process; the bytes are the same for any number.
    """
    if min(processes, len(order.tasks())) == 1:
        shoot_here(order.reel, order.jobs, order.marks, on_progress)
        return
    missing, done, lost = order.tasks(), dict[Task, Any](), set[Task]()
    total = order.reel.segments[-1].frames.stop * (2 if None in missing else 1)

    def on_look(drawn: int) -> None:
        if on_progress is not None:
            on_progress(drawn / total * order.reel.seconds, order.reel.seconds)

    while missing:
        try:
            for task, result in hands.results(partial(_begin, order), missing, processes, on_look):
                done[task] = result
        except hands.Lost as error:
            if error.task in lost:
                told = f"a process was lost twice at {name_of(order, error.task)}"
                raise WorkerLost(told) from error
            lost.add(error.task)
            processes = 1
        missing = [task for task in missing if task not in done]
    join(order, done)


def join(order: Order, done: Mapping[Task, Any]) -> None:
    """Write the files that are joined, of what an Operator gave of each segment."""
    for place, (path, job) in enumerate(order.of_kind(True).items()):
        results = [done[number][place] for number in range(len(order.reel.segments))]
        join_segments(job, path, results, order.marks)


def name_of(order: Order, task: Task) -> str:
    """A task in an error line."""
    if task is None:
        return "the whole film"
    frames = order.reel.segments[task].frames
    return f"frames {frames.start} to {frames.stop - 1}"


class _Counted:
    """A taker of frames that only tells how many they were."""

    def __init__(self, tell: hands.Tell) -> None:
        self._tell = tell

    def write(self, rgba: np.ndarray, damage: Any, repeat: int = 1) -> None:
        """Count the frames."""
        self._tell(repeat)

    def cut(self) -> None:
        """Nothing is cut."""

    def result(self) -> None:
        """Nothing is made."""


class Operator:
    """Shoots the segments of a reel that it is given; one walk serves those in rising order."""

    def __init__(
        self, reel: Reel, jobs: Sequence[RenderJob], patience: float | None = None
    ) -> None:
        self._reel, self._jobs, self._patience = reel, jobs, patience
        self._walker: Walker | None = None

    def shoot(self, number: int, *others: Any) -> list[Any]:
        """What each job has of a segment; other takers of frames look on.

        Raises rendering.shooting.Stalled after so many seconds of `patience` without a frame.
        """
        if self._walker is not None and number < self._walker.next:
            self.stop()
        if self._walker is None:
            self._walker = Walker(self._reel)
        first = self._reel.segments[number].frames.start
        sinks = [segment_sink_for(job, first) for job in self._jobs]
        return self._walker.shoot(number, [*sinks, *others], self._patience)

    def stop(self) -> None:
        """Let go of the reel."""
        if self._walker is not None:
            self._walker.stop()
            self._walker = None
            gc.collect()  # scenes refer to each other in circles, and hold hundreds of megabytes


def _begin(order: Order, tell: hands.Tell) -> Callable[[Task], Any]:
    """A process of the pool begins: what does its tasks."""
    operator, counted = Operator(order.reel, [*order.of_kind(True).values()]), _Counted(tell)

    def do(task: Task) -> Any:
        """Shoot a segment, or what needs the film as a whole."""
        if task is None:
            shoot_here(order.reel, order.of_kind(False), order.marks, None, counted)
            return None
        return operator.shoot(task, counted)

    return do


def shoot_here(
    reel: Reel,
    jobs: Mapping[Path, RenderJob],
    marks: Marks,
    on_progress: Progress | None,
    *others: Any,
) -> None:
    """The whole film into these files, in this process; other takers of frames look on."""
    sinks: list[Any] = []
    try:
        for path, job in jobs.items():
            sinks.append(sink_for(job, path, marks))
        shooting.shoot(reel, [*sinks, *others], on_progress)
        for sink in sinks:
            sink.finish()
    except BaseException:
        for sink in sinks:
            sink.abort()
        raise
