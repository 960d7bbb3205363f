"""The command line: one command a module, loaded when it is called."""

from __future__ import annotations

import os
import sys
import warnings
from importlib import import_module
from typing import NoReturn

import click

from rendering.cli.leaving import (
    INTERRUPTED,
    clear_up,
    ignore_more_signals,
    leave_on_signals,
    status_of_leaving,
)

COMMANDS = {
    "clip": "a chapter as a clip (mp4, webm, mov, gif, webp)",
    "story": "the whole film, with subtitles",
    "still": "a chapter's picture (png, svg, pdf)",
    "sheet": "a few moments of each chapter in one PNG",
    "figures": "the figures of the post, and their clips",
    "post": "the post itself, in Korean, with its figures",
    "embed": "the snippet that embeds an output in a page",
    "gallery": "one page with every clip, its numbers and snippets",
    "trace": "the numbers: a table, JSON or NPZ",
    "heads": "which heads make a word look at others; what each head does",
    "models": "which models there are; fetch and remove them",
    "cache": "what is kept from run to run; clear it",
    "list": "chapters, models, formats, qualities",
    "doctor": "what this machine has and lacks",
}
EXAMPLES = """\b
Examples:
  render.py clip softmax "the old bank of the quiet river"
  render.py still dot-products --format svg
  render.py trace "The capital of France is"

`render.py COMMAND --help` tells the rest."""
FAILED, BAD_INPUT = 1, 2


class Commands(click.Group):
    """The commands, each imported from the module of its name."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All names, in the order of the table above."""
        return [*COMMANDS]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"rendering.cli.{cmd_name}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does, but an unknown name is told the nearest ones."""
        if args[0] not in COMMANDS and not args[0].startswith("-"):
            from rendering.cli.options import unknown

            raise unknown("command", args[0], COMMANDS)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list in the help text, without importing a command."""
        with formatter.section("Commands"):
            formatter.write_dl([*COMMANDS.items()])  # the module list, once loaded, hides list()


@click.group(
    cls=Commands,
    epilog=EXAMPLES,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.pass_context
def program(context: click.Context) -> None:
    """Films and pictures of the attention that a real language model pays to your sentence."""
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


def main() -> NoReturn:
    """Run the program, and turn whatever happens into one line and an exit status."""
    if not sys.warnoptions:
        warnings.simplefilter("ignore")
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    leave_on_signals()
    status = run()
    ignore_more_signals()
    sys.exit(status)


def run() -> int:
    """Run the command that sys.argv names, and return the exit status."""
    try:
        status = program.main(prog_name="render.py", standalone_mode=False)
        sys.stdout.flush()
        return status if isinstance(status, int) else 0
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or exit complains again
        return FAILED  # as click does; nothing is said, since nobody reads
    except (KeyboardInterrupt, click.Abort):
        clear_up()  # the interrupt may have come before an output's own care began
        return status_of_leaving() or INTERRUPTED
    except Exception as error:
        status = status_of_leaving()
        if status is not None:  # some libraries turn an interrupt into an error of their own
            return status
        from rendering.cli.failures import explain

        status, line = explain(error)
        click.echo(f"error: {line}", err=True)
        return status
