"""Keeps the memory of a long run flat: what earlier pictures left behind is let go."""

from __future__ import annotations

import ctypes
import gc
import sys
from functools import cache
from typing import Any

HOLDING = ("scenes.kit.typeset", "scenes.kit.masks")


def let_go() -> None:
    """Before another sentence: drop the texts of old ones, and give freed memory back.

    The large arrays of a model's run are freed in an order that leaves holes in the heap: without
    this, 100 sentences took twice the memory of one.
    """
    held = [sys.modules[name] for name in HOLDING if name in sys.modules]  # never imported for it
    for module in held:
        module.forget()
    if held:
        gc.collect()
    trim = _trim()
    if trim is not None:
        trim(0)


@cache
def _trim() -> Any:
    """The C library's malloc_trim, where it has one."""
    try:
        return getattr(ctypes.CDLL(None), "malloc_trim", None)
    except OSError:
        return None
