"""Which x264 settings are cheapest for flat, dark, sparse pictures: cost and fidelity, in a table.

Run: python -m benchmarks.encoder_choice [--size 1920x1080] [--fps 60] [--only veryfast]
         [--chapter softmax]   the frames of a real chapter, instead of those painted here
"""

from __future__ import annotations

import argparse
import io
import math
import resource
import time
from dataclasses import dataclass, replace
from fractions import Fraction
from statistics import median

import av
import numpy as np

from benchmarks.encoder_films import chapter_yuv, drawn_yuv
from benchmarks.measure import Figure, alternating
from rendering.codecs import THREADS, x264_options

CHEAPER = 1.4  # times, at equal or better SSIM and size


@dataclass(frozen=True)
class Choice:
    """One candidate: a preset, a quality, threads and x264's own parameters."""

    preset: str
    crf: float = 23
    threads: int = 2
    tune: str = ""
    params: str = ""

    def name(self) -> str:
        """The candidate's line in the table."""
        extra = " ".join(part for part in (self.tune and f"tune={self.tune}", self.params) if part)
        return f"{self.preset} crf{self.crf:g} t{self.threads} {extra}".strip()

    def codec_options(self) -> dict[str, str]:
        """What libavcodec is told."""
        options = {"preset": self.preset, "crf": str(self.crf)}
        if self.tune:
            options["tune"] = self.tune
        if self.params:
            options["x264-params"] = self.params
        return options


FLAT = "b-adapt=0:trellis=1:mbtree=0:rc-lookahead=0"  # no frame waits for those after it


def chosen(width: int, fps: int) -> Choice:
    """What rendering/encode.py uses."""
    options = x264_options(width, fps)
    return Choice(
        options["preset"],
        float(options["crf"]),
        THREADS,
        options["tune"],
        options["x264-params"],
    )


def candidates(size: int, fps: int) -> list[Choice]:
    """What is compared: Manim's own, what is used, and what was left out of it, one at a time."""
    used = chosen(size, fps)
    found = [
        Choice("medium", threads=0),  # Manim's own: preset medium, crf 23, threads automatic
        used,
        chosen(size - 2, fps),  # for widths where mbtree would not always give the same bytes
    ]
    for preset in ("medium", "fast", "faster", "veryfast", "superfast", "ultrafast"):
        found.append(Choice(preset, threads=1))
        found.append(Choice(preset, threads=1, tune="animation"))
    for extra in (
        "trellis=0", "subme=1", "subme=4", "ref=3", "me=umh", "bframes=1", "bframes=5", "b-adapt=1",
        "partitions=all", "rc-lookahead=20", "rc-lookahead=60", "qcomp=0.5", "qcomp=0.7",
        "keyint=250", "aq-mode=1", "aq-mode=3", "aq-mode=0", "weightp=0",
    ):  # fmt: skip
        found.append(replace(used, params=f"{used.params}:{extra}"))
    found += [replace(used, crf=crf) for crf in (21, 23, 24)]
    found += [replace(used, threads=threads) for threads in (2, 4)]
    found += [replace(used, crf=crf, params=FLAT) for crf in (24, 25, 26, 27)]
    found.append(replace(used, tune=""))
    return found


def cpu_seconds() -> float:
    """CPU time of this process and its children."""
    return sum(
        usage.ru_utime + usage.ru_stime
        for usage in (
            resource.getrusage(resource.RUSAGE_SELF),
            resource.getrusage(resource.RUSAGE_CHILDREN),
        )
    )


def encode(film: list[av.VideoFrame], fps: int, choice: Choice) -> tuple[bytes, float, float]:
    """The clip's bytes, and the CPU and wall seconds that x264 took for it."""
    target = io.BytesIO()
    wall, cpu = time.perf_counter(), cpu_seconds()
    with av.open(target, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=fps, options=choice.codec_options())
        stream.width, stream.height, stream.pix_fmt = film[0].width, film[0].height, "yuv420p"
        stream.codec_context.thread_count = choice.threads
        for index, frame in enumerate(film):
            frame.pts, frame.time_base = index, Fraction(1, fps)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return target.getvalue(), cpu_seconds() - cpu, time.perf_counter() - wall


def plane(frame: av.VideoFrame) -> np.ndarray:
    """The luma of a frame."""
    luma = np.frombuffer(frame.planes[0], np.uint8).reshape(-1, frame.planes[0].line_size)
    return luma[: frame.height, : frame.width]


