"""The chapter on queries and keys: its numbers are the Material's, and its angles the scores."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, get_args

import numpy as np
import pytest
from made import material
from reading import played
from test_pictures import in_clip

from attention_core import Material
from attention_core.rounding import format_percent, format_score
from rendering import stage
from scenes.kit import typeset
from scenes.kit.axis_names import apart
from scenes.kit.label import Label
from scenes.kit.landing import landing_names
from scenes.kit.mapping import Carry
from scenes.kit.maps import middle
from scenes.kit.naming import CLEARLY, name_points, shafts, shapes_of
from scenes.kit.outline import Ink
from scenes.kit.planes import displayed
from scenes.kit.strip import Strip
from scenes.kit.swing import Follow, Swing, Through
from scenes.kit.turning import note
from scenes.kit.unnamed import name_boxes
from scenes.kit.vectors import Marks, Points, Segments, Vectors
from scenes.look import Look, Theme
from scenes.registry import CHAPTERS


def carried(made: Material, look: Look | None = None) -> tuple[Any, Carry]:
    """The still's scene, and its layout."""
    size = CHAPTERS["query-key"].figure().size(made.trace.n)
    scene = stage._drawn("query-key", made, look or Look(), size, None)[0]
    return scene, Carry(scene, scene.query())


def shown_numbers(inks: list[Any], candidates: list[float]) -> list[str]:
    """The score that each name ends in, one of the candidates, found by its outline."""
    texts = [format_score(value) for value in candidates]
    found = []
    for ink in inks:
        last = ink.parts[-1][0].curves
        moved = last - last.min(axis=(0, 1))
        both = ((text, bold) for text in texts for bold in (False, True))
        match = (text for text, bold in both if _same(moved, typeset.number(text, bold).curves))
        found.append(next(match, ""))
    return found


def _same(moved: np.ndarray, curves: np.ndarray) -> bool:
    at_zero = curves - curves.min(axis=(0, 1))
    return moved.shape == at_zero.shape and bool(np.allclose(moved, at_zero, atol=1e-9))


@pytest.mark.parametrize("count", [2, 9, 24])
def test_drawn_dot_products_are_proportional_to_the_scores(count: int) -> None:
    scene, carry = carried(material("short", count))
    view, scores = carry.view, scene.trace.scores[carry.query, carry.keys]
    drawn = view.keys @ view.query
    np.testing.assert_allclose(drawn / drawn[-1], scores / scores[-1], rtol=1e-3, atol=1e-3)
    along = view.feet @ view.query / np.linalg.norm(view.query)
    np.testing.assert_allclose(along / along[-1], scores / scores[-1], rtol=1e-3, atol=1e-3)


def test_the_arrows_on_the_frame_are_the_view_to_scale(default_material: Material) -> None:
    _, carry = carried(default_material)
    ends = carry.key_arrows.arrays["ends"]
    np.testing.assert_allclose(ends[:, 0] - carry.right.zero, 0, atol=1e-12)
    np.testing.assert_allclose((ends[:, 1] - ends[:, 0]) / carry.right.scale, carry.view.keys)
    places = (carry.dots.arrays["spot"] - carry.left.zero) / carry.left.scale
    np.testing.assert_allclose(places, default_material.arrays["plane_x"][carry.rows], atol=1e-6)


def test_only_keys_that_the_query_may_look_at_are_carried_over(default_material: Material) -> None:
    _, carry = carried(default_material)
    assert carry.keys == [0, 1, 2, 3, 4]  # start a fluffy blue creature
    assert carry.strong == [2, 3]
    _, bare = carried(default_material, Look(sink="renormalise", query="forest"))
    assert bare.keys == list(range(1, 11))


