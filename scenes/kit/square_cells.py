"""Boards side by side with square cells of one size, a key in the corner of the first."""

from __future__ import annotations

from typing import Any

from attention_core.trace import Trace
from scenes.kit.board import Board, Region

# How many times the longest upright word fits into a board's height: these boards do not have the
# whole frame, so their words may take more of it; above a heat map stands none.
UPRIGHT, WORDLESS = 2.8, 14.0
# The largest cell, how often what is left of it is halved to find how large cells may be, and how
# much smaller they may be for a key in the corner.
LARGEST, HALVINGS, ALIKE = 0.8, 8, 0.97
ROOMY = 1.12  # a line's pitch in sizes of type, from which on the words can stand at the grid
EDGE = 0.1  # how far inside its corner a key begins


def too_dense(chapter: Any, board: Board) -> bool:
    """Whether the cells are too narrow for words beside them."""
    return min(board.cell) < ROOMY * float(chapter.min_em)


def legible(chapter: Any, board: Board) -> bool:
    """Whether the rows are high enough for a word each."""
    return not board.rows.by_word and board.rows.em >= float(chapter.min_em) - 1e-9


def square_cells(
    chapter: Any, both: list[tuple[Trace, Region]], key: tuple[float, float]
) -> tuple[list[dict[str, Any]], bool, bool]:
    """How both boards are laid out: cells of one size, below headers of one depth.

    The cells are square: so a square looks square, and a rectangle longer. The first board's
    corner has room for its `key`, unless cells would be smaller for it and it stands below them as
    well; and whether it has. Where words above the cells would leave these too little room, none
    stand there: whether that is so.
    """
    crowded = UPRIGHT

    def options(side: float, least: tuple[float, float]) -> list[dict[str, Any]]:
        shared: dict[str, Any] = {"crowded": crowded, "largest": (side, side)}
        boards = [chapter.board(*given, **shared) for given in both]
        top = max(board.columns.band for board in boards)
        corners = ((least[0], max(top, least[1])), (0.0, max(top, least[1])))
        return [shared | {"corner": corner} for corner in corners]

    def fitted(least: tuple[float, float]) -> tuple[float, list[dict[str, Any]]]:
        low, high = 0.0, LARGEST  # smaller cells have smaller words above them
        for _ in range(HALVINGS):
            side = (low + high) / 2
            boards = [
                chapter.board(*one, **how)
                for one, how in zip(both, options(side, least), strict=True)
            ]
            fits = min(min(board.cell) for board in boards) >= side - 1e-9
            low, high = (side, high) if fits else (low, side)
        return low, options(low, least)

    free, plain = fitted((0.0, 0.0))
    board = chapter.board(*both[0], **plain[0])
    if bare := too_dense(chapter, board):
        crowded = WORDLESS
        free, plain = fitted((0.0, 0.0))
        board = chapter.board(*both[0], **plain[0])
    side, given = fitted(key)
    below = board.grid[1] - both[0][1][1]  # what is left there
    cornered = not too_dense(chapter, board) and (side >= free * ALIKE or below < key[1])
    return (given if cornered else plain), cornered, bare


def beside_key(
    chapter: Any, given: tuple[Trace, Region], options: dict[str, Any]
) -> tuple[float, float]:
    """How far a board with a key in its corner must go to the left so that words and cells are in
    the middle; and how far it can, since the key goes with it.
    """
    board = chapter.board(*given, **options)
    own = chapter.board(*given, **options | {"corner": (0.0, options["corner"][1])})
    wanted = (board.rows.band - own.rows.band) / 2
    return wanted, min(wanted, board.box[0] + EDGE - given[1][0])
