"""The chapter on softmax: what is in focus, what recedes, and what its columns add up to."""

from __future__ import annotations

from typing import Any, get_args

import numpy as np
import pytest
from made import material
from reading import played
from test_pictures import on_still

from attention_core import Material
from rendering import stage
from scenes.kit import terms, typeset
from scenes.kit.asked import asked
from scenes.kit.cells import Dots, Numbers
from scenes.kit.label import Arrow, Frame, Label
from scenes.kit.strip import Strip
from scenes.kit.theme import RGB, THEMES, blend
from scenes.look import Language, Look, Orientation, Theme
from scenes.registry import CHAPTERS

LEAST_CONTRAST = 2.2  # below this, what recedes cannot be seen at the width of a post


def lifted(made: Material, look: Look) -> Any:
    """The scene of figure 3-5."""
    size = CHAPTERS["softmax"].figure("3-5").size(made.trace.n)
    return stage._drawn("softmax", made, look, size, "3-5")[0]


def luminance(colour: RGB) -> float:
    """The relative luminance of WCAG 2."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour]
    return float(np.dot(linear, (0.2126, 0.7152, 0.0722)))


def contrast(one: RGB, other: RGB) -> float:
    """The contrast ratio of WCAG 2."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def yellow_frames(scene: Any) -> int:
    """How many frames in the colour of focus can be seen."""
    frames = (m for m in scene.mobjects if isinstance(m, Frame) and m.opacity > 0.05)
    return sum(frame.colour == scene.theme.focus for frame in frames)


@pytest.mark.parametrize("orientation", get_args(Orientation))
@pytest.mark.parametrize("theme", get_args(Theme))
def test_numbers_out_of_focus_recede_and_can_still_be_seen(
    theme: Theme, orientation: Orientation, default_material: Material
) -> None:
    scene = lifted(default_material, Look(theme=theme, orientation=orientation))
    (numbers,) = (m for m in scene.mobjects if isinstance(m, Numbers))
    ground, chosen = THEMES[theme].background, scene.lift.chosen
    seen = [
        (contrast(blend(ground, colour, float(opacity)), ground), bool(here))
        for colour, opacity, here in zip(numbers.colours, numbers.opacities, chosen, strict=True)
        if opacity > 0
    ]
    in_focus = [ratio for ratio, here in seen if here]
    elsewhere = [ratio for ratio, here in seen if not here]
    assert len(in_focus) == default_material.trace.n
    assert len(elsewhere) > 40
    assert min(elsewhere) >= LEAST_CONTRAST
    assert max(elsewhere) < min(in_focus)


def test_a_lifted_picture_has_one_yellow_frame(default_material: Material) -> None:
    assert yellow_frames(lifted(default_material, Look())) == 1


@pytest.mark.parametrize("orientation", get_args(Orientation))
def test_a_clip_never_rests_on_two_yellow_frames(
    orientation: Orientation, default_material: Material
) -> None:
    renderer = stage.renderer_for((1280, 720), 10)
    renderer.wanted = []
    visit = renderer._visit
    counts: list[int] = []

    def visited(scene: Any) -> None:
        visit(scene)
        counts.append(yellow_frames(scene))
        renderer.num_plays += 1

    renderer._visit = visited  # type: ignore[method-assign]
    look = Look(orientation=orientation)
    stage.scene_of("softmax", default_material, look, renderer).construct()
    assert max(counts) == 1
    assert counts[-1] == 0


def test_tilted_numbers_that_would_be_too_small_are_dots(default_material: Material) -> None:
    for made, kind in ((default_material, Numbers), (material("short", 24), Dots)):
        scene = lifted(made, Look())
        kinds = {type(m) for m in scene.mobjects if isinstance(m, Numbers | Dots)}
        assert kinds == {kind}


def test_the_sums_on_screen_are_one_for_every_query(default_material: Material) -> None:
    (sums,) = on_still(Strip, "softmax", "3-6", default_material)
    assert len(sums.inks) == len(default_material.trace.word_rows)
    assert all(ink.parts[0][0] is typeset.number("1.00") for ink in sums.inks)


