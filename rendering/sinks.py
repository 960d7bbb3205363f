"""Which sink writes which format of films."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rendering.encode import FrameSink, Mp4Sink
from rendering.gif import GifSink
from rendering.job import RenderJob
from rendering.png import PosterSink
from rendering.webm import ClearWebmSink, WebmSink
from rendering.webp import WebpSink


def sink_for(job: RenderJob, path: Path, marks: Sequence[tuple[float, float, str]]) -> FrameSink:
    """The sink of a film that is written to `path`; `marks` are chapter marks, for mp4."""
    assert job.fps is not None
    what = (path, job.size, job.fps)
    match job.format:
        case "mp4":
            return Mp4Sink(*what, marks)
        case "webm":
            return ClearWebmSink(*what) if job.look.transparent else WebmSink(*what)
        case "webp":
            return WebpSink(*what)
        case "gif":
            return GifSink(*what)
        case "poster":
            return PosterSink(*what)
    raise ValueError(f"{job.format} is no format of films")
