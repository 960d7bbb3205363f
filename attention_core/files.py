"""Traces on disk: NPZ without pickles, and JSON as README lays it down."""

from __future__ import annotations

import io
import json
import math
import os
import zipfile
from collections.abc import Callable, Mapping
from os import PathLike
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, get_type_hints

import numpy as np

from attention_core.checks import SHAPES, check_trace
from attention_core.errors import AttentionError
from attention_core.models.base import ModelInfo
from attention_core.ops import Array, softmax
from attention_core.reading import open_plain, plain_bytes
from attention_core.tokens import Token
from attention_core.trace import SCHEMA, STEPS, TERMS, Trace

MOST_BYTES = 1 << 28  # of one file, unpacked
NEEDED_ARRAYS = ("q", "k", "v", "scores", "scaled", "masked", "weights")
JSON_ARRAYS = (*NEEDED_ARRAYS, "update")
JSON_TERMS = ("position_bias", "unmasked")  # of families that have them


class _Place(NamedTuple):
    """The plain fields of a trace."""

    sentence: str
    layer: int
    head: int
    kv_head: int
    causal: bool


class _Source(NamedTuple):
    """Of an encoder-decoder's traces only."""

    source: str


def save_trace(trace: Trace, file: str | PathLike[str] | BinaryIO) -> None:
    """Write one trace: JSON to a name that ends in .json, else NPZ."""
    if isinstance(file, (str, PathLike)) and Path(file).suffix.lower() == ".json":
        text = json.dumps(trace.to_json(), ensure_ascii=False)
        write_whole(Path(file), lambda out: out.write(text.encode()))
    else:
        write_npz(file, {"header": _packed(trace.header()), **trace.arrays()})


def load_trace(path: str | PathLike[str]) -> Trace:
    """Read one trace, and check it. The first bytes tell NPZ from JSON."""
    path = Path(path)
    try:
        with open_plain(path) as file:
            is_zip = file.read(2) == b"PK"
    except OSError as error:
        raise AttentionError(f"cannot read {path}: {error.strerror}") from error
    if is_zip:
        arrays = read_npz(path)
        if "header" not in arrays and "tokens" in arrays:
            from attention_core.given import plain

            return plain(arrays, str(path))
        return trace_of(unpacked(arrays, "header", path), arrays, str(path))
    return _load_json(path)


def trace_to_json(trace: Trace) -> dict[str, Any]:
    """The trace as `trace --json` writes it: -inf becomes None, floats are the shortest ones."""
    held = trace.arrays()
    tables = {name: _table(held[name]) for name in (*JSON_ARRAYS, *JSON_TERMS) if name in held}
    return {**trace.header(), **tables}


def trace_of(header: Any, arrays: Mapping[str, Any], source: str) -> Trace:
    """The trace that a header and its arrays describe, checked."""
    try:
        if header["schema"] != SCHEMA:
            raise AttentionError(
                f"{source} is a trace of schema {header['schema']!r:.40}",
                f"this version reads schema {SCHEMA}",
            )
        tokens = tuple(_typed(Token, token) for token in header["tokens"])
        model = _typed(ModelInfo, {"kv_heads": header["heads"], **header, **header["model"]})
        place = _typed(_Place, header)
        beside = _typed(_Source, {"source": "", **header})
        if "key_tokens" in header:
            keys = tuple(_typed(Token, token) for token in header["key_tokens"])
        else:
            keys = None
        lacking = _lacking(header)
        needed = [name for name in NEEDED_ARRAYS if name not in lacking]
        wanted = [name for name in SHAPES if name in arrays or name in needed]
        held: dict[str, Any] = dict.fromkeys(lacking)
        held |= {name: _floats(name, arrays[name], source) for name in wanted}
        if "unmasked_weights" not in held:  # not in JSON: it follows from what is
            held["unmasked_weights"] = _rows_to_shares(held.get("unmasked", held["scaled"]))
        held |= {**place._asdict(), **beside._asdict(), **_terms(header)}
        return check_trace(Trace(tokens=tokens, key_tokens=keys, model=model, **held), source)
    except KeyError as error:
        raise AttentionError(f"{source} is not a whole trace: it has no {error}") from error
    except TypeError as error:
        raise AttentionError(f"{source} is not a whole trace: {error}") from error


def _terms(header: Mapping[str, Any]) -> dict[str, Any]:
    """The terms of a family, where the header has them."""
    kinds = {
        "divisor": float, "soft_cap": float, "window": int, "start_rule": str, "own_mask": bool
    }  # fmt: skip
    for name, kind in kinds.items():
        if name in header and type(header[name]) is not kind:
            raise TypeError(f"{name} must be of type {kind.__name__}")
    return {name: header[name] for name in TERMS if name in header}


