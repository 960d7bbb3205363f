"""`clip`: one chapter as a clip."""

from __future__ import annotations

from typing import Any

import click

from rendering.cli.options import (
    chapter_named,
    key_option,
    look_options,
    output_options,
    phrase_options,
    source_options,
)
from rendering.formats import CLIP_QUALITY

EXAMPLES = """\b
Examples:
  render.py clip softmax
  render.py clip mask "the old bank of the quiet river" --quality 1080p60
  render.py clip softmax --format mp4 --format gif --lang ko --out clips/
  render.py clip embedding-space --word bank --phrases "bank;river bank;savings bank"
  render.py clip scale -- "-- a sentence that begins with dashes"
"""


@click.command(epilog=EXAMPLES)
@click.argument("chapter")
@click.argument("sentence", required=False)
@source_options
@key_option
@phrase_options
@look_options
@output_options("clip", CLIP_QUALITY)
def command(chapter: str, sentence: str | None, **options: Any) -> None:
    """Render CHAPTER as a clip of SENTENCE (- reads it from stdin)."""
    info = chapter_named(chapter)
    from rendering.cli.film import filmed

    with filmed(info.slug, (info,), sentence, options) as film:
        if film.todo:
            from rendering.cli.progress import progress
            from rendering.produce import make_clip

            with progress(info.slug) as advance:
                make_clip(film.todo, film.material, advance)
