"""Processes that do one task after the other, each at the end of a line of its own.

What they share is nothing that one of them could take along when it is killed: neither a lock nor
a pipe that it may have filled by half.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import sys
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any, Literal

from rendering.claims import leave_to_parent

PATIENCE = 300.0  # seconds that a process may be silent at a task, until it is taken for hung
LOOK = 0.1  # seconds between two looks at how far they are
LAST = 5.0  # seconds for a killed process to be gone

Tell = Callable[[int], None]  # that so many more frames are drawn
Begin = Callable[[Tell], Callable[[Any], Any]]  # in a new process: what does its tasks
Message = tuple[Literal["drawn", "done", "failed"], Any]


class Lost(Exception):
    """A process died or hung at this task."""

    def __init__(self, task: Any) -> None:
        super().__init__(task)
        self.task = task


class _Hand:
    """A process, its end of the line, and what it is at."""

    def __init__(self, context: Any, begin: Begin) -> None:
        self._line, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, begin), daemon=True)
        self._process.start()
        theirs.close()  # so that the line ends with the process
        self.task: list[Any] = []  # at most one
        self.drawn = 0
        self._begun = self._heard = 0.0
        self._listener: Thread | None = None
        self._dismissed = False

    def listen(self, heard: SimpleQueue[tuple[_Hand, Message | None]]) -> None:
        """Pass on what it tells; None is its end. A thread, since it may stop in mid-word."""

        def listening() -> None:
            try:
                while True:
                    heard.put((self, self._line.recv()))
            except (EOFError, OSError):
                heard.put((self, None))
            except Exception as error:  # what it told makes no sense here
                heard.put((self, ("failed", error)))

        self._listener = Thread(target=listening, daemon=True)
        self._listener.start()

    def give(self, task: Any) -> None:
        """Let it do this."""
        self.task = [task]
        self._begun = self._heard = time.monotonic()
        with suppress(OSError):  # it has gone, as its line is about to tell
            self._line.send([task])

    def dismiss(self) -> None:
        """Let it leave by itself, and put away what it has."""
        with suppress(OSError):
            self._line.send([])
        self._dismissed = True

    def hear(self) -> None:
        """It is alive."""
        self._heard = time.monotonic()

    def hangs(self) -> bool:
        """Whether it has been silent for too long.

        What needs the film as a whole tells nothing while it finishes the file, which takes no
        longer than drawing did.
        """
        silent = time.monotonic() - self._heard
        return bool(self.task) and silent > PATIENCE + self._heard - self._begun

    def end(self) -> None:
        """Be rid of it."""
        if self._dismissed:
            self._process.join(LAST)
        self._process.kill()
        self._process.join(LAST)
        if self._listener is not None:
            self._listener.join(LAST)
        self._line.close()


def results(
    begin: Begin, tasks: Sequence[Any], processes: int, on_look: Callable[[int], None]
) -> Iterator[tuple[Any, Any]]:
    """The results of tasks, in whatever order, as so many processes have them.

    At each look `on_look` is told how many frames are drawn. Raises what was raised at a task, and
    Lost for one that was not brought to an end. The processes are gone when this is left.
    """
    # A fork has all that is imported and typeset at once. Elsewhere than on Linux the system's
    # own libraries do not survive it.
    context = multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")
    # What is there now is shared by all, and stays to the end: not looked at again. Nor is it now:
    # to find the few MB of garbage that planning leaves takes as long as ten frames.
    gc.freeze()
    waiting, hands = deque(tasks), list[_Hand]()
    heard: SimpleQueue[tuple[_Hand, Message | None]] = SimpleQueue()
    try:
        for _ in range(min(processes, len(tasks))):
            hands.append(_Hand(context, begin))
        for hand in hands:  # after the last fork, which threads might not survive
            hand.listen(heard)
            hand.give(waiting.popleft())
        while any(hand.task for hand in hands):
            with suppress(Empty):
                hand, message = heard.get(timeout=LOOK)
                yield from _answer(hand, message)
                if not hand.task and waiting:
                    hand.give(waiting.popleft())
            for hand in hands:
                if hand.hangs():
                    raise Lost(hand.task[0])
            on_look(sum(hand.drawn for hand in hands))
        for hand in hands:
            hand.dismiss()
    finally:
        for hand in hands:
            hand.end()
        gc.unfreeze()


def _answer(hand: _Hand, message: Message | None) -> Iterator[tuple[Any, Any]]:
    """What is to be made of a message: a result, if it is one."""
    hand.hear()
    match message:
        case None:
            if hand.task:
                raise Lost(hand.task[0])
        case "drawn", frames:
            hand.drawn = frames
        case "done", result:
            yield hand.task.pop(), result
        case "failed", error:
            raise error


def _serve(line: Any, begin: Begin) -> None:
    """What such a process does, until it is killed."""
    leave_to_parent()
    # Ctrl-C goes to all processes of a terminal: the first one ends the others.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    Thread(target=_leave_with_parent, daemon=True).start()
    drawn, told = 0, 0.0

    def tell(frames: int) -> None:
        nonlocal drawn, told
        drawn += frames
        if time.monotonic() - told > LOOK:
            line.send(("drawn", drawn))
            told = time.monotonic()

    work = begin(tell)
    with suppress(EOFError, BrokenPipeError):  # nobody asks any more
        while tasks := line.recv():
            try:
                message = ("done", work(*tasks))
            except BaseException as error:
                error.add_note(traceback.format_exc())  # a traceback itself stays in its process
                message = ("failed", error)
            line.send(("drawn", drawn))
            line.send(message)


def _leave_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)  # killed: nobody waits for results any more
