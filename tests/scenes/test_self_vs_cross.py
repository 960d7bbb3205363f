"""The chapter on cross-attention: its rectangle, its jumping word, its words and its numbers."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
from made import material
from test_pictures import dot_area, on_still

from attention_core import AttentionError, Material
from attention_core.focus import choose_jump
from attention_core.rounding import format_weight, shares
from attention_core.sink import without_start
from rendering import stage
from rendering.job import RenderJob
from rendering.materials import check
from rendering.produce import make_still
from scenes.kit import typeset
from scenes.kit.audit import audit
from scenes.kit.cells import Dots
from scenes.kit.header import Header
from scenes.kit.heat import Heat
from scenes.kit.label import Label
from scenes.kit.pair import Pair
from scenes.kit.strip import Focus, Strip
from scenes.kit.theme import DARK
from scenes.kit.words import formula, say
from scenes.look import Language, Look, Orientation
from scenes.registry import CHAPTERS

SLUG, FIGURE = "self-vs-cross", "self-cross"


def lines(scene: Any) -> set[int]:
    """The outlines of all lines of type on the scene."""
    return {id(m.ink.parts[0][0]) for m in scene.mobjects if isinstance(m, Label)}


def test_the_verb_at_the_end_jumps_back(default_material: Material) -> None:
    cross = default_material.traces["cross"]
    row, key = choose_jump(cross)
    assert (cross.predicted[row], cross.keys[key].display) == ("돌아다녔다", "roamed")
    row, key = choose_jump(cross, 7)
    assert (cross.predicted[row], cross.keys[key].display) == ("숲", "forest")


@pytest.mark.parametrize("orientation", get_args(Orientation))
def test_the_rectangle_holds_the_cross_attention(
    orientation: Orientation, default_material: Material
) -> None:
    look = Look(credit=False, orientation=orientation)
    size = CHAPTERS[SLUG].figure().size(11, 3840)
    pixels, picture = stage.still(SLUG, default_material, look, size, FIGURE)
    cross = default_material.traces["cross"]
    assert picture.trace == "cross"
    assert {(c.query, c.key) for c in picture.cells} == {(q, k) for q in range(9) for k in range(8)}
    areas = np.array([dot_area(pixels.astype(float) / 255, c.box) for c in picture.cells])
    values = np.array([cross.weights[c.query, c.key] for c in picture.cells])
    focus, _ = choose_jump(cross)  # its frame's yellow is no dot's
    plain = np.array([c.query != focus for c in picture.cells])
    assert areas.max() > 500
    np.testing.assert_allclose((areas / areas[plain].max())[plain], values[plain], atol=0.03)


def test_each_row_is_called_after_the_word_that_it_predicts(default_material: Material) -> None:
    headers = on_still(Header, SLUG, FIGURE, default_material)
    (queries,) = (h for h in headers if len(h.inks) == 9)
    predicted = default_material.traces["cross"].predicted
    shown = [ink.parts[0][0] for ink in queries.inks]
    assert predicted[-1] == "end"  # which is no word: it is set as *start* is
    styles: list[Any] = ["regular"] * 8 + ["italic"]
    assert [
        o is typeset.text(word, style)
        for o, word, style in zip(shown, predicted, styles, strict=True)
    ] == ([True] * 9)
    assert queries.runs == [[0], [1], [2, 3], [4], [5, 6], [7], [8]]


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_the_numbers_on_screen_are_those_of_the_traces(
    lang: Any, default_material: Material
) -> None:
    size = CHAPTERS[SLUG].figure().size(11)
    scene = stage._drawn(SLUG, default_material, Look(lang=lang), size, FIGURE)[0]
    cross, own = default_material.traces["cross"], default_material.traces["encoder"]
    row, key = choose_jump(cross)
    share = format_weight(float(shares(cross.weights[row])[key]))
    said = {
        scene.say("self", queries=own.n, keys=own.n_k),
        scene.say("cross", queries=cross.n, keys=cross.n_k),
        scene.say("jump", query=cross.predicted[row], key=cross.keys[key].display, share=share),
        own.sentence,
        cross.sentence,
    }
    assert {id(typeset.text(line, "regular")) for line in said} <= lines(scene)
    toy = scene.say(
        "toy",
        toy="en-ko",
        layer_self=own.layer,
        head_self=own.head,
        layer_cross=cross.layer,
        head_cross=cross.head,
        d_k=16,
    )
    assert id(typeset.line(toy)) in lines(scene)


def test_a_clip_says_no_number_that_its_still_does_not(default_material: Material) -> None:
    renderer = stage.renderer_for((1280, 720), 10)
    renderer.wanted = []
    scene = stage.scene_of(SLUG, default_material, Look(), renderer)
    scene.construct()
    still = stage._drawn(SLUG, default_material, Look(), (1920, 1080), FIGURE)[0]
    typed = {id(m.ink.parts[0][0]) for m in scene.mobjects if isinstance(m, Label)}
    caption = id(scene.caption()[0].ink.parts[0][0])
    formulas = 2 + 1 + 1  # where the vectors come from, the caption, the credit: set anew each time
    assert len(typed - lines(still) - {caption}) <= formulas
    assert 8 <= renderer.time <= 15


@pytest.mark.parametrize("orientation", get_args(Orientation))
def test_words_never_stand_on_words_on_their_way_to_the_second_board(
    orientation: Orientation, default_material: Material
) -> None:
    renderer = stage.renderer_for((640, 360), 5)
    renderer.wanted = []
    visit, found, frames = renderer._visit, set(), []

    def visited(scene: Any) -> None:
        scene.duration = scene.get_run_time(scene.animations)
        for share in (0.1, 0.3, 0.5, 0.7, 0.9):
            scene.update_to_time(share * scene.duration)
            found.update(line for line in audit(scene) if "overlaps" in line)
        visit(scene)
        frames.append(sum(isinstance(m, Header) for m in scene.mobjects))

    renderer._visit = visited  # type: ignore[method-assign]
    look = Look(orientation=orientation)
    stage.scene_of(SLUG, default_material, look, renderer).construct()
    assert found == set()
    assert max(frames) == 4


def test_many_words_are_a_heat_map_with_the_two_words_it_is_about() -> None:
    made = material("short", 24)
    scene = stage._drawn(SLUG, made, Look(), (1920, 1080), FIGURE)[0]
    kinds = {type(m) for m in scene.mobjects}
    assert Heat in kinds
    assert not {Dots, Header} & kinds
    cross = made.traces["cross"]
    row, key = choose_jump(cross)
    words = (cross.predicted[row], cross.keys[key].display)
    assert {id(typeset.text(word, "regular")) for word in words} <= lines(scene)


@pytest.mark.parametrize(("kind", "count"), [("long", 14), ("long", 17), ("korean", 18)])
def test_where_words_above_the_cells_would_be_cut_to_a_letter_only_the_one_it_is_about_is_there(
    kind: str, count: int
) -> None:
    made = material(kind, count)
    scene = stage.scene_of(SLUG, made, Look(), stage.renderer_for((1280, 720), 10))
    pair = Pair(scene, made.traces["encoder"], made.traces["cross"], None)
    for half in (pair.self, pair.other):
        (header,) = half.headers
        assert not header.across
        # Of a long word enough is left to tell it from others.
        assert all(label.whole or label.ink.width > 5 for label in header.axis.labels)
    said = [label.ink.parts[0][0] for label in pair.jump[1:]]
    assert said == [typeset.text(pair.texts["query"], "regular")]


@pytest.mark.parametrize("still", [True, False])
@pytest.mark.parametrize("orientation", get_args(Orientation))
def test_both_boards_say_which_side_asks(
    orientation: Orientation, still: bool, default_material: Material
) -> None:
    look = Look(orientation=orientation)
    if still:
        scene = stage._drawn(SLUG, default_material, look, (1920, 1080), FIGURE)[0]
    else:
        scene = stage.scene_of(SLUG, default_material, look, stage.renderer_for((1280, 720), 10))
    traces = default_material.traces
    pair = Pair(scene, traces["encoder"], traces["cross"], None)
    # A decoder's query is of what is before the token that stands there, which comes next.
    for half, asks in ((pair.self, "queries"), (pair.other, "next")):
        rows = {"query": asks, "key": "keys"}[half.grid.board.rows.role]
        columns = ({asks, "keys"} - {rows}).pop()
        said = [label.ink.parts[0][0] for label in half.ways]
        words = [f"{columns} {formula('arrow.r')}", f"{rows} {formula('arrow.b')}"]
        assert said == [typeset.line(word, "italic") for word in words]
        x0, y0, x1, y1 = half.grid.board.corner
        for a, b, c, d in (label.box for label in half.ways):
            assert x0 <= a and y0 <= b and c <= x1 and d <= y1


@pytest.mark.parametrize("orientation", get_args(Orientation))
def test_each_board_stands_below_the_middle_of_its_title_though_one_has_a_key(
    orientation: Orientation, default_material: Material
) -> None:
    look, traces = Look(orientation=orientation), default_material.traces
    scene = stage._drawn(SLUG, default_material, look, (1920, 1080), FIGURE)[0]
    pair = Pair(scene, traces["encoder"], traces["cross"], None)
    assert pair.key_lines
    for half in (pair.self, pair.other):
        (beside,) = (header for header in half.headers if not header.across)
        middle = (beside.content[0] + half.grid.board.grid[2]) / 2
        assert middle == pytest.approx((half.region[0] + half.region[2]) / 2, abs=0.12)
        assert not any(header.boxed for header in half.headers)  # upright words have no boxes
    assert min(line.box[0] for line in pair.key_lines) >= pair.self.region[0]


def test_a_word_that_is_asked_for_is_accented_in_both(default_material: Material) -> None:
    scene = stage._drawn(SLUG, default_material, Look(query="forest"), (1920, 1080), FIGURE)[0]
    marked = [set(m.accents) for m in scene.mobjects if isinstance(m, Header)]
    assert marked[0] == marked[1] >= {7}
    assert marked[2:] == [{5}, {7}]


def test_a_sentence_that_the_toy_cannot_translate_is_an_error_of_the_chapter(
    default_material: Material,
) -> None:
    texts = {"untranslated": ("en-ko does not know 'dinosaur'", "its vocabulary: a, the")}
    made = replace(default_material, texts=texts)
    with pytest.raises(AttentionError, match="does not know 'dinosaur'; its vocabulary"):
        check(made, CHAPTERS[SLUG], Look())
    check(made, CHAPTERS["softmax"], Look())
    # In a story the chapter keeps a sentence of its own, and says so.
    scene = stage._drawn(SLUG, made, Look(query="dinosaur"), (1920, 1080), FIGURE)[0]
    assert id(typeset.text(scene.say("own", toy="en-ko"), "italic")) in lines(scene)


def test_without_the_start_token_cross_attention_stays_as_it_is(
    default_material: Material,
) -> None:
    made = without_start(default_material)
    assert made.traces["cross"] is default_material.traces["cross"]
    assert made.texts == default_material.texts


def test_the_sidecar_tells_whose_cells_they_are(default_material: Material, tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    prints = (default_material.fingerprint(),)
    job = RenderJob((SLUG,), FIGURE, prints, Look(), "png", (640, 360), None)
    make_still(path, job, default_material)
    content = json.loads((tmp_path / "a.png.json").read_text())
    cross = default_material.traces["cross"]
    assert content["sentence"] == cross.sentence
    assert content["source"] == cross.source
    assert content["predicted"] == list(cross.predicted)
    assert content["key_tokens"] == [token.display for token in cross.keys]
    assert (content["layer"], content["head"]) == (1, 3)
    assert content["model"]["name"] == "en-ko"


@pytest.mark.parametrize("orientation", get_args(Orientation))
def test_the_frame_that_brings_keys_never_stands_around_nothing(
    orientation: Orientation, default_material: Material
) -> None:
    renderer = stage.renderer_for((640, 360), 5)
    renderer.wanted = []
    visit, seen = renderer._visit, []

    def visited(scene: Any) -> None:
        scene.duration = scene.get_run_time(scene.animations)
        frames = [m for m in scene.mobjects if type(m) is Focus]
        for share in (0.75, 1.0) if frames else ():
            scene.update_to_time(share * scene.duration)
            headers = [m for m in scene.mobjects if isinstance(m, Header)]
            names = [m for m in scene.mobjects if isinstance(m, Strip)]
            kv = {DARK.key, DARK.value}  # K and V in their own colours
            told = [m for m in names if kv <= {colour for _, colour in m.inks[0].parts}]
            named = any(m.arrays["shown"][0] * m.opacity > 0.5 for m in told)
            seen.append((frames[0].box != frames[0].ink_box(), len(headers), named))
        visit(scene)

    renderer._visit = visited  # type: ignore[method-assign]
    look = Look(orientation=orientation)
    stage.scene_of(SLUG, default_material, look, renderer).construct()
    on_its_way = [(count, named) for flying, count, named in seen if flying]
    assert on_its_way[1] == (2, True)  # K, V is said before it is there
    assert on_its_way[2:4] == [(3, True)] * 2  # and there the words come


@pytest.mark.parametrize("language", get_args(Language))
def test_the_key_of_the_dots_names_what_they_show_where_it_is_brief(language: Language) -> None:
    brief = say(language, SLUG, "of_one_brief", share="0.25")
    assert brief == f"{say(language, 'context-size', 'weight')} 0.25"
