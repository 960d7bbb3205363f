"""`post`: the whole post, in Korean, with its figures and clips."""

from __future__ import annotations

from pathlib import Path

import click

from rendering.cli.figures import OUT, bring_up, chosen

EXAMPLES = """\b
Examples:
  render.py post
  render.py post --out ../blog --no-clips
"""


@click.command(epilog=EXAMPLES)
@click.option("--out", metavar="DIR", default=OUT, help="The site's folder.", show_default=True)
@click.option("--url", metavar="PREFIX", default="/", help="What addresses of figures begin with.")
@click.option("--no-clips", is_flag=True, help="Pictures alone.")
@click.option("--manifest", metavar="FILE", help="A list of figures of your own.")
def command(out: str, url: str, no_clips: bool, manifest: str | None) -> None:
    """Write assets/post/self-attention.ko.md into DIR/_posts, its numbers filled in.

    Figures and clips that are missing or out of date are made first.
    """
    from attention_core import Material
    from rendering import figures, post
    from rendering.cli.paths import print_path
    from rendering.embed import check_prefix

    prefix = check_prefix(url)
    entries = chosen(Path(manifest) if manifest else figures.MANIFEST, ())
    wanted = figures.outputs(entries, Path(out), not no_clips)
    bring_up(wanted)
    material = Material.build(needs=post.NEEDS)
    print_path(post.write(post.TEXT, entries, Path(out), material, not no_clips, prefix))
    for output in wanted:
        print_path(output.path)
