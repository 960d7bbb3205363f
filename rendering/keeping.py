"""Keeps the memory of a long run flat: what earlier pictures left behind is let go."""

from __future__ import annotations

import ctypes
import gc
import sys
from functools import cache

HOLDING = ("scenes.kit.typeset", "scenes.kit.masks", "scenes.kit.atlas")
M_ARENA_MAX = -8  # of glibc's <malloc.h>


def let_go() -> None:
    """Before another sentence: drop the texts of old ones, and give freed memory back.

    The large arrays of a model's run are freed in an order that leaves holes in the heap: without
    this, 100 sentences took twice the memory of one.
    """
    _keep_one_heap()
    held = [sys.modules[name] for name in HOLDING if name in sys.modules]  # never imported for it
    for module in held:
        module.forget()
    if held:
        gc.collect()
    trim = getattr(_c_library(), "malloc_trim", None)
    if trim is not None:
        trim(0)


@cache
def _keep_one_heap() -> None:
    """Let the threads that decode weights take memory from the main heap, where there is a choice.

    glibc gives threads heaps of their own, up to eight a core, and malloc_trim leaves the end of
    such a heap as it is: after 60 stills, 52 kB in use held 67 MB in six of them.
    """
    choose = getattr(_c_library(), "mallopt", None)
    if choose is not None:
        choose(M_ARENA_MAX, 1)


@cache
def _c_library() -> ctypes.CDLL | None:
    """What malloc is in, where it can be asked for."""
    try:
        return ctypes.CDLL(None)
    except OSError:
        return None
