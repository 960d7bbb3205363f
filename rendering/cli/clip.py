"""`clip`: one chapter as a clip."""

from __future__ import annotations

from typing import Any

import click

from rendering.cli.options import (
    chapter_named,
    look_options,
    output_options,
    phrase_options,
    source_options,
)
from rendering.formats import CLIP_QUALITY, FORMATS, QUALITIES, formats_of

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
@phrase_options
@look_options
@output_options("clip", CLIP_QUALITY)
def command(chapter: str, sentence: str | None, **options: Any) -> None:
    """Render CHAPTER as a clip of SENTENCE (- reads it from stdin)."""
    info = chapter_named(chapter)
    from attention_core import AttentionError
    from rendering.cli.paths import print_path
    from rendering.cli.progress import progress
    from rendering.cli.request import (
        Source,
        check_transparent,
        form_marks,
        look_marks,
        look_of,
        name_of,
    )
    from rendering.job import RenderJob
    from rendering.materials import check
    from rendering.outputs import format_of, is_current, place

    out = options["out"]
    formats = formats_for("clip", options["formats"], format_of(out, tuple(FORMATS)))
    check_transparent(options["transparent"], formats)
    quality = QUALITIES[options["quality"] or CLIP_QUALITY]
    size = options["size"] or (quality.width, quality.height)
    if "mp4" in formats and (size[0] % 2 or size[1] % 2):
        even = "x".join(str(side + side % 2) for side in size)
        raise AttentionError("mp4 needs an even width and height", f"try --size {even}")
    look = look_of(options)
    source = Source.of(sentence, options)
    material = source.material(info.needs, info.slug)
    check(material, info, look)
    form = form_marks(options["quality"], CLIP_QUALITY, options["size"])
    name = name_of(info.slug, material, [*source.marks(material), *look_marks(look), *form])
    jobs = {
        place(out, name, format, len(formats) > 1): RenderJob(
            (info.slug,), None, (material.fingerprint(),), look, format, size, quality.fps
        )
        for format in formats
    }
    todo = {
        path: job
        for path, job in jobs.items()
        if options["force"] or not is_current(path, job.digest())
    }
    if todo:
        from rendering.produce import make_clip

        with progress(info.slug) as advance:
            make_clip(todo, material, advance)
    for path in jobs:
        print_path(path)


def formats_for(kind: str, asked: tuple[str, ...], by_name: str | None) -> tuple[str, ...]:
    """The formats to write: as asked, or as the file's name says, or the first of the kind."""
    from attention_core import AttentionError

    known = formats_of(kind)
    if by_name and asked and asked != (by_name,):
        raise AttentionError(
            f"--out is a file of the format {by_name}, but --format asks for {', '.join(asked)}",
            "give a folder, or leave --format out",
        )
    if by_name and by_name not in known:
        from rendering.cli.options import unknown_kind

        raise unknown_kind(by_name, FORMATS[by_name].kind, kind, ", ".join(known))
    return tuple(dict.fromkeys(asked)) or ((by_name,) if by_name else known[:1])
