"""A Dask cluster whose workers shoot the segments of a reel, to be joined here."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, wait
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from attention_core import AttentionError
from rendering.cache import Cache
from rendering.order import Order, Task, name_of
from rendering.pool import WorkerLost, join, kept_of, shoot_here
from rendering.shooting import Progress
from rendering.worker import Hung, Shooting, difference, identity, itself, segment

PATIENCE = 10.0  # seconds for the scheduler to answer, and then for a first worker to be there
LOOK = 0.1  # seconds between two looks at what is ready
SILENT = 60.0  # seconds for a scheduler to answer in the middle of a film
ALONE = 60.0  # seconds without any worker, until a film is given up
QUIET = dict.fromkeys(("distributed", "distributed.client"), "critical")  # errors are told by us
AGAIN = "start it again, and its workers, and repeat the command"
EXTRA = "pip install 'attention-film[cluster]'"

Send = Callable[..., "Future[Any]"]  # a segment's number, and which time it is sent


@contextmanager
def connected(address: str, cache: Cache | None = None) -> Iterator[Cluster]:
    """The cluster at that address. Raises AttentionError where nobody can do the work."""
    try:
        import dask

        with dask.config.set(logging=QUIET):
            from distributed import Client, Security
            from distributed.comm import connect
    except ImportError as error:
        raise AttentionError("--cluster needs Dask", f"install it: {EXTRA}") from error

    async def knock() -> None:
        security = Security().get_connection_args("client")
        # Its own timeout leaves out a server that takes the call and says nothing.
        async with asyncio.timeout(PATIENCE + 1):
            comm = await connect(address, timeout=PATIENCE, **security)
        await comm.close()

    try:
        asyncio.run(knock())  # a Client that finds nobody is not got rid of in time
    except Exception as error:  # of many kinds, by what is wrong with the address
        why = str(error) or "what answers is none"
        raise AttentionError(
            f"no Dask scheduler answers at {address} ({why})",
            "start one (dask scheduler), and give the address that it tells (docs/cluster.md)",
        ) from error
    with Client(address, timeout=PATIENCE, set_as_default=False) as client:
        try:
            client.wait_for_workers(1, timeout=PATIENCE)
        except TimeoutError as error:
            start = f"start some: dask worker {address} --nthreads 1 --nworkers 2"
            raise AttentionError(f"the scheduler at {address} has no workers", start) from error
        yield Cluster(address, client, cache)


class _Silent(Exception):
    """The scheduler does not answer."""


@dataclass(frozen=True)
class Cluster:
    """The workers behind a scheduler: a rendering.crew.Crew."""

    address: str
    client: Any
    cache: Cache | None = None  # of this machine

    def shoot(self, order: Order, on_progress: Progress | None = None) -> None:
        """Make the files: segments by the workers; what needs the film as a whole here, meanwhile.

        Raises what went wrong in any worker, and AttentionError for one that is not like us.
        """
        self.check()
        whole = order.of_kind(False)
        kept, done = kept_of(order, self.cache)
        seconds = {kind: 0.0 for kind in (False, True) if order.of_kind(kind)}

        def advance(kind: bool, now: float) -> None:
            seconds[kind] = now
            if on_progress is not None:
                on_progress(sum(seconds.values()) / len(seconds), order.reel.seconds)

        with self._sent(order, done) as (pending, send):
            if whole:
                shoot_here(order.reel, whole, order.marks, lambda now, _: advance(False, now))
            frames = sum(
                len(order.reel.segments[number].frames) for number in done if number is not None
            )
            for task, result in self._results(order, pending, send):
                assert task is not None
                done[task] = result
                kept.keep(task, result)
                frames += len(order.reel.segments[task].frames)
                advance(True, frames / order.reel.fps)
        join(order, done)

    def check(self) -> None:
        """Raise AttentionError if there is a worker that may make other bytes than this process."""
        answers = self.client.run(difference, identity(), on_error="return")
        wrong = {name: told for name, told in answers.items() if told}
        for name, told in sorted(wrong.items()):
            if isinstance(told, OSError):  # it has gone
                continue
            if isinstance(told, Exception):
                told = f"cannot load this version of the project ({told})"
            others = f" (nor are {len(wrong) - 1} others)" if len(wrong) > 1 else ""
            raise AttentionError(
                f"the worker {name} is not like this machine{others}: it {told}",
                "install the same commit there with constraints.txt, and start it again",
            )

    @contextmanager
    def _sent(
        self, order: Order, done: Mapping[Task, Any]
    ) -> Iterator[tuple[dict[Future[Any], Task], Send]]:
        """The futures of segments that are not there, and what sends one again.

        What is open at the end is cancelled.
        """
        jobs = tuple(order.of_kind(True).values())
        shooting = Shooting(f"segment-{uuid4().hex}", order.reel, jobs, identity())
        executor = self.client.get_executor(pure=False)
        try:
            # A result of Dask's: it goes once to each worker with a segment, and is made again if
            # the one that has it is lost.
            reel = self.client.submit(itself, shooting, key=f"reel-{uuid4().hex}")
            # What is submitted at one time may be done in any order, and a worker walks through a
            # reel once if its segments rise.
            in_order = {"fifo_timeout": "0 ms"}

            def send(number: int, time: int = 1) -> Future[Any]:
                key = shooting.key, number, time
                sent: Future[Any] = executor.submit(segment, reel, number, key=key, **in_order)
                return sent

            missing = [n for n in order.tasks() if n is not None and n not in done]
            yield {send(number): number for number in missing}, send
        finally:
            executor.shutdown(wait=False)

    def _results(
        self, order: Order, pending: dict[Future[Any], Task], send: Send
    ) -> Iterator[tuple[Task, Any]]:
        """The segments, as they are ready.

        What a lost worker was at, Dask gives to another; what one hung at is sent once more.
        """
        from distributed import KilledWorker

        seen = asked = time.monotonic()
        hung = set[int]()

        def on_look(ready: int) -> None:
            nonlocal seen, asked
            now = time.monotonic()
            if ready:
                seen = now
            elif now - max(seen, asked) > 1:
                asked = now
                if self._workers():
                    seen = now
                elif now - seen > ALONE:
                    raise WorkerLost(f"the scheduler at {self.address} has no workers any more")

        try:
            while pending:
                try:
                    yield from _as_ready(pending, on_look)
                except Hung as error:
                    number = error.number
                    if number in hung:
                        told = f"two workers hung at {name_of(order, number)}"
                        raise WorkerLost(f"{told}, the last one at {error.address}") from error
                    hung.add(number)
                    pending[send(number, 2)] = number
        except KilledWorker as error:
            at = name_of(order, error.task[1])
            raise WorkerLost(f"worker after worker was lost at {at}") from error
        except (CancelledError, OSError) as error:
            if self.client.status == "running":
                raise
            raise AttentionError(f"the scheduler at {self.address} has gone", AGAIN) from error
        except _Silent as error:
            told = f"the scheduler at {self.address} has not answered for {SILENT:g} seconds"
            raise AttentionError(told, AGAIN) from error
        except AttentionError:
            self.check()  # names the worker
            raise

    def _workers(self) -> Mapping[str, Any]:
        """Those that the scheduler knows of. Raises _Silent when it says nothing."""
        ask = self.client.scheduler.identity
        try:
            about = self.client.sync(ask, n_workers=-1, callback_timeout=SILENT)
        except TimeoutError as error:
            raise _Silent from error
        workers: Mapping[str, Any] = about["workers"]
        return workers


def _as_ready(
    pending: dict[Future[Any], Task], on_look: Callable[[int], None]
) -> Iterator[tuple[Task, Any]]:
    """The results of these, as they are ready; each look that is taken is told how many were."""
    while pending:
        ready, _ = wait(pending, timeout=LOOK, return_when=FIRST_COMPLETED)
        for future in ready:
            yield pending.pop(future), future.result()
        on_look(len(ready))
