"""How many processes are of use."""

from __future__ import annotations

import os


def cores() -> int:
    """The cores that this one may run on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
