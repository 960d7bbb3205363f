"""The chapter on the next token: its bars and numbers are the model's, and sum to one."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any, get_args

import numpy as np
import pytest
from made import material
from reading import Reader, drawn, kinds_that_are_read, played

from attention_core import Material
from attention_core.rounding import format_probability, format_score, format_temperature, shares
from rendering import stage
from scenes.kit import typeset
from scenes.kit.audit import audit
from scenes.kit.credit import model_title
from scenes.kit.label import Label
from scenes.kit.theme import DARK, READABLE, THEMES, blend, contrast
from scenes.look import Look, Theme

SIGNS = {"dots.v", "W_U", "T", "=", 'd_"model"'}  # no numbers


def allowed(scene: Any) -> set[str]:
    """Every number of the material that the chapter may show, as it is displayed."""
    arrays, info = scene.material.arrays, scene.trace.model
    vector, vocabulary = arrays["next_vector"], int(arrays["next_vocabulary"])
    exact = arrays["next_shares"]
    both = zip(shares(exact, 3).ravel().tolist(), exact.ravel().tolist(), strict=True)
    found = {format_probability(share, before) for share, before in both}
    found |= {f"T = {format_temperature(float(t))}" for t in arrays["next_temperatures"]}
    found |= {format_score(float(v), 2) for v in vector[[0, 1, 2, 3, -1]]}
    found |= {f"{vocabulary:,} × {len(vector)}", str(info.d_model)}
    found |= {scene.say("others", count=f"{int(arrays['next_others']):,}")}
    found |= {scene.say("numbers", d_model=f"{len(vector):,}")}
    found |= {scene.say("after", count=info.layers)}
    layers = scene.say("layers", count=info.layers)
    return found | {f"{model_title(info, scene.say)} · {layers} ·"}


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_every_number_at_the_end_of_each_play_is_in_the_material(
    default_material: Material, monkeypatch: pytest.MonkeyPatch, lang: Any
) -> None:
    reader, counts = Reader(monkeypatch), []

    def see(scene: Any) -> None:
        assert kinds_that_are_read(scene)
        texts = reader.on(scene)
        assert set(texts) - SIGNS <= allowed(scene)
        counts.append(len(texts))

    _, seconds = played("next-token", default_material, Look(lang=lang), see)
    assert counts[-1] > 3 * 11 + 5
    assert 6 <= seconds <= 15


def test_the_displayed_shares_of_each_temperature_sum_to_exactly_one(
    default_material: Material, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = Reader(monkeypatch)
    scene, _ = drawn("next-token", default_material, Look())
    for column in scene.candidates.columns:
        read = [reader.of(ink) for ink in column.numbers.inks]
        shown = [text for (text,) in read if text != "<0.001"]
        assert sum(map(Decimal, shown)) == Decimal("1.000")


@pytest.mark.parametrize("theme", get_args(Theme))
def test_no_token_that_has_a_chance_is_shown_to_have_none(
    theme: Theme, default_material: Material, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = Reader(monkeypatch)
    scene, _ = drawn("next-token", default_material, Look(theme=theme))
    columns, palette, faint = scene.candidates.columns, THEMES[theme], 0
    for column, values in zip(columns, default_material.arrays["next_shares"], strict=True):
        texts = [reader.of(ink)[0] for ink in column.numbers.inks]
        assert (values > 0).all() and "0.000" not in texts
        faint += texts.count("<0.001")
        for colour, shown in zip(
            column.numbers.colours, column.numbers.arrays["shown"], strict=True
        ):
            seen = blend(palette.background, colour, float(shown))
            assert contrast(seen, palette.background) >= READABLE
    assert faint


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_each_temperature_says_what_it_does_and_the_vector_where_it_is_from(
    default_material: Material, lang: Any
) -> None:
    scene, _ = drawn("next-token", default_material, Look(lang=lang))
    said = [m.ink.parts[0][0] for m in scene.mobjects if isinstance(m, Label)]
    lines = [
        *(typeset.text(scene.say(name), "italic") for name in ("sharper", "as_trained", "flatter")),
        typeset.text(scene.say("after", count=scene.trace.model.layers), "regular"),
        typeset.line(scene.say("sides")),
    ]
    assert all(any(outline is line for outline in said) for line in lines)
    names = [column.heads[1].ink.parts[0][0] for column in scene.candidates.columns]
    assert names == lines[:3]


def test_the_likeliest_tokens_stand_in_their_order(default_material: Material) -> None:
    scene, picture = drawn("next-token", default_material, Look())
    values = default_material.arrays["next_shares"]
    assert len(picture.cells) == values.size
    for cell in picture.cells:
        assert cell.value == pytest.approx(float(values[cell.query, cell.key]))
    assert (np.diff(scene.candidates.ys) < 0).all()
    assert "“,” 0.424" in picture.alt


@pytest.mark.parametrize("theme", get_args(Theme))
def test_the_length_of_each_bar_is_its_share(theme: Theme, default_material: Material) -> None:
    look = Look(theme=theme, credit=False)
    pixels, picture = stage.still("next-token", default_material, look, (1920, 1080))
    light = pixels.astype(float)[..., :3] / 255
    ground = 1.0 if theme == "light" else 0.0
    for cell in picture.cells:
        x0, y0, x1, y1 = (round(side) for side in cell.box)
        row = np.abs(light[(y0 + y1) // 2, x0:x1] - ground).max(axis=1)
        assert cell.value is not None
        assert (row > 0.2).mean() == pytest.approx(cell.value, abs=0.012)


def test_a_column_starts_as_the_model_s_own_and_then_changes(default_material: Material) -> None:
    values = default_material.arrays["next_shares"]
    seen: list[np.ndarray] = []

    def see(scene: Any) -> None:
        bars = scene.candidates.columns[0].bars
        if bars in scene.mobjects:
            seen.append(bars.arrays["value"].copy())

    played("next-token", default_material, Look(), see)
    assert (seen[0] == 0).all()  # first its tracks alone
    own = [bool(np.allclose(value, values[1])) for value in seen]
    assert any(own)
    assert all(own[i] or (seen[i] == 0).all() for i in range(own.index(True) + 1))
    np.testing.assert_allclose(seen[-1], values[0])


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_a_line_break_is_named_in_its_box_and_not_far_from_it(
    default_material: Material, lang: Any
) -> None:
    scene, _ = drawn("next-token", default_material, Look(lang=lang))
    texts = default_material.texts["next_tokens"]
    mark, name = scene.candidates._name(texts[texts.index("\\n")], 99.0).parts
    assert mark[0] == typeset.text("\\n")
    assert len(name[0].curves) == len(typeset.text(scene.say("mark_line_break"), "italic").curves)
    assert scene._signs() == []
    other = replace(default_material, texts={"next_tokens": ("\\nThe", *texts[1:])})
    scene, _ = drawn("next-token", other, Look(lang=lang))
    (note,) = scene._signs()
    assert note.ink.parts[0][0] == typeset.text(scene.say("sign_break"), "italic")


def test_long_and_strange_next_tokens_are_laid_out_cleanly() -> None:
    made = material("long", 24)
    names = (
        "<|endoftext|>",
        "0xEC",
        "␣␣␣␣",
        "\\n\\n",
        ".",
        "uncharacteristically",
        "숲",
        "W",
        "...",
    )
    texts = {"next_tokens": (*names, "incomprehensibility")}
    strange = replace(made, texts=texts)
    for lang in ("en", "ko"):
        look: Any = Look(lang=lang)
        found = audit(drawn("next-token", strange, look)[0])
        played("next-token", strange, look, lambda scene, found=found: found.extend(audit(scene)))
        assert found == []


def test_a_long_sentence_shows_its_end(default_material: Material) -> None:
    scene, _ = drawn("next-token", material("long", 24), Look())
    line = scene.sentence[0]
    x0, x1 = line.box[0], line.box[2]
    assert -7.2 < x0 < x1 < 6.2
    (mark, quiet), (words, own) = line.ink.parts
    assert len(words.curves) > 100
    # What is cut off is no token "...": its sign is quiet, and slanted.
    assert (quiet, own) == (DARK.quiet, None)
    assert len(mark.curves) == len(typeset.text("…", "italic").curves)
    assert drawn("next-token", default_material, Look())[0].sentence[0].box[0] > x0
