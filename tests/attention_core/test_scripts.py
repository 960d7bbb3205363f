"""Sentences of any script: characters stay whole, directions are known, cut ones are counted."""

from __future__ import annotations

import pytest

from attention_core.catalogue import MODELS
from attention_core.graphemes import clusters
from attention_core.readable import cut_share, script_note
from attention_core.tokens import lay_out, place, right_to_left, start_token, words

WHOLE = {
    "नीली बिल्ली": ["नी", "ली", " ", "बि", "ल्ली"],  # vowel signs, and consonants tied together
    "👩‍👩‍👧 🇰🇷🇯🇵 👍🏽": ["👩‍👩‍👧", " ", "🇰🇷", "🇯🇵", " ", "👍🏽"],
    "e\u0301a ᄒᆞᆫ": ["e\u0301", "a", " ", "ᄒᆞᆫ"],
    "שָׁלוֹם": ["שָׁ", "ל", "וֹ", "ם"],
    "高い山": ["高", "い", "山"],
}


@pytest.mark.parametrize("text", WHOLE)
def test_what_a_reader_takes_for_one_character_is_one(text: str) -> None:
    assert [text[start:end] for start, end in clusters(text)] == WHOLE[text]


def test_a_piece_that_ends_within_a_character_shows_it_whole_and_says_so() -> None:
    sentence = "a 👍🏽"
    found = place(sentence, [1, 2, 3], [(0, 1), (1, 3), (3, 4)])  # the skin tone is cut off
    assert [token.display for token in found] == ["a", "👍🏽·", "·👍🏽"]
    assert [(token.start, token.end) for token in found] == [(0, 1), (1, 4), (2, 4)]
    bytes_of = len("👍".encode()), len("🏽".encode())
    found = lay_out(sentence, [1, 2, 3, 4], [1, 3, bytes_of[0] - 2, bytes_of[1]])
    assert [token.display for token in found] == ["a", "👍🏽·", "·👍🏽·", "·👍🏽"]


@pytest.mark.parametrize(
    ("text", "leftwards"),
    [("שלום", True), ("3, القطة", True), ("a שלום", False), ("3 + 4", False), ("작은", False)],
)
def test_a_line_runs_the_way_of_its_first_letter(text: str, leftwards: bool) -> None:
    assert right_to_left(text) is leftwards


def test_where_nobody_writes_spaces_each_token_is_a_word() -> None:
    sentence = "蓝色的猫 on 森"
    spans = [(0, 1), (1, 3), (3, 4), (4, 7), (7, 9), (8, 9)]  # the last character is cut
    found = words(place(sentence, range(6), spans), sentence)
    assert [word.text for word in found] == ["蓝", "色的", "猫", "on", "森"]
    assert found[-1].pieces == (4, 5)
    korean = "고양이가 잔다"  # written with spaces
    found = words(place(korean, range(3), [(0, 2), (2, 4), (4, 7)]), korean)
    assert [word.text for word in found] == ["고양이가", "잔다"]


def test_the_share_of_cut_characters_counts_each_once() -> None:
    korean = "작은 a"
    each = [len(character.encode()) for character in korean]
    assert cut_share(lay_out(korean, range(4), [each[0], each[1], 1, 1])) == 0.0
    pieces = [1, 2, 1, 2, each[2] + each[3]]
    assert cut_share(lay_out(korean, range(5), pieces)) == pytest.approx(2 / 3)
    framed = [start_token(0, "<|endoftext|>"), *lay_out(korean, range(5), pieces)]
    assert cut_share(framed) == pytest.approx(2 / 3)  # a start token's letters are none of its


def test_a_sentence_that_is_cut_into_bytes_gets_a_note_that_names_a_model(
    monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    korean = "작은"
    cut = lay_out(korean, range(4), [1, 2, 1, 2])
    monkeypatch.setenv("ATTENTION_HOME", str(tmp_path))
    note = script_note("smollm2", korean, cut)
    assert note.endswith("(4 tokens); gemma3-270m knows more languages: "
                         "render.py models fetch gemma3-270m")  # fmt: skip
    whole = lay_out(korean, range(2), [3, 3])

    class Better:
        def encode(self, sentence: str) -> object:
            return whole

    monkeypatch.setattr("attention_core.readable.is_fetched", lambda name: name == "minilm")
    monkeypatch.setattr("attention_core.readable.open_model", lambda name: Better())
    assert script_note("smollm2", korean, cut).endswith("minilm reads it in 2: --model minilm")
    assert script_note("smollm2", korean, whole) == ""
    assert "gemma3-270m" in MODELS
