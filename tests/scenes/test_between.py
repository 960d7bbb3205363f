"""Texts between the rules of rows: tall scripts keep off them, Latin stays on its line."""

from __future__ import annotations

import numpy as np

from scenes.kit import typeset
from scenes.kit.between import LINE, baselines
from scenes.kit.layout import elide
from scenes.kit.outline import Ink

CELL, EM = 0.3, 0.27  # as of the rows of “나는 학교에 갔다”, in many pieces


def rows(*texts: str) -> tuple[list[Ink], np.ndarray, np.ndarray, np.ndarray]:
    inks = [Ink.plain(typeset.text(text)) for text in texts]
    low = -CELL * np.arange(1, len(inks) + 1)
    return inks, np.full(len(inks), EM), low, low + CELL


def test_hangul_in_tight_rows_stands_in_their_middle_by_its_ink() -> None:
    inks, em, low, high = rows("학·", "·교", "에·", "fluffy")
    pens = baselines(inks, em, low, high)
    for ink, pen, below, above in zip(inks[:3], pens, low, high, strict=False):
        under, over = pen + ink.box[1] * EM - below, above - pen - ink.box[3] * EM
        assert abs(under - over) < 1e-9 and under > 0.05 * CELL
    np.testing.assert_allclose(pens[3], (low + high)[3] / 2 - LINE * EM)


def test_hangul_in_high_rows_stays_on_the_line_of_the_other_words() -> None:
    inks, em, low, _ = rows("학교에", "blue")
    pens = baselines(inks, em / 2, low, low + CELL)
    np.testing.assert_allclose(pens, low + CELL / 2 - LINE * EM / 2)


def test_the_sign_of_a_space_alone_stands_as_high_as_small_letters() -> None:
    _, foot, _, top = elide("␣", 9.0).box
    assert abs((foot + top) / 2 - LINE) < 1e-9
    low, high = elide("a␣b", 9.0), typeset.text("a␣b")  # within a text it is as the font has it
    assert low.box == high.box
