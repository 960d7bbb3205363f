"""Korean particles, which follow the sound that a word or a number ends in."""

from __future__ import annotations

# How the digits are read: 영 일 이 삼 사 오 육 칠 팔 구. Which end in a consonant, and in ㄹ?
CLOSED, WITH_L = "013678", "178"
FIRST, LAST, FINALS, L = 0xAC00, 0xD7A3, 28, 8  # of the syllables in Unicode, and of their finals


def with_particle(text: object, pair: str) -> str:
    """A text with the particle of a pair that fits it: 0.98 and "이/가" give "0.98이".

    The first of a pair follows a consonant, the second a vowel; of "으로/로" the second follows ㄹ
    too. Raises ValueError for a text that ends in neither a digit nor a Korean syllable.
    """
    written = str(text)
    end = written[-1:]
    after_consonant, after_vowel = pair.split("/")
    if end.isascii() and end.isdigit():
        closed, l_sound = end in CLOSED, end in WITH_L
    elif end and FIRST <= ord(end) <= LAST:
        final = (ord(end) - FIRST) % FINALS
        closed, l_sound = final > 0, final == L
    else:
        raise ValueError(f"no particle is known for {written!r}")
    if after_vowel == "로" and l_sound:
        closed = False
    return written + (after_consonant if closed else after_vowel)
