"""The heads of a layer, laid out: turned panels, what each does below it, and how they add up."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from attention_core.heads import Role
from attention_core.rounding import (
    format_length,
    format_percent,
    format_weight,
    length_decimals,
    parts,
)
from scenes.kit import typeset
from scenes.kit.board import Board, Region
from scenes.kit.chain import Chain
from scenes.kit.label import Label
from scenes.kit.layout import elide
from scenes.kit.outline import Ink
from scenes.kit.painted import Painted
from scenes.kit.panels import EYE, Panels
from scenes.kit.strip import Strip
from scenes.kit.theme import RGB

A_ROW = 10  # most panels in a row
STEEPEST = 64.0  # degrees by which a panel turns at most
LEFT = 1.45  # room for words and for what the lines of the table are called
CHAIN = 2.05  # height that is kept for the chain of updates and the line below it
LABELLED = 0.6  # a step of the chain at least this long, in frame units, is numbered
WORD_MIDDLE = 0.25


class Heads:
    """Where everything of the chapter stands; `row` is the query whose updates add up."""

    def __init__(
        self, chapter: Any, board: Board, panels: Panels, roles: Sequence[Role], row: int
    ) -> None:
        self.chapter, self.board, self.panels = chapter, board, panels
        self.roles, self.row, self.theme = roles, row, chapter.theme
        self.em = 0.285 if chapter.is_still else 0.25
        self.pitch = 1.34 * self.em
        h = len(roles)
        self.rows = math.ceil(h / A_ROW)
        self.columns = math.ceil(h / self.rows)
        x0, y0, x1, y1 = chapter.region
        self.wide = min((x1 - x0 - LEFT) / self.columns, 2.9)
        self.lines = {1: 5, 2: 2}.get(self.rows, 1)
        self.top = y1 - 0.62
        self.tall = (self.top - y0 - CHAIN) / self.rows - self.lines * self.pitch - 0.12
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

    def _line(self, line: int) -> np.ndarray:
        """Where the pieces of a line of the table stand, one a head: (h, 2)."""
        ys = self.tops - self.tall - 0.1 - (line + 0.5) * self.pitch
        return np.stack([self.xs, ys], axis=1)

    def _strip(
        self, line: int, texts: Sequence[str], colours: list[RGB], bold: Sequence[bool]
    ) -> Strip:
        inks = [
            Ink.plain(typeset.number(text, strong) if text else typeset.text(""))
            for text, strong in zip(texts, bold, strict=True)
        ]
        return Strip(inks, self._line(line), self.em, colours)

    def numbers(self) -> list[Strip]:
        """The heads' numbers; the head of the credit line is bold."""
        own = [head == self.chapter.trace.head for head in range(len(self.roles))]
        theme = self.theme
        colours = [theme.text if here else theme.quiet for here in own]
        return [self._strip(0, [str(head) for head in range(len(own))], colours, own)]

    def names(self) -> list[Strip]:
        """What each head is named after, and the share that names it."""
        if self.lines < 2:
            return []
        theme, say = self.theme, self.chapter.say
        colour = {"start": theme.start, "none": theme.quiet}
        colours = [colour.get(role.name, theme.text) for role in self.roles]
        most = 0.96 * self.wide / self.em
        inks = [elide(say(f"role_{role.name}"), most) for role in self.roles]
        found = [Strip(inks, self._line(1), self.em, colours, middle=WORD_MIDDLE)]
        if self.lines > 2:
            shares = ["" if r.name == "none" else format_weight(r.score) for r in self.roles]
            strong = [role.name in ("relation", "previous") for role in self.roles]
            found.append(self._strip(2, shares, colours, strong))
        return found

    def headings(self) -> list[Strip]:
        """What the lines of the table are, at its left: of the names, and of the lengths."""
        if self.lines < 5:
            return []
        x0 = self.chapter.region[0] + 0.02
        ys = self._line(0)[0, 1] - np.arange(5) * self.pitch
        found = []
        for lines in ((0, 1, 2), (3, 4)):
            inks = [
                Ink.plain(typeset.line(self.chapter.say(f"line_{line}"), "italic"))
                for line in lines
            ]
            spots = np.stack([np.full(len(lines), x0), ys[list(lines)]], axis=1)
            most = min((LEFT - 0.1) / max(ink.advance for ink in inks), self.em)
            quiet = [self.theme.quiet] * len(inks)
            found.append(Strip(inks, spots, most, quiet, anchor="left", middle=WORD_MIDDLE))
        return found

    def lengths(self) -> list[Strip]:
        """How long each head's update is, and its part along the sum: those add up to the sum."""
        if self.lines < 5:
            return []
        need, row = self.chapter.material.need, self.row
        total, steps = float(need("block_lengths")[row]), need("head_steps")[:, row]
        decimals = length_decimals(total)
        long = [format_length(float(v), decimals) for v in need("head_lengths")[:, row]]
        along = parts(steps[:, 0], total, decimals)
        shown = [format_length(float(value), decimals) for value in along]
        colours, plain = [self.theme.output] * len(long), [False] * len(long)
        return [self._strip(3, long, colours, plain), self._strip(4, shown, colours, plain)]

    def title(self, keys: Sequence[str]) -> Label:
        """Which query is framed, and which words are accented for it."""
        chapter, x1 = self.chapter, self.chapter.region[2]
        name = "framed" if keys else "framed_alone"
        listed = ", ".join(f"“{key}”" for key in keys)
        line = chapter.say(name, query=chapter.word(self.row), keys=listed)
        at = (0.0, self.top + 0.26)
        label: Label = chapter.label(line, at, self.em, anchor="centre", most=2 * x1)
        return label

    def words(self) -> list[Strip]:
        """The words beside the first panel, where they can be read there."""
        axis, panels, em_min = self.board.rows, self.panels, self.chapter.min_em
        if self.rows > 1:
            return []
        heights = (axis.centres - panels.middle[1]) / panels.reach[1]
        edge = np.stack([np.full(len(heights), -1.0), heights], axis=1)
        spots = panels.seen(0, edge) - np.array([0.1, 0.0])
        pitch = float(np.abs(np.diff(spots[:, 1])).min()) if len(spots) > 1 else self.em
        em = min(self.em, 0.95 * pitch)
        if em < em_min:
            return []
        marks, theme, trace = self.chapter.accents(), self.theme, self.chapter.trace
        room = spots[0, 0] - self.chapter.region[0]
        inks, colours = [], []
        for label in axis.labels:
            text = (
                self.chapter.say("start") if label.is_start else trace.tokens[label.token].display
            )
            inks.append(elide(text, room / em, "italic" if label.is_start else "regular"))
            mark = marks.get(label.token)
            plain = theme.start if label.is_start else theme.text
            colours.append(mark.colour if mark else plain)
        return [Strip(inks, spots, em, colours, anchor="right", middle=WORD_MIDDLE)]

    # -- the sum -----------------------------------------------------------------------------

    def chain(self) -> tuple[Chain, list[Painted]]:
        """The updates set head to tail, their sum, and what they are called."""
        chapter, theme, need = self.chapter, self.theme, self.chapter.material.need
        x0, y0, x1, _ = chapter.region
        total = float(need("block_lengths")[self.row])
        steps = np.asarray(need("head_steps")[:, self.row], float)
        formula = typeset.math("Delta E = sum_h A_h V_h W_O^((h))")
        em = 1.1 * self.em
        low, high = y0 + 0.42, y0 + CHAIN - 0.22
        says = Label(Ink.plain(formula), (x0, (low + high) / 2), em, theme.text)
        size = self._total(total)
        left = x0 + formula.advance * em + 0.5
        right = x1 - size.advance * self.em - 0.35
        path = np.vstack([np.zeros(2), np.cumsum(steps, axis=0)])
        (px0, py0), (px1, py1) = path.min(0), path.max(0)
        spread = max(py1 - py0, 1e-9)
        unit = min((right - left) / max(px1 - px0, 1e-9), (high - low) / spread)
        start = (left + right - unit * (px0 + px1)) / 2
        origin = (start, (low + high) / 2 - unit * (py0 + py1) / 2)
        chain = Chain(origin, steps * unit, theme.output, theme.query)
        middle = WORD_MIDDLE * self.em
        sum_at = (start + unit * px1 + 0.25, origin[1] - middle)
        label = Label(size, sum_at, self.em, theme.query)
        kept = format_percent(float(need("steps_kept")[self.row]))
        plane = chapter.label(
            chapter.say("plane", share=kept),
            ((left + right) / 2, y0 + 0.1),
            chapter.min_em,
            theme.quiet,
            "centre",
            most=1.9 * min(x1 - (left + right) / 2, (left + right) / 2 - x0),
        )
        return chain, [says, label, plane, *self._numbered(chain, label.box)]

    def _total(self, total: float) -> Ink:
        """ "|dE| = 45.4"."""
        name, equals = typeset.math("abs(Delta E)"), typeset.number("=")
        value = typeset.number(format_length(total, length_decimals(total)), True)
        first = name.advance + 0.25
        second = first + equals.advance + 0.25
        placed = ((name, None), (equals.moved(first), None), (value.moved(second), None))
        return Ink(placed, second + value.advance)

    def _numbered(self, chain: Chain, label: Region) -> list[Strip]:
        """The heads' numbers beside the longer steps, where they touch nothing."""
        taken = np.vstack([chain.along(), np.array([label])])
        inks, spots = [], []
        for head, (tail, tip) in enumerate(zip(chain.tails, chain.tips, strict=True)):
            reach = tip - tail
            length = float(np.linalg.norm(reach))
            if length < LABELLED:
                continue
            ink = Ink.plain(typeset.number(str(head)))
            side = np.array([-reach[1], reach[0]]) / length
            half = np.array([ink.advance / 2, typeset.DIGIT_MIDDLE]) * self.em
            for way in (1, -1):
                spot = (tail + tip) / 2 + way * side * (float(np.abs(side) @ half) + 0.12)
                low, high = spot - half - 0.02, spot + half + 0.02
                if not ((taken[:, :2] < high) & (taken[:, 2:] > low)).all(axis=1).any():
                    taken = np.vstack([taken, np.concatenate([low, high])])
                    inks.append(ink)
                    spots.append(spot)
                    break
        colours = [self.theme.output] * len(inks)
        return [Strip(inks, np.array(spots), self.em, colours)] if inks else []
