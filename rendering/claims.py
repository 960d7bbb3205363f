"""Temporary files, locked while their process lives, so that what a killed one left is known."""

from __future__ import annotations

import fcntl
import os
import secrets
from pathlib import Path
from typing import NamedTuple

UNFINISHED = ".unfinished"
STEM = 40  # characters of an output's name in that of its temporary file


class _Claim(NamedTuple):
    """An open lock on a temporary file, and the folders made for it, deepest first."""

    handle: int
    made: list[Path]


_held: dict[Path, _Claim] = {}  # by this process


def claim(path: Path, made: list[Path]) -> Path:
    """Make the temporary file of the output `path`, beside it, and lock it.

    The lock goes when the process ends, however it ends; where a file system has no locks, nothing
    is ever taken for abandoned. Raises OSError if nothing can be written there.
    """
    while True:
        name = f".{path.stem[:STEM]}.{secrets.token_hex(4)}{UNFINISHED}{path.suffix}"
        unfinished = path.with_name(name)
        handle = os.open(unfinished, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o666)
        _held[unfinished] = _Claim(handle, made)
        _lock(handle)
        if _is_there(unfinished, handle):
            return unfinished
        del _held[unfinished]  # another process was quicker, and took it for abandoned
        os.close(handle)


def let_go(unfinished: Path) -> None:
    """Remove a temporary file that has not taken its final name, and folders made for it.

    A signal may interrupt it, and call it again.
    """
    claimed = _held.get(unfinished)
    if claimed is None:
        return
    try:
        unfinished.unlink(missing_ok=True)
        remove_folders(claimed.made)
    except OSError:  # it lies where nothing can be removed
        pass
    if _held.pop(unfinished, None):
        os.close(claimed.handle)


def let_all_go() -> None:
    """Remove all temporary files of this process, which is about to be left."""
    for unfinished in [*_held]:
        let_go(unfinished)


def leave_to_parent() -> None:
    """In a process that was forked: the temporary files, and their locks, are its parent's."""
    while _held:
        _, claimed = _held.popitem()
        os.close(claimed.handle)


def remove_folders(made: list[Path]) -> None:
    """Remove these folders, deepest first, up to one that holds something."""
    try:
        for folder in made:
            folder.rmdir()  # refuses if anything is in it
    except OSError:
        return


def clear_abandoned(path: Path) -> None:
    """Remove the temporary files that killed processes left of `path` and of what is beside it."""
    begin = f".{path.stem[:STEM]}."
    try:  # not by `glob`: its patterns, two an output, push others out of re's cache
        found = [
            one
            for one in path.parent.iterdir()
            if one.name.startswith(begin) and UNFINISHED in one.name[len(begin) :]
        ]
    except (OSError, ValueError):  # no such folder, or no possible name
        return
    for leftover in found:
        try:
            handle = os.open(leftover, os.O_RDWR | os.O_NOFOLLOW)
        except OSError:
            continue
        try:
            if _lock(handle):
                leftover.unlink(missing_ok=True)
        except OSError:
            continue
        finally:
            os.close(handle)


def _lock(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:  # a living process holds it, or there are no locks here
        return False
    return True


def _is_there(path: Path, handle: int) -> bool:
    try:
        return os.path.samestat(os.stat(path), os.fstat(handle))
    except FileNotFoundError:
        return False
