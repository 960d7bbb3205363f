"""`cache`: what is kept on this machine from run to run, and how to be rid of it."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import click

from rendering.cli.crew import cache_size_option

EXAMPLES = """\b
Examples:
  render.py cache
  render.py cache --json | jq .segments.bytes
  render.py cache clear
  render.py cache clear --models

Segments of films are kept as they are made, so that a film that was interrupted, or of which one
chapter has changed, is not made all over again. What has not been of use for longest goes first.
ATTENTION_HOME says where all this is kept, ATTENTION_CACHE_SIZE how much segments may take."""


@click.group(invoke_without_command=True, epilog=EXAMPLES)
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@cache_size_option
@click.pass_context
def command(context: click.Context, as_json: bool, cache_size: int) -> None:
    """Say what is kept here from run to run; `clear` removes it, but for models."""
    if context.invoked_subcommand is not None:
        return
    held = holdings(cache_size)
    if as_json:
        click.echo(json.dumps(held, ensure_ascii=False, indent=1))
        return
    from attention_core.rounding import format_bytes

    rows = [(f"model {one['name']}", one["bytes"], "") for one in held["models"]]
    segments = held["segments"]
    used = f"{segments['count']} of at most {format_bytes(segments['limit'])}"
    if segments["count"]:
        used += f"; not used for longest: {_ago(segments['idle_seconds'])}"
    rows.append(("segments of films", segments["bytes"], used))
    notes = held["notes"]
    rows.append(("checksums of models", notes["bytes"], f"{notes['count']}"))
    click.echo(held["folder"])
    for name, size, about in rows:
        click.echo(f"  {name:22} {format_bytes(size) if size else '-':>10}  {about}".rstrip())


@command.command()
@click.option("--models", is_flag=True, help="Fetched models, too: they must be fetched again.")
def clear(models: bool) -> None:
    """Remove what can be made again: segments of films, and checksums of models' files."""
    from attention_core import AttentionError
    from attention_core.catalogue import MODELS
    from attention_core.registry import remove
    from attention_core.rounding import format_bytes
    from rendering.cache import segments

    held = holdings(0)
    try:
        segments(0).clear()
        for note in _notes():
            note.unlink(missing_ok=True)
    except OSError as error:
        raise AttentionError(
            f"cannot remove {error.filename}: {error.strerror}", "see whose it is"
        ) from error
    gone = [held[kind]["bytes"] for kind in ("segments", "notes")]
    if models:
        gone += [one["bytes"] for one in held["models"]]
        for name in MODELS:
            remove(name)
    click.echo(f"{format_bytes(sum(gone)) if sum(gone) else 'nothing'} removed", err=True)


def holdings(limit: int) -> dict[str, Any]:
    """What is kept, in bytes; `limit` is that of the segments."""
    from attention_core.registry import home
    from rendering.cache import segments

    entries = segments(limit).entries()
    models = sorted(p for p in (home() / "models").glob("*") if p.is_dir())
    notes = _notes()
    return {
        "folder": str(home()),
        "models": [{"name": p.name, "bytes": _bytes(p.rglob("*"))} for p in models],
        "segments": {
            "count": len(entries),
            "bytes": sum(entry.bytes for entry in entries),
            "limit": limit,
            "idle_seconds": round(max(0.0, time.time() - entries[0].used)) if entries else None,
        },
        "notes": {"count": len(notes), "bytes": _bytes(notes)},
    }


def _notes() -> list[Path]:
    from attention_core.registry import home

    return sorted((home() / "checksums").glob("*.json"))


def _bytes(paths: Any) -> int:
    return sum(path.stat().st_size for path in paths if path.is_file())


def _ago(seconds: int) -> str:
    """A stretch of time in one unit."""
    for name, length in (("days", 86400), ("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * length:
            return f"{seconds // length} {name}"
    return f"{seconds} seconds"
