"""Frame cost: rendering a chapter at 1080p60 against encoding the very same frames alone.

Run: python -m benchmarks.frame_cost [--pairs 7] [--chapter softmax]

Each chapter has a process of its own. There the clip is rendered once, keeping the yuv420p frames
exactly as the encoder was given them; then pairs follow, in turns render or encode first: the whole
rendering, and those frames through the same Mp4Sink. Both must give the same bytes. Imports and
typesetting are warm by then, and Cairo's glyph masks are forgotten before each rendering. What goes
before the first frame (layout) belongs to the start-up, which is measured in fresh processes and
has lines of its own; what comes after the last one (the picture of the sidecar) counts.
"""

from __future__ import annotations

import argparse
import gc
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.measure import Cost, Figure, Marked, alternating, used

SIZE, FPS = (1920, 1080), 60
GOAL, START_UP_GOAL = 1.3, 4.0  # times the encoding; seconds
START_UP = """
import sys, time
from attention_core.material import Material
from scenes.registry import CHAPTERS
slug, begin = sys.argv[1], float(sys.argv[2])
material = Material.build(needs=CHAPTERS[slug].needs)
traced = time.time() - begin
from rendering import stage
from scenes.look import Look
class First:
    def write(self, *_):
        print(traced, time.time() - begin, flush=True)
        raise SystemExit
stage.film(slug, material, Look(), (1920, 1080), 60, [First()])
"""


def film(slug: str, sink: Any) -> None:
    """Play the chapter on the default sentence's embedded material into a sink."""
    from attention_core.material import Material
    from rendering import stage
    from scenes.look import Look
    from scenes.registry import CHAPTERS

    stage.film(slug, Material.embedded(CHAPTERS[slug].needs), Look(), SIZE, FPS, [sink])
    sink.finish()


def record(slug: str, path: Path) -> list[tuple[Any, int]]:
    """The clip's frames, and how often each is repeated, as they come to the encoder."""
    from rendering.encode import Mp4Sink

    class Recorder(Mp4Sink):
        """Keeps the frames instead of encoding them."""

        def __init__(self) -> None:
            self.frames: list[tuple[Any, int]] = []
            super().__init__(path, SIZE, FPS)

        def _encode_all(self) -> None:
            while (job := self._queue.get()) is not None:
                frame, _, repeat = job
                self.frames.append((frame, repeat))

        def write(self, rgba: Any, damage: Any, repeat: int = 1) -> None:
            """Take a ring so long that no frame is written to again."""
            self._frames._count = 1 << 30
            super().write(rgba, damage, repeat)

    recorder = Recorder()
    try:
        film(slug, recorder)
    finally:
        recorder.abort()
    return recorder.frames


def render(slug: str, path: Path) -> tuple[Cost, float]:
    """The cost from the first frame to the closed file, and the wall seconds before that."""
    from rendering.encode import Mp4Sink
    from scenes.kit import painter

    painter._mask.cache_clear()
    gc.collect()
    begin = used()
    marked = Marked(Mp4Sink(path, SIZE, FPS))
    film(slug, marked)
    assert marked.first is not None
    return used() - marked.first, marked.first.wall - begin.wall


def encode(frames: list[tuple[Any, int]], path: Path) -> tuple[Cost, float]:
    """The cost of the same frames through the same encoder, settings and threads, alone."""
    from rendering.encode import Mp4Sink

    gc.collect()
    sink = Mp4Sink(path, SIZE, FPS)
    begin = used()
    for frame, repeat in frames:
        sink.write_yuv(frame, repeat)
    sink.finish()
    return used() - begin, 0.0


def measure(slug: str, pairs: int) -> dict[str, Any]:
    """Alternating pairs of render and encode, after one of each that is not counted."""
    with tempfile.TemporaryDirectory() as folder:
        clips = Path(folder) / "rendered.mp4", Path(folder) / "encoded.mp4"
        frames = record(slug, clips[0])
        render(slug, clips[0])
        encode(frames, clips[1])
        same = clips[0].read_bytes() == clips[1].read_bytes()
        runs, layouts = [], []
        for pair in range(pairs):
            got: dict[str, Cost] = {}
            for side in alternating(pair, ("render", "encode")):
                if side == "render":
                    got[side], layout = render(slug, clips[0])
                    layouts.append(layout)
                else:
                    got[side], _ = encode(frames, clips[1])
            runs.append((got["render"], got["encode"]))
    count = sum(repeat for _, repeat in frames)
    cpu = [r.cpu / e.cpu for r, e in runs]
    wall = [r.wall / e.wall for r, e in runs]
    return {
        "frames": count,
        "same": same,
        "layout": median(layouts),
        "render_ms": 1000 * median(r.cpu for r, _ in runs) / count,
        "encode_ms": 1000 * median(e.cpu for _, e in runs) / count,
        "render_wall_ms": 1000 * median(r.wall for r, _ in runs) / count,
        "encode_wall_ms": 1000 * median(e.wall for _, e in runs) / count,
        "cpu": (median(cpu), max(cpu)),
        "wall": (median(wall), max(wall)),
    }


def start_up(slug: str, runs: int) -> tuple[float, float]:
    """Wall seconds of a fresh process up to the trace, and up to the first frame."""
    times = []
    for _ in range(runs):
        command = [sys.executable, "-c", START_UP, slug, str(time.time())]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        times.append([float(word) for word in done.stdout.split()])
    return median(t[0] for t in times), median(t[1] for t in times)


def main(arguments: list[str] | None = None) -> list[Figure]:
    """Print the tables and return the figures that have goals."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=int, default=7)
    parser.add_argument("--chapter", action="append", help="may be repeated; default: all")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.one:
        print(json.dumps(measure(options.one, options.pairs)))
        return []
    from scenes.registry import CHAPTERS

    figures = []
    for slug in options.chapter or CHAPTERS:
        traced, first = start_up(slug, min(3, options.pairs))
        print(
            f"start-up of {slug}: {first:.2f} s to the first frame, imports and trace {traced:.2f}"
            f" (goal {START_UP_GOAL:g})",
            flush=True,
        )
        figures.append(Figure(f"start-up, {slug}", first, START_UP_GOAL, "s"))
    print(f"\n1080p60, default sentence, median (worst) of {options.pairs}; goal {GOAL} x encoding")
    print(f"{'':20}   CPU ms a frame   wall ms a frame   ratio, median (worst)")
    print(
        f"{'chapter':14}{'frames':>6}{'render':>9}{'encode':>9}{'render':>8}{'encode':>8}"
        f"{'CPU':>8}{'':8}{'wall':>6}{'':8} layout s"
    )
    for slug in options.chapter or CHAPTERS:
        command = [sys.executable, "-m", "benchmarks.frame_cost", "--one", slug]
        command += ["--pairs", str(options.pairs)]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        got = json.loads(done.stdout)
        (cpu, cpu_worst), (wall, wall_worst) = got["cpu"], got["wall"]
        print(
            f"{slug:14}{got['frames']:6}{got['render_ms']:9.2f}{got['encode_ms']:9.2f}"
            f"{got['render_wall_ms']:8.2f}{got['encode_wall_ms']:8.2f}"
            f"{cpu:8.2f} ({cpu_worst:.2f}){wall:7.2f} ({wall_worst:.2f})  {got['layout']:8.2f}"
            f"{'' if got['same'] else '  the two files DIFFER'}",
            flush=True,
        )
        figures.append(Figure(f"frame cost, {slug}, CPU", cpu, GOAL, "x"))
        figures.append(Figure(f"frame cost, {slug}, wall", wall, GOAL, "x"))
    return figures


if __name__ == "__main__":
    main()
