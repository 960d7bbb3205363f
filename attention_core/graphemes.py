"""Grapheme clusters: what a reader takes for one character, however many code points it has."""

from __future__ import annotations

import unicodedata

JOINER = "\u200d"
KEEPERS = "\u200c"  # zero-width non-joiner: belongs to what stands before it
# Spacing vowel signs that Unicode sorts by themselves (Thai, Lao): part of the letter before.
SPACING = "\u0e33\u0eb3"
TONES = range(0x1F3FB, 0x1F400)  # skin tones
TAGS = range(0xE0020, 0xE0080)  # of subdivision flags
REGIONS = range(0x1F1E6, 0x1F200)  # two of them are a flag
VIRAMAS = frozenset("\u094d\u09cd\u0acd\u0b4d\u0c4d\u0d4d")  # join consonants in six scripts
PICTURES = (
    (0x2190, 0x2BFF),
    (0x3030, 0x303D),
    (0x1F000, 0x1F1E5),
    (0x1F200, 0x1F3FA),
    (0x1F400, 0x1FAFF),
)


def clusters(text: str) -> list[tuple[int, int]]:
    """The clusters' (start, end) in characters; together they are the text.

    The rules of Unicode's UAX #29 for extended grapheme clusters: marks and vowel signs stay with
    their letter, Hangul letters with their syllable, emoji with what a joiner ties to them, and the
    two letters of a flag with each other.
    """
    starts = [at for at in range(len(text)) if at == 0 or _breaks(text, at)]
    return list(zip(starts, [*starts[1:], len(text)], strict=True))


def _breaks(text: str, at: int) -> bool:
    """Whether a cluster ends in front of this character."""
    before, here = text[at - 1], text[at]
    if _controls(before) or _controls(here):
        return True
    if _extends(here):
        return False
    if _is_picture(here) and before == JOINER:
        return not _is_picture(_base(text, at - 1))
    if ord(here) in REGIONS and ord(before) in REGIONS:
        run = at
        while run and ord(text[run - 1]) in REGIONS:
            run -= 1
        return (at - run) % 2 == 0
    if _is_conjunct(text, at):
        return False
    return not _same_syllable(before, here)


def _controls(character: str) -> bool:
    """Whether it stands for itself: a control character, or a format character like soft hyphen."""
    kind = unicodedata.category(character)
    return kind == "Cc" or (kind == "Cf" and not _extends(character))


def _extends(character: str) -> bool:
    """Whether it belongs to what stands before it, whatever that is."""
    code = ord(character)
    if unicodedata.category(character) in ("Mn", "Me", "Mc"):
        return True
    return character in (JOINER, *KEEPERS, *SPACING) or code in TONES or code in TAGS


def _base(text: str, at: int) -> str:
    """The character that the marks up to `at` stand on."""
    while at and (_extends(text[at])):
        at -= 1
    return text[at]


def _is_picture(character: str) -> bool:
    code = ord(character)
    return any(low <= code <= high for low, high in PICTURES) or character in "\u00a9\u00ae"


def _is_conjunct(text: str, at: int) -> bool:
    """Consonants of one script tied by its virama are one cluster (rule GB9c)."""
    here, tied = text[at], False
    if unicodedata.category(here) != "Lo":
        return False
    while at and _extends(text[at - 1]) and unicodedata.category(text[at - 1]) != "Mc":
        at -= 1
        tied |= text[at] in VIRAMAS and _block(text[at]) == _block(here)
    if not tied or not at or unicodedata.category(text[at - 1]) != "Lo":
        return False
    return _block(text[at - 1]) == _block(here)


def _block(character: str) -> int:
    """Which of Unicode's blocks of 128, in which the scripts with a virama stand."""
    return ord(character) >> 7


def _same_syllable(before: str, here: str) -> bool:
    """Hangul letters: leading ones, then vowels, then trailing ones (rules GB6 to GB8)."""
    kinds = {("L", "L"), ("L", "V"), ("L", "LV"), ("L", "LVT")}
    kinds |= {("LV", "V"), ("LV", "T"), ("V", "V"), ("V", "T"), ("LVT", "T"), ("T", "T")}
    return (_hangul(before), _hangul(here)) in kinds


def _hangul(character: str) -> str:
    code = ord(character)
    if 0xAC00 <= code <= 0xD7A3:
        return "LVT" if (code - 0xAC00) % 28 else "LV"
    spans = {"L": ((0x1100, 0x115F), (0xA960, 0xA97C)), "V": ((0x1160, 0x11A7), (0xD7B0, 0xD7C6))}
    spans["T"] = ((0x11A8, 0x11FF), (0xD7CB, 0xD7FB))
    return next((k for k, s in spans.items() if any(a <= code <= b for a, b in s)), "")
