"""A grammar that writes an English sentence, its Korean translation, and which words correspond.

A subject takes 이/가 after "a" and 은/는 after "the"; every particle fits the sound before it. The
verb comes last, "of" turns its two nouns around, and a place stands before the object.
"""

from __future__ import annotations

import random
import zlib
from collections.abc import Iterator
from functools import cache
from itertools import chain, islice
from typing import NamedTuple

from tools.train_en_ko import lexicon as lx

JOINED = "##"  # a piece that is written onto the one before it: 고양이 ##가
MOST_WORDS = 20
HELD_OUT = 20  # one sentence in so many is never trained on, nor is any of these
SHOWN = (
    "a fluffy blue creature roamed the verdant forest",
    "the old bank of the quiet river",
    "the old bank of the quiet river is beautiful",
    "the bank of the river",
    "the bank is old",
)
ANYTHING = " ".join(lx.NOUN_GROUPS)
SUBJECT = {True: "은", False: "이"}  # of "the", of "a"


class Piece(NamedTuple):
    """A Korean piece, and the index of the English word that it translates."""

    text: str
    source: int | None = None  # None for particles


class Phrase(NamedTuple):
    """English words and Korean pieces."""

    english: tuple[str, ...]
    korean: tuple[Piece, ...]
    definite: bool = False

    def moved(self, by: int) -> tuple[Piece, ...]:
        """The Korean, where the English stands `by` words further to the right."""
        return tuple(
            piece if piece.source is None else Piece(piece.text, piece.source + by)
            for piece in self.korean
        )

    def marked(self, kind: str) -> Phrase:
        """With a particle, in the form that the last sound asks for."""
        ending = Piece(JOINED + particle(kind, self.korean[-1].text))
        return self._replace(korean=(*self.korean, ending))


class Pair(NamedTuple):
    """A sentence in both languages."""

    english: str
    korean: tuple[str, ...]  # pieces
    links: tuple[tuple[int, int], ...]  # (index of a Korean content word, of its English word)


def ends_in_consonant(word: str) -> bool:
    """Has the last syllable a final consonant (받침)?"""
    return (ord(word[-1]) - ord("가")) % 28 != 0


def particle(kind: str, word: str) -> str:
    """The particle in the form that the word before it asks for: 은 or 는, 이 or 가."""
    if kind not in lx.AFTER:
        return kind
    after_consonant, after_vowel = lx.AFTER[kind].split()
    return after_consonant if ends_in_consonant(word) else after_vowel


def adjective(word: str, noun: str) -> lx.Adjective:
    """The Korean adjective for this noun: an old king is 늙은, an old tower 오래된."""
    return next(one for one in lx.ADJECTIVES[word] if noun in lx.members(one.domain))


@cache
def fitting(noun: str) -> tuple[str, ...]:
    """The adjectives that go with a noun."""
    senses = ((word, one) for word, several in lx.ADJECTIVES.items() for one in several)
    return tuple(word for word, one in senses if noun in lx.members(one.domain))


@cache
def rivals(word: str) -> frozenset[str]:
    """The adjectives that contradict this one, and itself."""
    lines = [line.split() for line in lx.RIVALS]
    return frozenset({word}.union(*(line for line in lines if word in line)))


@cache
def owners(noun: str) -> tuple[str, ...]:
    """The nouns whose it can be: "the hat of the king"."""
    found = [lx.members(owner) for owner, owned in lx.OWNED.items() if noun in lx.members(owned)]
    return tuple(owner for group in found for owner in group if owner != noun)


