"""Crews: who shoots a film, processes of this machine or the workers of a cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from attention_core import AttentionError
from rendering.cores import cores

if TYPE_CHECKING:
    from rendering.cache import Cache
    from rendering.order import Order

Progress = Callable[[float, float | None], None]


class Crew(Protocol):
    """Makes the files of an order; their bytes are the same whoever does."""

    def shoot(self, order: Order, on_progress: Progress | None = None) -> None:
        """Make the files. Raises what went wrong."""


@dataclass(frozen=True)
class Local:
    """So many processes of this machine, and what they made before."""

    processes: int = 1
    cache: Cache | None = None

    def shoot(self, order: Order, on_progress: Progress | None = None) -> None:
        """Make the files. Raises what went wrong."""
        from rendering import pool

        pool.shoot(order, self.processes, on_progress, self.cache)


ALONE = Local()  # this process does it all


@contextmanager
def crew_of(cluster: str | None, jobs: int | None, cache: Cache | None = None) -> Iterator[Crew]:
    """The cluster at an address, or else processes of this machine: as many as asked, or as cores.

    Raises AttentionError where no cluster answers that can make the same bytes.
    """
    if cluster is None:
        yield Local(jobs or cores(), cache)
        return
    if jobs is not None:
        raise AttentionError(
            "--jobs counts processes of this machine, and --cluster sends the work to others",
            "leave one of them out",
        )
    from rendering.cluster import connected

    with connected(cluster, cache) as crew:
        yield crew
