"""The benchmarks measure what they say: the recorded frames are the ones that are rendered."""

from __future__ import annotations

from pathlib import Path

import pytest

from attention_core.material import Material
from benchmarks import frame_cost
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
    frame_cost.recorded[:] = frame_cost.record(reel)
    frame_cost.first[:] = [segment.frames.start for segment in reel.segments]
    frame_cost.render(reel, tmp_path / "rendered.mp4", processes)
    frame_cost.encode(reel, tmp_path / "encoded.mp4", processes)
    rendered, encoded = (tmp_path / f"{name}.mp4" for name in ("rendered", "encoded"))
    assert len(reel.segments) > 1
    assert rendered.read_bytes() == encoded.read_bytes()