class Grammar:
    """Sentences drawn at random; the same seed draws the same ones."""

    def __init__(self, seed: int) -> None:
        self.draw = random.Random(seed)

    def sentence(self) -> Pair:
        """One sentence, or now and then a mere noun phrase."""
        write = self.draw.choices(
            (self.doing, self.acting, self.being, self.staying, self.naming), (42, 22, 22, 6, 8)
        )[0]
        phrase = write()
        if write != self.naming and self.chance(0.04):
            word = self.draw.choice(tuple(lx.TIMES))
            time = Piece(lx.TIMES[word], 0)
            phrase = Phrase((word, *phrase.english), (time, *phrase.moved(1)))
        links = [(row, piece.source) for row, piece in enumerate(phrase.korean)]
        return Pair(
            " ".join(phrase.english),
            tuple(piece.text for piece in phrase.korean),
            tuple((row, source) for row, source in links if source is not None),
        )

    def doing(self) -> Phrase:
        """ "the cat ate the bread in the garden": 고양이는 정원에서 빵을 먹었다."""
        word = self.draw.choice(tuple(lx.TRANSITIVE))
        verb = lx.TRANSITIVE[word]
        subject = self.subject(verb.subject)
        after = [self.several(verb.domain).marked(verb.particle)]
        if verb.particle == "을" and self.chance(0.15):
            after.append(self.place("에서"))
        return self.put(subject, word, verb.past, after)

    def acting(self) -> Phrase:
        """ "the boy danced with a girl in the park": 소년은 소녀와 공원에서 춤췄다."""
        word = self.draw.choice(tuple(lx.INTRANSITIVE))
        verb = lx.INTRANSITIVE[word]
        subject, after = self.subject(verb.subject), []
        if self.chance(0.6):
            after.append(self.place(verb.particle, verb.domain))
        if word in lx.TOGETHER and self.chance(0.25):
            companion = self.plain(self.one_of(verb.subject)).marked("와")
            after.append(Phrase(("with", *companion.english), companion.moved(1)))
        return self.put(subject, word, verb.past, after)

    def being(self) -> Phrase:
        """ "the bank is old": 은행은 오래되었다."""
        noun = self.one_of(ANYTHING)
        word = self.draw.choice(fitting(noun))
        named = self.noun_phrase(noun, besides=word)
        subject = named.marked(SUBJECT[named.definite])
        last = Piece(adjective(word, noun).predicate, len(subject.english) + 1)
        return Phrase((*subject.english, "is", word), (*subject.korean, last))

    def staying(self) -> Phrase:
        """ "the hat is under the table": 모자는 탁자 아래에 있다."""
        subject = self.subject("P C A T V R house castle tower")
        return self.put(subject, "is", lx.THERE_IS, [self.place("에")], manner=False)

    def naming(self) -> Phrase:
        """ "the old bank of the quiet river": 조용한 강의 오래된 은행, but 둑 for a river's."""
        return self.several(ANYTHING)

    def put(
        self, subject: Phrase, verb: str, korean: str, after: list[Phrase], manner: bool = True
    ) -> Phrase:
        """What stands after the verb comes before it in Korean, the last part first."""
        words, last = list(subject.english), []
        if manner and self.chance(0.15):
            word = self.draw.choice(tuple(lx.MANNER))
            last.append(Piece(lx.MANNER[word], len(words)))
            words.append(word)
        last.append(Piece(korean, len(words)))
        words.append(verb)
        middle: list[Piece] = []
        for part in after:
            middle[:0] = part.moved(len(words))
            words += part.english
        return Phrase(tuple(words), (*subject.korean, *middle, *last))

    def subject(self, domain: str) -> Phrase:
        """With 은/는 after "the", 이/가 after "a"."""
        phrase = self.several(domain)
        return phrase.marked(SUBJECT[phrase.definite])

    def place(self, kind: str, inside: str = "") -> Phrase:
        """ "behind the house": 집 뒤에서. In is the bare particle: 집에서."""
        word = "in" if inside or self.chance(0.5) else self.draw.choice(tuple(lx.PLACES)[1:])
        beside, domain = lx.PLACES[word]
        noun = self.plain(self.one_of(inside or domain))
        korean = (*noun.moved(1), *([Piece(beside, 0)] if beside else []))
        return Phrase((word, *noun.english), korean).marked(kind)

    def several(self, domain: str) -> Phrase:
        """A noun phrase, now and then two: 고양이와 개."""
        one = self.noun_phrase(self.one_of(domain))
        if not self.chance(0.08):
            return one
        two = self.plain(self.one_of(domain))
        korean = (*one.marked("와").korean, *two.moved(len(one.english) + 1))
        return Phrase((*one.english, "and", *two.english), korean, one.definite)

    def noun_phrase(self, noun: str, besides: str = "") -> Phrase:
        """A noun, now and then with its owner, which stands before it: 왕의 모자."""
        if not (owners(noun) and self.chance(0.5 if noun == "bank" else 0.15)):
            return self.plain(noun, besides)
        of = self.draw.choice(owners(noun))
        head = self.plain(noun, besides, of)
        tail = self.plain(of)
        before = Phrase((), tail.moved(len(head.english) + 1)).marked("의").korean
        english = (*head.english, "of", *tail.english)
        return Phrase(english, (*before, *head.korean), head.definite)

    def plain(self, noun: str, besides: str = "", of: str = "") -> Phrase:
        """An article, up to two adjectives, a noun; none that contradicts `besides`."""
        taken, words = set(rivals(besides)), list[str]()
        for _ in range(self.draw.choices((0, 1, 2), (7, 9, 4))[0]):
            if options := [word for word in fitting(noun) if word not in taken]:
                words.append(self.draw.choice(options))
                taken |= rivals(words[-1])
        definite = self.chance(0.6)
        article = "the" if definite else "an" if [*words, noun][0][0] in "aeiou" else "a"
        name = lx.BANK_OF_A_WATER if noun == "bank" and of in lx.WITH_A_BANK else lx.NOUNS[noun]
        korean = [Piece(adjective(word, noun).before, i) for i, word in enumerate(words, start=1)]
        korean.append(Piece(name, len(words) + 1))
        return Phrase((article, *words, noun), tuple(korean), definite)

    def one_of(self, domain: str) -> str:
        """A noun of the domain."""
        return self.draw.choice(lx.members(domain))

    def chance(self, share: float) -> bool:
        """True in that share of all cases."""
        return self.draw.random() < share


