"""Checksums of files; those of large models are noted, so that they are summed up once."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from attention_core.errors import AttentionError
from attention_core.reading import open_plain

NOTED_FROM = 1 << 27  # bytes; below it, summing up takes less than 0.1 s


def sha256_of(path: Path) -> str:
    """The checksum of a file. Raises AttentionError if it cannot be read."""
    try:
        with open_plain(path) as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise AttentionError(f"cannot read {path}: {error.strerror}") from error


def checksum(files: list[Path], notes: Path) -> str:
    """The checksum of a model's files: of one its own, of shards that of all of theirs.

    notes: the folder for notes, one a large file, each with a checksum of its own. A file that
    looks as it did then (its place, size and time of change) is not read again.
    """
    sums = [_noted(file, notes) for file in files]
    return sums[0] if len(sums) == 1 else hashlib.sha256("".join(sums).encode()).hexdigest()


def _noted(path: Path, notes: Path) -> str:
    place = str(path.resolve())
    status = path.stat()
    if status.st_size < NOTED_FROM:
        return sha256_of(path)
    look = {"path": place, "size": status.st_size, "changed": status.st_mtime_ns}
    note = notes / f"{hashlib.sha256(place.encode(errors='surrogateescape')).hexdigest()[:32]}.json"
    try:
        content, _, seal = note.read_bytes().partition(b"\n")
        held = json.loads(content)
        if hashlib.sha256(content).hexdigest().encode() == seal and look.items() <= held.items():
            return str(held["sha256"])
    except (OSError, ValueError, AttributeError, KeyError):
        pass  # it has not been noted yet, or not well
    found = sha256_of(path)
    content = json.dumps({**look, "sha256": found}).encode()
    try:
        notes.mkdir(parents=True, exist_ok=True)
        # Sealed, it needs no temporary file: half a note is none.
        note.write_bytes(content + b"\n" + hashlib.sha256(content).hexdigest().encode())
    except OSError:
        pass  # without the note it takes as long the next time
    return found
