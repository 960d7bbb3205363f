"""Ctrl-C and SIGTERM: the program is left within two seconds, and nothing half made stays."""

from __future__ import annotations

import os
import signal
import sys
from threading import Timer
from types import FrameType
from typing import TYPE_CHECKING, Any, NoReturn

from rendering import unbroken

if TYPE_CHECKING:
    from sys import UnraisableHookArgs

PATIENCE = 1.2  # seconds that an orderly end may take
INTERRUPTED, TERMINATED = 130, 143
STATUS = {signal.SIGINT: INTERRUPTED, signal.SIGTERM: TERMINATED}

_leaving: list[int] = []  # the exit status, once a signal has come


def leave_on_signals() -> None:
    """From now on a signal ends the program as an exception does, or at once if that fails."""
    for number in STATUS:
        if signal.getsignal(number) is not signal.SIG_IGN:  # of a background job, say
            signal.signal(number, _leave)
    unbroken.leave_by(_leave_at_once)
    sys.unraisablehook = _unraisable


def status_of_leaving() -> int | None:
    """The exit status that a signal asks for; None if none has come."""
    return _leaving[0] if _leaving else None


def ignore_more_signals() -> None:
    """Once one has come and all is cleared up: in its last moments Python has no handlers left.

    Another signal would then kill it, and the exit status would not be the promised one.
    """
    if _leaving:
        for number in STATUS:
            signal.signal(number, signal.SIG_IGN)


def _leave(number: int, frame: FrameType | None) -> NoReturn:
    if _leaving:  # asked twice: the orderly end must not be broken in the middle
        _give_up()
    _leaving.append(STATUS[signal.Signals(number)])
    watchdog = Timer(PATIENCE, _give_up)
    watchdog.daemon = True
    watchdog.start()
    raise KeyboardInterrupt


def _leave_at_once(number: int) -> NoReturn:
    _leaving.append(STATUS[signal.Signals(number)])
    _give_up()


def _unraisable(what: UnraisableHookArgs) -> None:
    """An exception in a destructor or a callback is lost there: a signal's must not be."""
    if _leaving and isinstance(what.exc_value, KeyboardInterrupt):
        _give_up()
    sys.__unraisablehook__(what)


def _give_up(*_: Any) -> NoReturn:
    """Leave now, but leave nothing half made."""
    clear_up()
    os._exit(_leaving[0])


def clear_up() -> None:
    """Remove the temporary files of outputs, and those of typesetting."""
    claims = sys.modules.get("rendering.claims")  # not there before the first output
    if claims is not None:
        claims.let_all_go()
    scratch = sys.modules.get("scenes.kit.scratch")
    if scratch is not None:
        scratch.let_go()
