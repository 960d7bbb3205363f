"""Opens plain files of bounded size, never a pipe or a device, whoever put them there."""

from __future__ import annotations

import errno
import os
import stat
from io import BufferedReader
from pathlib import Path


def open_plain(path: str | os.PathLike[str]) -> BufferedReader:
    """Open a file for reading. Raises OSError for what is none.

    Opening a pipe waits for a writer, and a device may have no end: neither must stop the program.
    """
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    kind = os.fstat(handle).st_mode
    if stat.S_ISREG(kind):
        return os.fdopen(handle, "rb")
    os.close(handle)
    if stat.S_ISDIR(kind):
        raise IsADirectoryError(errno.EISDIR, "it is a folder", str(path))
    raise OSError(errno.EINVAL, "it is no plain file", str(path))


def plain_bytes(path: Path, most: int) -> bytes:
    """All of a file. Raises OSError for what is no plain file, or holds more than `most` bytes."""
    with open_plain(path) as file:
        content = file.read(most + 1)
    if len(content) > most:
        raise OSError(errno.EFBIG, "it is larger than any of its kind", str(path))
    return content
