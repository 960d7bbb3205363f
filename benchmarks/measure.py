"""What the benchmarks share: costs in CPU and wall seconds, and figures beside their goals."""

from __future__ import annotations

import resource
import time
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple


class Cost(NamedTuple):
    """Seconds used."""

    cpu: float  # user and system, all threads, finished children included
    wall: float

    def __sub__(self, other: Cost) -> Cost:
        return Cost(self.cpu - other.cpu, self.wall - other.wall)


class Figure(NamedTuple):
    """One measured figure and its goal."""

    name: str
    value: float
    goal: float
    unit: str
    at_least: bool = False

    @property
    def met(self) -> bool:
        """Whether the goal is reached."""
        return self.value >= self.goal if self.at_least else self.value <= self.goal

    def line(self) -> str:
        """The figure as a line of a table."""
        word = "at least" if self.at_least else "at most"
        goal = f"{word} {self.goal:g} {self.unit}"
        return (
            f"{self.name:44}{self.value:9.2f} {self.unit:3} {goal:18}{'' if self.met else 'MISSED'}"
        )


class Marked:
    """A sink that hands on to another one, and notes what was used up to the first frame."""

    def __init__(self, sink: Any) -> None:
        self.sink = sink
        self.first: Cost | None = None

    def write(self, rgba: Any, damage: Any, repeat: int = 1) -> None:
        """Hand the frame on."""
        if self.first is None:
            self.first = used()
        self.sink.write(rgba, damage, repeat)

    def cut(self) -> None:
        """Hand the cut on."""
        self.sink.cut()

    def finish(self) -> None:
        """Complete the file."""
        self.sink.finish()

    def abort(self) -> None:
        """Let go of the file."""
        self.sink.abort()


def used() -> Cost:
    """What this process and its finished children have used up to now."""
    both = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    cpu = sum(sum(resource.getrusage(who)[:2]) for who in both)
    return Cost(cpu, time.perf_counter())


def say(figures: Iterable[Figure], title: str) -> None:
    """Print figures beside their goals."""
    print(f"\n{title}")
    for figure in figures:
        print(figure.line(), flush=True)


def alternating(pair: int, sides: Sequence[Any]) -> list[Any]:
    """The sides in the order of this pair: each goes first in every second one."""
    return list(sides) if pair % 2 == 0 else list(reversed(sides))
