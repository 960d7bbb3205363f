"""`sheet`: a contact sheet, the still and a few moments of each chapter."""

from __future__ import annotations

from typing import Any

import click

from rendering.cli.options import chapter_named, look_options, source_options
from scenes.registry import CHAPTERS

EXAMPLES = """\b
Examples:
  render.py sheet
  render.py sheet mask softmax --theme light --out sheet.png
"""


@click.command(epilog=EXAMPLES)
@click.argument("chapters", nargs=-1, metavar="[CHAPTER]...")
@source_options
@look_options
@click.option("--out", metavar="PATH", help="A file, or a folder.  [default: out]")
@click.option("--force", is_flag=True, help="Draw even what is there already.")
def command(chapters: tuple[str, ...], **options: Any) -> None:
    """One PNG with the still and three moments of each CHAPTER (default: all of them)."""
    infos = [chapter_named(name) for name in dict.fromkeys(chapters)] or list(CHAPTERS.values())
    from rendering.cli.film import formats_for
    from rendering.cli.paths import print_path
    from rendering.cli.progress import progress
    from rendering.cli.request import Source, look_marks, look_of, name_of
    from rendering.job import RenderJob
    from rendering.materials import check
    from rendering.outputs import format_of, is_current, place
    from rendering.sheet import FRAME, make_sheet

    out = options["out"]
    formats_for("still", ("png",), format_of(out, ("png",)))
    look = look_of(options)
    source = Source.of(None, options)
    needs = tuple(sorted({need for info in infos for need in info.needs}))
    material = source.material(needs)
    for info in infos:
        check(material, info, look)
    start = "sheet" if not chapters else "-".join(["sheet", *(info.slug for info in infos)])
    path = place(
        out, name_of(start, material, [*source.marks(material), *look_marks(look)]), "png", False
    )
    slugs = tuple(info.slug for info in infos)
    job = RenderJob(slugs, None, (material.fingerprint(),), look, "png", FRAME, None)
    if options["force"] or not is_current(path, job.digest()):
        with progress("sheet") as advance:
            make_sheet(path, job, material, advance)
    print_path(path)
