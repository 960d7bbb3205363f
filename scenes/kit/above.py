"""Above the weighted values: whose they are, and what stands in the columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scenes.kit import typeset
from scenes.kit.asked import asked
from scenes.kit.label import Label
from scenes.kit.outline import Ink
from scenes.kit.painted import Painted

if TYPE_CHECKING:
    from scenes.kit.weighing import Weighing

NEAR = 0.35  # from the entries' head to how they are rounded, in ems
LARGEST, TALLEST = 0.36, 1.2  # of the title: its size, in frame units and in rows


class Above:
    """`made` gives the columns and rows; `heads`: those of the entries, and that of the weights.

    `rounded` says how products are rounded, if there is room for it.
    """

    def __init__(self, made: Weighing) -> None:
        chapter, theme = made.chapter, made.chapter.theme
        x0, _, x1, _ = chapter.region
        line = asked(chapter, made.query, "taken")
        em = max(made.em, min(LARGEST, TALLEST * made.pitch))
        at, most = ((x0 + x1) / 2, made.title_y - 0.25 * em), 0.9 * (x1 - x0)
        self.title = chapter.label(line, at, em, theme.text, "centre", most=most)
        em = max(0.88 * made.em, chapter.min_em)
        over = sum(made.arrow_ends) / 2, made.heads_y  # W_V makes what the arrows lead to
        matrix = Label(Ink.plain(typeset.math("W_V")), over, em, theme.value, "centre")
        inks = [made.text("entries", count=made.trace.v.shape[1]), made.text("weight")]
        entries = Label(inks[0], (made.table_x + 0.5 * em, made.heads_y), em, theme.quiet)
        left = min(made.bar_x, x1 - inks[1].width * em)  # short bars end where the frame does
        weight = Label(inks[1], (left, made.heads_y), em, theme.quiet)
        self.heads: tuple[list[Painted], Painted] = [matrix, entries], weight
        note = made.text("rounded")
        x = entries.box[2] + NEAR * em
        fits = x + note.width * em < left - 0.15
        self.rounded: list[Painted] = []
        if fits:
            self.rounded = [Label(note, (x, made.heads_y), em, theme.quiet)]
