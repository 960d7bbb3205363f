"""What `clip` and `story` share: from a command line to the films that are to be made."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from attention_core import AttentionError, Material
from rendering.cli.crew import cache_for
from rendering.cli.options import unknown_kind
from rendering.cli.paths import print_made, print_path
from rendering.cli.request import Source, check_transparent, form_marks, looks_of, place_of
from rendering.crew import ALONE, Crew, crew_of
from rendering.formats import CLIP_QUALITY, EVEN, FORMATS, QUALITIES, formats_of
from rendering.job import RenderJob
from rendering.materials import check
from rendering.outputs import format_of, is_current
from scenes.registry import ChapterInfo


@dataclass
class Film:
    """The films that are asked for, by path; those that are not there yet; and their numbers."""

    jobs: dict[Path, RenderJob]
    todo: list[dict[Path, RenderJob]]  # those of one theme are played once, together
    material: Material
    crew: Crew = ALONE
    beside: dict[Path, list[Path]] = field(default_factory=dict)  # files made beside each


@contextmanager
def filmed(
    start: str, infos: tuple[ChapterInfo, ...], sentence: str | None, options: dict[str, Any]
) -> Iterator[Film]:
    """Gather all that films of these chapters need; at the end name the files on stdout."""
    out = options["out"]
    formats = formats_for("clip", options["formats"], format_of(out, tuple(FORMATS)))
    check_transparent(options["transparent"], formats)
    quality = QUALITIES[options["quality"] or CLIP_QUALITY]
    size = options["size"] or (quality.width, quality.height)
    even_only = [format for format in formats if format in EVEN]
    if even_only and (size[0] % 2 or size[1] % 2):
        even = "x".join(str(side + side % 2) for side in size)
        raise AttentionError(f"{even_only[0]} needs an even width and height", f"try --size {even}")
    looks = looks_of(options)
    source = Source.of(sentence, options)
    needs = tuple(dict.fromkeys(need for info in infos for need in info.needs))
    material = source.material(needs, start)
    for info in infos:
        check(material, info, looks[0])
    form = form_marks(options, CLIP_QUALITY)
    slugs, numbers = tuple(info.slug for info in infos), (material.fingerprint(),)
    film = Film({}, [], material)
    for look in looks:
        jobs = {
            place_of(options, look, start, material, source, form, format, len(formats) > 1):
            RenderJob(
                slugs, None, numbers, look, format, size, quality.fps, options["max_size"]
            )
            for format in formats
        }  # fmt: skip
        film.jobs |= jobs
        todo = {
            path: job
            for path, job in jobs.items()
            if options["force"] or not is_current(path, job.digest())
        }
        film.todo += [todo] if todo else []
    # Where all is there already, nobody is asked to do anything.
    cache = cache_for(options["cache_size"], options["force"])
    with crew_of(options["cluster"] if film.todo else None, options["jobs"], cache) as film.crew:
        yield film
    named: set[Path] = set()
    for path in film.jobs:
        print_made(path)
        for other in film.beside.get(path, []):
            if other not in named:
                print_path(other)
                named.add(other)


def formats_for(kind: str, asked: tuple[str, ...], by_name: str | None) -> tuple[str, ...]:
    """The formats to write: as asked, or as the file's name says, or the first of the kind."""
    known = formats_of(kind)
    if by_name and asked and asked != (by_name,):
        raise AttentionError(
            f"--out is a file of the format {by_name}, but --format asks for {', '.join(asked)}",
            "give a folder, or leave --format out",
        )
    if by_name and by_name not in known:
        raise unknown_kind(by_name, FORMATS[by_name].kind, kind, ", ".join(known))
    return tuple(dict.fromkeys(asked)) or ((by_name,) if by_name else known[:1])
