"""`gallery`: one page with every clip and picture of a folder."""

from __future__ import annotations

from pathlib import Path

import click

EXAMPLES = """\b
Examples:
  render.py gallery out/post
  render.py figures --clips --out site && render.py gallery site
"""


@click.command(epilog=EXAMPLES)
@click.argument("folder", metavar="DIR")
def command(folder: str) -> None:
    """Write DIR/gallery.html: clips, pictures, the numbers behind them, and snippets to copy."""
    from rendering import gallery
    from rendering.cli.paths import print_path
    from rendering.outputs import printable

    path, left_out = gallery.write(Path(folder))
    for line in left_out:
        click.echo(f"left out: {printable(line)}", err=True)
    print_path(path)
