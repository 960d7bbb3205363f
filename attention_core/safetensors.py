"""Reads the header of a safetensors file, and believes nothing in it before it is checked.

Format: https://github.com/huggingface/safetensors#format: the header's length (8 bytes), the header
(JSON), then the tensors' bytes without gap or overlap. BF16 is read too, which NumPy has no type
for.
"""

from __future__ import annotations

import json
import math
import mmap
import struct
from pathlib import Path
from typing import Any

from attention_core.errors import AttentionError
from attention_core.quantisation import FORMATS
from attention_core.store import Tensor

MOST_HEADER = 100_000_000  # bytes, as the format lays down
MOST_NUMBER = 1 << 63  # of a size or an offset; JSON itself knows no bound
READ = {"F32": FORMATS[0], "F16": FORMATS[1], "BF16": FORMATS[30]}
SIZES = {
    "F64": 8, "F32": 4, "F16": 2, "BF16": 2, "I64": 8, "I32": 4, "I16": 2, "I8": 1, "U64": 8,
    "U32": 4, "U16": 2, "U8": 1, "BOOL": 1, "F8_E4M3": 1, "F8_E5M2": 1,
}  # fmt: skip


def tensors_of(
    path: Path, data: mmap.mmap, file: int = 0
) -> tuple[dict[str, Tensor], dict[str, str]]:
    """The tensors of numbers by name, and the others (indices and the like): name -> type.

    Raises AttentionError where lengths, offsets or shapes contradict each other or the file.
    """
    length = struct.unpack_from("<Q", data)[0] if len(data) >= 8 else 0
    if not 2 <= length <= min(MOST_HEADER, len(data) - 8):
        raise _broken(path, f"its header claims {length:,} bytes of a file of {len(data):,}")
    if data[8:9] != b"{":
        raise AttentionError(f"{path} is not a safetensors file (its header is not JSON)")
    try:
        header = json.loads(data[8 : 8 + length].decode(), object_pairs_hook=_unique)
    except (ValueError, RecursionError) as error:
        raise _broken(path, f"its header cannot be read ({error!s:.80})") from error
    header.pop("__metadata__", None)
    tensors, others = {}, {}
    places = []
    for name, entry in header.items():
        tensor, kind = _tensor(path, name, entry, 8 + length, file)
        places.append((tensor.offset, tensor.offset + tensor.size, name))
        if kind in READ:
            tensors[name] = tensor
        else:
            others[name] = kind
    _check_cover(path, places, 8 + length, len(data))
    return tensors, others


def _tensor(path: Path, name: str, entry: Any, start: int, file: int) -> tuple[Tensor, str]:
    try:
        kind, shape, (begin, end) = entry["dtype"], entry["shape"], entry["data_offsets"]
        numbers = (*shape, begin, end)
        whole = isinstance(kind, str) and all(
            type(number) is int and 0 <= number < MOST_NUMBER for number in numbers
        )
    except (KeyError, TypeError, ValueError):
        whole = False
    if not whole or len(shape) > 8 or not name or not name.isprintable():
        raise _broken(path, f"tensor {name!r:.80} is not described as the format asks")
    if kind not in SIZES:
        known = ", ".join(SIZES)
        raise AttentionError(
            f"tensor {name!r:.80} of {path} has number format {kind!r:.20}, which is not known",
            f"known are {known}",
        )
    size = math.prod(shape) * SIZES[kind]
    if end - begin != size:
        raise _broken(
            path, f"tensor {name!r:.80} of shape {tuple(shape)} has {end - begin:,} bytes"
        )
    form = READ.get(kind, FORMATS[0])
    return Tensor(name, tuple(shape), form, start + begin, size, file), kind


def _check_cover(path: Path, places: list[tuple[int, int, str]], start: int, end: int) -> None:
    """The tensors must follow each other without gap or overlap, up to the file's last byte."""
    reached = start
    for begin, stop, name in sorted(places):
        if begin != reached:
            how = "overlaps another" if begin < reached else "leaves a gap before it"
            raise _broken(path, f"tensor {name!r:.80} {how}")
        reached = stop
    if reached != end:
        raise _broken(path, f"its tensors reach to byte {reached:,} of a file of {end:,} bytes")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = dict(pairs)
    if len(names) != len(pairs):
        raise ValueError("a name stands in it twice")
    return names


def _broken(path: Path, why: str) -> AttentionError:
    return AttentionError(f"the model file {path} is broken: {why}", "fetch it again")
