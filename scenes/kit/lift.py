"""The lift: one query's scores leave the tilted grid, pass through softmax, and land as shares."""

from __future__ import annotations

from typing import Any

import numpy as np
from manim import AnimationGroup, FadeIn, FadeOut, config

from attention_core.rounding import format_weight, shares
from scenes.kit import typeset
from scenes.kit.animate import ENTER, LEAVE, Show, Stagger
from scenes.kit.board import roomy
from scenes.kit.camera import Frame as Pose
from scenes.kit.cells import Cells, Numbers
from scenes.kit.chapter import MARGIN
from scenes.kit.column import score_column, share_column
from scenes.kit.fill import levels, score_marks, score_numbers, weight_dots, weight_numbers
from scenes.kit.grid import Grid
from scenes.kit.label import Frame, Label
from scenes.kit.layout import elide, is_narrow
from scenes.kit.lean import Lean
from scenes.kit.legend import Entry
from scenes.kit.outline import Ink
from scenes.kit.painted import Painted
from scenes.kit.seams import word_boxes
from scenes.kit.sizes import CLIP_EM
from scenes.kit.softmax_arrow import ASIDE, softmax_arrow
from scenes.kit.strip import Focus, Strip, corners
from scenes.kit.tilted import asked_above, legend_height

# Degrees. A clip's grid is low and wide, so it turns further and stays larger.
TURN_STILL, TURN_CLIP, TURN_X = 30.0, 42.0, -4.0
# From the right: words, the shares in their frame, the arrow, the scores in theirs, the grid.
LONGEST, NARROW_LONGEST, WORD_GAP, COLUMN_PAD, GRID_GAP = 0.1, 0.16, 0.22, 0.1, 0.1
ARROW_GAP = 0.09  # from the arrow to the boxes at its ends
STILL_ARROW, CLIP_ARROW, NARROW_ARROW = 0.9, 1.34, 1.0  # with both gaps
HEAD_EM, HEAD_ROOM = 0.36, 0.5  # what the columns are called, above them
LARGEST, FILL = 0.44, 1.02  # the size of numbers in the grid; how much more of a cell they take
LOW_HEADER, LEGEND = 0.9, 0.45  # the height of a header, and of the legend beside it
PANE = 1.0
SOFTMAX = 'op("softmax")'


