"""A chapter told in full plays all of it; a story tells it in brief, so that none is hurried."""

from __future__ import annotations

import numpy as np
import pytest
from made import material
from manim import Animation, Mobject

from attention_core import Material
from rendering import stage, story
from scenes.kit import typeset
from scenes.kit.chapter import Chapter
from scenes.look import Language, Look
from scenes.registry import CHAPTERS, STORY
from scenes.story import Card


class Told(Chapter):
    slug = "tokens"

    def construct(self) -> None:
        first, second, third = (Animation(Mobject(), run_time=s) for s in (1.0, 2.0, 4.0))
        self.in_turn([first], 0.5, [second], [])
        self.aside(third)
        self.linger(0.25)
        self.linger(8.0, 0.75)


@pytest.mark.parametrize(
    ("brief", "plays"), [(False, [1.0, 0.5, 2.0, 4.0, 0.25, 8.0]), (True, [2.0, 0.75])]
)
def test_what_is_played(brief: bool, plays: list[float], default_material: Material) -> None:
    renderer = stage.renderer_for((320, 180), 10)
    renderer.wanted = []
    told = Told(default_material, Look(), renderer=renderer)
    told.brief = brief
    told.construct()
    assert [play.seconds for play in renderer.visited] == plays


@pytest.mark.parametrize(
    ("kind", "lang"), [("default", "en"), ("default", "ko"), ("short", "en"), ("korean", "ko")]
)
def test_the_whole_story_is_condensed_and_not_hurried(
    kind: str, lang: Language, default_material: Material
) -> None:
    given = default_material if kind == "default" else material(kind, 24)
    planned = story.plan(list(STORY), given, Look(lang=lang), (320, 180), 30)
    assert planned.pace <= 1.05
    assert 90 <= planned.seconds <= story.LONGEST + 1 / 30


@pytest.mark.parametrize("slug", list(CHAPTERS))
def test_a_clip_lasts_six_to_fifteen_seconds(slug: str, default_material: Material) -> None:
    played = stage.reel(slug, default_material, Look(), (320, 180), 30)
    assert 6 <= sum(len(segment.frames) for segment in played.segments) / 30 <= 15


@pytest.mark.parametrize(("kind", "count"), [("short", 2), ("short", 24), ("long", 9)])
def test_a_title_stands_above_whole_words_in_as_many_rows_as_they_need(
    kind: str, count: int
) -> None:
    made = material(kind, count)
    renderer = stage.renderer_for((1280, 720), 10)
    renderer.wanted = []
    words = Card(made, Look(), renderer=renderer).show("A title", None, [], keep=True)
    texts = [token.display for token in made.trace.tokens if not token.special]
    assert [ink.parts[0][0] for ink in words.inks] == [typeset.text(text) for text in texts]
    boxes, em = words.arrays["boxes"], words.arrays["em"][0]
    assert em >= 0.2
    assert np.abs(boxes[:, [0, 2]]).max() < 7.1
    assert np.abs(boxes[:, [1, 3]]).max() < 3.9
    apart = (boxes[:, None, :2] >= boxes[None, :, 2:]) | (boxes[None, :, :2] >= boxes[:, None, 2:])
    assert (apart.any(axis=2) | np.eye(len(boxes), dtype=bool)).all()
