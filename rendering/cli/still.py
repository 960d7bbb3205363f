"""`still`: a chapter's picture for a page."""

from __future__ import annotations

from itertools import product
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
from rendering.formats import FORMATS, QUALITIES, STILL_QUALITY

ALL = "all"
EXAMPLES = """\b
Examples:
  render.py still dot-products
  render.py still softmax "the miniature Eiffel Tower" --figure 3-6 --format svg
  render.py still mask --theme light --transparent --out figures/mask.png
"""


@click.command(epilog=EXAMPLES)
@click.argument("chapter")
@click.argument("sentence", required=False)
@click.option("--figure", metavar="NAME", help="Which of the chapter's pictures, or all of them.")
@source_options
@key_option
@phrase_options
@pair_options
@output_options("still", STILL_QUALITY)
def command(chapter: str, sentence: str | None, figure: str | None, **options: Any) -> None:
    """Draw CHAPTER's picture of SENTENCE (- reads it from stdin)."""
    info = chapter_named(chapter)
    from rendering.cli.film import formats_for
    from rendering.cli.options import unknown
    from rendering.cli.paths import print_made
    from rendering.cli.request import Source, form_marks, looks_of, place_of
    from rendering.job import RenderJob
    from rendering.materials import check
    from rendering.outputs import format_of, is_current

    figures = [one for one in info.figures if figure in (None, ALL, one.name)]
    if not figures:
        names = [one.name for one in info.figures]
        raise unknown("figure", str(figure), [*names, ALL], f" of {info.slug}")
    figures = figures if figure else figures[:1]
    out = options["out"]
    formats = formats_for("still", options["formats"], format_of(out, tuple(FORMATS)))
    looks = looks_of(options)
    source = Source.of(sentence, options)
    material = source.material(info.needs, info.slug)
    check(material, info, looks[0])
    form = form_marks(options, STILL_QUALITY)
    several = len(figures) * len(formats) > 1
    width = QUALITIES[options["quality"] or STILL_QUALITY].width
    jobs = {}
    for one, look in product(figures, looks):
        size = options["size"] or one.size(material.trace.n, width)
        start = info.slug if one is info.figures[0] else f"{info.slug}-{one.name}"
        for format in formats:
            path = place_of(options, look, start, material, source, form, format, several)
            jobs[path] = RenderJob(
                (info.slug,), one.name, (material.fingerprint(),), look, format, size, None,
                options["max_size"],
            )  # fmt: skip
    for path, job in jobs.items():
        if options["force"] or not is_current(path, job.digest()):
            from rendering.produce import make_still

            make_still(path, job, material)
        print_made(path)