def test_every_number_on_screen_is_in_the_material(default_material: Material) -> None:
    scene, carry = carried(default_material)
    scores = [float(value) for value in scene.trace.scores[carry.query, carry.keys]]
    assert shown_numbers(carry.key_names.inks[1:], scores) == [format_score(s) for s in scores]
    arrays = default_material.arrays
    texts = [
        scene.say("embedding", d=576),
        scene.say("embedding_kept", share=format_percent(float(arrays["plane_x_shares"].sum()))),
        scene.say("space", head=8, d=64),
        scene.say("space_kept", share=format_percent(float(arrays["plane_share"][4]))),
    ]
    lines = [*carry.left_title, *carry.right_title]
    assert [line.ink.parts[0][0] for line in lines] == [typeset.line(text) for text in texts]
    names = {
        f"PC {axis + 1}: {format_percent(float(arrays['plane_x_shares'][axis]))}": axis
        for axis in (0, 1)
    }
    shown = {id(label.ink.parts[0][0]) for label in carry.axis_names}
    assert {id(typeset.text(name, "regular")) for name in names} == shown


def test_the_clip_ends_on_what_the_still_shows(default_material: Material) -> None:
    scene, carry = carried(default_material)
    strips = in_clip("query-key", default_material, Strip)
    scores = [float(value) for value in scene.trace.scores[carry.query, carry.keys]]
    last = shown_numbers(strips[-1].inks[1:], scores)
    assert last == [format_score(score) for score in scores]
    arrows = in_clip("query-key", default_material, Vectors)
    tips = arrows[-1].arrays["ends"][:, 1]
    assert len(tips) == len(carry.keys)


def test_the_turn_ends_where_the_rotated_vectors_are(default_material: Material) -> None:
    renderer = stage.renderer_for((1280, 720), 10)
    renderer.wanted = []
    scene = stage.scene_of("query-key", default_material, Look(), renderer)
    scene.construct()
    carry = Carry(scene, scene.query())
    (arrow,) = (
        m
        for m in scene.mobjects
        if isinstance(m, Vectors) and len(m.colours) == 1 and m.arrays["shown"][0] == 1.0
    )
    np.testing.assert_allclose(arrow.arrays["ends"], carry.query_arrow.arrays["ends"], atol=1e-9)


def test_hollow_dots_stand_where_the_maps_led_and_arcs_lead_from_them(
    default_material: Material,
) -> None:
    _, carry = carried(default_material)
    places = [carry.keys.index(key) for key in carry.strong]
    turning = carry.turning
    way, place = turning.key_turns, turning.view.panel.place
    np.testing.assert_allclose(
        way.begins.arrays["spot"], place(turning.view.keys_before[places]), atol=1e-9
    )
    ends = way.lines.arrays["ends"].reshape(len(places), -1, 2, 2)
    np.testing.assert_allclose(ends[:, -1, 1], place(turning.view.keys[places]), atol=1e-9)
    np.testing.assert_allclose(ends[:, 1:, 0], ends[:, :-1, 1], atol=1e-9)  # no gap
    np.testing.assert_allclose(
        turning.query_turn.begins.arrays["spot"][0], turning.query_landed[0, 1], atol=1e-9
    )


def test_the_turn_is_seen_and_gone_before_the_keys_are_compared(default_material: Material) -> None:
    scene, carry = carried(default_material)
    turning = carry.turning
    hues = {
        name: list(way.lines.colours)
        for name, way in (("query", turning.query_turn), ("keys", turning.key_turns))
    }
    notes = {id(line.ink.parts[0][0]) for line in turning.note}
    seen: list[set[str]] = []

    def see(scene: Any) -> None:
        shown = [m for m in scene.mobjects if isinstance(m, Marks) and m.arrays["shown"].any()]
        colours = [m.colours for m in shown if isinstance(m, Segments)]
        found = {name for name, hue in hues.items() if hue in colours}
        if any(isinstance(m, Points) and m.outline == 2.2 for m in shown):
            found.add("hollow")
        labels = {id(m.ink.parts[0][0]) for m in scene.mobjects if isinstance(m, Label)}
        seen.append(found | ({"note"} if labels & notes else set()))

    see(scene)
    assert seen.pop() == set()  # the still
    played("query-key", default_material, Look(), see)
    assert {"query", "hollow", "note"} in seen
    assert {"keys", "hollow", "note"} in seen
    assert not any({"query", "keys"} <= found for found in seen)
    assert all("hollow" in found for found in seen[:-1] if "note" in found)  # never without
    leaves = max(index for index, found in enumerate(seen) if "note" in found) + 1
    assert not any(seen[leaves + 1 :])
    assert len(seen[leaves + 1 :]) >= 3  # feet and names; a pause; the credit


