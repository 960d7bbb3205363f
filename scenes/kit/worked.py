"""One cell worked out, where cells are too small for symbols: its key, its query, their product."""

from __future__ import annotations

from typing import Any

import numpy as np
from manim import Animation, FadeIn

from attention_core.rounding import format_score
from scenes.kit import typeset
from scenes.kit.animate import Stagger
from scenes.kit.cells import Cells
from scenes.kit.fill import levels
from scenes.kit.grid import Grid
from scenes.kit.label import Frame
from scenes.kit.layout import elide, is_narrow
from scenes.kit.legend import Entry
from scenes.kit.outline import Ink, Outline
from scenes.kit.painted import Painted
from scenes.kit.theme import RGB

LONGEST, BRIEF = 5.0, 1.8  # ems of a token, in a narrow frame
DOT_GAP, EQUALS_GAP = 0.22, 0.26  # ems on both sides of the dot, and of the equals sign


class Worked:
    """The largest score of words that the query of a chapter sees: a legend's `entry`, a focus."""

    def __init__(self, chapter: Any) -> None:
        trace, self.theme, self.query = chapter.trace, chapter.theme, chapter.query()
        seen = [key for key in trace.word_rows if not np.isneginf(trace.masked[self.query, key])]
        self.key = max(seen, key=lambda key: float(trace.scores[self.query, key]))
        # Their tokens: no header has a symbol here that an index could be looked up at. In marks,
        # since a token's own dot, where it is a part of a character, would read as the product's.
        most = BRIEF if is_narrow() else LONGEST
        key, query = (
            elide(f"“{trace.tokens[row].display}”", most).parts[0][0]
            for row in (self.key, self.query)
        )
        score = typeset.number(format_score(float(trace.scores[self.query, self.key])))
        pieces: list[tuple[Outline, RGB | None, float]] = [
            (key, self.theme.key, DOT_GAP),
            (typeset.math("dot.c"), None, DOT_GAP),
            (query, self.theme.query, EQUALS_GAP),
            (typeset.math("="), None, EQUALS_GAP),
            (score, None, 0.0),
        ]
        parts, pen = [], 0.0
        for outline, colour, gap in pieces:
            parts.append((outline.moved(pen), colour))
            pen += outline.advance + gap
        self.entry = Entry("focus", Ink(tuple(parts), pen))

    def focus(self, grid: Grid, layers: list[Cells], line: list[Painted]) -> list[Animation]:
        """The cell and its two words stand out from the others; `line` says what its score is."""
        board = grid.board
        chosen = (board.query_of == self.query) & (board.key_of == self.key)
        frame, faint = Frame(grid.around(chosen), self.theme.focus, width=3.4), self.theme.dim_tone
        moves = [FadeIn(part, run_time=0.8) for part in (frame, *line)]
        for header, token in ((grid.queries, self.query), (grid.keys, self.key)):
            tokens = np.array([label.token for label in header.axis.labels])
            moves.append(Stagger(header, level=np.where(tokens == token, 1.0, faint)))
        return moves + [Stagger(layer, level=levels(layer, chosen, faint)) for layer in layers]

    def release(self, grid: Grid, layers: list[Cells]) -> list[Animation]:
        """All are as bright as before; the frame stays."""
        return [Stagger(part, level=1.0) for part in (grid.queries, grid.keys, *layers)]
