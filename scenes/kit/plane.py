"""E, dE and E' of one token: their entries in rows, and as arrows to scale in their own plane."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from attention_core.rounding import format_norm, format_percent
from scenes.kit import typeset
from scenes.kit.animate import Stagger
from scenes.kit.arrows import Arrows
from scenes.kit.label import Frame, Label
from scenes.kit.layout import elide, is_narrow
from scenes.kit.lens import DEEP, Lens, place_labels
from scenes.kit.notation import (
    change_inks,
    embedding_colour,
    entries_width,
    entry_columns,
    named,
    sum_inks,
)
from scenes.kit.outline import Ink
from scenes.kit.painted import Box, Painted
from scenes.kit.table import Table
from scenes.kit.theme import RGB
from scenes.picture import CellNames

PITCH = 0.46
RAISED = 0.04  # a rule above the middle between two rows: the lower one has arrows over its name
APART = 0.85  # between the head's own row and the addition, in rows
# Of each row what it shows, the sign in front, and which of the Material's lengths it is; with
# the other heads it is head + others = block, and block + before = after.
PLAIN = (("head", "", 1), ("before", "", 0), ("block", "plus", 2), ("after", "eq", 3))
FULL = (
    *(("head", "", 1), ("others", "plus", None), ("block", "eq", 2)),
    *(("before", "plus", 0), ("after", "eq", 3)),
)


class Plane:
    """The picture of E + dE = E' for one query; `chapter` gives trace, derived arrays and region.

    What the other heads change stands between the head's dE and that of all where its numbers can
    be shown (see `change_inks`).

    E, the block's dE and E' lie in one plane, so that every length and angle among them is exact.
    The head's dE is a figure of its own, in the plane of that and the block's dE, of which it is a
    part.
    """

    def __init__(self, chapter: Any, query: int) -> None:
        self.chapter, self.query = chapter, query
        theme, arrays = chapter.theme, chapter.material.arrays
        self.lengths = [float(value) for value in arrays["lengths"][query]]
        self.head, self.block = (
            np.asarray(arrays[name][query], float) for name in ("head_step", "block_step")
        )
        self.grey, self.yellow, self.teal = embedding_colour(theme), theme.query, theme.key
        self.pink = theme.output
        self.em, self.narrow = max(0.3, chapter.min_em), is_narrow()
        while not self._rows() and self.narrow and self.em > chapter.min_em:
            self.em = max(chapter.min_em, self.em - 0.01)
        self._draw()

    @property
    def of_head(self) -> Ink:
        """The name of the head's own dE."""
        return named("E", self.query, delta=True, above=self.chapter.trace.head)

    # -- the rows ----------------------------------------------------------------------------

    def _rows(self) -> bool:
        """Place the rows at the size of type of now; whether they fit into the width."""
        chapter, trace, em = self.chapter, self.chapter.trace, self.em
        x0, _, x1, y1 = chapter.region
        own, others = change_inks(trace, self.query)
        self.shown = FULL if others else PLAIN
        e, change, after = (
            np.asarray(matrix[self.query], float)
            for matrix in (trace.residual, trace.need("block_update"), trace.need("x_out"))
        )
        addends, total = sum_inks(np.stack([e, change]), after)  # E + dE = E', as shown
        number, heads = self.query, trace.model.heads
        told = {"head": trace.head, "count": heads - 1, "heads": heads}
        told["word"] = trace.tokens[number].display

        def say(name: str) -> str:
            return str(chapter.say(f"{name}_brief" if self.narrow else name, **told))

        of_row = {
            "head": (own, self.of_head, self.pink, say("of_head")),
            "others": (others, Ink(()), chapter.theme.quiet, say("others")),
            "block": (addends[1], named("E", number, delta=True), self.yellow, say("of_block")),
            "before": (addends[0], named("E", number), self.grey, say("before")),
            "after": (total, named("E", number, prime=True), self.teal, say("after")),
        }
        rows = [of_row[what] for what, _, _ in self.shown]
        written, names, colours, texts = (list(column) for column in zip(*rows, strict=True))
        count = len(rows)
        # From texts to signs, to names, to entries; before lengths.
        gaps = (0.2, 0.32, 0.15, 0.22) if self.narrow else (0.3, 0.4, 0.2, 0.35)
        known = {which: row for row, (_, _, which) in enumerate(self.shown) if which is not None}
        self.measured = known
        self.counted = CellNames(columns={which: texts[row] for which, row in known.items()})
        inks = [elide(text, (2.1 if self.narrow else 4.2) / em) for text in texts]
        signed = [(row, sign) for row, (_, sign, _) in enumerate(self.shown) if sign]
        signs = [Ink.plain(typeset.math(sign)) for _, sign in signed]
        # The dE of the other heads is what the head's leaves of the block's.
        rest = float(np.linalg.norm(np.array([np.linalg.norm(self.block), 0.0]) - self.head))
        lengths = [rest if which is None else self.lengths[which] for _, _, which in self.shown]
        numbers = [Ink.plain(typeset.number(format_norm(length), False)) for length in lengths]
        head_text = Ink.plain(typeset.text(chapter.say("length")))
        widest = max(ink.advance for ink in inks) * em
        symbol = max(name.advance for name in names) * em
        table = entries_width(trace.model.d_model) * em
        last = max(*(ink.advance for ink in numbers), head_text.advance) * em
        used = widest + symbol + table + last + sum(gaps)
        left = x0 + (x1 - x0 - used) / 2
        sign_x = left + widest + gaps[0]
        symbol_x = sign_x + gaps[1]
        table_x = symbol_x + symbol + gaps[2]
        end = left + used
        top = y1 - 0.42
        self.ys = top - PITCH * (
            np.arange(count) + 0.5 + (np.arange(count) > 0) * APART * (not others)
        )

        def column(pieces: list[Ink], x: float, ys: Any, colours: list[RGB], **more: Any) -> Table:
            spots = np.stack([np.full(len(pieces), x), np.asarray(ys)], axis=1)
            return Table(pieces, spots, em, colours, **more)

        theme = chapter.theme
        self.texts = column(
            inks, left + widest, self.ys, [theme.text] * count, anchor="right", middle=0.25
        )
        self.signs = column(
            signs,
            sign_x + 0.1,
            self.ys[[row for row, _ in signed]],
            [theme.text] * len(signs),
            middle=0.25,
        )
        self.names = column(names, symbol_x, self.ys, colours, anchor="left", middle=0.32)
        self.numbers = column(numbers, end, self.ys, colours, anchor="right")
        spots, entries, tints, of_entry = [], [], [], []
        for row, (pieces, colour) in enumerate(zip(written, colours, strict=True)):
            xs = table_x + entry_columns(trace.model.d_model) * em
            spots += [(x, self.ys[row]) for x in xs.tolist()]
            entries += pieces
            tints += [colour] * len(pieces)
            of_entry += [row] * len(pieces)
        self.entries = Table(entries, np.array(spots), em, tints, rows=np.array(of_entry))
        at = (end, top + 0.06)
        self.length_head = Label(head_text, at, em, theme.quiet, "right")
        self.rules: list[Painted] = [
            self._rule(sign_x, y - 0.008, table_x + table, y + 0.008)
            for y in [
                float(self.ys[row - 1] + self.ys[row]) / 2 + RAISED
                for row, sign in signed
                if sign == "eq"
            ]
        ]
        # Entries add up; lengths do not, and stand apart.
        x, half = end - last - gaps[3] / 2, PITCH / 2
        foot, head = float(self.ys[-1]) - half, float(self.ys[0]) + half
        self.rules.append(self._rule(x - 0.008, foot, x + 0.008, head))
        self.bottom = float(self.ys[-1]) - PITCH / 2
        return used <= x1 - x0

    def _rule(self, *box: float) -> Frame:
        line, (x0, y0, x1, y1) = self.chapter.theme.line, box
        return Frame((x0, y0, x1, y1), line, width=0, fill=line, fill_opacity=1.0)

    # -- the arrows --------------------------------------------------------------------------

    def _draw(self) -> None:
        x0, y0, x1, _ = self.chapter.region
        length = self.lengths[0]
        tip = np.array([length, 0.0])
        after = tip + self.block
        low, high = min(0.0, float(after[0])), max(length, float(after[0]))
        self.top = self.bottom - 0.25
        tall = self.top - y0 - DEEP - 0.75
        wide = x1 - x0 - (2.6 if self.narrow else 3.2)
        rise = max(float(after[1]), 1e-9)
        self.scale = scale = min(wide / max(high - low, 1e-9), tall / rise)
        left = (x0 + x1) / 2 - scale * (low + high) / 2
        slack = tall - rise * scale
        ground = y0 + DEEP + 0.55 + (0.6 if self.narrow else 0.35) * slack
        self.origin = np.array([left, ground])
        at = self.origin + scale * np.array([(0.0, 0.0), tip, after])
        ends = np.array([[at[0], at[1]], [at[1], at[2]], [at[0], at[2]]])
        colours = [self.grey, self.yellow, self.teal]
        self.arrows = Arrows(ends, colours, thick=0.05, head=0.24)
        low = max(y0, ground - DEEP - 0.8) if self.narrow else y0  # a tall frame has room to spare
        box = (x0, low, x1, ground - 0.16)
        names = [named("E", self.query), named("E", self.query, delta=True)]
        names.append(named("E", self.query, prime=True))
        change, block = self.head * scale, float(np.linalg.norm(self.block)) * scale
        told = (self.of_head, names[1]), self._inset_lines
        self.lens = Lens(self.chapter, change, block, box, *told, foot=at[1])
        spots = place_labels(ends, names, self.em, (x0, ground - 0.75, x1, self.top), [])
        self.labels = [
            Label(name, spot, self.em, colour, "left")
            for name, (spot, _), colour in zip(names, spots, colours, strict=True)
        ]

    def _inset_lines(self, factor: str) -> list[str]:
        """What is said beside the lens, which magnifies by this."""
        share = format_percent(self.lengths[1] / max(self.lengths[0], 1e-9))
        chapter = self.chapter
        lines = [chapter.say("of_head", head=chapter.trace.head)]
        exact = chapter.say("to_scale", factor=factor, row=self.query)
        return [*lines, chapter.say("share", share=share, row=self.query), exact]

    def places(self) -> list[tuple[int, int, Box]]:
        """Query, which of the Material's lengths, and the box of the number that shows it."""
        boxes = self.numbers.boxes(self.numbers.arrays).tolist()
        return [
            (self.query, which, (x0, y0, x1, y1))
            for which, (x0, y0, x1, y1) in ((i, boxes[row]) for i, row in self.measured.items())
        ]

    def take_over(self, spots: Sequence[np.ndarray], em: float) -> list[Stagger]:
        """The head's dE flies up from where it is written; then the others come.

        spots: where its entries, its name and its text stand, of size `em`.
        """
        moves = []
        for table, spot in zip((self.entries, self.names, self.texts), spots, strict=True):
            rows = table.rows if table is self.entries else np.arange(len(self.shown))
            flying = rows == 0
            targets: dict[str, Any] = {
                name: table.arrays[name].copy() for name in ("spot", "em", "shown")
            }
            table.arrays["spot"][flying], table.arrays["em"][flying] = spot, em
            table.arrays["shown"][~flying] = 0.0
            # No row comes before dE has passed its place.
            order = np.where(flying, 0.0, 0.5 + 0.1 * rows)
            moves.append(Stagger(table, order, spread=0.55, **targets))
        for part in self.rows:
            part.set_opacity(0.0)
            moves.append(Stagger(part, window=(0.65, 1.0), introducer=True, opacity=1.0))
        return moves

    @property
    def rows(self) -> list[Painted]:
        """The rows without their texts, names and entries."""
        return [self.signs, self.numbers, self.length_head, *self.rules]

    @property
    def parts(self) -> list[Painted]:
        """All of it, for a still."""
        arrows = [self.arrows, *self.labels, *self.lens.parts]
        return [*self.rows, self.texts, self.names, self.entries, *arrows]
