"""Below the weighted values: their sum, what W_O makes of it, and what that does to E."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from scenes.kit import typeset
from scenes.kit.label import Frame, Label
from scenes.kit.layout import elide
from scenes.kit.notation import change_inks, embedding_colour, named, sum_inks
from scenes.kit.outline import Ink
from scenes.kit.painted import Painted
from scenes.kit.table import Table

if TYPE_CHECKING:
    from scenes.kit.weighing import Weighing

SIGN = 0.4  # of the width, from a text to the symbol beside it where a sign stands between them
ASIDE = 0.1  # of the gap in front of the bars, what a line may take that ends with them
# The rows of E + dE = E', how many rows they take, from which size of type on a still has room for
# them, and the width of their texts in ems.
ADDED, ADDITION, AMPLE, LONGEST = ("before", "of_block", "after"), 3.7, 0.3, 13.0


def added_texts(made: Weighing) -> list[Ink]:
    """What stands beside E, dE and E' where a still has room for what it all leads to."""
    chapter, trace = made.chapter, made.trace
    known = all(getattr(trace, name) is not None for name in ("block_update", "x_out"))
    if not chapter.is_still or not known or made.size(made.counted.rows + ADDITION) < AMPLE:
        return []
    values = {"word": chapter.word(made.query), "heads": trace.model.heads}
    return [elide(chapter.say(name, **values), LONGEST) for name in ADDED]


class Below:
    """`made` gives the columns and rows; `summed` and `returned` come one after the other.

    `moved` are the rows of E + dE = E', where a still has room for them (else none).
    """

    def __init__(self, made: Weighing) -> None:
        self.made = made
        theme, em, trace = made.chapter.theme, made.em, made.trace
        low = 0.25 * em
        summed = Label(
            made.line("weighted_sum"), (made.text_end, made.sum_y - low), em, theme.text, "right"
        )
        through = Label(
            made.line("written"), (made.text_end, made.out_y - low), em, theme.text, "right"
        )
        pink = [theme.output]  # of one head; yellow is the change by all of them
        spot = np.array([(made.symbol_x, made.out_y)])
        self.name = Table([made.change()], spot, em, pink, anchor="left", middle=0.32)
        written = [change_inks(trace, made.query)[0]]
        self.written = made.entries(written, trace.model.d_model, [made.out_y], pink)
        small = max(0.88 * em, made.chapter.min_em)
        count = made.text("entries", count=trace.model.d_model)
        if made.narrow:
            small = min(small, (made.bar + ASIDE) / count.width)
        end = made.bar_x + made.bar if made.narrow else made.chapter.region[2]
        left = min(made.bar_x, end - count.width * small)
        # Left out rather than over the entries, or too small to be read.
        told = small >= made.chapter.min_em and left >= made.bar_x - ASIDE
        wide = [Label(count, (left, made.out_y - low), small, theme.quiet)] if told else []
        self.summed: list[Painted] = [self._rule(made.rule_y), summed, made.total]
        self.returned: list[Painted] = [through, self.name, self.written, *wide]
        self.moved = self._moved() if len(made.added_ys) else []

    def _rule(self, y: float) -> Frame:
        made = self.made
        box = (made.word_end, y - 0.008, made.bar_x + made.bar, y + 0.008)
        line = made.chapter.theme.line
        return Frame(box, line, width=0, fill=line, fill_opacity=1.0)

    def _moved(self) -> list[Painted]:
        """E, the change by all heads, and E', which add up as they are shown."""
        made, trace = self.made, self.made.trace
        theme, em, query, ys = made.chapter.theme, made.em, made.query, made.added_ys
        e, change, after = (
            np.asarray(matrix[query], float)
            for matrix in (trace.residual, trace.need("block_update"), trace.need("x_out"))
        )
        addends, total = sum_inks(np.stack([e, change]), after)
        colours = [embedding_colour(theme), theme.query, theme.key]
        names = [named("E", query), named("E", query, delta=True), named("E", query, prime=True)]
        at = np.stack([np.full(3, made.symbol_x), ys], axis=1)
        symbols = Table(names, at, em, colours, anchor="left", middle=0.32)
        signs = [Ink.plain(typeset.math(sign)) for sign in ("plus", "eq")]
        between = at[1:] - (SIGN / 2 + 0.05, 0.0)
        texts: list[Painted] = [
            Label(ink, (made.text_end - SIGN, y - 0.25 * em), em, theme.text, "right")
            for ink, y in zip(made.added_texts, ys.tolist(), strict=True)
        ]
        entries = made.entries([*addends, total], len(e), ys, colours)
        plus = Table(signs, between, em, [theme.text] * 2, middle=0.25)
        return [*texts, plus, symbols, entries, self._rule(float(ys[1] + ys[2]) / 2)]