def test_the_note_says_that_a_length_stays_only_where_it_does(default_material: Material) -> None:
    scene, carry = carried(default_material)
    trace = default_material.trace
    q, before = trace.q[carry.query], trace.need("q_unrotated")[carry.query]
    np.testing.assert_allclose(np.linalg.norm(q), np.linalg.norm(before), rtol=1e-4)
    assert note(scene, carry.query) == scene.say("turned_kept", d=len(q))
    longer = replace(trace, q_unrotated=1.01 * trace.need("q_unrotated"))
    traces = {**default_material.traces, "main": longer}
    made = Material(traces, default_material.arrays, default_material.texts)
    scene, carry = carried(made)
    assert note(scene, carry.query) == scene.say("turned")


def test_the_accented_keys_start_and_the_lowest_have_feet_on_the_querys_line(
    default_material: Material,
) -> None:
    scene, carry = carried(default_material)
    footed = carry.feet.arrays["shown"] > 0
    scores = carry.view.feet @ carry.view.query
    lowest = carry.keys[int(scores.argmin())]
    assert scores.min() < 0
    wanted = sorted({scene.trace.start, *carry.strong, lowest})
    assert [carry.keys[i] for i in np.flatnonzero(footed)] == wanted
    feet, line = carry.feet.arrays["ends"][footed, 1], carry.line.arrays["ends"][0]
    along = (line[1] - line[0]) / np.linalg.norm(line[1] - line[0])
    shares = (feet - line[0]) @ along / np.linalg.norm(line[1] - line[0])
    np.testing.assert_allclose(feet - line[0], np.outer((feet - line[0]) @ along, along), atol=1e-9)
    assert shares.min() >= -1e-9 and shares.max() <= 1 + 1e-9


def test_of_many_keys_only_the_query_the_strong_ones_and_the_strongest_others_are_named() -> None:
    scene, _ = carried(material("short", 24))
    carry = Carry(scene, 23)
    shown = carry.key_names.arrays["shown"] > 0
    assert shown[0]
    named = {carry.keys[i] for i in np.flatnonzero(shown[1:])}
    scores = scene.trace.scores[carry.query]
    others = [key for key in carry.keys if key not in carry.strong and key != scene.trace.start]
    strongest = sorted(others, key=lambda key: -float(scores[key]))[:3]
    assert len(carry.keys) > 20
    assert named <= {*carry.strong, scene.trace.start, *strongest}
    assert named >= set(carry.strong)


def test_the_query_is_named_at_its_tip(default_material: Material) -> None:
    _, carry = carried(default_material)
    names = carry.key_names
    box = np.array(names.inks[0].box) * carry.em + np.tile(names.arrays["spot"][0], 2)
    tip = carry.query_arrow.arrays["ends"][0, 1]
    assert np.linalg.norm(np.maximum(np.maximum(box[:2] - tip, tip - box[2:]), 0)) < 0.25


@pytest.mark.parametrize("count", [2, 9, 24])
def test_after_the_turn_the_query_and_its_keys_grow_alike(count: int) -> None:
    _, carry = carried(material("short", count))
    assert carry.right.scale > carry.turning.view.panel.scale
    np.testing.assert_allclose(carry.view.query, carry.turning.view.query)
    np.testing.assert_allclose(carry.view.keys, carry.turning.view.keys)


