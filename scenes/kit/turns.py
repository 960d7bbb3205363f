"""What RoPE does to one pair of a query's entries: dials at two positions, with their numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from manim import Animation, FadeIn

from attention_core.rounding import format_degrees
from scenes.kit import typeset
from scenes.kit.animate import ENTER, Stagger
from scenes.kit.board import Region
from scenes.kit.caption import broken, wrapped
from scenes.kit.dial import Dial
from scenes.kit.entries import SIGNED, Entries
from scenes.kit.label import Arrow, Label
from scenes.kit.layout import blocks, elide, is_narrow
from scenes.kit.outline import Ink
from scenes.kit.painted import Painted
from scenes.kit.phrase import SPACE, filled, phrase
from scenes.kit.vectors import Segments

if TYPE_CHECKING:
    from scenes.kit.chapter import Chapter

BLOCK = 6.4  # ems of the height of a token, its position, and the pair
RIM = 1.08  # of the longer arrow: the dials' radius
RULE = 0.35  # between the first line and the dashed lines beside it
ARROW = 2.1  # ems of the arrow between the pair before and after


class Turns:
    """Lays the dials out in `region`, side by side or (`stacked`) one above the other."""

    def __init__(self, chapter: Chapter, region: Region, *, stacked: bool) -> None:
        self.chapter = chapter
        arrays = chapter.material.arrays
        self.rows = arrays["turn_rows"].astype(int).tolist()
        # Whose embedding is spoken of: none, where these queries are made in a later layer.
        self.lit: list[int] = [] if chapter.trace.layer else self.rows
        before, after = (np.asarray(arrays[f"turn_{when}"], float) for when in ("before", "after"))
        degrees = arrays["turn_degrees"].tolist()
        x0, y0, x1, y1 = region
        self.em = max(chapter.min_em, 0.21 if is_narrow() else 0.28)
        self.title, top = self._title((x0 + x1) / 2, y1, x1 - x0)
        if not stacked and chapter.trace.layer:
            self.title.append(self._break(x0, x1))
        count = len(self.rows)
        # Both dials have one scale and one rim, which no arrow touches: lengths compare.
        unit = RIM * float(np.hypot(*before.T).max())
        self.dials: list[Dial] = []
        self.words: list[Painted] = []
        self.befores: list[Painted] = []
        self.afters: list[Painted] = []
        boxes = blocks((x0, y0, x1, top), count, stacked)
        for place, (box, row) in enumerate(zip(boxes, self.rows, strict=True)):
            self._block(box, row, before[place], after[place], degrees[place], unit)

    def _title(self, x: float, top: float, most: float) -> tuple[list[Painted], float]:
        """What makes q, how many layers on; which entries turn, and how far for each position.

        Long lines stand on two. The lines, and how far down they reach.
        """
        chapter, arrays, em = self.chapter, self.chapter.material.arrays, self.em
        trace = chapter.trace
        made = chapter.say("made", layer=trace.layer, head=trace.head)
        if trace.layer:  # between the vectors that are shown and these queries
            later = chapter.say("later" if trace.layer > 1 else "later_one", count=trace.layer)
            made = f"{later}{made}"
        pair, half = int(arrays["turn_pair"]), trace.q.shape[1] // 2
        first = chapter.say("turn", first=pair + 1, second=pair + half + 1)
        which = typeset.line(first)
        step = typeset.math(f"{format_degrees(float(arrays['turn_step']), 3)} degree")
        far = filled(chapter.say("turn_by", step="#"), "#", (step, chapter.theme.query))
        pen = which.advance + SPACE
        moved = tuple((outline.moved(pen), colour) for outline, colour in far.parts)
        inks = [Ink(((which, None), *moved), pen + far.advance)]
        if inks[0].advance * em > most:
            inks = [*_plain(wrapped(first, most, chapter.min_em)), far]
        inks = [*_plain(broken(made, most, chapter.min_em)), *inks]
        ems = [max(chapter.min_em, min(em, most / ink.advance)) for ink in inks]
        ys = [top - (0.9 + 1.35 * place) * em for place in range(len(inks))]
        found: list[Painted] = [
            Label(ink, (x, y), size, chapter.theme.text, "centre")
            for ink, y, size in zip(inks, ys, ems, strict=True)
        ]
        return found, ys[-1] - 0.85 * em

    def _break(self, x0: float, x1: float) -> Segments:
        """A dashed line at both sides of the first line: what is below comes from elsewhere."""
        first = self.title[0]
        left, low, right, high = first.box
        y = (low + high) / 2
        ends = np.array([[(x0, y), (left - RULE, y)], [(right + RULE, y), (x1, y)]])
        seen = (ends[:, 1, 0] - ends[:, 0, 0] > RULE).astype(float)
        return Segments(ends, [self.chapter.theme.line] * 2, seen, width=2.0, dash=(6, 6))

    def _block(
        self,
        box: Region,
        row: int,
        before: np.ndarray,
        after: np.ndarray,
        degrees: float,
        unit: float,
    ) -> None:
        """A dial; beside it (or below) the token, its position, and the pair turning."""
        chapter, em, theme = self.chapter, self.em, self.chapter.theme
        x0, y0, x1, y1 = box
        cell = (SIGNED * em + 0.1, 1.3 * em)
        text_wide = 2 * cell[0] + ARROW * em * 1.6
        radius = min((y1 - y0) / 2 - 0.06, (x1 - x0 - text_wide - 0.5) / 2, 1.3)
        left = (x0 + x1) / 2 - (2 * radius + 0.35 + text_wide) / 2
        y = (y0 + y1) / 2
        x, centre = left + 2 * radius + 0.35, (left + radius, y)
        above = min((y1 - y0 - BLOCK * em) / 2 - 0.1, (x1 - x0) / 2 - 0.1, 1.3)
        if is_narrow() and above > radius:  # the dial stands above its numbers
            radius, x = above, (x0 + x1 - text_wide) / 2
            spare = (y1 - y0 - BLOCK * em) / 2 - 0.1 - radius
            centre = ((x0 + x1) / 2, y1 - spare - 0.06 - radius)
            y = centre[1] - radius - 0.12 - 3.4 * em
        self.dials.append(Dial(centre, radius, before, degrees, unit, theme, theme.query))
        word = self._named(chapter.trace.tokens[row].display, (text_wide - 0.1) / em)
        where = phrase([typeset.text(chapter.say("position")), typeset.number(str(row))])
        head = Label(word, (x, y + 2.55 * em), em, theme.text)
        at = Label(where, (x, y + 1.25 * em), em, theme.text)
        self.words += [head, at]
        line = y - 1.0 * em
        for place, pair, parts in ((0, before, self.befores), (1, after, self.afters)):
            middle = x + cell[0] / 2 + place * (text_wide - cell[0])
            spots = np.array([(middle, line + cell[1] / 2), (middle, line - cell[1] / 2)])
            parts.append(
                Entries(
                    pair.tolist(),
                    spots,
                    np.zeros(2, int),
                    cell,
                    [theme.text] * 2,
                    em=em,
                    upright=True,
                    bracket=theme.query,
                )
            )
        angle = Ink.plain(typeset.math(f"{format_degrees(degrees, 1)} degree"))
        middle = x + text_wide / 2
        reach = ARROW * em * 0.68
        size = min(em, 2 * reach / angle.advance * 1.1) if chapter.min_em < em else em
        arrow = Arrow(
            (middle - reach, line - 0.08), (middle + reach, line - 0.08), theme.query, 0.03
        )
        label = Label(angle, (middle, line + 0.12), size, theme.query, "centre")
        self.afters += [arrow, label]

    def _named(self, token: str, most: float) -> Ink:
        """Whose query it is: the token is cut short where that is wider than `most` ems."""
        template, marks = self.chapter.say("query_of", token="#"), typeset.text("“”")
        room = most - filled(template, "#", marks).advance + marks.advance
        return filled(template, "#", elide(f"“{token}”", max(0.8, room)).parts[0][0])

    def show(self) -> list[Animation]:
        """The titles, the dials with the pairs as they were."""
        for dial in self.dials:
            dial.arrays["turned"] = np.array(0.0)
        return [FadeIn(part) for part in (*self.title, *self.dials, *self.words, *self.befores)]

    def join(self) -> list[Animation]:
        """The arrows turn, and the new entries come."""
        moves: list[Animation] = [Stagger(d, run_time=1.6, turned=1.0) for d in self.dials]
        for part in self.afters:
            part.set_opacity(0.0)
            moves.append(Stagger(part, window=ENTER, run_time=1.6, introducer=True, opacity=1.0))
        return moves

    @property
    def parts(self) -> list[Painted]:
        """All of it, for a still."""
        return [*self.title, *self.dials, *self.words, *self.befores, *self.afters]


def _plain(lines: list[str]) -> list[Ink]:
    return [Ink.plain(typeset.line(line)) for line in lines]
