"""Fixtures of the fault tests: the real program, as a process that can be killed."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
SIZE_LINE = r"  .+: [\d.]+ [kM]?B, \d+x\d+.*"
Start = Callable[..., "subprocess.Popen[bytes]"]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker("faults")


@pytest.fixture
def start(tmp_path: Path) -> Start:
    """Start a command in the folder of the test, on a machine without models.

    A variable of the environment that is None is not set at all.
    """

    def started(*arguments: str, **environment: str | None) -> subprocess.Popen[bytes]:
        surroundings = {**os.environ, "ATTENTION_HOME": str(tmp_path / "home"), **environment}
        return subprocess.Popen(
            [sys.executable, ROOT / "render.py", *arguments],
            cwd=tmp_path,
            env={name: value for name, value in surroundings.items() if value is not None},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    return started


def complaints(err: str) -> list[str]:
    """The lines of stderr but those that say how large an output is."""
    return [line for line in err.splitlines() if not re.fullmatch(SIZE_LINE, line)]


def one_line(err: str, status: int, *parts: str) -> None:
    """It was bad input: one line of complaint, that says all this."""
    assert status == 2, err
    assert err.startswith("error: ") and err.count("\n") == 1, err
    assert all(part in err for part in parts), err


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 64 KiB."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = shutil.which("mount")
    options = ("-t", "tmpfs", "-o", "size=64k", "tmpfs", str(place))
    if mount is None or subprocess.run([mount, *options], capture_output=True).returncode:
        pytest.skip("mounting a small tmpfs is not allowed here")
    yield place
    subprocess.run(["umount", place], check=True)


@pytest.fixture
def run(start: Start) -> Callable[..., tuple[int, str, str]]:
    """Run a command to its end: exit status, stdout, stderr."""

    def ran(*arguments: str, **environment: str | None) -> tuple[int, str, str]:
        process = start(*arguments, **environment)
        out, err = process.communicate(timeout=300)
        return process.returncode, out.decode(), err.decode()

    return ran
