"""Figures 3-5 and 3-6: one query's scores pass through softmax, then the whole grid does."""

from __future__ import annotations

from manim import FadeIn, FadeOut

from attention_core.rounding import format_weight, shares
from scenes.kit import fill, terms
from scenes.kit.animate import Stagger
from scenes.kit.before_after import BeforeAfter
from scenes.kit.cells import Numbers
from scenes.kit.chapter import Chapter
from scenes.kit.exchange import exchange
from scenes.kit.grid import Grid
from scenes.kit.label import Frame
from scenes.kit.legend import Entry, weight_entry
from scenes.kit.lift import Lift
from scenes.kit.raw import marks_legend, score_room
from scenes.kit.tilted import stepping_back, tilted_legend
from scenes.picture import Picture

# How much higher than the frame a board is that is then seen from the side, and its largest words.
TALLER = {"columns": (0.12, 0.37), "rows": (0.2, 0.38)}


class Softmax(Chapter):
    """One column of scores lifts out, becomes shares that sum to 1; then every column does."""

    slug = "softmax"
    opens_with_grid = True

    def draw(self, figure: str) -> Picture:
        """3-5: a column beside the tilted grid. 3-6: scores above shares. pattern: the dots."""
        draw = {"3-6": self._draw_stacked, "pattern": self._draw_pattern}
        return draw.get(figure, self._draw_lifted)(figure)

    def _prepare(self, tall: bool = False) -> None:
        """`tall`: the grid will be seen smaller and from the side, so its cells are larger."""
        entries, masked = self._entries()[int(tall) :], self._entries()[1:]
        x0, y0, x1, y1 = self.region
        more, words = TALLER[self.look.orientation] if tall else (0.0, 0.30)
        region = (x0, y0 - more * (y1 - y0), x1, y1)
        marked = [entries, [*score_room(self, self.trace.before_mask), *masked]]
        for legends in [[]] if tall else [[entries], marked]:
            self.grid = grid = Grid(self, region=region, legends=legends, em=words, turned=tall)
            self.lift = Lift(self, grid, self.query(), entries)
            if isinstance(self.lift.layers[0], Numbers):  # they need no legend of their own
                break
        board, theme, weights = grid.board, self.theme, self.trace.weights
        self.chosen, self.scores = self.lift.chosen, self.lift.layers
        self.dots = fill.weight_dots(board, weights, theme)
        self.rings = fill.weight_rings(board, ~grid.hidden, theme)
        self.starts = fill.start_shares(board, weights, theme)
        tilted = tall and tilted_legend(self.lift, entries, self.dots.radius)
        self.legend = tilted or grid.legend(entries, self.dots.radius)
        found = marks_legend(grid, self.scores, self.trace.before_mask, masked)
        self.marks = [mark.face_us() for mark in found]  # read while the grid is tilted
        above = grid.queries if grid.queries.across else grid.keys
        self.dimming, self.dim = stepping_back(self.lift, above, self.marks, 2 * len(masked))

    def _entries(self) -> list[Entry]:
        """What a dot is, and the mask's tint."""
        return [weight_entry(self), *[Entry("masked", self.say("masked"))] * self.trace.causal]

    def _draw_lifted(self, figure: str) -> Picture:
        self._prepare(tall=True)
        grid, lift = self.grid, self.lift
        for layer, level in lift.dimmed():
            layer.arrays["level"] = level
        lift.lean.pose(self.camera.frame)
        self.add(grid.tints, *grid.frame, *self.scores, lift.seat, *lift.parts)
        self.add(*[line.face_us() for line in (*self.legend, *self.credit(), *self.parked())])
        return self.picture(figure, "masked", grid.board, self.trace.masked, self._alt("alt"))

    def _draw_stacked(self, figure: str) -> Picture:
        titles = self.say("before", steps=self._steps()), self.say("after")
        both = BeforeAfter(self, titles, self.say("each"), self._entries())
        self.add(*both.parts, *self.credit(), *self.parked())
        return self._pattern_picture(figure, both.lower, "alt_both")

    def _draw_pattern(self, figure: str) -> Picture:
        self._prepare()
        self.add(self.grid.tints, *self.grid.frame, self.rings, self.dots, *self.starts)
        self.add(*self.legend, *self.credit(), *self.parked())
        return self._pattern_picture(figure, self.grid, "alt_pattern")

    def _pattern_picture(self, figure: str, grid: Grid, alt_name: str) -> Picture:
        weights, alt = self.masked_weights, self._alt(alt_name)
        return self.picture(figure, "weights", grid.board, weights, alt)

    def construct(self) -> None:
        """The grid of scores; one column lifts out and lands as shares; then the pattern."""
        self._prepare()
        grid, frame, lift = self.grid, self.camera.frame, self.lift
        for layer in self.scores:  # minus infinities are spelled when their column is in focus
            layer.arrays["level"][grid.hidden & self.chosen] = 0.0
        self.add(frame)
        caption = [line.face_us() for line in self.caption()]
        opening = [grid.tints, *self.scores, *caption, *self.marks]
        self.play(*grid.enter(), *exchange([], opening, grid.order))
        self.linger(0.5)
        focus = Frame(lift.seat.box, self.theme.focus, width=3.4)
        self.play(
            lift.lean.play(frame, run_time=2.1),
            *[Stagger(layer, level=to, run_time=1.2) for layer, to in lift.dimmed()],
            *[Stagger(mark, opacity=self.dim, run_time=1.2) for mark in self.dimming],
            FadeIn(focus, run_time=0.8),
        )
        for layer in self.scores:  # what lifts out leaves its place
            layer.arrays["shown"][self.chosen] = 0.0
        self.remove(focus)
        self.play(lift.rise(frame), run_time=1.4)
        self.play(lift.point(), run_time=0.6)
        self.play(lift.land(), run_time=1.2)
        self.linger(2.3, 1.5)  # the shares, their words and their sum are what all of this is about
        self._return()
        self.show_credit()

    def _return(self) -> None:
        """The shares go back into their column, and every other column follows as dots."""
        grid, frame, lift = self.grid, self.camera.frame, self.lift
        landed = lift.landed()
        self.play(*lift.clear(), run_time=0.5)
        self.remove(lift.box)  # its frame flies back
        self.play(
            lift.lean.play(frame, back=True, run_time=1.5),
            lift.go_back(landed),
            *[Stagger(layer, level=1.0) for layer in (grid.queries, *self.scores)],
            *[Stagger(mark, opacity=1.0) for mark in self.dimming],
            run_time=1.5,
        )
        self.remove(*lift.parts, lift.focus)
        self.add(landed)
        self.linger(0.6)
        notes = [FadeIn(note, run_time=0.5) for note in self.parked()]
        old, new = (*self.scores, landed, *self.marks), (self.rings, *self.starts, self.dots)
        dots = exchange(old, (*new, *self.legend), grid.by_query, run_time=1.6)
        self.play(FadeOut(lift.back, run_time=0.5), *notes, *dots)

    def _alt(self, name: str) -> str:
        trace, row = self.trace, self.query()
        best = max(trace.word_rows, key=lambda key: float(trace.weights[row, key]))
        most = format_weight(float(shares(trace.weights[row])[best]))
        found = {"query": self.word(row), "best_key": trace.tokens[best].display, "best": most}
        return self.say(name, sentence=trace.sentence, steps=self._steps(), **found)

    def _steps(self) -> str:
        """What was done to the scores that softmax reads."""
        return terms.steps(self.trace, self.say, masked=not self.trace.visible.all())
