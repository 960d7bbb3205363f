"""Compiled code is kept from run to run, and made again where what was kept is broken."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROGRAM = """
import hashlib, numpy as np
from numba.core import event
from rendering.yuv import pixels, to_yuv
rgba = np.random.default_rng(0).integers(0, 256, (34, 66, 4), np.uint8)
with event.install_recorder("numba:compile") as compiling:
    frame = to_yuv(rgba)
shown = [hashlib.sha256(pixels(plane).tobytes()).hexdigest() for plane in frame.planes]
print(len(compiling.buffer) > 0, *shown)
"""


# Ctrl-C right after LLVM's linker has taken a module over, before that is noted: an exception there
# frees the module twice, and the process dies.
INTERRUPTED = """
import signal, sys
from llvmlite.binding import ffi

class Interrupting:
    came = 0

    def __getattr__(self, name):
        return self.link if name == "LLVMPY_LinkModules" else getattr(library, name)

    def link(self, *given):
        result = library.LLVMPY_LinkModules(*given)
        self.came += 1
        if self.came == 1:
            print("linked", flush=True)
            signal.raise_signal(signal.SIGINT)
        return result

library, ffi.lib = ffi.lib, Interrupting()
"""
PROGRAM_LEFT = "import sys; sys.argv[0] = 'render.py'; from rendering.cli import main; main()"
LIBRARY_LEFT = """
from rendering.compiled import kernels
try:
    kernels()
except KeyboardInterrupt:
    sys.exit(77)
"""


def run(home: Path, temporary: Path) -> tuple[bool, list[str]]:
    """Whether it was compiled, and the planes of a picture."""
    environment = {
        **os.environ,
        "ATTENTION_HOME": str(home),
        "TMPDIR": str(temporary),
        "PYTHONPATH": str(ROOT),
    }
    command = [sys.executable, "-c", PROGRAM]
    output = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    compiled, *planes = output.stdout.split()
    return compiled == "True", planes


def beside() -> list[tuple[str, float]]:
    """What Numba has left beside the source."""
    found = (ROOT / "rendering").rglob("*.nb?")
    return sorted((path.name, path.stat().st_mtime) for path in found)


def flipped(whole: bytes) -> bytes:
    """With one bit of it the other way."""
    place = 2 * len(whole) // 3
    return whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :]


def test_it_is_compiled_once_and_again_where_it_is_broken_or_cannot_be_kept(tmp_path: Path) -> None:
    there, home = beside(), tmp_path / "home"
    compiled, planes = run(home, tmp_path)
    assert compiled
    assert run(home, tmp_path) == (False, planes)
    kept = {path: path.read_bytes() for path in (home / "compiled").iterdir()}
    assert kept
    for break_it in (flipped, lambda whole: whole[: len(whole) // 2], lambda _: b""):
        for path, whole in kept.items():
            path.write_bytes(break_it(whole))
        assert run(home, tmp_path) == (True, planes)
        assert run(home, tmp_path) == (False, planes)
    (home / "file").write_text("in the way")
    assert run(home / "file" / "below", tmp_path) == (True, planes)
    # Numba's own folder, beside the source, is not used, and none of ours is left.
    assert beside() == there
    assert [path.name for path in tmp_path.iterdir()] == ["home"]


@pytest.mark.parametrize(
    ("left", "status"), [(PROGRAM_LEFT, 130), (LIBRARY_LEFT, 77)], ids=["program", "library"]
)
def test_ctrl_c_in_the_middle_of_compiling_ends_in_order(
    tmp_path: Path, left: str, status: int
) -> None:
    home, out = tmp_path / "home", tmp_path / "film.mp4"
    environment = {
        **os.environ,
        "ATTENTION_HOME": str(home),
        "TMPDIR": str(tmp_path),
        "PYTHONPATH": str(ROOT),
    }
    arguments = ("clip", "mask", "--quality", "draft", "--size", "320x180", "--out", str(out))
    ran = subprocess.run(
        [sys.executable, "-c", INTERRUPTED + left, *arguments],
        env=environment,
        capture_output=True,
        text=True,
    )
    assert (ran.returncode, ran.stdout, ran.stderr.strip()) == (status, "linked\n", "")
    assert {path.name for path in tmp_path.iterdir()} <= {"home"}
