"""Prints what was written: paths on stdout, as the file system spells them; sizes on stderr."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import click

from rendering.outputs import printable, sidecar_of


def print_path(path: Path) -> None:
    """One line; a name that is no valid text goes out byte by byte."""
    sys.stdout.flush()
    sys.stdout.buffer.write(os.fsencode(path) + os.linesep.encode())
    sys.stdout.buffer.flush()


def print_made(path: Path) -> None:
    """An output's path, and on stderr how large it is."""
    print_path(path)
    about = json.loads(sidecar_of(path).read_bytes())
    click.echo(f"  {printable(path.name)}: {described(about)}", err=True)


def described(about: dict[str, Any]) -> str:
    """What an output is, by its sidecar: "1.21 MB, 854x480 at 15, 14.3 s"."""
    from attention_core.rounding import format_bytes

    width, height = about["size"]
    form = f"{format_bytes(about['bytes'])}, {width}x{height}"
    return form + (f" at {about['fps']}, {about['duration']:.1f} s" if "fps" in about else "")