@pytest.mark.parametrize("count", [9, 24])
def test_the_arcs_stay_in_their_panel(count: int) -> None:
    _, carry = carried(material("short", count))
    x0, y0, x1, y1 = carry.right.region
    for way in (carry.turning.query_turn, carry.turning.key_turns):
        ends = way.lines.arrays["ends"]
        assert ((ends >= (x0, y0)) & (ends <= (x1, y1))).all()


def test_one_word_alone_claims_no_variance(default_material: Material) -> None:
    shares = np.zeros(2, np.float32)
    arrays = {**default_material.arrays, "plane_x_shares": shares}
    _, carry = carried(Material(default_material.traces, arrays, default_material.texts))
    assert carry.axis_names == []
    assert len(carry.left_title) == 1


def test_without_rope_nothing_turns(default_material: Material) -> None:
    arrays = dict(default_material.arrays)
    for kind in "qk":
        arrays[f"plane_{kind}_before"] = arrays[f"plane_{kind}"]
    made = Material(default_material.traces, arrays, default_material.texts)
    scene, carry = carried(made)
    assert not carry.turned
    assert not any(isinstance(m, Points) and m.outline == 2.2 for m in scene.mobjects)
    assert in_clip("query-key", made) is not None


@pytest.mark.parametrize("theme", get_args(Theme))
def test_the_query_arrow_is_drawn_where_its_numbers_say(
    theme: Theme, default_material: Material
) -> None:
    look = Look(theme=theme, credit=False)
    scene, carry = carried(default_material, look)
    pixels, _ = stage.still("query-key", default_material, look, (1920, 1080))
    ends = carry.query_arrow.arrays["ends"][0]
    x, y = (ends[0] + (ends[1] - ends[0]) * 0.5).tolist()
    found = pixels[round((4 - y) * 135), round((x + 64 / 9) * 135), :3] / 255
    np.testing.assert_allclose(found, scene.theme.query, atol=0.02)


@pytest.mark.parametrize(("kind", "count"), [("short", 9), ("short", 24), ("korean", 16)])
def test_lines_lead_to_names_that_stand_off_and_cross_nothing(kind: str, count: int) -> None:
    _, carry = carried(material(kind, count))
    dots, lines, names = carry.named
    boxes = np.array([ink.box for ink in names.inks]) * carry.em
    boxes = (boxes + np.tile(names.arrays["spot"], 2))[names.arrays["shown"] > 0]
    taken = np.concatenate([boxes, dots.around(dots.arrays), carry.ring.around(carry.ring.arrays)])
    for ends, seen, spot in zip(
        lines.arrays["ends"], lines.arrays["shown"], dots.arrays["spot"], strict=True
    ):
        if seen:
            assert np.linalg.norm(ends[1] - spot) < 3
            inner = ends[0] + (ends[1] - ends[0]) * np.linspace(0, 1, 50)[:, None]
            others = taken[~((taken[:, :2] < spot) & (taken[:, 2:] > spot)).all(axis=1)]
            inside = (inner[:, None] > others[None, :, :2]) & (inner[:, None] < others[None, :, 2:])
            assert not inside.all(axis=2).any()
    # Of more words than can be told apart the weak ones go without a name.
    assert (names.arrays["shown"] > 0).mean() > (0.8 if count < 12 else 0.5)
    rows = [carry.rows.index(row) for row in (carry.query, *carry.strong)]
    assert (names.arrays["shown"][rows] > 0).all()


