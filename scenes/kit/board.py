"""A board: the grid of cells and the words on its two sides, as they stand in the frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from scenes.kit import typeset
from scenes.kit.outline import Ink

Region = tuple[float, float, float, float]
DOT_SHARE, LEAST_DOT = 0.43, 0.37  # of a cell's shorter side: the radius of a dot of value 1
TIGHT = 0.985  # of a line's pitch, type that still keeps off the next line
MOST_NUMBERS = 200  # of a clip: 13 words and the start token; of more none would be looked at
# Of a cell's width: at its edges, and between the start token's dot and the number beside it.
START_EDGE, START_GAP = 0.03, 0.05


@dataclass(frozen=True)
class Label:
    """One token as an axis shows it: its text, its ink, and the word it is a piece of."""

    token: int
    ink: Ink
    is_start: bool
    word: int | None
    whole: bool = True  # whether none of the text was cut off


def runs(labels: Sequence[Label]) -> list[list[int]]:
    """The places of neighbouring labels that are pieces of one word."""
    found: list[list[int]] = []
    for index, label in enumerate(labels):
        previous = labels[index - 1] if index else None
        if previous is not None and label.word is not None and label.word == previous.word:
            found[-1].append(index)
        else:
            found.append([index])
    return found


@dataclass(frozen=True)
class Axis:
    """One side of a board: which tokens, where their cells begin and end, how big their words are.

    `low` and `high` are the cells' edges along the axis; `em` is the words' size, all of one;
    `rotated` words run upwards; `band` is how deep the header is. With `by_word` the first piece
    of a word has its whole text, the others none.
    """

    role: str  # "query" or "key"
    labels: tuple[Label, ...]
    low: np.ndarray
    high: np.ndarray
    em: float
    rotated: bool
    band: float
    by_word: bool = False  # pieces are too small for a text each: a word has one, across them

    @property
    def ems(self) -> np.ndarray:
        """The size of each label's text, (n,)."""
        return np.full(len(self.labels), self.em)

    @property
    def runs(self) -> list[list[int]]:
        """Neighbouring labels that are pieces of one word."""
        return runs(self.labels)

    @property
    def spans(self) -> tuple[np.ndarray, np.ndarray]:
        """From where to where each label's text may reach: its cell, or all cells of its word."""
        low, high = self.low.copy(), self.high.copy()
        for run in self.runs if self.by_word else []:
            low[run], high[run] = self.low[run].min(), self.high[run].max()
        return low, high

    def by_words(self, places: np.ndarray) -> np.ndarray:
        """Where texts stand beside these places of the labels: of pieces in their middle."""
        found = np.array(places, float)
        for run in self.runs if self.by_word else []:
            found[run] = found[run].mean()
        return found

    def padding(self, most: float) -> float:
        """Between level words above columns and their boxes: one for all, and boxes keep apart."""
        alone = (self.labels[run[0]].ink.width for run in self.runs if len(run) == 1)
        room = float(self.high[0] - self.low[0]) - max(alone, default=0.0) * self.em
        return min(most, 0.33 * room)

    @property
    def leftwards(self) -> bool:
        """Of columns: whether the first stands at the right, as words run from right to left."""
        return bool(self.low[0] > self.low[-1])

    def side(self, index: int) -> float:
        """Of columns: the edge between a cell and the one before it."""
        return float(self.high[index] if self.leftwards else self.low[index])

    @property
    def centres(self) -> np.ndarray:
        """The middle of each cell along the axis."""
        return (self.low + self.high) / 2


@dataclass(frozen=True)
class Board:
    """A whole grid with its headers; cells are counted row by row from the top left."""

    region: Region
    orientation: str
    rows: Axis
    columns: Axis
    full: bool
    box: Region
    words: tuple[tuple[int, ...], ...]
    min_em: float
    query_of: np.ndarray = field(repr=False)
    key_of: np.ndarray = field(repr=False)
    centres: np.ndarray = field(repr=False)

    @property
    def count(self) -> int:
        """How many cells there are."""
        return len(self.query_of)

    @property
    def cell(self) -> tuple[float, float]:
        """Width and height of a cell."""
        c, r = self.columns, self.rows
        return float(c.high[-1] - c.low[-1]), float(r.high[-1] - r.low[-1])

    @property
    def queries(self) -> Axis:
        """The axis of the queries."""
        return self.columns if self.columns.role == "query" else self.rows

    @property
    def keys(self) -> Axis:
        """The axis of the keys."""
        return self.rows if self.columns.role == "query" else self.columns

    @property
    def is_start(self) -> np.ndarray:
        """Which cells belong to the start token's key."""
        starts = [label.token for label in self.keys.labels if label.is_start]
        return np.isin(self.key_of, starts)

    def rectangle(self, index: int) -> Region:
        """The cell's x0, y0, x1, y1 in frame units."""
        row, column = divmod(index, len(self.columns.labels))
        return (
            float(self.columns.low[column]),
            float(self.rows.low[row]),
            float(self.columns.high[column]),
            float(self.rows.high[row]),
        )

    @property
    def dot_radius(self) -> float:
        """Of a dot of value 1; a little smaller where the start token's number needs the room."""
        width, height = self.cell
        side = min(width, height)
        number = typeset.number("0.00").advance * self.min_em
        beside = (self.start_room(0.0) - number) / 2
        asked = self.is_start.any() and beside >= LEAST_DOT * side
        return min(DOT_SHARE * side, beside) if asked else DOT_SHARE * side

    def start_room(self, dot: float) -> float:
        """The width that is left for a number beside a dot so wide, in one cell."""
        return self.cell[0] * (1 - 2 * START_EDGE - START_GAP) - dot

    @property
    def grid(self) -> Region:
        """x0, y0, x1, y1 of all cells."""
        return (
            float(self.columns.low.min()),
            float(self.rows.low[-1]),
            float(self.columns.high.max()),
            float(self.rows.high[0]),
        )

    @property
    def corner(self) -> Region:
        """The empty corner between the headers."""
        x0, _, _, y1 = self.box
        gx0, _, _, gy1 = self.grid
        return (x0, gy1, gx0, y1)

    def tells(self, em: float) -> bool:
        """Whether numbers of this size tell something in passing: readable, and not hundreds."""
        return em >= self.min_em and self.count <= MOST_NUMBERS

    def number_em(self, widest: float, largest: float = 0.30) -> float:
        """The size at which a text `widest` ems wide fits a cell."""
        width, height = self.cell
        across = roomy(width / widest, 0.86, self.min_em)
        return min(largest, across, roomy(height, 0.66, self.min_em))


def roomy(pitch: float, share: float, smallest: float) -> float:
    """A size that fills `share` of a line's pitch, or more where it would get too small to read."""
    return max(pitch * share, min(smallest, pitch * TIGHT))
