"""Hundreds of stills leave the memory flat, and ten figure sets are the same to the byte."""

from __future__ import annotations

import hashlib
import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

import pytest

from attention_core.models.base import Model

ROOT = Path(__file__).parents[2]
STILLS, WARM, MOST_GROWTH = 500, 50, 0.05
SETS = 10


@pytest.mark.trials(STILLS)
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="Linux counts memory there")
def test_memory_and_open_files_stay_flat(model: Model) -> None:
    """The middle of the last hundred stills against that of the first hundred after the start."""
    command = [sys.executable, "-m", "tests.long.many_stills", str(STILLS), "7"]
    made = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    found = [json.loads(line) for line in made.stdout.splitlines()]
    assert len(found) == STILLS
    assert all(one["status"] == 0 and one["size"] > 1000 for one in found)
    memory = [one["memory"] for one in found]
    first = statistics.median(memory[WARM : WARM + 100])
    last = statistics.median(memory[-100:])
    print(f"{first / 1e6:.0f} MB, then {last / 1e6:.0f} MB")
    assert last < (1 + MOST_GROWTH) * first, f"{first / 1e6:.0f} MB became {last / 1e6:.0f} MB"
    assert found[WARM]["open"] == found[-1]["open"]


def checksums(folder: Path) -> dict[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
    }


@pytest.mark.trials(SETS)
def test_a_figure_set_is_the_same_to_the_byte_each_time(model: Model, tmp_path: Path) -> None:
    """All figures of the post, each time by a new process with another seed for its hashes."""
    made = []
    for number in range(SETS):
        out = tmp_path / str(number)
        command = [sys.executable, ROOT / "render.py", "figures", "--out", out]
        environment = {**os.environ, "PYTHONHASHSEED": str(number)}
        subprocess.run(command, cwd=tmp_path, env=environment, check=True, capture_output=True)
        made.append(checksums(out))
        assert made[-1] == made[0], f"set {number}"
    assert len(made[0]) >= 20  # the figures and their sidecars
