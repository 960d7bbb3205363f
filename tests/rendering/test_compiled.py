"""Compiled code is kept from run to run, and made again where what was kept is broken."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

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
    found = (ROOT / "rendering" / "__pycache__").glob("*.nb?")
    return sorted((path.name, path.stat().st_mtime) for path in found)


def test_it_is_compiled_once_and_again_where_it_is_broken_or_cannot_be_kept(tmp_path: Path) -> None:
    there, home = beside(), tmp_path / "home"
    compiled, planes = run(home, tmp_path)
    assert compiled
    assert run(home, tmp_path) == (False, planes)
    (kept,) = (home / "compiled").iterdir()
    whole = kept.read_bytes()
    flipped = bytearray(whole)
    flipped[2 * len(whole) // 3] ^= 1
    for broken in (bytes(flipped), whole[: len(whole) // 2], b""):
        kept.write_bytes(broken)
        assert run(home, tmp_path) == (True, planes)
        assert run(home, tmp_path) == (False, planes)
    (home / "file").write_text("in the way")
    assert run(home / "file" / "below", tmp_path) == (True, planes)
    # Numba's own folder, beside the source, is not used, and none of ours is left.
    assert beside() == there
    assert [path.name for path in tmp_path.iterdir()] == ["home"]
