"""The layout audit finds what it is meant to find."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from attention_core import Material
from rendering import stage
from scenes import story
from scenes.kit.audit import audit
from scenes.kit.bars import Bars
from scenes.kit.carry import Words
from scenes.kit.cells import Dots, Numbers
from scenes.kit.header import Header
from scenes.kit.label import Frame, Label
from scenes.kit.painted import Painted
from scenes.kit.strip import Strip
from scenes.look import Look
from scenes.registry import CHAPTERS

Draw = Callable[[str, str], Any]


@pytest.fixture
def draw(default_material: Material) -> Draw:
    """Draws a still of the default sentence and returns its scene."""

    def drawn(slug: str, name: str) -> Any:
        size = CHAPTERS[slug].figure(name).size(default_material.trace.n)
        return stage._drawn(slug, default_material, Look(), size, name)[0]

    return drawn


def of_kind(scene: Any, kind: type, facing: bool = False) -> list[Any]:
    """The scene's mobjects of a kind, or only those that face us."""
    return [m for m in scene.mobjects if isinstance(m, kind) and m.faces_us >= facing]


def found(scene: Any, words: str) -> bool:
    """Whether a finding holds these words."""
    return any(words in line for line in audit(scene))


def test_type_on_type_is_found_unless_it_is_not_seen(draw: Draw) -> None:
    scene = draw("softmax", "3-6")
    numbers = of_kind(scene, Numbers)[0]
    numbers.arrays["shift"][20] = numbers.board.centres[19] - numbers.board.centres[20]
    assert found(scene, "number 19 overlaps number 20")
    numbers.arrays["shown"][20] = 0.0
    assert audit(scene) == []


def test_type_out_of_the_frame_is_found(draw: Draw) -> None:
    scene = draw("dot-products", "3-4")
    scene.mobjects[-1].shift(np.array([0.5, 0.0, 0.0]))
    assert found(scene, "line 0 leaves the frame")


def test_a_tilted_grid_out_of_the_frame_is_found(draw: Draw) -> None:
    scene = draw("softmax", "3-5")
    scene.camera.frame.points[4, 0] *= 1.6
    assert found(scene, "leaves the frame")


def test_small_type_is_found_and_a_tilted_grid_s_is_context(draw: Draw) -> None:
    flat, tilted = draw("softmax", "3-6"), draw("softmax", "3-5")
    for scene in (flat, tilted):
        of_kind(scene, Numbers)[0].em = 0.2
    assert found(flat, "number 0 is too small: 0.200 < 0.267")
    assert audit(tilted) == []
    of_kind(tilted, Strip, facing=True)[0].arrays["em"][:] = 0.26
    assert found(tilted, "too small: 0.260 < 0.267")


def test_a_scaled_mobject_is_measured_as_it_is_seen(draw: Draw) -> None:
    scene = draw("softmax", "3-6")
    of_kind(scene, Header)[0].scale(0.8)
    assert found(scene, "word 0 is too small")


def test_only_a_quiet_line_may_be_as_small_as_a_credit(draw: Draw) -> None:
    scene = draw("dot-products", "3-4")
    of_kind(scene, Label)[0].em = 8 / 36
    small = [line for line in audit(scene) if "small" in line]
    assert small == ["line 0 is too small: 0.222 < 0.267"]


def test_a_number_that_leaves_its_cell_is_found(draw: Draw) -> None:
    scene = draw("softmax", "3-6")
    numbers = of_kind(scene, Numbers)[0]
    numbers.arrays["shift"][20, 1] = numbers.board.cell[1] / 2
    assert found(scene, "number 20 leaves its cell")
    assert found(scene, "number 20 touches rule")


def test_a_dot_that_leaves_its_cell_is_found(draw: Draw) -> None:
    scene = draw("softmax", "pattern")
    dots = of_kind(scene, Dots)[0]
    largest = int(np.argmax(dots.radii()))
    dots.arrays["size"][largest] = 3.0
    assert found(scene, f"dot {largest} leaves its cell")


def test_a_word_across_its_box_or_a_rule_is_found(draw: Draw) -> None:
    scene = draw("softmax", "pattern")
    queries, keys = of_kind(scene, Header)
    box_of = queries.word_box
    queries.word_box = lambda run: tuple(np.add(box_of(run), (0.2, 0.0, 0.2, 0.0)))
    assert found(scene, "crosses the border of box of query word")
    keys.word_pens = keys.word_pens + np.array([0.0, 0.2])
    assert found(scene, "key word 3 touches rule")


def test_a_number_on_the_border_of_a_facing_box_is_found(draw: Draw) -> None:
    scene = draw("softmax", "3-5")
    of_kind(scene, Frame, facing=True)[0].shift(np.array([0.4, 0.0, 0.0]))
    assert found(scene, "crosses the border of frame")


def test_a_number_on_a_bar_is_found(draw: Draw) -> None:
    scene = draw("scale", "scale")
    of_kind(scene, Bars)[0].shift(np.array([0.5, 0.0, 0.0]))
    assert found(scene, "touches bar")


def test_a_mobject_that_the_audit_does_not_know_is_an_error(draw: Draw) -> None:
    class Stranger(Painted):
        """Shows something that nobody has told the inventory of."""

    scene = draw("scale", "scale")
    scene.add(Stranger((0.0, 0.0, 1.0, 1.0)))
    with pytest.raises(TypeError, match="does not know what a Stranger shows"):
        audit(scene)


def test_words_that_fly_are_checked_like_any_others(draw: Draw) -> None:
    scene = draw("softmax", "pattern")
    header = next(header for header in of_kind(scene, Header) if header.across)
    words = Words(header)
    for mobject in list(scene.mobjects):
        scene.remove(mobject)
    scene.add(words)
    assert audit(scene) == []
    words.arrays["pen"] = words.arrays["pen"] + (0.3, 0.0)
    assert found(scene, "crosses the border of box of flying word")
    words.arrays["boxes"] = words.arrays["boxes"] + (0.0, 9.0, 0.0, 9.0)
    assert found(scene, "box of flying word 0 leaves the frame")


def test_a_story_is_laid_out_cleanly_where_one_chapter_gives_way_to_the_next(
    default_material: Material,
) -> None:
    renderer = stage.renderer_for((1280, 720), 10)
    renderer.wanted = []
    visit = renderer._visit
    seen: set[type] = set()

    def visited(scene: Any) -> None:
        visit(scene)
        seen.update(type(mobject) for mobject in scene.mobjects)
        assert audit(scene) == []
        renderer.num_plays += 1

    renderer._visit = visited  # type: ignore[method-assign]
    story.play(("dot-products", "scale"), default_material, Look(), renderer, lambda: 0.0)
    assert Words in seen
