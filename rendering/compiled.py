"""Code that was compiled for this processor, kept from run to run."""

from __future__ import annotations

import hashlib
import io
import shutil
import sys
import zipfile
from collections.abc import Callable
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

from attention_core.registry import home
from rendering.cache import Cache
from rendering.unbroken import unbroken
from scenes.kit import scratch

LIMIT = 10**7  # bytes: some tens of versions


class Kernels(NamedTuple):
    """The compiled functions, each named by its module in rendering.kernels, which tells of it."""

    bt709: Callable[..., int]
    patches: Callable[..., None]
    tiles: Callable[..., int]
    polygons: Callable[..., None]
    discs: Callable[..., None]
    strokes: Callable[..., None]
    letters: Callable[..., None]


def kernels() -> Kernels:
    """All that films need: compiled in some seconds, or kept from another run."""
    return Kernels(*[kernel(name) for name in Kernels._fields])


@cache
def kernel(name: str) -> Callable[..., Any]:
    """One of them.

    Numba runs the machine code that it finds in its own folder as it is; so that folder is filled
    from a cache that knows by a checksum what is broken, and is gone before this returns.
    """
    import numba  # loaded late, with what needs it: 300 ms, and pictures alone do without it

    module = import_module(f"rendering.kernels.{name}")
    kept, key = Cache(home() / "compiled", LIMIT), _key(name)
    config: Any = numba.config
    before = config.CACHE_DIR
    found: Callable[..., Any]
    try:
        folder = scratch.folder() / "numba"
        shutil.rmtree(folder, ignore_errors=True)  # of a call that was interrupted
        folder.mkdir()
        config.CACHE_DIR = str(folder)
        content = kept.get(key)
        if content is not None:
            _unpack(content, folder)
        with unbroken():
            found = module.compiled(kept=True)
        if (now := _packed(folder)) != content:
            kept.put(key, now)
        shutil.rmtree(folder)
    except OSError:  # no room for a few files: then each run compiles anew
        with unbroken():
            found = module.compiled(kept=False)
    finally:
        config.CACHE_DIR = before
    return found


def _key(name: str) -> str:
    """The digest of all that compiled code hangs on, and of where Numba looks for it."""
    import llvmlite.binding
    import numba

    processor: Any = (
        llvmlite.binding.get_host_cpu_name(),
        dict(llvmlite.binding.get_host_cpu_features()),
    )
    sources = sorted((Path(__file__).parent / "kernels").glob("*.py"))
    files = [(str(path), path.read_bytes()) for path in sources]
    hangs_on = name, files, numba.__version__, sys.version, processor
    return hashlib.sha256(repr(hangs_on).encode()).hexdigest()


def _packed(folder: Path) -> bytes:
    """The files of a folder as one; equal ones give equal bytes."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            name = path.relative_to(folder).as_posix()
            archive.writestr(zipfile.ZipInfo(name), path.read_bytes())
    return content.getvalue()


def _unpack(content: bytes, folder: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        archive.extractall(folder)
