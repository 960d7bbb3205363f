"""The embedding space at the left, the space of queries and keys at the right, and the way over."""

from __future__ import annotations

from typing import Any

import numpy as np

from attention_core.focus import word_of
from attention_core.rounding import format_percent, format_score
from attention_core.trace import Trace
from scenes.kit.animate import Stagger
from scenes.kit.axis_names import axis_names
from scenes.kit.board import Region
from scenes.kit.layout import elide, is_narrow
from scenes.kit.maps import maps_across, maps_down
from scenes.kit.naming import (
    CLEARLY,
    NEAR,
    beside,
    leaders,
    most_named,
    name_strip,
    shafts,
    shapes_of,
    token_ink,
)
from scenes.kit.outline import Ink
from scenes.kit.painted import Painted
from scenes.kit.panel_title import panel_title
from scenes.kit.planes import displayed, fit, score_views
from scenes.kit.symbols import vector_symbol
from scenes.kit.turning import Turning, foot, small
from scenes.kit.unnamed import unnamed_note
from scenes.kit.vectors import Points, Segments, Vectors

LEFT, NARROW_LEFT, RIGHT = 0.385, 0.365, 0.50  # of the width, for the two panels
TALL, BETWEEN = 1.3, 1.1  # how much higher than wide a frame is that stacks them; the way over
MANY, FEW = 9, 3  # of so many keys only a few of the weaker ones are named, the strongest
CROWD = 12  # from so many words on the weak ones are named at their dots or not at all
# More room beside, and above, names: two must not read as one, and the keys' names hold spaces.
BETWEEN_NAMES, BETWEEN_WORDS = (0.14, 0.1), (0.06, 0.1)
AROUND_AXES = np.array((-0.2, -0.06, 0.2, 0.06))  # kept free around the axes' names
HEAD, NARROW_HEAD = 1.0, 1.75  # the height of titles
RINGED = -0.03  # by how much farther from its own ring a name may be than from another dot
DOT, STRONG = 0.062, 0.15  # a word's dot, and the weight from which a key is strong
WEAK_TONE, UNNAMED = 0.5, 0.4  # keys that are looked at little; dots without a name
UNNAMED_KEY = 0.28  # one of many keys, without a name


