"""Makes the outputs of a job: the one way from a chapter to its files and sidecars."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attention_core import Material
from rendering.budget import Form, Over, attempts
from rendering.crew import ALONE, Crew
from rendering.formats import CAPTIONED
from rendering.job import RenderJob
from rendering.outputs import whole, write_sidecar
from rendering.report import sidecar, story_sidecar
from rendering.subtitles import subtitles

if TYPE_CHECKING:
    from rendering.reel import Reel

Progress = Callable[[float, float | None], None]
Marks = Sequence[tuple[float, float, str]]
Words = Mapping[Path, Mapping[str, Any]]  # what sidecars say besides, or in place of their own


def make_clip(
    jobs: Mapping[Path, RenderJob],
    material: Material,
    on_progress: Progress | None = None,
    words: Words | None = None,
    crew: Crew = ALONE,
) -> None:
    """Play a chapter into all these files; each job differs in its format alone.

    What is larger than `max_size` is played again, at a lower frame rate or smaller. Beside films
    for a player stands the chapter's caption, as .vtt.
    """
    job = next(iter(jobs.values()))
    pending = dict(jobs)
    for form, over in attempts(Form(job.size, job.fps), job.max_size):
        made = {path: replace(one, size=form.size, fps=form.fps) for path, one in pending.items()}
        from rendering import stage

        what = (job.chapters[0], material, job.look, form.size)
        reel = stage.reel(*what, form.fps or 1)
        _film(reel, made, over, (), crew, on_progress)
        picture = stage.describe(*what)
        cues = [(0.0, reel.seconds, picture.caption)]
        for path in made.keys() - over.keys():
            one = made[path]
            if one.format in CAPTIONED:
                _write_text(path.with_suffix(".vtt"), subtitles(cues, "vtt"))
            about = sidecar(one, material.traces[picture.trace], picture) | _length(reel)
            write_sidecar(path, about | _words(path, jobs, words))
        pending = {path: pending[path] for path in over}


def make_story(
    jobs: Mapping[Path, RenderJob],
    material: Material,
    on_progress: Progress | None = None,
    crew: Crew = ALONE,
) -> None:
    """Play a story into all these files, with its subtitles beside each."""
    job = next(iter(jobs.values()))
    from rendering import story

    pending = dict(jobs)
    for form, over in attempts(Form(job.size, job.fps), job.max_size):
        made = {path: replace(one, size=form.size, fps=form.fps) for path, one in pending.items()}
        planned = story.plan(job.chapters, material, job.look, form.size, form.fps or 1)
        spans = planned.spans()
        marks = [(begin, end, mark.title) for begin, end, mark in spans]
        _film(planned.reel, made, over, marks, crew, on_progress)
        cues = [(begin, end, mark.caption) for begin, end, mark in spans]
        for path in made.keys() - over.keys():
            one = made[path]
            _write_text(path.with_suffix(".srt"), subtitles(cues, "srt"))
            _write_text(path.with_suffix(".vtt"), subtitles(cues, "vtt"))
            about = story_sidecar(one, material.trace, spans) | _length(planned.reel)
            write_sidecar(path, about | _words(path, jobs, None))
        pending = {path: pending[path] for path in over}


def make_still(path: Path, job: RenderJob, material: Material, words: Words | None = None) -> None:
    """Draw a chapter's picture into this file, smaller where `max_size` asks for it."""
    for form, over in attempts(Form(job.size, None), job.max_size):
        made = replace(job, size=form.size)
        with whole(path) as unfinished:
            from rendering import stage
            from rendering.png import write_png

            what = (job.chapters[0], material, job.look, form.size)
            if job.format != "png":
                kind: Any = job.format
                picture = stage.still_vector(*what, unfinished, kind, job.figure)
            else:
                pixels, picture = stage.still(*what, job.figure)
                write_png(unfinished, pixels)
            within = over.keep(path, unfinished, job.max_size)
        if within:
            about = sidecar(made, material.traces[picture.trace], picture)
            write_sidecar(path, about | _words(path, {path: job}, words))


def _length(reel: Reel) -> dict[str, Any]:
    """What a sidecar says of a film besides."""
    frames = reel.segments[-1].frames.stop
    return {"fps": reel.fps, "frames": frames, "duration": round(frames / reel.fps, 3)}


def _words(path: Path, jobs: Mapping[Path, RenderJob], words: Words | None) -> dict[str, Any]:
    """The digest of what was asked for, which what was made to meet a budget may differ from."""
    return {"job": jobs[path].digest()} if words is None else dict(words[path])


def _write_text(path: Path, text: str) -> None:
    with whole(path) as unfinished:
        unfinished.write_text(text, encoding="utf-8")


def _film(
    reel: Reel,
    jobs: Mapping[Path, RenderJob],
    over: Over,
    marks: Marks,
    crew: Crew,
    on_progress: Progress | None,
) -> None:
    """Shoot a reel; the files within the limit appear at the end, whole, or none does."""
    with ExitStack() as outputs:
        unfinished = {outputs.enter_context(whole(path)): job for path, job in jobs.items()}

        from rendering.order import Order

        crew.shoot(Order(reel, unfinished, marks), on_progress)
        for path, (made, job) in zip(jobs, unfinished.items(), strict=True):
            over.keep(path, made, job.max_size)
