"""What the heads' chain adds up, and into whose vector: words, the sum, and one of its terms."""

from __future__ import annotations

from typing import Any

from scenes.kit import typeset
from scenes.kit.asked import asked
from scenes.kit.caption import PITCH, broken
from scenes.kit.label import Label
from scenes.kit.layout import is_narrow
from scenes.kit.outline import Ink

# The sum, and the quieter term, also in a narrow frame: in sizes of the table's type.
LARGE, TERM, NARROW_TERM = 1.1, 0.92, 0.8
APART, CLOSE = 0.16, 0.04  # between words and formulas, in frame units; where room is scarce
AIR = 0.2  # below the table, whose last line starts with quiet type, too
WORDS = 2.9  # the width of the words; in a narrow frame they are as wide as the formulas
TOP = 0.74  # of a line of words, above its baseline, in ems


class HeadFormula:
    """Lines of type, one below the other; `wide` is what they take.

    `chapter` gives theme and words; `row` is the query whose vector changes; the table's type is
    of size `em`.
    """

    def __init__(self, chapter: Any, row: int, em: float) -> None:
        theme, least, narrow = chapter.theme, chapter.min_em, is_narrow()
        vector = f"Delta arrow(bold(upright(E)))_{row}"
        total = Ink.plain(typeset.math(f"{vector} = sum_h {vector}^((h))"))
        weighed = "sum_j a_j^((h)) arrow(bold(upright(v)))_j^((h))"
        term = Ink.plain(typeset.math(f"{vector}^((h)) = W_O^((h)) {weighed}"))
        small = max((NARROW_TERM if narrow else TERM) * em, least)
        formulas = [(total, LARGE * em, theme.text), (term, small, theme.quiet)]
        self.wide = max(ink.advance * size for ink, size, _ in formulas)
        most = self.wide if narrow else max(self.wide, WORDS)
        first, *more = broken(asked(chapter, row, "written_into"), most, least)
        lines = [first, " ".join(more)] if more else [first]  # there is no room for three
        words = [chapter.label(line, (0.0, 0.0), least, most=most).ink for line in lines]
        self.wide = max(self.wide, *(ink.width * least for ink in words))
        # Each piece with the gap above it, how far it reaches above its baseline, and below.
        below = (PITCH - TOP) * least
        self._pieces = [(ink, least, theme.quiet, 0.0, TOP * least, below) for ink in words]
        for ink, size, colour in formulas:
            _, low, _, high = ink.box
            self._pieces.append((ink, size, colour, 1.0, high * size, -low * size))

    def at(self, x: float, low: float, high: float) -> list[Label]:
        """Its pieces, from a left edge on, in the middle between two heights."""
        tall, room = sum(above + below for *_, above, below in self._pieces), high - AIR - low
        gaps = sum(gap for *_, gap, _, _ in self._pieces)
        apart = min(APART, max(CLOSE, (room - tall) / gaps))
        y, found = low + (room + tall + apart * gaps) / 2, []
        for ink, size, colour, gap, above, below in self._pieces:
            y -= apart * gap + above
            found.append(Label(ink, (x, y), size, colour))
            y -= below
        return found
