"""`story`: the whole film, chapter after chapter."""

from __future__ import annotations

from typing import Any

import click

from rendering.cli.options import chapter_named, output_options, pair_options, source_options
from rendering.formats import CLIP_QUALITY
from scenes.registry import STORY

EXAMPLES = """\b
Examples:
  render.py story
  render.py story "the old bank of the quiet river" --quality 1080p60 --lang ko
  render.py story --chapters dot-products,mask,softmax --theme light

Beside FILE.mp4 stand its subtitles, FILE.srt and FILE.vtt; the film has chapter marks."""


@click.command(epilog=EXAMPLES)
@click.argument("sentence", required=False)
@click.option(
    "--chapters",
    metavar="NAME,...",
    default=",".join(STORY),
    help="Which ones, in which order.  [default: all of the story]",
)
@source_options
@pair_options
@output_options("clip", CLIP_QUALITY)
def command(sentence: str | None, chapters: str, **options: Any) -> None:
    """Render the whole story of SENTENCE (- reads it from stdin)."""
    infos = tuple(chapter_named(name.strip()) for name in chapters.split(",") if name.strip())
    from attention_core import AttentionError
    from rendering.cli.film import filmed

    if not infos:
        raise AttentionError("no chapter is named", "leave --chapters out for all of them")
    marks = () if chapters == ",".join(STORY) else tuple(info.slug for info in infos)
    with filmed("-".join(["story", *marks]), infos, sentence, options) as film:
        for jobs in film.todo:
            from rendering.cli.progress import progress
            from rendering.produce import make_story

            with progress("story") as advance:
                make_story(jobs, film.material, advance, crew=film.crew)
        for path in film.jobs:
            film.beside[path] = [path.with_suffix(suffix) for suffix in (".srt", ".vtt")]
