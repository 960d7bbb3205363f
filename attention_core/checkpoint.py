"""Reads a GGUF file: its header, its metadata, and the tensors that are asked for.

The file is memory-mapped and a tensor is only dequantised when it is read. Nothing in the file is
believed before it is checked: every broken or hostile file ends in one AttentionError.
Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
"""

from __future__ import annotations

import math
import mmap
import struct
from pathlib import Path
from typing import Any

from attention_core.errors import AttentionError
from attention_core.quantisation import FORMATS
from attention_core.store import Store, Tensor, map_file

SCALARS = {  # GGUF's value types: number -> struct format
    0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i",
    6: "<f", 7: "<?", 10: "<Q", 11: "<q", 12: "<d",
}  # fmt: skip
STRING, ARRAY = 8, 9
MOST_TENSORS, MOST_KEYS, MOST_ITEMS = 100_000, 10_000, 10_000_000
UINT32, UINT64 = struct.Struct("<I"), struct.Struct("<Q")


class Checkpoint(Store):
    """An open GGUF file.

    `metadata`: key -> value; `tensors`: name -> Tensor; `read(name)` gives float32.
    Raises AttentionError where the file cannot be read, is cut short, or contradicts itself.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        data = map_file(path)
        self.maps = [data]
        self.metadata, self.tensors = _Header(path, data).parse()


class _Header:
    """Walks through the header once, checking each count against the size of the file."""

    def __init__(self, path: Path, data: mmap.mmap) -> None:
        self.path, self.data, self.at = path, data, 0

    def parse(self) -> tuple[dict[str, Any], dict[str, Tensor]]:
        try:
            return self._parse()
        except struct.error as error:
            raise self._broken("it ends in the middle of its header") from error
        except UnicodeDecodeError as error:
            raise self._broken("a text in its header is not UTF-8") from error

    def _parse(self) -> tuple[dict[str, Any], dict[str, Tensor]]:
        if self.data[:4] != b"GGUF":
            raise AttentionError(f"{self.path} is not a GGUF file (its first bytes are not GGUF)")
        self.at = 4
        version = self._number(UINT32)
        if version not in (2, 3):
            raise AttentionError(
                f"{self.path} is a GGUF file of version {version}", "versions 2 and 3 are known"
            )
        tensor_count = self._count("tensors", MOST_TENSORS)
        key_count = self._count("metadata keys", MOST_KEYS)
        metadata = {}
        for _ in range(key_count):
            key = self._text()
            metadata[key] = self._value(key, self._number(UINT32))
        described = [self._tensor() for _ in range(tensor_count)]
        return metadata, self._place(described, metadata.get("general.alignment", 32))

    def _tensor(self) -> Tensor:
        """One entry of the tensor list; its offset still counts from the start of the data."""
        name = self._text()
        axes = self._number(UINT32)
        if not 1 <= axes <= 4:
            raise self._broken(f"tensor {name!r:.80} has {axes} axes (1 to 4 are possible)")
        shape = tuple(self._number(UINT64) for _ in range(axes))[::-1]
        kind, offset = self._number(UINT32), self._number(UINT64)
        if kind not in FORMATS:
            known = ", ".join(form.name for form in FORMATS.values())
            raise AttentionError(
                f"tensor {name!r:.80} of {self.path} has number format {kind}, which is not known",
                f"known are {known}",
            )
        form = FORMATS[kind]
        if min(shape) < 1 or shape[-1] % form.size:
            raise self._broken(f"tensor {name!r:.80} has shape {shape} in blocks of {form.size}")
        return Tensor(name, shape, form, offset, math.prod(shape) // form.size * form.bytes)

    def _place(self, described: list[Tensor], alignment: Any) -> dict[str, Tensor]:
        """Count offsets from the start of the file, and check that each tensor lies inside it."""
        if not isinstance(alignment, int) or not 1 <= alignment <= 1 << 20:
            raise self._broken(f"general.alignment is {alignment!r:.40}")
        data_start = -(-self.at // alignment) * alignment
        tensors: dict[str, Tensor] = {}
        for tensor in described:
            start = data_start + tensor.offset
            if start + tensor.size > len(self.data):
                raise self._broken(
                    f"tensor {tensor.name!r:.80} reaches to byte {start + tensor.size:,} "
                    f"of a file of {len(self.data):,} bytes"
                )
            if tensor.offset % alignment:
                raise self._broken(f"tensor {tensor.name!r:.80} is not aligned to {alignment}")
            if tensor.name in tensors:
                raise self._broken(f"it has two tensors named {tensor.name!r:.80}")
            tensors[tensor.name] = tensor._replace(offset=start)
        if not tensors:
            raise self._broken("it holds no tensors")
        return tensors

    def _value(self, key: str, kind: int) -> Any:
        if kind == STRING:
            return self._text()
        if kind in SCALARS:
            return self._number(struct.Struct(SCALARS[kind]))
        if kind != ARRAY:
            raise self._broken(f"metadata key {key!r:.80} has the unknown type {kind}")
        item = self._number(UINT32)
        count = self._count(f"items in {key!r:.80}", MOST_ITEMS)
        if item == STRING:
            return self._texts(count)
        if item not in SCALARS:
            raise self._broken(f"metadata key {key!r:.80} is an array of type {item}")
        whole = struct.Struct(f"<{count}{SCALARS[item][1]}")
        return list(self._numbers(whole))

    def _count(self, what: str, most: int) -> int:
        count = int(self._number(UINT64))
        if count > min(most, len(self.data)):
            raise self._broken(f"it claims {count:,} {what}")
        return count

    def _numbers(self, form: struct.Struct) -> tuple[Any, ...]:
        numbers = form.unpack_from(self.data, self.at)
        self.at += form.size
        return numbers

    def _number(self, form: struct.Struct) -> Any:
        return self._numbers(form)[0]

    def _text(self) -> str:
        return self._texts(1)[0]

    def _texts(self, count: int) -> list[str]:
        """`count` texts, each its length in bytes (8 bytes), then UTF-8. In one loop: it is hot."""
        data, at, end, unpack = self.data, self.at, len(self.data), UINT64.unpack_from
        texts = []
        for _ in range(count):
            start = at + 8
            at = start + unpack(data, at)[0]
            if at > end:
                raise self._broken("a text in its header is longer than the file")
            texts.append(str(data[start:at], "utf-8"))
        self.at = at
        return texts

    def _broken(self, why: str) -> AttentionError:
        return AttentionError(f"the model file {self.path} is broken: {why}", "fetch it again")
