"""How long `make video` takes after set-up: fresh processes render every chapter at 720p30.

Run: python -m benchmarks.video [--runs 3] [--chapter softmax]

`make video` calls `render.py models fetch`, which finds the model in place, and `render.py clip`.
Both are started here as they are there. The chapters have lengths of their own, so that the goal,
which is for 10 seconds of film, is compared with the seconds that 10 seconds take: start-up and all
divided by the length for a clip that is longer, and as they are for a shorter one.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

from benchmarks.measure import Cost, Figure, used

ROOT = Path(__file__).resolve().parents[1]
GOAL, SECONDS = 15.0, 10.0


def timed(*arguments: str) -> Cost:
    """What is used by one call of render.py. Raises CalledProcessError if it fails."""
    begin = used()
    command = [sys.executable, str(ROOT / "render.py"), *arguments]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return used() - begin


def length(clip: Path) -> float:
    """A clip's length in seconds."""
    import av

    with av.open(str(clip)) as container:
        return float((container.duration or 0) / av.time_base)


def main(arguments: list[str] | None = None) -> list[Figure]:
    """Print the table and return the figures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--chapter", action="append", help="may be repeated; default: all")
    options = parser.parse_args(arguments)
    from scenes.registry import CHAPTERS

    check = median(timed("models", "fetch", "smollm2").wall for _ in range(options.runs))
    print(f"models fetch, with the model in place: {check:.2f} s (counted below)")
    print(f"720p30, wall seconds, median of {options.runs} (worst)")
    print(f"{'chapter':14}{'film':>7}{'render':>15}{'CPU':>8}{'for 10 s':>11}   goal {GOAL:g}")
    figures = []
    for slug in options.chapter or CHAPTERS:
        with tempfile.TemporaryDirectory() as folder:
            clip = Path(folder) / "clip.mp4"
            call = ("clip", slug, "--quality", "720p30", "--out", str(clip), "--force")
            runs = [timed(*call) for _ in range(options.runs)]
            film = length(clip)
        took = median(run.wall for run in runs) + check
        worst = max(run.wall for run in runs) + check
        cpu = median(run.cpu for run in runs)
        to_ten = min(1.0, SECONDS / film)
        share = took * to_ten
        print(f"{slug:14}{film:6.1f}s{took:7.2f} ({worst:.2f}){cpu:8.2f}{share:11.2f}", flush=True)
        figures.append(
            Figure(
                f"10 s at 720p30, {slug}",
                tuple((run.wall + check) * to_ten for run in runs),
                GOAL,
                "s",
            )
        )
    return figures


if __name__ == "__main__":
    main()
