"""The phrases of one word: their vectors in a space, and what named directions say of the moves."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, Literal

import numpy as np

from attention_core.rounding import MINUS, format_percent
from scenes.kit import typeset
from scenes.kit.animate import ENTER, Stagger
from scenes.kit.board import Region
from scenes.kit.compared import compared
from scenes.kit.drift import Counter
from scenes.kit.layout import elide, is_narrow
from scenes.kit.moves import move_name
from scenes.kit.outline import Ink
from scenes.kit.painted import Painted
from scenes.kit.space import Content, Space
from scenes.kit.strip import Strip
from scenes.kit.theme import RGB
from scenes.kit.vectors import Segments
from scenes.picture import CellNames

AZIMUTH = -50.0  # degrees: from where the space is seen
KEPT = "phrase_controls_kept"
OLD = 0.3  # the opacity of arrows that were there before
# The column of phrases and what is said of the moves to them: its width, from one phrase to the
# next, its type; and the height that they take at the bottom of a narrow frame.
COLUMN, BETWEEN, TOLD_EM, FOOT = 4.3, 1.75, 0.3, 2.0
LINE, COUNTER_EM = 0.45, 0.4  # from line to line; the count of layers, at the head of the column
# From the count of layers down to the first phrase, and from there to the second.
BELOW, FIRST = 0.9, 0.75
LATE = (0.3, 1.0)  # when in the growth of a move its name comes
ASIDE = 0.6  # from the column to the space
SWEEP = 4.0  # degrees, to either side, for which names keep clear of what turns
SMALLER = 0.9  # how much smaller a space in the frame's middle may be than one beside the column
GAUGE, SUNK = 2.2, 0.13  # a move's gauge: its length, and how far below the line it lies
LONGEST = 3.2  # a name beside an arrow, in frame units


class Journey:
    """`chapter` gives the material, words and theme."""

    def __init__(self, chapter: Any) -> None:
        self.chapter = chapter
        self.arrays = chapter.material.arrays
        self.texts = chapter.material.texts
        self.word: str = self.texts["phrase_word"][0]
        self.phrases: tuple[str, ...] = self.texts["phrases"]
        self.controls: tuple[str, ...] = self.texts["phrase_controls"]
        # The layer in which all is compared, and how many directions there are.
        self.last = len(self.arrays["phrase_places"]) - 1
        self.axes = self.arrays["phrase_values"].shape[1]
        # A direction names a move only beside its control: the directions were made for the
        # phrases that have one, and of any others they would say what nobody asked.
        self.named = bool(self.controls)
        self.narrow = is_narrow()
        self.inset = 0.1  # of the column, from the margin
        self.note_em = max(chapter.min_em, 0.24)  # of quiet lines

    @property
    def colours(self) -> list[RGB]:
        """The word's own vector in the text's colour, the others from blue to green."""
        theme, others = self.chapter.theme, len(self.phrases) - 1
        return [theme.text, *[theme.source(i / max(1, others - 1)) for i in range(others)]]

    def counter(self) -> Counter:
        """Which layer it is: at the head of the column, or at the top left of a narrow frame."""
        x, y, _ = self._corner(0)
        at = (x, y + FIRST + BELOW)
        if self.narrow:
            at = (self.chapter.region[0] + 0.1, self.chapter.region[3] - 0.42)
        lines = [self.chapter.say("layer_now", layer=layer) for layer in range(self.last + 1)]
        inks = [Ink.plain(typeset.text(line)) for line in lines]
        return Counter(inks, at, COUNTER_EM, self.chapter.theme.text)

    @property
    def counted(self) -> CellNames:
        """What a picture's cells count: phrases, and directions."""
        directions = self.texts[f"phrase_directions_{self.chapter.look.lang}"]
        return CellNames(dict(enumerate(self.phrases)), dict(enumerate(directions)))

    def captured(self, move: int) -> tuple[int, float]:
        """The direction that captures most of a move's length, and how much of it, signed."""
        shares = self.arrays["phrase_moves"][move]
        best = int(np.abs(shares).argmax())
        return best, float(shares[best])

    def words_of(self, move: int) -> dict[str, str]:
        """The direction's name and the share, as they are shown."""
        best, share = self.captured(move)
        name = self.texts[f"phrase_directions_{self.chapter.look.lang}"][best]
        return {
            "direction": name,
            "share": (MINUS if share < 0 else "") + format_percent(abs(share)),
        }

    def length_of(self, move: int) -> dict[str, str]:
        """How long a move is, beside the vector that it starts from: distances are exact."""
        before, after = self.arrays["phrase_places"][-1, move : move + 2].astype(float)
        length = max(float(np.linalg.norm(before)), 1e-9)
        return {"share": format_percent(float(np.linalg.norm(after - before)) / length)}

    def aside(self, move: int) -> str:
        """What is said of a move: how much of it a direction captures, or how long it is."""
        name, words = ("aside", self.words_of) if self.named else ("moved", self.length_of)
        line: str = self.chapter.say(name, **words(move))
        return line

    def told(self) -> list[str]:
        """A sentence on each move."""
        name, words = ("move", self.words_of) if self.named else ("move_long", self.length_of)
        return [
            self.chapter.say(name, first=first, second=second, **words(move))
            for move, (first, second) in enumerate(pairwise(self.phrases))
        ]

    def control(
        self,
        mark: int,
        at: tuple[float, float],
        em: float,
        most: float,
        anchor: Literal["left", "centre"] = "left",
    ) -> list[Painted]:
        """What a grey point is, if there is one: its shape and phrase, how much of it is kept."""
        if mark >= len(self.controls):
            return []
        shares = self.arrays[KEPT].tolist()
        return compared(self.chapter, self.controls, shares, mark, at, em, most, anchor)

    def _corner(self, move: int) -> tuple[float, float, float]:
        """Where what is said of a move begins, and how wide it may be.

        In a column at the left of a wide frame; in a narrow one side by side at the bottom.
        """
        x0, y0, x1, y1 = self.chapter.region
        if not self.narrow:
            last = BETWEEN * (len(self.phrases) - 2) + LINE * self._lines
            slack = (y1 - y0 - COUNTER_EM - BELOW - FIRST - last) / 2
            top = y1 - slack - COUNTER_EM - BELOW - FIRST
            return x0 + self.inset, top - BETWEEN * move, COLUMN - 0.3
        wide = (x1 - x0) / (len(self.phrases) - 1)
        return x0 + 0.1 + wide * move, y0 + FOOT - 0.4, wide - 0.2

    def room(self) -> Region:
        """Where the space stands: what that, and the lines at the top, leave."""
        x0, y0, x1, y1 = self.chapter.region
        return (x0, y0 + FOOT, x1, y1 - 1.0) if self.narrow else (x0 + COLUMN, y0, x1, y1 - 0.5)

    @property
    def above(self) -> float:
        """The height of the line above the space: beside the count of layers, or below it."""
        top: float = self.chapter.region[3]
        return top - (0.92 if self.narrow else 0.36)

    @property
    def places(self) -> np.ndarray:
        """Where the phrases of the list stand, (p, 2): with room for what is said of the moves."""
        found = [self._corner(max(0, index - 1))[:2] for index in range(len(self.phrases))]
        return np.array(found) + np.where(np.arange(len(found)) == 0, FIRST, 0.0)[:, None] * (0, 1)

    def listed(self) -> Strip:
        """The phrases in their arrows' colours; in a narrow frame those that are moved to."""
        inks = [elide(phrase, self._corner(0)[2] / self._em) for phrase in self.phrases]
        shown = (np.arange(len(inks)) > 0) | (not self.narrow)
        options: Any = {"anchor": "left", "middle": 0.0}
        return Strip(inks, self.places, self._em, self.colours, shown, **options)

    def column(self, move: int) -> list[Painted]:
        """Below a phrase: what a direction captures of the move to it."""
        (x, y, most), line = self._corner(move), self.aside(move)
        # Smaller rather than cut, and all of one size.
        fit = [
            0.99 * self._corner(i)[2] / typeset.text(self.aside(i)).advance
            for i in range(len(self.phrases) - 1)
        ]
        em = max(self.chapter.min_em, min(self._em, *fit))
        told = self.chapter.label(line, (x, y - LINE), em, self.chapter.theme.focus, most=most)
        return [told, *self.gauge(move, (x, y - LINE), min(GAUGE, most))]

    def gauge(self, move: int, at: tuple[float, float], wide: float) -> list[Painted]:
        """Below a line that begins there, a move as a level line; thick, what is captured of it.

        Not on the move itself: along that the direction does not lie.
        """
        if not self.named:
            return []
        (x, y), share, colour = at, abs(self.captured(move)[1]), [self.chapter.theme.focus]
        level, ends = y - SUNK, (x + wide, x + wide * share)
        whole, part = (np.array([[(x, level), (end, level)]]) for end in ends)
        return [Segments(whole, colour, OLD, width=2.4), Segments(part, colour, width=8.0)]

    def tell(self, move: int, space: Space, seconds: float) -> list[Stagger]:
        """A move grows between two arrows; what is said of it comes before it is whole."""
        chosen = (np.arange(len(self.phrases) - 1) <= move).astype(float)
        here = np.isin(np.arange(len(self.phrases)), (move, move + 1))
        named: Any = {"move_names": chosen}
        found = [
            Stagger(space, run_time=seconds, moves=chosen, arrows=np.where(here, 1.0, OLD)),
            Stagger(space, run_time=seconds, window=LATE, **named),
        ]
        come: Any = {"window": ENTER, "run_time": seconds, "introducer": True, "opacity": 1.0}
        for part in self.column(move):
            part.set_opacity(0.0)
            found.append(Stagger(part, **come))
        return found

    def compared(self, move: int) -> list[Painted]:
        """Below that: the phrase that the move is to be compared with."""
        x, y, most = self._corner(move)
        return self.control(move, (x, y - 2 * LINE), self._em, most)

    def controls_told(self) -> str:
        """What the grey points are, and what stands in brackets behind their names."""
        line: str = self.chapter.say("controls")
        return line

    @property
    def _lines(self) -> int:
        """How many lines stand below a phrase."""
        return 2 if self.controls else 1

    @property
    def _em(self) -> float:
        return max(self.chapter.min_em, TOLD_EM)

    def content(self) -> Content:
        """All arrows, the moves between them, and the points to compare."""
        arrays = self.arrays
        most = LONGEST / self.chapter.min_em
        return Content(
            arrays["phrase_places"].astype(float),
            self.colours,
            [elide(phrase, most) for phrase in self.phrases],
            [
                move_name(first, second, self.chapter.say("the_move"), most)
                for first, second in pairwise(self.phrases)
            ],
            arrays["phrase_controls"].astype(float).reshape(-1, 3),
        )

    def space(self, room: Region, em: float) -> Space:
        """The space of all phrases, as large as can be; in the frame's middle where it fits."""
        x0, y0, _, y1 = room
        middle = (min(x0, -x0), y0, max(x0, -x0), y1)
        content, theme, pad = self.content(), self.chapter.theme, (0.5, 0.6)
        if self.narrow:
            return Space(content, theme, room, em, AZIMUTH, pad)
        found = [Space(content, theme, place, em, AZIMUTH, pad) for place in (middle, room)]
        return found[0] if found[0].scale_of >= SMALLER * found[1].scale_of else found[1]

    def name(self, space: Space) -> None:
        """Names for the arrows, and the column beside them: together in the middle, if that fits.

        They are placed for the degrees that the space turns while they are read.
        """
        _, y0, x1, y1 = room = self.room()
        moves = range(len(self.phrases) - 1)
        told = [part for move in moves for part in (*self.column(move), *self.compared(move))]
        left = self._corner(0)[0]
        boxes = [part.ink_box() for part in (*told, self.listed())]
        right = max(box[2] for box in boxes if box)
        space.place_names((left, y0, x1, y1), SWEEP)
        box = space.ink_box()
        whole = right - left + ASIDE + (box[2] - box[0] if box else 0.0)
        if box is None or self.narrow or whole > 2 * x1 - 0.2:
            space.place_names(room, SWEEP)
            return
        self.inset += -whole / 2 - left
        space.slide(whole / 2 - box[2])

    def panel(self, index: int, region: Region) -> Space:
        """The space as it is once the phrase `index` has been added."""
        content, theme, em = self.content(), self.chapter.theme, self.chapter.min_em
        space = Space(content, theme, region, em, AZIMUTH, (0.2, 0.35))
        here, steps = np.arange(len(self.phrases)), np.arange(len(self.phrases) - 1)
        step = (steps == index - 1).astype(float)
        space.set(
            arrows=np.where(here == index, 1.0, np.where(here < index, OLD, 0.0)),
            tips=0.0,
            moves=step,
            move_names=step,
            marks=(np.arange(len(content.marks)) == index - 1).astype(float),
        )
        space.place_names(region)
        return space
