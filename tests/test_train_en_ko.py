"""The grammar of en-ko: correct Korean, and held-out sentences that are held out."""

from __future__ import annotations

from itertools import pairwise

import pytest

from tools.train_en_ko import lexicon as lx
from tools.train_en_ko.grammar import (
    JOINED,
    SHOWN,
    Pair,
    ends_in_consonant,
    held_out_set,
    is_held_out,
    particle,
    training_set,
    vocabularies,
    written,
)


@pytest.fixture(scope="module")
def whole() -> list[Pair]:
    return training_set()


@pytest.fixture
def pairs(whole: list[Pair]) -> list[Pair]:
    return whole[:5_000]


def test_no_word_stands_twice_in_the_vocabulary() -> None:
    for words in vocabularies():
        assert len(set(words)) == len(words)


def test_the_same_seed_writes_the_same_sentences() -> None:
    assert training_set(50) == training_set(50)
    assert training_set(50) != training_set(50, seed=3)


def test_no_held_out_sentence_is_trained_on(whole: list[Pair]) -> None:
    trained = {pair.english for pair in whole}
    held_out = {pair.english for pair in held_out_set()}
    assert (len(trained), len(held_out)) == (60_000, 1_000)
    assert not trained & (held_out | set(SHOWN))
    assert all(map(is_held_out, held_out))


def test_every_word_of_the_vocabulary_is_trained_on(whole: list[Pair]) -> None:
    english, korean = vocabularies()
    assert {word for pair in whole for word in pair.english.split()} == set(english)
    assert {piece for pair in whole for piece in pair.korean} == set(korean)


@pytest.mark.parametrize(
    ("kind", "word", "form"),
    [
        ("은", "숲", "은"), ("은", "고양이", "는"), ("이", "생물", "이"), ("이", "의사", "가"),
        ("을", "강", "을"), ("을", "새", "를"), ("와", "왕", "과"), ("와", "개", "와"),
        ("에서", "집", "에서"), ("의", "강", "의"),
    ],
)  # fmt: skip
def test_a_particle_fits_the_sound_before_it(kind: str, word: str, form: str) -> None:
    assert particle(kind, word) == form


def test_every_particle_stands_after_a_noun_and_fits_it(pairs: list[Pair]) -> None:
    places = {place for place, _ in lx.PLACES.values()}
    nouns = {*lx.NOUNS.values(), lx.BANK_OF_A_WATER, *places}
    forms = [forms.split() for forms in lx.AFTER.values()]
    for pair in pairs:
        for before, piece in pairwise(pair.korean):
            if piece.startswith(JOINED):
                assert before in nouns
                for after_consonant, after_vowel in forms:
                    if piece.removeprefix(JOINED) in (after_consonant, after_vowel):
                        assert (piece == JOINED + after_consonant) == ends_in_consonant(before)


def test_the_verb_comes_last_and_the_article_decides_the_particle(pairs: list[Pair]) -> None:
    verbs = {verb.past for verb in (*lx.TRANSITIVE.values(), *lx.INTRANSITIVE.values())}
    verbs |= {lx.THERE_IS}
    for pair in pairs:
        assert not verbs & set(pair.korean[:-1])
        words = pair.english.split()
        if not {*words} & {"is", *lx.TRANSITIVE, *lx.INTRANSITIVE}:
            continue
        definite = next(word for word in words if word in ("a", "an", "the")) == "the"
        forms = {piece for piece in pair.korean if piece in ("##은", "##는", "##이", "##가")}
        assert len(forms) == 1
        assert forms <= ({"##은", "##는"} if definite else {"##이", "##가"})


def test_content_words_correspond_one_to_one(pairs: list[Pair]) -> None:
    function = {"a", "an", "the", "of", "and", "with", "is", "in"}
    for pair in pairs:
        words = pair.english.split()
        rows, sources = zip(*pair.links, strict=True)
        assert len(set(sources)) == len(sources)
        assert {row for row, p in enumerate(pair.korean) if not p.startswith(JOINED)} == {*rows}
        assert {at for at, word in enumerate(words) if word not in function} <= {*sources}


def test_an_comes_before_a_vowel(pairs: list[Pair]) -> None:
    for pair in pairs:
        words = pair.english.split()
        for article, after in pairwise(words):
            if article in ("a", "an"):
                assert (article == "an") == (after[0] in "aeiou")


def test_a_bank_and_what_is_old_or_young_are_told_apart(pairs: list[Pair]) -> None:
    for pair in pairs:
        words = pair.english.split()
        for row, source in pair.links:
            if words[source] == "bank":
                of = words[source + 1 : source + 2] == ["of"]
                owner = next((w for w in words[source + 2 :] if w in lx.NOUNS), "") if of else ""
                assert (pair.korean[row] == "둑") == (owner in lx.WITH_A_BANK)
    found = {written(pair.korean) for pair in pairs}
    assert not [text for text in found if "오래된 왕" in text or "늙은 탑" in text]
