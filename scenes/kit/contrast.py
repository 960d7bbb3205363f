"""One query's scores beside their softmax, twice: as they are, and divided by sqrt(d_k)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from attention_core.rounding import format_bits, format_score, format_weight, shares
from scenes.kit import typeset
from scenes.kit.bars import Bars
from scenes.kit.fill import STRONG
from scenes.kit.label import Label
from scenes.kit.layout import elide
from scenes.kit.outline import Ink
from scenes.kit.painted import Painted
from scenes.kit.strip import Strip


@dataclass
class Side:
    """One half: a title, the scores, bars and numbers of the shares, and their entropy."""

    title: Painted
    formula: Painted
    scores: Strip
    bars: Bars
    numbers: Strip
    entropy: Painted

    @property
    def parts(self) -> list[Painted]:
        """All of it, for a still."""
        return [self.title, self.formula, self.scores, self.bars, self.numbers, self.entropy]


class Contrast:
    """Lays out words at the left and two sides; `chapter` gives trace, theme, words and region."""

    def __init__(
        self, chapter: Any, query: int, unscaled: np.ndarray, entropies: tuple[float, float]
    ) -> None:
        self.chapter, self.query = chapter, query
        trace = chapter.trace
        visible = ~np.isneginf(trace.masked[query])
        with_start = chapter.look.sink == "show"
        self.keys = [i for i in range(trace.n) if visible[i] and (with_start or i != trace.start)]
        x0, y0, x1, y1 = chapter.region
        top, bottom = y1 - 1.95, y0 + 0.9
        gap = 0.16 if self.keys[0] == trace.start else 0.0
        pitch = min(0.66, (top - bottom - gap) / len(self.keys))
        steps = np.arange(len(self.keys)) * pitch + np.where(np.arange(len(self.keys)) > 0, gap, 0)
        slack = (top - bottom) - (steps[-1] + pitch)
        self.ys = top - slack / 2 - pitch / 2 - steps
        self.em = min(0.34, pitch * 0.74)
        self.head_y, self.foot_y = self.ys[0] + pitch / 2 + 0.36, self.ys[-1] - pitch / 2 - 0.42
        self.words = self._words(x0, x1)
        left = x0 + self.word_room + 0.1
        width = (x1 - left) / 2
        self.without = self._side(
            left, width - 0.75, "without", "q dot k", trace.scores[query], unscaled, entropies[0]
        )
        self.divided = self._side(
            left + width,
            width - 0.1,
            "with",
            "(q dot k) / sqrt(d_k)",
            trace.scaled[query],
            trace.weights[query],
            entropies[1],
        )

    def _words(self, x0: float, x1: float) -> Strip:
        chapter, trace = self.chapter, self.chapter.trace
        inks = []
        for key in self.keys:
            start = key == trace.start
            text = chapter.say("start") if start else trace.tokens[key].display
            inks.append(elide(text, 0.2 * (x1 - x0) / self.em, "italic" if start else "regular"))
        self.word_room = max(ink.advance for ink in inks) * self.em + 0.1
        spots = np.stack([np.full(len(inks), x0 + self.word_room), self.ys], axis=1)
        colours = [
            chapter.theme.start if key == trace.start else chapter.theme.text for key in self.keys
        ]
        return Strip(inks, spots, self.em, colours, anchor="right")

    def _side(
        self,
        left: float,
        width: float,
        name: str,
        formula: str,
        scores: np.ndarray,
        weights: np.ndarray,
        entropy: float,
    ) -> Side:
        chapter, trace, theme = self.chapter, self.chapter.trace, self.chapter.theme
        rounded = shares(weights)[self.keys]
        starts = [key == trace.start for key in self.keys]
        score_inks = [
            Ink.plain(
                typeset.number(format_score(float(scores[key])), bool(scores[key] > 0) and not s)
            )
            for key, s in zip(self.keys, starts, strict=True)
        ]
        strong = [value >= STRONG and not s for value, s in zip(rounded, starts, strict=True)]
        share_inks = [
            Ink.plain(typeset.number(format_weight(float(value)), bool(bold)))
            for value, bold in zip(rounded, strong, strict=True)
        ]
        score_w = max(ink.advance for ink in score_inks) * self.em
        share_w = max(ink.advance for ink in share_inks) * self.em
        m = len(self.keys)
        score_x = left + 0.25 + score_w
        bar_x = score_x + 0.3
        bar_w = left + width - share_w - 0.15 - bar_x
        text_colours = [theme.start if s else theme.text for s in starts]
        bar_colours = [theme.line if s else theme.dot(0.6) for s in starts]
        middle = (bar_x + left + width) / 2
        ems = 0.30
        title = chapter.label(
            chapter.say(name), (left + width / 2, self.head_y + 0.74), 0.32, anchor="centre"
        )
        formula_ink = Ink.plain(typeset.math(formula))
        formula_em = min(0.30, 0.56 / max(formula_ink.height, 1e-6))
        softmax_ink = Ink.plain(
            typeset.math(f'op("softmax")({formula.replace(") / ", ") slash ")})')
        )
        head = Strip(
            [formula_ink, softmax_ink],
            np.array([(score_x - score_w / 2, self.head_y + 0.06), (middle, self.head_y + 0.06)]),
            np.array([formula_em, min(0.30, (left + width - bar_x) / softmax_ink.advance)]),
            [theme.quiet, theme.quiet],
            middle=0.25,
        )
        line = f"{chapter.say('entropy')} "
        foot = self._entropy_label(line, entropy, (middle, self.foot_y), ems)
        return Side(
            title,
            head,
            Strip(
                score_inks,
                np.stack([np.full(m, score_x), self.ys], 1),
                self.em,
                text_colours,
                np.where(np.asarray(scores)[self.keys] > 0, 1.0, 0.7),
                anchor="right",
            ),
            Bars(
                bar_x,
                self.ys,
                bar_w,
                self.em * 0.62,
                rounded * 0 + weights[self.keys],
                bar_colours,
                theme.text,
            ),
            Strip(
                share_inks,
                np.stack([np.full(m, left + width), self.ys], 1),
                self.em,
                text_colours,
                np.where(
                    np.asarray(strong) | np.asarray(starts), 1.0, np.where(rounded == 0, 0.4, 0.75)
                ),
                anchor="right",
            ),
            foot,
        )

    def _entropy_label(self, line: str, bits: float, at: tuple[float, float], em: float) -> Label:
        chapter = self.chapter
        before = typeset.text(line.strip())
        number = typeset.number(format_bits(bits), True)
        unit = typeset.text(chapter.say("bits"))
        pen = before.advance + 0.35
        parts = [(before, None), (number.moved(pen), chapter.theme.query)]
        pen += number.advance + 0.3
        parts.append((unit.moved(pen), None))
        return Label(Ink(tuple(parts), pen + unit.advance), at, em, chapter.theme.text, "centre")
