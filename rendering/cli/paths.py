"""Prints the paths of what was written: one a line on stdout, as the file system spells them."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def print_path(path: Path) -> None:
    """One line; a name that is no valid text goes out byte by byte."""
    sys.stdout.flush()
    sys.stdout.buffer.write(os.fsencode(path) + os.linesep.encode())
    sys.stdout.buffer.flush()
