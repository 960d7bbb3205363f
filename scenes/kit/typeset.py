"""Typesetting: words by Pango, numbers and formulas by Typst, each laid out once as outlines."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Literal

import manimpango
import typst

from scenes.kit import drawing, scratch
from scenes.kit.fonts import FAMILIES, require_glyphs
from scenes.kit.outline import EMPTY, Ink, Outline, join, line_up
from scenes.kit.theme import RGB
from scenes.kit.words import FORMULA

MANY = 128  # texts that are kept for another sentence
Style = Literal["regular", "bold", "italic"]
_PANGO: dict[Style, tuple[str, str]] = {  # slant and weight
    "regular": ("NORMAL", "NORMAL"),
    "bold": ("NORMAL", "BOLD"),
    "italic": ("ITALIC", "NORMAL"),
}
_POINTS = 20  # of Pango's text: its outlines come in 64ths of a point
_WIDE = 1_000_000  # points: Pango breaks no line
_EM = 10  # of Typst's text, in the units of its SVG
# Typst's page is as large as what it holds.
_PAGE = f"""#set page(width: auto, height: auto, margin: 0pt, fill: none)
#set text(size: {_EM}pt)
"""
_RULE = 4 / 75  # thickness of a rule in ems: a third more than Computer Modern's own
# Between a word and a formula, in ems: where our line has a space, and where it has none ("$k$.").
_SPACE, _TIGHT = 0.34, 0.05
# A capital H of CMU Serif is 683/1000 em high and stands on the baseline: it calibrates a line.
_H_HEIGHT = 0.683
_GLYPHS = "0123456789+−.∞%=<"
_MATH = {
    "−": "minus",
    "∞": "infinity",
    "%": "percent",
    "=": "eq",
    "<": "lt",
    "+": "plus",
    ".": "\\.",
}
# Widths of New Computer Modern Math in ems (its bold digits are 15 % wider).
_ADVANCE = {"0": 0.5, ".": 0.278, "∞": 1.0, "%": 0.833} | dict.fromkeys("+−=<", 0.778)


def forget() -> None:
    """Let go of the type of earlier pictures, once texts are many: a new sentence has new ones."""
    if text.cache_info().currsize <= MANY:
        return
    for cached in (text, number, line, math):
        cached.cache_clear()
    drawing.forget()


def _placed(outline: Outline, x: float, y: float, em: float) -> Outline:
    """Move (x, y) to the pen start, scale so that `em` becomes 1; the ink's end is the advance."""
    curves = (outline.curves - (x, y)) / em
    advance = float(curves[..., 0].max()) if len(curves) else 0.0
    return Outline(curves, outline.starts, advance)


@lru_cache(maxsize=4096)
def text(line: str, style: Style = "regular") -> Outline:
    """One line of text as it is (never markup), its ink starting at x = 0, in ems.

    Raises AttentionError when a character has no glyph in any font here.
    """
    require_glyphs(line)
    if not line.strip():
        return EMPTY
    # The H in front fixes scale and baseline, and keeps the line's direction left to right.
    mark, *rest = _typed("H" + line, *_PANGO[style])
    outline = join(rest)
    if not len(outline.curves):
        return EMPTY
    _, bottom, _, top = mark.box
    return _placed(outline, outline.box[0], bottom, (top - bottom) / _H_HEIGHT)


def _typed(line: str, slant: str, weight: str) -> list[Outline]:
    """A line set by Pango: its glyphs, in points."""
    # No other thread of the system has this number; and a folder of its own would cost 2 ms.
    file = scratch.folder() / f"{threading.get_native_id()}.svg"
    try:
        setting = manimpango.TextSetting(0, len(line), FAMILIES, slant, weight, 0, "#FFFFFF")
        form = (_POINTS, 1.3 * _POINTS, False, str(file), 0, _POINTS, _WIDE, 4 * _POINTS, line)
        manimpango.text2svg([setting], *form)
        return drawing.read(file.read_bytes(), _RULE * _POINTS)
    finally:
        file.unlink(missing_ok=True)  # written over, it would wait for the disk


@lru_cache(maxsize=1)
def _compiler() -> typst.Compiler:
    """A compiler that has read its fonts: with a new one for each, a formula takes 50 ms."""
    return typst.Compiler()


def _set(source: str) -> list[Outline]:
    """Set Typst markup (ours, never the user's): its glyphs in order, in points."""
    svg: Any = _compiler().compile((_PAGE + source).encode(), format="svg")
    return drawing.read(svg, _RULE * _EM)


