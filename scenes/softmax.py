"""Figures 3-5 and 3-6: one query's scores pass through softmax, then the whole grid does."""

from __future__ import annotations

import numpy as np
from manim import FadeIn, FadeOut

from attention_core.rounding import format_weight, shares
from scenes.kit.animate import Show, Stagger
from scenes.kit.cells import Lines
from scenes.kit.chapter import STILL_EM, Chapter
from scenes.kit.fill import (
    hidden_cells,
    masked_tints,
    score_numbers,
    weight_dots,
    weight_numbers,
    weight_rings,
)
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
        drawings = {"3-6": self._draw_stacked, "pattern": self._draw_pattern}
        return drawings.get(figure, self._draw_lifted)(figure)

    def _draw_pattern(self, figure: str) -> Picture:
        self._prepare(flat=True)
        self.add(self.tints, self.lines, self.queries, self.keys, self.rings, self.dots)
        self.add(*self.legend, *self.credit(), *self.parked())
        return self.picture(figure, "weights", self.grid, self._weights(), self._alt("alt_pattern"))

    def _prepare(self, flat: bool = False) -> None:
        trace, theme = self.trace, self.theme
        em = max(self.min_em, STILL_EM)
        share = format_weight(0.25)
        entries = [Entry("weight", self.say("of_one", share=share))]
        if trace.causal:
            entries.append(Entry("masked", self.say("masked")))
        # The still's grid is seen smaller and from the side: its cells and type are larger.
        x0, y0, x1, y1 = self.region
        tall = {"region": (x0, y0 - 1.7, x1, y1), "em": 0.42} if self.is_still and not flat else {}
        self.grid = grid = self.board(corner=room(entries, em), **tall)
        self.hidden = hidden_cells(grid, trace.masked)
        self.queries, self.keys = self.headers(grid)
        self.lines = Lines(grid, theme)
        self.tints = masked_tints(grid, self.hidden, theme)
        largest = 0.44 if self.is_still else 0.30
        self.scores = score_numbers(grid, trace.scaled, theme, masked=self.hidden, largest=largest)
        self.chosen = grid.query_of == self.query()
        # Only the query that lifts out spells its minus infinities; elsewhere the tint says it.
        self.scores.arrays["tone"] = np.where(
            self.hidden & ~self.chosen, 0.0, self.scores.arrays["tone"]
        )
        self.dots = weight_dots(grid, trace.weights, theme)
        self.rings = weight_rings(grid, ~self.hidden, theme)
        self.legend = legend(entries, grid, theme, self.dots.radius, em)
        self.focus = Frame(self._around(self.chosen), theme.focus, width=3.4)

    def _around(self, cells: np.ndarray) -> tuple[float, float, float, float]:
        boxes = np.array([self.grid.rectangle(int(i)) for i in np.flatnonzero(cells)])
        (x0, y0), (x1, y1) = boxes[:, :2].min(0), boxes[:, 2:].max(0)
        return (float(x0), float(y0), float(x1), float(y1))

    def _levels(self) -> dict[object, np.ndarray]:
        """How bright each entry is while one query is in focus."""
        word = {label.token for label in self.queries.axis.labels if label.token == self.query()}
        heads = [1.0 if label.token in word else DIM for label in self.queries.axis.labels]
        cells = np.where(self.chosen, 1.0, DIM)
        return {self.queries: np.array(heads), self.scores: cells}

    def _draw_lifted(self, figure: str) -> Picture:
        self._prepare()
        for layer, level in self._levels().items():
            layer.arrays["level"] = level  # type: ignore[attr-defined]
        lift = Lift(self, self.grid, self.trace, self.query())
        lift.pose(self.camera.frame)
        self.add(self.tints, self.lines, self.queries, self.keys, self.scores, self.focus)
        self.add(*lift.finished(self.camera.frame))
        self.add(*[line.face_us() for line in self.credit()])
        return self.picture(figure, "scaled", self.grid, self.trace.masked, self._alt("alt"))

    def _draw_stacked(self, figure: str) -> Picture:
        x0, y0, x1, y1 = self.region
        middle = (y0 + y1) / 2
        em = 0.34
        for name, region in (
            ("before", (x0, middle + 0.1, x1, y1 - 0.55)),
            ("after", (x0, y0 + 0.1, x1, middle - 0.65)),
        ):
            grid = self.board(region=region)
            hidden = hidden_cells(grid, self.trace.masked)
            queries, keys = self.headers(grid)
            if name == "before":
                numbers = score_numbers(grid, self.trace.scaled, self.theme, masked=hidden)
            else:
                numbers = weight_numbers(grid, self.trace.weights, self.theme, masked=hidden)
            title = self.label(self.say(name), (0.0, region[3] + 0.2), em, anchor="centre")
            self.add(masked_tints(grid, hidden, self.theme), Lines(grid, self.theme))
            self.add(queries, keys, numbers, title)
        self.add(*self.credit(), *self.parked())
        return self.picture(figure, "weights", grid, self._weights(), self._alt("alt_pattern"))

    def construct(self) -> None:
        """The grid of scores; one column lifts out and lands as shares; then the pattern."""
        self._prepare()
        frame = self.camera.frame
        infinities = self.hidden & self.chosen
        self.scores.arrays["shown"] = np.where(infinities, 0.0, 1.0)
        self.add(frame, self.tints, self.lines, self.queries, self.keys, self.scores)
        still = [self.tints, self.lines, self.queries, self.keys, self.scores]
        caption = [line.face_us() for line in self.caption()]
        self.play(*[FadeIn(layer) for layer in still + caption], run_time=0.8)
        self.wait(0.4)
        levels = self._levels()
        lift = Lift(self, self.grid, self.trace, self.query())
        self.play(
            frame.animate(run_time=2.4).become(lift.pose(frame.copy())),
            Stagger(self.queries, level=levels[self.queries], run_time=1.2),
            Stagger(self.scores, level=levels[self.scores], shown=1.0, run_time=1.2),
            FadeIn(self.focus, run_time=0.8),
        )
        self.play(lift.rise(frame), run_time=1.4)
        self.play(lift.point(), run_time=0.6)
        self.play(lift.land(), run_time=1.2)
        self.wait(1.2)
        numbers = weight_numbers(self.grid, self.trace.weights, self.theme, masked=self.hidden)
        numbers.arrays["tone"] = np.where(self.chosen, numbers.arrays["tone"], 0.0)
        self.scores.arrays["tone"] = np.where(self.chosen, 0.0, self.scores.arrays["tone"])
        self.play(
            frame.animate.become(frame.copy().generate_points()),
            *lift.go_back(numbers),
            FadeOut(self.focus),
            *[Stagger(layer, level=1.0) for layer in levels],
            run_time=1.8,
        )
        self.remove(*lift.parts)
        self.add(numbers)
        order = np.argsort(np.argsort(self.grid.query_of)) / max(1, self.grid.count - 1)
        self.dots.arrays["size"] = self.dots.arrays["size"] * 0
        self.play(
            Stagger(self.scores, order, spread=0.6, shown=0.0),
            Stagger(numbers, order, spread=0.6, shown=0.0),
            Show(self.rings, order, spread=0.6),
            Stagger(self.dots, order, spread=0.6, introducer=True, size=1.0),
            *[FadeIn(entry) for entry in self.legend],
            *[FadeIn(note) for note in self.parked()],
            run_time=2.0,
        )
        self.wait(0.6)
        self.show_credit()

    def _weights(self) -> np.ndarray:
        return np.where(np.isneginf(self.trace.masked), -np.inf, self.trace.weights)

    def _alt(self, name: str) -> str:
        trace, row = self.trace, self.query()
        rounded = shares(trace.weights[row])
        keys = [key for key in range(trace.n) if key != trace.start]
        best = max(keys, key=lambda key: float(trace.weights[row, key]))
        return self.say(
            name,
            sentence=trace.sentence,
            query=self.word(row),
            best=format_weight(float(rounded[best])),
            best_key=self.word(best),
        )

