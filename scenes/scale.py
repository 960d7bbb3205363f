"""Dividing by the square root of d_k: what softmax would do without it, and with it."""

from __future__ import annotations

import numpy as np
from manim import FadeIn, FadeOut

from attention_core.focus import choose_query, find_word
from attention_core.rounding import format_bits, format_divisor, format_weight, shares
from attention_core.trace import Trace
from scenes.kit import terms, typeset
from scenes.kit.animate import ENTER, Show, Stagger
from scenes.kit.asked import asked
from scenes.kit.cells import Cells
from scenes.kit.chapter import Chapter
from scenes.kit.contrast import Contrast
from scenes.kit.exchange import exchange
from scenes.kit.grid import Grid
from scenes.kit.label import Frame, Label
from scenes.kit.outline import Ink
from scenes.kit.painted import Painted
from scenes.kit.raw import RawScores
from scenes.picture import Picture

TITLE_EM, DIM = 0.36, 0.35


class Scale(Chapter):
    """One query's softmax without the division of its scores, and with it."""

    slug = "scale"
    opens_with_grid = True

    def query(self, trace: Trace | None = None) -> int:
        """The asked word, or the query that softmax of raw scores would fix on other words."""
        if self.look.query:
            return find_word(self.trace, self.look.query).pieces[-1]
        return choose_query(self.trace, self.material.arrays["unscaled_weights"])

    def _contrast(self) -> Contrast:
        row, arrays = self.query(), self.material.arrays
        entropies = (float(arrays["entropy_unscaled"][row]), float(arrays["entropy_scaled"][row]))
        return Contrast(self, row, arrays["unscaled_weights"][row], entropies)

    def _heading(self, contrast: Contrast) -> Painted:
        """Whose scores these are, above both halves."""
        line = asked(self, self.query())
        return self.label(line, contrast.heading, TITLE_EM, self.theme.query, "centre", most=9.0)

    def _why(self) -> list[Painted]:
        """What cap and b are, or what raw scores do to all queries but this: parked on start."""
        if named := terms.notes(trace := self.trace, self.say):
            return self.remark(Ink.plain(typeset.line(named)))
        rows = [row for row in trace.word_rows if row != self.query()]
        if trace.start is not None and rows and self.look.sink == "show":
            parked = self.material.arrays["unscaled_weights"][rows, trace.start]
            own = self.material.arrays["unscaled_weights"][self.query(), trace.start]
            if (low := np.floor(float(parked.min()) * 100) / 100) >= 0.9 and own < low:
                line = self.say("others", low=format_weight(float(low)))
                return self.remark(Ink.plain(typeset.text(line, "italic")))
        return []

    def draw(self, figure: str) -> Picture:
        """Both halves beside each other."""
        contrast = self._contrast()
        self.add(*contrast.parts)
        self.add(self._heading(contrast), *(self._why() or self.parked()), *self.credit())
        weights, alt = self.trace.weights, self._alt()
        return self.described(figure, "weights", contrast.places(), weights, alt)

    def construct(self) -> None:
        """All raw scores; one query's, and their softmax; the same scores divided, and theirs."""
        x0, y0, x1, y1 = self.region
        raw = RawScores(self, (x0, y0, x1, y1 - 0.55))
        grid, shown = raw.grid, raw.shown
        ink = Ink.plain(typeset.line(self.say("raw")))
        title = Label(ink, (0.0, y1 - 0.35), TITLE_EM, self.theme.text, "centre")
        signs = self.parked()  # until the last note, which may be another
        opening = [*grid.enter(), *[FadeIn(x, run_time=0.5) for x in (title, *signs)]]
        # In brief they come at once, but not before the words have flown past.
        late = {"window": ENTER, "run_time": 1.4} if self.brief else {"run_time": 1.0}
        scores = [Show(layer, grid.order, **late) for layer in shown]
        self.in_turn(opening, [*scores, *[FadeIn(part, run_time=0.6) for part in raw.legend]])
        self.linger(0.6, 0.4)
        focus = self._focus(grid, shown)
        self.linger(0.4)
        contrast = self._contrast()
        old = (*grid.frame, *shown, *raw.legend, title, focus)
        new = (*contrast.word_boxes, contrast.words, self._heading(contrast))
        moves = exchange(old, new, grid.order, run_time=1.1)
        self.play(contrast.carry_over(raw.numbers, shown), *moves)
        self.remove(*old)
        self.play(contrast.without.reveal())
        self.linger(1.0, 0.7)
        self._divide(contrast)
        self.play(contrast.divided.reveal())
        self.linger(0.8)
        why = [] if self.brief else self._why()
        self.show_credit(*[FadeOut(part) for part in signs if why], *map(FadeIn, why))

    def _focus(self, grid: Grid, shown: list[Cells]) -> Painted:
        """One query's scores stand out from the others."""
        chosen = grid.of_query(self.query()) & ~grid.hidden  # what softmax will see
        tokens = np.array([label.token for label in grid.queries.axis.labels])
        along = np.linspace(0, 1, len(tokens))
        focus = Frame(grid.around(chosen), self.theme.focus, width=3.4)
        self.play(
            FadeIn(focus, run_time=0.5),
            *[Stagger(x, grid.order, level=np.where(chosen, 1.0, DIM)) for x in shown],
            Stagger(grid.queries, along, level=np.where(tokens == self.query(), 1.0, DIM)),
        )
        return focus

    def _divide(self, contrast: Contrast) -> None:
        """The raw scores go over to the right, and are divided there."""
        copy, fly = contrast.copy_raw()
        division = contrast.division()
        self.play(fly, *[FadeIn(part, run_time=0.5) for part in (*division, *self.caption())])
        self.linger(0.4)
        self.play(*contrast.divide(copy, division))
        self.remove(copy, *division)
        self.linger(0.3)

    def caption_text(self) -> str:
        """The chapter's one sentence names what this family divides by."""
        return self.say("caption", divisor=terms.divisor(self.trace))

    def _by(self) -> str:
        """What the scores are divided by, in words."""
        trace = self.trace
        if trace.divides_by_root:
            return self.say("root", d_k=trace.q.shape[1])
        return self.say("number", by=format_divisor(trace.divides_by))

    def _alt(self) -> str:
        row, arrays = self.query(), self.material.arrays
        unscaled = arrays["unscaled_weights"][row]
        winner = int(np.argmax(unscaled))
        return self.say(
            "alt",
            sentence=self.trace.sentence,
            query=self.word(row),
            by=self._by(),
            winner=self.trace.tokens[winner].display,
            before=format_weight(float(shares(unscaled)[winner])),
            after=format_weight(float(shares(self.trace.weights[row])[winner])),
            entropy_before=format_bits(float(arrays["entropy_unscaled"][row])),
            entropy_after=format_bits(float(arrays["entropy_scaled"][row])),
        )
