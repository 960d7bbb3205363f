"""Below the weighted values: their sum, what W_O makes of it, and what that does to E."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from scenes.kit import typeset
from scenes.kit.label import Frame, Label
from scenes.kit.layout import elide
from scenes.kit.notation import change_inks, embedding_colour, entries_width, named, sum_inks
from scenes.kit.outline import Ink
from scenes.kit.painted import Painted
from scenes.kit.table import Table

if TYPE_CHECKING:
    from scenes.kit.weighing import Weighing

SIGN = 0.4  # of the width, from a text to the symbol beside it where a sign stands between them
OVER = 0.6  # from the middle of a row to the head above it, in rows
LONGEST = 13.0  # the width of a text of the addition, in ems
# The rows of E + dE = E' with the sign in front of each, and how many rows below that of the head's
# dE each stands: with the other heads they go on from there, else they stand apart. Where a rule is
# above a row there is room for the arrow over its name.
PLAIN = (("before", "", 1.75), ("of_block", "plus", 2.75), ("after", "eq", 3.95))
FULL = (
    *(("others", "plus", 1.0), ("of_block", "eq", 2.2)),
    *(("before", "plus", 3.2), ("after", "eq", 4.4)),
)
FOOT = -0.25  # from the last of these to the end of all rows, less half of the row of dE
MOST = FULL[-1][2] + FOOT  # rows that all of this takes


class Added:
    """What follows the head's dE in a still: the other heads, E, E'. Nothing where not known.

    rows: how many rows more it takes; steps: see `FULL`; `texts` stand beside the rows.
    """

    def __init__(self, chapter: Any, query: int) -> None:
        trace = chapter.trace
        known = all(getattr(trace, name) is not None for name in ("block_update", "x_out"))
        self.own, self.others = change_inks(trace, query)
        told = (FULL if self.others else PLAIN) if chapter.is_still and known else ()
        self.names, self.signs = [name for name, _, _ in told], [sign for _, sign, _ in told]
        self.steps = [step for _, _, step in told]
        self.rows = self.steps[-1] + FOOT if told else 0.0
        heads = trace.model.heads
        values = {"word": trace.tokens[query].display, "heads": heads, "count": heads - 1}
        self.texts = [elide(chapter.say(name, **values), LONGEST) for name in self.names]


class Below:
    """`made` gives the columns and rows; `summed` and `returned` come one after the other.

    `moved` are the rows of a still that lead to E' (see `Added`).
    """

    def __init__(self, made: Weighing) -> None:
        self.made = made
        theme, em, trace = made.chapter.theme, made.em, made.trace
        low = 0.25 * em
        right = made.text_end - SIGN
        summed, through = (
            Label(made.line(name), (right, y - low), em, theme.text, "right")
            for name, y in (("weighted_sum", made.sum_y), ("written", made.out_y))
        )
        equal, becomes = (self._signs(["eq"], [y]) for y in (made.sum_y, made.out_y))
        pink = [theme.output]  # of one head; yellow is the change by all of them
        spot = np.array([(made.symbol_x, made.out_y)])
        self.name = Table([made.change()], spot, em, pink, anchor="left", middle=0.32)
        written = [made.added.own]
        self.written = made.entries(written, trace.model.d_model, [made.out_y], pink)
        small = max(0.88 * em, made.chapter.min_em)
        count = made.text("entries", count=trace.model.d_model)
        # The head of these entries and of those that follow, as above the values.
        over = (made.table_x + 0.5 * small, made.out_y + OVER * made.pitch)
        head = Label(count, over, small, theme.quiet)
        self.summed: list[Painted] = [
            self._rule(made.rule_y, made.word_end, made.bar_x + made.bar),
            *(summed, equal, made.total),
        ]
        self.returned: list[Painted] = [through, becomes, self.name, self.written, head]
        self.moved = self._moved() if made.added.names else []

    def _rule(self, y: float, left: float, right: float) -> Frame:
        line = self.made.chapter.theme.line
        return Frame((left, y - 0.008, right, y + 0.008), line, width=0, fill=line, fill_opacity=1)

    def _signs(self, signs: Sequence[str], ys: Sequence[float]) -> Table:
        """Signs between texts and symbols."""
        made, colour = self.made, self.made.chapter.theme.text
        spots = np.array([(made.symbol_x - SIGN / 2 - 0.05, y) for y in ys])
        inks = [Ink.plain(typeset.math(sign)) for sign in signs]
        return Table(inks, spots, made.em, [colour] * len(inks), middle=0.25)

    def _moved(self) -> list[Painted]:
        """The other heads, the change by all, E and E', which add up as they are shown."""
        made, trace, added = self.made, self.made.trace, self.made.added
        theme, em, query, ys = made.chapter.theme, made.em, made.query, made.added_ys
        e, change, after = (
            np.asarray(matrix[query], float)
            for matrix in (trace.residual, trace.need("block_update"), trace.need("x_out"))
        )
        (before, block), total = sum_inks(np.stack([e, change]), after)
        of_row = {
            "others": (Ink(()), added.others, theme.quiet),
            "of_block": (named("E", query, delta=True), block, theme.query),
            "before": (named("E", query), before, embedding_colour(theme)),
            "after": (named("E", query, prime=True), total, theme.key),
        }
        rows = [of_row[name] for name in added.names]
        names, entries, colours = (list(column) for column in zip(*rows, strict=True))
        at = np.stack([np.full(len(ys), made.symbol_x), ys], axis=1)
        symbols = Table(names, at, em, colours, anchor="left", middle=0.32)
        signed = [row for row, sign in enumerate(added.signs) if sign]
        signs = self._signs([added.signs[row] for row in signed], ys[signed].tolist())
        texts: list[Painted] = [
            Label(ink, (made.text_end - SIGN, y - 0.25 * em), em, theme.text, "right")
            for ink, y in zip(added.texts, ys.tolist(), strict=True)
        ]
        left, right = made.text_end - SIGN, made.table_x + entries_width(len(e)) * em
        rules = [
            self._rule(float(ys[row - 1] + ys[row]) / 2, left, right)
            for row, sign in enumerate(added.signs)
            if sign == "eq"
        ]
        return [*texts, signs, symbols, made.entries(entries, len(e), ys, colours), *rules]
