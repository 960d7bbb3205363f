"""Which sink writes which format of films: whole, or one segment of it, to be joined."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rendering.codecs import codec_of
from rendering.encode import FrameSink, Marks, SegmentSink, VideoSink, join
from rendering.gif import GifSink
from rendering.job import RenderJob
from rendering.mov import MovSink
from rendering.png import LastFrame, PosterSink, write_png
from rendering.webp import WebpSink

IN_SEGMENTS = ("mp4", "webm", "poster")  # the others look at the film as a whole


def sink_for(job: RenderJob, path: Path, marks: Marks) -> FrameSink:
    """The sink of a film that is written to `path`; `marks` are chapter marks, for mp4."""
    assert job.fps is not None
    codec = codec_of(job.format, job.look.transparent)
    if codec is not None:
        return VideoSink(path, codec, job.size, job.fps, marks if job.format == "mp4" else ())
    match job.format:
        case "mov":
            return MovSink(path, job.size, job.fps)
        case "webp":
            return WebpSink(path, job.size, job.fps)
        case "gif":
            return GifSink(path, job.size, job.fps)
        case "poster":
            return PosterSink(path, job.size)
    raise ValueError(f"{job.format} is no format of films")


def segment_sink_for(job: RenderJob, first: int) -> SegmentSink | LastFrame:
    """The sink of a segment that begins at frame `first`."""
    assert job.fps is not None
    codec = codec_of(job.format, job.look.transparent)
    return SegmentSink(codec, job.size, job.fps, first) if codec else LastFrame(job.size)


def join_segments(job: RenderJob, path: Path, results: Sequence[Any], marks: Marks) -> None:
    """Write the film of what the sinks of its segments gave, in their order."""
    assert job.fps is not None
    codec = codec_of(job.format, job.look.transparent)
    if codec is None:
        write_png(path, results[-1])
    else:
        marks = marks if job.format == "mp4" else ()
        join(path, codec, job.size, job.fps, results, marks)
