"""What stands around a growing pattern: its tokens, what it costs, and what its map shows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from attention_core.derived.context import BYTES, multiplications
from attention_core.rounding import format_bytes, format_count, format_weight
from scenes.kit import typeset
from scenes.kit.directions import directions, stacked
from scenes.kit.glow import APART, GAP, Key
from scenes.kit.growth import POWER, Growth, faintest, window
from scenes.kit.label import Disc, Label
from scenes.kit.layout import elide, is_narrow
from scenes.kit.outline import Ink
from scenes.kit.painted import Painted
from scenes.kit.strip import Strip
from scenes.kit.theme import RGB

WORD_MIDDLE = 0.25
# Of the table's width: where its columns end; and what is kept between them, in frame units.
EDGES, BETWEEN = (0.13, 0.38, 0.725, 1.0), 0.16
BESIDE = 0.12  # between a square and the names of its rows and columns
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
        """How many tokens; a head's weights, multiplications and bytes (the first note says so)."""
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
        """What is counted and multiplied; all heads' bytes; what a point of the largest map is."""
        say, wide = self.chapter.say, window(self.sizes[-1])
        lines = self.chapter.is_still and not is_narrow()  # else a table, whose heads say "a head"
        return [
            say("for_one_head" if lines else "for_weights"),
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
        """The first tokens, the start token aside."""
        rows = [row for row in range(self.trace.n) if row != self.trace.start]
        return [elide(self.trace.tokens[row].display, 9.0) for row in rows]

    @property
    def start_ink(self) -> Ink:
        """The start token's name."""
        return Ink.plain(typeset.text(self.chapter.say("start"), "italic"))

    @property
    def _longest(self) -> float:
        start = [self.start_ink] if self.with_start else []
        return max(ink.advance for ink in (*self.names, *start)) * self.em

    @property
    def room(self) -> float:
        """How much stands at the left of the first square."""
        corner = stacked(self.chapter, (0.0, 0.0), self.ways_em)
        return max(self._longest + 0.2, *(BESIDE + 0.05 - line.box[0] for line in corner))

    @property
    def above(self) -> float:
        """How much stands above it."""
        return max(self._longest + BESIDE, 2.4 * self.ways_em)

    @property
    def ways_room(self) -> float:
        """How much the `ways` of a square without names need at its left."""
        down, _ = directions(self.chapter, (0.0, 0.0), self.ways_em)
        return 0.05 - down.box[0]

    def beside(self, square: Growth) -> list[Strip]:
        """The names of the first square's rows, then those of its columns, upright."""
        x0, _, _, y1 = square.box
        down, colours = self._named(not self.columns)  # as a key, `start_of` names the start token
        across, hues = self._named(True)
        ys = y1 - (np.arange(-len(down), 0) + self.trace.n + 0.5) * square.pitch
        xs = x0 + (np.arange(-len(across), 0) + self.trace.n + 0.5) * square.pitch
        rows = np.stack([np.full(len(ys), x0 - BESIDE), ys], axis=1)
        feet = np.stack([xs, np.full(len(xs), y1 + BESIDE)], axis=1)
        em, middle = self.em, WORD_MIDDLE
        return [
            Strip(down, rows, em, colours, anchor="right", middle=middle),
            Strip(across, feet, em, hues, anchor="left", middle=middle, upwards=True),
        ]

    def _named(self, start: bool) -> tuple[list[Ink], list[RGB]]:
        """The first tokens and their colours, with the start token if that is shown."""
        front = [self.start_ink] if start and self.with_start else []
        names = self.names
        return [*front, *names], [self.theme.start] * len(front) + [self.theme.text] * len(names)

    def start_of(self, square: Growth, extent: float, named: bool = False) -> list[Strip]:
        """The name of the start token at its row, or over its column, when so much is seen.

        Where all columns are `named`, it is among them, and this one is not seen yet.
        """
        if not self.with_start:
            return []
        x0, _, x1, y1 = square.box
        spot, anchor, shown = (x0, y1 + 0.2), "left", float(not named)
        if self.columns:
            middle = y1 - 0.5 * window(extent) * (x1 - x0) / extent
            # Its tallest letter stays below the square's upper edge, where its row is a thin line.
            spot, anchor, shown = (x0 - BESIDE, min(middle, y1 - 0.3 * self.em)), "right", 1.0
        inks, spots, colours = [self.start_ink], np.array([spot]), [self.theme.start]
        return [Strip(inks, spots, self.em, colours, shown, anchor=anchor, middle=WORD_MIDDLE)]

    def ways(self, square: Growth, named: bool = True) -> list[Label]:
        """Which way queries and keys run: in the corner of a square whose sides are `named`.

        Else above the square; there the start token has its place.
        """
        x0, _, x1, y1 = square.box
        if named:
            return stacked(self.chapter, (x0 - BESIDE, y1 + 0.18), self.ways_em)
        # On the line of the start token's name where that stands there, else well above it.
        low = y1 + 0.2 - (0.0 if self.columns else WORD_MIDDLE * self.em)
        return directions(self.chapter, (x0, low), self.ways_em, None if self.columns else x1)
