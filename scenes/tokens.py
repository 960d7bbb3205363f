"""What a model reads: pieces of words, their ids, their vectors, and where they stand."""

from __future__ import annotations

import numpy as np
from manim import Animation, FadeIn

from attention_core.rounding import format_degrees
from attention_core.trace import Trace
from scenes.kit.added import Added
from scenes.kit.animate import Show, Stagger
from scenes.kit.chapter import Chapter
from scenes.kit.layout import is_narrow
from scenes.kit.painted import Painted
from scenes.kit.token_table import ROW, TokenTable
from scenes.kit.turns import Turns
from scenes.picture import Picture

BELOW, BESIDE, NARROW_BESIDE = 0.425, 0.34, 0.33  # the share of the frame that position gets
# The height of dials, one below the other; more would only push them away from their tokens.
ENOUGH, TALLEST = 3.2, 7.6
STILL_BACK = 0.85  # the other tokens' vectors in a still, where they must be read


class Tokens(Chapter):
    """Words come apart into tokens; ids; vectors; and position turns q, or is added."""

    slug = "tokens"

    @property
    def joins(self) -> str:
        """How position joins in: "turned" (RoPE), "added", or "plain" where nothing is known."""
        arrays = self.material.arrays
        found = {"turn_rows": "turned", "added_rows": "added"}
        return next((how for name, how in found.items() if name in arrays), "plain")

    def caption_text(self) -> str:
        """The chapter's sentence for the way in which position joins in."""
        return self.say("caption" if self.joins == "turned" else f"caption_{self.joins}")

    def credit(self, trace: Trace | None = None) -> list[Painted]:
        """No shares of attention are shown, so none have been rescaled."""
        return super().credit(trace)[-1:] if self.look.credit else []

    def _prepare(self) -> None:
        x0, y0, x1, y1 = self.region
        columns, kind = self.look.orientation == "columns", self.joins
        vectors = self.material.arrays.get("token_embedding")
        vectors = np.asarray(self.trace.need("embedding") if vectors is None else vectors)
        if kind == "plain":
            self.table = TokenTable(self, vectors, self.region)
            self.position: Turns | Added | None = None
            return
        low = y0 + BELOW * (y1 - y0)
        beside = (NARROW_BESIDE if is_narrow() else BESIDE) * (x1 - x0)
        table_room = (x0, low, x1, y1) if columns else (x0, y0, x1 - beside, y1)
        self.table = table = TokenTable(self, vectors, table_room)
        if columns and (slack := table.low - y0 - ENOUGH - 0.3) > 0:  # a tall still
            # Half of what is left over goes to the entries, the rest around all of it.
            row, slack = ROW + slack / 2 / len(table.picks), slack / 2
            room = (x0, low - slack / 2, x1, y1 - slack / 2)
            self.table = table = TokenTable(self, vectors, room, row)
            y0 = max(y0, table.low - ENOUGH)
        middle, half = (y0 + y1) / 2, min((y1 - y0) / 2, TALLEST / 2)
        room = (table.right + 0.3, middle - half, x1, middle + half)
        if columns:
            room = (x0, y0 + 0.1, x1, table.low - 0.12)
        make = Turns if kind == "turned" else Added
        self.position = make(self, room, stacked=not columns)

    def _marks(self, rows: list[int]) -> np.ndarray:
        """1 for the tokens in these rows: (n,)."""
        return np.isin(np.arange(self.table.n), rows).astype(float)

    def draw(self, figure: str) -> Picture:
        """The tokens with ids and vectors, and what position does."""
        self._prepare()
        table = self.table
        if self.position:
            table.pieces.set(marked=self._marks(self.position.rows))
            lit = self._marks(self.position.lit)
            table.entries.set(shown=table.entries.behind(lit, STILL_BACK))
        self.add(*table.parts, *(self.position.parts if self.position else ()), *self.credit())
        content = table.places(), table.vectors, self._alt()
        return self.described(figure, "embedding", *content, counted=table.counted)

    def construct(self) -> None:
        """The sentence in words; its tokens; their ids; their vectors; position."""
        self._prepare()
        table, pieces = self.table, self.table.pieces
        words = np.ones(table.n)
        words[[] if table.start is None else table.start] = 0.0  # no word of the sentence
        pieces.set(apart=0.0, shown=0.0)
        # The ids come while words still come apart: a bare row of words has little to look at,
        # and a bare column less, so that there they come with the words.
        ids: list[Animation] = [Show(table.ids, table.along, window=(0.4, 1.0), run_time=1.7)]
        ids += [FadeIn(line, run_time=1.2) for line in (*table.id_label, *table.signs)]
        self.play(
            Stagger(pieces, table.by_word, introducer=True, run_time=0.9, shown=words),
            *[FadeIn(line, run_time=0.5) for line in self.caption()],
            *([] if table.across else ids),
        )
        self.linger(0.5 if table.across else 0.2)
        apart = Stagger(pieces, run_time=1.1, apart=1.0, shown=1.0)
        self.play(apart, *(ids if table.across else []))
        self.linger(0.4)
        self._embed()
        self.linger(1.0, 0.5)
        if self.position:
            marks, lit = self._marks(self.position.rows), self._marks(self.position.lit)
            moves = [Stagger(pieces, marked=marks), table.entries.step_back(lit)]
            self.play(*moves, *self.position.show(), run_time=0.5)
            self.linger(0.8, 0.4)
            self.play(*self.position.join())
            self.linger(1.0)
        self.show_credit()

    def _embed(self) -> None:
        """Each id falls into its vector, entry by entry."""
        table, entries = self.table, self.table.entries
        entries.set(shown=0.0, shift=(0.0, 0.3) if table.across else (-0.3, 0.0))
        falls = Stagger(
            entries, table.order, spread=0.86, introducer=True, run_time=2.2, shown=1.0, shift=0.0
        )
        self.play(
            falls,
            *[FadeIn(part, run_time=0.4) for part in (table.indices, table.note)],
        )

    def _alt(self) -> str:
        trace, arrays = self.trace, self.material.arrays
        texts = [f"“{token.display}” ({token.id})" for token in trace.tokens if not token.special]
        alt = self.say(
            "alt",
            sentence=trace.sentence,
            tokens=", ".join(texts),
            count=len(texts),
            d_model=f"{self.table.vectors.shape[1]:,}",
        )
        if self.joins != "turned":
            return alt
        turned = arrays["turn_degrees"].tolist()
        words = [trace.tokens[row].display for row in arrays["turn_rows"].astype(int)]
        turns = [
            self.say("alt_turn", token=word, degrees=format_degrees(angle, 1))
            for word, angle in zip(words, turned, strict=True)
        ]
        return " ".join([alt, *turns])
