"""What an added position does to a token's embedding: two sums of vectors, entry by entry."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from manim import Animation, FadeIn

from scenes.kit import typeset
from scenes.kit.animate import ENTER, Stagger
from scenes.kit.board import Region
from scenes.kit.entries import SIGNED, Entries, entry_colours
from scenes.kit.label import Label
from scenes.kit.layout import blocks, elide
from scenes.kit.outline import Ink
from scenes.kit.painted import Painted
from scenes.kit.phrase import phrase

if TYPE_CHECKING:
    from scenes.kit.chapter import Chapter

SIGN = 1.5  # ems kept for a plus or an equals sign


class Added:
    """Lays out embedding + position = what enters layer 0, at one or two tokens."""

    def __init__(self, chapter: Chapter, region: Region, *, stacked: bool) -> None:
        self.chapter = chapter
        self.rows = chapter.material.arrays["added_rows"].astype(int).tolist()
        self.lit = self.rows  # whose embedding is spoken of
        x0, y0, x1, y1 = region
        self.em = max(chapter.min_em, 0.28)
        self.words: list[Painted] = []
        self.firsts: list[Painted] = []
        self.sums: list[Painted] = []
        count = len(self.rows)
        line = chapter.say("added")
        em = max(chapter.min_em, min(0.28, (x1 - x0) / typeset.text(line).advance))
        at = ((x0 + x1) / 2, y1 - 0.9 * em)
        self.title = chapter.label(line, at, em, anchor="centre", most=x1 - x0)
        top = y1 - 1.7 * em
        for box, row in zip(blocks((x0, y0, x1, top), count, stacked), self.rows, strict=True):
            self._block(box, row)

    def _block(self, box: Region, row: int) -> None:
        """The token and its position above; below them the three vectors."""
        chapter, em, trace = self.chapter, self.em, self.chapter.trace
        x0, y0, x1, y1 = box
        token = np.asarray(chapter.material.arrays["token_embedding"])[row]
        vectors = (token, trace.need("position")[row], trace.need("embedding")[row])
        x = (x0 + x1) / 2
        where = [typeset.text(chapter.say("position")), typeset.number(str(row))]
        room = (x1 - x0) / em - phrase(where).advance - 2.0
        word = elide(f"“{trace.tokens[row].display}”,", room)
        head = phrase([word.parts[0][0], *where])
        self.words.append(Label(head, (x, y1 - 1.0 * em), em, chapter.theme.text, "centre"))
        low = y1 - 1.9 * em
        pitch = min(1.3 * em, (low - y0) / 4)
        cell = (SIGNED * em + 0.1, pitch)
        picks = [0, 1, None, len(token) - 1]
        largest = max(float(np.abs(v[[0, 1, -1]]).max()) for v in vectors)
        step = cell[0] + SIGN * em
        for place, vector in enumerate(vectors):
            middle = x + (place - 1) * step
            spots = np.array([(middle, low - (i + 0.5) * pitch) for i in range(4)])
            values = [None if pick is None else float(vector[pick]) for pick in picks]
            made = Entries(
                values,
                spots,
                np.zeros(4, int),
                cell,
                entry_colours(values, chapter.theme, largest),
                em=em,
                upright=True,
                bracket=chapter.theme.query if place == 1 else chapter.theme.quiet,
            )
            (self.sums if place == 2 else self.firsts).append(made)
        for place, sign in enumerate("+="):
            at = (x + (place - 0.5) * step, low - 2 * pitch - typeset.DIGIT_MIDDLE * em)
            ink = Ink.plain(typeset.number(sign))
            mark = Label(ink, at, em, chapter.theme.text, "centre")
            (self.sums if place else self.firsts).append(mark)

    def show(self) -> list[Animation]:
        """The embeddings, and the positions to be added."""
        return [FadeIn(part) for part in (self.title, *self.words, *self.firsts)]

    def join(self) -> list[Animation]:
        """The sums come."""
        for part in self.sums:
            part.set_opacity(0.0)
        return [
            Stagger(part, window=ENTER, run_time=1.2, introducer=True, opacity=1.0)
            for part in self.sums
        ]

    @property
    def parts(self) -> list[Painted]:
        """All of it, for a still."""
        return [self.title, *self.words, *self.firsts, *self.sums]
