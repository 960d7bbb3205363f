"""The folder of temporary files of typesetting: it goes with its process, however that ends."""

from __future__ import annotations

import atexit
import tempfile
from contextlib import ExitStack
from pathlib import Path

from attention_core import workplace

PREFIX = "attention-type-"
_ours: list[Path] = []
_until_the_end = ExitStack()


def folder() -> Path:
    """This process's own folder, made when it is first asked for."""
    if not _ours:
        clear_abandoned()
        atexit.register(let_go)
        made = workplace.workplace(Path(tempfile.gettempdir()), PREFIX)
        _ours.append(_until_the_end.enter_context(made))
    return _ours[0]


def let_go() -> None:
    """Delete this process's own folder: it is about to be left."""
    _until_the_end.close()


def clear_abandoned() -> None:
    """Delete the folders of processes that were killed."""
    try:
        workplace.clear_abandoned(Path(tempfile.gettempdir()), PREFIX)
    except FileNotFoundError:  # no folder can be written into: so there is none of ours
        return
