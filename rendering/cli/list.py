"""`list`: what can be asked for."""

from __future__ import annotations

import json
from typing import Any

import click

from rendering.formats import CLIP_QUALITY, FORMATS, QUALITIES, STILL_QUALITY
from scenes.registry import CHAPTERS

EXAMPLES = """\b
Examples:
  render.py list
  render.py list --json | jq .chapters
"""


@click.command(epilog=EXAMPLES)
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def command(as_json: bool) -> None:
    """Chapters, models, formats and qualities."""
    content = catalogue()
    if as_json:
        click.echo(json.dumps(content, ensure_ascii=False, indent=1))
        return
    for heading, entries in content.items():
        click.echo(heading)
        for entry in entries:
            click.echo(f"  {entry['name']:14} {_described(heading, entry)}".rstrip())


def catalogue() -> dict[str, list[dict[str, Any]]]:
    """Everything that has a name."""
    from attention_core.catalogue import MODELS, SHIPPED
    from attention_core.registry import is_fetched

    return {
        "chapters": [
            {
                "name": info.slug,
                "title": info.title,
                "figures": [figure.name for figure in info.figures],
                "max_tokens": info.max_tokens,
            }
            for info in CHAPTERS.values()
        ],
        "models": [
            {
                "name": model.name,
                "title": model.title,
                "here": is_fetched(model.name),
                "layer": model.head[0],
                "head": model.head[1],
                "licence": model.licence,
            }
            for model in MODELS.values()
        ]
        + [
            {
                "name": model.name,
                "title": model.title,
                "here": True,
                "layer": model.heads["cross"][0],
                "head": model.heads["cross"][1],
                "licence": model.licence,
            }
            for model in SHIPPED.values()
        ],
        "formats": [
            {"name": name, "for": form.kind, "transparent": form.transparent, "about": form.about}
            for name, form in FORMATS.items()
        ],
        "qualities": [
            {
                "name": name,
                "size": [quality.width, quality.height],
                "fps": quality.fps,
                "default_of": [
                    kind
                    for kind, default in (("clip", CLIP_QUALITY), ("still", STILL_QUALITY))
                    if default == name
                ],
            }
            for name, quality in QUALITIES.items()
        ],
    }


def _described(heading: str, entry: dict[str, Any]) -> str:
    if heading == "chapters":
        return f"{entry['title']:40} figure {', '.join(entry['figures'])}"
    if heading == "models":
        here = "here" if entry["here"] else f"fetch it with: render.py models fetch {entry['name']}"
        return f"{entry['title']}, layer {entry['layer']} head {entry['head']}, {here}"
    if heading == "formats":
        see_through = ", can be transparent" if entry["transparent"] else ""
        return f"{entry['for']:6} {entry['about']}{see_through}"
    defaults = "".join(f", default of {kind}" for kind in entry["default_of"])
    return f"{entry['size'][0]}x{entry['size'][1]} at {entry['fps']}{defaults}"