@lru_cache(maxsize=1)
def _digits() -> dict[tuple[str, bool], Outline]:
    """Every glyph that a number needs, regular and bold, in its place.

    One Typst run a weight: each glyph stands in a box 2 em wide, which gives its shape and place;
    the zeros at both ends give the scale. Advances are the font's own, from its metrics.
    """
    atlas: dict[tuple[str, bool], Outline] = {}
    for bold in (False, True):
        wrap = "$bold(upright({}))$" if bold else "$upright({})$"
        cells = [wrap.format(_MATH.get(glyph, glyph)) for glyph in "0" + _GLYPHS + "0"]
        groups = _split_boxes(_set("".join(f"#box(width: 2em)[{c}]" for c in cells)), len(cells))
        em = (groups[-1].box[0] - groups[0].box[0]) / (2 * (len(cells) - 1))
        baseline = groups[1 + _GLYPHS.index("1")].box[1]
        # A zero is centred in the advance that all digits share.
        digit = _ADVANCE["0"] * (1.15 if bold else 1.0)
        pen = groups[0].box[0] - (digit * em - (groups[0].box[2] - groups[0].box[0])) / 2
        for index, glyph in enumerate(_GLYPHS, start=1):
            placed = _placed(groups[index], pen + 2 * em * index, baseline, em)
            advance = _ADVANCE.get(glyph, 0.5) * (1.15 if bold and glyph.isdigit() else 1.0)
            atlas[glyph, bold] = Outline(placed.curves, placed.starts, advance)
    return atlas


def _split_boxes(outlines: list[Outline], count: int) -> list[Outline]:
    """Group glyph parts by the equally wide boxes they were set in (a % has several parts)."""
    first, last = outlines[0].box[0], outlines[-1].box[0]
    pitch = (last - first) / (count - 1)
    groups: list[list[Outline]] = [[] for _ in range(count)]
    for outline in outlines:
        slot = int((outline.box[0] - first + pitch * 0.1) // pitch)
        groups[max(0, min(count - 1, slot))].append(outline)
    return [join(group) for group in groups]


# Half of a digit's height: a number's middle sits this far above its baseline, in ems.
DIGIT_MIDDLE = 0.333


@lru_cache(maxsize=8192)
def number(digits: str, bold: bool = False) -> Outline:
    """A formatted number ("+12.8", "0.22", "−∞") in Typst's math face, in ems."""
    atlas = _digits()
    return line_up(atlas[glyph, bold] for glyph in digits)


@lru_cache(maxsize=256)
def math(source: str) -> Outline:
    """A Typst formula of one colour, in ems, its ink starting at x = 0 on its own baseline.

    `source` is ours, never the user's.
    """
    # Two ones in front fix the scale (2 em apart) and the baseline; they are taken off again.
    parts = _set(f"#box(width: 2em)[$1$]#box(width: 2em)[$1$]$display({source})$")
    first, second = parts[0].box, parts[1].box
    outline = join(parts[2:])
    em = (second[0] - first[0]) / 2
    return _placed(outline, outline.box[0], first[1], em)


@lru_cache(maxsize=256)
def line(
    markup: str, style: Style = "regular", formula: Callable[[str], Outline] = math
) -> Outline:
    """A line of our own words with formulas between FORMULA's: "divide by $sqrt(d_k)$".

    A formula stands as near to its neighbours as the line says; `formula` sets it. Words of the
    user in it are words.
    """
    placed, pen = _pieces(markup, style, formula)
    joined = join([outline for outline, _ in placed])
    return Outline(joined.curves, joined.starts, pen)


def coloured_line(markup: str, *colours: RGB) -> Ink:
    """Such a line whose formulas have colours of their own, one after the other."""
    placed, pen = _pieces(markup, "regular")
    left = iter(colours)
    return Ink(tuple((outline, None if words else next(left)) for outline, words in placed), pen)


def _pieces(
    markup: str, style: Style, formula: Callable[[str], Outline] = math
) -> tuple[list[tuple[Outline, bool]], float]:
    """The pieces of a line where they stand, and whether they are words; and how long it is."""
    placed: list[tuple[Outline, bool]] = []
    pen, spaced = 0.0, False
    for index, piece in enumerate(markup.split(FORMULA)):
        words = index % 2 == 0
        if piece.strip():
            outline = text(piece.strip(), style) if words else formula(piece)
            spaced = spaced or (words and piece[0] == " ")
            pen += (_SPACE if spaced else _TIGHT) if placed else 0.0
            placed.append((outline.moved(pen), words))
            pen += outline.advance
            spaced = words and piece[-1] == " "
        else:
            spaced = True
    return placed, pen
