"""Two boards: a sentence that looks at itself, and another one that looks at it."""

from __future__ import annotations

from typing import Any

import numpy as np
from manim import config

from attention_core.focus import choose_jump
from attention_core.rounding import format_weight, shares
from attention_core.trace import Trace
from scenes.kit import typeset
from scenes.kit.animate import Stagger
from scenes.kit.board import Region
from scenes.kit.caption import wrapped
from scenes.kit.cells import Cells, Rings
from scenes.kit.directions import in_corner
from scenes.kit.fill import LEAST, at_cells, weight_dots, weight_rings
from scenes.kit.grid import Grid
from scenes.kit.header import Header
from scenes.kit.heat import Heat
from scenes.kit.label import Frame, Label
from scenes.kit.layout import is_narrow
from scenes.kit.legend import Entry, legend, room, weight_entry
from scenes.kit.outline import Ink
from scenes.kit.painted import Painted
from scenes.kit.square_cells import beside_key, legible, square_cells, too_dense
from scenes.kit.strip import Focus, Strip, corners
from scenes.kit.words import FORMULA

GAP = 0.5  # between the boards
HEAD, NARROW_HEAD = 1.05, 1.6  # room above the boards for titles
FOOT = 0.98  # and below them for sentences
TALL = 1.3  # how much higher than wide a frame is that has them one above the other
KEY_EM = 8 / 30  # of the key, in a clip as in a still
ALIGNED = 0.05  # so far from its title's middle a board's may be
WAYS_EM, SPARE = 0.28, 0.04  # of which side asks; of the room of the key above it


class Bare(Header):
    """Words without boxes: upright ones have none, and those beside the cells are to look alike."""

    @property
    def boxed(self) -> bool:
        """They are not."""
        return False


class Half:
    """One board with its title, where its vectors come from, and the sentence below it.

    With `bare` no words stand above its cells.
    """

    def __init__(
        self, chapter: Any, trace: Trace, region: Region, name: str, grid: Grid, bare: bool
    ) -> None:
        self.trace, self.grid, self.region, self.bare = trace, grid, region, bare
        board, theme = grid.board, chapter.theme
        self.dense = too_dense(chapter, board)
        self.headers = [grid.queries, grid.keys]
        if bare or self.dense:  # words cut to a letter or two say nothing
            self.headers = [one for one in self.headers if not one.across]
            self.headers = self.headers if legible(chapter, board) else []
        self.border = Frame(board.grid, theme.line, width=1.6)
        self.layers: list[Cells]
        if self.dense:
            values = at_cells(board, trace.weights)
            self.layers = [Heat(board, np.where(values < LEAST, 0.0, values), theme)]
        else:
            rings = weight_rings(board, ~grid.hidden, theme)
            self.layers = [rings, weight_dots(board, trace.weights, theme)]
        x0, y0, x1, y1 = region
        middle, wide = (x0 + x1) / 2, x1 - x0
        em = 0.32 if chapter.is_still else 0.30
        small = max(chapter.min_em, 0.25)
        drawn = (len(board.queries.labels), len(board.keys.labels))  # a start token may be left out
        title = chapter.say(name, queries=drawn[0], keys=drawn[1])
        self.titles: list[Painted] = []
        y = y1 - 0.34
        lines = ((title, em, theme.text), (chapter.say(f"{name}_from"), small, theme.quiet))
        for line, largest, colour in lines:
            # A narrow frame has two lines for each; a wide one fits them all.
            parts = wrapped(line, wide, 0.9 * largest) if is_narrow() else [line]
            outlines = [
                typeset.line(part) if FORMULA in part else typeset.text(part, "regular")
                for part in parts
            ]
            size = min(largest, *(wide / outline.advance for outline in outlines))
            for outline in outlines:
                self.titles.append(Label(Ink.plain(outline), (middle, y), size, colour, "centre"))
                y -= 1.3 * size
            y -= 0.42 - 1.3 * size if len(outlines) == 1 else 0.06
        foot = (middle, y0 + 0.6)
        fitting = wide / max(typeset.text(trace.sentence, "regular").advance, 1e-6)
        em = max(chapter.min_em, min(em, fitting))
        self.ways: list[Label] = []
        self.sentence = chapter.label(trace.sentence, foot, em, anchor="centre", most=wide)

    def point_ways(self, chapter: Any, used: float = 0.0, asks: str = "queries") -> None:
        """Say in the corner, below what is `used` of it, which side asks, where both have words."""
        if len(self.headers) == 2:
            self.ways = in_corner(chapter, self.grid.board, WAYS_EM, used, asks)

    @property
    def around_keys(self) -> Region:
        """Where a frame around all its keys stands; long words leave it little room outside."""
        x0, y0, x1, y1 = self.grid.keys.content
        edge = 0.05 - config.frame_width / 2
        # Above stands what the keys are called, its arrow near.
        return (max(x0 - 0.06, edge), y0 - 0.04, x1 + 0.06, y1 + 0.01)

    def carried(self, chapter: Any) -> Strip:
        """What the frame brings, K and V: above it, or left of it where it is above the cells."""
        x0, y0, _, y1 = self.around_keys
        theme, em = chapter.theme, max(chapter.min_em, 0.3)
        ink = typeset.coloured_line(chapter.say("carried"), theme.key, theme.value)
        if self.grid.keys.across:
            at = np.array([(x0 - 0.15, (y0 + y1) / 2 - 0.3 * em)])
            return Strip([ink], at, em, [theme.text], anchor="right", middle=0.0)
        at = np.array([(x0, y1 + 0.15)])
        return Strip([ink], at, em, [theme.text], anchor="left", middle=0.0)

    @property
    def frame(self) -> list[Painted]:
        """Rules, or in a heat map a border, the headers whose words can be read, and their ways."""
        return [self.border if self.dense else self.grid.lines, *self.headers, *self.ways]

    @property
    def parts(self) -> list[Painted]:
        """All of it, for a still."""
        return [*self.frame, *self.layers, *self.titles, self.sentence]


