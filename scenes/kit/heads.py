"""The heads of a layer, laid out: turned panels, and below each what it does for one query."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from attention_core.focus import word_of
from attention_core.heads import head_roles, mean_roles
from attention_core.sink import takes_attention
from attention_core.tokens import Word
from scenes.kit import typeset
from scenes.kit.animate import Show, Stagger
from scenes.kit.board import Board, Region
from scenes.kit.directions import directions
from scenes.kit.fill import LEAST
from scenes.kit.glow import Key
from scenes.kit.head_looks import HeadLooks
from scenes.kit.head_sum import deep
from scenes.kit.label import Label
from scenes.kit.layout import is_narrow
from scenes.kit.outline import Ink
from scenes.kit.painted import Painted
from scenes.kit.panels import EYE, POWER, Panels
from scenes.kit.side_words import SideWords
from scenes.kit.signs import noted
from scenes.kit.strip import Strip
from scenes.kit.vectors import Segments

A_ROW = 10  # most panels in a row
STEEPEST = 64.0  # degrees by which a panel turns at most
ASLANT, HALL = 76.0, 0.8  # at most, and its share of the picture's height, in the hall of heads
LEFT = 1.6  # room for words and for what the lines of the table are called
RIGHT = 0.55  # room for the sum at the end of a line
KEY = 0.56  # height that is kept for the key, and with a title above it
TITLED = 1.0
APART = 0.35  # of a line, between what heads are named by and where one query looks
# When a panel does what on its way: it shrinks before it turns and parts, or else its near edge
# would swell beyond the frame.
PARTING = {"half": (0.0, 0.6), "place": (0.25, 1.0), "turn": (0.2, 1.0), "shown": (0.0, 0.3)}
WORDS = 0.8  # of the words at the panels, once it is told what these write
PARTED = (0.85, 1.0)  # of the time in which panels part, when none crosses another's place
LATE = (0.7, 1.0)  # of their last move, when the heads' numbers come: where panels are no more
SPREAD = 0.45  # of its time, over which the panels' starts are spread
BESIDE = 0.94  # of a panel's place, what its number and its name may take


class Heads:
    """Where the heads' panels and the lines below them stand; token `row` is the query looked at.

    roles: what each head is named after; means: what it does on average over all queries; keys:
    the words that are accented for the query.
    """

    def __init__(self, chapter: Any, board: Board, row: int) -> None:
        self.chapter, self.board, self.row, self.theme = chapter, board, row, chapter.theme
        trace, marks = chapter.trace, chapter.accents()
        query = word_of(trace, row) or trace.words[-1]
        others = [word for word in trace.words if word != query]
        self.keys: list[Word] = [word for word in others if word.pieces[0] in marks]
        self.roles, self.means = head_roles(trace, query, self.keys), mean_roles(trace)
        patterns = trace.need("patterns")
        self.panels = Panels(board, patterns, trace.masked, row, self.theme)
        self.panels.front = trace.head
        h = len(self.roles)
        self.em = 0.285 if chapter.is_still and not is_narrow() else 0.25
        self.pitch = 1.24 * self.em
        self.rows = math.ceil(h / A_ROW)
        self.columns = math.ceil(h / self.rows)
        x0, y0, x1, y1 = chapter.region
        right = 0.0 if is_narrow() or self.rows > 1 else RIGHT
        self.wide = min((x1 - x0 - LEFT - right) / self.columns, 2.9)
        self.named = self._named() if self.rows == 1 and not chapter.brief else []
        # Where the one query looks stands apart from what heads are named by.
        own = 3 if self.named else 1
        looks = HeadLooks(chapter, row, self.keys, self.line, own + APART)
        # Bars are for who can stop and read.
        told = self.rows == 1 and not chapter.brief and looks.told
        self.looks = looks if told else None
        self.lines = {1: own + 1 + told * (APART + looks.LINES), 2: 2.0}.get(self.rows, 1.0)
        # In a narrow frame whose bars they are is said above the panels.
        self.led = told and looks.fits(self.em, x1 - x0)
        self.top = y1 - (KEY if self.led else TITLED)
        self.deep = deep(chapter.is_still)
        self.tall = (self.top - y0 - self.deep) / self.rows - self.lines * self.pitch - 0.12
        first = (x0 + LEFT + x1 - right - self.wide * self.columns) / 2 + self.wide / 2
        at = np.array([divmod(head, self.columns) for head in range(h)])
        self.xs = first + at[:, 1] * self.wide  # (h,) the panels' middles
        self.tops = self.top - at[:, 0] * (self.tall + self.lines * self.pitch + 0.12)
        places = np.stack([self.xs, self.tops - self.tall / 2], axis=1)
        self.target = self._stand(places, self.tall, STEEPEST)
        self.panels.set(**self.target)
        # In a clip all else has left the table when the parts along the sum come.
        self.last = float(self.lines - 1 if chapter.is_still else 1)

    @property
    def below(self) -> Region:
        """What is left for the sum: up to the table where there is one row of panels."""
        x0, y0, x1, _ = self.chapter.region
        return (
            x0,
            y0,
            x1,
            y0 + self.deep if self.rows > 1 else float(self.line(self.last + 0.5)[0, 1]),
        )

    def _stand(self, places: np.ndarray, tall: float, steepest: float) -> dict[str, Any]:
        """The panels' arrays when their middles are there, (h, 2), and they are so tall."""
        turn, half = self._pose(tall, steepest)
        return {"place": places, "half": np.full((len(places), 2), half), "turn": turn}

    def hall(self) -> tuple[dict[str, Any], np.ndarray]:
        """The panels as tall as the picture: all that there is, before anything is told of it.

        And the spots of their numbers, (h, 2).
        """
        x0, y0, x1, y1 = self.chapter.region
        tall = HALL * (y1 - y0)
        middles = self.xs - self.xs.mean() + (x0 + x1) / 2
        places = np.stack([middles, np.full(len(middles), (y0 + y1) / 2)], axis=1)
        return self._stand(places, tall, ASLANT), places - (0.0, tall / 2 + 0.8 * self.em)

    def parting(self, target: dict[str, Any], run_time: float) -> list[Stagger]:
        """The panels come from behind ours, one after the other, to where they stand."""
        told = {**target, "shown": 1.0}
        return [
            Stagger(
                self.panels,
                self._outwards,
                spread=SPREAD,
                window=window,
                run_time=run_time,
                **{name: told[name]},
            )
            for name, window in PARTING.items()
        ]

    def numbering(self, numbers: Strip, run_time: float) -> Show:
        """The numbers come when the last panel has all but parted: earlier, panels cross them."""
        return Show(numbers, window=PARTED, run_time=run_time)

    @property
    def _outwards(self) -> np.ndarray:
        """The order in which panels part, the farthest from ours last: (h,) 0 to 1."""
        far = np.abs(np.arange(len(self.roles)) - self.chapter.trace.head).astype(float)
        found: np.ndarray = far / max(1.0, far.max())
        return found

    def _pose(self, tall: float, steepest: float) -> tuple[float, float]:
        """The turn, and half of a panel's side, with which a panel so tall fills its place."""

        def width_and_half(turn: float) -> tuple[float, float]:
            sine = math.sin(math.radians(turn))
            # At the near edge the panel is tallest: half EYE / (EYE - half sine) = tall / 2.
            half = tall / 2 * EYE / (EYE + tall / 2 * sine)
            near, far = (EYE / (EYE + side * half * sine) for side in (-1, 1))
            return half * math.cos(math.radians(turn)) * (near + far), half

        widest = 0.9 * self.wide
        low, high = 0.0, steepest
        for _ in range(30):
            middle = (low + high) / 2
            low, high = (middle, high) if width_and_half(middle)[0] > widest else (low, middle)
        wide, half = width_and_half(high)
        return high, half * min(1.0, widest / wide)

    # -- the table ---------------------------------------------------------------------------

    def line(self, line: float) -> np.ndarray:
        """Where the pieces of a line of the table stand, one a head: (h, 2)."""
        ys = self.tops - self.tall - 0.1 - (line + 0.5) * self.pitch
        return np.stack([self.xs, ys], axis=1)

    def fitting(self, inks: Sequence[Ink]) -> float:
        """The size of type, at most that of all, in which each fits into its head's place."""
        return min(self.em, BESIDE * self.wide / max(ink.advance for ink in inks))

    def _named(self) -> list[Ink]:
        """What each head looks at by a mean over all queries: of several things, "mixed".

        What it gives the accented words stands below, of the framed query: no name for that here.
        None at all where no head has such a role, or where there is no room.
        """
        named = [role.name != "none" for role in self.means]
        names = [
            f"role_{role.name}" if known else "role_mixed"
            for role, known in zip(self.means, named, strict=True)
        ]
        inks = [Ink.plain(typeset.text(self.chapter.say(name), "italic")) for name in names]
        return inks if any(named) and self.fitting(inks) >= self.chapter.min_em else []

    def words(self) -> list[Strip | Segments]:
        """The words beside the first panel as that stands, where there is one row of panels."""
        return [] if self.rows > 1 else self._side().parts

    def step_back(
        self, words: Sequence[Strip | Segments], key: Sequence[Painted], to: float
    ) -> list[Stagger]:
        """Panels and `words` dim, and what `key` has of their colours: so these stay the same.

        But not the word whose vector changes: it is still spoken of. The frames have told theirs.
        Words dim less, so that they can be read.
        """
        found = [Stagger(self.panels, opacity=to, framed=0.0)]
        found += [Stagger(part, opacity=to) for part in key if not isinstance(part, Label)]
        for part in words:
            kept = isinstance(part, Strip) and self._side().asking
            found.append(
                Stagger(part, shown=np.where(kept, 1.0, WORDS))
                if kept
                else Stagger(part, opacity=WORDS)
            )
        return found

    def parked(self) -> list[Painted]:
        """The note on the start token, what heads' names were measured on, and signs in texts."""
        chapter = self.chapter
        if chapter.look.sink != "show":
            return []
        line = chapter.say("parked_roles" if self.named else "parked")
        return noted(chapter, line if takes_attention(chapter.trace) else "", self.spelled())

    def spelled(self) -> list[int]:
        """The tokens whose texts are shown beside the panels, or in whose query is framed."""
        tokens, row = self.chapter.trace.tokens, self.row
        if self.rows == 1 and self._side().spelled:
            return list(range(len(tokens)))
        return [] if tokens[row].display == self.chapter.word(row) else [row]

    def _side(self) -> SideWords:
        place = self.em, self.tall
        return SideWords(self.chapter, self.board, self.panels, self.row, *place)

    # -- above and beside the panels ---------------------------------------------------------

    def key(self) -> list[Painted]:
        """What the colours are, at the right; which way queries and keys run, at the left."""
        chapter, (_, _, x1, y1) = self.chapter, self.chapter.region
        middle = y1 - (0.32 if self.led else 0.34 + 0.42)
        made = chapter.look.sink == "show" and chapter.trace.start is not None
        em = max(0.88 * self.em, chapter.min_em)
        hidden = bool(len(self.panels.tints))
        key = Key(chapter, em, POWER, LEAST, start=made, masked=hidden)
        found = key.at(x1 - key.width, middle)
        if self.rows > 1:
            return found
        edge = float(self.panels.seen(0, np.array([-1.0, 0.0]))[0])
        names = directions(chapter, (edge, middle - 0.25 * em), em)
        if names[1].box[2] + 0.3 > min(part.box[0] for part in found if isinstance(part, Label)):
            return found  # a narrow frame: the key alone
        return [*found, *names]
