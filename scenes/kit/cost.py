"""What stands around a growing pattern: its tokens, what it costs, and what its map shows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from attention_core.derived.context import BYTES, multiplications
from attention_core.rounding import format_bytes, format_count, format_weight
from scenes.kit import typeset
from scenes.kit.directions import directions
from scenes.kit.glow import APART, GAP, Key
from scenes.kit.growth import POWER, Growth, faintest, window
from scenes.kit.label import Disc, Label
from scenes.kit.layout import elide
from scenes.kit.outline import Ink
from scenes.kit.painted import Painted
from scenes.kit.strip import Strip
from scenes.kit.theme import RGB

WORD_MIDDLE = 0.25
# Of the table's width: where its columns end; and what is kept between them, in frame units.
EDGES, BETWEEN = (0.13, 0.38, 0.725, 1.0), 0.16
UNIT, SMALL = 0.2, 0.25  # the key's ring, a weight of 1, and the weight that its dot shows


class Cost:
    """The texts of the chapter, read from its Material; `chapter` gives trace, theme and words."""

    def __init__(self, chapter: Any) -> None:
        self.chapter, self.trace, self.theme = chapter, chapter.trace, chapter.theme
        need = chapter.material.need
        self.sizes = [int(size) for size in need("context_sizes")]
        self.heads = self.trace.model.layers * self.trace.model.heads
        self.counts = [format_count(size) for size in self.sizes]
        self.cells = [format_count(float(count)) for count in need("context_cells")]
        products = multiplications(self.sizes, self.trace)
        self.products = [format_count(count) for count in products]
        total = [float(count) for count in need("context_bytes")]
        self.bytes = [format_bytes(count / self.heads) for count in total]  # of a head, as all else
        self.total = format_bytes(total[-1])
        self.columns = chapter.look.orientation == "columns"
        self.with_start = self.trace.start is not None and chapter.look.sink == "show"
        self.em, self.ways_em = max(0.27, chapter.min_em), max(0.26, chapter.min_em)

    # -- below or beside a square ------------------------------------------------------------

    def lines(self, place: int) -> list[str]:
        """How many tokens; a head's weights, multiplications and bytes."""
        say = self.chapter.say
        return [
            say("of_tokens", count=self.counts[place]),
            say("of_weights", count=self.cells[place]),
            say("of_products", count=self.products[place]),
            say("of_bytes", bytes=self.bytes[place]),
        ]

    def lines_em(self, most: float) -> float:
        """The size of these lines, all of which are to fit into a width."""
        every = (line for place in range(len(self.sizes)) for line in self.lines(place))
        wide = max(typeset.text(line, "regular").advance for line in every)
        return max(float(self.chapter.min_em), min(0.33, most / wide))

    def table(self, x0: float, x1: float, top: float, pitch: float) -> list[Strip]:
        """Headings, of what below them; and one line a size: four right-aligned columns."""
        say, theme = self.chapter.say, self.theme
        names = [say(name) for name in ("tokens", "weights", "products", "bytes")]
        of_what = ["", *[say("a_head")] * 3]
        lines = list(zip(self.counts, self.cells, self.products, self.bytes, strict=True))
        edges = x0 + (x1 - x0) * np.array(EDGES)
        rooms = np.diff([x0, *edges]) - np.array([0.0, *[BETWEEN] * 3])

        def strip(texts: Sequence[str], em: float, ys: np.ndarray, colour: RGB) -> Strip:
            inks = [Ink.plain(typeset.text(text, "regular")) if text else Ink(()) for text in texts]
            wide = [ink.advance for ink in inks]
            fitting = (
                room / w for room, w in zip(np.resize(rooms, len(wide)), wide, strict=True) if w
            )
            spots = np.stack([np.resize(edges, len(inks)), ys], axis=1)
            em = min(em, *fitting)
            colours = [colour] * len(inks)
            return Strip(inks, spots, em, colours, anchor="right", middle=WORD_MIDDLE)

        heights = top + np.repeat([0.34, -0.04], 4)
        found = [strip([*names, *of_what], 0.27, heights, theme.quiet)]
        for row, texts in enumerate(lines, 1):
            found.append(strip(texts, 0.32, np.full(4, top - row * pitch), theme.text))
        return found

    def notes(self) -> list[str]:
        """What is multiplied; the bytes of all heads; what a point of the largest map is."""
        say, wide = self.chapter.say, window(self.sizes[-1])
        return [
            say("for_products"),
            say("for_bytes", heads=self.heads, each=BYTES, count=self.counts[-1], total=self.total),
            say("of_map", count=self.counts[-1], window=format_count(wide)),
        ]

    def line(self, text: str, at: tuple[float, float], em: float, most: float) -> Label:
        """A quiet line about a middle, small enough for its room."""
        fitting = min(em, max(self.chapter.min_em, most / typeset.text(text, "regular").advance))
        label: Label = self.chapter.label(text, at, fitting, self.theme.quiet, "centre", most=most)
        return label

    def key(self, middle: tuple[float, float], room: float) -> list[list[Painted]]:
        """What a dot is; the scale of the maps; and what single colours are.

        In a still in one line about a middle; in a clip the second takes the place of the first.
        """
        em = max(0.22, self.chapter.min_em)
        dots = self._dot_key(0.0, middle[1], em)
        wide = dots[-1].box[2] + APART if self.chapter.is_still else 0.0
        least = faintest(self.sizes[-1])
        key = Key(self.chapter, em, POWER, least, start=self.with_start, room=room - wide)
        left = middle[0] - (wide + key.width) / 2
        at = left + wide, middle[1]
        return [self._dot_key(left, middle[1], em), key.scale_at(*at), key.swatches_at(*at)]

    def _dot_key(self, left: float, middle: float, em: float) -> list[Painted]:
        theme, centre = self.theme, (left + UNIT, middle)
        disc = Disc(centre, UNIT * SMALL**0.5, theme.dot(SMALL), (UNIT, theme.text))
        line = self.chapter.say("of_one_brief", share=format_weight(SMALL))
        at = (left + 2 * UNIT + GAP, middle - WORD_MIDDLE * em)
        return [disc, self.chapter.label(line, at, em)]

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
        names = max(ink.advance for ink in (*self.names, *start)) * self.em + 0.2
        return max(names, self.ways_room)

    @property
    def ways_room(self) -> float:
        """How much of that its `ways` need."""
        down, _ = directions(self.chapter, (0.0, 0.0), self.ways_em)
        return 0.05 - down.box[0]

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

    def ways(self, square: Growth) -> list[Label]:
        """Which way queries and keys run, above a square; the start token has its place there."""
        x0, _, x1, y1 = square.box
        # On the line of the start token's name where that stands there, else well above it.
        low = y1 + 0.2 - (0.0 if self.columns else WORD_MIDDLE * self.em)
        return directions(self.chapter, (x0, low), self.ways_em, None if self.columns else x1)
