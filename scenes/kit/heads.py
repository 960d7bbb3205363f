"""The heads of a layer, laid out: turned panels, and below each what it does for one query."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from attention_core.heads import Own, Role
from attention_core.rounding import format_length, format_weight, length_decimals, parts
from attention_core.rounding import shares as rounded
from scenes.kit import typeset
from scenes.kit.board import Board
from scenes.kit.directions import directions
from scenes.kit.fill import STRONG, share_tone
from scenes.kit.glow import Key
from scenes.kit.head_sum import DEEP, WORD_MIDDLE
from scenes.kit.label import Label
from scenes.kit.layout import elide
from scenes.kit.outline import Ink, Outline
from scenes.kit.painted import Painted
from scenes.kit.panels import EYE, POWER, Panels
from scenes.kit.side_words import SideWords
from scenes.kit.strip import Strip
from scenes.kit.theme import RGB
from scenes.kit.vectors import Segments

A_ROW = 10  # most panels in a row
STEEPEST = 64.0  # degrees by which a panel turns at most
LEFT = 1.6  # room for words and for what the lines of the table are called
HEAD = 1.0  # height that is kept for the title and the key
APART = 0.4  # of a line, between the heads' means and the shares of one query
BY_MEANS = ("previous", "start")  # roles that are a mean over all queries
BESIDE = 0.94  # of a panel's place, what its number and its name may take


class Heads:
    """Where everything of the chapter stands; `row` is the query whose updates add up.

    roles and shares: of each head, what it is named after, and where that query looks in it.
    """

    def __init__(
        self,
        chapter: Any,
        board: Board,
        panels: Panels,
        roles: Sequence[Role],
        shares: Own,
        row: int,
    ) -> None:
        self.chapter, self.board, self.panels = chapter, board, panels
        self.roles, self.shares, self.row, self.theme = roles, shares, row, chapter.theme
        # Nothing is said of a start token, or of accents, that there are not.
        measured = [kind for kind in Own._fields if getattr(shares, kind).any()]
        self.kinds = [] if chapter.brief else measured  # a table is for who can stop and read
        self.em = 0.285 if chapter.is_still else 0.25
        self.pitch = 1.24 * self.em
        h = len(roles)
        self.rows = math.ceil(h / A_ROW)
        self.columns = math.ceil(h / self.rows)
        x0, y0, x1, y1 = chapter.region
        self.wide = min((x1 - x0 - LEFT) / self.columns, 2.9)
        self.named = self._named() if self.rows == 1 and not chapter.brief else []
        # The shares of the one query stand apart from what heads are named by.
        self.first = 1 + (1 + APART if self.named else 0.0)
        self.lines = {1: self.first + len(self.kinds) + 1, 2: 2.0}.get(self.rows, 1.0)
        self.top = y1 - HEAD
        self.tall = (self.top - y0 - DEEP) / self.rows - self.lines * self.pitch - 0.12
        first = (x0 + LEFT + x1 - self.wide * self.columns) / 2 + self.wide / 2
        at = np.array([divmod(head, self.columns) for head in range(h)])
        self.xs = first + at[:, 1] * self.wide  # (h,) the panels' middles
        self.tops = self.top - at[:, 0] * (self.tall + self.lines * self.pitch + 0.12)
        self.turn, half = self._pose()
        places = np.stack([self.xs, self.tops - self.tall / 2], axis=1)  # (h, 2)
        self.target: dict[str, Any] = {
            "place": places,
            "half": np.full((h, 2), half),
            "turn": self.turn,
        }

    def _pose(self) -> tuple[float, float]:
        """The turn, and half of a panel's side, with which a panel fills its place."""

        def width_and_half(turn: float) -> tuple[float, float]:
            sine = math.sin(math.radians(turn))
            # At the near edge the panel is tallest: half EYE / (EYE - half sine) = tall / 2.
            half = self.tall / 2 * EYE / (EYE + self.tall / 2 * sine)
            near, far = (EYE / (EYE + side * half * sine) for side in (-1, 1))
            return half * math.cos(math.radians(turn)) * (near + far), half

        widest = 0.9 * self.wide
        low, high = 0.0, STEEPEST
        for _ in range(30):
            middle = (low + high) / 2
            low, high = (middle, high) if width_and_half(middle)[0] > widest else (low, middle)
        wide, half = width_and_half(high)
        return high, half * min(1.0, widest / wide)

    # -- the table ---------------------------------------------------------------------------

    def _line(self, line: float) -> np.ndarray:
        """Where the pieces of a line of the table stand, one a head: (h, 2)."""
        ys = self.tops - self.tall - 0.1 - (line + 0.5) * self.pitch
        return np.stack([self.xs, ys], axis=1)

    def _strip(
        self, line: float, texts: Sequence[str], colours: list[RGB], bold: Sequence[bool]
    ) -> Strip:
        inks = [
            Ink.plain(typeset.number(text, strong))
            for text, strong in zip(texts, bold, strict=True)
        ]
        return Strip(inks, self._line(line), self.em, colours)

    def numbers(self) -> list[Strip]:
        """The heads' numbers and names, and the means that these are given by, if there is room.

        The head of the credit line is bold.
        """
        own, theme = self._own, self.theme
        colours = [theme.text if here else theme.quiet for here in own]
        if not self.named:
            return [self._strip(0, [str(head) for head in range(len(own))], colours, own)]
        names = Strip(self.named, self._line(0), self._fitting(self.named), colours)
        means = [
            Ink.plain(typeset.number(format_weight(role.score), False))
            if role.name in BY_MEANS
            else Ink(())
            for role in self.roles
        ]
        return [names, Strip(means, self._line(1), self.em, [theme.quiet] * len(means))]

    @property
    def _own(self) -> list[bool]:
        return [head == self.chapter.trace.head for head in range(len(self.roles))]

    def _fitting(self, inks: Sequence[Ink]) -> float:
        return min(self.em, BESIDE * self.wide / max(ink.advance for ink in inks))

    def _named(self) -> list[Ink]:
        """Each head's number, and the role that it has by a mean over all queries.

        What it gives the accented words stands below, of the framed query: no name for that here.
        None at all where no head has such a role, or where there is no room.
        """
        found = []
        for head, (role, own) in enumerate(zip(self.roles, self._own, strict=True)):
            number = typeset.number(str(head), own)
            parts: list[tuple[Outline, RGB | None]] = [(number, None)]
            wide = number.advance
            if role.name in BY_MEANS:
                name = typeset.text(self.chapter.say(f"role_{role.name}"), "italic")
                parts.append((name.moved(wide + 0.28), None))
                wide += 0.28 + name.advance
            found.append(Ink(tuple(parts), wide))
        named = any(len(ink.parts) > 1 for ink in found)
        return found if named and self._fitting(found) >= self.chapter.min_em else []

    def names(self) -> list[Strip]:
        """Where the query looks in each head, as shares that sum to 1; or what heads are named."""
        theme = self.theme
        if self.rows == 1:
            return self._shares()
        if self.lines < 2:
            return []
        named = [role.name != "none" for role in self.roles]
        colours = [theme.text if name else theme.quiet for name in named]
        most = 0.96 * self.wide / self.em
        inks = [elide(self.chapter.say(f"role_{role.name}"), most) for role in self.roles]
        return [Strip(inks, self._line(1), self.em, colours, middle=WORD_MIDDLE)]

    def _shares(self) -> list[Strip]:
        """A line for each kind of key; rounded together, a head's shares still sum to 1.00."""
        if not self.kinds:
            return []
        table = rounded(np.stack([getattr(self.shares, kind) for kind in self.kinds], axis=1))
        found = []
        for line, (kind, values) in enumerate(zip(self.kinds, table.T.tolist(), strict=True)):
            start = kind == "start"
            colours = [self.theme.start if start else self.theme.text] * len(values)
            bold = [share >= STRONG and not start for share in values]
            strip = self._strip(
                self.first + line, [format_weight(share) for share in values], colours, bold
            )
            tones = [share_tone(self.theme, share, start=start) for share in values]
            strip.arrays["shown"] = np.array(tones)
            found.append(strip)
        return found

    def headings(self) -> list[Strip]:
        """What the lines of the table are, at its left: of the shares, and of the sum."""
        if self.rows > 1:
            return []
        say, count = self.chapter.say, len(self.kinds)
        x0 = self.chapter.region[0] + 0.02
        means = [say("line_mean")] if self.named else []
        texts = [say("line_head"), *means, *(say(f"line_{kind}") for kind in self.kinds)]
        texts.append(say("line_along", row=self.row))
        steps = [*range(1 + len(means)), *(self.first + np.arange(count + 1))]
        ys = self._line(0)[0, 1] - np.array(steps) * self.pitch
        found = []
        for lines in (slice(len(texts) - 1), slice(len(texts) - 1, None)):
            inks = [Ink.plain(typeset.line(text, "italic")) for text in texts[lines]]
            spots = np.stack([np.full(len(inks), x0), ys[lines]], axis=1)
            most = min((LEFT - 0.1) / max(ink.advance for ink in inks), self.em)
            quiet = [self.theme.quiet] * len(inks)
            found.append(Strip(inks, spots, most, quiet, anchor="left", middle=WORD_MIDDLE))
        return found

    def lengths(self) -> list[Strip]:
        """The part of each head's update along their sum: as displayed, they add up to it."""
        if self.rows > 1:
            return []
        need, row = self.chapter.material.need, self.row
        total, steps = float(need("block_lengths")[row]), need("head_steps")[:, row]
        decimals = length_decimals(total)
        shown = [format_length(float(v), decimals) for v in parts(steps[:, 0], total, decimals)]
        plain = [False] * len(shown)
        return [self._strip(self.lines - 1, shown, [self.theme.output] * len(shown), plain)]

    def words(self) -> list[Strip | Segments]:
        """The words beside the first panel, where there is one row of panels."""
        if self.rows > 1:
            return []
        return SideWords(self.chapter, self.board, self.panels, self.em, self.tall).parts()

    # -- above and beside the panels ---------------------------------------------------------

    def title(self, keys: Sequence[str]) -> Label:
        """Which query is framed, and which words are accented for it."""
        chapter, x1 = self.chapter, self.chapter.region[2]
        name = "framed" if keys else "framed_alone"
        listed = ", ".join(f"“{key}”" for key in keys)
        line = chapter.say(name, query=chapter.word(self.row), keys=listed)
        at = (0.0, chapter.region[3] - 0.34)
        label: Label = chapter.label(line, at, self.em, anchor="centre", most=2 * x1)
        return label

    def key(self) -> list[Painted]:
        """What the colours are, at the right; which way queries and keys run, at the left."""
        chapter, (_, _, x1, y1) = self.chapter, self.chapter.region
        middle = y1 - 0.34 - 0.42
        made = chapter.look.sink == "show" and chapter.trace.start is not None
        em = max(0.88 * self.em, chapter.min_em)
        hidden = bool(len(self.panels.tints))
        key = Key(chapter, em, POWER, start=made, masked=hidden)
        found = key.at(x1 - key.width, middle)
        if self.rows > 1:
            return found
        edge = float(self.panels.seen(0, np.array([-1.0, 0.0]))[0])
        names = directions(chapter, (edge, middle - 0.25 * em), em)
        if names[1].box[2] + 0.3 > min(part.box[0] for part in found if isinstance(part, Label)):
            return found  # a narrow frame: the key alone
        return [*found, *names]
