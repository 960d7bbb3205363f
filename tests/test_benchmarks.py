"""The benchmarks measure what they say: the recorded frames are the ones that are rendered."""

from __future__ import annotations

from pathlib import Path

from benchmarks import frame_cost


def test_the_frames_encoded_alone_make_the_very_file_that_rendering_makes(
    tmp_path: Path, monkeypatch
) -> None:
    monkeypatch.setattr(frame_cost, "SIZE", (256, 144))
    monkeypatch.setattr(frame_cost, "FPS", 10)
    frames = frame_cost.record("mask", tmp_path / "recorded.mp4")
    frame_cost.render("mask", tmp_path / "rendered.mp4")
    frame_cost.encode(frames, tmp_path / "encoded.mp4")
    assert sum(repeat for _, repeat in frames) > 100
    rendered, encoded = (tmp_path / f"{name}.mp4" for name in ("rendered", "encoded"))
    assert rendered.read_bytes() == encoded.read_bytes()
