"""Drawings: what Pango and Typst set, read from their SVG as outlines, one for each glyph.

Manim reads SVG with svgelements, which takes 50 ms for a line of text; what these two write is
little more than glyphs and their places.
"""

from __future__ import annotations

import re
from functools import lru_cache
from xml.etree import ElementTree

import numpy as np
from fontTools.misc.transform import Identity, Offset, Scale, Transform
from fontTools.pens.basePen import BasePen
from fontTools.svgLib.path import parse_path

from scenes.kit.outline import Outline

_SVG, _HREF = "{http://www.w3.org/2000/svg}", "{http://www.w3.org/1999/xlink}href"
_STEP = re.compile(r"(\w+)\(([^)]*)\)")
_NUMBER = re.compile(r"[-+.\deE]+")
Contours = tuple[np.ndarray, ...]  # each (m, 4, 2): cubic curves that follow each other


class _Pen(BasePen):
    """Gathers cubic curves; quadratic ones are made cubic by its base class."""

    def __init__(self) -> None:
        super().__init__(None)
        self.contours: list[list[tuple[tuple[float, float], ...]]] = []

    def _moveTo(self, point: tuple[float, float]) -> None:
        self.contours.append([])

    def _lineTo(self, end: tuple[float, float]) -> None:
        (x0, y0), (x1, y1) = self._getCurrentPoint(), end
        thirds = [((x0 * (3 - i) + x1 * i) / 3, (y0 * (3 - i) + y1 * i) / 3) for i in (1, 2)]
        self.contours[-1].append(((x0, y0), *thirds, end))

    def _curveToOne(self, *points: tuple[float, float]) -> None:
        self.contours[-1].append((self._getCurrentPoint(), *points))


def read(svg: bytes, rule: float) -> list[Outline]:
    """The drawn parts of an SVG file, in its order, in its units, y up; nothing empty.

    Strokes are rules (of a fraction, of a root): each becomes a bar of the thickness `rule`.
    """
    root = ElementTree.fromstring(svg)
    symbols = {one.get("id"): one for one in root.iter(f"{_SVG}symbol")}
    found: list[Outline] = []

    def visit(element: ElementTree.Element, at: Transform) -> None:
        at = _transformed(at, element.get("transform", ""))
        kind = element.tag.removeprefix(_SVG)
        if kind == "use":
            place = at.translate(float(element.get("x", 0)), float(element.get("y", 0)))
            visit(symbols[element.get(_HREF, "")[1:]], place)
        elif kind == "path":
            drawn = _contours(element.get("d", ""))
            if _is_stroke(element):
                drawn = tuple(_bar(contour, rule) for contour in drawn)
            if drawn:
                found.append(_outline(drawn, at))
        elif kind != "defs":
            for part in element:
                visit(part, at)

    visit(root, Identity)
    return found


def _is_stroke(path: ElementTree.Element) -> bool:
    return path.get("fill") == "none" or "fill:none" in path.get("style", "")


@lru_cache(maxsize=4096)
def _contours(path: str) -> Contours:
    """The contours of a path's `d`; the same glyphs come again in each text."""
    pen = _Pen()
    parse_path(path, pen)
    return tuple(np.array(contour) for contour in pen.contours if contour)


def forget() -> None:
    """Let go of the glyphs of earlier pictures: of Hangul, each sentence has others."""
    _contours.cache_clear()


def _bar(contour: np.ndarray, thick: float) -> np.ndarray:
    """A level stroke as a bar around it, which turns as letters do: (4, 4, 2)."""
    (x0, y0), (x1, y1) = contour[0, 0], contour[-1, 3]
    half = thick / 2
    corners = [(x0, y0 + half), (x1, y1 + half), (x1, y1 - half), (x0, y0 - half)]
    sides = zip(corners, [*corners[1:], corners[0]], strict=True)
    return np.array([np.linspace(a, b, 4) for a, b in sides])


def _outline(contours: Contours, at: Transform) -> Outline:
    starts = np.cumsum([0, *map(len, contours[:-1])]).tolist()
    curves = np.concatenate(contours)
    across, shift = np.array([at[:2], at[2:4]]), np.array(at[4:])
    return Outline((curves @ across + shift) * (1.0, -1.0), tuple(starts), 0.0)


def _transformed(at: Transform, steps: str) -> Transform:
    """`at`, and then what an attribute `transform` says. Raises KeyError for another step."""
    for name, text in _STEP.findall(steps):
        step = {"matrix": Transform, "translate": Offset, "scale": Scale}[name]
        at = at.transform(step(*(float(number) for number in _NUMBER.findall(text))))
    return at
