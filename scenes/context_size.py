"""The context: eight times the tokens are sixty-four times the weights."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from manim import FadeIn, UpdateFromAlphaFunc, smooth

from attention_core.rounding import format_bytes, format_count
from attention_core.trace import Trace
from scenes.kit import typeset
from scenes.kit.animate import ENTER, Show, Stagger
from scenes.kit.board import Region
from scenes.kit.chapter import Chapter
from scenes.kit.growth import Growth
from scenes.kit.label import Label
from scenes.kit.outline import Ink
from scenes.kit.painted import Painted
from scenes.kit.strip import Strip
from scenes.picture import Picture

GAP = 0.55
WORD_MIDDLE = 0.25


class ContextSize(Chapter):
    """One text at 8, 64 and 512 tokens: dots, cells, a heat map, and what they cost."""

    slug = "context-size"

    @property
    def sizes(self) -> list[int]:
        """How many tokens, from few to many."""
        return [int(size) for size in self.material.need("context_sizes")]

    @property
    def trace(self) -> Trace:
        """The first tokens of the text."""
        self.material.need("context_weights")  # or one line says what is missing
        return self.material.traces["context"]

    def _growth(self, square: Region, extent: float) -> Growth:
        weights = np.asarray(self.material.need("context_weights"), float)
        columns = self.look.orientation == "columns"
        return Growth(weights, square, extent, columns, self.theme)

    def _table(self, x0: float, x1: float, top: float, pitch: float) -> list[list[Strip]]:
        """Heading and one line a size: tokens, weights, bytes, right-aligned in three columns."""
        lines = [[self.say("tokens"), self.say("weights"), self.say("bytes")]]
        lines += [list(texts) for texts in self._texts()]
        edges = x0 + (x1 - x0) * np.array([0.22, 0.62, 1.0])
        found = []
        for row, texts in enumerate(lines):
            inks = [Ink.plain(typeset.text(text, "regular")) for text in texts]
            rooms = np.diff([x0, *edges]) - 0.12
            em = 0.34 if row else 0.28
            em = min([em, *(room / ink.advance for room, ink in zip(rooms, inks, strict=True))])
            spots = np.stack([edges, np.full(3, top - row * pitch)], axis=1)
            colour = self.theme.text if row else self.theme.quiet
            found.append([Strip(inks, spots, em, [colour] * 3, anchor="right", middle=WORD_MIDDLE)])
        return found

    def _texts(self) -> list[tuple[str, str, str]]:
        need = self.material.need
        return [
            (format_count(size), format_count(cells), format_bytes(number))
            for size, cells, number in zip(
                self.sizes, need("context_cells"), need("context_bytes"), strict=True
            )
        ]

    def _line(self, name: str, at: tuple[float, float], em: float, most: float) -> Label:
        model = self.trace.model
        line = self.say(name, heads=model.layers * model.heads)
        fitting = min(em, max(self.min_em, most / typeset.text(line, "regular").advance))
        return self.label(line, at, fitting, self.theme.quiet, "centre", most=most)

    def draw(self, figure: str) -> Picture:
        """Three squares side by side, from few tokens to many, with their cost below."""
        x0, y0, x1, y1 = self.region
        side = min((x1 - x0 - 2 * GAP) / 3, y1 - y0 - 2.6)
        left, top = -(3 * side + 2 * GAP) / 2, y1 - 0.75
        self.add(self._line("text", (0.0, y1 - 0.38), 0.30, x1 - x0))
        squares: list[Growth] = []
        for place, (extent, texts) in enumerate(zip(self.sizes, self._texts(), strict=True)):
            a = left + place * (side + GAP)
            squares.append(self._growth((a, top - side, a + side, top), float(extent)))
            lines = (self.say("of_tokens", count=texts[0]), self.say("of_weights", count=texts[1]))
            for row, line in enumerate((*lines, texts[2])):
                at = (a + side / 2, top - side - 0.46 - 0.47 * row)
                colour = self.theme.quiet if row == 2 else self.theme.text
                self.add(self.label(line, at, 0.34, colour, "centre", most=side))
        self.add(*squares, self._line("for_bytes", (0.0, y0 + 0.12), 0.28, x1 - x0))
        self.add(*self.credit(), *self.parked())
        small, cell = squares[0], squares[0].pitch
        places = [
            (query, key, self._cell(small, query, key, cell))
            for query in range(1, self.trace.n)
            for key in range(self.trace.n)
        ]
        alt = self.say(
            "alt", **dict(zip(("few", "some", "many"), map(str, self.sizes), strict=True))
        )
        found = self.described(figure, "weights", places, self.masked_weights, alt)
        return replace(found, trace="context")

    def _cell(self, square: Growth, query: int, key: int, side: float) -> Region:
        across, down = (query, key) if square.columns else (key, query)
        x, y = square.box[0] + across * side, square.box[3] - (down + 1) * side
        return (x, y, x + side, y + side)

    def construct(self) -> None:
        """Eight tokens; the view draws back to sixty-four, then to all of them."""
        x0, y0, x1, y1 = self.region
        side = min(y1 - y0 - 0.2, 0.5 * (x1 - x0))
        square = (x0 + 0.15, y1 - 0.1 - side, x0 + 0.15 + side, y1 - 0.1)
        grown = self._growth(square, float(self.sizes[0]))
        left, middle = square[2] + 0.6, (y0 + y1) / 2
        table = self._table(left, x1 - 0.1, middle + 1.7, 0.75)
        centre, room = (left + x1) / 2, x1 - left
        said: list[Painted] = [self._line("text", (centre, middle + 2.7), 0.30, room)]
        heads = self._line("for_bytes", (centre, middle - 1.5), 0.26, room)
        for part in (grown, *table[0]):
            part.set_opacity(0.0)
        opening = [grown, *table[0]]
        self.play(
            *[Stagger(part, introducer=True, run_time=0.8, opacity=1.0) for part in opening],
            *[FadeIn(line, run_time=0.5) for line in (*said, *self.caption(), *self.parked())],
        )
        self.play(*[Show(strip, np.linspace(0, 1, 3), run_time=1.0) for strip in table[1]])
        self.wait(1.0)
        for row, (small, large) in enumerate(zip(self.sizes, self.sizes[1:], strict=False), 2):
            self.play(
                self._draw_back(grown, small, large),
                *[Show(strip, window=ENTER, run_time=3.0) for strip in table[row]],
            )
            self.wait(1.0)
        self.play(FadeIn(heads, run_time=0.5))
        self.wait(0.8)
        self.show_credit()

    def _draw_back(self, grown: Growth, small: int, large: int) -> UpdateFromAlphaFunc:
        """Each moment shows the same multiple of tokens more: a zoom, not a push."""

        def go(square: Growth, alpha: float) -> None:
            square.set(extent=small * (large / small) ** alpha)

        return UpdateFromAlphaFunc(grown, go, rate_func=smooth, run_time=3.0)
