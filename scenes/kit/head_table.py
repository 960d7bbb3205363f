"""The table below the heads' panels: numbers, names, where one query looks, and what adds up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from attention_core.rounding import format_length, format_weight, length_decimals, parts
from scenes.kit import typeset
from scenes.kit.asked import asked
from scenes.kit.fill import STRONG
from scenes.kit.head_sum import WORD_MIDDLE
from scenes.kit.heads import LEFT, Heads
from scenes.kit.layout import elide
from scenes.kit.outline import Ink
from scenes.kit.painted import Painted
from scenes.kit.stacks import Stacks
from scenes.kit.strip import Strip
from scenes.kit.theme import RGB

SIGN_GAP = 0.08  # on both sides of a plus between numbers, at least


class Headings(NamedTuple):
    """What stands at the left of the table: of the heads, their names, the shares, and the sum."""

    heads: list[Strip]
    names: list[Strip]
    shares: list[Strip]
    along: list[Strip]


class HeadTable:
    """One line of the table after the other, where `heads` has room for it."""

    def __init__(self, chapter: Any, heads: Heads) -> None:
        self.chapter, self.heads, self.theme = chapter, heads, chapter.theme

    def numbers(self) -> list[Strip]:
        """The heads' numbers, and below them their names and the means that they are named by."""
        heads, theme = self.heads, self.theme
        count = len(heads.roles)
        colours = [theme.quiet] * count
        texts = [str(head) for head in range(count)]
        numbers = self._strip(0, texts, colours, [False] * count)
        if not heads.named:
            return [numbers]
        em = heads.fitting(heads.named)
        names = Strip(heads.named, heads.line(1), em, colours, middle=WORD_MIDDLE)
        means = [
            Ink.plain(typeset.number(format_weight(role.score))) if role.name != "none" else Ink(())
            for role in heads.means
        ]
        return [numbers, names, Strip(means, heads.line(2), heads.em, colours)]

    def names(self) -> list[Strip]:
        """What heads are named, where there are too many for the number to stand beside it."""
        heads, theme = self.heads, self.theme
        if heads.rows == 1 or heads.lines < 2:
            return []
        named = [role.name != "none" for role in heads.roles]
        colours = [theme.text if name else theme.quiet for name in named]
        most = 0.96 * heads.wide / heads.em
        inks = [elide(self.chapter.say(f"role_{role.name}"), most) for role in heads.roles]
        return [Strip(inks, heads.line(1), heads.em, colours, middle=WORD_MIDDLE)]

    def told(self) -> str:
        """What each head is named after, with its share, as a list of words."""
        say = self.chapter.say
        return ", ".join(
            say("alt_head", head=head, role=say(f"role_{role.name}"))
            + ("" if role.name == "none" else f" {format_weight(role.score)}")
            for head, role in enumerate(self.heads.roles)
        )

    def alt(self) -> str:
        """All of it in words."""
        trace, row = self.chapter.trace, self.heads.row
        return str(
            self.chapter.say(
                "alt",
                sentence=trace.sentence,
                layer=trace.layer,
                count=len(self.heads.roles),
                query=self.chapter.word(row),
                length=self._total(),
                named=self.told(),
            )
        )

    def headings(self) -> Headings:
        """What the lines of the table are, at its left."""
        say, heads = self.chapter.say, self.heads
        if heads.rows > 1:
            return Headings([], [], [], [])
        named = [("line_role", 1.0), ("line_mean", 2.0)] if heads.named else []
        given = [(self._given_to(), heads.lines - 2)] if heads.looks else []
        return Headings(
            self._heading([(say("line_head"), 0.0)]),
            self._heading([(say(name), line) for name, line in named]),
            self._heading(given),
            self._heading([(say("line_along", row=heads.row), heads.last)]),
        )

    def _heading(self, told: Sequence[tuple[str, float]]) -> list[Strip]:
        """Texts at the left of these lines, of one size."""
        if not told:
            return []
        inks = [Ink.plain(typeset.line(text, "italic")) for text, _ in told]
        spots = np.array([(0.0, self.heads.line(line)[0, 1]) for _, line in told])
        spots[:, 0] = self.chapter.region[0] + 0.02
        em = min((LEFT - 0.1) / max(ink.advance for ink in inks), self.heads.em)
        quiet = [self.theme.quiet] * len(inks)
        return [Strip(inks, spots, em, quiet, anchor="left", middle=WORD_MIDDLE)]

    def lengths(self) -> list[Strip]:
        """The part of each head's update along their sum: as displayed, they add up to it."""
        if self.heads.rows > 1:
            return []
        shown = self._along()
        plain = [False] * len(shown)
        return [self._strip(self.heads.last, shown, [self.theme.output] * len(shown), plain)]

    def sums(self) -> list[Strip]:
        """Between these parts a plus, and behind them what they add up to, where there is room."""
        heads, em, theme = self.heads, self.heads.em, self.theme
        if heads.rows > 1:
            return []
        *_, (x, y) = line = heads.line(heads.last)
        plus, equals = typeset.number("+"), typeset.number("=")
        number = typeset.number(self._total())
        pen = equals.advance + 0.25
        total = Ink(((equals, None), (number.moved(pen), None)), pen + number.advance)
        half = max(typeset.number(text).advance for text in self._along()) * em / 2
        left = x + heads.wide / 2 - equals.advance * em / 2  # as a plus would stand
        left = min(left, self.chapter.region[2] - total.advance * em)
        if left < x + half + SIGN_GAP or plus.advance * em + 2 * half + 2 * SIGN_GAP > heads.wide:
            return []
        between = (line[:-1] + line[1:]) / 2
        signs = [Ink.plain(plus)] * len(between)
        found = [Strip(signs, between, em, [theme.quiet] * len(signs))] if signs else []
        return [*found, Strip([total], np.array([(left, y)]), em, [theme.query], anchor="left")]

    def _total(self) -> str:
        """The length of the sum, as displayed."""
        total = float(self.chapter.material.need("block_lengths")[self.heads.row])
        return format_length(total, length_decimals(total))

    def _along(self) -> list[str]:
        """The parts along the sum, as displayed."""
        need, row = self.chapter.material.need, self.heads.row
        total, steps = float(need("block_lengths")[row]), need("head_steps")[:, row]
        decimals = length_decimals(total)
        return [format_length(float(v), decimals) for v in parts(steps[:, 0], total, decimals)]

    # -- where one query looks ---------------------------------------------------------------

    def title(self) -> list[Painted]:
        """Which query is framed, and where it looks: above the bars, or else above the panels."""
        chapter, heads, (x0, _, x1, y1) = self.chapter, self.heads, self.chapter.region
        colours = heads.looks.names(heads.em, (x0, x1), led=heads.led) if heads.looks else []
        if heads.led:
            return colours
        name = "framed" if heads.keys else "framed_alone"
        listed = ", ".join(f"“{key.text}”" for key in heads.keys)
        line = asked(chapter, heads.row, name, keys=listed)
        at = (0.0, y1 - 0.34)
        title = chapter.label(line, at, heads.em, anchor="centre", most=2 * x1)
        return [title, *colours]

    def bars(self) -> list[Stacks]:
        """Where the query looks in each head."""
        heads = self.heads
        return [heads.looks.bars(0.9 * heads.wide, heads.pitch)] if heads.looks else []

    def given(self) -> list[Strip]:
        """How much the query gives the accented words in each head, in numbers."""
        if not self.heads.looks:
            return []
        values = self.heads.looks.numbers()
        on_start = self.heads.looks.accented == "start"  # which is grey, and never the accent
        strong = ((values >= STRONG) & (not on_start)).tolist()
        texts = [format_weight(value) for value in values.tolist()]
        plain = self.theme.start if on_start else self.theme.quiet
        colours = [self.theme.text if bold else plain for bold in strong]
        return [self._strip(self.heads.lines - 2, texts, colours, strong)]

    def _given_to(self) -> str:
        """What these numbers count: the words themselves where they fit."""
        looks, chapter = self.heads.looks, self.chapter
        assert looks is not None
        listed = ", ".join(looks.accents)
        if listed and typeset.text(listed, "italic").advance * chapter.min_em <= LEFT - 0.1:
            return listed
        return str(chapter.say(f"line_{looks.accented}"))

    def _strip(
        self, line: float, texts: Sequence[str], colours: list[RGB], bold: Sequence[bool]
    ) -> Strip:
        inks = [
            Ink.plain(typeset.number(text, strong))
            for text, strong in zip(texts, bold, strict=True)
        ]
        return Strip(inks, self.heads.line(line), self.heads.em, colours)
