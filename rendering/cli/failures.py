"""What went wrong, as one line for the user: bad input is told apart from our own failures."""

from __future__ import annotations

import os
import tempfile
import time
import traceback
from pathlib import Path

import click

from attention_core.errors import AttentionError
from rendering.cli import BAD_INPUT, FAILED
from rendering.outputs import printable

NO_TEMPORARY = "No usable temporary directory"  # as Python says it
LONGEST = 2000  # characters of an error line; it may list all words that en-ko knows
DASH = "put -- before a sentence that begins with a dash"


def explain(error: Exception) -> tuple[int, str]:
    """The exit status and the line for an exception. Our own failures leave a log behind."""
    if isinstance(error, AttentionError):
        return BAD_INPUT, one_line(str(error))
    if isinstance(error, click.ClickException):
        return BAD_INPUT, one_line(_usage(error))
    if _lacks_room(error):
        return BAD_INPUT, (
            "the temporary files of texts could not be written; make room, or set TMPDIR to "
            "another folder"
        )
    what = one_line(f"{type(error).__name__}: {error}".rstrip(": "))
    return FAILED, f"this is a failure of the program ({what}); its log is {write_log(error)}"


def _lacks_room(error: Exception) -> bool:
    """Whether a text's outlines could not be laid down: there is no folder, or they are cut short.

    Cairo, which writes them, says nothing of a full disk: the reader of what it wrote does.
    """
    if isinstance(error, FileNotFoundError):
        return NO_TEMPORARY in str(error)
    return type(error).__name__ == "ParseError" and type(error).__module__.startswith("xml.")


def one_line(text: str) -> str:
    """Text without line breaks and control characters, of bounded length."""
    line = printable(" ".join(text.split()))
    return line if len(line) <= LONGEST else line[: LONGEST - 1] + "…"


def write_log(error: BaseException) -> str:
    """Keep the traceback in the user's log folder, and return the file's path."""
    name = f"{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}.log"
    text = "".join(traceback.format_exception(error))
    for folder in (log_folder, lambda: Path(tempfile.gettempdir())):
        try:
            path = folder() / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", errors="backslashreplace")
            return str(path)
        except OSError:
            continue
    return "lost: no folder could be written to"


def log_folder() -> Path:
    """Where logs are kept: $ATTENTION_HOME/logs, or the user's log folder."""
    home = os.environ.get("ATTENTION_HOME")
    if home:
        return Path(home) / "logs"
    from platformdirs import user_log_dir

    return Path(user_log_dir("attention-film"))


def _usage(error: click.ClickException) -> str:
    """click's own complaint, in our form: WHAT; MEND."""
    message = error.format_message().strip().rstrip(".?").replace(". Did you", ", did you")
    context = getattr(error, "ctx", None)
    help_line = f"see {context.command_path} --help" if context else "see render.py --help"
    if isinstance(error, click.NoSuchOption):
        takes_sentence = context and any(p.name == "sentence" for p in context.command.params)
        mends = [f"did you mean {' or '.join(error.possibilities)}"] if error.possibilities else []
        mends += [DASH] if takes_sentence else [help_line]
        return f"there is no option {error.option_name}; {', or '.join(mends)}"
    if "; " in message:
        return message[:1].lower() + message[1:]
    return f"{message[:1].lower()}{message[1:]}; {help_line}"