def blocks(luma: np.ndarray, size: int = 8) -> np.ndarray:
    """Luma cut into blocks: (number of blocks, size * size)."""
    h, w = (side // size * size for side in luma.shape)
    cut = luma[:h, :w].reshape(h // size, size, w // size, size).swapaxes(1, 2)
    return cut.reshape(-1, size * size).astype(np.float64)


def fidelity(film: list[av.VideoFrame], clip: bytes, every: int = 12) -> tuple[float, float]:
    """Mean SSIM and PSNR over the blocks that show something (black ground would flatter both)."""
    ssim, errors = [], []
    with av.open(io.BytesIO(clip)) as container:
        for index, frame in enumerate(container.decode(video=0)):
            if index % every:
                continue
            a, b = blocks(plane(film[index])), blocks(plane(frame))
            shown = (a.std(1) > 0) | (b.std(1) > 0)
            a, b = a[shown], b[shown]
            if not len(a):
                continue
            ma, mb, va, vb = a.mean(1), b.mean(1), a.var(1), b.var(1)
            cov = ((a - ma[:, None]) * (b - mb[:, None])).mean(1)
            c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
            ssim.append(
                (
                    (2 * ma * mb + c1) * (2 * cov + c2) / ((ma**2 + mb**2 + c1) * (va + vb + c2))
                ).mean()
            )
            errors.append(((a - b) ** 2).mean())
    return float(np.mean(ssim)), 10 * math.log10(255**2 / float(np.mean(errors)))


def figures(pairs: int, chapters: tuple[str, ...] = ("softmax", "dot-products")) -> list[Figure]:
    """What is used against Manim's own, on chapters at 1080p60, in turns: CPU, size and SSIM."""
    width, height, fps = 1920, 1080, 60
    own, used = candidates(width, fps)[:2]
    found = []
    for slug in chapters:
        film = chapter_yuv(slug, width, height, fps)
        clips: dict[Choice, bytes] = {}
        ratios = []
        for pair in range(pairs):
            cpu = {}
            for choice in alternating(pair, (own, used)):
                clips[choice], cpu[choice], _ = encode(film, fps, choice)
            ratios.append(cpu[own] / cpu[used])
        truth = {choice: fidelity(film, clip)[0] for choice, clip in clips.items()}
        size = len(clips[used]) / len(clips[own])
        print(f"{slug}: {median(ratios):.2f}x cheaper, {size:.2f} of the size, SSIM "
              f"{truth[used]:.4f}, not {truth[own]:.4f}", flush=True)  # fmt: skip
        cheaper = f"encoding {slug}, Manim's settings / ours, CPU"
        found += [
            Figure(cheaper, (*ratios,), CHEAPER, "x", at_least=True, of="2", brief=True),
            Figure(f"encoding {slug}, size of ours / Manim's", (size,), 1.0, "x", of="2"),
            Figure(f"encoding {slug}, 1 - SSIM of ours / Manim's",
                   ((1 - truth[used]) / (1 - truth[own]),), 1.0, "x", of="2"),
        ]  # fmt: skip
    return found


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", default="1920x1080")
    parser.add_argument("--fps", type=int, default=60)
    parser.add_argument("--only", default="", help="only candidates whose line holds this text")
    parser.add_argument("--repeat", type=int, default=1, help="the cheapest of so many runs counts")
    parser.add_argument("--chapter", help="a chapter of the project, instead of made-up frames")
    options = parser.parse_args()
    width, height = (int(side) for side in options.size.split("x"))
    if options.chapter:
        film = chapter_yuv(options.chapter, width, height, options.fps)
    else:
        film = drawn_yuv(width, height, options.fps)
    print(f"{width}x{height} at {options.fps}, {len(film)} frames")
    print("SSIM and PSNR are of the blocks that show something")
    print(f"{'x264':52} {'cpu ms':>7} {'wall ms':>8} {'kB':>7} {'SSIM':>7} {'PSNR':>6}")
    for choice in candidates(width, options.fps):
        if options.only not in choice.name():
            continue
        runs = [encode(film, options.fps, choice) for _ in range(options.repeat)]
        clip = runs[0][0]
        cpu, wall = (min(run[i] for run in runs) / len(film) * 1000 for i in (1, 2))
        ssim, psnr = fidelity(film, clip)
        print(
            f"{choice.name():52} {cpu:7.2f} {wall:8.2f} {len(clip) / 1000:7.0f}"
            f" {ssim:7.4f} {psnr:6.2f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
