"""Disks, folders and neighbours that fail: one clear error, and the old file is untouched."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from rendering import claims, encode
from rendering.outputs import whole
from tests.faults import figure_set
from tests.faults.conftest import complaints, one_line

Run = Callable[..., tuple[int, str, str]]
Start = Callable[..., "subprocess.Popen[bytes]"]
SMALL = ("--quality", "draft", "--size", "320x180")
STILL = ("still", "scale", "--size", "640x360")
CLIP = ("clip", "scale", *SMALL)


FILLING = {
    "mp4": CLIP,
    "gif": (*CLIP, "--format", "gif"),
    "png": STILL,
    "svg": (*STILL, "--format", "svg"),
    "json": ("trace", "--json"),
}


@pytest.mark.parametrize("ending", FILLING)
def test_a_full_disk(run: Run, tiny_disk: Path, ending: str) -> None:
    (tiny_disk / "fill").write_bytes(bytes(40 << 10))
    path = tiny_disk / f"a.{ending}"
    path.write_text("old")
    out = (str(path),) if ending == "json" else ("--out", str(path))
    status, said, err = run(*FILLING[ending], *out)
    why = "error while writing" if ending == "svg" else "No space left on device"
    one_line(err, status, f"cannot write {path}", why)
    assert said == ""
    assert path.read_text() == "old"
    assert {p.name for p in tiny_disk.iterdir()} == {"fill", path.name}


def test_a_folder_that_may_not_be_written_into(run: Run, tiny_disk: Path) -> None:
    (tiny_disk / "a.png").write_text("old")
    subprocess.run(["mount", "-o", "remount,ro", tiny_disk], check=True)
    for name in ("a.png", "b.png", "new/c.png"):
        status, _, err = run(*STILL, "--out", str(tiny_disk / name))
        one_line(err, status, f"cannot write {tiny_disk / name}: ")
    assert [p.name for p in tiny_disk.iterdir()] == ["a.png"]


def test_a_folder_that_is_a_file(run: Run, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file")
    status, _, err = run(*STILL)
    one_line(err, status, "where its folder would be, there is a file")
    assert (tmp_path / "out").read_text() == "a file"


def test_a_folder_that_vanishes(start: Start, tmp_path: Path) -> None:
    process = start("clip", "softmax", "--quality", "draft", "--out", "new/a.mp4")
    limit = time.monotonic() + 60
    while not (tmp_path / "new").exists() and time.monotonic() < limit:
        time.sleep(0.01)
    time.sleep(0.5)
    shutil.rmtree(tmp_path / "new")
    _, err = process.communicate(timeout=120)
    one_line(
        err.decode(), process.returncode, "cannot write new/a.mp4", "No such file or directory"
    )
    assert not (tmp_path / "new").exists()


def test_two_renders_of_the_same_output_at_once(run: Run, start: Start, tmp_path: Path) -> None:
    assert run(*CLIP, "--out", "alone.mp4")[0] == 0
    both = [start(*CLIP, "--out", "out/a.mp4") for _ in range(2)]
    for process in both:
        said, err = process.communicate(timeout=120)
        assert (process.returncode, complaints(err.decode())) == (0, [])
        assert said == b"out/a.mp4\nout/a.vtt\n"
    assert (tmp_path / "out" / "a.mp4").read_bytes() == (tmp_path / "alone.mp4").read_bytes()
    assert {p.name for p in (tmp_path / "out").iterdir()} == {"a.mp4", "a.mp4.json", "a.vtt"}
    assert run(*CLIP, "--out", "out/a.mp4")[0] == 0


def test_a_living_process_keeps_its_temporary_file_and_a_dead_one_does_not(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    code = (
        "import sys, pathlib; from rendering.claims import claim; "
        "claim(pathlib.Path(sys.argv[1]), []); print('held', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", code, path]
    other = subprocess.Popen(
        command, stdin=-1, stdout=-1, cwd=Path(__file__).parents[2],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )  # fmt: skip
    assert other.stdout is not None
    assert other.stdout.readline() == b"held\n"
    held = {p.name for p in tmp_path.iterdir()}
    assert len(held) == 1
    with whole(path) as mine:
        assert {p.name for p in tmp_path.iterdir()} == held | {mine.name}
        mine.write_text("mine")
    assert {p.name for p in tmp_path.iterdir()} == held | {"a.mp4"}
    other.kill()
    other.communicate()
    stranger = tmp_path / ".a.mp4.swp"
    stranger.touch()
    claims.clear_abandoned(path)
    assert {p.name for p in tmp_path.iterdir()} == {"a.mp4", stranger.name}


@pytest.mark.parametrize("at", [0, 1, 40])
def test_an_encoder_that_fails_in_the_middle(
    at: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    from rendering import cli

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ATTENTION_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(sys, "argv", ["render.py", *CLIP, "--out", "a.mp4"])
    (tmp_path / "a.mp4").write_text("old")
    made: list[object] = []

    class Container:
        """PyAV's, but its muxer gives up."""

        def __init__(self, real: object) -> None:
            self.real, self.count = real, 0

        def __getattr__(self, name: str) -> object:
            return getattr(self.real, name)

        def mux(self, packets: object) -> None:
            self.count += 1
            if self.count > at:
                raise RuntimeError("the muxer gave up")
            self.real.mux(packets)  # type: ignore[attr-defined]

    opened = encode.av.open
    monkeypatch.setattr(
        encode.av, "open", lambda *a, **k: made.append(Container(opened(*a, **k))) or made[-1]
    )
    began = time.monotonic()
    assert cli.run() == 1
    assert time.monotonic() - began < 60
    err = capfd.readouterr().err
    assert "this is a failure of the program (RuntimeError: the muxer gave up); its log is" in err
    assert err.count("\n") == 1
    assert made
    assert (tmp_path / "a.mp4").read_text() == "old"
    assert {p.name for p in tmp_path.iterdir()} == {"a.mp4", "home"}