def _lacking(header: Mapping[str, Any]) -> list[str]:
    """The steps that a trace of weights alone says it does not hold."""
    lacking = header.get("lacking", [])
    if not isinstance(lacking, list) or not all(name in STEPS for name in lacking):
        raise TypeError("lacking must be a list of steps")
    return list(lacking)


def _rows_to_shares(scaled: Array) -> Array:
    """The softmax of rows that nobody has checked yet."""
    with np.errstate(invalid="ignore"):
        return softmax(scaled) if scaled.ndim and scaled.size else scaled


def _typed(kind: Callable[..., Any], given: Any) -> Any:
    """A NamedTuple from a JSON object, each field of the type that it is declared with."""
    values = {}
    for name, wanted in get_type_hints(kind).items():
        value = given[name]
        if type(value) is not wanted:
            raise TypeError(f"{name} must be of type {wanted.__name__}")
        values[name] = value
    return kind(**values)


def _floats(name: str, given: Any, source: str) -> Array:
    try:
        if isinstance(given, list):  # JSON, where null stands for -inf
            given = np.array(given, dtype=object)
            given[given == np.array(None)] = -math.inf
        return np.asarray(given, np.float32)
    except (TypeError, ValueError, OverflowError) as error:
        raise AttentionError(f"{source} cannot be used: array {name} is not of numbers") from error


def _table(array: Array) -> Any:
    """Nested lists of the shortest floats that read back as the same float32."""
    if array.ndim > 1:
        return [_table(row) for row in array]
    return [float(text) if text != "-inf" else None for text in map(str, array)]


def _load_json(path: Path) -> Trace:
    try:
        content = json.loads(plain_bytes(path, MOST_BYTES))
    except OSError as error:
        raise AttentionError(f"cannot read {path}: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise AttentionError(f"{path} is neither NPZ nor JSON", "give a saved trace") from error
    if not isinstance(content, dict):
        raise AttentionError(f"{path} is not a trace: it holds a {type(content).__name__}")
    if "schema" not in content and "tokens" in content:
        from attention_core.given import plain

        return plain(content, str(path))
    return trace_of(content, content, str(path))


def _packed(content: Any) -> Array:
    return np.array(json.dumps(content, ensure_ascii=False))


def unpacked(arrays: Mapping[str, Any], name: str, path: Path) -> Any:
    """The JSON content kept beside the arrays under `name`."""
    try:
        return json.loads(str(arrays[name][()]))
    except (KeyError, ValueError, RecursionError, IndexError) as error:
        raise AttentionError(f"{path} is not a trace: it has no {name}") from error


def write_npz(file: str | PathLike[str] | BinaryIO, arrays: Mapping[str, Any]) -> None:
    """Write arrays as a compressed NPZ; the same arrays give the same bytes."""
    if isinstance(file, (str, PathLike)):
        write_whole(Path(file), lambda out: np.savez_compressed(out, **arrays))
    else:
        buffer = io.BytesIO()  # a pipe cannot seek
        np.savez_compressed(buffer, **arrays)
        file.write(buffer.getvalue())


def write_whole(path: Path, write: Callable[[BinaryIO], object]) -> None:
    """Let `write` fill a temporary file beside `path`, then put it there in one move."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        try:
            with open(unfinished, "wb") as out:
                write(out)
            os.replace(unfinished, path)
        except BaseException:
            unfinished.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise AttentionError(f"cannot write {path}: {error.strerror}") from error


def read_npz(path: Path) -> dict[str, Any]:
    """All arrays of an NPZ file. Pickles, and sizes that the file does not hold, are refused."""
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > MOST_BYTES:
                raise AttentionError(f"{path} unpacks to more than any trace holds")
            return {
                entry.filename.removesuffix(".npy"): _read_npy(archive, entry)
                for entry in archive.infolist()
            }
    except AttentionError as error:
        raise AttentionError(f"{path} is broken: {error.what}") from error
    except (OSError, zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise AttentionError(f"{path} is broken: {error}") from error


def _read_npy(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Any:
    """One array; its header is compared with its size before memory is taken for it."""
    from numpy.lib import format as npy

    name = entry.filename.removesuffix(".npy")
    try:
        content = io.BytesIO(archive.read(entry))
        version = npy.read_magic(content)
        read_header = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
        shape, _, dtype = read_header(content)
        held = len(content.getbuffer()) - content.tell()
        if dtype.hasobject or dtype.kind not in "fiubU":
            raise AttentionError(f"array {name} holds {dtype}, not numbers")
        if math.prod(shape) * dtype.itemsize != held:
            raise AttentionError(f"array {name} claims shape {shape} but holds {held:,} bytes")
        content.seek(0)
        return npy.read_array(content, allow_pickle=False)
    except AttentionError:
        raise
    except Exception as error:  # zlib, the header's parser and NumPy raise many kinds
        raise AttentionError(f"array {name} cannot be read ({type(error).__name__})") from error
