"""Work in native code that no signal's exception may break off in the middle."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import current_thread, main_thread
from types import FrameType
from typing import NoReturn

SIGNALS = (signal.SIGINT, signal.SIGTERM)

_leave: list[Callable[[int], NoReturn]] = []


def leave_by(leave: Callable[[int], NoReturn]) -> None:
    """How a program ends at once when such a signal comes, without unwinding what it is at."""
    _leave[:] = [leave]


@contextmanager
def unbroken() -> Iterator[None]:
    """A signal that comes in here ends the program at once; where none is named, it waits.

    An exception that Python raises between a native call that takes an object over and the line
    that notes it makes both owners free it: LLVM's linker is such a call, and the process dies.
    """
    if current_thread() is not main_thread():  # Python's handlers run in that one alone
        yield
        return
    came: list[int] = []

    def hold(number: int, _: FrameType | None) -> None:
        for leave in _leave:
            leave(number)
        came.append(number)

    held = {number: found for number in SIGNALS if callable(found := signal.getsignal(number))}
    for number in held:
        signal.signal(number, hold)
    try:
        yield
    finally:
        for number, handler in held.items():
            signal.signal(number, handler)
        for first in came[:1]:
            signal.raise_signal(first)
