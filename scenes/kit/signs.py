"""What signs in tokens' texts stand for: parts of a character, spaces, line breaks, bytes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from typing import Any

from attention_core.derived.prediction import is_bytes
from attention_core.tokens import SPACE, Token, shown
from scenes.kit.painted import Painted
from scenes.kit.sizes import CREDIT_EM

WHITES = {SPACE: "space", "\\n": "line_break", "\\t": "tab"}  # as tokens spell white space
WHITE = "|".join(map(re.escape, WHITES))
MANY = 4  # so many spaces are counted
SEPARATOR = "; "
# Tokens that say little alone in a box, and the captions that name them.
SPECKS = {
    ",": "comma", ".": "full_stop", "...": "ellipsis", "…": "ellipsis", ";": "semicolon",
    ":": "colon", "-": "hyphen", "'": "apostrophe", "’": "apostrophe", '"': "quotation_mark",
    "**": "asterisks",
}  # fmt: skip


def characters(tokens: Sequence[Token]) -> list[tuple[int, ...]]:
    """The rows of neighbouring tokens that are parts of the same character, where several are."""
    first = list(range(len(tokens)))
    for row in range(1, len(tokens)):
        if tokens[row].start < tokens[row - 1].end:  # it begins where the one before has not ended
            first[row] = first[row - 1]
    runs = [tuple(rows) for _, rows in groupby(range(len(tokens)), first.__getitem__)]
    return [run for run in runs if len(run) > 1]


def by_character(
    tokens: Sequence[Token], texts: Sequence[str], sentence: str, spoken: Iterable[int] = ()
) -> list[str]:
    """The texts of the tokens, but of a character's parts only one has a text: all of it.

    One of the `spoken` rows if it has one, else that in the middle.
    """
    first = set(spoken)
    found = list(texts)
    for rows in characters(tokens):
        for row in rows:
            found[row] = ""
        whole = sentence[tokens[rows[0]].start : tokens[rows[-1]].end]
        middle = rows[(len(rows) - 1) // 2]
        found[next((row for row in rows if row in first), middle)] = shown(whole)
    return found


def spaces_counted(text: str) -> str:
    """A long run of spaces as one sign, and how many they are: "␣×12"."""
    return re.sub(f"{SPACE}{{{MANY},}}", lambda run: f"{SPACE}×{len(run[0])}", text)


def speck(say: Callable[..., str], text: str) -> str:
    """What a token is called that is one small mark, or white space; empty for any other."""
    name = SPECKS.get(text.strip())
    return say(f"mark_{name}") if name else ""


def gloss(say: Callable[..., str], text: str) -> str:
    """What a token is called whose text says little: a speck, white space, or mere bytes."""
    if told := speck(say, text):
        return told
    if is_bytes(text):
        return say("mark_byte" if len(text.strip(SPACE)) == len("0xEB") else "mark_bytes")
    if not re.fullmatch(f"(?:{WHITE})+", text):
        return ""
    found = []
    for white, run in groupby(re.findall(WHITE, text)):
        count, name = len(list(run)), WHITES[white]
        found.append(say(f"mark_{name}s", count=count) if count > 1 else say(f"mark_{name}"))
    return ", ".join(found)


def parts(tokens: Sequence[Token], beside: Iterable[int]) -> list[str]:
    """The parts of one character, as an example, if any is cut: one with a part in these rows."""
    named = set(beside)
    cut = sorted(characters(tokens), key=named.isdisjoint)
    return [tokens[row].display for row in cut[0]] if cut else []


def signs(say: Callable[..., str], texts: Iterable[str], pieces: Sequence[str] = ()) -> list[str]:
    """What the signs in these texts stand for, one by one.

    `pieces` are the parts of a character, or one of them, if such are shown.
    """
    every = list(texts)
    known = {SPACE: "sign_space", "\\n": "sign_break", "\\t": "sign_tab"}
    part = "sign_part" if len(pieces) > 1 else "sign_part_alone"
    ends = [*pieces[:1], *pieces[1:][-1:]]  # the first and the last say as much as all
    lines = [say(part, pieces=" ".join(ends))] if pieces else []
    lines += [say(name) for sign, name in known.items() if any(sign in text for text in every)]
    return lines + ([say("sign_byte")] if any(map(is_bytes, every)) else [])


def explained(chapter: Any, texts: Iterable[str], pieces: Sequence[str]) -> list[Painted]:
    """What `signs` says, as a footnote: of many signs the first, as many as can be read."""
    return _readable(chapter, signs(chapter.say, texts, pieces), 1)


def noted(chapter: Any, line: str = "", rows: Sequence[int] | None = None) -> list[Painted]:
    """A footnote, and behind it what signs in the sentence's tokens stand for.

    rows: the tokens whose texts are shown, if these are not all. Where there is no room for both,
    the parts of a character are what must be known, unless they are of few texts.
    """
    tokens = chapter.trace.tokens
    every = range(len(tokens)) if rows is None else rows
    spaces = [tokens[row].display for row in every if not tokens[row].display.strip(SPACE)]
    cut = any(not set(every).isdisjoint(run) for run in characters(tokens))
    pieces = parts(tokens, every) if cut else []
    lines = signs(chapter.say, spaces, pieces)
    if not line:
        return _readable(chapter, lines, 1)
    both = _readable(chapter, [line, *lines], 2) if lines else []
    alone = _readable(chapter, lines, 1) if pieces and rows is None else []
    return both or alone or list(chapter.footnote(line))


def _readable(chapter: Any, lines: Sequence[str], least: int) -> list[Painted]:
    """As many of these as a footnote can hold, at least so many; or none."""
    for count in range(len(lines), least - 1, -1):
        found = list(chapter.footnote(SEPARATOR.join(lines[:count])))
        if found and found[0].em >= min(CREDIT_EM, chapter.min_em) - 1e-9:
            return found
    return []
