"""`figures`: the figures of the post, made where they are missing or out of date."""

from __future__ import annotations

from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

import click

from rendering.cli.crew import cache_for, crew_options

if TYPE_CHECKING:
    from rendering.cache import Cache
    from rendering.figures import Output
    from rendering.manifest import Entry

OUT = "out/post"
EXAMPLES = """\b
Examples:
  render.py figures
  render.py figures --only 3-4 --only 3-5 --clips
  render.py figures --check
  render.py figures --manifest mine.toml --out site/
"""


@click.command(epilog=EXAMPLES)
@click.option("--out", metavar="DIR", default=OUT, help="Where they go.", show_default=True)
@click.option("--only", metavar="NAME", multiple=True, help="3-4: this one; may be repeated.")
@click.option("--clips", is_flag=True, help="Their clips too: mp4, webm, gif, webp, poster.")
@click.option("--check", is_flag=True, help="Make nothing; status 1 if one is missing or stale.")
@click.option("--manifest", metavar="FILE", help="A list of figures of your own.")
@crew_options
@click.option("--force", is_flag=True, help="Make even what is there already.")
@click.pass_context
def command(
    context: click.Context,
    out: str,
    only: tuple[str, ...],
    clips: bool,
    check: bool,
    manifest: str | None,
    force: bool,
    jobs: int | None,
    cluster: str | None,
    cache_size: int,
) -> None:
    """Make the figures that assets/post/figures.toml (or FILE) lists, each at its own path."""
    from rendering import figures
    from rendering.cli.paths import print_path

    entries = chosen(Path(manifest) if manifest else figures.MANIFEST, only)
    wanted = figures.outputs(entries, Path(out), clips)
    if check:
        states = {output.path: output.state() for output in wanted}
        wrong = [output for output in wanted if states[output.path] != "current"]
        for output in wrong:
            click.echo(f"{states[output.path]}: {output.path}", err=True)
        if wrong:
            told = f"error: of {len(wanted)} files {len(wrong)} are"
            click.echo(f"{told} not current; make them with: render.py figures", err=True)
        context.exit(1 if wrong else 0)
    bring_up(wanted, force, jobs, cluster, cache_for(cache_size, force))
    for output in wanted:
        print_path(output.path)


def chosen(manifest: Path, only: tuple[str, ...]) -> list[Entry]:
    """The manifest's figures, or those that are asked for by name."""
    from rendering.cli.options import unknown
    from rendering.manifest import read

    entries = read(manifest)
    names = [entry.name for entry in entries]
    for name in only:
        if name not in names:
            raise unknown("figure", name, names, f" of {manifest}")
    return [entry for entry in entries if not only or entry.name in only]


def bring_up(
    wanted: list[Output],
    force: bool = False,
    jobs: int | None = None,
    cluster: str | None = None,
    cache: Cache | None = None,
) -> None:
    """Make what is not current, and print a table of all on stderr."""
    from rendering import figures
    from rendering.cli.progress import progress
    from rendering.crew import crew_of
    from rendering.outputs import clear_abandoned

    # Of what is current, too: it may have been made anew when a run was killed.
    clear_abandoned(output.path for output in wanted)
    states = {output.path: output.state() for output in wanted}
    todo = [o for o in wanted if force or states[o.path] not in ("current", "retold")]
    retold = [o for o in wanted if o not in todo and states[o.path] == "retold"]
    began, done = monotonic(), {}
    if todo or retold:
        numbers = figures.materials([output.entry for output in (*todo, *retold)])
        for output in retold:
            figures.tell([output], numbers[output.entry.source])
            done[output.path] = "retold"
        films = any(output.clip for output in todo)
        who = crew_of(cluster if films else None, jobs, cache)
        with who as crew, progress("figures") as advance:
            for output in figures.make(todo, numbers, advance, crew):
                done[output.path] = "made"
    _table(wanted, done)
    click.echo(f"{len(todo)} of {len(wanted)} made in {monotonic() - began:.0f} s", err=True)


def _table(wanted: list[Output], done: dict[Path, str]) -> None:
    """What was made, how large it is, and the caption line of each figure."""
    import json

    from rendering.cli.paths import described
    from rendering.outputs import sidecar_of

    width = max((len(str(output.path)) for output in wanted), default=0)
    before = None
    for output in wanted:
        about = json.loads(sidecar_of(output.path).read_bytes())
        if output.entry is not before:
            click.echo(f"{output.entry.name}  _{about['caption']}_", err=True)
            before = output.entry
        state = done.get(output.path, "unchanged")
        click.echo(f"  {state:9}  {output.path!s:{width}}  {described(about)}", err=True)
