"""What is said on stderr about how a model read a sentence; apart, so that `trace` loads little."""

from __future__ import annotations

import click

from attention_core import Trace

DEFAULT_MODEL = "smollm2"


def tell_start(trace: Trace) -> None:
    """A line on stderr: what stands in front of the sentence that a folder's decoder reads."""
    if trace.source and trace.start_rule:
        click.echo(f"{trace.model.name}: its decoder reads {trace.start_rule}", err=True)


def tell_script(model: str, trace: Trace) -> None:
    """A line on stderr for a sentence in a script that the model cuts into bytes."""
    if trace.sentence.isascii():
        return
    from attention_core.readable import script_note

    note = script_note(model, trace.sentence, trace.tokens)
    if note:
        click.echo(f"note: {note}", err=True)