def test_red_is_the_masks_alone(default_material: Material) -> None:
    theme = THEMES["dark"]
    before, _ = on_still(Numbers, "softmax", "3-6", default_material)
    masked = default_material.trace.masked
    hidden = np.isneginf(masked[before.board.query_of, before.board.key_of])
    red = [colour in (theme.masked, theme.negative) for colour in before.colours]
    assert red == hidden.tolist()


@pytest.mark.parametrize("orientation", get_args(Orientation))
def test_the_tilted_grid_of_a_still_takes_more_than_six_tenths_of_its_width(
    orientation: Orientation, default_material: Material
) -> None:
    scene = lifted(default_material, Look(orientation=orientation))
    x0, _, x1, _ = scene.lift.board.box
    view = scene.camera.view
    ends = view.pixels(np.array([(x, y, 0.0) for x in (x0, x1) for y in (-3.0, 3.0)]))[:, 0]
    assert (ends.max() - ends.min()) / view.width > 0.6
    assert all(mark.faces_us for mark in scene.legend)


def test_the_words_stay_beside_the_shares_until_both_fly_back(default_material: Material) -> None:
    moments = []

    def see(scene: Any) -> None:
        strips = [m for m in scene.mobjects if isinstance(m, Strip)]
        seen = {id(m) for m in strips if m.opacity > 0.05 and (m.arrays["shown"] > 0.05).any()}
        upright = scene.camera.view.straight
        moments.append((id(scene.lift.shares) in seen, id(scene.lift.words) in seen, upright))

    played("softmax", default_material, Look(), see)
    apart = [words for shares, words, upright in moments if shares and not upright]
    assert len(apart) >= 2 and all(apart[1:])  # at first the shares come, and the words with them


def test_the_shares_stand_in_their_column_before_any_column_turns_to_dots(
    default_material: Material,
) -> None:
    rests = []

    def see(scene: Any) -> None:
        cells = scene.lift.cells
        numbers = [m for m in scene.mobjects if isinstance(m, Numbers)]
        inks = [
            m.inks[cell] if m.opacities[cell] > 0.5 else None for m in numbers for cell in cells
        ]
        shown = [ink.parts[0][0].curves for ink in inks if ink is not None]
        dots = [m for m in scene.mobjects if isinstance(m, Dots) and m.arrays["size"].any()]
        rests.append((shown, bool(dots), scene.camera.view.straight))

    played("softmax", default_material, Look(), see)
    wanted = ["0.48", "0.01", "0.22", "0.24", "0.05"]
    curves = [typeset.number(text, text in ("0.22", "0.24")).curves for text in wanted]

    def landed(shown: list[np.ndarray]) -> bool:
        return len(shown) == len(curves) and all(map(np.array_equal, shown, curves))

    assert any(landed(shown) and straight and not dots for shown, dots, straight in rests)


@pytest.mark.parametrize("figure", ["3-5", "pattern"])
def test_words_above_columns_are_of_one_size_in_equal_boxes_that_keep_apart(
    figure: str, default_material: Material
) -> None:
    size = CHAPTERS["softmax"].figure(figure).size(default_material.trace.n)
    queries = stage._drawn("softmax", default_material, Look(), size, figure)[0].grid.queries
    axis = queries.axis
    assert np.ptp(queries.ems) == 0
    longest = max(label.ink.width for label in axis.labels) * axis.em  # "creature"
    assert longest > 0.75 * (axis.high[0] - axis.low[0])
    boxes = np.array([queries.word_box(run) for run in queries.runs])
    assert (boxes[1:, 0] - boxes[:-1, 2] > 0.05).all()
    firsts = [run[0] for run in queries.runs if len(run) == 1]
    alone = boxes[[len(run) == 1 for run in queries.runs]]
    pads = [alone[:, 0] - queries.word_pens[firsts, 0], np.diff(alone[:, [0, 2]])[:, 0]]
    np.testing.assert_allclose(pads[0], pads[0][0])
    widths = np.array([queries.inks[first].width for first in firsts]) * axis.em
    np.testing.assert_allclose(pads[1], widths - 2 * pads[0])
    assert -pads[0][0] > 0.05


