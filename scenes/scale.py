"""Dividing by the square root of d_k: what softmax would do without it, and with it."""

from __future__ import annotations

import numpy as np
from manim import FadeIn, FadeOut, LaggedStart

from attention_core.focus import choose_query, find_word
from attention_core.rounding import format_bits, format_weight, shares
from attention_core.trace import Trace
from scenes.kit import typeset
from scenes.kit.animate import ENTER, LEAVE, Show, Stagger
from scenes.kit.cells import Numbers
from scenes.kit.chapter import CREDIT_EM, MARGIN, Chapter
from scenes.kit.contrast import Contrast, Side
from scenes.kit.fill import score_numbers
from scenes.kit.grid import Grid
from scenes.kit.label import Label
from scenes.kit.layout import Board
from scenes.kit.outline import Ink
from scenes.kit.painted import Painted
from scenes.picture import Picture


class Scale(Chapter):
    """All scores are divided; then one query's softmax without and with the division."""

    slug = "scale"

    def query(self, trace: Trace | None = None) -> int:
        """The asked word, or the query that softmax of raw scores would fix on other words."""
        if self.look.query:
            return find_word(self.trace, self.look.query).pieces[-1]
        return choose_query(self.trace, self.material.arrays["unscaled_weights"])

    def _contrast(self) -> Contrast:
        row, arrays = self.query(), self.material.arrays
        entropies = (float(arrays["entropy_unscaled"][row]), float(arrays["entropy_scaled"][row]))
        return Contrast(self, row, arrays["unscaled_weights"][row], entropies)

    def _title(self) -> list[Painted]:
        """Whose scores these are, at the top left, and why just these."""
        x0, _, _, y1 = self.region
        line = f"{self.say('query_of')} “{self.word(self.query())}”"
        return [self.label(line, (x0 + 0.1, y1 - 0.36), 0.34, self.theme.query, most=9.0)]

    def _why(self) -> list[Painted]:
        """What raw scores would do to the other queries: parked on the start token."""
        trace = self.trace
        rows = [row for row in trace.word_rows if row != self.query()]
        if trace.start is None or not rows or self.look.sink != "show":
            return []
        parked = self.material.arrays["unscaled_weights"][rows, trace.start]
        if (low := np.floor(float(parked.min()) * 100) / 100) < 0.9:
            return []
        line = self.say("others", low=format_weight(float(low)))
        at = (-self.camera.frame_width / 2 + MARGIN, -self.camera.frame_height / 2 + 0.14)
        width = typeset.text(line, "italic").advance
        em = min(CREDIT_EM, self.camera.frame_width * 0.5 / width)
        return [self.label(line, at, em, self.theme.quiet, style="italic")]

    def draw(self, figure: str) -> Picture:
        """Both halves beside each other."""
        contrast = self._contrast()
        self.add(*contrast.parts)
        self.add(*self._title(), *self._why(), *self.credit())
        weights, alt = self.trace.weights, self._alt(contrast)
        return self.described(figure, "weights", contrast.places(), weights, alt)

    def construct(self) -> None:
        """Divide all scores; take one query; softmax without and with the division."""
        grid = Grid(self, corner=(2.2, 0.9))
        board, order = grid.board, grid.order
        raw = score_numbers(board, self.trace.scores, self.theme)
        scaled = score_numbers(board, self.trace.scaled, self.theme)
        self.play(*[FadeIn(x) for x in (*grid.frame, raw, *self.caption())], run_time=0.8)
        self.play(FadeIn(divide := self._divide(board.corner)), run_time=1.2)
        self.play(
            Stagger(raw, order, window=LEAVE, shown=0.0),
            Show(scaled, order, window=ENTER),
            run_time=1.6,
        )
        self.wait(0.8)
        contrast = self._contrast()
        self.play(
            *[FadeOut(x, run_time=0.8) for x in (*grid.frame, raw, scaled, divide)],
            self._carry_over(contrast, board, scaled),
            *[FadeIn(x, run_time=1.4) for x in (contrast.words, *contrast.bracket, *self._title())],
        )
        self._play_side(contrast.without)
        self.wait(0.8)
        self._play_side(contrast.divided)
        if note := self._why():
            self.play(FadeIn(note[0]), run_time=0.4)
        self.wait(0.8)
        self.show_credit()

    def _play_side(self, side: Side) -> None:
        target = side.bars.arrays["value"].copy()
        side.bars.arrays["value"] = target * 0
        new = [side.title, side.formula] + ([] if side.scores in self.mobjects else [side.scores])
        self.play(*[FadeIn(part) for part in new], run_time=0.6)
        self.play(
            LaggedStart(
                Stagger(side.bars, introducer=True, value=target),
                FadeIn(side.numbers),
                FadeIn(side.entropy),
                lag_ratio=0.25,
            ),
            run_time=1.2,
        )

    def _carry_over(self, contrast: Contrast, board: Board, scaled: Numbers) -> Stagger:
        """The query's scaled scores leave the grid for their place beside the words."""
        scores = contrast.divided.scores
        spot, em = scores.arrays["spot"].copy(), scores.arrays["em"].copy()
        column = {int(board.key_of[i]): i for i in np.flatnonzero(board.query_of == self.query())}
        cells = [column[key] for key in contrast.keys]
        half = np.array([ink.advance for ink in scores.inks]) * scaled.em / 2
        scores.arrays["spot"] = board.centres[cells] + np.stack([half, half * 0], axis=1)
        scores.arrays["em"] = np.full(len(cells), scaled.em)
        scaled.arrays["shown"][cells] = 0.0
        return Stagger(scores, introducer=True, spot=spot, em=em, run_time=1.4)

    def _divide(self, corner: tuple[float, float, float, float]) -> Label:
        """The division, in the grid's empty corner: by sqrt(d_k) = sqrt(64) = 8."""
        x0, y0, x1, y1 = corner
        d_k = self.trace.k.shape[1]
        root = f"{np.sqrt(d_k):.4g}"
        ink = Ink.plain(typeset.math(f"div sqrt(d_k) = {root}"))
        em = min(0.36, (x1 - x0 - 0.5) / ink.width, (y1 - y0 - 0.2) / ink.height)
        return Label(ink, ((x0 + x1) / 2 - 0.1, (y0 + y1) / 2), em, self.theme.query, "centre")

    def _alt(self, contrast: Contrast) -> str:
        row, arrays = self.query(), self.material.arrays
        unscaled = arrays["unscaled_weights"][row]
        winner = int(np.argmax(unscaled))
        return self.say(
            "alt",
            sentence=self.trace.sentence,
            query=self.word(row),
            d_k=self.trace.k.shape[1],
            winner=self.trace.tokens[winner].display,
            before=format_weight(float(shares(unscaled)[winner])),
            after=format_weight(float(shares(self.trace.weights[row])[winner])),
            entropy_before=format_bits(float(arrays["entropy_unscaled"][row])),
            entropy_after=format_bits(float(arrays["entropy_scaled"][row])),
        )
