"""`trace`: the numbers of one head, as a table, JSON or NPZ."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from rendering.cli.options import OneOf, head_options, sentence_given

EXAMPLES = """\b
Examples:
  render.py trace "a fluffy blue creature roamed the verdant forest"
  render.py trace "The capital of France is" --layer 13 --head 6
  render.py trace "the old bank" --json - | jq .weights
  render.py trace "the old bank" --npz bank.npz
  render.py trace "the bank is old" --model en-ko
  render.py trace "은행은 오래되었다" --key-sentence "the bank is old" --model en-ko
"""
ATTENTIONS = ("encoder", "decoder", "cross")  # attention_core.translation.KINDS, unimported


@click.command(epilog=EXAMPLES)
@click.argument("sentence", required=False)
@head_options
@click.option("--key-sentence", metavar="TEXT", help="What SENTENCE looks at (cross-attention).")
@click.option(
    "--attention",
    type=OneOf("kind of attention", ATTENTIONS),
    help="Of an encoder-decoder.  [default: cross]",
)
@click.option("--json", "json_file", metavar="FILE", help="Write JSON; - is stdout.")
@click.option("--npz", "npz_file", metavar="FILE", help="Write NumPy arrays; - is stdout.")
def command(
    sentence: str | None,
    model: str | None,
    layer: int | None,
    head: int | None,
    key_sentence: str | None,
    attention: str | None,
    json_file: str | None,
    npz_file: str | None,
) -> None:
    """What one head computes on SENTENCE (- reads it from stdin).

    The model en-ko translates SENTENCE: the Korean looks at it. With --key-sentence, SENTENCE is
    the Korean; with a folder of T5, Marian or BART it is what the decoder reads.
    """
    sentence, key_sentence = sentence_given(sentence), sentence_given(key_sentence)
    from attention_core import DEFAULT_SENTENCE, AttentionError, trace
    from attention_core.catalogue import MODELS, SHIPPED
    from rendering.report import trace_json, trace_table

    if sentence is None and model in SHIPPED:
        sentence, key_sentence = key_sentence, None  # its own translation looks at it
    if key_sentence is not None and model not in (None, *MODELS, *SHIPPED):
        from rendering.cli.request import check_key_sentence

        check_key_sentence(sentence)

    if json_file == "-" and npz_file == "-":
        raise AttentionError("stdout cannot hold both JSON and NPZ", "give one of them a file")
    if npz_file == "-" and sys.stdout.isatty():
        raise AttentionError("NPZ is no text for a terminal", "give a file, or pipe it on")
    found = trace(
        DEFAULT_SENTENCE if sentence is None else sentence,
        model or "smollm2",
        layer,
        head,
        False,  # no logits
        key_sentence,
        attention,
        patterns=npz_file is not None,
    )
    if model not in SHIPPED:
        from rendering.cli.notes import DEFAULT_MODEL, tell_script, tell_start

        tell_script(model or DEFAULT_MODEL, found)
        tell_start(found)
    for target, write in (
        (json_file, lambda file: file.write(trace_json(found).encode())),
        (npz_file, found.save),
    ):
        if target == "-":
            write(sys.stdout.buffer)
        elif target is not None:
            from rendering.cli.paths import print_path
            from rendering.outputs import write_data

            write_data(Path(target), write)
            if "-" not in (json_file, npz_file):  # what goes to stdout is data alone
                print_path(Path(target))
    if json_file is None and npz_file is None:
        colour = sys.stdout.isatty() and "NO_COLOR" not in os.environ
        width = 80
        if sys.stdout.isatty() or os.environ.get("COLUMNS"):
            from shutil import get_terminal_size

            width = get_terminal_size().columns
        sys.stdout.write(trace_table(found, width, colour) + "\n")
