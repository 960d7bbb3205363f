"""Signs in tokens' texts: a character's parts can be read, and what they are is said."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any, get_args

import numpy as np
import pytest
from made import embedded, material
from reading import drawn, played

from attention_core import Material, Trace
from attention_core.derived import position
from attention_core.tokens import place
from scenes.kit import typeset
from scenes.kit.audit import audit
from scenes.kit.label import Label
from scenes.kit.signs import (
    SPECKS,
    by_character,
    characters,
    gloss,
    noted,
    parts,
    signs,
    spaces_counted,
    speck,
)
from scenes.kit.sizes import CREDIT_EM
from scenes.kit.words import say
from scenes.look import Look, Orientation

SENTENCE = "작은 강아지가 왔다"


def cut(sentence: str, pieces: int = 3) -> Material:
    """A head over a sentence each of whose characters is several tokens, without a model."""
    places = [i for i, character in enumerate(sentence) if character != " "]
    spans = [
        (i - (i - 1 not in places and i > 0 and piece == 0), i + 1)
        for i in places
        for piece in range(pieces)
    ]
    tokens = place(sentence, range(1, len(spans) + 1), spans)
    random = np.random.default_rng(len(spans))
    q, k, v = random.normal(0, 1.6, (3, len(spans) + 1, 64))
    made = Trace.from_arrays(["<s>", *[" x"] * len(spans)], q, k, v, start=True)
    named = replace(made, sentence=sentence, tokens=(made.tokens[0], *tokens))
    trace = embedded(named, random)
    return Material({"main": trace}, position.derive(None, trace).arrays)


def prediction(names: tuple[str, ...] = tuple("abcdefghij")) -> dict[str, Any]:
    """What a material needs to show these next tokens."""
    return {"arrays": material("korean", 8).arrays, "texts": {"next_tokens": names}}


def notes(scene: Any) -> list[str]:
    """Whether the example of a character's parts is explained, and which."""
    found = []
    for rows in characters(scene.trace.tokens):
        pieces = " ".join(scene.trace.tokens[row].display for row in (rows[0], rows[-1]))
        outline = typeset.text(say(scene.look.lang, "tokens", "sign_part", pieces=pieces), "italic")
        if any(isinstance(m, Label) and m.ink.parts[0][0] is outline for m in scene.mobjects):
            found.append(pieces)
    return found


def test_only_one_part_of_a_character_is_named_where_all_would_be_too_small() -> None:
    tokens = cut("작은 a").trace.tokens
    assert [token.display for token in tokens[1:4]] == ["작·", "·작·", "·작"]
    assert characters(tokens) == [(1, 2, 3), (4, 5, 6), (7, 8, 9)]
    texts = by_character(tokens, [token.display for token in tokens], "작은 a")
    assert texts == ["start", "", "작", "", "", "은", "", "", "a", ""]
    marked = by_character(tokens, [token.display for token in tokens], "작은 a", [3, 4])
    assert marked == ["start", "", "", "작", "은", "", "", "", "a", ""]
    assert parts(tokens, [5]) == ["은·", "·은·", "·은"]
    whole = cut("작은 a", 1).trace.tokens
    assert characters(whole) == []
    assert parts(whole, [1]) == []


@pytest.mark.parametrize("orientation", get_args(Orientation))
@pytest.mark.parametrize("lang", ["en", "ko"])
def test_a_sentence_of_parts_of_characters_can_be_read_and_says_what_they_are(
    lang: Any, orientation: Orientation
) -> None:
    made, look = cut(SENTENCE), Look(lang=lang, orientation=orientation)
    scene, _ = drawn("tokens", made, look)
    assert audit(scene) == []
    assert len(notes(scene)) == 1
    found: list[str] = []
    clip, _ = played("tokens", made, look, lambda scene: found.extend(audit(scene)))
    assert found == []
    assert notes(clip) == notes(scene)
    for pieces in (scene.table.pieces, clip.table.pieces):
        assert not pieces.upwards
        shown = [ink for ink in pieces.inks if ink.parts]
        assert len(shown) in (1 + 8, pieces.own.shape[0])  # one a character, or one a token


def test_whole_characters_need_no_note(default_material: Material) -> None:
    for made in (default_material, material("korean", 8)):
        assert notes(drawn("tokens", made, Look(lang="ko"))[0]) == []


