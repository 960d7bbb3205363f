"""Self-attention beside cross-attention: a square, and the rectangle of a translation."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from manim import Animation, FadeIn, FadeOut, config

from attention_core.focus import choose_jump, find_word
from attention_core.trace import Trace
from scenes.kit import typeset
from scenes.kit.animate import Stagger
from scenes.kit.board import Board
from scenes.kit.chapter import MARGIN, Chapter
from scenes.kit.exchange import exchange
from scenes.kit.header import Header
from scenes.kit.header_boxes import Accent
from scenes.kit.label import Label
from scenes.kit.outline import Ink
from scenes.kit.painted import Painted
from scenes.kit.pair import Bare, Half, Pair
from scenes.kit.sizes import CREDIT_EM
from scenes.picture import Picture

TOY = "seq2seq"  # the family of the shipped translator, from English to Korean
GENERAL = ("self_from", "cross_from", "toy", "alt")  # texts that say so


class SelfVsCross(Chapter):
    """One sentence looks at itself; then a decoder, writing Korean, looks at it."""

    slug = "self-vs-cross"
    told = False  # that the sentence is its own

    @property
    def trace(self) -> Trace:
        """The encoder's: the sentence that looks at itself."""
        return self.material.traces["encoder"]

    @property
    def cross(self) -> Trace:
        """The decoder's cross-attention."""
        return self.material.traces["cross"]

    @property
    def asked(self) -> str | None:
        """The word that was asked for, if it is of this sentence (a story may show another)."""
        return None if self.material.texts.get("untranslated") else self.look.query

    def headers(self, board: Board, trace: Trace | None = None) -> tuple[Header, Header]:
        """Of the cross-attention: the Korean that comes next, and the English."""
        if trace is not self.cross:
            marks = self.accents(self.trace, self._row()) if self.asked else {}
            both = (marks, marks)
        else:
            query, key = choose_jump(self.cross, self._row())
            ours = {query: Accent(self.theme.query, fill=0.2)}
            both = (ours, {key: Accent(self.theme.source(0.0), fill=0.24)})
        queries = Bare(board, board.queries, self.theme, both[0], 1)
        return queries, Bare(board, board.keys, self.theme, both[1], 1)

    def say(self, name: str, **values: Any) -> str:
        """A text; of a model that is not the toy, one that names neither toys nor languages."""
        toy = self.trace.model.family == TOY
        return super().say(name if toy or name not in GENERAL else f"{name}_any", **values)

    def _row(self) -> int | None:
        return find_word(self.trace, self.asked).pieces[-1] if self.asked else None

    def credit(self, trace: Trace | None = None) -> list[Painted]:
        """One quiet line: the toy, both heads, d_k; and that the sentence is its own, if so."""
        if not self.look.credit:
            return []
        sizes = dict.fromkeys(str(one.model.d_k) for one in (self.trace, self.cross))
        heads = {"layer_self": self.trace.layer, "head_self": self.trace.head}
        heads |= {"layer_cross": self.cross.layer, "head_cross": self.cross.head}
        line = self.say("toy", toy=self.trace.model.name, d_k=r"\, ".join(sizes), **heads)
        outline = typeset.line(line)
        right, y = config.frame_width / 2 - MARGIN, -config.frame_height / 2 + 0.14
        em, at = min(CREDIT_EM, 2 * right / outline.advance), (right, y)
        found = Label(Ink.plain(outline), at, em, self.theme.quiet, "right")
        return [found, *([] if self.told else self._own_sentence(found.box[0] - 0.3))]

    def _own_sentence(self, right: float) -> list[Painted]:
        if not self.material.texts.get("untranslated"):
            return []
        line = self.say("own", toy=self.trace.model.name)
        left, y = -config.frame_width / 2 + MARGIN, -config.frame_height / 2 + 0.14
        em = min(CREDIT_EM, (right - left) / typeset.text(line, "italic").advance)
        return [self.label(line, (left, y), em, self.theme.quiet, style="italic")]

    def draw(self, figure: str) -> Picture:
        """The square and the rectangle."""
        pair = Pair(self, self.trace, self.cross, self._row())
        halves = [*pair.self.parts, *pair.key_lines, *pair.other.parts]
        self.add(*halves, pair.focus, *pair.jump, *self.credit())
        board, weights, cross = pair.other.grid.board, self.cross.weights, self.cross
        sizes = {"n": self.trace.n, "n_q": cross.n, "n_k": cross.n_k}
        texts = {"source": self.trace.sentence, "translation": cross.sentence, **pair.texts}
        alt = self.say("alt", **sizes, **texts)
        found = self.picture(figure, "weights", board, weights, alt, cross)
        return replace(found, trace="cross")

    def construct(self) -> None:
        """The square; its keys go over to the rectangle; the Korean looks at them; one jumps."""
        pair = Pair(self, self.trace, self.cross, self._row())
        own, other = pair.self, pair.other
        first = [*own.titles, own.sentence, *self.caption(), *self.credit()[1:]]
        lines, self.told = [FadeIn(x, run_time=0.5) for x in first], True
        key = [FadeIn(line, run_time=0.5) for line in pair.key_lines]
        self.in_turn([*self._enter(own), *lines], [*self._fill(own), *key])
        self.linger(0.9, 0.3)
        self._carry_keys(pair)
        self.play(*self._enter(other, keys=False), FadeIn(other.sentence, run_time=0.5))
        self.play(*self._fill(other))
        self.linger(0.8)
        self.play(*[FadeIn(part, run_time=0.6) for part in (pair.focus, *pair.jump)])
        self.linger(1.6, 0.8)
        self.show_credit()

    def _enter(self, half: Half, keys: bool = True) -> list[Animation]:
        there = {name: array.copy() for name, array in half.grid.keys.arrays.items()}
        lines, queries, words = half.grid.enter()
        drawn = [(half.grid.queries, queries), *([(half.grid.keys, words)] if keys else [])]
        if not keys:
            half.grid.keys.set(**there)
        rules = FadeIn(half.border) if half.dense else lines
        ways = [FadeIn(line, run_time=0.5) for line in half.ways]
        return [rules, *ways, *[move for header, move in drawn if header in half.headers]]

    def _fill(self, half: Half) -> list[Stagger]:
        return exchange([], half.layers, half.grid.by_query, run_time=self.span(2.0, 1.4))

    def _carry_keys(self, pair: Pair) -> None:
        """K and V are read off the same English: a frame takes its words over."""
        titles = [FadeIn(line, run_time=0.5) for line in pair.other.titles]
        if any(half.grid.keys not in half.headers for half in (pair.self, pair.other)):
            self.play(*titles)
            return
        keys, (frame, name, way) = pair.other.grid.keys, pair.frame_over()
        self.play(FadeIn(frame, run_time=0.4), *titles)
        there: Any = {what: keys.arrays[what].copy() for what in ("shown", "symbol")}
        keys.set(shown=0.0, symbol=0.0)
        self.play(*way)
        # Not earlier, or they would stand beside their frame.
        self.play(Stagger(keys, run_time=0.4, introducer=True, **there))
        self.play(*[FadeOut(part, run_time=0.7) for part in (frame, name)])