class Carry:
    """Lays out both spaces; `chapter` gives trace, derived planes, theme, words and region."""

    def __init__(self, chapter: Any, query: int) -> None:
        self.chapter, self.trace, self.query = chapter, chapter.trace, query
        self.theme, self.em = chapter.theme, max(chapter.min_em, 0.26)
        self.small = small(chapter)  # of quiet lines
        self.arrays = chapter.material.arrays
        trace: Trace = self.trace
        with_start = chapter.look.sink == "show"
        self.rows = [i for i in range(trace.n) if with_start or i != trace.start]
        self.keys = [i for i in self.rows if not np.isneginf(trace.masked[query, i])]
        self.strong = self._strong()
        self.turned = not np.allclose(self.arrays["plane_k"], self.arrays["plane_k_before"])
        x0, y0, x1, y1 = chapter.region
        self.narrow, self.stacked = is_narrow(), y1 - y0 > TALL * (x1 - x0)
        self.head = NARROW_HEAD if self.narrow and not self.stacked else HEAD
        left, right = self._panels()
        if self.stacked:
            self.maps = maps_down(chapter, (left[1] + right[3] + self.head) / 2)
        else:
            self.maps = maps_across(chapter, left[2], right[0], (left[1] + left[3]) / 2)
        self._embedding(left, left[2] if self.stacked else right[0] - 0.2)
        self._scores(right)

    def _panels(self) -> tuple[Region, Region]:
        """The panels side by side, or in a tall frame one above the other, below their titles."""
        x0, y0, x1, y1 = self.chapter.region
        top, width = y1 - self.head - 0.1, x1 - x0
        if self.stacked:
            half = (y1 - y0 - BETWEEN) / 2 - self.head
            right = (x0 + 0.1, y0 + 0.1, x1 - 0.1, y0 + 0.1 + half)
            return (x0 + 0.1, top - half, x1 - 0.1, top), right
        share = NARROW_LEFT if self.narrow else LEFT
        left = (x0 + 0.1, y0 + 0.1, x0 + share * width, top)
        if self.narrow and self.turned and not self.chapter.is_still:
            # The note below the right panel needs all of the width.
            left = (left[0], left[1] + foot(self.chapter, self.query, width), *left[2:])
        return left, (x1 - RIGHT * width, y0 + 0.1, x1 - 0.1, top)

    def _strong(self) -> list[int]:
        """The keys that are accented: asked for, or those that the query looks at most."""
        marks, weights = self.chapter.accents(), self.trace.weights[self.query]
        seen = [key for key in self.keys if key != self.trace.start]
        found = [k for k in seen if k in marks and (self.chapter.look.keys or weights[k] >= STRONG)]
        return found or [max(seen, key=lambda key: float(weights[key]))]

    # -- the embedding space -------------------------------------------------------------------

    def _embedding(self, region: Region, end: float) -> None:
        """In `region`; up to `end` at the right there is only the way over."""
        chapter, theme, trace = self.chapter, self.theme, self.trace
        places = self.arrays["plane_x"][self.rows].astype(float)
        kept = displayed(self.arrays["plane_x_shares"])
        shares = [format_percent(share) for share in kept.tolist()]
        self.left = panel = fit(places, region, (0.3, 0.35))
        ends = np.stack([panel.through(np.eye(2)[axis]) for axis in (0, 1)])
        self.axes = Segments(ends, [theme.line] * 2, 0.8, width=1.6)
        marks = chapter.accents()
        colours = [
            theme.line if i == trace.start else marks[i].colour if i in marks else theme.start
            for i in self.rows
        ]
        spots = panel.place(places)
        self.dots = Points(spots, DOT, colours)
        mine = self.rows.index(self.query)
        self.ring = Points(spots[[mine]], 2.2 * DOT, [theme.focus], outline=2.6)
        crowd = shapes_of(self.dots, self.ring)
        # One word alone differs from nothing: its axes keep no variance, and have no names.
        spread = float(kept.sum())
        self.axis_names = axis_names(chapter, ends, shares, self.small, crowd) if spread else []
        blocked = shapes_of(self.axes, self.dots, self.ring)
        named = [tuple((np.array(label.box) + AROUND_AXES).tolist()) for label in self.axis_names]
        blocked += named
        # What is named at the other side has the first choice here too.
        best = [self.keys[i] for i in np.argsort(-trace.scores[self.query, self.keys])]
        best = [*dict.fromkeys([*self.strong, *best[: len(self.strong) + FEW]])]
        first, inks = [mine, *map(self.rows.index, best)], [*map(self._name, self.rows)]
        wide = np.array([ink.width for ink in inks])
        reach = np.where(np.arange(len(inks)) == mine, 2.2 * DOT, DOT)  # its ring, or its dot
        many = len(inks) > CROWD
        options: dict[str, Any] = {
            "reach": reach,
            "led": [*shapes_of(self.dots, self.ring), *(name.box for name in self.axis_names)],
            "colours": [theme.focus if i == mine else theme.text for i in range(len(inks))],
            "tones": np.where(np.isin(np.arange(len(inks)), first), 1.0, 0.8),
            "farther": len(first) if many else len(inks),
            "near": 1 if many else NEAR,
            # The ring's name has its colour: it may stand nearer to another dot, with no line.
            "clearly": [RINGED if i == mine else CLEARLY for i in range(len(inks))],
            "between": BETWEEN_WORDS,
        }
        gaps = np.linalg.norm(spots[:, None] - spots[None], axis=-1)  # (m, m)
        room = np.sort(gaps, axis=1)[:, 1:3].sum(axis=1)
        orders = [np.arange(len(inks)), np.argsort(-wide), np.argsort(room - wide * self.em)]
        self.names = most_named(inks, spots, self.em, region, blocked, first, orders, **options)
        lines = leaders(self.names, spots, theme.quiet, reach)
        taken = [*blocked, *shapes_of(lines), *(part.box for parts in self.maps for part in parts)]
        what = chapter, "unnamed_words", self.names
        note = unnamed_note(*what, self.small, region, taken, end)
        self.named = [self.dots, lines, self.names]
        self.word_note: list[Painted] = [*note]
        unnamed = self.names.arrays["shown"] == 0
        self.dots.arrays["shown"] = np.where(unnamed, UNNAMED, 1.0)
        values = {"d": trace.need("x").shape[1], "share": format_percent(spread)}
        title = panel_title(chapter, region, self.head, "embedding", self.narrow, **values)
        self.left_title = title if spread else title[:1]

    def _name(self, row: int) -> Ink:
        if row == self.trace.start:
            return elide(self.chapter.say("start"), 9.0, "italic")
        return token_ink(self.trace, row, word_of(self.trace, row), self.theme.quiet, 7.0)

    # -- the space of queries and keys -----------------------------------------------------------

    def _scores(self, region: Region) -> None:
        theme, arrays, row = self.theme, self.arrays, self.query
        x0, y0, x1, y1 = region
        under = self.chapter.region if self.narrow and not self.stacked else region
        below = (under[0], y0, under[2], y1)  # where the note on turns is, at the foot
        low = y0 + (foot(self.chapter, row, under[2] - under[0]) if self.turned else 0.0)
        whens = ("_before", "")
        self.view, turning = score_views(
            np.stack([arrays[f"plane_q{when}"][row] for when in whens]).astype(float),
            np.stack([arrays[f"plane_k{when}"][row, self.keys] for when in whens]).astype(float),
            [self.keys.index(key) for key in self.strong],
            region,
            (x0, low, x1, y1),
            (1.0, 0.5),
        )
        view = self.view
        self.right = panel = view.panel
        strong = np.array([key in self.strong for key in self.keys])
        starts = np.array([key == self.trace.start for key in self.keys])
        along = view.feet @ view.query
        # And where keys lie on the other side, the one that reaches farthest there.
        footed = strong | starts | ((along == along.min()) & (along < 0))
        self.turning = Turning(self.chapter, row, turning, strong, DOT, below)
        self.line_ends = self._along(footed)[None]
        self.line = Segments(self.line_ends, [theme.query], 0.6, width=2.0, dash=(3, 7))
        self.zero = Points(panel.zero[None], 0.045, [theme.quiet])
        self.query_ends = panel.arrows(view.query[None])
        self.query_arrow = Vectors(self.query_ends, [theme.query], thick=0.06)
        tones = np.where(strong, 1.0, np.where(starts, 0.9, WEAK_TONE))
        colours = [theme.start if start else theme.key for start in starts]
        self.key_arrows = Vectors(panel.arrows(view.keys), colours, tones)
        self.key_dots = Points(panel.place(view.keys), DOT, colours)
        feet = np.stack([panel.place(view.keys), panel.place(view.feet)], axis=1)
        self.feet = Segments(feet, [theme.text] * len(feet), 0.7 * footed, width=1.8, dash=(5, 5))
        self.right_title = panel_title(
            self.chapter,
            region,
            self.head,
            "space",
            self.narrow,
            head=self.trace.head,
            d=self.trace.k.shape[1],
            share=format_percent(float(arrays["plane_share"][row])),
        )
        self._key_names(region, strong)

    def _along(self, footed: np.ndarray) -> np.ndarray:
        """The query's line, (2, 2): past its tip only as far as a key's foot lies there."""
        view, line = self.view, self.right.through(self.view.query)
        ends = np.concatenate([view.query[None], view.feet[footed]])
        farthest = ends[np.argmax(ends @ view.query)]
        line[np.argmax((line - self.right.zero) @ view.query)] = self.right.place(farthest)
        return line

    def _key_names(self, region: Region, strong: np.ndarray) -> None:
        theme, view, panel = self.theme, self.view, self.right
        shapes = [self.line, self.zero, self.query_arrow, self.key_arrows, self.feet]
        scores = self.trace.scores[self.query]
        inks, marks = [self._query_name()], self.chapter.accents()
        self.key_words: list[Ink] = []  # without their scores
        for key in self.keys:
            positive = bool(scores[key] > 0) and key != self.trace.start
            colour = theme.negative if scores[key] < 0 else None
            name = self._name(key)
            if key in marks:  # it has the colour of its dot at the left
                hue = marks[key].colour
                name = Ink(tuple((part, own or hue) for part, own in name.parts), name.advance)
            self.key_words.append(name)
            inks.append(beside(name, format_score(scores[key]), positive, colour))
        tips = np.concatenate([view.query[None], view.keys])
        starts = np.array(self.keys) == self.trace.start
        by_score = np.argsort(-scores[self.keys])
        first = [0, *(1 + key for kind in (strong, starts) for key in by_score if kind[key])]
        order = list(dict.fromkeys([*first, *(1 + by_score).tolist()]))
        self.key_order, self.first_keys = [key - 1 for key in order[1:]], len(first) - 1
        if many := len(self.keys) > MANY:  # the strongest, and only at their tips
            order = order[: len(first) + FEW]
        bright = [True, *(own or key in marks for own, key in zip(strong, self.keys, strict=True))]
        tones = np.where(bright, 1.0, 0.8)  # a colour of its own is dark enough
        reach = np.full(len(tips), DOT)
        self.key_names = name_strip(
            inks,
            panel.place(tips),
            self.em,
            region,
            shapes_of(*shapes),
            order=order,
            reach=reach,
            away=tips,
            farther=len(first) if many else len(order),
            between=BETWEEN_NAMES,
            near=1 if many else NEAR,
            led=[*shafts(self.query_arrow, self.key_arrows), *shapes_of(self.feet)],
            clearly=CLEARLY,
            colours=[theme.query, *[theme.text] * len(self.keys)],
            tones=tones,
        )
        if many:  # a fan of arrows without a name is the ground of those that have one
            unnamed = self.key_names.arrays["shown"][1:] == 0
            self.key_arrows.arrays["shown"][unnamed] = UNNAMED_KEY
        self.key_leaders = lines = leaders(self.key_names, panel.place(tips), theme.quiet, reach)
        taken = shapes_of(*shapes, lines)
        note = unnamed_note(self.chapter, "unnamed_keys", self.key_names, self.small, region, taken)
        self.key_note: list[Painted] = [*note]

    def _query_name(self) -> Ink:
        """The query's symbol, and whose it is."""
        symbol = vector_symbol("Q")  # its name says whose: an index could not be read here
        pen = symbol.advance + 0.24
        name = [(outline.moved(pen), None) for outline, _ in self._name(self.query).parts]
        return Ink(((symbol, None), *name), name[-1][0].advance)

    # -- the whole -------------------------------------------------------------------------------

    def settle(self, run_time: float) -> list[Stagger]:
        """From where positions turned the query, to the view of the query and its keys alone."""
        return [
            Stagger(self.query_arrow, run_time=run_time, ends=self.query_ends),
            Stagger(self.line, run_time=run_time, ends=self.line_ends),
            Stagger(self.zero, run_time=run_time, spot=self.right.zero),
        ]

    @property
    def parts(self) -> list[Painted]:
        """All of it, for a still."""
        return [
            *(self.axes, *self.axis_names, self.ring),
            *(*self.named, *self.left_title, *self.word_note),
            *(part for parts in self.maps for part in parts),
            *(self.line, self.zero, self.feet, self.key_arrows, self.query_arrow),
            *(self.key_leaders, self.key_names, *self.right_title, *self.word_note, *self.key_note),
        ]
