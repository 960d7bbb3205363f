"""`clip`: one chapter as a clip."""

from __future__ import annotations

from typing import Any

import click

from rendering.cli.options import (
    chapter_named,
    key_option,
    output_options,
    pair_options,
    phrase_options,
    source_options,
)
from rendering.formats import CAPTIONED, CLIP_QUALITY

EXAMPLES = """\b
Examples:
  render.py clip softmax
  render.py clip mask "the old bank of the quiet river" --quality 1080p60
  render.py clip softmax --format mp4 --format gif --lang ko --out clips/
  render.py clip softmax --format webm --transparent
  render.py clip mask --format gif --theme both --quality draft --max-size 2MB
  render.py clip embedding-space --word bank --phrases "bank;river bank;savings bank"
  render.py clip scale -- "-- a sentence that begins with dashes"

Beside an mp4 or webm stands the caption of the chapter, as NAME.vtt."""


@click.command(epilog=EXAMPLES)
@click.argument("chapter")
@click.argument("sentence", required=False)
@source_options
@key_option
@phrase_options
@pair_options
@output_options("clip", CLIP_QUALITY)
def command(chapter: str, sentence: str | None, **options: Any) -> None:
    """Render CHAPTER as a clip of SENTENCE (- reads it from stdin)."""
    info = chapter_named(chapter)
    from rendering.cli.film import filmed

    with filmed(info.slug, (info,), sentence, options) as film:
        for jobs in film.todo:
            from rendering.cli.progress import progress
            from rendering.produce import make_clip

            with progress(info.slug) as advance:
                make_clip(jobs, film.material, advance, crew=film.crew)
        for path, job in film.jobs.items():
            if job.format in CAPTIONED:
                film.beside[path] = [path.with_suffix(".vtt")]
