"""A file that may not grow stops each encoder in the middle: it is told, and no thread hangs."""

from __future__ import annotations

import os
import random
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.conftest import ROOT, one_line

Run = Callable[..., tuple[int, str, str]]
CLIP = ("clip", "scale", "--quality", "draft", "--size", "640x360")
STILL = ("still", "scale", "--size", "1920x1080")
OUTPUTS = {
    "mp4": CLIP,
    "mov": CLIP,
    "webm": CLIP,
    "gif": CLIP,
    "webp": CLIP,
    "png": STILL,
    "svg": (*STILL, "--format", "svg"),
    "pdf": ("still", "multi-head", "--format", "pdf"),
    "story.mp4": ("story", "--chapters", "scale,mask", *CLIP[2:]),
}
LIMITS = 3
LETTERS = 80_000  # bytes: the outlines of a text, which are temporary files, are shorter


def limited(most: int, folder: Path, *command: str) -> tuple[int, str, str]:
    """Run the program where no file may grow beyond `most` bytes."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))

    made = subprocess.run(
        [sys.executable, ROOT / "render.py", *command],
        cwd=folder,
        env={**os.environ, "ATTENTION_HOME": str(folder / "home"), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=120,  # a thread that hangs would keep the program
        preexec_fn=limit,
    )
    return made.returncode, made.stdout, made.stderr


@pytest.mark.trials(LIMITS)
@pytest.mark.parametrize("kind", OUTPUTS)
def test_an_output_that_may_not_grow(run: Run, tmp_path: Path, kind: str) -> None:
    folder = tmp_path / "out"
    command = (*OUTPUTS[kind], "--out", f"out/a.{kind}")
    status, said, err = run(*command)
    assert status == 0, err
    path = tmp_path / said.splitlines()[0]
    length = path.stat().st_size
    assert length > 1.2 * LETTERS
    for made in folder.iterdir():
        made.unlink()
    path.write_text("old")
    draw = random.Random(7)
    for _ in range(LIMITS):
        most = draw.randrange(LETTERS, length)
        status, out, err = limited(most, tmp_path, *command)
        one_line(err, status, "cannot write out/", "choose another place with --out")
        assert out == ""
        assert [*folder.iterdir()] == [path], f"at {most} of {length} bytes"
        assert path.read_text() == "old"
    assert run(*command)[0] == 0
    assert path.stat().st_size == length


@pytest.mark.parametrize("most", [0, 1000, 8000, 15_000])
def test_no_room_for_temporary_files(tmp_path: Path, most: int) -> None:
    """The outlines of letters are cut short, and no letter is drawn from what is left of them."""
    status, out, err = limited(most, tmp_path, *CLIP, "--out", "a.mp4")
    one_line(err, status, "temporary files", "make room, or set TMPDIR to another folder")
    assert out == ""
    assert not (tmp_path / "a.mp4").exists()