@pytest.mark.parametrize(("kind", "count"), [("short", 9), ("short", 24), ("korean", 24)])
def test_a_name_is_nearest_to_its_own_point_or_a_line_leads_to_it(kind: str, count: int) -> None:
    _, carry = carried(material(kind, count))
    dots, lines, names = carry.named
    tips = np.concatenate([carry.view.query[None], carry.view.keys])
    right = (carry.right.place(tips), carry.key_leaders, carry.key_names)
    for spots, led, named in ((dots.arrays["spot"], lines, names), right):
        assert (named.arrays["shown"] > 0).sum() > 3
        for index in np.flatnonzero((named.arrays["shown"] > 0) & (led.arrays["shown"] == 0)):
            at = np.tile(named.arrays["spot"][index], 2)
            box = np.array(named.inks[index].box) * carry.em + at
            off = np.maximum(np.maximum(box[:2] - spots, spots - box[2:]), 0.0)
            far = np.linalg.norm(off, axis=1)
            # A ring around the query's word is wider than a dot.
            assert far[index] < np.delete(far, index).min() - 0.01
            assert far[index] < 0.4


@pytest.mark.parametrize(("kind", "count"), [("short", 9), ("short", 24), ("korean", 24)])
def test_how_many_words_and_keys_go_unnamed_is_said_where_some_do(kind: str, count: int) -> None:
    scene, carry = carried(material(kind, count))
    sides = (
        ("unnamed_words", carry.names, carry.word_note),
        ("unnamed_keys", carry.key_names, carry.key_note),
    )
    for name, names, beside in sides:
        missing = len(names.inks) - int((names.arrays["shown"] > 0).sum())
        told = [typeset.text(scene.say(name, count=missing), "italic")] if missing else []
        assert [label.ink.parts[0][0] for label in beside] == told
        on_scene = [m for m in scene.mobjects if isinstance(m, Label)]
        shown = [label.ink.parts[0][0] for label in on_scene]
        assert all(outline in shown for outline in told)
    if count == 24:
        assert carry.key_note and carry.word_note


@pytest.mark.parametrize(("kind", "count"), [("short", 9), ("short", 24), ("long", 24)])
def test_two_names_never_read_as_one_and_none_as_part_of_an_axis_name(
    kind: str, count: int
) -> None:
    _, carry = carried(material(kind, count))
    for names in (carry.names, carry.key_names):
        boxes = np.array(name_boxes(names))
        apart = np.maximum(boxes[:, None, :2] - boxes[None, :, 2:], 0)
        apart = np.maximum(apart, np.maximum(boxes[None, :, :2] - boxes[:, None, 2:], 0))
        above = (apart[:, :, 0] == 0) & ~np.eye(len(boxes), dtype=bool)
        assert len(boxes) > 3
        assert (apart[:, :, 1][above] > 0.5 * carry.em).all()  # half a line
    words = np.array(name_boxes(carry.names))
    for label in carry.axis_names:
        x0, y0, x1, y1 = label.box
        beside = (words[:, 1] < y1) & (words[:, 3] > y0)
        gaps = np.maximum(words[beside, 0] - x1, x0 - words[beside, 2])
        assert (gaps > 0.8 * carry.em).all()


@pytest.mark.parametrize(("kind", "count"), [("short", 9), ("short", 24), ("korean", 24)])
def test_no_dot_lies_on_the_name_of_an_axis(kind: str, count: int) -> None:
    _, carry = carried(material(kind, count))
    dots = np.array(shapes_of(carry.dots, carry.ring))
    for label in carry.axis_names:
        assert apart(label.box, dots) > 0.02


def test_the_name_in_the_rings_colour_stands_at_the_ring(default_material: Material) -> None:
    for made in (default_material, material("short", 24), material("korean", 24)):
        scene, carry = carried(made)
        mine = carry.rows.index(carry.query)
        assert carry.names.colours[mine] == carry.ring.colours[0] == scene.theme.focus
        assert carry.names.colours.count(scene.theme.focus) == 1
        box = np.array(carry.names.boxes(carry.names.arrays)[mine])
        off = np.maximum(box[:2] - carry.ring.arrays["spot"][0], 0)
        off = np.maximum(off, carry.ring.arrays["spot"][0] - box[2:])
        near = np.linalg.norm(off) - carry.ring.arrays["radius"][0] < carry.em
        assert near or carry.named[1].arrays["shown"][mine] > 0  # or a line leads to it


