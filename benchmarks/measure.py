"""What the benchmarks share: costs in CPU and wall seconds, and figures beside their goals."""

from __future__ import annotations

import json
import mmap
import os
import platform
import resource
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple


class Cost(NamedTuple):
    """Seconds used."""

    cpu: float  # user and system, all threads, finished children included
    wall: float

    def __sub__(self, other: Cost) -> Cost:
        return Cost(self.cpu - other.cpu, self.wall - other.wall)


@dataclass(frozen=True)
class Figure:
    """What was measured in some runs, and its goal: the median counts, worst and best are told."""

    name: str
    runs: tuple[float, ...]
    goal: float | None  # None: it is told, and has none
    unit: str  # "x" of ratios
    at_least: bool = False
    of: str = ""  # the number of the goal in the table, like "1"
    brief: bool = False  # README has it, too
    note: str = ""

    @property
    def value(self) -> float:
        """The median."""
        return median(self.runs)

    @property
    def met(self) -> bool:
        """Whether the goal is reached, if there is one."""
        if self.goal is None:
            return True
        return self.value >= self.goal if self.at_least else self.value <= self.goal

    def cells(self) -> tuple[str, str, str, str]:
        """As it stands in a table: which goal, name, measured with the spread, the goal's bound."""
        many = len(self.runs) > 1
        spread = f" ({_short(min(self.runs))} to {_short(max(self.runs))})" if many else ""
        measured = f"{_short(self.value)} {self.unit}{spread}{self.note and ', ' + self.note}"
        word = "at least" if self.at_least else "at most"
        goal = "" if self.goal is None else f"{word} {self.goal:g} {self.unit}"
        return self.of, self.name, measured, goal + ("" if self.met else ": MISSED")


def _short(value: float) -> str:
    """Three digits at most, two of them behind the point."""
    return (
        f"{value:.2f}"
        if abs(value) < 10
        else f"{value:.1f}"
        if abs(value) < 100
        else f"{value:.0f}"
    )


def memory_at_hand(size: int = 5 * 2**29) -> None:
    """Take so many bytes, and give them back, before a run that is measured.

    A virtual machine returns free memory to its host within seconds, and has each page of it back
    at twenty times the price of another. Whichever of two sides takes more memory than the run
    before it would pay for that: 0.7 of 7 seconds, where this was found. So both find it ready: all
    that two processes take in a run, 1.2 GB, and what they give back and take again.
    """
    free = os.sysconf("SC_AVPHYS_PAGES") * mmap.PAGESIZE
    size = min(size, free // 2 // mmap.PAGESIZE * mmap.PAGESIZE)
    with mmap.mmap(-1, size) as memory:
        for page in range(0, size, mmap.PAGESIZE):
            memory[page] = 1


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
    print(f"{'goal':5}{'figure':44}{'median (spread)':34}goal")
    for figure in figures:
        of, name, measured, goal = figure.cells()
        print(f"{of:5}{name:44}{measured:34}{goal}", flush=True)


def write(figures: Iterable[Figure], path: Path) -> None:
    """Write figures, and what they were measured on, for benchmarks.table."""
    content = {
        "date": date.today().isoformat(),
        "machine": machine(),
        "figures": [asdict(figure) for figure in figures],
    }
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def machine() -> str:
    """The machine, in words: cores and the processor's name."""
    name = platform.processor() or platform.machine()
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        name = next(
            line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")
        )
    except (OSError, StopIteration):
        pass
    return f"{os.cpu_count()} cores, {name}"


def alternating(pair: int, sides: Sequence[Any]) -> list[Any]:
    """The sides in the order of this pair: each goes first in every second one."""
    return list(sides) if pair % 2 == 0 else list(reversed(sides))
