"""`heads`: which heads make one word look at others, and what every head of a model does."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rendering.cli.options import MODEL_HELP, OneOf, sentence_given

if TYPE_CHECKING:
    from attention_core.finder import Roles, Search

EXAMPLES = """\b
Examples:
  render.py heads "a fluffy blue creature roamed" --query creature --keys fluffy,blue
  render.py heads "the old bank" --query bank --keys old --plot bank.png
  render.py heads "the old bank" --query bank --keys old --json - | jq .best
  render.py heads                        what every head of the model does
  render.py heads --model FOLDER --plot roles.pdf

A head that always looks at the word before is named so: its mass says nothing of the words.
"""


@click.command(epilog=EXAMPLES)
@click.argument("sentence", required=False)
@click.option("--query", metavar="WORD", help="The word that looks; the#2: the second.")
@click.option("--keys", metavar="WORD,...", default="", help="The words that it should look at.")
@click.option("--model", metavar="NAME|FILE|FOLDER", help=MODEL_HELP)
@click.option(
    "--top", type=click.IntRange(1), default=12, show_default=True, help="How many are listed."
)
@click.option("--json", "json_file", metavar="FILE", help="Write all of them; - is stdout.")
@click.option("--plot", metavar="FILE", help="Draw the map of layers and heads (png, svg, pdf).")
@click.option("--theme", type=OneOf("theme", ("dark", "light")), default="dark", help="Of --plot.")
@click.option("--lang", type=OneOf("language", ("en", "ko")), default="en", help="Of --plot.")
@click.option("--no-credit", is_flag=True, help="--plot without the line on the model.")
def command(sentence: str | None, query: str | None, keys: str, **options: Any) -> None:
    """Rank all heads by what the word --query of SENTENCE gives the words --keys.

    Without --query and --keys: the roles of all heads of the model.
    """
    from attention_core import DEFAULT_SENTENCE, AttentionError
    from attention_core.finder import find, survey
    from attention_core.registry import open_model
    from rendering.cli.notes import DEFAULT_MODEL
    from rendering.cli.request import words_listed
    from rendering.head_tables import roles_json, roles_table, search_json, search_table

    given, listed = sentence_given(sentence), words_listed(keys)
    if bool(query) != bool(listed):
        lacking = "--keys, the words that it looks at" if query else "--query, the word that looks"
        raise AttentionError("a relation has two ends", f"give {lacking} too")
    if given is not None and not query:
        raise AttentionError(
            "the roles of a model's heads are not about a sentence",
            "give --query WORD and --keys WORD,..., or leave the sentence out",
        )
    plot = options["plot"]
    if plot is not None:
        _check_plot(plot)
    network = open_model(options["model"] or DEFAULT_MODEL)
    found: Search | Roles
    if query:
        found = find(network, DEFAULT_SENTENCE if given is None else given, query, listed)
        content = search_json(found)
        if found.control_note:
            click.echo(f"note: {found.control_note}", err=True)
    else:
        found = survey(network)
        content = roles_json(found)
    written = []
    if plot is not None:
        from rendering.head_plot import draw
        from scenes.look import Look

        look = Look(options["theme"], options["lang"], credit=not options["no_credit"])
        draw(Path(plot), found, look)
        written.append(Path(plot))
    target = options["json_file"]
    text = json.dumps(content, ensure_ascii=False) + "\n"
    if target == "-":
        sys.stdout.write(text)
        return
    if target is not None:
        from rendering.outputs import write_data

        write_data(Path(target), lambda file: file.write(text.encode()))
        written.append(Path(target))
    if written:
        from rendering.cli.paths import print_path

        for path in written:
            print_path(path)
        return
    colour = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    table = search_table(found, options["top"], colour) if query else roles_table(found)  # type: ignore[arg-type]
    sys.stdout.write(table + "\n")


def _check_plot(plot: str) -> None:
    """Raise AttentionError for a name that no picture has, before anything is computed."""
    from attention_core import AttentionError
    from rendering.formats import formats_of
    from rendering.outputs import format_of

    known = formats_of("still")
    if format_of(plot, known) is None:
        raise AttentionError(f"--plot {plot} names no file", f"end it in .{', .'.join(known)}")
