"""`embed`: the snippet that embeds an output in a page."""

from __future__ import annotations

from pathlib import Path

import click

from rendering.cli.options import OneOf

TARGETS = ("chirpy", "html", "markdown", "hugo", "mdx")  # rendering.embed.TARGETS, unimported
EXAMPLES = """\b
Examples:
  render.py embed out/clip.mp4 --for chirpy --url /dl/transformer/
  render.py embed out/mask.png --for markdown
  render.py embed --for hugo --shortcode > layouts/shortcodes/attention-clip.html
"""


@click.command(epilog=EXAMPLES)
@click.argument("file", required=False)
@click.option("--for", "target", type=OneOf("kind of site", TARGETS), default="html")
@click.option("--url", metavar="PREFIX", default="", help="What its address begins with.")
@click.option("--include", is_flag=True, help="chirpy: the theme's own include, with less.")
@click.option("--shortcode", is_flag=True, help="hugo: the file that the snippet calls.")
def command(file: str | None, target: str, url: str, include: bool, shortcode: bool) -> None:
    """Print the snippet for FILE, with what stands beside it: poster, captions, other formats.

    Videos are silent and loop; they start by themselves but for readers who asked for less motion.
    """
    from attention_core import AttentionError
    from rendering import embed

    if shortcode:
        if target != "hugo":
            raise AttentionError("only Hugo has shortcodes", "say --for hugo")
        click.echo(embed.shortcode(), nl=False)
        return
    if file is None:
        raise AttentionError("no FILE is named", "name a clip or a picture that was made here")
    found = embed.described(Path(file), embed.check_prefix(url))
    if include and (target != "chirpy" or found.kind != "video"):
        raise AttentionError("--include is for clips on a Chirpy site", "leave it out")
    click.echo(embed.snippet(found, target, include), nl=False)
    if include:
        click.echo("note: the theme's include has no captions, label or playsinline", err=True)
