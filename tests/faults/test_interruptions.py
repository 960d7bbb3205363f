"""Ctrl-C, SIGTERM and SIGKILL at random moments: a file at its final path is whole or the old."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.faults import figure_set

Run = Callable[..., tuple[int, str, str]]
Start = Callable[..., "subprocess.Popen[bytes]"]
DRAFT = ("--quality", "draft", "--size", "320x180", "--out", "out/film.mp4")


class Command(NamedTuple):
    """What is killed, and what makes the files that were there before."""

    words: tuple[str, ...]
    old: tuple[str, ...]
    each: int  # kills, then the next run is let complete


CLIP = ("clip", "scale", *DRAFT)
LONG = ("clip", "softmax", "--quality", "1080p60", "--out", "out/film.mp4")
STORY = ("story", "--chapters", "scale,mask", *DRAFT)
OUT = ("--out", "out")
SET = figure_set.COMMAND
COMMANDS = {
    "clip": Command(CLIP, (*CLIP, "--theme", "light"), each=5),
    "story": Command(STORY, (*STORY, "--theme", "light"), each=5),
    "figures": Command((*SET, "dark.toml", *OUT), (*SET, "light.toml", *OUT), each=1),
}
KILLS, INTERRUPTS = 20, 20
SEED = 7
WITHIN = 2.0  # seconds from Ctrl-C to the prompt
LINUX = Path("/proc/self/task").exists()
PYTHON_STARTS = 0.4  # seconds: a signal before it is answered by Python itself


@pytest.fixture(autouse=True)
def surroundings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder for temporary files of the test's own, and the manifests."""
    (tmp_path / "temporary").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    for theme in ("dark", "light"):
        figure_set.write(tmp_path / f"{theme}.toml", theme)


@pytest.fixture
def compiled(run: Run, tmp_path: Path) -> dict[str, str]:
    """The environment of a machine that has made a film before: nothing is left to compile."""
    environment = {"ATTENTION_HOME": str(tmp_path / "compiled")}
    assert run("clip", "scale", *DRAFT[:-1], "first.mp4", **environment)[0] == 0
    return environment


def files(folder: Path) -> dict[str, bytes]:
    """The whole files of a folder, by their paths in it."""
    found = [p for p in folder.rglob("*") if p.is_file() and ".unfinished" not in p.name]
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in found}


def unfinished(folder: Path) -> list[str]:
    return [path.name for path in folder.rglob("*.unfinished*")]


def in_order(run: Run, command: Command, new: dict[str, bytes], tmp_path: Path) -> None:
    """The next run completes, equals an undisturbed one, and leaves nothing temporary."""
    status, _, err = run(*command.words)
    assert (status, errors(err)) == (0, [])
    assert files(tmp_path / "out") == new
    assert unfinished(tmp_path / "out") == []
    assert [*(tmp_path / "temporary").iterdir()] == []


def errors(err: str) -> list[str]:
    """The lines of stderr that complain."""
    return [line for line in err.splitlines() if "error" in line or "Traceback" in line]


def begins_to_write(process: subprocess.Popen[bytes], folder: Path) -> None:
    """Wait until the program has a temporary file, or has ended."""
    limit = time.monotonic() + 120
    while process.poll() is None and not unfinished(folder) and time.monotonic() < limit:
        time.sleep(0.01)


def children(process: subprocess.Popen[bytes]) -> list[int]:
    """The processes that a process has started."""
    try:
        return [
            *map(int, Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split())
        ]
    except OSError:  # it has gone
        return []


def gone(processes: list[int]) -> bool:
    """Whether these processes are there no more, or are so in a moment."""
    end = time.monotonic() + WITHIN
    while alive := [number for number in processes if Path(f"/proc/{number}").exists()]:
        if time.monotonic() > end:
            return False
        processes = alive
        time.sleep(0.01)
    return True


