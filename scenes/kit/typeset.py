"""Typesetting: words by Pango, numbers and formulas by Typst, each laid out once as outlines."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, Literal

import numpy as np
from manim import Text, Typst, config
from manim.mobject.svg.svg_mobject import SVG_HASH_TO_MOB_MAP

from scenes.kit import scratch
from scenes.kit.fonts import FAMILIES, require_glyphs
from scenes.kit.outline import EMPTY, Outline, join, line_up

MANY = 256  # texts that are kept for another sentence
Style = Literal["regular", "bold", "italic"]
_PANGO: dict[Style, dict[str, str]] = {
    "regular": {},
    "bold": {"weight": "BOLD"},
    "italic": {"slant": "ITALIC"},
}
# Thickness of a rule in Computer Modern, in ems; Manim units per em at font size 1.
_RULE = 0.04
# Between a word and a formula, in ems: where our line has a space, and where it has none ("$k$.").
_SPACE, _TIGHT = 0.34, 0.05
_PER_POINT = 1 / 72
# A capital H of CMU Serif is 683/1000 em high and stands on the baseline: it calibrates a line.
_H_HEIGHT = 0.683
_GLYPHS = "0123456789+−.∞%="
_MATH = {"−": "minus", "∞": "infinity", "%": "percent", "=": "eq", "+": "plus", ".": "\\."}
# Widths of New Computer Modern Math in ems (its bold digits are 15 % wider).
_ADVANCE = {"0": 0.5, ".": 0.278, "+": 0.778, "−": 0.778, "=": 0.778, "∞": 1.0, "%": 0.833}


def _use_scratch_folder() -> None:
    logging.getLogger("manim").setLevel(logging.ERROR)
    # Manim writes every line of text to disk; without this it would litter the user's folder.
    if config.media_dir == "./media":
        config.tex_dir = str(scratch.folder() / "tex")
        config.text_dir = str(scratch.folder() / "text")


def forget() -> None:
    """Let go of the texts of earlier pictures, once they are many: a new sentence has new ones.

    Manim keeps every formula that it has set, and leaves a file for each text.
    """
    if text.cache_info().currsize <= MANY:
        return
    for cached in (text, number, line):
        cached.cache_clear()
    SVG_HASH_TO_MOB_MAP.clear()
    scratch.empty()


def _closed_paths(mobject: Any) -> list[np.ndarray]:
    """A glyph's contours; a bare stroke (a fraction bar, a root's roof) becomes a thin bar."""
    paths = [np.asarray(path) for path in mobject.get_subpaths()]
    if mobject.get_fill_opacity() > 0 or not paths:
        return paths
    bars = []
    for path in paths:
        (x0, y0), (x1, y1) = path[0][:2], path[-1][:2]
        half = 0.5 * _RULE * 96 * _PER_POINT
        corners = [(x0, y0 - half), (x1, y1 - half), (x1, y1 + half), (x0, y0 + half)]
        sides = zip(corners, [*corners[1:], corners[0]], strict=True)
        bars.append(np.array([np.linspace(a, b, 4) for a, b in sides]).reshape(-1, 2))
    return bars


def _curves(mobjects: Iterable[Any]) -> Outline:
    """Gather the cubic curves of Manim vector mobjects."""
    curves: list[np.ndarray] = []
    starts: list[int] = []
    count = 0
    for mobject in mobjects:
        for path in _closed_paths(mobject):
            quads = np.asarray(path)[: len(path) // 4 * 4, :2].reshape(-1, 4, 2)
            if len(quads):
                starts.append(count)
                curves.append(quads)
                count += len(quads)
    return Outline(np.concatenate(curves) if curves else EMPTY.curves, tuple(starts), 0.0)


def _placed(outline: Outline, x: float, y: float, em: float) -> Outline:
    """Move (x, y) to the pen start, scale so that `em` becomes 1; the ink's end is the advance."""
    curves = (outline.curves - (x, y)) / em
    advance = float(curves[..., 0].max()) if len(curves) else 0.0
    return Outline(curves, outline.starts, advance)


@contextmanager
def _unwrapped() -> Iterator[None]:
    """Keep Pango from breaking a line: Manim lets it wrap at the picture's width in pixels."""
    width = config.pixel_width
    config.pixel_width = 1_000_000
    try:
        yield
    finally:
        config.pixel_width = width


@lru_cache(maxsize=4096)
def text(line: str, style: Style = "regular") -> Outline:
    """One line of text as it is (never markup), its ink starting at x = 0, in ems.

    Raises AttentionError when a character has no glyph in any font here.
    """
    require_glyphs(line)
    if not line.strip():
        return EMPTY
    _use_scratch_folder()
    # The H in front fixes scale and baseline, and keeps the line's direction left to right.
    with _unwrapped():
        mobject = Text(
            "H" + line, font=FAMILIES, font_size=96, warn_missing_font=False, **_PANGO[style]
        )
    mark, rest = mobject.submobjects[0], mobject.submobjects[1:]
    outline = _curves(rest)
    if not len(outline.curves):
        return EMPTY
    left = float(outline.curves[..., 0].min())
    return _placed(outline, left, float(mark.get_bottom()[1]), float(mark.height) / _H_HEIGHT)


def _set(source: str) -> list[Any]:
    """Set Typst markup (ours, never the user's) and return its glyphs in order."""
    _use_scratch_folder()
    return [m for m in Typst(source, font_size=96).get_family() if m.has_points()]


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


def _split_boxes(parts: list[Any], count: int) -> list[Outline]:
    """Group glyph parts by the equally wide boxes they were set in (a % has several parts)."""
    outlines = [_curves([part]) for part in parts]
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
    first, second = _curves(parts[:1]).box, _curves(parts[1:2]).box
    outline = _curves(parts[2:])
    em = (second[0] - first[0]) / 2
    return _placed(outline, outline.box[0], first[1], em)


@lru_cache(maxsize=256)
def line(markup: str, style: Style = "regular") -> Outline:
    """A line of our own words with formulas between dollar signs: "divide by $sqrt(d_k)$".

    A formula stands as near to its neighbours as the line says. Never for what the user gave: that
    is `text`.
    """
    placed: list[Outline] = []
    pen, spaced = 0.0, False
    for index, piece in enumerate(markup.split("$")):
        words = index % 2 == 0
        if piece.strip():
            outline = text(piece.strip(), style) if words else math(piece)
            spaced = spaced or (words and piece[0] == " ")
            pen += (_SPACE if spaced else _TIGHT) if placed else 0.0
            placed.append(outline.moved(pen))
            pen += outline.advance
            spaced = words and piece[-1] == " "
        else:
            spaced = True
    joined = join(placed)
    return Outline(joined.curves, joined.starts, pen)