class Lift:
    """Builds and moves the facing columns of one query: scores, arrow, shares and words."""

    def __init__(self, chapter: Any, grid: Grid, query: int, entries: list[Entry]) -> None:
        # entries: of a legend, besides those of its scores
        self.chapter, self.grid, self.query = chapter, grid, query
        self.trace = trace = chapter.trace
        self.board = board = grid.board
        self.chosen = grid.of_query(query)
        self.theme = chapter.theme
        self.keys = [label.token for label in board.keys.labels]
        self.cells = [
            int(np.flatnonzero((board.query_of == query) & (board.key_of == key))[0])
            for key in self.keys
        ]
        self.units = (config.frame_width, config.frame_height)
        _, y0, _, y1 = chapter.region
        m = len(self.keys)
        gap = (y1 - y0) / 50 if board.keys.labels[0].is_start else 0.0
        pitch = min(0.78, (y1 - y0 - HEAD_ROOM - 0.4 - gap) / (m + 1))  # one more for the sum
        steps = np.arange(m) * pitch + np.where(np.arange(m) > 0, gap, 0.0)
        middle = (y0 + y1 - HEAD_ROOM) / 2
        self.ys = middle + (steps[-1] + pitch) / 2 - steps
        self.em = min(0.30 if is_narrow() else 0.40, roomy(pitch, 0.72, chapter.min_em))
        self.sum_y = float(self.ys[-1]) - max(1.1 * pitch, 1.05 * self.em + 0.13)
        self.masked = np.isneginf(trace.masked[query, self.keys])
        scores, weights, start = trace.masked[query], trace.weights[query], trace.start
        columns = (
            score_column(self.theme, scores, self.keys, start, plain=True),
            share_column(self.theme, weights, self.keys, start, np.isneginf(scores)),
        )
        # In the middle of the frame until `_stand`.
        self.scores, self.shares = (column.strip(0.0, self.ys, self.em) for column in columns)
        self.words = self._word_strip()
        self.grid_end = self._stand()
        self.sum = self._sum_strip()
        self.box, self.slot = self._frame(self.shares), self._frame(self.scores)
        self.lean = self._lean()
        x0, x1 = self.slot.box[2] + ARROW_GAP, self.box.box[0] - ARROW_GAP
        found = softmax_arrow(chapter, x0, x1, float(self.ys[0] + self.ys[-1]) / 2)
        self.arrow, self.label, self.formula = found
        self.heads = [self._head(self.scores, "s"), self._head(self.shares, f"{SOFTMAX}(s)")]
        seamed = not board.keys.by_word
        self.word_boxes = word_boxes(chapter, self.keys, self.ys, self.words, seamed=seamed)
        # In the grid: where the scores come from, and all scores.
        self.seat = Frame(grid.around(self.chosen), self.theme.quiet, width=1.8)
        self.cell_em, self.layers = self._grid_scores()
        if chapter.is_still and not isinstance(self.layers[0], Numbers):
            self.lean = self._lean(legend_height(self, entries))
            self.cell_em, self.layers = self._grid_scores()
        self.asked = asked_above(self, entries)
        # The yellow frame on its two flights: out of the grid, and back into it.
        self.focus, self.back = (Focus(to.box, self.theme) for to in (self.slot, self.seat))
        self.parts: list[Painted] = [*self.word_boxes, *self.heads, *self.asked]
        if not chapter.is_still:  # a still has no room to read them in; the heads say the same
            self.parts += [self.formula, self.label]
        self.parts += [self.slot, self.scores, self.arrow, self.box, self.shares, self.words]
        self.parts.append(self.sum)
        for part in (*self.parts, self.focus, self.back):
            part.face_us()

    # -- pieces ------------------------------------------------------------------------------

    def _stand(self) -> float:
        """Place the columns from the right, as near as the arrow lets them; where the grid ends.

        A still shows a larger grid: its arrow is short, and the columns' heads name the step.
        """
        arrow = STILL_ARROW if self.chapter.is_still else self._arrow_room()
        below = Ink.plain(typeset.text(self.chapter.say("sum"), "italic")).width * self.em
        widest = max(below, float(self.words.widths.max() * self.words.arrays["em"][0]))
        words = self.units[0] / 2 - MARGIN - widest
        shares = words - WORD_GAP - self._half(self.shares)
        scores = shares - self._half(self.shares) - arrow - self._half(self.scores)
        for strip, x in ((self.words, words), (self.shares, shares), (self.scores, scores)):
            strip.arrays["spot"][:, 0] = x
        return float(scores - self._half(self.scores) - GRID_GAP)

    def _arrow_room(self) -> float:
        """Between the columns of a clip: its word can be read, and the formula below it."""
        word = Ink.plain(typeset.text(self.chapter.say("softmax"))).width
        read = self.chapter.min_em * word + ASIDE + 2 * ARROW_GAP
        return max(NARROW_ARROW if is_narrow() else CLIP_ARROW, read)

    def _half(self, strip: Strip) -> float:
        """Half of the width of a column with the frame around it."""
        return float(strip.widths.max()) * self.em / 2 + COLUMN_PAD

    def _word_strip(self) -> Strip:
        room = (NARROW_LONGEST if is_narrow() else LONGEST) * self.units[0]
        axis, theme = self.board.keys, self.theme
        em = self.chapter.min_em if axis.by_word else min(self.em, 0.34)
        inks: list[Ink] = []
        for label in axis.labels:
            text = self.trace.tokens[label.token].display
            text = self.chapter.say("start") if label.is_start else text
            ink = elide(text, room / em - 0.4, "italic" if label.is_start else "regular")
            inks.append(label.ink if axis.by_word else ink)
        colours = [theme.start if label.is_start else theme.text for label in axis.labels]
        shown = np.where(self.masked, theme.aside_tone, 1.0)
        em = min([em, *(room / ink.width for ink in inks if ink.width)])
        spots = np.stack([np.zeros(len(inks)), axis.by_words(self.ys)], axis=1)
        return Strip(
            inks,
            spots,
            em,
            colours,
            shown,
            anchor="left",
            middle=typeset.DIGIT_MIDDLE * self.em / em,
        )

    def _sum_strip(self) -> Strip:
        """What the shares on screen add up to, below them."""
        total = float(shares(self.trace.weights[self.query]).sum())
        word = Ink.plain(typeset.text(self.chapter.say("sum"), "italic"))
        number = Ink.plain(typeset.number(format_weight(total)))
        left = self.words.arrays["spot"][0, 0] + word.width * self.em / 2
        spots = np.array([(self.shares.arrays["spot"][0, 0], self.sum_y), (left, self.sum_y)])
        return Strip([number, word], spots, self.em, [self.theme.text, self.theme.quiet])

    def _frame(self, strip: Strip) -> Frame:
        """Around a column: yellow for the shares, which is what all of this is about."""
        x, half = float(strip.arrays["spot"][0, 0]), self._half(strip)
        y0, y1 = float(self.ys[-1]) - 0.62 * self.em, float(self.ys[0]) + 0.62 * self.em
        box = (x - half, y0 - 0.06, x + half, y1 + 0.06)
        if strip is self.shares:
            return Frame(box, self.theme.focus, width=3.4)
        return Frame(box, self.theme.quiet, width=1.8)

    def _lean(self, legend: float = 0.0) -> Lean:
        """The grid in the left part of the frame, below a legend of this height."""
        x0, y0, _, y1 = self.chapter.region
        low = self.board.columns.band < LOW_HEADER or not self.grid.named
        if self.chapter.is_still and low:
            legend = legend or LEGEND  # else it would stand on rules, or on what is in their corner
        y1 -= legend
        there = (x0, y0 + 0.1, self.grid_end, y1)
        turn = TURN_STILL if self.chapter.is_still else TURN_CLIP
        return Lean(self.board.box, there, self.units, turn, TURN_X)

    def _head(self, strip: Strip, name: str) -> Label:
        """What a column is called, above it."""
        above = (float(strip.arrays["spot"][0, 0]), self.box.box[3] + 0.18)
        return Label(Ink.plain(typeset.math(name)), above, HEAD_EM, self.theme.text, "centre")

    def _grid_scores(self) -> tuple[float, list[Cells]]:
        """Numbers, and their size; dots and signs where the tilted grid is too small for them."""
        board, hidden, given = self.board, self.grid.hidden, (self.trace.before_mask, self.theme)
        numbers = score_numbers(board, *given, masked=hidden, largest=LARGEST, plain=True)
        if board.min_em < numbers.em < LARGEST:  # seen from the side they may fill their cells
            numbers.em = min(LARGEST, FILL * numbers.em)
        _, seen = self._origins(self.lean.pose(Pose()), numbers.em)
        if seen.min() < CLIP_EM or seen.max() < board.min_em:  # the far end, the near one
            upright = not self.chapter.is_still  # a clip begins and ends with the grid upright
            return numbers.em, score_marks(board, *given, hidden, numbered=upright)
        # Only the query that lifts out spells its minus infinities; elsewhere the tint says it.
        numbers.arrays["tone"][hidden & ~self.chosen] = 0.0
        return numbers.em, [numbers]

    def dimmed(self) -> list[tuple[Painted, np.ndarray]]:
        """How bright the queries' header and each layer of scores are while one is in focus."""
        header, faint = self.grid.queries, self.theme.dim_tone
        tokens = np.array([label.token for label in header.axis.labels])
        cells = [(layer, levels(layer, self.chosen, faint)) for layer in self.layers]
        return [(header, np.where(tokens == self.query, 1.0, faint)), *cells]

    # -- moves -------------------------------------------------------------------------------

    @property
    def zoom(self) -> float:
        """How large the cells of the query look in the tilted grid."""
        return float(self._origins(self.lean.pose(Pose()), 1.0)[1].mean())

    def _origins(self, frame: Pose, em: float) -> tuple[np.ndarray, np.ndarray]:
        """Where the scores stand in the tilted grid, and how large they seem, set at `em`."""
        points = np.zeros((len(self.cells), 3))
        points[:, :2] = self.board.centres[self.cells]
        seen = frame.view_units(points, self.units)
        above = frame.view_units(points + np.array([0.0, 0.1, 0.0]), self.units)
        size = np.linalg.norm(above - seen, axis=1) / 0.1
        return seen, size * em

    def rise(self, frame: Pose) -> AnimationGroup:
        """The scores and the focus leave the grid's column and line up in front of us."""
        flat = np.pad(corners(self.seat.box), ((0, 0), (0, 1)))
        facing = self.focus.arrays["corners"].copy()
        self.focus.set(corners=frame.view_units(flat, self.units), pane=PANE)
        seen, ems = self._origins(frame, self.cell_em)
        spots, em = self.scores.arrays["spot"].copy(), self.scores.arrays["em"].copy()
        self.scores.arrays.update(spot=seen, em=ems)
        return AnimationGroup(
            Stagger(self.focus, introducer=True, corners=facing),
            Stagger(self.scores, introducer=True, spot=spots, em=em),
            *[FadeIn(part) for part in (self.seat, self.heads[0], *self.asked)],
        )

    def point(self) -> AnimationGroup:
        """The arrow and its word."""
        self.arrow.arrays["grown"] = np.array(0.0)
        return AnimationGroup(
            Stagger(self.arrow, introducer=True, grown=1.0),
            FadeIn(self.label),
            FadeIn(self.formula),
        )

    def land(self) -> AnimationGroup:
        """The shares come out of the arrow, beside the words; the focus is on them now."""
        spots, shown = self.shares.arrays["spot"].copy(), self.shares.arrays["shown"].copy()
        self.shares.arrays.update(spot=spots - (0.3, 0.0), shown=shown * 0)
        order = np.linspace(0, 1, len(self.cells))
        words = [self.words, *self.word_boxes, self.heads[1], self.sum]
        self.focus.set(pane=0.0)  # nothing is below it any more, and it fades above digits
        self.box.set_opacity(0.0)
        return AnimationGroup(
            Stagger(self.shares, order, spread=0.4, introducer=True, spot=spots, shown=shown),
            Stagger(self.focus, window=LEAVE, opacity=0.0),
            Stagger(self.box, window=ENTER, introducer=True, opacity=1.0),
            *[FadeIn(part) for part in (*words, self.slot)],
        )

    def clear(self) -> list[Any]:
        """The shares, their frame and the words beside them stay; all else leaves."""
        kept = (self.shares, self.box, self.words, *self.word_boxes)
        return [FadeOut(x) for x in (self.seat, *self.parts) if x not in kept]

    def landed(self) -> Cells:
        """The query's shares in the upright grid, as large as its scores; dots in small cells."""
        hidden, size = self.grid.hidden, max(0.31, self.cell_em)
        weights, board = self.trace.weights, self.board
        numbers = weight_numbers(board, weights, self.theme, masked=hidden, largest=size)
        read = numbers.em >= board.min_em
        landed = numbers if read else weight_dots(board, weights, self.theme, numbered=False)
        landed.arrays["tone" if read else "shown"][~self.chosen] = 0.0
        return landed

    def go_back(self, landed: Cells) -> AnimationGroup:
        """The shares fly into their upright cells, and the focus with them."""
        self.back.set(corners=corners(self.box.box), pane=PANE)
        to: dict[str, Any] = {"spot": self.board.centres[self.cells], "shown": 0.0}
        if read := isinstance(landed, Numbers):  # they become these
            ems = landed.em * landed.arrays["size"][self.cells]
            to |= {"em": ems, "shown": landed.arrays["tone"][self.cells]}
        come = [] if read else [Show(landed, window=ENTER)]
        return AnimationGroup(
            Stagger(self.back, introducer=True, corners=corners(self.seat.box)),
            Stagger(self.back, window=ENTER, pane=0.0),
            Stagger(self.shares, **to),
            *come,
            *[Stagger(part, window=LEAVE, opacity=0.0) for part in (self.words, *self.word_boxes)],
        )
