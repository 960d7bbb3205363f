"""The benchmarks measure what they say: the recorded frames are the ones that are rendered."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest

from attention_core.material import Material
from benchmarks import cold_trace, frame_cost, table
from benchmarks.measure import Figure, write
from rendering import stage
from scenes.look import Look

SIZE, FPS = (256, 144), 10


@pytest.mark.parametrize("processes", [1, 2])
def test_the_frames_encoded_alone_make_the_very_file_that_rendering_makes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, default_material: Material, processes: int
) -> None:
    monkeypatch.setattr(frame_cost, "SIZE", SIZE)
    monkeypatch.setattr(frame_cost, "FPS", FPS)
    reel = stage.reel("mask", default_material, Look(), SIZE, FPS)
    frame_cost.prepare(reel)
    frame_cost.render(reel, tmp_path / "rendered.mp4", processes)
    frame_cost.encode(reel, tmp_path / "encoded.mp4", processes)
    rendered, encoded = (tmp_path / f"{name}.mp4" for name in ("rendered", "encoded"))
    assert len(reel.segments) > 1
    assert rendered.read_bytes() == encoded.read_bytes()


def test_a_run_fills_the_tables_of_both_pages(tmp_path: Path) -> None:
    figures = [
        Figure("a frame", (1.05, 1.2, 1.0), 1.1, "x", of="1", brief=True, note="worst segment 1.3"),
        Figure("as fast", (3.0,), 10.0, "x", at_least=True, of="6", brief=True),
        Figure("its memory", (812.4,), None, "MB", of="3"),
    ]
    write(figures, tmp_path / "run.json")
    run = json.loads((tmp_path / "run.json").read_text())
    for page, brief in table.PAGES.items():
        text = table.put(page.read_text(encoding="utf-8"), table.table([run], brief))
        rows = [line for line in text.splitlines() if line.startswith(("| 1 ", "| 3 ", "| 6 "))]
        expected = [
            "| 1 | a frame | 1.05 x (1.00 to 1.20), worst segment 1.3 | at most 1.1 x |",
            *([] if brief else ["| 3 | its memory | 812 MB |  |"]),
            "| 6 | as fast | 3.00 x | at least 10 x: MISSED |",
        ]
        assert rows == expected
        assert run["machine"] in text
        assert table.put(text, "other") == table.put(page.read_text(encoding="utf-8"), "other")


def test_the_worst_segment_is_found(default_material: Material, tmp_path: Path) -> None:
    reel = stage.reel("mask", default_material, Look(), (1920, 1080), 2)
    frame_cost.prepare(reel)
    ratios = frame_cost.beats(reel, 1)
    assert len(ratios) == len(reel.segments)
    assert all(ratio > 0 for ratio in ratios)


def test_a_process_s_peak_is_its_own_whatever_its_parent_held() -> None:
    held = np.ones(300 << 17)  # 300 MB
    small = cold_trace.measure([sys.executable, "-c", "pass"])
    large = cold_trace.measure([sys.executable, "-c", "b'x' * (200 << 20)"])
    assert held.nbytes > 300e6
    assert small.peak < 100  # megabytes
    assert large.peak > 200
    with pytest.raises(SystemExit, match="ValueError: three"):
        cold_trace.measure([sys.executable, "-c", "raise ValueError('three')"])
