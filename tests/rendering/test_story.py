"""The story: chapters in order, marked and subtitled, the sentence's words carried over."""

from __future__ import annotations

import json
from pathlib import Path
from typing import ClassVar

import av
import numpy as np
import pytest

from attention_core.material import Material
from rendering import shooting, stage, story
from rendering.cli import program
from scenes.kit.carry import Words, carries
from scenes.kit.grid import Grid
from scenes.look import Look
from scenes.story import Card

SIZE, FPS = (320, 180), 10
SLUGS = ("dot-products", "mask")


@pytest.mark.parametrize("limit", [1000.0, 20.0], ids=["as it is", "faster"])
def test_the_plan_is_what_is_then_filmed(
    default_material: Material, monkeypatch: pytest.MonkeyPatch, limit: float
) -> None:
    monkeypatch.setattr(story, "LONGEST", limit)
    planned = story.plan(SLUGS, default_material, Look(), SIZE, FPS)
    assert (planned.pace > 1) == (limit == 20.0)
    assert planned.seconds <= limit + 1 / FPS
    spans = planned.spans()
    assert [mark.title for _, _, mark in spans] == ["Queries meet keys", "The mask"]
    assert spans[0][0] == 0 and spans[0][1] == spans[1][0] and spans[1][1] == planned.seconds

    class Count:
        frames = 0
        segments: ClassVar[list[int]] = []
        cuts: ClassVar[list[int]] = []  # frames before whatever begins with all of the picture

        def write(self, rgba: np.ndarray, damage: object, repeat: int = 1) -> None:
            if damage == [(0, 0, *SIZE)]:
                self.cuts.append(self.frames)
            self.frames += repeat

        def cut(self) -> None:
            self.segments.append(self.frames)

    sink = Count()
    shooting.shoot(planned.reel, [sink])  # type: ignore[list-item]
    assert sink.segments == [segment.frames.start for segment in planned.reel.segments]
    assert sink.frames == round(planned.seconds * FPS)
    assert round(spans[1][0] * FPS) in sink.cuts  # the second chapter begins with a play


def test_a_long_story_is_played_faster(
    default_material: Material, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = story.plan(SLUGS, default_material, Look(), SIZE, FPS)
    monkeypatch.setattr(story, "LONGEST", whole.seconds / 1.25)
    faster = story.plan(SLUGS, default_material, Look(), SIZE, FPS)
    assert faster.seconds == pytest.approx(whole.seconds / 1.25, abs=1.5 / FPS)
    assert faster.marks[1].begin == pytest.approx(whole.marks[1].begin / 1.25, abs=0.5)


def test_the_file_has_marks_and_subtitles(tmp_path: Path) -> None:
    path = tmp_path / "s.mp4"
    arguments = ["story", "--chapters", ",".join(SLUGS), "--size", "320x180", "--quality", "draft"]
    program.main([*arguments, "--out", str(path)], standalone_mode=False)
    sidecar = json.loads((tmp_path / "s.mp4.json").read_text())
    with av.open(str(path)) as container:
        marks = container.chapters()
        length = container.duration / 1e6
    assert [mark["metadata"]["title"] for mark in marks] == ["Queries meet keys", "The mask"]
    assert [part["chapter"] for part in sidecar["chapters"]] == list(SLUGS)
    assert length == pytest.approx(sidecar["duration"], abs=0.1)
    srt, vtt = ((tmp_path / f"s.{kind}").read_text() for kind in ("srt", "vtt"))
    assert srt.startswith("1\n00:00:00,000 --> 00:00:") and vtt.startswith("WEBVTT\n\n00:00:00.000")
    assert "No token may look at what comes after it." in srt and "How well does" in vtt


def test_words_land_just_where_the_header_draws_them(default_material: Material) -> None:
    renderer = stage.renderer_for((1280, 720), 10)
    card = Card(default_material, Look(), renderer=renderer)
    header = Grid(card).queries
    assert carries(header)
    words = Words(header)
    camera = renderer.camera

    def shot(mobject: object, level: float) -> np.ndarray:
        header.arrays["symbol"][:] = level
        camera.reset()
        camera.capture_mobjects([mobject])
        return camera.pixel_array[..., :3].astype(int)

    assert np.abs(shot(words, 0.0) - shot(header, 0.0)).max() <= 8


@pytest.mark.parametrize("chapters", ["", "softmax,nonsense"])
def test_chapters_that_do_not_exist_are_refused(chapters: str) -> None:
    with pytest.raises(Exception, match=r"no chapter is named|is not a chapter"):
        program.main(["story", "--chapters", chapters], standalone_mode=False)
