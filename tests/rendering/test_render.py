"""From a command to files: clips, stills and sheets, whole or not at all."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image

from attention_core import Trace
from rendering import pool, shooting, stage

Render = Callable[..., tuple[int, str, str]]
Process = Callable[..., "subprocess.Popen[bytes]"]
NAME = "a-fluffy-blue-creature-roamed-the-verdant-forest"
SMALL = ("--quality", "draft", "--size", "320x180")


def only_sizes(err: str) -> bool:
    """Does stderr tell the outputs' sizes and nothing else?"""
    return all(re.fullmatch(r"  \S+: [\d.]+ [kM]?B, \d+x\d+.*", line) for line in err.splitlines())


def children_of(pid: int) -> list[int]:
    """The processes that this one has started (Linux)."""
    try:
        return [int(n) for n in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except FileNotFoundError:
        return []


def alive(pid: int) -> bool:
    """Does this process run?"""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_clip_is_an_mp4_and_a_gif_made_at_once_and_not_made_again(
    render: Render, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = ("clip", "scale", *SMALL, "--format", "mp4", "--format", "gif")
    status, out, err = render(*command)
    name = f"out/scale-{NAME}-draft-320x180"
    assert (status, out) == (0, f"{name}.mp4\n{name}.vtt\n{name}.gif\n")
    assert only_sizes(err)
    with av.open(str(tmp_path / f"{name}.mp4")) as container:
        frames = sum(1 for _ in container.decode(video=0))
    content = json.loads((tmp_path / f"{name}.mp4.json").read_text())
    assert (content["fps"], content["frames"]) == (15, frames)
    assert content["duration"] == pytest.approx(frames / 15, abs=1e-3)
    with Image.open(tmp_path / f"{name}.gif") as gif:
        assert gif.size == (320, 180)

    with monkeypatch.context() as patch:
        patch.setattr(stage, "reel", lambda *_: pytest.fail("it was rendered again"))
        assert render(*command)[:2] == (0, out)
    (tmp_path / f"{name}.gif").unlink()
    made: list[Any] = []

    def fails(*given: Any) -> None:
        made.append(given)
        raise RuntimeError

    monkeypatch.setattr(pool, "shoot", fails)
    assert render(*command)[0] == 1
    assert [job.format for job in made[0][0].jobs.values()] == ["gif"]  # the one that lacks


def test_a_still_is_drawn_with_its_numbers_beside_it(
    render: Render, tmp_path: Path, default_trace: Trace
) -> None:
    status, out, err = render("still", "softmax", "--figure", "all", "--size", "640x360")
    assert status == 0
    assert only_sizes(err)
    paths = [tmp_path / line for line in out.splitlines()]
    assert len(paths) > 1
    for path in paths:
        with Image.open(path) as image:
            assert (image.size, image.mode) == ((640, 360), "RGB")
        content = json.loads(path.with_name(path.name + ".json").read_text())
        assert content["schema"] == 1
        assert content["chapter"] == "softmax"
        assert (content["layer"], content["head"], content["orientation"]) == (19, 8, "columns")
        assert content["size"] == [640, 360]
        assert set(content["versions"]) == {"manim", "numpy", "project"}
        assert content["alt"]
        assert content["caption"]
        assert content["cells"]
        quantity = getattr(default_trace, content["quantity"])
        for cell in content["cells"]:
            if cell["value"] is not None:
                assert np.isclose(cell["value"], quantity[cell["query"], cell["key"]])
            x0, y0, x1, y1 = cell["box"]
            assert 0 <= x0 < x1 <= 640
            assert 0 <= y0 < y1 <= 360


def test_vectors_and_see_through_pictures(render: Render, tmp_path: Path) -> None:
    formats = ("--format", "png", "--format", "svg", "--format", "pdf")
    status, out, err = render("still", "mask", "--transparent", *formats, "--size", "640x360")
    assert status == 0
    assert only_sizes(err)
    png, svg, pdf = (tmp_path / line for line in out.splitlines())
    assert svg.read_text().startswith("<?xml")
    assert pdf.read_bytes().startswith(b"%PDF")
    with Image.open(png) as image:
        alpha = np.asarray(image)[..., 3]
    assert alpha.min() == 0
    assert alpha.max() == 255


def test_the_same_still_has_the_same_bytes(render: Render, tmp_path: Path) -> None:
    for name in ("a.png", "b.png"):
        assert render("still", "mask", "--size", "640x360", "--out", name)[0] == 0
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_a_saved_trace_is_drawn_without_a_model(render: Render) -> None:
    assert render("trace", "--npz", "mine.npz")[0] == 0
    for chapter in ("scale", "mask"):
        status, out, err = render("still", chapter, "--trace", "mine.npz", "--size", "640x360")
        assert status == 0
        assert only_sizes(err)
        assert out == f"out/{chapter}-{NAME}-from-mine-640x360.png\n"


def test_a_sheet_shows_each_chapter(render: Render, tmp_path: Path) -> None:
    status, out, err = render("sheet", "mask", "scale", "--out", "sheet.png")
    assert (status, out, err) == (0, "sheet.png\n", "")
    with Image.open(tmp_path / "sheet.png") as image:
        assert image.width > 2 * image.height
    assert json.loads((tmp_path / "sheet.png.json").read_text())["chapters"] == ["mask", "scale"]


def test_a_failure_in_the_middle_leaves_the_old_clip(
    render: Render, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "clip.mp4").write_text("old")

    def fails(*given: Any) -> None:
        for _ in range(20):
            given[1][0].write(np.zeros((180, 320, 4), np.uint8), [(0, 0, 320, 180)])
        raise RuntimeError("in the middle")

    monkeypatch.setattr(shooting, "shoot", fails)
    status, out, err = render("clip", "mask", *SMALL, "--jobs", "1", "--out", "clip.mp4")
    assert (status, out, err.count("\n")) == (1, "", 1)
    assert (tmp_path / "clip.mp4").read_text() == "old"
    assert {path.name for path in tmp_path.iterdir()} == {"clip.mp4", "home"}  # home: the log


@pytest.mark.parametrize(
    ("number", "expected"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["ctrl-c", "term"]
)
def test_an_interrupt_leaves_the_old_clip(
    process: Process, tmp_path: Path, number: signal.Signals, expected: int
) -> None:
    (tmp_path / "clip.mp4").write_text("old")
    what = ("clip", "softmax", "--quality", "1080p60", "--jobs", "2", "--out", "clip.mp4")
    running = process(*what)
    limit = time.monotonic() + 60
    while len(workers := children_of(running.pid)) < 2:
        assert running.poll() is None, running.communicate()
        assert time.monotonic() < limit, "no process came to help"
        time.sleep(0.05)
    time.sleep(0.5)  # into the frames
    running.send_signal(number)
    out, err = running.communicate(timeout=60)
    assert (running.returncode, out, err.strip()) == (expected, b"", b"")
    assert (tmp_path / "clip.mp4").read_text() == "old"
    # home: the code that was compiled
    assert {path.name for path in tmp_path.iterdir()} <= {"clip.mp4", "home"}
    assert not any(alive(worker) for worker in workers)