@pytest.mark.parametrize("orientation", get_args(Orientation))
def test_what_leads_from_scores_to_shares_is_named_and_one_query_is_framed_in_both(
    orientation: Orientation, default_material: Material
) -> None:
    info = CHAPTERS["softmax"].figure("3-6")
    look, size = Look(orientation=orientation), info.size(default_material.trace.n)
    scene: Any = stage._drawn("softmax", default_material, look, size, "3-6")[0]
    upper, lower = (m for m in scene.mobjects if isinstance(m, Numbers))
    (arrow,) = (m for m in scene.mobjects if isinstance(m, Arrow))
    named = typeset.text(scene.say("each"), "regular")
    (word,) = (m for m in scene.mobjects if isinstance(m, Label) and m.ink.parts[0][0] is named)
    for piece in (arrow, word):
        assert lower.board.box[3] < piece.box[1] < piece.box[3] < upper.board.box[1]
    assert arrow.ends[0, 1] > arrow.ends[1, 1]
    frames = [m for m in scene.mobjects if isinstance(m, Frame) and m.colour == scene.theme.focus]
    for frame, numbers in zip(frames, (upper, lower), strict=True):
        (x0, y0, x1, y1), at = frame.box, numbers.board.centres
        framed = (at > (x0, y0)).all(axis=1) & (at < (x1, y1)).all(axis=1)
        assert (framed == (numbers.board.query_of == scene.query())).all()


def test_each_still_tells_what_it_shows(default_material: Material) -> None:
    told = {}
    for lang in get_args(Language):
        for figure in CHAPTERS["softmax"].figures:
            size = figure.size(default_material.trace.n)
            given = ("softmax", default_material, Look(lang=lang), size, figure.name)
            told[lang, figure.name] = stage.describe(*given).alt
    assert len(set(told.values())) == len(told)
    for pattern in (told["en", "pattern"], told["ko", "pattern"]):
        assert "0.24" in pattern
        assert "blue" in pattern
    assert "scores" not in told["en", "pattern"]
    assert "점수" not in told["ko", "pattern"]


@pytest.mark.parametrize("lang", get_args(Language))
def test_a_still_of_dots_says_what_they_mean_and_every_still_whose_scores_are_lifted(
    lang: Language, default_material: Material
) -> None:
    for made, dotted in ((default_material, False), (material("short", 24), True)):
        scene = lifted(made, Look(lang=lang))
        told = [m.ink.parts[0][0] for m in scene.mobjects if isinstance(m, Label)]
        assert (typeset.text(scene.say("negative")) in told) == dotted
        assert typeset.text(asked(scene, scene.query())) in told


def test_no_size_is_claimed_of_dots_that_are_seen_aslant() -> None:
    scene = lifted(material("short", 24), Look())
    labels = [m.ink.parts[0][0] for m in scene.legend if isinstance(m, Label)]
    told = [scene.say(name) for name in ("above_zero", "negative", "masked")]
    assert labels == [typeset.text(line) for line in told]  # and no score


@pytest.mark.parametrize("still", [True, False])
@pytest.mark.parametrize("kind", ["default", "short", "long"])
def test_what_a_score_is_stands_beside_whose_it_is(
    kind: str, still: bool, default_material: Material
) -> None:
    """The column's head is "s": its formula is told once, and is quiet."""
    made = default_material if kind == "default" else material(kind, 24 if kind == "long" else 8)
    if still:
        scene = lifted(made, Look())
    else:
        scene = stage.scene_of("softmax", made, Look(), stage.renderer_for((1280, 720), 10))
        scene._prepare()
    formula = typeset.math(f"s = {terms.read(scene.trace, terms.scaled(scene.trace))}")
    (told,) = (m for m in scene.lift.parts if isinstance(m, Label) and m.ink.parts[0][0] is formula)
    assert told.colour == scene.theme.quiet
    assert told.em >= scene.min_em - 1e-9


def test_tilted_digits_of_a_still_are_as_large_as_its_type() -> None:
    """Where the nearest of them are not, dots stand there, as for 20 tokens."""
    made = Material.build("나는 학교에 갔다", needs=CHAPTERS["softmax"].needs)
    scene = lifted(made, Look(lang="ko"))
    assert any(isinstance(m, Dots) for m in scene.lift.layers)
