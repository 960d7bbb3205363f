"""Numbers of bytes on the command line, like 3MB."""

from __future__ import annotations

import re
from typing import Any, ClassVar

import click


class Bytes(click.ParamType):
    """A number of bytes, like 3MB; none at all where `least` is 0."""

    name = "BYTES"
    units: ClassVar[dict[str, int]] = {
        "": 1, "b": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9, "kib": 2**10, "mib": 2**20,
        "gib": 2**30,
    }  # fmt: skip

    def __init__(self, least: int = 1) -> None:
        self.least = least

    def convert(self, value: Any, param: Any, ctx: Any) -> int:
        """The number."""
        from attention_core.errors import AttentionError

        if isinstance(value, int):
            return value
        match = re.fullmatch(r"(\d{1,12}(?:\.\d{1,6})?) ?([a-zA-Z]*)", value)
        unit = self.units.get(match[2].lower()) if match else None
        if match is None or unit is None or float(match[1]) * unit < self.least:
            raise AttentionError(f"{value!r} is not a number of bytes", "give one like 3MB")
        return int(float(match[1]) * unit)
