"""What a model reads and a person sees, for sentences of every kind."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attention_core import AttentionError, Token, Trace, trace
from attention_core.models.base import Model
from attention_core.tokens import check_sentence, lay_out, words


@pytest.mark.parametrize(
    ("sentence", "complaint"),
    [
        ("", "the sentence is empty; give at least one word"),
        ("  \u3000 ", "the sentence is blank; give at least one word"),
        ("\u200b\u200d", "the sentence is blank; give at least one word"),
        ("a\x07b", "holds the control character U+0007 at position 1; remove it"),
        ("a\x1b[31mb", "holds the control character U+001B at position 1; remove it"),
        ("two\nlines", "holds the line break U+000A at position 3; put it on one line"),
        ("a\u2028b", "holds the line break U+2028 at position 1; put it on one line"),
        ("x\ud83d", "holds the lone surrogate U+D83D at position 1; remove it"),
        ("a\u202eb", "holds the direction mark U+202E at position 1; remove it"),
        (7, "the sentence must be text, not int"),
    ],
)
def test_a_sentence_that_cannot_be_shown_is_one_clear_error(
    sentence: object, complaint: str
) -> None:
    with pytest.raises(AttentionError) as caught:
        check_sentence(sentence)
    assert str(caught.value).endswith(complaint)
    assert "\n" not in str(caught.value)
    str(caught.value).encode()  # it can be printed


def pieces(tokens: tuple[Token, ...]) -> list[str]:
    return [token.display for token in tokens if not token.special]


def read(tokens: tuple[Token, ...], sentence: str) -> list[str]:
    return [word.text for word in words(tokens, sentence)]


@pytest.mark.model
@pytest.mark.parametrize(
    ("sentence", "displays", "read_as"),
    [
        ("the verdant forest.", "the ver d ant forest .", "the verdant forest ."),
        ("don't (well-known) 3.14!?", "don 't ( well - known ) ␣ 3 . 1 4 ! ?",
         "don't ( well-known ) 3.14 !?"),
        ("1,234 of 56", "1 , 2 3 4 of ␣ 5 6", "1,234 of 56"),
        ("<b>$x$ #import", "< b > $ x $ # import", "<b>$x$ # import"),
        ("\\input{x}", "\\ input { x }", "\\ input{x }"),
        ("고양이", "고· ·고· ·고 양· ·양· ·양 이", "고양이"),
        ("I 🍕", "I 🍕· ·🍕· ·🍕", "I 🍕"),
        ("שלום", "ש ל ו ם· ·ם", "שלום"),
        ("<|im_start|>", "< | im _ start | >", "<|im_start|>"),
    ],
)  # fmt: skip
def test_tokens_are_displayed_readably_and_words_are_what_a_person_sees(
    model: Model, sentence: str, displays: str, read_as: str
) -> None:
    tokens = model.encode(sentence)
    assert pieces(tokens) == displays.split()
    assert read(tokens, sentence) == read_as.split()


@pytest.mark.model
def test_spaces_that_are_tokens_are_shown_and_are_words_of_their_own(model: Model) -> None:
    tokens = model.encode("two   spaces ")
    assert pieces(tokens) == ["two", "␣␣", "spaces", "␣"]
    assert [word.display for word in words(tokens, "two   spaces ")] == ["two", "␣␣", "spaces", "␣"]
    assert [word.text for word in words(tokens, "two   spaces ")] == ["two", "  ", "spaces", " "]


@pytest.mark.model
@settings(max_examples=200, deadline=None)
@given(st.text(st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp")), min_size=1, max_size=40))
def test_any_text_is_covered_by_its_tokens_and_by_its_words(model: Model, text: str) -> None:
    try:
        tokens = model.encode(text)[1:]
    except AttentionError as error:  # bytes of characters that Unicode has not assigned
        assert re.search(r"no token for the character U\+[4-9AB]\w{4}; remove it", str(error))
        return
    assert {i for token in tokens for i in range(token.start, token.end)} == set(range(len(text)))
    for token in tokens:
        assert token.text == text[token.start : token.end]
        assert token.display
        assert not token.display.startswith(" ")
    found = words(tokens, text)
    assert [row for word in found for row in word.pieces] == list(range(len(tokens)))
    assert all(word.text == text[word.start : word.end] for word in found)
    assert all(a.end <= b.start for a, b in pairwise(found))


@pytest.mark.model
def test_the_start_token_stands_in_front_and_spans_nothing(model: Model) -> None:
    start = model.encode("a")[0]
    assert start == Token(0, "<|endoftext|>", "start", 0, 0, special=True)


@pytest.mark.model
def test_a_60_letter_word_is_one_word_of_many_tokens(model: Model) -> None:
    found = trace("supercalifragilistic" * 3, model)
    assert [word.text for word in found.words] == ["supercalifragilistic" * 3]
    assert found.words[0].pieces == found.word_rows


@pytest.mark.model
def test_5000_words_are_an_error_that_names_the_limit(model: Model) -> None:
    with pytest.raises(AttentionError, match=r"5,001 tokens long and the limit is 1,024; shorten"):
        trace("word " * 4999 + "word", model)


def test_a_token_cut_inside_a_character_spans_it_and_says_so() -> None:
    tokens = lay_out("a 고b", ids=[1, 2, 3, 4], lengths=[1, 2, 1, 2])
    assert [(t.start, t.end, t.display) for t in tokens] == [
        (0, 1, "a"), (1, 3, "고·"), (2, 3, "·고·"), (2, 4, "·고b"),
    ]  # fmt: skip
    assert [word.text for word in words(tokens, "a 고b")] == ["a", "고b"]


def test_a_word_of_several_tokens_keeps_their_rows(default_trace: Trace) -> None:
    verdant = default_trace.words[6]
    assert (verdant.text, verdant.pieces) == ("verdant", (7, 8, 9))
    assert default_trace.sentence[verdant.start : verdant.end] == "verdant"
