"""Hypothesis strategies that damage what a file holds: its bytes, or the values in its tables."""

from __future__ import annotations

import copy
import math
import struct
import time
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from attention_core import AttentionError

SECONDS, BYTES = 1.0, 200_000_000  # that one broken file may cost, beyond itself
HUGE = (2**31 - 1, 2**31, 2**32 - 1, 2**32, 2**63 - 1, 2**64 - 1)
ODD: list[Any] = [
    0, -1, 1, 3, *HUGE, -(2**63), 10**4000, 0.5, -0.5, 1e308, math.nan, math.inf, -math.inf, "",
    "x", "\x00", "\ud800", "a\nb", "../../etc/passwd", "é" * 1000, True, False, None, [], {}, [[]],
    [None], [-1], [math.nan], {"": {}}, [2**63] * 8, list(range(1000)), "__import__('os')",
]  # fmt: skip


def odd_values() -> st.SearchStrategy[Any]:
    """A value that no sound file has in this place."""
    return st.sampled_from(ODD).map(copy.deepcopy) | st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
        max_leaves=8,
    )


@st.composite
def damaged_tree(draw: st.DrawFn, tree: Any) -> Any:
    """A table or list, some of whose values (at any depth) are odd, missing, or doubled."""
    made = copy.deepcopy(tree)
    for _ in range(draw(st.integers(1, 3))):
        at = made
        while True:
            keys = list(at) if isinstance(at, dict) else range(len(at))
            if not len(keys):
                break
            key = draw(st.sampled_from(keys))
            deeper = isinstance(at[key], (dict, list)) and len(at[key])
            if deeper and draw(st.integers(0, 3)):
                at = at[key]
                continue
            kind = draw(st.sampled_from(["odd", "odd", "odd", "gone", "twice", "wider"]))
            if kind == "gone":
                del at[key]
            elif kind == "twice" and isinstance(at, list):
                at.append(at[key])
            elif kind == "wider" and isinstance(at, dict):
                at[draw(st.text(max_size=8))] = draw(odd_values())
            else:
                at[key] = draw(odd_values())
            break
    return made


@st.composite
def damaged_bytes(draw: st.DrawFn, content: bytes, header: int) -> bytes:
    """Bytes flipped, cut, spliced, or overwritten by extreme numbers, mostly in the header."""
    made = bytearray(content)
    for _ in range(draw(st.integers(1, 4))):
        last = len(made) - 1
        end = min(header, last) if draw(st.integers(0, 4)) else last
        at = draw(st.integers(0, max(end, 0)))
        kind = draw(st.sampled_from(["flip", "number", "cut", "splice", "insert"]))
        if kind == "flip" and made:
            made[at] ^= draw(st.integers(1, 255))
        elif kind == "number":
            form, value = draw(st.sampled_from([("<Q", n) for n in HUGE] + [("<I", 2**32 - 1)]))
            packed = struct.pack(form, value)
            made[at : at + len(packed)] = packed
        elif kind == "cut":
            del made[at:]
        elif kind == "splice":
            start = draw(st.integers(0, max(last, 0)))
            made[at : at + 16] = made[start : start + draw(st.integers(0, 64))]
        else:
            made[at:at] = draw(st.binary(max_size=16))
    return bytes(made)


@contextmanager
def one_clear_error() -> Iterator[None]:
    """What happens within is sound, or one AttentionError of one line; it costs little either way.

    Memory is the highest point of the process, where the system counts it (Linux).
    """
    before = _reset_peak()
    began = time.process_time()  # of all threads; not of the programs beside this one
    try:
        yield
    except AttentionError as error:
        text = str(error)
        assert text.strip() and len(text.splitlines()) == 1, repr(text)
        assert not any(unicodedata.category(c) in ("Cc", "Cs") for c in text), repr(text)
    took = time.process_time() - began
    assert took < SECONDS, f"it took {took:.2f} s of processor time"
    if before is not None:
        grown = _peak() - before
        assert grown < BYTES, f"it took {grown / 1e6:.0f} MB"


def _reset_peak() -> int | None:
    try:
        Path("/proc/self/clear_refs").write_text("5")
        return _peak()
    except OSError:
        return None


def _peak() -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return 1024 * next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