def is_held_out(english: str) -> bool:
    """Is this a sentence that is never trained on? Its checksum decides, so no list is needed."""
    return english in SHOWN or zlib.crc32(english.encode()) % HELD_OUT == 0


def sentences(seed: int, held_out: bool) -> Iterator[Pair]:
    """Different sentences without end, all of them held out, or none."""
    grammar, seen = Grammar(seed), set[str]()
    while True:
        pair = grammar.sentence()
        fits = pair.english.count(" ") < MOST_WORDS and pair.english not in seen
        if fits and is_held_out(pair.english) == held_out:
            seen.add(pair.english)
            yield pair


def training_set(count: int = 60_000, seed: int = 1) -> list[Pair]:
    """What the shipped model was trained on."""
    return list(islice(sentences(seed, held_out=False), count))


def held_out_set(count: int = 1_000, seed: int = 2) -> list[Pair]:
    """What the shipped model is measured on: none of it is in any training set."""
    return list(islice(sentences(seed, held_out=True), count))


def written(pieces: tuple[str, ...]) -> str:
    """Korean pieces as a sentence: 고양이 ##가 잤다 -> 고양이가 잤다."""
    return " ".join(pieces).replace(" " + JOINED, "")


def vocabularies() -> tuple[list[str], list[str]]:
    """Every English word and every Korean piece that the grammar can write, in a fixed order."""
    english = ["a", "an", "the", "of", "and", "with", "is", *lx.PLACES, *lx.TIMES, *lx.MANNER]
    english += [*lx.NOUNS, *lx.ADJECTIVES, *lx.TRANSITIVE, *lx.INTRANSITIVE]
    particles = [form for forms in lx.AFTER.values() for form in forms.split()]
    korean = [JOINED + form for form in (*particles, "의", "에", "에서")]
    korean += [*lx.TIMES.values(), *lx.MANNER.values(), *lx.NOUNS.values(), lx.BANK_OF_A_WATER]
    korean += [place for place, _ in lx.PLACES.values() if place]
    for one in chain(*lx.ADJECTIVES.values()):
        korean += [one.before, one.predicate]
    verbs = (*lx.TRANSITIVE.values(), *lx.INTRANSITIVE.values())
    korean += [*(verb.past for verb in verbs), lx.THERE_IS]
    return english, korean
