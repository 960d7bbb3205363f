"""What a picture is about."""

from __future__ import annotations

from dataclasses import replace

import pytest

from attention_core import AttentionError, Trace
from attention_core.focus import choose_query, find_word, word_of


@pytest.fixture
def repeated() -> Trace:
    words = ["<s>", "the", " cat", " saw", " the", " dog", " of", " The", " cat"]
    rows = [[float(i == j) for j in range(4)] for i in range(len(words))]
    return Trace.from_arrays(words, rows, rows, rows, start=True)


def test_the_query_that_looks_most_at_other_words_is_chosen(default_trace: Trace) -> None:
    row = choose_query(default_trace)
    assert default_trace.tokens[row].text == " forest"


def test_a_words_own_pieces_do_not_count_as_others(default_trace: Trace) -> None:
    moved = default_trace.weights.copy()
    moved[9] = 0
    moved[9, 7] = 1  # "ant" looks at "ver" alone: both are "verdant"
    moved[4] = 0
    moved[4, 3] = 1
    looked = replace(default_trace, weights=moved)
    assert looked.tokens[choose_query(looked)].text == " creature"
    assert looked.tokens[choose_query(default_trace, moved)].text == " creature"


@pytest.mark.parametrize(
    ("asked", "row"),
    [("the", 1), ("the#1", 1), ("the#2", 4), ("The", 7), ("THE", 1), ("dog", 5), ("cat#2", 8)],
)
def test_a_word_is_found_by_its_text_or_by_its_count(repeated: Trace, asked: str, row: int) -> None:
    assert find_word(repeated, asked).pieces == (row,)


@pytest.mark.parametrize(
    ("asked", "complaint"),
    [
        ("fish", "'fish' is not in the sentence; its words are the, cat, saw, dog, of, The"),
        ("the#3", "the word 'the' is 2 times in the sentence, not 3"),
        ("dog#2", "the word 'dog' is once in the sentence, not 2"),
        ("the#x", "the word 'the#x' is not in the sentence"),
        ("the#0", "the word 'the#0' is not in the sentence"),
        ("", "the word '' is not in the sentence"),
    ],
)  # fmt: skip
def test_a_word_that_is_not_there_is_an_error_that_lists_the_words(
    repeated: Trace, asked: str, complaint: str
) -> None:
    with pytest.raises(AttentionError) as caught:
        find_word(repeated, asked)
    assert complaint in str(caught.value)


def test_a_row_knows_its_word(default_trace: Trace) -> None:
    assert word_of(default_trace, 0) is None
    for row, text in ((8, "verdant"), (10, "forest")):
        word = word_of(default_trace, row)
        assert word is not None
        assert word.text == text
