"""A budget of bytes: which frame rates and sizes are tried, one after the other, to meet it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from attention_core import AttentionError
from attention_core.rounding import format_bytes

RATES = (30, 20, 15, 12, 10)  # frames a second; below that motion falls apart
SHRINK = (5 / 6, 2 / 3, 1 / 2, 5 / 12, 1 / 3)
LEAST_SIDE = 240  # pixels: below that the smallest type cannot be read at all


class Form(NamedTuple):
    """A size in pixels, and frames a second (None: a still)."""

    size: tuple[int, int]
    fps: int | None

    def __str__(self) -> str:
        rate = f" at {self.fps} frames a second" if self.fps else ""
        return f"{self.size[0]}x{self.size[1]}{rate}"


def forms(asked: Form) -> list[Form]:
    """What is tried: as asked, then lower frame rates, then smaller sizes at the lowest."""
    rates = [asked.fps, *(rate for rate in RATES if asked.fps and rate < asked.fps)]
    found = [Form(asked.size, rate) for rate in rates]
    for share in SHRINK:
        width, height = (max(2, round(side * share / 2) * 2) for side in asked.size)
        if min(width, height) >= LEAST_SIDE:
            found.append(Form((width, height), rates[-1]))
    return found


def attempts(asked: Form, limit: int | None) -> Iterator[tuple[Form, Over]]:
    """Each form to try, with the Over that the caller fills in; it ends when that stays empty.

    A form that would be too large even if bytes fell as fast as pixels do is left out: they fall
    more slowly. Raises AttentionError when the last form is still too large.
    """
    over = Over()
    last = asked
    ladder = forms(asked) if limit is not None else [asked]
    for form in ladder:
        hopeless = over and limit and over.largest * _pixels(form) / _pixels(last) > limit
        if hopeless and form != ladder[-1]:
            continue
        over, last = Over(), form
        yield form, over
        if not over:
            return
    path, found = max(over.items(), key=lambda item: item[1])
    raise AttentionError(
        f"{path} would be {format_bytes(found)} even as {last}, and --max-size is "
        f"{format_bytes(limit or 0)}",
        "allow more, or ask for another format or a shorter chapter",
    )


class Over(dict[Path, int]):
    """The outputs that are over the limit, and their bytes."""

    @property
    def largest(self) -> int:
        """The bytes of the largest one."""
        return max(self.values())

    def keep(self, path: Path, unfinished: Path, limit: int | None) -> bool:
        """Note an output that is over the limit, and give it up; is it within?"""
        found = unfinished.stat().st_size
        if limit is None or found <= limit:
            return True
        self[path] = found
        unfinished.unlink()
        return False


def _pixels(form: Form) -> int:
    return form.size[0] * form.size[1] * (form.fps or 1)
