"""Frame cost: rendering a chapter at 1080p60 against encoding the very same frames alone.

Run: python -m benchmarks.frame_cost [--pairs 7] [--chapter softmax] [--processes 2] [--long]

Each chapter has a process of its own. There the frames of each segment are recorded once, as the
encoder would be given them; then pairs follow, in turns render or encode first: the whole
rendering, and those frames through the same encoder, settings, segments and number of processes
(all cores, or as asked). Both must give the same bytes. Imports and typesetting are warm by then,
and Cairo's glyph masks are forgotten before each rendering. Start-up (imports, trace, planning)
has lines of its own. `--long` takes a sentence of 24 tokens in place of the default one.
"""

from __future__ import annotations

import argparse
import gc
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from typing import Any

import av

from attention_core.material import Material
from benchmarks.measure import Cost, Figure, alternating, memory_at_hand, used
from rendering import pool, stage
from rendering.codecs import H264
from rendering.cores import cores
from rendering.encode import Encoder, Packet, join, packed
from rendering.job import RenderJob
from rendering.reel import Reel
from rendering.shooting import Walker
from scenes.kit import masks
from scenes.kit.atlas import ATLAS
from scenes.look import Look
from scenes.registry import CHAPTERS

SIZE, FPS = (1920, 1080), 60
GOAL, LONG_GOAL = 1.1, 1.25  # times the encoding
GOALS = {"context-size": 1.5}  # hundreds of tokens
START_UP_GOAL = 4.0  # seconds
LONG = (
    "the old bank of the quiet river was a good place to sit and read in the long warm evenings"
    " of late summer"
)  # 24 tokens with the start token
START_UP = """
import sys, time
from attention_core.material import Material
from scenes.registry import CHAPTERS
slug, begin = sys.argv[1], float(sys.argv[2])
material = Material.build(needs=CHAPTERS[slug].needs)
traced = time.time() - begin
from rendering import shooting
from rendering.codecs import H264
from scenes.look import Look
class First:
    def write(self, rgba, damage, repeat):
        H264.picture((1920, 1080)).update(rgba, damage)
        print(traced, time.time() - begin, flush=True)
        raise SystemExit
    def cut(self):
        pass
shooting.film(slug, material, Look(), (1920, 1080), 60, [First()])
"""


class Recorder:
    """Keeps the frames of a segment as the encoder would be given them, and their repeats."""

    def __init__(self, *_: Any) -> None:
        self.frames: list[tuple[Any, int]] = []
        self._picture = H264.picture(SIZE)

    def write(self, rgba: Any, damage: Any, repeat: int = 1) -> None:
        """Keep a copy of the frame."""
        if damage or not self.frames:
            shown = self._picture.update(rgba, damage)
            kept = _blank(shown)
            for mine, its in zip(kept.planes, shown.planes, strict=True):
                mine.update(its)
            self.frames.append((kept, repeat))
        else:
            frame, before = self.frames[-1]
            self.frames[-1] = frame, before + repeat

    def result(self) -> list[tuple[Any, int]]:
        """The frames."""
        return self.frames


def _blank(like: Any) -> Any:
    """A frame of the same kind, whatever is in it."""
    frame: Any = av.VideoFrame(like.width, like.height, like.format.name)
    frame.colorspace, frame.color_range = like.colorspace, like.color_range
    return frame


def record(reel: Reel) -> list[list[tuple[Any, int]]]:
    """The frames of each segment."""
    walker = Walker(reel)
    return [walker.shoot(number, [Recorder()])[0] for number in range(len(reel.segments))]


def render(reel: Reel, path: Path, processes: int) -> Cost:
    """What a user waits for, once the film is planned: from there to the closed file."""
    masks.mask.cache_clear()
    ATLAS.clear()
    gc.collect()
    memory_at_hand()
    begin = used()
    job = RenderJob(reel.chapters, None, (), reel.look, "mp4", reel.size, reel.fps)
    pool.shoot(pool.Order(reel, {path: job}, ()), processes)
    return used() - begin


def encode(reel: Reel, path: Path, processes: int) -> Cost:
    """The same frames in the same segments, through the same encoder in as many processes."""
    gc.collect()
    memory_at_hand()
    begin = used()
    numbers = range(len(reel.segments))
    if processes == 1:
        done = [encoded(number) for number in numbers]
    else:
        with ProcessPoolExecutor(processes, get_context("fork")) as executor:
            done = list(executor.map(encoded, numbers))
    join(path, H264, SIZE, FPS, done)
    return used() - begin


def beats(reel: Reel, runs: int) -> list[float]:
    """Of each segment, the CPU of rendering it over that of encoding its frames; the median.

    In this process; what the walk to the segment takes is rendering's. All are rendered, then all
    encoded: in turns, an encoder would find its memory given back to the system, and pay for it.
    """
    job = RenderJob(reel.chapters, None, (), reel.look, "mp4", reel.size, reel.fps)
    numbers = range(len(reel.segments))
    ratios: list[list[float]] = [[] for _ in numbers]
    for _ in range(runs):
        operator = pool.Operator(reel, [job])
        rendering = [_cpu(operator.shoot, number) for number in numbers]
        operator.stop()
        encoding = [_cpu(encoded, number) for number in numbers]
        for number in numbers:
            ratios[number].append(rendering[number] / encoding[number])
    return [median(of_one) for of_one in ratios]


def _cpu(work: Callable[[int], Any], number: int) -> float:
    """Seconds."""
    begin = used()
    work(number)
    return (used() - begin).cpu


