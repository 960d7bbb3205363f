"""Figures 3-5 and 3-6: one query's scores pass through softmax, then the whole grid does."""

from __future__ import annotations

import numpy as np
from manim import FadeIn, FadeOut

from attention_core.rounding import format_weight, shares
from scenes.kit import fill
from scenes.kit.animate import ENTER, LEAVE, Show, Stagger
from scenes.kit.chapter import STILL_EM, Chapter
from scenes.kit.grid import Grid
from scenes.kit.label import Frame
from scenes.kit.legend import Entry, legend, room
from scenes.kit.lift import Lift
from scenes.picture import Picture

DIM = 0.35


class Softmax(Chapter):
    """One column of scores lifts out, becomes shares that sum to 1; then every column does."""

    slug = "softmax"

    def draw(self, figure: str) -> Picture:
        """3-5: a column beside the tilted grid. 3-6: scores above shares. pattern: the dots."""
        draw = {"3-6": self._draw_stacked, "pattern": self._draw_pattern}
        return draw.get(figure, self._draw_lifted)(figure)

    def _prepare(self, tall: bool = False) -> None:
        """`tall`: the grid will be seen smaller and from the side, so its cells are larger."""
        em = max(self.min_em, STILL_EM)
        entries = [Entry("weight", self.say("of_one", share=format_weight(0.25)))]
        if self.trace.causal:
            entries.append(Entry("masked", self.say("masked")))
        x0, y0, x1, y1 = self.region
        region = (x0, y0 - 1.7, x1, y1) if tall else None
        self.grid = grid = Grid(
            self, region=region, corner=room(entries, em), em=0.42 if tall else 0.30
        )
        board, theme = grid.board, self.theme
        self.scores = fill.score_numbers(
            board, self.trace.scaled, theme, masked=grid.hidden, largest=0.44 if tall else 0.30
        )
        self.chosen = grid.of_query(self.query())
        # Only the query that lifts out spells its minus infinities; elsewhere the tint says it.
        self.scores.arrays["tone"][grid.hidden & ~self.chosen] = 0.0
        self.dots = fill.weight_dots(board, self.trace.weights, theme)
        self.rings = fill.weight_rings(board, ~grid.hidden, theme)
        self.starts = fill.start_shares(board, self.trace.weights, theme)
        self.legend = legend(entries, board, theme, self.dots.radius, em)
        self.focus = Frame(grid.around(self.chosen), theme.focus, width=3.4)

    def _dimmed(self) -> tuple[np.ndarray, np.ndarray]:
        """How bright headers and scores are while one query is in focus."""
        tokens = np.array([label.token for label in self.grid.queries.axis.labels])
        return np.where(tokens == self.query(), 1.0, DIM), np.where(self.chosen, 1.0, DIM)

    def _draw_lifted(self, figure: str) -> Picture:
        self._prepare(tall=True)
        grid = self.grid
        grid.queries.arrays["level"], self.scores.arrays["level"] = self._dimmed()
        lift = Lift(self, grid.board, self.trace, self.query())
        lift.pose(self.camera.frame)
        self.add(grid.tints, *grid.frame, self.scores, self.focus, *lift.parts)
        self.add(*[line.face_us() for line in self.credit()])
        return self.picture(figure, "scaled", grid.board, self.trace.masked, self._alt("alt"))

    def _draw_stacked(self, figure: str) -> Picture:
        upper, lower = (Grid(self, region=region) for region in self.halves())
        scaled, weights, theme = self.trace.scaled, self.trace.weights, self.theme
        before = fill.readable_scores(upper.board, scaled, theme, upper.hidden)
        after = fill.readable_weights(lower.board, weights, theme, lower.hidden)
        for grid, layers, name in ((upper, before, "before"), (lower, after, "after")):
            title_at = (0.0, grid.board.region[3] + 0.2)
            title = self.label(self.say(name), title_at, 0.36, anchor="centre")
            self.add(grid.tints, *grid.frame, *layers, title)
        self.add(*self.credit(), *self.parked())
        return self._pattern_picture(figure, lower)

    def _draw_pattern(self, figure: str) -> Picture:
        self._prepare()
        self.add(self.grid.tints, *self.grid.frame, self.rings, self.dots, *self.starts)
        self.add(*self.legend, *self.credit(), *self.parked())
        return self._pattern_picture(figure, self.grid)

    def _pattern_picture(self, figure: str, grid: Grid) -> Picture:
        weights, alt = self.masked_weights, self._alt("alt_pattern")
        return self.picture(figure, "weights", grid.board, weights, alt)

    def construct(self) -> None:
        """The grid of scores; one column lifts out and lands as shares; then the pattern."""
        self._prepare()
        grid, frame = self.grid, self.camera.frame
        self.scores.arrays["shown"] = np.where(grid.hidden & self.chosen, 0.0, 1.0)
        self.add(frame)
        caption = [line.face_us() for line in self.caption()]
        opening = [grid.tints, *grid.frame, self.scores, *caption]
        self.play(*[FadeIn(layer) for layer in opening], run_time=0.8)
        self.wait(0.4)
        heads, cells = self._dimmed()
        lift = Lift(self, grid.board, self.trace, self.query())
        self.play(
            frame.animate(run_time=2.4).become(lift.pose(frame.copy())),
            Stagger(grid.queries, level=heads, run_time=1.2),
            Stagger(self.scores, level=cells, shown=1.0, run_time=1.2),
            FadeIn(self.focus, run_time=0.8),
        )
        self.scores.arrays["tone"][self.chosen] = 0.0  # they are what lifts out
        self.play(lift.rise(frame), run_time=1.4)
        self.play(lift.point(), run_time=0.6)
        self.play(lift.land(), run_time=1.2)
        self.wait(1.2)
        self._return(lift)
        self.show_credit()

    def _return(self, lift: Lift) -> None:
        """The shares go back into their column, and every other column follows as dots."""
        grid, frame, weights = self.grid, self.camera.frame, self.trace.weights
        numbers = fill.weight_numbers(grid.board, weights, self.theme, masked=grid.hidden)
        numbers.arrays["tone"][~self.chosen] = 0.0
        self.play(*lift.clear(), run_time=0.6)
        self.play(
            frame.animate.become(frame.copy().generate_points()),
            lift.go_back(numbers),
            FadeOut(self.focus),
            *[Stagger(layer, level=1.0) for layer in (grid.queries, self.scores)],
            run_time=1.6,
        )
        self.remove(*lift.parts)
        self.add(numbers)
        self.wait(0.8)
        self.dots.arrays["size"][:] = 0.0
        order = grid.by_query
        self.play(
            *[Stagger(old, order, window=LEAVE, shown=0.0) for old in (self.scores, numbers)],
            *[Show(new, order, window=ENTER) for new in (self.rings, *self.starts)],
            Stagger(self.dots, order, window=ENTER, introducer=True, size=1.0),
            *[FadeIn(entry) for entry in (*self.legend, *self.parked())],
            run_time=2.0,
        )

    def _alt(self, name: str) -> str:
        trace, row = self.trace, self.query()
        best = max(trace.word_rows, key=lambda key: float(trace.weights[row, key]))
        found = {"query": self.word(row), "best_key": self.word(best)}
        found["best"] = format_weight(float(shares(trace.weights[row])[best]))
        return self.say(name, sentence=trace.sentence, **found)
