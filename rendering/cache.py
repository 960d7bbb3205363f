"""A bounded folder of what was made once, by the digest of all that can change it."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from attention_core.registry import home
from rendering.claims import UNFINISHED, claim, clear_abandoned, let_go

LIMIT = 10**9  # bytes, where none is asked for: some 70 stories at 1080p60
ENDING = ".segment"
SUM = 32  # bytes of a checksum


class Entry(NamedTuple):
    """One file: how large it is, and when it was last of use, in seconds of the clock."""

    path: Path
    bytes: int
    used: float


@dataclass(frozen=True)
class Cache:
    """Contents by their keys, in files that begin with their checksum.

    Any number of processes may use it at once: files appear whole, and one that is broken is as
    good as none. It never raises for a disk that is full or not to be written: it saves time, and
    nothing else depends on it.
    """

    folder: Path
    limit: int = LIMIT  # bytes
    reads: bool = True  # False: all is made again, and kept anew

    def get(self, key: str) -> bytes | None:
        """What was kept under this key, if it is whole; that counts as a use of it."""
        path = self._path(key)
        if not self.reads:
            return None
        try:
            content = path.read_bytes()
            if hashlib.sha256(content[SUM:]).digest() != content[:SUM]:
                path.unlink(missing_ok=True)
                return None
            os.utime(path)
        except OSError:  # it is not there, or has just gone
            return None
        return content[SUM:]

    def put(self, key: str, content: bytes) -> None:
        """Keep this under a key; what has not been of use for longest goes, if there is no room."""
        if SUM + len(content) > self.limit:
            return
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            unfinished = claim(self._path(key), [])
            try:
                unfinished.write_bytes(hashlib.sha256(content).digest() + content)
                os.replace(unfinished, self._path(key))
            finally:
                let_go(unfinished)
            self._make_room()
        except OSError:
            return

    def entries(self) -> list[Entry]:
        """What it holds; the one that was of use last comes last."""
        found = []
        for path in self.folder.glob(f"*{ENDING}"):
            try:
                status = path.stat()
            except OSError:  # another process has removed it
                continue
            if not path.name.startswith("."):
                found.append(Entry(path, status.st_size, status.st_mtime))
        return sorted(found, key=lambda entry: (entry.used, entry.path.name))

    def clear(self) -> list[Entry]:
        """Remove all that it holds, and nothing else; what that was. Raises OSError."""
        found = self.entries()
        for entry in found:
            entry.path.unlink(missing_ok=True)
        self._clear_abandoned()
        return found

    def _path(self, key: str) -> Path:
        return self.folder / f"{key}{ENDING}"

    def _make_room(self) -> None:
        self._clear_abandoned()
        found = self.entries()
        over = sum(entry.bytes for entry in found) - self.limit
        for entry in found:
            if over <= 0:
                break
            entry.path.unlink(missing_ok=True)
            over -= entry.bytes

    def _clear_abandoned(self) -> None:
        """Remove what killed processes left half written."""
        for left in self.folder.glob(f".*{UNFINISHED}{ENDING}"):
            clear_abandoned(self.folder / left.name[1:].split(".")[0])


def segments(limit: int, reads: bool = True) -> Cache:
    """The cache of encoded segments, in the folder where models are kept, too."""
    return Cache(home() / "segments", limit, reads)
