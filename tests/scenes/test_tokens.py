"""The chapter on tokens: every number is the model's, and pictures agree with numbers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, get_args

import numpy as np
import pytest
from made import embedded, material
from reading import Reader, drawn, kinds_that_are_read, played
from test_layout import clip_findings

from attention_core import Material, Trace
from attention_core.derived import position
from attention_core.ops import sinusoids
from attention_core.rounding import format_degrees, format_score
from rendering import stage
from scenes.kit import typeset
from scenes.kit.audit import audit
from scenes.kit.credit import model_title
from scenes.kit.dial import Dial
from scenes.kit.entries import Entries, entry_colours
from scenes.kit.label import Label
from scenes.kit.pieces import Pieces
from scenes.kit.theme import THEMES
from scenes.kit.words import FORMULA, formula
from scenes.look import Look, Orientation, Theme
from scenes.registry import CHAPTERS

ORIENTATIONS, LANGUAGES = get_args(Orientation), ("en", "ko")


def given(pieces: list[str]) -> Material:
    """A material of these pieces of text, without a model."""
    random = np.random.default_rng(len(pieces))
    q, k, v = random.normal(0, 1.6, (3, len(pieces) + 1, 64))
    trace = Trace.from_arrays(["<s>", *pieces], q, k, v, start=True)
    trace = embedded(trace, random)
    return Material({"main": trace}, position.derive(None, trace).arrays)


def with_positions(made: Material) -> Material:
    """The same for a model that adds positions to embeddings."""
    trace = made.trace
    added = sinusoids(trace.n, trace.need("embedding").shape[1])
    trace = replace(trace, embedding=trace.need("embedding") + added, position=added)
    return Material({"main": trace}, position.derive(None, trace).arrays)


def allowed(made: Material) -> set[str]:
    """Every number of the material that the chapter may show, as it is displayed."""
    trace, arrays = made.trace, made.arrays
    picks = [0, 1, 2, 3, -1]
    tables = [arrays.get("token_embedding", trace.embedding), trace.embedding, trace.position]
    entries = [np.asarray(table)[:, picks] for table in tables if table is not None]
    found = {format_score(float(v), 2) for table in entries for v in table.ravel()}
    found |= {str(token.id) for token in trace.tokens}
    found |= {"1", "2", "3", "4", str(trace.need("embedding").shape[1]), str(trace.model.d_k)}
    for rows in ("turn_rows", "added_rows"):
        found |= {str(int(row)) for row in arrays.get(rows, ())}
    for when in ("turn_before", "turn_after"):
        found |= {format_score(float(v), 2) for v in np.ravel(arrays.get(when, ()))}
    if "turn_step" in arrays:
        angles = [(float(a), 1) for a in arrays["turn_degrees"]]
        angles.append((float(arrays["turn_step"]), 3))
        found |= {f"{format_degrees(angle, decimals)} degree" for angle, decimals in angles}
    return found


def phrases(scene: Any) -> set[str]:
    """The lines of words that hold a number of the material."""
    arrays, trace = scene.material.arrays, scene.trace
    d_model = trace.need("embedding").shape[1]
    found = {scene.say("embedding", d_model=f"{d_model:,}")}
    where = f"{scene.say('layer_head', layer=trace.layer, head=trace.head)} ·"
    found.add(f"{model_title(trace.model, scene.say)} · {where}")
    if "turn_pair" in arrays:
        first = int(arrays["turn_pair"]) + 1
        line = scene.say("turn", first=first, second=first + trace.model.d_k // 2)
        made = scene.say("made", layer=trace.layer, head=trace.head)
        made = scene.say("later", count=trace.layer) + made
        found |= {piece.strip() for text in (made, line) for piece in text.split(FORMULA)}
    return found


SIGNS = {"dots.v", "dots.h", "d_k", "W_Q", "=", "+", "q", "k"}  # no numbers


@pytest.mark.parametrize("orientation", ORIENTATIONS)
@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("added", [False, True])
def test_every_number_at_the_end_of_each_play_is_in_the_material(
    default_material: Material,
    monkeypatch: pytest.MonkeyPatch,
    lang: Any,
    orientation: Orientation,
    added: bool,
) -> None:
    made = with_positions(default_material) if added else default_material
    reader, counts = Reader(monkeypatch), []

    def see(scene: Any) -> None:
        assert kinds_that_are_read(scene)
        texts = reader.on(scene)
        assert set(texts) - SIGNS <= allowed(made) | phrases(scene)
        counts.append(len(texts))

    _, seconds = played("tokens", made, Look(lang=lang, orientation=orientation), see)
    assert counts[-1] > 11 * 7  # ids and entries, and what position does
    assert 6 <= seconds <= 15


@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_each_entry_stands_under_its_token(
    default_material: Material, monkeypatch: pytest.MonkeyPatch, orientation: Orientation
) -> None:
    reader = Reader(monkeypatch)
    scene, picture = drawn("tokens", default_material, Look(orientation=orientation))
    embedding = default_material.trace.need("embedding")
    entries = scene.table.entries
    along = 0 if orientation == "columns" else 1
    for index, (token, pick) in enumerate(
        (token, pick) for token in range(11) for pick in scene.table.picks
    ):
        if pick is not None:
            expected = format_score(float(embedding[token, pick]), 2)
            assert reader.of(entries.inks[index]) == [expected]
    places = entries.spots.reshape(11, 6, 2)
    boxes = scene.table.pieces.own
    middles = (boxes[:, :2] + boxes[:, 2:])[:, along] / 2
    np.testing.assert_allclose(places[:, 0, along], middles, atol=0.03)
    cells = {(cell.query, cell.key): cell.value for cell in picture.cells}
    assert set(cells) == {(row, pick) for row in range(11) for pick in (0, 1, 2, 3, 575)}
    assert all(cells[row, pick] == embedding[row, pick] for row, pick in cells)


@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_an_id_is_no_larger_than_its_word(
    default_material: Material, orientation: Orientation
) -> None:
    for made in (default_material, material("long", 24)):
        sizes: list[tuple[float, float]] = []

        def see(scene: Any, sizes: list[tuple[float, float]] = sizes) -> None:
            sizes.append((scene.table.ids.arrays["em"].max(), scene.table.pieces.em))

        look = Look(orientation=orientation)
        played("tokens", made, look, see)
        see(drawn("tokens", made, look)[0])
        assert all(number <= word + 1e-9 for number, word in sizes)


def test_ids_are_the_models(default_material: Material, monkeypatch: pytest.MonkeyPatch) -> None:
    reader = Reader(monkeypatch)
    scene, _ = drawn("tokens", default_material, Look())
    read = [reader.of(ink) for ink in scene.table.ids.inks]
    assert read == [[str(token.id)] for token in default_material.trace.tokens]


def test_an_arrow_is_turned_to_where_the_model_turned_its_pair(default_material: Material) -> None:
    scene, _ = drawn("tokens", default_material, Look())
    dials = [m for m in scene.mobjects if isinstance(m, Dial)]
    after = default_material.arrays["turn_after"]
    assert len(dials) == 2
    scales = [np.hypot(*pair) / dial.length for dial, pair in zip(dials, after, strict=True)]
    for dial, pair in zip(dials, after, strict=True):
        # One scale and one rim for both, so that lengths compare; no arrow touches the rim.
        np.testing.assert_allclose(dial.tip() * scales[0], pair, atol=1e-4)
        assert dial.radius == dials[0].radius
        assert 0.5 < dial.length / dial.radius < 0.95


def test_the_rims_of_all_dials_are_painted_alike(default_material: Material) -> None:
    pixels, _ = stage.still("tokens", default_material, Look(), (1920, 1080))
    scene, _ = drawn("tokens", default_material, Look())
    found = []
    for dial in (m for m in scene.mobjects if isinstance(m, Dial)):
        angle = np.radians(45)  # where no arrow and no axis is
        reach = np.linspace(0.3, 1.2, 400) * dial.radius
        line = dial.centre + reach[:, None] * (np.cos(angle), np.sin(angle))
        x, y = scene.camera.view.pixels(np.column_stack([line, 0 * reach])).round().astype(int).T
        bright = pixels[y, x, :3].max(axis=1)
        found.append(reach[np.argmax(bright)])
        assert bright.max() > 40
    np.testing.assert_allclose(found, dial.radius, atol=0.015)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_turned_query_is_said_to_come_from_its_layer_and_head(
    default_material: Material, lang: Any
) -> None:
    scene, _ = drawn("tokens", default_material, Look(lang=lang))
    trace = default_material.trace
    made = scene.say("made", layer=trace.layer, head=trace.head)
    assert str(trace.layer) in made and str(trace.head) in made and formula("W_Q") in made
    made = scene.say("later", count=trace.layer) + made  # so many are between it and layer 0
    lines = [part for part in scene.position.title if isinstance(part, Label)]
    assert typeset.line(made) in [label.ink.parts[0][0] for label in lines]


@pytest.mark.parametrize("theme", get_args(Theme))
def test_the_pixels_of_the_turn_end_at_its_tip(theme: Theme, default_material: Material) -> None:
    look = Look(theme=theme)
    pixels, _ = stage.still("tokens", default_material, look, (1920, 1080))
    scene, _ = drawn("tokens", default_material, look)
    colour = np.array(THEMES[theme].query) * 255
    for dial in (m for m in scene.mobjects if isinstance(m, Dial)):
        places = np.array([[*(dial.centre + dial.tip() * share), 0.0] for share in (0.9, 1.1)])
        (x, y), (u, v) = scene.camera.view.pixels(places).round().astype(int)
        assert np.abs(pixels[y, x, :3] - colour).max() < 40
        assert np.abs(pixels[v, u, :3] - colour).max() > 40


@pytest.mark.parametrize("layer", [0, 19])
def test_while_queries_turn_no_vector_is_lit_that_they_were_not_made_of(
    default_material: Material, layer: int
) -> None:
    main = replace(default_material.trace, layer=layer)
    made = replace(default_material, traces={**default_material.traces, "main": main})
    seen: list[np.ndarray] = []

    def see(scene: Any) -> None:
        if any(isinstance(m, Dial) for m in scene.mobjects):
            seen.append(scene.table.entries.arrays["shown"].reshape(11, 6).copy())

    played("tokens", made, Look(), see)
    # In layer 0 queries are made of the embeddings; in a later one of what those have become.
    turned = default_material.arrays["turn_rows"].astype(int)[: None if layer == 0 else 0]
    others = np.setdiff1d(np.arange(11), turned)
    assert (seen[0][turned] == 1).all() and (seen[0][others] == 0.6).all()
    assert (seen[-1] == seen[0]).all()  # to the end: one thing at a time
    scene, _ = drawn("tokens", made, Look())
    still = scene.table.entries.arrays["shown"].reshape(11, 6)
    assert (still[turned] == 1).all()
    assert (still[others] > 0.7).all() and (still[others] < 0.95).all()  # behind, and readable


def test_a_word_reads_whole_before_it_comes_apart(default_material: Material) -> None:
    scene, _ = drawn("tokens", default_material, Look())
    pieces = scene.table.pieces
    (run,) = pieces.split
    pens = pieces.token_pens(0.0)[list(run.tokens)]
    ends = pens[:, 0] + np.array([pieces.inks[i].box[2] for i in run.tokens]) * pieces.em
    gaps = pens[1:, 0] - ends[:-1]
    assert (np.abs(gaps) < 0.12 * pieces.em).all()
    boxes = pieces.boxes_at(0.0)[list(run.tokens)]
    np.testing.assert_allclose(boxes[1:, 0], boxes[:-1, 2])


@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_a_split_word_is_one_box_with_a_seam_between_its_pieces(
    orientation: Orientation, default_material: Material
) -> None:
    pixels, _ = stage.still("tokens", default_material, Look(orientation=orientation), (1920, 1080))
    scene, _ = drawn("tokens", default_material, Look(orientation=orientation))
    pieces = scene.table.pieces
    assert len(pieces.frames()) == len(scene.trace.words) == 8
    (run,), (seams,) = pieces.split, pieces.seams(1.0)
    boxes = pieces.own[list(run.tokens)]
    (frame,) = (box for token, box, _ in pieces.frames() if token == run.tokens[0])
    np.testing.assert_allclose(frame, [*boxes[:, :2].min(0), *boxes[:, 2:].max(0)])
    assert len(seams) == 2
    for ends in seams:  # some of it is drawn, and some of it is not
        points = np.linspace(*ends, 200)
        places = np.column_stack([points, np.zeros(200)])
        x, y = scene.camera.view.pixels(places).round().astype(int).T
        bright = pixels[y, x, :3].max(axis=1) > 80
        assert 0.2 < bright.mean() < 0.8


def test_a_colour_says_the_sign_and_grows_with_the_value() -> None:
    for theme in THEMES.values():
        ground = np.array(theme.background)
        for sign in (1, -1):
            strong, faint, none = entry_colours([sign * 1.0, sign * 0.2, 0.0], theme, 1.0)
            far, near = (np.abs(np.array(c) - ground).sum() for c in (strong, faint))
            assert far > near
            assert none == theme.quiet
            bluer = strong[2] > strong[0]
            assert bluer == (sign > 0)


SPLIT = {
    "short": [" un", "be", "liev", "ably", " ti", "ny", " cat", "s"],
    "long": [" counter", "revolution", "aries", " uncharacteristically", " in", "comprehensible"],
    "korean": [" 고양", "이", "가", " 푸르", "른", " 숲", "을"],
}


@pytest.mark.parametrize("orientation", ORIENTATIONS)
@pytest.mark.parametrize("kind", SPLIT)
@pytest.mark.parametrize("count", [2, 7, 16, 24])
def test_split_words_are_laid_out_cleanly(count: int, kind: str, orientation: Orientation) -> None:
    pieces = [SPLIT[kind][i % len(SPLIT[kind])] for i in range(count)]
    made = given(pieces)
    look = Look(orientation=orientation)
    assert audit(drawn("tokens", made, look)[0]) == []
    found: list[str] = []
    played("tokens", made, look, lambda scene: found.extend(audit(scene)))
    assert found == []


@pytest.mark.parametrize("orientation", ORIENTATIONS)
@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("count", [1, 2, 8, 24])
def test_added_positions_are_laid_out_cleanly(
    count: int, lang: Any, orientation: Orientation
) -> None:
    made = with_positions(material("long", count))
    look = Look(lang=lang, orientation=orientation)
    assert audit(drawn("tokens", made, look)[0]) == []
    found: list[str] = []
    played("tokens", made, look, lambda scene: found.extend(audit(scene)))
    assert found == []


def test_the_audit_finds_an_entry_that_leaves_its_place_and_a_piece_out_of_its_box(
    default_material: Material,
) -> None:
    scene, _ = drawn("tokens", default_material, Look())
    assert audit(scene) == []
    entries = scene.table.entries
    entries.arrays["shift"][8] = (0.3, 0.0)
    assert any("entry 8 leaves its cell" in line for line in audit(scene))
    assert any("touches rule of a bracket" in line for line in audit(scene))
    entries.arrays["shift"][8] = 0.0
    pieces: Pieces = scene.table.pieces
    pieces.own[5] += (0.6, 0.0, 0.6, 0.0)
    pieces.joined[5] = pieces.own[5]
    assert any("box of token 5" in line for line in audit(scene))


def test_the_start_token_is_grey_italic_and_apart(default_material: Material) -> None:
    scene, _ = drawn("tokens", default_material, Look())
    table = scene.table
    xs = table.entries.spots.reshape(11, 6, 2)[:, 0, 0]
    steps = np.diff(xs)
    assert steps[0] - steps[1] >= 8 / 68
    first: list[Any] = table.entries.colours[:6]
    assert {c for i, c in enumerate(first) if i != 4} == {scene.theme.start}
    assert isinstance(table.entries, Entries)


def test_without_start_shares_nothing_claims_to_be_rescaled(default_material: Material) -> None:
    scene, _ = drawn("tokens", default_material, Look(sink="renormalise"))
    assert len(scene.credit()) == 1
    assert clip_findings("tokens", 8, "short", Look(sink="renormalise"), (1280, 720)) == []
    assert CHAPTERS["tokens"].needs == ("attention", "position")


def test_a_cell_without_a_number_has_a_minus_where_its_entry_is_negative() -> None:
    made = material("short", 24)
    scene, _ = drawn("tokens", made, Look())
    pixels = stage.pixels_of(scene)[..., :3].astype(int)
    entries: Entries = scene.table.entries
    assert entries.em is None
    middles = np.pad(entries.spots, ((0, 0), (0, 1)))
    for value, (x, y) in zip(entries.values, scene.camera.view.pixels(middles), strict=True):
        if value:
            column = pixels[round(y) - 5 : round(y) + 6, round(x)]
            assert (np.abs(np.diff(column, axis=0)).max() > 20) == (value < 0)
