"""The whole story by one process and by all cores, and once more with its segments kept.

Run: python -m benchmarks.story [--pairs 5] [--quality 720p30]

Fresh processes, nothing kept from one to the other, in turns one process or all cores first. Both
must give the same bytes. Then the story is played at 1080p60 by all cores, which must take no
longer than the film; and again, with nothing to draw because its segments are kept.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from statistics import median

from benchmarks.measure import Figure, alternating
from benchmarks.video import ROOT, length
from rendering.cores import cores

RATIO, MEMORY = 0.6, 1200.0  # of the wall time of one process; megabytes of a process


def played(out: Path, quality: str, jobs: int, *more: str) -> tuple[float, float]:
    """Wall seconds of a story, and the most megabytes that any of its processes held at once."""
    command = [sys.executable, str(ROOT / "render.py"), "story", "--quality", quality]
    command += ["--jobs", str(jobs), "--out", str(out), *more]
    begin, most = time.perf_counter(), 0.0
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        done = threading.Event()
        threading.Thread(target=lambda: (process.wait(), done.set()), daemon=True).start()
        while not done.wait(0.2):
            most = max(most, _largest(process.pid))
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return time.perf_counter() - begin, most


def _largest(process: int) -> float:
    """Megabytes of this process or the largest of its children, where the system tells (Linux)."""
    try:
        children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
        return max(
            int(Path(f"/proc/{one}/statm").read_text().split()[1])
            * os.sysconf("SC_PAGE_SIZE")
            / 1e6
            for one in [str(process), *children]
        )
    except (OSError, ValueError, IndexError):
        return 0.0


def main(arguments: list[str] | None = None) -> list[Figure]:
    """Measure, print, and return the figures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--quality", default="720p30")
    options = parser.parse_args(arguments)
    many, new = cores(), ("--force", "--cache-size", "0")
    ratios, memory, walls = [], [], {1: list[float](), many: list[float]()}
    with tempfile.TemporaryDirectory() as folder:
        films = {jobs: Path(folder) / f"{jobs}.mp4" for jobs in (1, many)}
        for pair in range(options.pairs):
            for jobs in alternating(pair, (1, many)):
                wall, held = played(films[jobs], options.quality, jobs, *new)
                walls[jobs].append(wall)
                memory.append(held)
            ratios.append(walls[many][-1] / walls[1][-1])
            if films[1].read_bytes() != films[many].read_bytes():
                raise AssertionError("one process and many made different films")
        print(f"{options.quality}, the same bytes; seconds by 1 and {many} processes, ratio:")
        for one, all_cores, ratio in zip(walls[1], walls[many], ratios, strict=True):
            print(f"{one:8.1f}{all_cores:8.1f}{ratio:8.2f}")
        fine, kept = Path(folder) / "fine.mp4", ("--force", "--cache-size", "1GB")
        os.environ["ATTENTION_HOME"] = str(Path(folder) / "home")
        times = [played(fine, "1080p60", many, *kept)[0] for _ in range(min(3, options.pairs))]
        seconds = length(fine)
        again = []
        for number in range(3):
            copy = Path(folder) / f"again{number}.mp4"
            again.append(played(copy, "1080p60", many)[0])
            if copy.read_bytes() != fine.read_bytes():
                raise AssertionError("the film of kept segments is another one")
        os.environ.pop("ATTENTION_HOME")
    pace = [wall / seconds for wall in times]
    saved = [wall / median(times) for wall in again]
    return [
        Figure(
            f"story, {many} processes, wall / one's", (*ratios,), RATIO, "x", of="3", brief=True
        ),
        Figure("story at 1080p60, wall / its length", (*pace,), 1.0, "x", of="3", brief=True),
        Figure("story, memory of the largest process", (max(memory),), MEMORY, "MB", of="3"),
        Figure(
            "story, all segments kept, wall / made anew", (*saved,), None, "x", of="4", brief=True
        ),
    ]


if __name__ == "__main__":
    main()
