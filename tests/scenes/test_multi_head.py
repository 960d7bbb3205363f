"""The chapter on many heads: its numbers, its heat maps and its chain agree with the material."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any, get_args

import numpy as np
import pytest
from made import HEADS, material
from test_pictures import on_still

from attention_core import AttentionError, Material
from attention_core.focus import find_word
from attention_core.heads import mean_roles, own_shares
from attention_core.rounding import format_length, format_percent, format_weight, parts
from attention_core.rounding import shares as rounded
from rendering import stage
from scenes.kit import typeset
from scenes.kit.audit import audit
from scenes.kit.caption import broken
from scenes.kit.chain import HEAD, SHARE, Chain, arrow
from scenes.kit.fill import LEAST
from scenes.kit.glow import HIGH, TICKS, Ramp, glow
from scenes.kit.head_sum import NOTE
from scenes.kit.heads import WORDS
from scenes.kit.label import Frame, Label
from scenes.kit.outline import Ink
from scenes.kit.panels import Panels
from scenes.kit.side_words import heights_apart
from scenes.kit.sizes import STILL_EM
from scenes.kit.stacks import Stacks
from scenes.kit.step_numbers import APART, StepNumbers
from scenes.kit.strip import Strip
from scenes.kit.theme import DARK
from scenes.kit.words import say
from scenes.look import Look, Orientation
from scenes.registry import CHAPTERS

ROW = 4  # "creature"


def read(ink: Ink, candidates: set[str]) -> str | None:
    """Which of these numbers the last part of an ink shows, wherever that stands."""
    curves = ink.parts[-1][0].curves if ink.parts else np.empty(0)
    for text in candidates:
        for bold in (False, True):
            other = typeset.number(text, bold).curves
            alike = curves.shape == other.shape and len(curves) > 0
            if alike and np.allclose(curves - curves[0, 0], other - other[0, 0], atol=1e-6):
                return text
    return None


def means(made: Material) -> dict[int, float]:
    """The heads that are named by a mean over all queries, and that mean."""
    roles = enumerate(mean_roles(made.trace))
    return {head: role.score for head, role in roles if role.name != "none"}


def expected(made: Material) -> set[str]:
    """Every number that the chapter may show of this material, as it is displayed."""
    trace, arrays = made.trace, made.arrays
    keys = [find_word(trace, word) for word in ("fluffy", "blue")]
    total = float(arrays["block_lengths"][ROW])
    along = parts(arrays["head_steps"][:, ROW, 0], total, 1)
    lengths = [*along, total]
    own = np.stack(own_shares(trace, ROW, keys), axis=1)
    shares = [format_weight(share) for share in rounded(own).ravel().tolist()]
    shares += [format_weight(score) for score in means(made).values()]
    heads = [str(head) for head in range(len(trace.need("patterns")))]
    heads += [str(trace.model.d_k), *(f"{tick:g}" for tick in TICKS)]  # of credit and scale
    return {*heads, *shares, *(format_length(float(value), 1) for value in lengths)}


def test_every_number_of_the_clip_is_in_the_material(default_material: Material) -> None:
    known, plays, unread = expected(default_material), [], []
    renderer = stage.renderer_for((1280, 720), 10)
    renderer.wanted = []
    visit = renderer._visit

    def visited(scene: Any) -> None:
        visit(scene)
        found = []
        for mobject in scene.mobjects:
            if isinstance(mobject, Strip):
                inks = mobject.inks
            elif isinstance(mobject, Label):
                inks = [mobject.ink]
            else:
                continue
            numbers = [read(ink, known) for ink in inks if ink.parts]
            found += [text for text in numbers if text]
            digits = {f"{i}" for i in range(100)} | {f"{i / 100:.2f}" for i in range(101)}
            unread.extend(ink for ink in inks if not read(ink, known) and read(ink, digits))
        plays.append(found)

    renderer._visit = visited  # type: ignore[method-assign]
    stage.scene_of("multi-head", default_material, Look(), renderer).construct()
    assert unread == []
    assert len(plays[0]) == 0
    # Of nine heads one has no mean; then a share of each; at last parts and sum.
    assert max(map(len, plays)) >= 9 + 8 + 9
    assert len(plays[-1]) >= 9 + 9 + 1


def test_each_bar_shows_where_the_framed_query_looks_and_the_number_below_it_agrees(
    default_material: Material,
) -> None:
    patterns = default_material.trace.need("patterns")[:, ROW]  # (heads, n)
    fluffy, blue = patterns[:, 2], patterns[:, 3]
    rest = patterns[:, [1, 4]].sum(axis=-1)  # "a", and the word itself
    (stacks,) = on_still(Stacks, "multi-head", "multi-head", default_material)
    wanted = np.stack([patterns[:, 0], fluffy, blue, rest], axis=1)
    drawn = np.diff(stacks.parts(), axis=2)[..., 0] / stacks.long
    np.testing.assert_allclose(drawn, wanted, atol=1e-6)
    np.testing.assert_allclose(drawn.sum(axis=1), 1.0, atol=1e-6)
    texts = {f"{i / 100:.2f}" for i in range(101)}
    strips = on_still(Strip, "multi-head", "multi-head", default_material)
    lines = [[read(ink, texts) for ink in strip.inks if ink.parts] for strip in strips]
    means_first, given = [
        [float(text or "nan") for text in line] for line in lines if line[0] in texts
    ]
    assert len(means_first) == 8
    np.testing.assert_allclose(given, fluffy + blue, atol=0.01)
    assert given[8] == 0.46  # as in the chapters on this head alone


def test_the_colours_of_the_bars_are_those_that_are_named_above_them(
    default_material: Material,
) -> None:
    scene, _ = stage._drawn("multi-head", default_material, Look(), (1920, 1080), "multi-head")
    (stacks,) = (m for m in scene.mobjects if isinstance(m, Stacks))
    swatches = [m.fill_colour for m in scene.table.title() if isinstance(m, Frame)]
    assert swatches == stacks.colours
    scene.camera.reset()
    scene.camera.capture_mobjects(scene.mobjects)
    pixels = scene.camera.pixel_array[..., :3].astype(float) / 255
    for (low, high), (_, y), colour in zip(
        stacks.parts()[:, 2], stacks.lefts, [stacks.colours[2]] * 9, strict=True
    ):
        if high - low > 0.05:
            seen = pixels[round(540 - 135 * y), round(960 + 67.5 * (low + high))]
            np.testing.assert_allclose(seen, colour, atol=0.01)


def test_a_head_is_named_below_its_number(default_material: Material) -> None:
    trace = default_material.trace
    scene, _ = stage._drawn("multi-head", default_material, Look(), (1920, 1080), "multi-head")
    numbers, names, _ = scene.table.numbers()
    assert [read(ink, {str(i) for i in range(9)}) for ink in numbers.inks] == list("012345678")
    np.testing.assert_array_equal(numbers.arrays["spot"][:, 0], names.arrays["spot"][:, 0])
    # What a head gives the accented words is a number of the framed query, and no mean.
    for role, ink in zip(mean_roles(trace), names.inks, strict=True):
        name = f"role_{'mixed' if role.name == 'none' else role.name}"
        assert ink.parts[0][0] is typeset.text(say("en", "multi-head", name), "italic")
    assert [role.name for role in mean_roles(trace)].count("none") == 1


def test_below_the_name_of_a_head_stands_the_mean_that_it_is_named_by(
    default_material: Material,
) -> None:
    patterns, words = default_material.trace.need("patterns"), default_material.trace.words
    on_start = patterns[:, 1:, 0].mean(axis=-1)
    before = np.mean(
        [
            patterns[:, word.pieces[-1], list(previous.pieces)].sum(axis=-1)
            for previous, word in pairwise(words)
        ],
        axis=0,
    )
    texts = {f"{i / 100:.2f}" for i in range(101)}
    scene = stage._drawn("multi-head", default_material, Look(), (1920, 1080), "multi-head")[0]
    _, _, shown = scene.table.numbers()
    found = {h: read(ink, texts) for h, ink in enumerate(shown.inks) if ink.parts}
    wanted = {h: before[h] if h == 3 else on_start[h] for h in (0, 1, 2, 3, 5, 6, 7, 8)}
    assert found == {h: format_weight(float(share)) for h, share in wanted.items()}


def test_the_sum_hides_none_of_the_steps(default_material: Material) -> None:
    (chain,) = on_still(Chain, "multi-head", "multi-head", default_material)
    *steps, (tail, tip, _) = chain.arrows()
    assert max(tail[1], tip[1]) < min(min(a[1], b[1]) for a, b, _ in steps) - 0.1
    np.testing.assert_allclose(tip - tail, chain.end - chain.origin)


def test_words_moved_apart_keep_their_order_and_their_places_where_they_can() -> None:
    assert heights_apart(np.array([3.0, 2.0, 1.0]), 0.5, 0.0, 4.0).tolist() == [3.0, 2.0, 1.0]
    np.testing.assert_allclose(
        heights_apart(np.array([3.0, 2.0, 1.9]), 0.5, 0.0, 4.0), [3.0, 2.2, 1.7]
    )
    crowded = heights_apart(np.array([0.2, 0.1, 0.0]), 0.5, 0.0, 4.0)
    np.testing.assert_allclose(crowded, [1.0, 0.5, 0.0])
    np.testing.assert_allclose(heights_apart(np.array([4.0, 4.0]), 0.5, 0.0, 4.0), [4.0, 3.5])


def test_the_parts_along_the_sum_on_screen_add_up_to_it(default_material: Material) -> None:
    strips = on_still(Strip, "multi-head", "multi-head", default_material)
    known = expected(default_material)
    lines = [[read(ink, known) for ink in strip.inks if ink.parts] for strip in strips]
    along = [line for line in lines if line[0] == "1.8"]
    assert len(along) == 1
    assert sum(float(text or "nan") for text in along[0]) == pytest.approx(45.4, abs=1e-9)
    labels = on_still(Label, "multi-head", "multi-head", default_material)
    assert any(read(label.ink, {"45.4"}) for label in labels)
    kept = format_percent(float(default_material.arrays["steps_kept"][ROW]))
    said = say("en", "multi-head", "plane", share=kept, row=ROW)
    assert kept in said
    shown = [label.ink.parts[0][0] for label in labels]
    assert all(typeset.line(line) in shown for line in broken(said, NOTE, STILL_EM))


def test_the_chain_has_the_lengths_of_its_steps_and_ends_at_the_sum(
    default_material: Material,
) -> None:
    (chain,) = on_still(Chain, "multi-head", "multi-head", default_material)
    steps = default_material.arrays["head_steps"][:, ROW]
    drawn = chain.tips - chain.tails
    unit = (chain.end - chain.origin)[0] / default_material.arrays["block_lengths"][ROW]
    np.testing.assert_allclose(drawn, steps * unit, atol=1e-4)
    assert chain.end[1] == pytest.approx(chain.origin[1], abs=1e-4)


@pytest.mark.parametrize("orientation", get_args(Orientation))
def test_a_cell_is_as_bright_as_the_cube_root_of_its_weight(
    orientation: Orientation, default_material: Material
) -> None:
    figure = CHAPTERS["multi-head"].figure()
    look = Look(orientation=orientation)
    scene, _ = stage._drawn("multi-head", default_material, look, (3840, 2160), figure.name)
    scene.camera.reset()
    scene.camera.capture_mobjects(scene.mobjects)
    pixels = scene.camera.pixel_array[..., :3].astype(float)
    panels = next(m for m in scene.mobjects if isinstance(m, Panels))
    board, trace = scene.grid.board, default_material.trace
    words = (board.key_of != trace.start) & (board.query_of != ROW)
    for head in (0, 3, 8):
        spots = panels.seen(head, panels.centres) * 270 * (1, -1) + (1920, 1080)
        weights = trace.patterns[head][board.query_of, board.key_of]
        seen = words & ~np.isneginf(trace.masked[board.query_of, board.key_of]) & (weights > 0.01)
        x, y = spots[seen].round().astype(int).T
        levels = np.cbrt(weights[seen])
        blue = np.array([glow(DARK, level)[2] for level in levels.tolist()])
        wanted = levels * blue  # over the black of the ground
        np.testing.assert_allclose(pixels[y, x, 2] / 255, wanted, atol=0.02)


def test_the_scale_has_the_colours_of_the_weights_and_names_them_where_they_stand(
    default_material: Material,
) -> None:
    scene, _ = stage._drawn("multi-head", default_material, Look(), (1920, 1080), "multi-head")
    scene.camera.reset()
    scene.camera.capture_mobjects(scene.mobjects)
    (ramp,) = (m for m in scene.mobjects if isinstance(m, Ramp))
    x0, y0, x1, _ = ramp.box
    row = scene.camera.pixel_array[round(540 - 135 * (y0 + HIGH / 2)), :, 2].astype(float) / 255
    for weight in (0.001, 0.006, 0.01, 0.1, 0.3, 0.6, 0.95):
        level = np.cbrt(weight)
        x = round(960 + 135 * (x0 + (x1 - x0) * level))  # even steps of brightness
        shown = level * glow(DARK, level)[2] if weight >= LEAST else 0.0  # as in the panels
        assert row[x] == pytest.approx(shown, abs=0.02)
    assert sorted(ramp.ticks) == [0, 0.01, 0.1, 1]
    for weight in ramp.ticks:
        ink = typeset.number(f"{weight:g}")
        (name,) = (m for m in scene.mobjects if isinstance(m, Label) and m.ink.parts[0][0] is ink)
        middle = x0 + (x1 - x0) * np.cbrt(weight)
        assert (name.box[0] + name.box[2]) / 2 == pytest.approx(middle, abs=0.01)


@pytest.mark.parametrize("heads", [1, 2, 12, 32])
def test_any_number_of_heads_is_laid_out_cleanly(heads: int) -> None:
    made = material("short", 8)
    per_head = {n: a for n, a in made.arrays.items() if n.startswith("head_")}
    again = np.arange(heads) % HEADS
    arrays = {**made.arrays, **{name: array[again] for name, array in per_head.items()}}
    steps = arrays["head_steps"]  # across their sum, the updates of all heads there are cancel
    arrays["head_steps"] = steps - steps.mean(axis=0) * (0.0, 1.0)
    trace = replace(made.trace, patterns=made.trace.need("patterns")[again], head=heads - 1)
    size = CHAPTERS["multi-head"].figure().size(trace.n)
    given = Material({"main": trace}, arrays)
    assert audit(stage._drawn("multi-head", given, Look(), size, None)[0]) == []


def test_without_the_heads_updates_one_line_says_what_is_missing(
    default_material: Material,
) -> None:
    bare = Material({"main": default_material.trace})
    with pytest.raises(AttentionError, match="does not hold the array"):
        stage.still("multi-head", bare, Look(), (640, 360))


def test_each_number_beside_a_step_is_nearest_to_its_own(default_material: Material) -> None:
    renderer = stage.renderer_for((1280, 720), 10)
    scene = stage.scene_of("multi-head", default_material, Look(), renderer)
    scene._prepare()
    chain, (numbers,) = scene.summed.chain, scene.summed.numbers
    shares = np.linspace(0, 1, 101)[:, None]
    steps = [a + (b - a) * shares for a, b in zip(chain.tails, chain.tips, strict=True)]
    led = [end for lines in scene.summed.leaders for end in lines.arrays["ends"].tolist()]
    heads = {str(head) for head in range(len(steps))}
    assert {read(ink, heads) for ink in numbers.inks} == heads
    for ink, spot in zip(numbers.inks, numbers.arrays["spot"], strict=True):
        # Where a line leads to it, the step is at that line's beginning.
        ends = sorted((float(np.linalg.norm(spot - end)), begin) for begin, end in led)
        place = ends[0][1] if ends and ends[0][0] < 0.2 else spot
        far = [np.linalg.norm(points - place, axis=1).min() for points in steps]
        assert read(ink, {str(int(np.argmin(far)))}) is not None


@pytest.mark.parametrize("seed", range(12))
def test_every_step_has_its_number_and_they_stand_in_the_order_of_the_steps(seed: int) -> None:
    random = np.random.default_rng(seed)
    along, across = random.uniform(0.04, 0.16, 9), random.normal(0, 0.03, 9)
    along[[3, 4]] += 1.3  # as in the model: two heads write most of it
    across[[3, 4]] += (1.6, -1.6)
    steps = np.stack([along, across - across.mean()], axis=1)
    chain = Chain((0.0, 0.0), steps, DARK.output, DARK.query, 0.6)
    numbers = StepNumbers(chain, 0.285, (-0.6, 2.2), chain.along())
    assert list(numbers.spots) == list(range(9))
    spots = np.array([*numbers.spots.values()])
    assert (np.diff(spots[:, 0]) > 0).all()
    level = np.abs(np.diff(spots[:, 1])) < 0.5 * numbers.em
    digit = numbers.inks[0].advance
    assert (np.diff(spots[:, 0])[level] > (digit + APART) * numbers.em).all()


def test_the_head_of_an_arrow_is_shorter_than_its_shaft() -> None:
    for length in (0.05, 0.1, 0.3, 2.0):
        corners = arrow(np.zeros(2), np.array([length, 0.0]), 0.035)
        assert corners is not None
        head = length - corners[1, 0]
        assert head == pytest.approx(min(HEAD, SHARE * length)) and head < length / 2
        assert np.abs(corners[:, 1]).max() < length / 2


@pytest.mark.parametrize("still", [True, False])
def test_the_parts_along_the_sum_are_written_as_a_sum_that_ends_with_it(
    still: bool, default_material: Material
) -> None:
    renderer = stage.renderer_for((1280, 720), 10)
    scene = stage.scene_of("multi-head", default_material, Look(), renderer)
    scene.is_still = still
    scene._prepare()
    signs, total = scene.table.sums()
    (parts_,) = scene.table.lengths()
    assert len(signs.inks) == len(parts_.inks) - 1
    assert read(total.inks[0], {"45.4"})
    boxes = np.array([strip.ink_box() for strip in (parts_, total)])
    assert boxes[1, 0] > boxes[0, 2] and boxes[1, 2] <= scene.region[2] + 1e-6


def test_shares_on_start_are_no_accent() -> None:
    renderer = stage.renderer_for((1280, 720), 10)
    scene = stage.scene_of("multi-head", material("short", 8), Look(), renderer)
    scene._prepare()
    looks = scene.heads.looks
    assert looks is not None
    none, others = np.zeros(HEADS), looks.shares.others + looks.shares.relation
    looks.shares = looks.shares._replace(relation=none, others=others)
    (given,) = scene.table.given()
    assert looks.accented == "start" and set(given.colours) == {DARK.start}
    bold = [typeset.number(f"{i / 100:.2f}", True) for i in range(101)]
    assert not any(ink.parts[0][0] is outline for ink in given.inks for outline in bold)


def test_where_a_piece_asks_the_frame_says_which(default_material: Material) -> None:
    renderer = stage.renderer_for((1280, 720), 10)
    scene = stage.scene_of("multi-head", default_material, Look(query="verdant"), renderer)
    scene._prepare()
    looks = scene.heads.looks
    assert looks is not None
    assert looks.lead() is typeset.text("framed: where “ant” of “verdant” looks:")


@pytest.mark.parametrize("size", [(1280, 720), (1080, 1920), (1080, 1080)])
@pytest.mark.parametrize("still", [True, False])
@pytest.mark.parametrize("query", ["creature", "verdant"])
def test_whose_vector_changes_and_through_what_stands_below_the_table_clear_of_the_chain(
    size: tuple[int, int], still: bool, query: str, default_material: Material
) -> None:
    scene = stage.scene_of(
        "multi-head", default_material, Look(query=query), stage.renderer_for(size, 10)
    )
    scene.is_still = still
    scene._prepare()
    *words, total, term = scene.summed.formula
    said = "“ant” of “verdant”" if query == "verdant" else "“creature”"
    told = [label.ink.parts[0][0] for label in words]
    line = f"what the heads write into {said}".split(" ")
    halves = [(" ".join(line[:i]), " ".join(line[i:])) for i in range(1, len(line))]
    assert any([typeset.text(one, "regular") for one in half] == told for half in halves)
    assert max(label.box[2] for label in scene.summed.formula) < scene.summed.chain.box[0]
    # The table's last line ends half a line above this region.
    assert words[0].box[3] < scene.heads.below[3] - 0.08
    assert term.box[1] > scene.heads.below[1] - 0.02 and term.box[3] < total.box[1]
    if not still or size[0] <= size[1]:
        assert term.box[1] > max(label.box[3] for label in scene.summed.plane)


def test_the_heads_whose_steps_are_long_have_bold_numbers_at_them(
    default_material: Material,
) -> None:
    scene = stage._drawn("multi-head", default_material, Look(), (1280, 720), "multi-head")[0]
    (numbers,), chain = scene.summed.numbers, scene.summed.chain
    lengths = np.linalg.norm(chain.tips - chain.tails, axis=1)
    bold = [
        ink.parts[0][0] is typeset.number(str(step), True) for step, ink in enumerate(numbers.inks)
    ]
    assert bold == (lengths >= lengths.max() / 2).tolist()
    assert np.flatnonzero(bold).tolist() == [3, 4]
    theme = scene.theme
    assert numbers.colours == [theme.text if here else theme.quiet for here in bold]


def test_the_word_whose_vector_changes_does_not_step_back(default_material: Material) -> None:
    renderer = stage.renderer_for((1280, 720), 10)
    scene = stage.scene_of("multi-head", default_material, Look(), renderer)
    scene.construct()
    (words,) = (part for part in scene.words if isinstance(part, Strip))
    shown = dict(zip(["start", "fluffy", "blue", "creature"], words.arrays["shown"], strict=True))
    assert words.opacity == 1.0 and shown.pop("creature") == 1.0
    assert set(shown.values()) == {WORDS}


def test_the_heads_numbers_come_when_no_panel_crosses_them(default_material: Material) -> None:
    scene = stage.scene_of(
        "multi-head", default_material, Look(), stage.renderer_for((1280, 720), 10)
    )
    scene._prepare()
    heads, panels, numbers = scene.heads, scene.panels, scene.table.numbers()[0]
    hall, spots = heads.hall()
    panels.set(place=panels.middle, half=panels.reach, turn=0.0, shown=0.0)
    numbers.set(spot=spots)
    moves = [*heads.parting(hall, run_time=1.8), heads.numbering(numbers, run_time=1.8)]
    for move in moves:
        move.begin()
    seen = 0
    for alpha in np.linspace(0, 1, 61):
        for move in moves:
            move.interpolate(alpha)
        if (numbers.arrays["shown"] > 0.05).any():
            x0, y0, x1, y1 = panels.sheets(np.arange(len(spots))).T[..., None]
            x, y = spots.T
            assert not ((x0 < x) & (x < x1) & (y0 < y) & (y < y1)).any()
            seen += 1
    assert seen > 3