MANY = {
    "a.mp4": CLIP,
    "b.mp4": ("clip", "mask", *SMALL),
    "c.gif": CLIP,
    "d.png": STILL,
    "e.svg": STILL,
}


@pytest.mark.trials(3)
def test_renders_of_different_outputs_at_once(run: Run, start: Start, tmp_path: Path) -> None:
    """They share the folder, the models' home, and what libraries keep in the user's."""
    for name, words in MANY.items():
        assert run(*words, "--out", f"alone/{name}")[0] == 0
    alone = {p.name: p.read_bytes() for p in (tmp_path / "alone").iterdir()}
    for _ in range(3):
        all_of_them = [start(*words, "--out", f"out/{name}") for name, words in MANY.items()]
        for process in all_of_them:
            _, err = process.communicate(timeout=200)
            assert (process.returncode, complaints(err.decode())) == (0, [])
        assert {p.name: p.read_bytes() for p in (tmp_path / "out").iterdir()} == alone
        shutil.rmtree(tmp_path / "out")


@pytest.mark.trials(3)
def test_two_makings_of_the_same_figures_at_once(run: Run, start: Start, tmp_path: Path) -> None:
    figure_set.write(tmp_path / "m.toml", width=640)
    words = (*figure_set.COMMAND, "m.toml", "--out")
    assert run(*words, "alone")[0] == 0
    alone = {p.name: p.read_bytes() for p in (tmp_path / "alone" / "a").iterdir()}
    for trial in range(3):
        both = []
        for _ in range(2):
            both.append(start(*words, "out"))
            time.sleep(trial)  # at the same moment, and while the other is at work
        for process in both:
            _, err = process.communicate(timeout=200)
            assert process.returncode == 0, err
        assert {p.name: p.read_bytes() for p in (tmp_path / "out" / "a").iterdir()} == alone
        assert run(*words, "out", "--check")[0] == 0
        shutil.rmtree(tmp_path / "out")