def test_only_signs_that_are_there_are_explained() -> None:
    def told(*texts: str, pieces: tuple[str, ...] = ()) -> list[str]:
        return signs(lambda name, **values: name, texts, pieces)

    assert told("of", ".", "0x41") == []
    assert told("\\n␣␣", "of") == ["sign_space", "sign_break"]
    assert told("0xEB", pieces=("다·", "·다")) == ["sign_part", "sign_byte"]


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_of_many_signs_as_many_are_explained_as_can_be_read(lang: Any) -> None:
    names = ("␣0xEB,", "\\n␣␣␣a", "\\tb", "␣c", "a", "b", "c", "d", "e", "f")
    given = replace(cut(SENTENCE), **prediction(names))
    scene, _ = drawn("next-token", given, Look(lang=lang))
    assert audit(scene) == []
    (note,) = scene._signs()
    assert note.em >= CREDIT_EM - 1e-9


def test_a_note_explains_only_the_texts_that_are_shown() -> None:
    scene, _ = drawn("dot-products", cut(SENTENCE), Look(lang="ko"))
    scene.is_still = False
    part = say("ko", "dot-products", "sign_part", pieces="왔· ·왔")

    def note(rows: list[int] | None) -> Any:
        (label,) = noted(scene, "시작", rows)
        return label.ink.parts[0][0]

    tokens = scene.trace.tokens
    row = next(row for row, token in enumerate(tokens) if token.display == "·왔")
    assert note([row]) is typeset.text(f"시작; {part}", "italic")
    assert note([]) is typeset.text("시작", "italic")
    first = say("ko", "dot-products", "sign_part", pieces="작· ·작")
    assert note(None) is typeset.text(f"시작; {first}", "italic")


def test_a_long_run_of_spaces_is_counted() -> None:
    assert spaces_counted("\\n" + "␣" * 12) == "\\n␣×12"
    assert spaces_counted("␣␣␣") == "␣␣␣"


def test_the_next_tokens_line_breaks_are_explained_where_they_have_no_name(
    default_material: Material,
) -> None:
    def last_note(texts: tuple[str, ...]) -> bool:
        made = replace(default_material, texts={"next_tokens": texts})
        scene, _ = drawn("next-token", made, Look())
        outline = typeset.text(say("en", "next-token", "sign_break"), "italic")
        return any(isinstance(m, Label) and m.ink.parts[0][0] is outline for m in scene.mobjects)

    plain = ("a", "b", "c", "d", "e", "f", "g", "h", "i", "j")
    assert not last_note(plain)
    assert not last_note(("\\n\\n", "0xEB", *plain[2:]))  # named in their boxes
    assert last_note(("\\nThe", "0xEB", *plain[2:]))


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_a_token_that_is_a_speck_of_punctuation_is_named(lang: str) -> None:
    words = partial(say, lang, "next-token")
    assert {speck(words, text) for text in (",", " ,")} == {words("mark_comma")}
    named = {sign: speck(words, sign) for sign in SPECKS}
    assert all(named.values()) and len(set(named.values())) == len(set(SPECKS.values()))
    assert not any(speck(words, text) for text in ("a", "of", "\\n\\n", "!", ""))


def test_white_space_and_bytes_are_named_in_their_boxes() -> None:
    words, korean = partial(say, "en", "next-token"), partial(say, "ko", "next-token")
    assert gloss(korean, "\\n" + "␣" * 11) == "줄바꿈, 빈칸 11개"
    assert gloss(words, "\\n\\n␣") == "2 line breaks, space"
    assert [gloss(words, text) for text in ("0xEB", "0xEBAC", ",")] == ["byte", "bytes", "comma"]
    assert not any(gloss(words, text) for text in ("\\nThe", "␣of", "0x41", "a", ""))


def test_of_a_cut_character_only_the_part_that_is_drawn_is_explained() -> None:
    made = cut(SENTENCE)
    scene, _ = drawn("next-token", replace(made, **prediction()), Look())
    (note,) = scene._signs()
    last = made.trace.tokens[-1].display
    told = say("en", "next-token", "sign_part_alone", pieces=last)
    assert note.ink.parts[0][0] is typeset.text(told, "italic")


@pytest.mark.parametrize("orientation", get_args(Orientation))
def test_where_there_is_room_each_part_of_a_character_has_its_own_text(
    orientation: Orientation,
) -> None:
    made, look = cut("작은 강아지"), Look(orientation=orientation)
    clip, _ = played("tokens", made, look, lambda scene: None)
    for scene in (drawn("tokens", made, look)[0], clip):
        own = [token.display for token in made.trace.tokens[1:]]
        assert scene.table.texts[1:] == own and not scene.table.pieces.upwards