class Pair:
    """Both halves, and the word whose look jumps farthest."""

    def __init__(self, chapter: Any, encoder: Trace, cross: Trace, key: int | None) -> None:
        self.chapter, self.encoder, self.cross = chapter, encoder, cross
        self.query, self.key = choose_jump(cross, key)
        x0, y0, x1, y1 = chapter.region
        stacked = y1 - y0 > TALL * (x1 - x0)
        middle, high = (x0 + x1) / 2, (y0 + y1) / 2
        regions = ((x0, y0, middle - GAP / 2, y1), (middle + GAP / 2, y0, x1, y1))
        if stacked:
            regions = ((x0, high, x1, y1), (x0, y0, x1, high))
        head = NARROW_HEAD if is_narrow() and not stacked else HEAD
        boards = [(a, b + FOOT, c, d - head) for a, b, c, d in regions]
        both = list(zip((encoder, cross), boards, strict=True))
        for brief in (is_narrow(), True):  # brief where a long key would push its board aside
            entries = [weight_entry(chapter, brief=brief)]
            legend_room = room(entries, KEY_EM)
            options, cornered, bare = square_cells(chapter, both, legend_room)
            wanted, off = beside_key(chapter, both[0], options[0]) if cornered else (0.0, 0.0)
            if off > wanted - ALIGNED:
                break
        halves = []
        for (trace, place), region, name, given in zip(
            both, regions, ("self", "cross"), options, strict=True
        ):
            board = chapter.board(trace, place, **given)
            if bare and not legible(chapter, board):  # the cells alone are in the middle
                off = board.rows.band / 2
            place = (place[0] - off, place[1], place[2] - off, place[3])
            off = 0.0  # the second board has no key
            grid = Grid(chapter, trace, region=place, **given)
            halves.append(Half(chapter, trace, region, name, grid, bare))
        self.self, self.other = halves
        grid = self.other.grid
        self.focus = Frame(grid.around(grid.of_query(self.query)), chapter.theme.focus, width=3.4)
        self.jump = self._jump(y0)
        self.key_lines = [] if self.self.dense else self._legend(entries, cornered)
        used = legend_room[1] - SPARE if self.key_lines and cornered else 0.0
        self.self.point_ways(chapter, used)
        # Its queries are of what is before the tokens that stand there.
        self.other.point_ways(chapter, asks="next_token")

    def frame_over(self) -> tuple[Focus, Strip, list[Stagger]]:
        """A frame around the keys with K and V beside it, and their way to the second board."""
        theme = self.chapter.theme
        frame, name = Focus(self.self.around_keys, theme), self.self.carried(self.chapter)
        frame.colour = theme.text  # neither a query's nor a key's
        name.set(shown=0.0)  # until it has flown past other words
        landed: Any = {"spot": self.other.carried(self.chapter).arrays["spot"]}
        way = [
            Stagger(frame, corners=corners(self.other.around_keys)),
            Stagger(name, introducer=True, **landed),
            Stagger(name, window=(0.66, 0.9), shown=1.0),
        ]
        return frame, name, way

    def _legend(self, entries: list[Entry], cornered: bool) -> list[Painted]:
        """What a dot is, in the first board's corner, or below it."""
        chapter, board = self.chapter, self.self.grid.board
        layer = self.self.layers[0]
        radius = layer.radius if isinstance(layer, Rings) else board.dot_radius
        at = (board.box[0], board.grid[1] - 0.1)
        return legend(entries, board, chapter.theme, radius, KEY_EM, None if cornered else at)

    @property
    def texts(self) -> dict[str, str]:
        """Who looks at whom, and with which share."""
        share = float(shares(self.cross.weights[self.query])[self.key])
        return {
            "query": self.cross.predicted[self.query],
            "key": self.cross.keys[self.key].display,
            "share": format_weight(share),
        }

    def _jump(self, y0: float) -> list[Label]:
        chapter, region = self.chapter, self.chapter.region
        line, em = chapter.say("jump", **self.texts), max(chapter.min_em, 0.27)
        found = [
            chapter.label(line, (0.0, y0 + 0.14), em, anchor="centre", most=region[2] - region[0])
        ]
        return found + self._pointers()

    def _pointers(self) -> list[Label]:
        """The two words it is about beside their row and column, where no header has them."""
        board, chapter, em = self.other.grid.board, self.chapter, self.chapter.min_em
        x0, _, x1, y1 = board.grid
        names = {"query": self.texts["query"], "key": self.texts["key"]}
        hues = {"query": chapter.theme.query, "key": chapter.theme.source(0.0)}
        columns, rows = board.columns, board.rows
        at = {"query": self.query, "key": self.key}
        column = [label.token for label in columns.labels].index(at[columns.role])
        row = [label.token for label in rows.labels].index(at[rows.role])
        said = {one.across for one in self.other.headers}
        found = []
        if False not in said:
            room, beside = x0 - self.other.region[0] - 0.1, float(rows.centres[row]) - 0.25 * em
            names_row = (names[rows.role], (x0 - 0.1, beside), em, hues[rows.role], "right")
            found.append(chapter.label(*names_row, most=room))
        if True not in said:
            above = chapter.label(names[columns.role], (0.0, 0.0), em, anchor="centre", most=2.5)
            half = (above.box[2] - above.box[0]) / 2
            middle = min(max(float(columns.centres[column]), x0 + half), x1 - half)
            at_column = (middle, y1 + 0.12)
            found.append(Label(above.ink, at_column, em, hues[columns.role], "centre"))
        return found
