"""Outlines: what is read from Pango's and Typst's SVG is what Manim's own reader makes of it."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from manim import Text, Typst, config

from scenes.kit import typeset
from scenes.kit.fonts import FAMILIES
from scenes.kit.outline import Outline

# A ligature, kerning, accents, an arrow, Hangul, right to left; fractions, roots and indices.
TEXTS = ("office AVATAR To", "a\u0301b é ñ →", "“푸르른 숲” 3", "שלום abc")
FORMULAS = ("sqrt(d_k)", "(Q K^T) / sqrt(d_k)", "overline(x) + sum_i w_i v_i", "vec(a, b)")


def curves(mobjects: list[Any]) -> np.ndarray:
    """The cubic curves of Manim's mobjects that go anywhere: (m, 4, 2)."""
    found = np.concatenate([mob.points.reshape(-1, 4, 3)[..., :2] for mob in mobjects])
    return found[np.abs(found - found[:, :1]).max((1, 2)) > 1e-9]


def assert_same(outline: Outline, expected: np.ndarray, em: float) -> None:
    """The same curves in the same order, `em` of them being one em, wherever they stand."""
    ours = outline.curves * em
    assert ours.shape == expected.shape
    assert len(ours)
    np.testing.assert_allclose(ours - ours[0, 0], expected - expected[0, 0], atol=1e-9)


@pytest.fixture(autouse=True)
def _folder(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # Manim leaves its files in ./media
    monkeypatch.setitem(config, "pixel_width", 1_000_000)  # and wraps lines at so many pixels


@pytest.mark.parametrize("line", TEXTS)
@pytest.mark.parametrize("style", ["regular", "bold"])
def test_a_line_has_the_outlines_of_manims_text(line: str, style: typeset.Style) -> None:
    weight = {"weight": "BOLD"} if style == "bold" else {}
    text = Text("H" + line, font=FAMILIES, font_size=96, warn_missing_font=False, **weight)
    mark, rest = text.submobjects[0], text.submobjects[1:]
    assert_same(typeset.text(line, style), curves(rest), float(mark.height) / 0.683)


@pytest.mark.parametrize("formula", FORMULAS)
def test_a_formula_has_the_outlines_of_manims_typst(formula: str) -> None:
    glyphs = [m for m in Typst(f"$display({formula})$", font_size=96) if m.get_fill_opacity()]
    rules = formula.count("sqrt") + formula.count("overline") + formula.count("/")
    outline = typeset.math(formula)
    # Manim keeps rules as strokes; here they are bars.
    ends = [*outline.starts, len(outline.curves)]
    contours = [outline.curves[begin:end] for begin, end in pairwise(ends)]
    glyphs_only = [contour for contour in contours if not is_bar(contour)]
    assert len(contours) - len(glyphs_only) == rules
    assert_same(Outline(np.concatenate(glyphs_only), (), 0.0), curves(glyphs), 1.0)


def is_bar(contour: np.ndarray) -> bool:
    """Whether a contour is a rule."""
    height = float(np.ptp(contour[..., 1]))
    return len(contour) == 4 and abs(height - typeset._RULE) < 1e-9
