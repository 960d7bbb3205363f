"""Runs the benchmarks one after the other and sums them up.

Run: make bench, or python -m benchmarks [--quick] [--only frame_cost] [--reference PYTHON]
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import subprocess
import sys
import time

from benchmarks import finder, first_picture, frame_cost, video, vmobject_grid
from benchmarks.measure import Figure, say

NAMES = ("first_picture", "frame_cost", "vmobject_grid", "video", "finder", "cold_trace")


def cold_trace(runs: int, reference: str | None) -> list[str]:
    """Run the cold trace in a process of its own; its lines, which hold its own verdicts."""
    command = [sys.executable, "-m", "benchmarks.cold_trace", "--runs", str(runs)]
    if reference:
        command += ["--reference", reference]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    print(done.stdout, end="", flush=True)
    return [line for line in done.stdout.splitlines() if line.startswith("  ")]


def main() -> None:
    """Run all of them, or those asked for, and print one summary."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer runs, noisier figures")
    parser.add_argument("--only", action="append", choices=NAMES, help="may be repeated")
    parser.add_argument("--reference", metavar="PYTHON", help="an interpreter with torch")
    options = parser.parse_args()
    quick = options.quick
    chosen = options.only or NAMES
    begin = time.perf_counter()
    load = f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown"
    print(f"{os.cpu_count()} cores, load before the start {load} (the less, the truer)")
    figures: list[Figure] = []
    traced: list[str] = []
    if "first_picture" in chosen:
        print("\n== first picture", flush=True)
        figures += first_picture.main(["--runs", "3" if quick else "5"])
    if "frame_cost" in chosen:
        print("\n== frame cost", flush=True)
        pairs = ["--pairs", "3" if quick else "7"]
        figures += frame_cost.main(pairs)
        figures += frame_cost.main([*pairs, "--long"])
    if "vmobject_grid" in chosen:
        print("\n== a VMobject per cell", flush=True)
        figures += vmobject_grid.main(["--pairs", "1" if quick else "3"])
    if "video" in chosen:
        print("\n== make video", flush=True)
        figures += video.main(["--runs", "1" if quick else "3"])
    if "finder" in chosen:
        print("\n== head finder", flush=True)
        figures += finder.main(["--runs", "1" if quick else "5"])
    if "cold_trace" in chosen and importlib.util.find_spec("benchmarks.cold_trace"):
        print("\n== cold trace", flush=True)
        traced = cold_trace(3 if quick else 7, options.reference)
    say(figures, "== summary")
    if traced:
        print("\n".join(["cold trace:", *traced]))
    print(f"{time.perf_counter() - begin:.0f} s in all")


if __name__ == "__main__":
    main()
