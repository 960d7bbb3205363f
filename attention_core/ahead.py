"""Loads the next things in other threads while the present one is in use."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

Item = TypeVar("Item")
Loaded = TypeVar("Loaded")


def ahead(
    load: Callable[[Item], Loaded], items: Iterable[Item], depth: int = 6, threads: int = 2
) -> Iterator[Loaded]:
    """load(item) for each item, in order; up to `depth` are loaded before they are asked for.

    Loading starts with this call, not with the first `next`. NumPy releases the interpreter's lock
    while it decodes, so two threads are nearly twice as fast as one.
    """
    pool = ThreadPoolExecutor(threads, thread_name_prefix="ahead")
    rest = iter(items)
    started = deque(pool.submit(load, item) for item in islice(rest, depth))

    def in_order() -> Iterator[Loaded]:
        try:
            while started:
                ready: Future[Loaded] = started.popleft()
                loaded = ready.result()
                started.extend(pool.submit(load, item) for item in islice(rest, 1))
                yield loaded
        finally:
            pool.shutdown(wait=False, cancel_futures=True)

    return in_order()
