"""Runs the benchmarks one after the other, sums them up, and writes the figures for the tables.

Run: make bench, or python -m benchmarks [--pairs 7] [--only frame_cost] [--reference PYTHON]

The figures go to benchmarks/last.json when all were measured (else where --json says), and from
there into README.md: python -m benchmarks.table.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

from benchmarks import (
    encoder_choice,
    finder,
    first_picture,
    frame_cost,
    nothing_twice,
    story,
    video,
    vmobject_grid,
)
from benchmarks.measure import Figure, machine, say, write
from benchmarks.table import RESULTS, figures_of

# Each is told how many pairs, or runs.
ALL: dict[str, Callable[[str], list[Figure]]] = {
    "first_picture": lambda n: first_picture.main(["--runs", n]),
    "encoder_choice": lambda n: encoder_choice.figures(int(n)),
    "frame_cost": lambda n: frame_cost.main(["--pairs", n]),
    "frame_cost_long": lambda n: frame_cost.main(["--pairs", n, "--long"]),
    "story": lambda n: story.main(["--pairs", n]),
    "nothing_twice": lambda n: nothing_twice.main(["--runs", n]),
    "vmobject_grid": lambda n: vmobject_grid.main(["--pairs", n]),
    "video": lambda n: video.main(["--runs", n]),
    "finder": lambda n: finder.main(["--runs", n]),
}


def cold_trace(runs: str, reference: str | None) -> list[str]:
    """Run the cold trace in a process of its own; its lines, which hold its own verdicts."""
    command = [sys.executable, "-m", "benchmarks.cold_trace", "--runs", runs]
    if reference:
        command += ["--reference", reference]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    print(done.stdout, end="", flush=True)
    return [line for line in done.stdout.splitlines() if line.startswith("  ")]


def others(place: Path, figures: list[Figure]) -> list[Figure]:
    """What a file holds besides these figures; of another machine or day, they say so."""
    if not place.exists():
        return []
    names = {figure.name for figure in figures}
    run = json.loads(place.read_text(encoding="utf-8"))
    of_then = f"{run['machine']}, {run['date']}"
    kept = [figure for figure in figures_of(run) if figure.name not in names]
    if of_then == f"{machine()}, {date.today().isoformat()}":
        return kept
    return [
        figure
        if figure.note.endswith(")")
        else replace(figure, note=f"{figure.note} ({of_then})".strip())
        for figure in kept
    ]


def main() -> None:
    """Run all of them, or those asked for, and print one summary."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--pairs", type=int, default=7, help="1: in short, noisier  [default: 7]")
    parser.add_argument(
        "--only", action="append", choices=[*ALL, "cold_trace"], help="may be repeated"
    )
    parser.add_argument("--reference", metavar="PYTHON", help="an interpreter with torch")
    parser.add_argument(
        "--json",
        type=Path,
        metavar="FILE",
        help="where the figures go; with --only, others that it holds stay there",
    )
    options = parser.parse_args()
    chosen = options.only or [*ALL, "cold_trace"]
    place = options.json or (None if options.only else RESULTS[0])
    begin = time.perf_counter()
    load = f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown"
    print(f"{os.cpu_count()} cores, load before the start {load} (the less, the truer)")
    figures: list[Figure] = []
    for name, measure in ALL.items():
        if name in chosen:
            print(f"\n== {name.replace('_', ' ')}", flush=True)
            figures += measure(str(options.pairs))
            if place is not None:  # an hour's work is not lost to what fails after it
                write([*others(place, figures), *figures], place)
    traced: list[str] = []
    if "cold_trace" in chosen:
        print("\n== cold trace", flush=True)
        traced = cold_trace(str(options.pairs), options.reference)
    say(figures, "== summary")
    if traced:
        print("\n".join(["cold trace:", *traced]))
    if place is not None:
        write([*(others(place, figures) if options.only else []), *figures], place)
        print(f"written to {place}; into the pages with: python -m benchmarks.table")
    print(f"{time.perf_counter() - begin:.0f} s in all")


if __name__ == "__main__":
    main()