@pytest.mark.parametrize(("kind", "count"), [("short", 9), ("short", 24)])
def test_keys_have_their_names_while_they_land_and_turn(kind: str, count: int) -> None:
    made = material(kind, count)
    _, carry = carried(made)
    own = [name.parts[0][0] for name in carry.key_words]
    seen: list[tuple[np.ndarray, np.ndarray]] = []

    def see(scene: Any) -> None:
        dots = [
            m for m in scene.mobjects if type(m) is Points and m.colours == carry.key_dots.colours
        ]
        for strip in (m for m in scene.mobjects if isinstance(m, Strip)):
            if [ink.parts[0][0] for ink in strip.inks] == own and strip.arrays["shown"].any():
                (keys,) = dots
                shown = strip.arrays["shown"] > 0
                boxes, spots = strip.boxes(strip.arrays), keys.arrays["spot"]
                off = np.maximum(boxes[:, None, :2] - spots, spots - boxes[:, None, 2:])
                far = np.linalg.norm(np.maximum(off, 0.0), axis=2)  # (names, dots)
                seen.append((np.flatnonzero(shown), far))

    played("query-key", made, Look(), see)
    assert len(seen) == (2 if carry.turned else 1)  # landed, and turned
    for named, far in seen:
        assert len(named) >= (2 if count == 9 else 1)
        assert (far[named].argmin(axis=1) == named).all()  # each nearest to its own dot
        assert far[named, named].max() < 2 * carry.em


@pytest.mark.parametrize("gap", [0.12, 0.2, 0.3])
def test_a_name_is_nearer_to_its_own_tip_than_to_one_close_by(gap: float) -> None:
    zero, tips = np.array([0.0, -3.0]), np.array([[-1.5, 0.0], [-1.5 + gap, -0.06]])
    arrows = Vectors(np.stack([np.stack([zero, tip]) for tip in tips]), [(1.0, 1.0, 1.0)] * 2)
    feet = Segments(np.stack([tips, tips + np.array((2.0, -2.0))], axis=1), [(1.0, 1.0, 1.0)] * 2)
    inks = [Ink.plain(typeset.text(text)) for text in ("very +25.5", "and +27.9")]
    pens = name_points(
        inks,
        tips,
        0.26,
        (-4.0, -4.0, 4.0, 0.6),
        shapes_of(arrows, feet),
        order=[1, 0],
        reach=0.06,
        away=tips - zero,
        farther=2,
        led=[*shafts(arrows), *shapes_of(feet)],
        clearly=CLEARLY,
    )
    for own, (ink, pen) in enumerate(zip(inks, pens, strict=True)):
        assert pen is not None
        box = np.array(ink.box) * 0.26 + np.tile(pen, 2)
        far = np.linalg.norm(np.maximum(np.maximum(box[:2] - tips, tips - box[2:]), 0), axis=1)
        assert far[own] == far.min()


def test_a_word_has_one_colour_in_both_spaces(default_material: Material) -> None:
    scene, carry = carried(default_material)
    for key in carry.strong:
        dot = carry.dots.colours[carry.rows.index(key)]
        name, number = carry.key_names.inks[1 + carry.keys.index(key)].parts
        assert name[1] == dot == scene.accents()[key].colour
        assert number[1] is None  # what is read is as bright as other numbers
    marks = scene.accents()
    others = [key for key in carry.keys if key not in carry.strong]
    names = [carry.key_names.inks[1 + carry.keys.index(key)].parts[0] for key in others]
    wanted = [marks[key].colour if key in marks else None for key in others]
    assert [colour for _, colour in names] == wanted and None in wanted


