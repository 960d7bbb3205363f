"""A Dask cluster whose workers shoot the segments of a reel, to be joined here."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import CancelledError, Future
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from attention_core import AttentionError
from rendering.cache import Cache
from rendering.order import Order, Task, name_of
from rendering.pool import WorkerLost, as_ready, join, kept_of, shoot_here
from rendering.shooting import Progress
from rendering.worker import Shooting, difference, identity, itself, segment

PATIENCE = 10.0  # seconds for the scheduler to answer, and then for a first worker to be there
ALONE = 60.0  # seconds without any worker, until a film is given up
QUIET = dict.fromkeys(("distributed", "distributed.client"), "critical")  # errors are told by us
EXTRA = "pip install 'attention-film[cluster]'"


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

        with self._sent(order, done) as pending:
            if whole:
                shoot_here(order.reel, whole, order.marks, lambda now, _: advance(False, now))
            frames = sum(
                len(order.reel.segments[number].frames) for number in done if number is not None
            )
            for task, result in self._results(order, pending):
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
    def _sent(self, order: Order, done: Mapping[Task, Any]) -> Iterator[dict[Future[Any], Task]]:
        """The futures of segments that are not there; what is open at the end is cancelled."""
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
            yield {
                executor.submit(
                    segment, reel, number, key=(shooting.key, number), **in_order
                ): number
                for number in order.tasks()
                if number is not None and number not in done
            }
        finally:
            executor.shutdown(wait=False)

    def _results(
        self, order: Order, pending: dict[Future[Any], Task]
    ) -> Iterator[tuple[Task, Any]]:
        """The segments, as they are ready. What a lost worker was at, Dask gives to another."""
        from distributed import KilledWorker

        seen = asked = time.monotonic()

        def on_look(ready: int) -> None:
            nonlocal seen, asked
            now = time.monotonic()
            if ready:
                seen = now
            elif now - max(seen, asked) > 1:
                asked = now
                if self.client.scheduler_info()["workers"]:
                    seen = now
                elif now - seen > ALONE:
                    raise WorkerLost(f"the scheduler at {self.address} has no workers any more")

        try:
            yield from as_ready(pending, on_look)
        except KilledWorker as error:
            at = name_of(order, error.task[1])
            raise WorkerLost(f"worker after worker was lost at {at}") from error
        except (CancelledError, OSError) as error:
            if self.client.status == "running":
                raise
            mend = "start it again, and its workers, and repeat the command"
            raise AttentionError(f"the scheduler at {self.address} has gone", mend) from error
        except AttentionError:
            self.check()  # names the worker
            raise
