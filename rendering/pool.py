"""A pool of processes that shoot the segments of a reel; one that dies is replaced once."""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np

from rendering import shooting
from rendering.cache import Cache
from rendering.claims import leave_to_parent
from rendering.encode import Marks
from rendering.job import RenderJob
from rendering.order import Order, Task, name_of
from rendering.reel import Reel
from rendering.segments import Kept
from rendering.shooting import Progress, Walker
from rendering.sinks import join_segments, segment_sink_for, sink_for

PATIENCE = 300.0  # seconds in which no process draws a frame, until they are taken for hung
LOOK = 0.1  # seconds between two looks at how far they are


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
    shared = _results_here if alone else _results
    while missing:
        try:
            for task, result in shared(order, missing, processes, on_progress):
                done[task] = result
                if task is not None:
                    kept.keep(task, result)
        except BrokenProcessPool as error:
            if processes == 1:
                lost = next(task for task in missing if task not in done)
                raise WorkerLost(f"a process was lost twice at {name_of(order, lost)}") from error
            processes = 1
        missing = [task for task in missing if task not in done]
    join(order, done)


def kept_of(order: Order, cache: Cache | None) -> tuple[Kept, dict[Task, Any]]:
    """What is kept of an order's segments; those that are there, and what they are."""
    kept = Kept(cache, order.reel, [*order.of_kind(True).values()])
    return kept, {number: results for number, results in kept.found().items()}


def join(order: Order, done: Mapping[Task, Any]) -> None:
    """Write the files that are joined, of what an Operator gave of each segment."""
    for place, (path, job) in enumerate(order.of_kind(True).items()):
        results = [done[number][place] for number in range(len(order.reel.segments))]
        join_segments(job, path, results, order.marks)


def as_ready(
    pending: dict[Future[Any], Task], on_look: Callable[[int], None]
) -> Iterator[tuple[Task, Any]]:
    """The results of these, as they are ready; each look that is taken is told how many were."""
    while pending:
        ready, _ = wait(pending, timeout=LOOK, return_when=FIRST_COMPLETED)
        for future in ready:
            yield pending.pop(future), future.result()
        on_look(len(ready))


def _results(
    order: Order, tasks: Sequence[Task], processes: int, on_progress: Progress | None
) -> Iterator[tuple[Task, Any]]:
    """The results of the tasks, as they are ready. Raises BrokenProcessPool when one is lost."""
    with _executor(order, min(processes, len(tasks))) as (executor, counter):
        last, since = 0, time.monotonic()

        def on_look(ready: int) -> None:
            nonlocal last, since
            drawn = counter.value
            if drawn != last or ready:
                last, since = drawn, time.monotonic()
            elif time.monotonic() - since > PATIENCE:
                raise BrokenProcessPool(f"no frame was drawn in {PATIENCE:g} seconds")
            if on_progress is not None:
                share = drawn / order.frames(tasks)
                on_progress(share * order.reel.seconds, order.reel.seconds)

        yield from as_ready({executor.submit(_do, task): task for task in tasks}, on_look)


def _results_here(
    order: Order, tasks: Sequence[Task], processes: int, on_progress: Progress | None
) -> Iterator[tuple[Task, Any]]:
    """The results of the tasks, by this process alone."""
    drawn, total = 0, order.frames(tasks)

    def on_frames(count: int) -> None:
        nonlocal drawn
        drawn += count
        if on_progress is not None:
            on_progress(drawn / total * order.reel.seconds, order.reel.seconds)

    watcher = _Watcher(on_frames)
    operator = Operator(order.reel, [*order.of_kind(True).values()])
    try:
        for task in tasks:
            if task is None:
                shoot_here(order.reel, order.of_kind(False), order.marks, None, watcher)
                yield task, None
            else:
                yield task, operator.shoot(task, watcher)
    finally:
        operator.stop()


@contextmanager
def _executor(order: Order, processes: int) -> Iterator[tuple[ProcessPoolExecutor, Any]]:
    """A pool whose processes are gone when it is left, however it is left."""
    # A fork has all that is imported and typeset at once. Elsewhere than on Linux the system's
    # own libraries do not survive it.
    context = multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")
    counter = context.Value("q", 0)
    gc.collect()
    gc.freeze()  # what is there now is shared by all, and stays to the end: not looked at again
    known = set(multiprocessing.active_children())
    executor = ProcessPoolExecutor(processes, context, _begin, (order, counter))
    try:
        yield executor, counter
        executor.shutdown()
    finally:
        for child in set(multiprocessing.active_children()) - known:
            child.kill()
        executor.shutdown(cancel_futures=True)
        gc.unfreeze()


class _Watcher:
    """A taker of frames that only tells how many there were, for the progress bar."""

    def __init__(self, on_frames: Callable[[int], None]) -> None:
        self._on_frames = on_frames

    def write(self, rgba: np.ndarray, damage: Any, repeat: int = 1) -> None:
        """Tell it."""
        self._on_frames(repeat)

    def cut(self) -> None:
        """Nothing is cut."""

    def result(self) -> None:
        """Nothing is made."""


class Operator:
    """Shoots the segments of a reel that it is given; one walk serves those in rising order."""

    def __init__(self, reel: Reel, jobs: Sequence[RenderJob]) -> None:
        self._reel, self._jobs = reel, jobs
        self._walker: Walker | None = None

    def shoot(self, number: int, *others: Any) -> list[Any]:
        """What each job has of a segment; other takers of frames look on."""
        if self._walker is not None and not self._lies_ahead(number, self._walker.next):
            self.stop()
        if self._walker is None:
            self._walker = Walker(self._reel, number)
        first = self._reel.segments[number].frames.start
        sinks = [segment_sink_for(job, first) for job in self._jobs]
        return self._walker.shoot(number, [*sinks, *others])[: len(sinks)]

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


# What a process of the pool works at.
_order: Order
_operator: Operator
_counted: _Watcher


def _begin(order: Order, counter: Any) -> None:
    """A process of the pool begins."""
    global _order, _operator, _counted

    def count(frames: int) -> None:
        with counter.get_lock():
            counter.value += frames

    _order, _counted = order, _Watcher(count)
    _operator = Operator(order.reel, [*order.of_kind(True).values()])
    leave_to_parent()
    # Ctrl-C goes to all processes of a terminal: the first one ends the others.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    Thread(target=_leave_with_parent, daemon=True).start()


def _leave_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)  # killed: nobody waits for results any more


def _do(task: Task) -> Any:
    """Shoot a segment, or what needs the film as a whole: the work of a process of the pool."""
    if task is None:
        shoot_here(_order.reel, _order.of_kind(False), _order.marks, None, _counted)
        return None
    return _operator.shoot(task, _counted)


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
