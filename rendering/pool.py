"""A pool of processes that shoot the segments of a reel; what a lost one was at is done again."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from rendering import hands, shooting
from rendering.cache import Cache
from rendering.compiled import kernels
from rendering.encode import Marks
from rendering.job import RenderJob
from rendering.order import Order, Task, name_of
from rendering.reel import Reel
from rendering.segments import Kept
from rendering.shooting import Progress, Walker
from rendering.sinks import join_segments, segment_sink_for, sink_for


class WorkerLost(RuntimeError):
    """A process died or hung, twice."""


def shoot(
    order: Order,
    processes: int,
    on_progress: Progress | None = None,
    cache: Cache | None = None,
) -> None:
    """Make the files with so many processes. Raises what went wrong in any of them.

    What a process was at that dies, or hangs, is tried again once, by one process alone: it may
    have been memory that was short. Then WorkerLost names it. With `processes` 1 all is done in
    this process; the bytes are the same for any number. Segments that the cache has are not shot,
    and others are kept there as soon as they are made.
    """
    kept, done = kept_of(order, cache)
    missing = [task for task in order.tasks() if task not in done]
    alone = min(processes, len(missing)) == 1
    if alone and not done and (None in missing or not kept):  # one playing makes all the files
        shoot_here(order.reel, order.jobs, order.marks, on_progress)
        return
    if missing:
        kernels()  # once: forked processes share it
    lost = set[Task]()
    while missing:
        total = order.frames(missing)

        def on_look(drawn: int, total: int = total) -> None:
            if on_progress is not None:
                on_progress(drawn / total * order.reel.seconds, order.reel.seconds)

        try:
            if alone:
                results = _results_here(order, missing, on_look)
            else:
                results = hands.results(partial(_begin, order), missing, processes, on_look)
            for task, result in results:
                done[task] = result
                if task is not None:
                    kept.keep(task, result)
        except hands.Lost as error:
            if error.task in lost:
                told = f"a process was lost twice at {name_of(order, error.task)}"
                raise WorkerLost(told) from error
            lost.add(error.task)
            processes = 1
        missing = [task for task in missing if task not in done]
    join(order, done)


def kept_of(order: Order, cache: Cache | None) -> tuple[Kept, dict[Task, Any]]:
    """What is kept of an order's segments; those that are there, and what they are."""
    kept = Kept(cache, order.reel, [*order.of_kind(True).values()])
    return kept, {number: results for number, results in kept.found().items()}


def _results_here(
    order: Order, tasks: Sequence[Task], on_look: Callable[[int], None]
) -> Iterator[tuple[Task, Any]]:
    """The results of the tasks, by this process alone."""
    drawn = 0

    def tell(frames: int) -> None:
        nonlocal drawn
        drawn += frames
        on_look(drawn)

    operator = Operator(order.reel, [*order.of_kind(True).values()])
    try:
        for task in tasks:
            yield task, _done(order, operator, _Counted(tell), task)
    finally:
        operator.stop()


def join(order: Order, done: Mapping[Task, Any]) -> None:
    """Write the files that are joined, of what an Operator gave of each segment."""
    for place, (path, job) in enumerate(order.of_kind(True).items()):
        results = [done[number][place] for number in range(len(order.reel.segments))]
        join_segments(job, path, results, order.marks)


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
        if self._walker is not None and not self._lies_ahead(number, self._walker.next):
            self.stop()
        if self._walker is None:
            self._walker = Walker(self._reel, number)
        first = self._reel.segments[number].frames.start
        sinks = [segment_sink_for(job, first) for job in self._jobs]
        return self._walker.shoot(number, [*sinks, *others], self._patience)[: len(sinks)]

    def _lies_ahead(self, number: int, after: int) -> bool:
        """Whether going on from segment `after` is the shortest way to another."""
        skipped = self._reel.chapter_of(number) - self._reel.chapter_of(max(0, after - 1))
        return number >= after and skipped <= 2  # a new walk would begin a chapter before it

    def stop(self) -> None:
        """Let go of the reel."""
        if self._walker is not None:
            self._walker.stop()
            self._walker = None
            gc.collect()  # scenes refer to each other in circles, and hold hundreds of megabytes


def _begin(order: Order, tell: hands.Tell) -> Callable[[Task], Any]:
    """A process of the pool begins: what does its tasks."""
    operator = Operator(order.reel, [*order.of_kind(True).values()])
    return partial(_done, order, operator, _Counted(tell))


def _done(order: Order, operator: Operator, counted: _Counted, task: Task) -> Any:
    """Shoot a segment, or what needs the film as a whole."""
    if task is None:
        shoot_here(order.reel, order.of_kind(False), order.marks, None, counted)
        return None
    return operator.shoot(task, counted)


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
