"""What comes next: the last vector, un-embedded, gives every token of the vocabulary a chance."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from manim import FadeIn

from attention_core.rounding import format_temperature
from attention_core.trace import Trace
from scenes.kit import typeset
from scenes.kit.animate import Show, Stagger
from scenes.kit.candidates import Candidates
from scenes.kit.chapter import MARGIN, Chapter
from scenes.kit.credit import model_title
from scenes.kit.label import Frame, Label
from scenes.kit.layout import is_narrow
from scenes.kit.outline import Ink
from scenes.kit.painted import Painted
from scenes.kit.phrase import elide_front, phrase
from scenes.kit.signs import explained, gloss, parts
from scenes.kit.sizes import CREDIT_EM
from scenes.kit.unembed import ABOVE, ARROW, COLUMN, Unembed
from scenes.picture import Picture

MIDDLE_TEMPERATURE = 1  # the model's own, T = 1


class NextToken(Chapter):
    """A vector, the scores it gives to tokens, and softmax at three temperatures."""

    slug = "next-token"

    def _prepare(self) -> None:
        x0, y0, x1, y1 = self.region
        self.sentence = self._sentence(y1)
        self.unembed = made = Unembed(self)
        if is_narrow():
            made.above(x0 + 0.1, x1, y1 - 1.05)
            self.candidates = Candidates(self, (x0 + 0.1, y0 + 0.16, x1 - 0.1, y1 - 1.05 - ABOVE))
            return
        left = x0 + COLUMN + ARROW + 0.1
        self.candidates = table = Candidates(self, (left, y0 + 0.16, x1 - 0.1, y1 - 1.0))
        made.beside(x0, (table.low + table.high) / 2)

    def _sentence(self, top: float) -> list[Painted]:
        """The end of the sentence, and an empty place after it."""
        theme, em = self.theme, max(self.min_em, 0.36)
        room = self.region[2] - self.region[0] - 1.2
        ink = elide_front(self.trace.sentence, room / em, theme.quiet)
        wide, slot = ink.advance * em, 0.75
        x, y = -(wide + 0.25 + slot) / 2, top - 0.5
        box = (x + wide + 0.25, y - 0.17, x + wide + 0.25 + slot, y + 0.37)
        mark = Label(
            Ink.plain(typeset.text("?")), ((box[0] + box[2]) / 2, y), em, theme.focus, "centre"
        )
        return [Label(ink, (x, y), em, theme.text), Frame(box, theme.focus, width=3.0), mark]

    def draw(self, figure: str) -> Picture:
        """The vector, and the shares at all temperatures."""
        self._prepare()
        table = self.candidates
        self.add(*self.sentence, *self.unembed.parts, *table.parts)
        self.add(*self._signs(), *self.credit())
        content = table.places(), table.shares, self._alt()
        found = self.described(figure, "next_shares", *content, counted=table.counted)
        return replace(found, layer=None, head=None)  # the whole model speaks here

    def construct(self) -> None:
        """The sentence; the last vector; the scores; the shares, and warmer and colder ones."""
        self._prepare()
        table, made, first = self.candidates, self.unembed, MIDDLE_TEMPERATURE
        self.play(*[FadeIn(part) for part in (*self.sentence, *self.caption())], run_time=0.6)
        self.linger(0.6)
        order = np.linspace(0.0, 1.0, len(made.vector.values))
        self.play(
            Show(made.vector, order, run_time=1.0),
            *[FadeIn(part, run_time=0.5) for part in made.around],
        )
        self.linger(0.4)
        made.arrow.arrays["grown"] = np.array(0.0)
        arrives = Stagger(made.arrow, introducer=True, run_time=0.7, grown=1.0)
        tokens = Show(table.names, table.order[:-1], run_time=1.0)
        named = [FadeIn(part, run_time=0.5) for part in made.names]
        around = [FadeIn(part, run_time=0.5) for part in (table.rest, *self._signs())]
        self.in_turn([arrives, *named], [tokens, *around])
        self.play(FadeIn(table.softmax, run_time=0.4), *table.grow(first))
        self.linger(1.0, 0.7)
        warmths = [place for place in range(len(table.columns)) if place != first]
        for places in [warmths] if self.brief else [[place] for place in warmths]:
            self.play(*table.come(places, first))
            self.play(*table.change(places))
            self.linger(0.7, 0.4)
        self.show_credit()

    def _signs(self) -> list[Painted]:
        """What signs in the tokens' texts stand for, where any has no name in its box."""
        trace, texts = self.trace, self.material.texts["next_tokens"]
        texts = tuple(text for text in texts if not gloss(self.say, text))
        last = trace.tokens[-1].display  # of the sentence's tokens it alone has a text of its own
        cut = last in parts(trace.tokens, [trace.n - 1])
        return explained(self, texts, [last] if cut else [])

    def credit(self, trace: Trace | None = None) -> list[Painted]:
        """The whole model speaks here, not one head of one layer."""
        if not self.look.credit:
            return []
        m = (trace or self.trace).model
        name = model_title(m, self.say)
        first = typeset.text(f"{name} · {self.say('layers', count=m.layers)} ·")
        symbol, value = typeset.math('d_"model"'), typeset.number(str(m.d_model))
        line = phrase([first, symbol, typeset.number("="), value])
        at = (self.camera.frame_width / 2 - MARGIN, 0.14 - self.camera.frame_height / 2)
        return [Label(line, at, CREDIT_EM, self.theme.quiet, "right")]

    def _alt(self) -> str:
        arrays, texts = self.material.arrays, self.material.texts["next_tokens"]
        own = self.candidates.texts[MIDDLE_TEMPERATURE]
        named = [f"“{text}” {share}" for text, share in zip(texts, own, strict=False)]
        warmths = [format_temperature(float(t)) for t in arrays["next_temperatures"]]
        best = [column[0] for column in self.candidates.texts]
        pairs = zip(warmths, best, strict=True)
        firsts = [self.say("alt_first", temperature=t, share=share) for t, share in pairs]
        return self.say(
            "alt",
            sentence=self.trace.sentence,
            tokens=", ".join(named),
            others=own[-1],
            best=texts[0],
            firsts=", ".join(firsts),
        )
