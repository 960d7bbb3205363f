"""The start token's cells: dots crowd the scale's end there, so a number says what they are."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from attention_core.rounding import format_score, format_weight
from scenes.kit import typeset
from scenes.kit.board import TIGHT, Board
from scenes.kit.cells import Cells, Dots, Numbers
from scenes.kit.outline import Ink
from scenes.kit.theme import Theme

READABLE = 0.25  # beside dots a decimal is not worth smaller type than this
LARGEST = 0.28
AIR = 0.3  # in ems, what a number without a dot leaves at both its sides together
LINE, INK = 0.66, 0.72  # of a cell's height, type with air around it; how high digits are, in ems

Texts = list[str | None]


def share_texts(board: Board, rounded: np.ndarray) -> Texts:
    """The start token's shares, given in cell order and rounded; None in other cells."""
    pairs = zip(rounded.tolist(), board.is_start.tolist(), strict=True)
    return [format_weight(value) if start else None for value, start in pairs]


def score_texts(board: Board, values: np.ndarray) -> Texts:
    """The start token's scores, given in cell order; whole numbers where it is tight.

    The decimal goes before the dot does; where the dot goes anyway, it stays if it can be read.
    """
    exact, whole = (
        [
            format_score(value, decimals) if start else None
            for value, start in zip(values.tolist(), board.is_start.tolist(), strict=True)
        ]
        for decimals in (1, 0)
    )
    widest = _widest(exact)
    alone = not _beside_em(board, _widest(whole)) and _em(board, widest) > 0
    return exact if alone or _beside_em(board, widest) >= READABLE else whole


def is_numbered(board: Board, texts: Texts) -> bool:
    """Whether numbers can be read in these cells: else dots stand there alone."""
    widest = _widest(texts)
    return bool(board.is_start.any()) and _em(board, widest) > 0


def make_room(dots: Dots, texts: Texts) -> Dots:
    """Move the dots to the left of their cells, or away where there is room for numbers alone."""
    board, widest = dots.board, _widest(texts)
    if _beside_em(board, widest):
        inset = _gap(board, widest) + dots.radius
        dots.arrays["shift"][board.is_start] = (inset - 0.5 * board.cell[0], 0.0)
    elif is_numbered(board, texts):
        dots.arrays["shown"][board.is_start] = 0.0
    return dots


def numbers(board: Board, texts: Texts, theme: Theme) -> list[Cells]:
    """The numbers, beside the dots or in their place; none where they could not be read."""
    if not is_numbered(board, texts):
        return []
    widest = _widest(texts)
    inks = [Ink.plain(typeset.number(text)) if text else None for text in texts]
    colours, tones = [theme.start] * board.count, np.ones(board.count)
    made = Numbers(board, inks, _em(board, widest), colours, tones)
    if em := _beside_em(board, widest):
        right = 0.5 * board.cell[0] - _gap(board, widest) - widest * em / 2
        made.arrays["shift"][board.is_start] = (right, 0.0)
    return [made]


def _em(board: Board, widest: float) -> float:
    """The size at which a number of `widest` ems fits beside a dot, or else alone, or 0."""
    across, high = board.cell
    # Digits have no descenders: the least type may fill rows that are too low for words.
    tall = max(LINE * high, min(board.min_em, high * TIGHT / INK))
    alone = min(LARGEST, tall, across / (widest + AIR))
    return _beside_em(board, widest) or _readable(board, alone)


def _beside_em(board: Board, widest: float) -> float:
    """The size at which a number of `widest` ems fits beside the largest dot, or 0."""
    room = board.start_room(2 * board.dot_radius)
    return _readable(board, min(LARGEST, LINE * board.cell[1], room / widest))


def _readable(board: Board, em: float) -> float:
    return em if em >= board.min_em * 0.999 else 0.0


def _gap(board: Board, widest: float) -> float:
    """What is left beside the largest dot and number: the same before, between and behind them."""
    taken = 2 * board.dot_radius + widest * _beside_em(board, widest)
    return (board.cell[0] - taken) / 3


def _widest(texts: Sequence[str | None]) -> float:
    """Of these numbers, in ems; at least that of a share.

    So the scores of a clip have the form that their shares will have: with a dot, or without.
    """
    return max(typeset.number(text).advance for text in (*texts, format_weight(0.0)) if text)