def encoded(number: int) -> list[Packet]:
    """The packets of a segment whose frames are in memory."""
    encoder = Encoder(H264, SIZE, FPS, first[number])
    packets = [packet for frame in recorded[number] for packet in encoder.put(*frame)]
    return [packed(packet) for packet in packets + encoder.end()]


recorded: list[list[tuple[Any, int]]] = []  # by segment; forked processes see them
first: list[int] = []  # frame of each segment


def prepare(reel: Reel) -> None:
    """Record the frames of a reel, for `encode` and `beats`."""
    recorded[:] = record(reel)
    first[:] = [segment.frames.start for segment in reel.segments]


def measure(slug: str, pairs: int, processes: int, long: bool) -> dict[str, Any]:
    """Alternating pairs of render and encode, after one of each that is not counted."""
    needs = CHAPTERS[slug].needs
    material = Material.build(LONG, needs=needs) if long else Material.embedded(needs)
    reel = stage.reel(slug, material, Look(), SIZE, FPS)
    prepare(reel)
    with tempfile.TemporaryDirectory() as folder:
        clips = Path(folder) / "rendered.mp4", Path(folder) / "encoded.mp4"
        render(reel, clips[0], processes)
        encode(reel, clips[1], processes)
        same = clips[0].read_bytes() == clips[1].read_bytes()
        runs = []
        for pair in range(pairs):
            got: dict[str, Cost] = {}
            for side in alternating(pair, ("render", "encode")):
                if side == "render":
                    got[side] = render(reel, clips[0], processes)
                else:
                    got[side] = encode(reel, clips[1], processes)
            runs.append((got["render"], got["encode"]))
        worst_beat = max(beats(reel, min(3, pairs)))
    count = reel.segments[-1].frames.stop
    cpu = [r.cpu / e.cpu for r, e in runs]
    wall = [r.wall / e.wall for r, e in runs]
    return {
        "frames": count,
        "same": same,
        "render_ms": 1000 * median(r.cpu for r, _ in runs) / count,
        "encode_ms": 1000 * median(e.cpu for _, e in runs) / count,
        "render_wall_ms": 1000 * median(r.wall for r, _ in runs) / count,
        "encode_wall_ms": 1000 * median(e.wall for _, e in runs) / count,
        "cpu": cpu,
        "wall": wall,
        "worst_beat": worst_beat,
    }


def start_up(slug: str, runs: int) -> tuple[float, list[float]]:
    """Wall seconds of fresh processes: up to the trace (median), and up to the first frame."""
    times = []
    for _ in range(runs):
        command = [sys.executable, "-c", START_UP, slug, str(time.time())]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        times.append([float(word) for word in done.stdout.split()])
    return median(t[0] for t in times), [t[1] for t in times]


def main(arguments: list[str] | None = None) -> list[Figure]:
    """Print the tables and return the figures that have goals."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=int, default=7)
    parser.add_argument("--chapter", action="append", help="may be repeated; default: all")
    parser.add_argument("--processes", type=int, default=cores(), help="default: all cores")
    parser.add_argument("--long", action="store_true", help="24 tokens; start-up is not measured")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.one:
        print(json.dumps(measure(options.one, options.pairs, options.processes, options.long)))
        return []
    figures = []
    goals = {slug: LONG_GOAL if options.long else GOALS.get(slug, GOAL) for slug in CHAPTERS}
    for slug in () if options.long else options.chapter or CHAPTERS:
        traced, first = start_up(slug, min(3, options.pairs))
        print(
            f"start-up of {slug}: {median(first):.2f} s to the first frame, imports and trace"
            f" {traced:.2f} (goal {START_UP_GOAL:g})",
            flush=True,
        )
        figures.append(Figure(f"start-up, {slug}", (*first,), START_UP_GOAL, "s", of="1"))
    what = "24 tokens" if options.long else "default sentence"
    print(
        f"\n1080p60, {what}, {options.processes} processes, median (worst) of {options.pairs};"
        f" goal {LONG_GOAL if options.long else GOAL} x encoding"
    )
    print(f"{'':20}   CPU ms a frame   wall ms a frame   ratio, median (worst)")
    print(
        f"{'chapter':14}{'frames':>6}{'render':>9}{'encode':>9}{'render':>8}{'encode':>8}"
        f"{'CPU':>8}{'':8}{'wall':>6}{'':8}worst segment"
    )
    for slug in options.chapter or CHAPTERS:
        command = [sys.executable, "-m", "benchmarks.frame_cost", "--one", slug]
        command += ["--long"] if options.long else []
        command += ["--pairs", str(options.pairs), "--processes", str(options.processes)]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        got = json.loads(done.stdout)
        cpu, wall, beat = got["cpu"], got["wall"], got["worst_beat"]
        print(
            f"{slug:14}{got['frames']:6}{got['render_ms']:9.2f}{got['encode_ms']:9.2f}"
            f"{got['render_wall_ms']:8.2f}{got['encode_wall_ms']:8.2f}"
            f"{median(cpu):8.2f} ({max(cpu):.2f}){median(wall):7.2f} ({max(wall):.2f}){beat:9.2f}"
            "",
            flush=True,
        )
        if not got["same"]:
            raise AssertionError(f"{slug}: what was encoded alone is another film")
        told = Figure(f"frame of {slug}, {what}, CPU", (*cpu,), goals[slug], "x", of="1")
        figures.append(replace(told, note=f"worst segment {beat:.2f}", brief=True))
        figures.append(replace(told, name=f"frame of {slug}, {what}, wall", runs=(*wall,)))
    return figures


if __name__ == "__main__":
    main()
