"""Makes the outputs of a job: the one way from a chapter to its files and sidecars."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from attention_core import Material
from rendering.job import RenderJob
from rendering.outputs import whole, write_sidecar
from rendering.report import sidecar, story_sidecar

Progress = Callable[[float, float | None], None]


def make_clip(
    jobs: Mapping[Path, RenderJob], material: Material, on_progress: Progress | None = None
) -> None:
    """Play a chapter once, into all these files; each job differs in its format alone."""
    job = next(iter(jobs.values()))
    assert job.fps is not None
    with _sinks(jobs) as sinks:
        from rendering import stage

        clip = stage.film(
            job.chapters[0], material, job.look, job.size, job.fps, sinks, on_progress
        )
    for path, one in jobs.items():
        film = {"fps": job.fps, "frames": clip.frames, "duration": round(clip.duration, 3)}
        write_sidecar(path, sidecar(one, material.traces[clip.picture.trace], clip.picture) | film)


def make_story(
    jobs: Mapping[Path, RenderJob], material: Material, on_progress: Progress | None = None
) -> None:
    """Play a story once, into all these files, with its subtitles beside each."""
    job = next(iter(jobs.values()))
    assert job.fps is not None
    from rendering import story

    what = (job.chapters, material, job.look, job.size, job.fps)
    planned = story.plan(*what)
    marks = [(begin, end, mark.title) for begin, end, mark in planned.spans()]
    with _sinks(jobs, marks) as sinks:
        frames = story.film(*what, sinks, planned, on_progress)
    for path, one in jobs.items():
        for kind in ("srt", "vtt"):
            with whole(path.with_suffix(f".{kind}")) as unfinished:
                unfinished.write_text(story.subtitles(planned, kind), encoding="utf-8")
        film = {"fps": job.fps, "frames": frames, "duration": round(frames / job.fps, 3)}
        write_sidecar(path, story_sidecar(one, material.trace, planned.spans()) | film)


@contextmanager
def _sinks(
    jobs: Mapping[Path, RenderJob], marks: Sequence[tuple[float, float, str]] = ()
) -> Iterator[list[Any]]:
    """A sink for each film; the files appear at the end, whole, or not at all."""
    with ExitStack() as outputs:
        unfinished = {path: outputs.enter_context(whole(path)) for path in jobs}

        from rendering.encode import FrameSink, GifSink, Mp4Sink  # with Manim: it takes a second

        sinks: list[FrameSink] = []
        try:
            for path, job in jobs.items():
                assert job.fps is not None
                if job.format == "mp4":
                    sinks.append(Mp4Sink(unfinished[path], job.size, job.fps, marks))
                else:
                    sinks.append(GifSink(unfinished[path], job.size, job.fps))
            yield sinks
            for sink in sinks:
                sink.finish()
        except BaseException:
            for sink in sinks:
                sink.abort()
            raise


def make_still(path: Path, job: RenderJob, material: Material) -> None:
    """Draw a chapter's picture into this file."""
    with whole(path) as unfinished:
        from rendering import stage

        what = (job.chapters[0], material, job.look, job.size)
        if job.format != "png":
            kind: Any = job.format
            picture = stage.still_vector(*what, unfinished, kind, job.figure)
        else:
            pixels, picture = stage.still(*what, job.figure)
            write_png(unfinished, pixels, job.look.transparent)
    write_sidecar(path, sidecar(job, material.traces[picture.trace], picture))


def write_png(path: Path, rgba: np.ndarray, transparent: bool) -> None:
    """Write pixels with straight alpha; an opaque picture needs no alpha in its file."""
    image = Image.fromarray(rgba)
    (image if transparent else image.convert("RGB")).save(path, format="PNG", compress_level=9)
