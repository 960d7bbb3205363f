"""What stands around a growing pattern: its tokens, what it costs, and what its map shows."""

from __future__ import annotations

from typing import Any

import numpy as np

from attention_core.derived.context import BYTES
from attention_core.rounding import format_bytes, format_count
from scenes.kit import typeset
from scenes.kit.growth import Growth, window
from scenes.kit.label import Label
from scenes.kit.layout import elide
from scenes.kit.outline import Ink
from scenes.kit.strip import Strip

WORD_MIDDLE = 0.25


class Cost:
    """The texts of the chapter, read from its Material; `chapter` gives trace, theme and words."""

    def __init__(self, chapter: Any) -> None:
        self.chapter, self.trace, self.theme = chapter, chapter.trace, chapter.theme
        need = chapter.material.need
        self.sizes = [int(size) for size in need("context_sizes")]
        self.heads = self.trace.model.layers * self.trace.model.heads
        self.counts = [format_count(size) for size in self.sizes]
        self.cells = [format_count(float(count)) for count in need("context_cells")]
        self.bytes = [format_bytes(float(count)) for count in need("context_bytes")]
        self.columns = chapter.look.orientation == "columns"
        self.with_start = self.trace.start is not None and chapter.look.sink == "show"
        self.em = max(0.27, chapter.min_em)

    # -- below or beside a square ------------------------------------------------------------

    def lines(self, place: int) -> list[str]:
        """How many tokens, how many weights a head, and the bytes of all heads' weights."""
        say = self.chapter.say
        return [
            say("of_tokens", count=self.counts[place]),
            say("of_weights", count=self.cells[place]),
            say("of_bytes", heads=self.heads, bytes=self.bytes[place]),
        ]

    def table(self, x0: float, x1: float, top: float, pitch: float) -> list[Strip]:
        """Headings and one line a size: tokens, weights, bytes, right-aligned in three columns."""
        say = self.chapter.say
        lines = [(say("tokens"), say("weights"), say("bytes", heads=self.heads))]
        lines += list(zip(self.counts, self.cells, self.bytes, strict=True))
        edges = x0 + (x1 - x0) * np.array([0.2, 0.62, 1.0])
        rooms = np.diff([x0, *edges]) - 0.12
        found = []
        for row, texts in enumerate(lines):
            inks = [Ink.plain(typeset.text(text, "regular")) for text in texts]
            em = 0.34 if row else 0.28
            em = min([em, *(room / ink.advance for room, ink in zip(rooms, inks, strict=True))])
            spots = np.stack([edges, np.full(3, top - row * pitch)], axis=1)
            colour = self.theme.text if row else self.theme.quiet
            found.append(Strip(inks, spots, em, [colour] * 3, anchor="right", middle=WORD_MIDDLE))
        return found

    def notes(self) -> list[str]:
        """What the bytes are of, and what a point of the largest map stands for."""
        say, wide = self.chapter.say, window(self.sizes[-1])
        return [
            say("for_bytes", heads=self.heads, each=BYTES),
            say("of_map", count=self.counts[-1], window=format_count(wide)),
        ]

    def line(self, text: str, at: tuple[float, float], em: float, most: float) -> Label:
        """A quiet line about a middle, small enough for its room."""
        fitting = min(em, max(self.chapter.min_em, most / typeset.text(text, "regular").advance))
        label: Label = self.chapter.label(text, at, fitting, self.theme.quiet, "centre", most=most)
        return label

    # -- at a square's edge ------------------------------------------------------------------

    @property
    def names(self) -> list[Ink]:
        """The first tokens, as the rows of the first square show them (the start token aside)."""
        rows = [row for row in range(self.trace.n) if row != self.trace.start]
        return [elide(self.trace.tokens[row].display, 9.0) for row in rows]

    @property
    def room(self) -> float:
        """How much stands at the left of the first square."""
        start = [self.start_ink] if self.with_start and self.columns else []
        return max(ink.advance for ink in (*self.names, *start)) * self.em + 0.2

    @property
    def start_ink(self) -> Ink:
        """The start token's name."""
        return Ink.plain(typeset.text(self.chapter.say("start"), "italic"))

    def beside(self, square: Growth) -> list[Strip]:
        """The names of the first square's rows."""
        x0, _, _, y1 = square.box
        inks = self.names
        first = 0 if self.trace.start is None else 1
        ys = y1 - (np.arange(len(inks)) + first + 0.5) * square.pitch
        spots = np.stack([np.full(len(inks), x0 - 0.12), ys], axis=1)
        colours = [self.theme.text] * len(inks)
        return [Strip(inks, spots, self.em, colours, anchor="right", middle=WORD_MIDDLE)]

    def start_of(self, square: Growth, extent: float) -> list[Strip]:
        """The name of the start token at its row, or over its column, when so much is seen."""
        if not self.with_start:
            return []
        x0, _, x1, y1 = square.box
        spot, anchor = (x0, y1 + 0.2), "left"
        if self.columns:
            spot, anchor = (x0 - 0.12, y1 - 0.5 * window(extent) * (x1 - x0) / extent), "right"
        # Its tallest letter stays below the square's upper edge, where its row is a thin line.
        ys = min(spot[1], y1 - 0.3 * self.em) if self.columns else spot[1]
        spots = np.array([(spot[0], ys)])
        return [
            Strip(
                [self.start_ink],
                spots,
                self.em,
                [self.theme.start],
                anchor=anchor,
                middle=WORD_MIDDLE,
            )
        ]