@pytest.mark.trials(KILLS)
@pytest.mark.parametrize("name", COMMANDS)
def test_a_kill_at_any_moment_leaves_whole_files_and_the_next_run_completes(
    run: Run, start: Start, tmp_path: Path, name: str
) -> None:
    draw = random.Random(SEED)
    command, out, kept = COMMANDS[name], tmp_path / "out", tmp_path / "kept"
    assert run(*command.words)[0] == 0
    new = files(out)
    began = time.monotonic()
    assert run(*command.old)[0] == 0
    lasts = time.monotonic() - began
    old = files(out)
    assert old.keys() == new.keys()
    assert all(old[path] != new[path] for path in new if not path.endswith((".vtt", ".srt")))
    out.rename(kept)
    shutil.copytree(kept, out)
    killed = left = tried = 0
    while killed < KILLS:
        tried += 1
        assert tried <= 5 * KILLS, f"only {killed} of {tried} runs could be killed"
        process = start(*command.words)
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
        for path, content in files(out).items():
            assert content in (old[path], new[path]), f"run {tried}: {path} is torn"
        if not in_time or killed % command.each == 0:
            began = time.monotonic()
            in_order(run, command, new, tmp_path)
            # The machine may have become quicker.
            lasts = time.monotonic() - began if command.each > 1 else lasts
            shutil.rmtree(out)
            shutil.copytree(kept, out)
    assert left > 0, "no kill came while a file was being written"


@pytest.mark.trials(3)
def test_what_is_current_is_cleared_up_beside(run: Run, start: Start, tmp_path: Path) -> None:
    """A run that was to make anew what is there is killed: the next one makes nothing."""
    command, out = COMMANDS["figures"], tmp_path / "out"
    assert run(*command.words)[0] == 0
    new, left = files(out), 0
    for seconds in (0, 0.2, 0.4):
        process = start(*command.words, "--force")
        begins_to_write(process, out)
        time.sleep(seconds)
        process.kill()
        process.communicate()
        left += bool(unfinished(out))
        in_order(run, command, new, tmp_path)
    assert left, "no kill came while a file was being written"


@pytest.mark.trials(KILLS)
@pytest.mark.skipif(not LINUX, reason="Linux tells a process's children")
def test_a_worker_that_is_killed_at_any_moment_changes_nothing(
    run: Run, start: Start, tmp_path: Path
) -> None:
    draw = random.Random(SEED)
    command, out = COMMANDS["figures"], tmp_path / "out"
    began = time.monotonic()
    assert run(*command.words, "--jobs", "2")[0] == 0
    lasts = time.monotonic() - began
    new = files(out)
    killed = tried = 0
    while killed < KILLS:
        tried += 1
        assert tried <= 5 * KILLS, f"only {killed} of {tried} runs had a worker to kill"
        shutil.rmtree(out)
        process = start(*command.words, "--jobs", "2")
        time.sleep(draw.uniform(0, lasts))
        while process.poll() is None and not children(process):
            time.sleep(0.01)
        workers = children(process)
        if workers:
            os.kill(draw.choice(workers), signal.SIGKILL)
            killed += 1
        _, err = process.communicate(timeout=120)
        assert (process.returncode, errors(err.decode())) == (0, []), f"run {tried}"
        assert files(out) == new, f"run {tried}"
        assert unfinished(out) == []
        assert gone(workers)


@pytest.mark.trials(INTERRUPTS)
def test_ctrl_c_at_any_moment_is_back_at_the_prompt_and_leaves_nothing(
    start: Start, compiled: dict[str, str], tmp_path: Path
) -> None:
    draw = random.Random(SEED)
    out = tmp_path / "out"
    out.mkdir()
    (out / "film.mp4").write_text("old")
    slow, seen = [], 0
    for trial in range(INTERRUPTS):
        if trial % 2:  # all is compiled: workers draw
            process = start(*LONG, **compiled)
            begins_to_write(process, out)
            time.sleep(draw.uniform(0, 3))
        else:
            process = start(*LONG)
            time.sleep(draw.uniform(PYTHON_STARTS, 4))
        workers = children(process)
        began = time.monotonic()
        process.send_signal(signal.SIGINT)
        said, err = process.communicate(timeout=60)
        took = time.monotonic() - began
        assert (process.returncode, said, err.strip()) == (130, b"", b""), f"trial {trial}"
        assert gone(workers)
        seen += len(workers)
        assert files(out) == {"film.mp4": b"old"}
        assert unfinished(out) == []
        slow += [took] if took > WITHIN else []
    assert seen or not LINUX, "no worker was at work"
    assert not slow, f"{len(slow)} of {INTERRUPTS} took longer than {WITHIN} s: {slow}"


@pytest.mark.trials(3)
def test_ctrl_c_twice_leaves_nothing(
    start: Start, compiled: dict[str, str], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    for pause in (0.0, 0.01, 0.05):
        process = start(*LONG, **compiled)
        begins_to_write(process, out)
        time.sleep(1)
        process.send_signal(signal.SIGINT)
        time.sleep(pause)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
        assert (process.returncode, err.strip()) == (130, b"")
        assert not out.exists() or [*out.iterdir()] == []