def test_every_key_that_the_query_looks_at_is_named(default_material: Material) -> None:
    _, carry = carried(default_material)
    shown = carry.key_names.arrays["shown"][1:] > 0
    assert shown[[carry.keys.index(key) for key in carry.strong]].all()


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_the_description_says_which_key_reaches_farthest(
    default_material: Material, lang: Any
) -> None:
    trace = default_material.trace
    scores = trace.scores[4]  # creature: start +19.1, blue +13.6
    assert scores[0] > scores[3] == scores[1:5].max()
    size = CHAPTERS["query-key"].figure().size(trace.n)
    start, blue = (format_score(float(scores[key])) for key in (0, 3))

    def described(made: Material, look: Look) -> tuple[Any, str]:
        scene, picture = stage._drawn("query-key", made, look, size, None)
        return scene, picture.alt

    scene, alt = described(default_material, Look(lang=lang))
    told = {"best_key": "blue", "best": blue}
    assert alt.endswith(scene.say("farthest_after_start", start=start, **told))
    # Where the start token does not come first, or is not shown, it is not spoken of.
    lower = trace.scores.copy()
    lower[:, 0] = -1.0
    traces = {**default_material.traces, "main": replace(trace, scores=lower)}
    made = Material(traces, default_material.arrays, default_material.texts)
    for given, sink in ((made, "show"), (default_material, "renormalise")):
        scene, alt = described(given, Look(lang=lang, sink=sink))
        assert alt.endswith(scene.say("farthest", **told))
        assert start not in alt


@pytest.mark.parametrize("size", [(1920, 1080), (1080, 1080), (1080, 1920)])
@pytest.mark.parametrize(("kind", "count"), [("short", 16), ("korean", 24)])
def test_the_accented_keys_have_names_in_every_frame(
    kind: str, count: int, size: stage.Size
) -> None:
    given, renderer = material(kind, count), stage.renderer_for(size, 10)
    scene = stage.scene_of("query-key", given, Look(), renderer)
    carry = Carry(scene, scene.query())
    shown = carry.key_names.arrays["shown"]
    assert shown[0] > 0
    assert (shown[[1 + carry.keys.index(key) for key in carry.strong]] > 0).all()


def test_all_keys_pass_the_middle_of_the_arrow_of_w_k_on_their_way(
    default_material: Material,
) -> None:
    _, carry = carried(default_material)
    w_q, w_k = (middle(parts) for parts in carry.maps)
    assert w_k[0] == w_q[0] and w_k[1] < w_q[1] - 1
    spots = carry.dots.arrays["spot"][[carry.rows.index(key) for key in carry.keys]]
    dots = Points(spots, 0.06, [(1, 1, 1)] * len(spots))
    move = Through(dots, w_k, spot=carry.turning.keys_landed)
    move.begin()
    seen = []
    for alpha in (0.0, 0.5, 1.0):
        move.interpolate(alpha)
        seen.append(dots.arrays["spot"].copy())
    half = np.broadcast_to(w_k, spots.shape)
    for found, there in zip(seen, (spots, half, carry.turning.keys_landed), strict=True):
        np.testing.assert_allclose(found, there, atol=1e-6)


def test_halfway_through_the_turn_each_name_is_beside_its_own_dot(
    default_material: Material,
) -> None:
    _, carry = carried(default_material)
    turning, (names, after) = carry.turning, landing_names(carry)
    points = np.stack([turning.keys_landed, turning.keys_turned])
    dots, before = Points(points[0], 0.06, [(1, 1, 1)] * len(after)), names.arrays["spot"].copy()
    moves = [
        Swing(dots, turning.zero, spot=points[1]),
        Follow(names, turning.zero, points, spot=after),
    ]
    for move in moves:
        move.begin()
        move.interpolate(0.5)
    off = names.arrays["spot"] - dots.arrays["spot"]
    np.testing.assert_allclose(off, (before - points[0] + after - points[1]) / 2, atol=1e-6)


def test_what_a_planes_axes_keep_adds_up_as_it_is_displayed() -> None:
    kept = displayed(np.array([0.3546, 0.2849]))
    assert round(float(kept.sum()), 2) == 0.64
    assert [format_percent(share) for share in kept.tolist()] in (["36%", "28%"], ["35%", "29%"])
