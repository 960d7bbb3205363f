"""Figure 3-2: every word's vector takes from the words before it, each by its weight."""

from __future__ import annotations

import numpy as np
from manim import FadeIn

from attention_core.rounding import format_weight
from attention_core.sink import takes_attention
from scenes.kit.animate import Show, Stagger
from scenes.kit.bundle import Bundle
from scenes.kit.chapter import Chapter
from scenes.kit.painted import Painted
from scenes.picture import Picture

DIM, GONE = 0.34, 0.25  # what is not in focus; what the start token takes from words not in it
PARKED = 0.5  # what the start token takes, before anything is in focus
LONGEST = 14  # letters of a word in the note


class Context(Chapter):
    """Lines from E to E', as wide as the weights; a pulse runs along those that count."""

    slug = "context"

    def draw(self, figure: str) -> Picture:
        """All lines, with those of one word in focus, and its shares."""
        made = Bundle(self)
        made.threads.set(level=self._level(made), lit=1.0)
        made.words.set(lit=self._lit(made))
        made.below.set(shown=self._below(made))
        self.add(made.words, made.arrows, made.above, made.threads, made.below)
        self.add(made.shares, *made.told, made.focus, *self.credit(), *self.parked())
        return self.described(figure, "weights", made.places(), made.values(), self._alt(made))

    def construct(self) -> None:
        """Words, their vectors, the lines; then one word's own, and what runs along them."""
        made = Bundle(self)
        columns = np.linspace(0, 1, len(made.xs))
        self.play(
            Show(made.words, columns), *[FadeIn(line) for line in self.caption()], run_time=0.9
        )
        made.arrows.set(grown=0.0)
        self.play(
            Stagger(made.arrows, columns, introducer=True, grown=1.0),
            Show(made.above, columns, window=(0.4, 1.0)),
            *map(FadeIn, self.parked()),
            run_time=0.9,
        )
        self.linger(0.4)
        made.threads.set(grown=0.0, level=np.where(made.line_from < made.first, PARKED, 1.0))
        by_word = (made.line_to - made.first) / max(1, len(made.rows) - 1)
        arrive = np.linspace(0, 1, len(made.rows))
        self.play(
            Stagger(made.threads, by_word, spread=0.6, introducer=True, grown=1.0),
            Show(made.below, arrive, spread=0.6, window=(0.7, 1.0)),
            run_time=2.4,
        )
        self.linger(1.0, 0.5)
        self._focus(made)
        self._run(made)
        self.show_credit()

    def _focus(self, made: Bundle) -> None:
        """One word's lines stay; the words that it takes from light up, with their shares."""
        self.play(
            Stagger(made.threads, level=self._level(made), lit=1.0, run_time=0.5),
            Stagger(made.words, lit=self._lit(made), run_time=0.5),
            Stagger(made.below, shown=self._below(made), run_time=0.5),
            FadeIn(made.focus, run_time=0.5),
        )
        order = np.linspace(0, 1, len(made.shares.inks))
        self.play(Show(made.shares, order, run_time=0.7), *[FadeIn(line) for line in made.told])
        self.linger(0.5)

    def _run(self, made: Bundle) -> None:
        """What the words give runs down their lines, twice; once in brief."""
        pulse = made.threads.arrays["pulse"].copy()
        there = np.where(made.strong, 1.0, pulse)
        self.aside(Stagger(made.threads, pulse=there, run_time=1.2))
        made.threads.arrays["pulse"] = pulse
        self.play(Stagger(made.threads, pulse=there, run_time=1.2))
        made.threads.arrays["pulse"] = pulse
        self.linger(0.4)

    def _lit(self, made: Bundle) -> np.ndarray:
        return np.array([float(accent is not None) for accent in made.accents])

    def _level(self, made: Bundle) -> np.ndarray:
        """How strong each line is when one word is in focus."""
        return np.where(made.of_target, 1.0, np.where(made.parked, GONE, DIM))

    def _below(self, made: Bundle) -> np.ndarray:
        return np.where(np.arange(len(made.rows)) == made.word, 1.0, 0.6)

    def parked(self, name: str = "parked", **values: object) -> list[Painted]:
        """The note on the start token, and whose index a word of several tokens has."""
        merged = [word for word in self.trace.words if len(word.pieces) > 1]
        if not merged or self.look.sink != "show" or not takes_attention(self.trace):
            return super().parked(name, **values)
        word = min(merged, key=lambda word: len(word.display))
        text = word.display if len(word.display) <= LONGEST else f"{word.display[:LONGEST]}…"
        index = word.pieces[-1] + (self.trace.start is None)
        return self.footnote(self.say("parked_merged", index=index, word=text))  # no piece is drawn

    def _alt(self, made: Bundle) -> str:
        words = self.trace.words
        best = int(np.argmax(made.weights[made.word, made.first :]))
        return self.say(
            "alt",
            sentence=self.trace.sentence,
            query=words[made.word].display,
            best_key=words[best].display,
            best=format_weight(float(made.rounded[made.word, best + made.first])),
        )
