"""Named tensors in memory-mapped files, and the settings beside them, whatever the file format."""

from __future__ import annotations

import math
import mmap
from collections import Counter
from pathlib import Path
from typing import Any, ClassVar, NamedTuple, TypeVar

import numpy as np

from attention_core.errors import AttentionError
from attention_core.ops import Array
from attention_core.quantisation import Bytes, Format, dequantise
from attention_core.reading import open_plain

T = TypeVar("T")
MOST_WHOLE = 1 << 64  # JSON knows no bound, float does

KINDS: dict[type, str] = {
    int: "a whole number", float: "a number", str: "a text", list: "a list", dict: "a table",
    bool: "true or false",
}  # fmt: skip


class Tensor(NamedTuple):
    """Where a tensor lies. shape: slowest axis first, so a matrix is (out, in)."""

    name: str
    shape: tuple[int, ...]
    form: Format
    offset: int  # bytes from the start of the file
    size: int  # bytes
    file: int = 0  # which of the store's mapped files


class Store:
    """An open model: settings by key, tensors by name, each read when it is asked for.

    `metadata`: key -> value; `tensors`: name -> Tensor; `read(name)` gives float32.
    """

    ENTRY: ClassVar[str] = "its metadata key"  # what an error calls a setting
    is_folder: ClassVar[bool] = False  # a Hugging Face folder, which names things its own way

    path: Path
    metadata: dict[str, Any]
    tensors: dict[str, Tensor]
    maps: list[mmap.mmap]

    def read(self, name: str, shape: tuple[int, ...] | None = None) -> Array:
        """One tensor as float32; with `shape`, an AttentionError unless it has that shape."""
        tensor = self._find(name, shape)
        return dequantise(self._raw(tensor), tensor.form).reshape(tensor.shape)

    def read_rows(self, name: str, rows: list[int], shape: tuple[int, int]) -> Array:
        """Only these rows of a matrix: (len(rows), shape[1]). What is not asked for is not read."""
        tensor = self._find(name, shape)
        raw = self._raw(tensor).reshape(shape[0], -1)[rows]  # (rows, bytes of a row)
        return dequantise(raw.reshape(-1), tensor.form).reshape(len(rows), shape[1])

    def get(self, key: str, kind: type[T], default: T | None = None) -> T:
        """A setting of the type `kind`; without a default it must be there."""
        value = self.metadata.get(key)
        if value is None:
            value = default
        if kind is float and type(value) is int and abs(value) < MOST_WHOLE:
            value = float(value)
        endless = isinstance(value, float) and not math.isfinite(value)
        if not isinstance(value, kind) or endless or (kind is int and isinstance(value, bool)):
            found = "missing" if value is None else f"{value!r:.40}"
            raise self.broken(f"{self.ENTRY} {key} must be {KINDS[kind]} but is {found}")
        return value

    def has(self, key: str) -> bool:
        """Is this setting there, and not null?"""
        return self.metadata.get(key) is not None

    def quantisation(self) -> str:
        """The number format that most weights are stored in, such as "Q4_1"."""
        weights: Counter[str] = Counter()
        for tensor in self.tensors.values():
            weights[tensor.form.name] += math.prod(tensor.shape)
        return weights.most_common(1)[0][0]

    def nonfinite(self, names: list[str]) -> str | None:
        """The first of these tensors that holds a NaN or an infinity, if any does."""
        return next((name for name in names if not np.isfinite(self.read(name)).all()), None)

    def broken(self, why: str) -> AttentionError:
        """The error for a file that cannot be used for the reason `why`."""
        return AttentionError(f"the model file {self.path} is broken: {why}", "fetch it again")

    def _find(self, name: str, shape: tuple[int, ...] | None) -> Tensor:
        if name not in self.tensors:
            raise self.broken(f"it has no tensor {name}")
        tensor = self.tensors[name]
        if shape is not None and tensor.shape != shape:
            raise self.broken(f"tensor {name} has shape {tensor.shape} where {shape} is needed")
        return tensor

    def _raw(self, tensor: Tensor) -> Bytes:
        return np.frombuffer(self.maps[tensor.file], np.uint8, tensor.size, tensor.offset)


def map_file(path: Path) -> mmap.mmap:
    """The file's bytes, read as they are looked at. Raises AttentionError if it cannot be read."""
    try:
        with open_plain(path) as file:
            return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except (OSError, ValueError) as error:  # ValueError: an empty file cannot be mapped
        reason = getattr(error, "strerror", None) or "the file is empty"
        raise AttentionError(f"cannot read the model file {path}: {reason}") from error
