"""The last token's vector, and the un-embedding that scores the whole vocabulary with it."""

from __future__ import annotations

from typing import Any

import numpy as np

from scenes.kit import typeset
from scenes.kit.entries import brief_vector
from scenes.kit.label import Arrow, Label
from scenes.kit.layout import elide
from scenes.kit.outline import Ink
from scenes.kit.painted import Painted

COLUMN, ARROW = 1.75, 1.75  # the widths of the vector and of the arrow after it
ABOVE = 1.5  # the height of both above a table
NAME_EM, THICK, PITCH = 0.42, 0.05, 1.3


class Unembed:
    """`chapter` gives material, words and theme; it stands `beside` a table, or `above` it."""

    def __init__(self, chapter: Any) -> None:
        self.chapter, self.theme = chapter, chapter.theme
        arrays = chapter.material.arrays
        self.values = np.asarray(arrays["next_vector"])
        self.em = max(chapter.min_em, 0.28)
        self.word = f"“{chapter.trace.tokens[-1].display}”"
        self.length = chapter.say("numbers", d_model=f"{len(self.values):,}")
        layers = chapter.trace.model.layers
        self.after = chapter.say("after" if layers > 1 else "after_one", count=layers)
        rows = int(arrays["next_vocabulary"])
        self.size = Ink.plain(typeset.text(f"{rows:,} × {len(self.values)}"))
        self.sides = Ink.plain(typeset.line(chapter.say("sides")))

    def beside(self, x0: float, y: float) -> None:
        """The vector upright from `x0` on, about the height `y`; the arrow at its right."""
        chapter, theme, em = self.chapter, self.theme, self.em
        x = x0 + COLUMN / 2
        self.vector = brief_vector(self.values, (x, y), em, theme)
        _, low, _, high = self.vector.box
        word, quiet = elide(self.word, COLUMN / em), theme.quiet
        self.around: list[Painted] = [
            Label(word, (x, high + 0.22), em, theme.text, "centre"),
            *[
                chapter.label(line, (x, low - down), em, quiet, "centre", most=COLUMN + 0.3)
                for line, down in ((self.length, 0.42), (self.after, 0.42 + PITCH * em))
            ],
        ]
        widest = max(self.size.advance, self.sides.advance)
        small = max(chapter.min_em, min(0.27, (ARROW + 0.1) / widest))
        x0 += COLUMN
        x = x0 + ARROW / 2
        self.arrow = Arrow((x0 + 0.15, y), (x0 + ARROW - 0.1, y), theme.output, THICK)
        self.names: list[Painted] = [
            Label(self._name, (x, y + 0.2), NAME_EM, theme.output, "centre"),
            Label(self.size, (x, y - 0.5), small, quiet, "centre"),
            Label(self.sides, (x, y - 0.5 - PITCH * small), small, quiet, "centre"),
        ]

    def above(self, x0: float, x1: float, top: float) -> None:
        """The vector in a row below `top`, and the arrow down from it: `ABOVE` high in all."""
        chapter, theme, em = self.chapter, self.theme, self.em
        y = top - 0.2
        wide = brief_vector(self.values, (0.0, 0.0), em, theme, upright=False).box
        half = (wide[2] - wide[0]) / 2
        x = x1 - half - 0.1
        self.vector = brief_vector(self.values, (x, y), em, theme, upright=False)
        word = elide(self.word, (x - half - 0.15 - x0) / em)
        below, quiet = top - 0.9, theme.quiet
        self.around = [
            Label(word, (x - half - 0.15, y - 0.25 * em), em, theme.text, "right"),
            chapter.label(self.length, (x0, below), em, quiet, most=2.2),
            chapter.label(self.after, (x0, below - PITCH * em), em, quiet, most=2.2),
        ]
        self.arrow = Arrow((x, top - 0.5), (x, top - ABOVE + 0.1), theme.output, THICK)
        self.names = [
            Label(self._name, (x - 0.25, below - 0.04), NAME_EM, theme.output, "right"),
            *[
                Label(ink, (x + 0.25, below - down), max(chapter.min_em, 0.27), quiet, "left")
                for ink, down in ((self.size, 0.0), (self.sides, PITCH * em))
            ],
        ]

    @property
    def _name(self) -> Ink:
        return Ink.plain(typeset.math("W_U"))

    @property
    def parts(self) -> list[Painted]:
        """All of it, for a still."""
        return [self.vector, *self.around, self.arrow, *self.names]
