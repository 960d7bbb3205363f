"""The mask: without it words would read what comes after them; with it none can."""

from __future__ import annotations

import numpy as np
from manim import FadeIn

from attention_core.rounding import format_percent, format_weight
from attention_core.trace import Trace
from scenes.kit import fill, terms, typeset
from scenes.kit.animate import Show, Stagger
from scenes.kit.board import Region
from scenes.kit.chapter import Chapter
from scenes.kit.exchange import exchange
from scenes.kit.grid import Grid
from scenes.kit.header_boxes import Accent
from scenes.kit.label import Label
from scenes.kit.legend import Entry, weight_entry
from scenes.kit.masking import Masking
from scenes.kit.outline import Ink
from scenes.kit.painted import Painted
from scenes.kit.raw import score_room
from scenes.kit.theme import RGB
from scenes.picture import Picture

TITLE_EM = 0.36

Layers = list[Painted]


class Mask(Chapter):
    """Future cells leak, turn red, become minus infinity, and 0.00 after softmax, to the end."""

    slug = "mask"
    opens_with_grid = True

    @property
    def trace(self) -> Trace:
        """The head that would leak most into the future, which the credit line names."""
        return self.material.traces["leak"]

    def accents(self, trace: Trace | None = None, query: int | None = None) -> dict[int, Accent]:
        """No word is special here, unless one is asked for."""
        return super().accents(trace, query) if self.look.query else {}

    def draw(self, figure: str) -> Picture:
        """The leaking pattern above, the masked one below."""
        for masked, region in zip((False, True), self.halves(), strict=True):
            grid = self._grid(region)
            self.add(*[grid.tints, *self._zeros(grid)] * masked)
            self.add(*grid.frame, *self._pattern(grid, masked), *self._around(grid, masked))
        self.add(*self.credit(), *self.parked())
        return self.picture(figure, "weights", grid.board, self.masked_weights, self._told("alt"))

    def construct(self) -> None:
        """Leaking dots; the scores; the mask; softmax; the pattern that no word can cheat."""
        masking = self._prepare()
        grid = masking.grid
        # The credit from the start: it is another head than that of the other chapters.
        quiet = (*self.credit(), *self.parked())
        self.play(*grid.enter(), *[FadeIn(line) for line in quiet])
        leaking = [*self._pattern(grid, False), *self._around(grid, False)]
        self._exchange(grid.order, [], leaking, run_time=1.4)
        self.linger(1.6, 0.8)
        pattern, (title, *legend) = self._pattern(grid, True), self._around(grid, True)
        shares = masking.shares if masking.numbered else [*pattern, *legend]
        after = self._through_scores(masking, leaking, [*shares, *self._zeros(grid)])
        if not masking.numbered:
            self._exchange(grid.order, [after], [title], run_time=0.8)
        elif not self.brief:  # the next chapter ends with dots
            new = [*pattern, *legend, title]
            self._exchange(grid.order, [*masking.shares, after], new, run_time=1.6)
        self.linger(1.8, 0.6)

    def _prepare(self) -> Masking:
        """The scores in their grid: where no number would be read, their legend needs room."""
        x0, y0, x1, y1 = self.region
        for others in ([], [score_room(self, self.trace.before_mask)]):
            grid = self._grid((x0, y0, x1, y1 - 0.55), *others)
            if (masking := Masking(grid, self.trace)).numbered:
                break
        return masking

    def _through_scores(self, masking: Masking, leaking: Layers, shares: Layers) -> Painted:
        """The scores, the mask on them, and their softmax; the title that then stands there."""
        grid = masking.grid
        scaled = self._title(grid, terms.before_mask(self.trace, self.say))
        self._exchange(grid.order, leaking, [*masking.free, scaled])
        self.linger(0.8, 0.4)
        tints = Show(grid.tints, grid.order, run_time=1.6)  # not seen before it is played
        self.bring_to_back(grid.tints)
        masked = self._title(grid, self.say("masked_scores"))
        new = [*masking.infinite, masked, *self.caption()]
        self._exchange(grid.order, [scaled], new, tints, *masking.cut(1.6), run_time=1.6)
        self.linger(0.8, 0.5)
        after = self._title(grid, self.say("softmax"))
        self._exchange(grid.order, [masked], [after], run_time=0.6)
        self._exchange(grid.by_query, masking.layers, shares, run_time=1.4)
        self.linger(1.0, 0.4)
        return after

    def _grid(self, region: Region, *others: list[Entry]) -> Grid:
        """A grid whose corner holds any of its legends, so that its cells stay where they are."""
        legends = [*[self._entries(masked) for masked in (False, True)], *others]
        return Grid(self, region=region, legends=legends)

    def _entries(self, masked: bool) -> list[Entry]:
        """What the marks mean: a ring is a weight of 1, red is what looks ahead."""
        none = f"{self.say('masked')}: {format_weight(0.0)}"
        red = Entry("masked", none) if masked else Entry("leak", self.say("leak"))
        return [weight_entry(self), red]

    def _title(self, grid: Grid, line: str, colour: RGB | None = None) -> Label:
        """What the grid shows now, above it; the lines are ours and may hold a formula."""
        x0, _, x1, top = grid.board.region
        ink = Ink.plain(typeset.line(line))
        em = min(TITLE_EM, (x1 - x0) / ink.advance)
        return Label(ink, (0.0, top + 0.2), em, colour or self.theme.text, "centre")

    def _around(self, grid: Grid, masked: bool) -> list[Painted]:
        """The title ("without the mask: 58% ...") and the legend of a pattern."""
        line = self._told("with_mask" if masked else "without_mask")
        title = self._title(grid, line, None if masked else self.theme.masked)
        return [title, *grid.legend(self._entries(masked), grid.board.dot_radius)]

    def _pattern(self, grid: Grid, masked: bool) -> list[Painted]:
        """Unit rings and dots of the weights; future ones are drawn in the mask's red."""
        board, theme = grid.board, self.theme
        weights = self.trace.weights if masked else self.trace.unmasked_weights
        dots = fill.weight_dots(board, weights, theme)
        dots.warned = grid.hidden
        rings = fill.weight_rings(board, ~grid.hidden | (not masked), theme)
        return [rings, dots, *fill.start_shares(board, weights, theme)]

    def _zeros(self, grid: Grid) -> Layers:
        """What softmax leaves of masked scores."""
        return [*fill.masked_shares(grid.board, self.trace.weights, self.theme, grid.hidden)]

    def _exchange(
        self, order: np.ndarray, old: Layers, new: Layers, *others: Stagger, run_time: float = 1.2
    ) -> None:
        self.play(*others, *exchange(old, new, order, run_time))
        self.remove(*old)

    def _told(self, name: str) -> str:
        """A line that may name the head, the sentence, and the share that goes to later tokens."""
        trace, share = self.trace, format_percent(float(self.material.arrays["leak_share"]))
        where = {"layer": trace.layer, "head": trace.head, "sentence": trace.sentence}
        return self.say(name, share=share, **where)
