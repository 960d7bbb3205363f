"""The chapter on the moving vector: its numbers are the Material's, its distances exact."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from made import material
from reading import shape
from test_pictures import in_clip

from attention_core import Material
from attention_core.rounding import format_percent
from rendering import stage
from scenes.kit import typeset
from scenes.kit.drift import Counter
from scenes.kit.label import Label
from scenes.kit.marks import hollow
from scenes.kit.moves import changed, move_name
from scenes.kit.phrase import phrase
from scenes.kit.space import EYE, Space
from scenes.kit.strip import Strip
from scenes.kit.vectors import Points, Segments
from scenes.look import Look
from scenes.registry import CHAPTERS


def still(made: Material, look: Look | None = None) -> Any:
    """The scene of the three panels."""
    size = CHAPTERS["embedding-space"].figure().size(made.trace.n)
    return stage._drawn("embedding-space", made, look or Look(), size, None)[0]


def shown(scene: Any) -> set[int]:
    """The outlines of the lines on the frame."""
    return {id(m.ink.parts[0][0]) for m in scene.mobjects if isinstance(m, Label)}


def test_a_panel_a_phrase_with_the_old_arrows_faint(default_material: Material) -> None:
    panels = [m for m in still(default_material).mobjects if isinstance(m, Space)]
    arrows = [panel.arrays["arrows"].round(2).tolist() for panel in panels]
    assert arrows == [[1.0, 0.0, 0.0], [0.3, 1.0, 0.0], [0.3, 0.3, 1.0]]
    assert [panel.arrays["moves"].tolist() for panel in panels] == [[0, 0], [1, 0], [0, 1]]
    assert [panel.arrays["marks"].tolist() for panel in panels] == [[0, 0], [1, 0], [0, 1]]
    assert len({panel.scale_of for panel in panels}) == 1


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_every_number_on_screen_is_in_the_material(default_material: Material, lang: Any) -> None:
    scene = still(default_material, Look(lang=lang))
    moves = default_material.arrays["phrase_moves"]
    names = default_material.texts[f"phrase_directions_{lang}"]
    lines = [
        scene.say("aside", direction=name, share=format_percent(float(moves[i, i])))
        for i, name in enumerate(names)
    ]
    assert {id(typeset.text(line, "regular")) for line in lines} <= shown(scene)
    assert id(typeset.text(scene.say("controls"), "italic")) in shown(scene)
    credit = f"SmolLM2-135M-Instruct ({'4-bit' if lang == 'en' else '4비트'})"
    where = scene.say("where", layer=27, d=576)
    assert id(typeset.text(f"{credit} · {where}")) in shown(scene)
    labels = [m for m in in_clip("embedding-space", default_material, Label)]
    told = {id(label.ink.parts[0][0]) for label in labels}
    if lang == "en":
        assert {id(typeset.text(line, "regular")) for line in lines} <= told


def test_a_gauge_is_as_long_as_what_its_direction_captures(default_material: Material) -> None:
    scene, moves = still(default_material), default_material.arrays["phrase_moves"]
    gauges = [m for m in scene.mobjects if isinstance(m, Segments)]
    wholes, pieces = (
        [float(np.ptp(gauge.arrays["ends"][0, :, 0])) for gauge in gauges[first::2]]
        for first in (0, 1)
    )
    shares = [abs(float(shares[np.abs(shares).argmax()])) for shares in moves]
    np.testing.assert_allclose(np.array(pieces) / wholes, shares, rtol=1e-5)
    begins = [gauge.arrays["ends"][0, 0].tolist() for gauge in gauges]
    assert begins[::2] == begins[1::2]


def test_a_space_is_seen_as_its_numbers_say(default_material: Material) -> None:
    space = next(m for m in still(default_material).mobjects if isinstance(m, Space))
    space.set(azimuth=0.0)
    zero, across, up = space.flat(np.array([[0, 0, 0], [1.0, 0, 0], [0, 1.0, 0]]))
    np.testing.assert_allclose(across - zero, [space.scale_of, 0], atol=1e-9)
    assert up[0] == pytest.approx(zero[0])
    space.set(azimuth=90.0)
    towards = space.flat(np.array([0, 0, 1.0]))  # z has come round to the right
    assert towards[0] - zero[0] == pytest.approx(space.scale_of, abs=1e-9)
    assert 3 * np.linalg.norm(space.things.paths, axis=-1).max() < EYE


def test_the_layers_are_passed_one_by_one(default_material: Material) -> None:
    renderer = stage.renderer_for((1280, 720), 10)
    renderer.wanted = []
    seen: list[tuple[float, float, float]] = []
    visit = renderer._visit

    def visited(scene: Any) -> None:
        visit(scene)
        kinds = {type(m): m for m in scene.mobjects}
        if Counter in kinds:
            counter, space = kinds[Counter], kinds[Space]
            place = (float(counter.arrays["value"]), float(space.arrays["layer"]))
            seen.append((*place, float(space.arrays["azimuth"])))

    renderer._visit = visited  # type: ignore[method-assign]
    scene = stage.scene_of("embedding-space", default_material, Look(), renderer)
    scene.construct()
    assert seen[0][:2] == (0, 0)
    assert seen[-1][:2] == (27, 27)
    assert all(counted == layer for counted, layer, _ in seen)
    assert 6 <= renderer.time <= 15
    turned = seen[-1][2] - seen[0][2]
    assert 8 < turned < 15  # one degree a second


def test_the_phrases_are_listed_in_their_arrows_colours_before_any_arrow_moves(
    default_material: Material,
) -> None:
    renderer = stage.renderer_for((1280, 720), 10)
    renderer.wanted = []
    seen: list[Any] = []
    visit = renderer._visit

    def visited(scene: Any) -> None:
        visit(scene)
        kinds = {type(m): m for m in scene.mobjects}
        if Strip in kinds:
            listed, space = kinds[Strip], kinds[Space]
            told = [m.box for m in scene.mobjects if isinstance(m, Label)]
            seen.append((space.arrays["layer"], listed.boxes(listed.arrays), told, listed))
            told += [m.ink_box() for m in scene.mobjects if isinstance(m, Counter)]

    renderer._visit = visited  # type: ignore[method-assign]
    stage.scene_of("embedding-space", default_material, Look(), renderer).construct()
    layer, _, _, listed = seen[0]
    assert layer == 0
    phrases = default_material.texts["phrases"]
    outlines = [ink.parts[0][0] for ink in listed.inks]
    assert outlines == [typeset.text(phrase, "regular") for phrase in phrases]
    assert listed.arrays["shown"].all()
    assert listed.colours == still(default_material).journey.colours
    for _, boxes, told, _ in seen:  # it has room from the first for what is said: nothing moves
        np.testing.assert_array_equal(boxes, seen[0][1])
        # What is said of the moves covers no phrase
        for x0, y0, x1, y1 in told:
            assert not ((boxes[:, :2] < (x1, y1)) & (boxes[:, 2:] > (x0, y0))).all(axis=1).any()


def test_each_control_is_named_by_its_shape_and_no_name_touches_an_arrow(
    default_material: Material,
) -> None:
    scene = still(default_material)
    panels = [m for m in scene.mobjects if isinstance(m, Space)]
    keys = [m for m in scene.mobjects if isinstance(m, Points)]
    controls = default_material.texts["phrase_controls"]
    # All are rings, since a full dot on an arrow would be a bead; of two one has a core.
    assert sum(key.outline > 0 for key in keys) == len(controls)
    assert len(keys) == sum(1 if hollow(i) else 2 for i in range(len(controls)))
    assert hollow(0) != hollow(1)
    inks = [m.ink for m in scene.mobjects if isinstance(m, Label)]
    told = [[shape(outline) for outline, _ in ink.parts] for ink in inks]
    for name, kept in zip(controls, default_material.arrays["phrase_controls_kept"], strict=True):
        share = format_percent(float(kept))
        texts = (name, scene.say("kept", share=share))  # how much of it the space keeps
        assert [shape(typeset.text(text)) for text in texts] in told
    pixels, _ = stage.still("embedding-space", default_material, Look(), (1920, 1080))
    for mark, panel in enumerate(
        panels[1:]
    ):  # a hollow point is dark inside, the other has a grey core
        spot = np.array([[*panel.flat(panel.things.marks)[mark], 0.0]])
        x, y = scene.camera.view.pixels(spot)[0].round().astype(int)
        assert (pixels[y, x, :3].max() < 30) == hollow(mark)


@pytest.mark.parametrize(
    ("first", "second", "come", "gone"),
    [
        ("tower", "Eiffel tower", ["Eiffel"], []),
        ("Eiffel tower", "miniature Eiffel tower", ["miniature"], []),
        ("river bank", "money bank", ["money"], ["river"]),
        ("고양이", "작은 파란 고양이", ["작은", "파란"], []),
        ("the bank", "the bank of the river", ["of", "the", "river"], []),
        ("big old bank", "old big bank", [], []),
    ],
)
def test_a_move_is_called_by_the_words_that_come_in_and_go(
    first: str, second: str, come: list[str], gone: list[str]
) -> None:
    assert changed(first, second) == (come, gone)
    ink = move_name(first, second, "the move", 30.0)
    if not come and not gone:
        assert ink.parts[0][0] is typeset.text("the move", "regular")
        return
    wanted = [typeset.math("plus"), typeset.text(" ".join(come), "regular")]
    wanted += [typeset.math("minus"), typeset.text(" ".join(gone), "regular")] if gone else []
    assert repr(ink) == repr(phrase(wanted))
    assert move_name(first, second, "the move", 5.0).advance <= 5.0


def test_every_move_and_short_arrow_has_a_name_of_its_own(
    default_material: Material,
) -> None:
    scene = still(default_material)
    (space,) = in_clip("embedding-space", default_material, Space)
    inks, _, _, shown = space.labels()
    assert shown.tolist() == [1.0] * 5  # of three vectors and two moves
    assert len({repr(ink) for ink in inks}) == len(inks)
    for panel in (m for m in scene.mobjects if isinstance(m, Space)):
        assert panel.labels()[3][3:].tolist() == panel.arrays["move_names"].tolist()


def test_two_phrases_and_no_controls_are_drawn_too() -> None:
    made = material("short", 2)
    panels = [m for m in still(made).mobjects if isinstance(m, Space)]
    assert len(panels) == 2
    assert made.texts["phrase_controls"] == ()


def test_phrases_without_a_control_are_measured_along_no_direction() -> None:
    made = material("short", 16)
    scene = still(made)
    assert not any(isinstance(m, Segments) for m in scene.mobjects)
    told = {id(m.ink.parts[0][0]) for m in in_clip("embedding-space", made, Label)}
    for move in range(2):  # whole, not cut to its column
        line = scene.say("moved", **scene.journey.length_of(move))
        assert id(typeset.text(line, "regular")) in told
    places = made.arrays["phrase_places"][-1]
    for move in (0, 1):
        step, before = places[move + 1] - places[move], places[move]
        share = format_percent(float(np.linalg.norm(step) / np.linalg.norm(before)))
        assert id(typeset.text(scene.say("moved", share=share), "regular")) in shown(scene)


def test_the_picture_says_where_each_phrase_stands(default_material: Material) -> None:
    size = CHAPTERS["embedding-space"].figure().size(11)
    _, picture = stage.still("embedding-space", default_material, Look(), size)
    values = default_material.arrays["phrase_values"]
    assert {(c.query, c.key) for c in picture.cells} == {(i, j) for i in range(3) for j in (0, 1)}
    assert all(c.value == pytest.approx(float(values[c.query, c.key])) for c in picture.cells)
    assert (picture.layer, picture.head) == (27, None)  # the residual stream is no head's
    assert "17%" in picture.alt
    assert "20%" in picture.alt
