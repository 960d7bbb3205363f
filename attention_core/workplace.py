"""Folders that a process works in, locked while it lives: what a killed one left is known."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from enum import Enum
from pathlib import Path

LOCK = "lock"
ABANDONED_SECONDS = 24 * 3600


class Lock(Enum):
    """Who has a lock; unknown where the file system has none: nothing is taken for abandoned."""

    OURS, HELD, UNKNOWN = range(3)


@contextmanager
def workplace(home: Path, prefix: str) -> Iterator[Path]:
    """A new folder in `home`, its name beginning so, which is gone afterwards.

    Its lock goes when the process ends, however it ends. A program that it started (pip) does not
    inherit the lock: without its folder it fails.
    """
    while True:
        place = Path(tempfile.mkdtemp(dir=home, prefix=prefix))
        with suppress(FileNotFoundError):  # another process was quicker, and took it for abandoned
            handle = os.open(place / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC)
            if _lock(handle) is not Lock.HELD and (place / LOCK).exists():
                break
            os.close(handle)
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)
        os.close(handle)


def clear_abandoned(home: Path, prefix: str) -> None:
    """Delete what killed processes of this user left behind in `home`, by their prefix."""
    for leftover in home.glob(prefix + "*"):
        try:
            if leftover.lstat().st_uid != os.getuid():  # where others have theirs, too
                continue
            handle = os.open(leftover / LOCK, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
        except OSError:
            _clear_without_lock(leftover)
            continue
        if _lock(handle) is Lock.OURS:
            shutil.rmtree(leftover, ignore_errors=True)
        os.close(handle)


def _clear_without_lock(leftover: Path) -> None:
    """One that was killed in its first moment is empty; an old one was not removed wholly."""
    with suppress(OSError):
        leftover.rmdir()
    with suppress(OSError):
        if time.time() - leftover.stat().st_mtime > ABANDONED_SECONDS:
            shutil.rmtree(leftover, ignore_errors=True)


def _lock(handle: int) -> Lock:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return Lock.HELD
    except OSError:
        return Lock.UNKNOWN
    return Lock.OURS
