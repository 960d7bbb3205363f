"""Frame cost: rendering a chapter at 1080p60 against encoding the very same frames alone."""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

SIZE, FPS = (1920, 1080), 60
GOAL = 1.3
START_UP_GOAL = 4.0


class Recorder:
    """A sink that keeps every frame as the encoder would get it: yuv420p, with its repeats."""

    def __init__(self) -> None:
        self.frames: list[tuple[Any, int]] = []

    def write(self, rgba: Any, damage: Any, repeat: int = 1) -> None:
        """Convert the whole frame unless it is unchanged."""
        from rendering.encode import to_yuv

        if not damage and self.frames:
            frame, count = self.frames[-1]
            self.frames[-1] = (frame, count + repeat)
        else:
            self.frames.append((to_yuv(rgba), repeat))

    def finish(self) -> None:
        """Nothing to close."""

    def abort(self) -> None:
        """Nothing to let go of."""


def material() -> Any:
    """The default sentence's material: what every pair renders."""
    from attention_core.material import DEFAULT_FILE, Material

    return Material.load(DEFAULT_FILE)


def record(slug: str) -> list[tuple[Any, int]]:
    """The chapter's frames, decoded beforehand into memory."""
    from rendering import stage
    from scenes.look import Look

    recorder = Recorder()
    stage.film(slug, material(), Look(), SIZE, FPS, [recorder])
    return recorder.frames


def render(slug: str, path: Path) -> None:
    """Layout, painting, conversion and encoding: what `render.py clip` does after start-up."""
    from rendering import stage
    from rendering.encode import Mp4Sink
    from scenes.look import Look

    sink = Mp4Sink(path, SIZE, FPS)
    stage.film(slug, material(), Look(), SIZE, FPS, [sink])
    sink.finish()


def encode(frames: list[tuple[Any, int]], path: Path) -> None:
    """The same frames through the same encoder, settings and threads, and nothing else."""
    from rendering.encode import Mp4Sink

    sink = Mp4Sink(path, SIZE, FPS)
    for frame, repeat in frames:
        sink.write_yuv(frame, repeat)
    sink.finish()


def layout(slug: str) -> None:
    """All that a clip does without making a frame: layout, animations, the sidecar's picture."""
    from rendering import stage
    from scenes.look import Look

    stage._duration(slug, material(), Look(), SIZE, FPS)
    stage._drawn(slug, material(), Look(), SIZE, None)


def cost(action: Callable[[], None]) -> tuple[float, float]:
    """CPU-seconds (user and system, children included) and wall seconds of a call."""

    def used() -> float:
        both = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
        return sum(sum(resource.getrusage(who)[:2]) for who in both)

    cpu, wall = used(), time.perf_counter()
    action()
    return used() - cpu, time.perf_counter() - wall


def measure(slug: str, pairs: int) -> dict[str, Any]:
    """Alternating pairs of render and encode, after one warm-up of each."""
    frames = record(slug)
    count = sum(repeat for _, repeat in frames)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "clip.mp4"
        render(slug, path)
        encode(frames, path)
        # Layout (and the sidecar's picture) is part of the start-up, which has a line of its own.
        layouts = [cost(lambda: layout(slug)) for _ in range(3)]
        laid = median(cpu for cpu, _ in layouts), median(wall for _, wall in layouts)
        runs = []
        for pair in range(pairs):
            actions = [lambda: render(slug, path), lambda: encode(frames, path)]
            order = (0, 1) if pair % 2 == 0 else (1, 0)
            got = {side: cost(actions[side]) for side in order}
            rendered = got[0][0] - laid[0], got[0][1] - laid[1]
            runs.append((rendered, got[1]))
    cpu = [r[0] / e[0] for r, e in runs]
    wall = [r[1] / e[1] for r, e in runs]
    return {
        "frames": count,
        "layout": laid[1],
        "render_ms": 1000 * median(r[0] for r, _ in runs) / count,
        "encode_ms": 1000 * median(e[0] for _, e in runs) / count,
        "cpu": median(cpu),
        "cpu_worst": max(cpu),
        "wall": median(wall),
        "wall_worst": max(wall),
    }


def start_up() -> float:
    """Seconds from a fresh process to the first laid-out chapter: imports, trace, layout."""
    code = (
        "import time; t = time.perf_counter()\n"
        "from attention_core import Material\n"
        "from scenes.look import Look\n"
        "m = Material.build()\n"
        "from rendering import stage\n"
        "stage._drawn('softmax', m, Look(), (1920, 1080), None)\n"
        "print(time.perf_counter() - t)"
    )
    runs = []
    for _ in range(3):
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        )
        runs.append(float(done.stdout))
    return median(runs)


def main(arguments: list[str] | None = None) -> None:
    """Print a table; each chapter is measured in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=7)
    parser.add_argument("--chapter", action="append")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.one:
        print(json.dumps(measure(options.one, options.pairs)))
        return
    from scenes.registry import CHAPTERS

    print(f"start-up (imports, trace, layout): {start_up():.2f} s (goal {START_UP_GOAL:.0f})")
    print(f"1080p60, default sentence; goal {GOAL} x the encoding of the same frames")
    print(
        f"{'chapter':14}{'frames':>7}{'render':>9}{'encode':>9}{'CPU x':>8}{'worst':>7}"
        f"{'wall x':>8}{'worst':>7}{'layout':>8}   (ms a frame of CPU; layout in s)"
    )
    for slug in options.chapter or CHAPTERS:
        command = [sys.executable, "-m", "benchmarks.frame_cost", "--one", slug]
        command += ["--pairs", str(options.pairs)]
        done = subprocess.run(
            command, stdout=subprocess.PIPE, text=True, check=True, env=os.environ
        )
        got = json.loads(done.stdout)
        print(
            f"{slug:14}{got['frames']:7}{got['render_ms']:9.1f}{got['encode_ms']:9.1f}"
            f"{got['cpu']:8.2f}{got['cpu_worst']:7.2f}{got['wall']:8.2f}{got['wall_worst']:7.2f}"
            f"{got['layout']:8.2f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
