"""Figure 3-1: the vector of one word moves as other words stand in front of it."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np
from manim import FadeIn, FadeOut, config

from attention_core.trace import Trace
from scenes.kit import typeset
from scenes.kit.animate import Stagger
from scenes.kit.board import Region
from scenes.kit.caption import broken
from scenes.kit.chapter import MARGIN, Chapter
from scenes.kit.credit import model_title
from scenes.kit.drift import Drift
from scenes.kit.journey import AZIMUTH, GAUGE, Journey
from scenes.kit.label import Label
from scenes.kit.outline import Ink
from scenes.kit.painted import Painted
from scenes.kit.quiet_lines import PITCH, kept, middle_line, stacked
from scenes.kit.sizes import CREDIT_EM
from scenes.picture import Picture

# Degrees a second, and how far it has gone when names are read, in full and in brief.
SPEED, READ = 1.0, (10.5, 8.5)
TITLE_EM = 0.34
REST = (0.7, 1.0)  # the end of the arrows' way, where their names come


class EmbeddingSpace(Chapter):
    """One arrow at first; layer by layer the phrases pull it apart; named directions measure it."""

    slug = "embedding-space"

    @cached_property
    def journey(self) -> Journey:
        """The phrases, their vectors, and what is said of their moves."""
        return Journey(self)

    def draw(self, figure: str) -> Picture:
        """A panel for each phrase: its arrow, the old ones faint, and the move between them."""
        journey, count = self.journey, len(self.journey.phrases)
        x0, y0, x1, y1 = self.region
        y0 += 0.4 if journey.narrow and journey.controls else 0.0  # above what the circles are
        width = (x1 - x0) / count
        told = [broken(journey.aside(i), width - 0.2, self.min_em) for i in range(count - 1)]
        foot = y0 + 1.0 + (max(map(len, told)) - 1) * PITCH * self.min_em
        places: list[tuple[int, int, Region]] = []
        for i, phrase in enumerate(journey.phrases):
            left = x0 + i * width
            panel = (left + 0.06, foot, left + width - 0.06, y1 - 0.65)
            space = journey.panel(i, panel)
            at = ((panel[0] + panel[2]) / 2, y1 - 0.42)
            title = self.label(phrase, at, TITLE_EM, journey.colours[i], "centre", most=width - 0.3)
            self.add(space, title, *([] if i else kept(self, panel, space)))
            if i:
                below = told[i - 1], (at[0], y0 + 0.66), width, self.theme.focus
                gauge = journey.gauge(i - 1, (at[0] - GAUGE / 2, y0 + 0.66), GAUGE)
                self.add(*stacked(self, *below), *gauge)
                where = ((at[0], y0 + 0.2), self.min_em, width - 0.3)
                self.add(*journey.control(i - 1, *where, "centre"))
            x, y = space.flat(space.tips[i]).tolist()
            places += [(i, j, (x - 0.1, y - 0.1, x + 0.1, y + 0.1)) for j in range(journey.axes)]
        self.add(*self.credit(), *self._controls())
        values = self.material.arrays["phrase_values"]
        content = places, values, self._alt()
        found = self.described(figure, "directions", *content, counted=journey.counted)
        return replace(found, layer=journey.last, head=None)

    def construct(self) -> None:
        """All vectors in one; through the layers; the moves and what they capture; controls."""
        journey = self.journey
        self.space = space = journey.space(journey.room(), max(self.min_em, 0.27))
        space.set(azimuth=AZIMUTH + self.span(*READ))
        journey.name(space)
        space.set(azimuth=AZIMUTH)
        nothing = ("layer", "arrows", "floor", "tips", "moves", "move_names", "marks")
        space.set(**dict.fromkeys(nothing, 0.0))
        counter = journey.counter()
        word, count, far = journey.word, len(journey.phrases), self.span(4.5, 3.2)
        there = space.flat(np.concatenate([space.floor_lines.reshape(-1, 3), space.tips]))
        at = (float(there[:, 0].mean()), float(there[:, 1].max()) + 0.3)
        line = self.say("together", word=word, count=count)
        together = self.label(line, at, 0.3, anchor="centre")
        self.add(space)
        begin = Stagger(space, run_time=1.0, floor=1.0, arrows=1.0)
        lines = (counter, journey.listed(), *self.caption())
        said = [FadeIn(line, run_time=0.6) for line in lines]
        self._play(1.0, begin, *said)
        self._play(0.5, FadeIn(together, run_time=0.5))
        self._play(self.span(0.8, 0.6))
        self._play(0.4, FadeOut(together, run_time=0.4))
        counting = Stagger(counter, value=float(journey.last), run_time=far)
        move = Stagger(space, layer=float(journey.last), run_time=far)
        self._play(far, move, Stagger(space, tips=1.0, window=REST, run_time=far), counting)
        exact = middle_line(self, self.say("exact"), journey.above, journey.note_em)
        self._play(0.6, *[FadeIn(line, run_time=0.6) for line in exact])
        self._play(self.span(0.5, 0.0))
        for step in range(count - 1):
            far = self.span(1.1, 0.7)
            self._play(far, *journey.tell(step, space, far))
            self._play(self.span(0.7, 0.4))
        compared = [part for move in range(count - 1) for part in journey.compared(move)]
        last = [FadeIn(line, run_time=0.5) for line in (*self._controls(), *compared)]
        self._play(self.span(0.6, 0.0), Stagger(space, run_time=0.6, marks=1.0), *last)
        self._play(0.6, *[FadeIn(line, run_time=0.5) for line in self.credit()])
        self.wait(1.0)

    def _play(self, seconds: float, *moves: Any) -> None:
        """Play, while the space goes on turning."""
        if seconds > 0:
            self.play(*moves, Drift(self.space, run_time=seconds, azimuth=SPEED))

    # -- type --------------------------------------------------------------------------------

    def caption_text(self) -> str:
        """The chapter's sentence, about these phrases where they are short enough."""
        word = self.journey.word
        return self.say("caption" if len(word) <= 24 else "caption_plain", word=word)

    def _controls(self) -> list[Painted]:
        """What the grey circles are: beside the credit, or above it where that takes the width."""
        journey = self.journey
        if not journey.controls:
            return []
        if not journey.narrow:
            return [self._note(journey.controls_told())]
        return middle_line(self, journey.controls_told(), self.region[1] + 0.14, journey.note_em)

    def credit(self, trace: Trace | None = None) -> list[Painted]:
        """One quiet line: the model, and the layer whose residual stream is drawn."""
        if not self.look.credit:
            return []
        where = self.say("where", layer=self.journey.last, d=self.trace.model.d_model)
        line = typeset.text(f"{model_title(self.trace.model, self.say)} · {where}")
        at = (config.frame_width / 2 - MARGIN, -config.frame_height / 2 + 0.14)
        share = 0.96 if self.journey.narrow else 0.44
        em = min(CREDIT_EM, share * config.frame_width / line.advance)
        return [Label(Ink.plain(line), at, em, self.theme.quiet, "right")]

    def _alt(self) -> str:
        journey = self.journey
        listed = ", ".join(f"“{phrase}”" for phrase in journey.phrases)
        words = {"word": journey.word, "phrases": listed, "layer": journey.last}
        return self.say("alt", moves=" ".join(journey.told()), **words)
