"""Fixtures for the tests of files and of the command line."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from rendering import cli

ROOT = Path(__file__).parents[2]


class Result(NamedTuple):
    """What a command did."""

    status: int
    out: str
    err: str


@pytest.fixture
def render(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Callable[..., Result]:
    """Run a command in this process, in an empty folder, on a machine without models."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ATTENTION_HOME", str(tmp_path / "home"))

    def run(*arguments: str) -> Result:
        monkeypatch.setattr(sys, "argv", ["render.py", *arguments])
        status = cli.run()
        return Result(status, *capfd.readouterr())

    return run


@pytest.fixture
def process(tmp_path: Path) -> Callable[..., subprocess.Popen[bytes]]:
    """Start a command as a process of its own, in an empty folder, without models."""
    environment = {**os.environ, "ATTENTION_HOME": str(tmp_path / "home")}

    def start(*arguments: str | bytes) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, ROOT / "render.py", *arguments],
            cwd=tmp_path,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    return start
