"""Figure 3-3: W_Q and W_K carry words over into the small space where queries meet keys."""

from __future__ import annotations

from typing import Any

import numpy as np
from manim import FadeIn, FadeOut

from attention_core.rounding import format_percent, format_score
from scenes.kit.animate import Show, Stagger
from scenes.kit.chapter import Chapter
from scenes.kit.landing import landing_names, query_name
from scenes.kit.mapping import Carry
from scenes.kit.maps import middle
from scenes.kit.painted import Painted
from scenes.kit.planes import displayed
from scenes.kit.swing import Follow, Swing, Through, grow
from scenes.picture import Picture

LANDED = (0.75, 1.0)  # of a key's own way: when its name comes


class QueryKey(Chapter):
    """One word's query, the keys that it may look at, and which of them point along it."""

    slug = "query-key"

    def draw(self, figure: str) -> Picture:
        """Both spaces, and all that was carried over."""
        carry = Carry(self, self.query())
        self.add(*carry.parts, *self.credit(), *self.parked())
        spots = carry.right.place(carry.view.keys)
        places = [
            (carry.query, key, (x - 0.1, y - 0.1, x + 0.1, y + 0.1))
            for key, (x, y) in zip(carry.keys, spots.tolist(), strict=True)
        ]
        return self.described(figure, "scores", places, self.trace.scores, self._alt(carry))

    def construct(self) -> None:
        """The words; the query is carried over and turned; then the keys; who points its way."""
        carry = Carry(self, self.query())
        to_query, to_key = (
            [FadeIn(part, run_time=run_time) for part in parts]
            for parts, run_time in zip(carry.maps, (0.5, 0.4), strict=True)
        )
        self._enter(carry)
        title = [FadeIn(part, run_time=0.5) for part in carry.right_title]
        self.in_turn([FadeIn(carry.ring, run_time=0.4)], 0.6, [*to_query, *title])
        self._carry_query(carry)
        carry.line.set(ends=carry.turning.line)
        self.in_turn([grow(carry.line, carry.turning.zero, run_time=0.5)], 0.5, to_key)
        self._carry_keys(carry)
        self._compare(carry)
        self.linger(1.0, 0.2)
        self.show_credit()

    def _enter(self, carry: Carry) -> None:
        """The embedding space, word by word."""
        order = np.linspace(0, 1, len(carry.rows))
        self.play(
            grow(carry.axes, carry.left.zero, run_time=0.8),
            *[FadeIn(line, run_time=0.5) for line in (*carry.left_title, *carry.axis_names)],
            *[FadeIn(line, run_time=1.2) for line in carry.word_note],
            *[FadeIn(line, run_time=0.5) for line in self.caption()],
            *[Show(layer, order, run_time=1.2) for layer in carry.named],
        )

    def _carry_query(self, carry: Carry) -> None:
        """W_Q takes the word's vector to the other space; then its position turns it."""
        arrow, turning = carry.query_arrow, carry.turning
        arrow.set(ends=carry.ring.arrays["spot"][:, None])  # it grows out of the word's point
        carry.zero.set(spot=turning.zero)
        self.add(carry.zero)
        self.play(Stagger(arrow, introducer=True, run_time=1.3, ends=turning.query_landed))
        self.symbol = query_name(carry)
        come = [Show(self.symbol, window=LANDED, run_time=1.0)]
        if carry.turned:
            come += [FadeIn(line, run_time=0.5) for line in turning.note]
            come.append(Swing(arrow, turning.zero, ends=turning.query_turned, run_time=1.0))
            come += turning.query_turn.show(1.0)
        self.play(*come)

    def _carry_keys(self, carry: Carry) -> None:
        """W_K takes the other words over; their positions fan them out."""
        dots, order, turning = carry.key_dots, np.linspace(0, 1, len(carry.keys)), carry.turning
        names, turned_names = landing_names(carry)
        dots.set(spot=carry.dots.arrays["spot"][[carry.rows.index(key) for key in carry.keys]])
        way: dict[str, Any] = {"spread": 0.4, "run_time": 1.6, "introducer": True}
        self.play(
            Through(dots, middle(carry.maps[1]), order, **way, spot=turning.keys_landed),
            Show(names, order, spread=0.4, window=LANDED, run_time=1.6),
        )
        if carry.turned:
            along: dict[str, Any] = {"spread": 0.4, "run_time": 1.2}
            zero, points = turning.zero, np.stack([turning.keys_landed, turning.keys_turned])
            swing = [
                Swing(dots, zero, order, **along, spot=turning.keys_turned),
                Follow(names, zero, points, order, **along, spot=turned_names),
            ]
            followed = order[[carry.keys.index(key) for key in carry.strong]]
            # The query's hollow dot is there until the keys' are: the note speaks of them.
            shown = turning.key_turns.show(1.2, followed, 0.4)
            self.play(*swing, *shown, *turning.query_turn.leave(0.4))
            self.remove(*turning.query_turn.seen)
        self.landing = names

    def _compare(self, carry: Carry) -> None:
        """Arrows to the keys; how far each reaches along the query is its score.

        The turns have been seen: what they drew leaves, and the query and its keys get its room.
        """
        turning, dots, arrows = carry.turning, carry.key_dots, carry.key_arrows
        ways = turning.key_turns.seen if carry.turned else []
        leave = [Stagger(part, run_time=0.8, shown=0.0) for part in ways]
        leave.append(Stagger(dots, run_time=0.8, shown=0.0, spot=arrows.arrays["ends"][:, 1]))
        leave += [Stagger(part, run_time=0.4, shown=0.0) for part in (self.landing, self.symbol)]
        leave += [FadeOut(line, run_time=0.5) for line in turning.note if carry.turned]
        self.play(grow(arrows, turning.zero, run_time=0.8), *carry.settle(0.8), *leave)
        self.remove(dots, self.landing, self.symbol, *ways)
        order, feet = np.linspace(0, 1, len(carry.keys) + 1), carry.feet.arrays["ends"].copy()
        carry.feet.set(ends=feet[:, :1])
        self.play(
            Stagger(carry.feet, introducer=True, run_time=0.8, ends=feet),
            *[Show(part, order, run_time=1.0) for part in (carry.key_leaders, carry.key_names)],
            *[FadeIn(line, run_time=0.5) for line in (*carry.key_note, *self.parked())],
        )

    def parked(self, name: str = "parked", **values: object) -> list[Painted]:
        """The note on the start token, and on which words' keys there are."""
        return super().parked("parked_so_far" if self.trace.causal else name)

    def _alt(self, carry: Carry) -> str:
        trace, arrays, row = self.trace, self.material.arrays, carry.query
        scores = {key: float(trace.scores[row, key]) for key in carry.keys}
        start = scores.pop(trace.start, -np.inf) if trace.start is not None else -np.inf
        best = max(scores, key=scores.__getitem__)
        farthest = {"best_key": trace.tokens[best].display, "best": format_score(scores[best])}
        if start > scores[best]:
            first = self.say("farthest_after_start", start=format_score(start), **farthest)
        else:
            first = self.say("farthest", **farthest)
        alt = self.say(
            "alt",
            sentence=trace.sentence,
            kept=format_percent(float(displayed(arrays["plane_x_shares"]).sum())),
            query=self.word(row),
        )
        return f"{alt} {first}"
