"""Ctrl-C, SIGTERM and SIGKILL at random moments: a file at its final path is whole or the old."""

from __future__ import annotations

import random
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.conftest import complaints

Run = Callable[..., tuple[int, str, str]]
Start = Callable[..., "subprocess.Popen[bytes]"]
DRAFT = ("--quality", "draft", "--size", "320x180", "--out", "out/film.mp4")
COMMANDS = {
    "clip": ("clip", "scale", *DRAFT),
    "story": ("story", "--chapters", "scale,mask", *DRAFT),
}
KILLS, INTERRUPTS = 20, 20
SEED = 7
WITHIN = 2.0  # seconds from Ctrl-C to the prompt
PYTHON_STARTS = 0.4  # seconds: a signal before it is answered by Python itself


def files(folder: Path) -> dict[str, bytes]:
    """The whole files of a folder."""
    return {p.name: p.read_bytes() for p in folder.iterdir() if ".unfinished" not in p.name}


def unfinished(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if ".unfinished" in path.name]


def begins_to_write(process: subprocess.Popen[bytes], folder: Path) -> None:
    """Wait until the program has a temporary file, or has ended."""
    limit = time.monotonic() + 120
    while process.poll() is None and not unfinished(folder) and time.monotonic() < limit:
        time.sleep(0.01)


@pytest.mark.trials(KILLS)
@pytest.mark.parametrize("command", COMMANDS)
def test_a_kill_at_any_moment_leaves_whole_files_and_the_next_run_completes(
    run: Run, start: Start, tmp_path: Path, command: str
) -> None:
    draw = random.Random(SEED)
    words, out = COMMANDS[command], tmp_path / "out"
    assert run(*words)[0] == 0
    new = files(out)
    began = time.monotonic()
    assert run(*words, "--theme", "light")[0] == 0
    lasts = time.monotonic() - began
    old = files(out)
    assert old["film.mp4"] != new["film.mp4"]
    killed = left = tried = 0
    while killed < KILLS:
        tried += 1
        assert tried <= 5 * KILLS, f"only {killed} of {tried} runs could be killed"
        process = start(*words)
        if tried % 2:  # half of the kills hit while files are being written
            begins_to_write(process, out)
            time.sleep(draw.uniform(0, lasts * 0.7))
        else:
            time.sleep(draw.uniform(0, lasts))
        process.kill()
        process.communicate()
        in_time = process.returncode == -signal.SIGKILL
        killed += in_time
        left += bool(unfinished(out))
        for name, content in files(out).items():
            assert content in (old[name], new[name]), f"run {tried}: {name} is torn"
        if not in_time or killed % 5 == 0:
            status, _, err = run(*words)
            assert (status, complaints(err)) == (0, [])
            assert files(out) == new
            assert unfinished(out) == []
            began = time.monotonic()
            assert run(*words, "--theme", "light")[0] == 0
            lasts = time.monotonic() - began  # the machine may have become quicker
            assert files(out) == old
    assert left > 0, "no kill came while a file was being written"


@pytest.mark.trials(INTERRUPTS)
def test_ctrl_c_at_any_moment_is_back_at_the_prompt_and_leaves_nothing(
    run: Run, start: Start, tmp_path: Path
) -> None:
    draw = random.Random(SEED)
    out = tmp_path / "out"
    out.mkdir()
    (out / "film.mp4").write_text("old")
    words = ("clip", "softmax", "--quality", "1080p60", "--out", "out/film.mp4")
    slow = []
    for trial in range(INTERRUPTS):
        process = start(*words)
        if trial % 2:
            begins_to_write(process, out)
            time.sleep(draw.uniform(0, 3))
        else:
            time.sleep(draw.uniform(PYTHON_STARTS, 4))
        began = time.monotonic()
        process.send_signal(signal.SIGINT)
        said, err = process.communicate(timeout=60)
        took = time.monotonic() - began
        assert (process.returncode, said, err.strip()) == (130, b"", b""), f"trial {trial}"
        assert files(out) == {"film.mp4": b"old"}
        assert unfinished(out) == []
        slow += [took] if took > WITHIN else []
    assert not slow, f"{len(slow)} of {INTERRUPTS} took longer than {WITHIN} s: {slow}"


@pytest.mark.trials(3)
def test_ctrl_c_twice_leaves_nothing(start: Start, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    for pause in (0.0, 0.01, 0.05):
        process = start("clip", "softmax", "--quality", "1080p60", "--out", "out/film.mp4")
        begins_to_write(process, out)
        time.sleep(1)
        process.send_signal(signal.SIGINT)
        time.sleep(pause)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
        assert (process.returncode, err.strip()) == (130, b"")
        assert not out.exists() or [*out.iterdir()] == []
