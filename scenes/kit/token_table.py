"""Tokens with their ids and the first and last entries of their vectors, as columns or as rows."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from attention_core.tokens import SPACE
from scenes.kit import typeset
from scenes.kit.board import Region, roomy
from scenes.kit.entries import SIGNED, Entries, table_colours
from scenes.kit.layout import elide, is_narrow
from scenes.kit.level import level_texts
from scenes.kit.outline import Ink
from scenes.kit.painted import Box, Painted
from scenes.kit.pieces import PAD, Pieces, runs_of
from scenes.kit.signs import explained, parts
from scenes.kit.strip import Strip
from scenes.picture import CellNames

if TYPE_CHECKING:
    from scenes.kit.chapter import Chapter

# Entries that are shown of a vector before the dots and the last one; and of a row in a narrow
# frame, where the entries get a part of the width.
FIRST, FEW, PART = 4, 2, 0.5
GAP = 0.16  # by which the start token stands apart
OTHERS = 3.4  # the least height of all below upright words
AIR = 0.2  # left free beside the side labels, and at the other end
ROW = 0.43  # the height of an entry where there is room
BETWEEN, ID = 0.08, 0.9  # boxes of level words; of a token's size, that of its id
BESIDE = 0.25  # the size of what stands at the side
LINE = 0.36  # the height of a line of type between the parts


class TokenTable:
    """Places a sentence's tokens in `region`; `entries` shows rows of `vectors` (n, d_model)."""

    def __init__(
        self, chapter: Chapter, vectors: np.ndarray, region: Region, row: float = ROW
    ) -> None:
        self.chapter, self.vectors, self.region = chapter, np.asarray(vectors), region
        self.most = row  # how high an entry may be, in columns
        trace = chapter.trace
        self.n, self.start = trace.n, trace.start
        self.across, self.narrow = chapter.look.orientation == "columns", is_narrow()
        arrays = chapter.material.arrays  # whose position is shown
        turned = arrays.get("turn_rows", arrays.get("added_rows", np.zeros(0)))
        self.spoken = turned.astype(int).tolist()
        first = FEW if self.narrow and not self.across else FIRST
        self.picks = [*range(first), None, self.vectors.shape[1] - 1]
        self.texts = [
            chapter.say("start") if token.special else token.display for token in trace.tokens
        ]
        self.id_inks = [
            Ink.plain(typeset.number(str(token.id))) if token.id >= 0 else Ink(())
            for token in trace.tokens
        ]
        self.widest_id = max(ink.advance for ink in self.id_inks)
        self.runs = runs_of(trace.words, self.texts)
        self.gap = 0.0 if self.start is None else GAP
        self.steps = np.arange(self.n) + 0.5  # cells from the first edge, in pitches
        self.apart = np.where(np.arange(self.n) > 0, self.gap, 0.0)
        self.side = max(typeset.text(chapter.say("id")).advance, self._index(-1).advance)
        _, self.low, self.right, _ = region  # where it ends, which is not so far
        if self.across:
            self._columns()
        else:
            self._rows()
        self.signs = self._signs()
        self.along = np.linspace(0, 1, self.n)
        self.by_word = self.along.copy()  # the pieces of a word come together
        for run in self.runs:
            self.by_word[list(run.tokens)] = self.along[run.tokens[0]]
        vector_of = np.repeat(np.arange(self.n), len(self.picks))
        place = np.tile(np.arange(len(self.picks)), self.n)
        self.order = self.along[vector_of] * 0.75 + place / (len(self.picks) - 1) * 0.25

    def _signs(self) -> list[Painted]:
        """What signs in the tokens' texts stand for, where there are any."""
        tokens = self.chapter.trace.tokens
        spaces = [token.display for token in tokens if not token.display.strip(SPACE)]
        return explained(self.chapter, spaces, parts(tokens, self.spoken))

    def _inks(self, em: float, most: float, texts: Sequence[str] = ()) -> list[Ink]:
        return [
            elide(text, most / em, "italic" if place == self.start else "regular")
            if text
            else Ink(())
            for place, text in enumerate(texts or self.texts)
        ]

    def _index(self, pick: int) -> Ink:
        """The number of an entry, counted from 1."""
        return Ink.plain(typeset.number(str(pick + 1 if pick >= 0 else self.vectors.shape[1])))

    # -- columns: tokens from left to right, vectors downwards -------------------------------

    def _columns(self) -> None:
        chapter, (x0, y0, x1, y1) = self.chapter, self.region
        small = chapter.min_em
        beside = small if self.narrow else max(small, BESIDE)
        margin = self.side * beside + 0.34
        # What stands at the side counts: all of it, not the columns alone, is in the middle.
        pitch = min(1.5, (x1 - x0 - margin - AIR - self.gap) / self.n)
        whole = pitch * self.n + self.gap
        left = (x0 + x1 - whole + margin - AIR) / 2
        xs = left + self.steps * pitch + self.apart
        if chapter.trace.right_to_left:
            xs = 2 * left + whole - xs
        level = partial(self._level, pitch)
        self.texts, em = level_texts(chapter.trace, self.texts, level, small, self.spoken)
        self.runs = runs_of(chapter.trace.words, self.texts)
        upwards = em < small
        if not upwards:  # boxes keep apart, where words stay readable
            widest = max(ink.width for ink in self._inks(1.0, 99.0))
            em = min(em, max(small, (pitch - 2 * PAD - BETWEEN) / widest))
        if upwards:
            em = max(small, min(0.3, pitch * 0.62))
        # Upright words take what the parts below them leave, but not so little that none is read.
        longest = max(0.3 * (y1 - y0), y1 - y0 - OTHERS) if upwards else 99.0
        inks = self._inks(em, longest)
        words = runs_of(chapter.trace.words, self.texts, longest / em)
        tallest = max(ink.width for ink in (*inks, *[run.ink for run in words]))
        high = tallest * em + 2 * PAD if upwards else 1.5 * em
        top = y1 - 0.06
        half = pitch / 2 - 0.04
        boxes = np.stack([xs - half, 0 * xs + top - high, xs + half, 0 * xs + top], axis=1)
        if not upwards:  # a word that is one token has a box as wide as it needs
            wide = np.array([ink.width for ink in inks]) * em / 2 + PAD
            alone = [run.tokens[0] for run in self.runs if len(run.tokens) == 1]
            reach = np.minimum(half, wide[alone])
            boxes[alone, 0], boxes[alone, 2] = xs[alone] - reach, xs[alone] + reach
        self.pieces = Pieces(
            inks,
            boxes,
            words,
            em,
            chapter.theme,
            start=self.start,
            upwards=upwards,
            boxed=1.36 * em < pitch - 0.06,
        )
        ids_em = min(0.32, max(small, min(ID * em, (pitch - 0.14) / self.widest_id)))
        two = self.widest_id * ids_em > pitch - 0.12  # ids in two lines, by turns
        low = top - high - LINE
        ys = low - np.where(np.arange(self.n) % 2, ids_em * 1.15, 0.0) * two
        self._ids(np.stack([xs, ys], axis=1), ids_em)
        margin_x = float(xs.min()) - pitch / 2 - 0.14
        self._side_label("id", (margin_x, low - typeset.DIGIT_MIDDLE * ids_em), beside)
        floor = float(ys.min()) - 0.32
        line = LINE + 0.08
        row = min(self.most, (floor - y0 - line) / len(self.picks))
        cells = floor - (np.arange(len(self.picks)) + 0.5) * row
        spots = np.stack([np.repeat(xs, len(cells)), np.tile(cells, self.n)], axis=1)
        wide_em = min(0.32, (pitch - 0.28) / SIGNED, row / 1.12)
        if wide_em < small:  # brackets may stand closer before there are no numbers
            wide_em = min(small, (pitch - 0.12) / SIGNED, row / 1.12)
        cell = (min(pitch - 0.1, SIGNED * max(wide_em, small) + 0.1), row)
        self._entries(spots, cell, wide_em)
        self._indices(np.stack([0 * cells + margin_x, cells], axis=1), beside, "right")
        self.low = float(cells[-1]) - row / 2 - line
        self._note((float(xs.mean()), self.low + 0.1), x1 - x0)

    def _level(self, pitch: float, texts: Sequence[str], edges: float) -> float:
        """The size at which texts stand level in columns so wide (start has no box)."""
        wide = np.array([ink.width for ink in self._inks(1.0, 99.0, texts)])
        starts = np.arange(self.n) == self.start
        room = np.where(starts, 2 * self.gap, 0.0) + pitch - edges
        return float((room / np.maximum(wide, 1e-9)).min())

    # -- rows: tokens from top to bottom, vectors to the right -------------------------------

    def _rows(self) -> None:
        chapter, (x0, y0, x1, y1) = self.chapter, self.region
        small = chapter.min_em
        # Many lines need every bit of height; few leave some air above the caption.
        head, foot = LINE + 0.04, LINE + (0.16 if self.n <= 16 else 0.08)
        pitch = min(0.62, (y1 - y0 - head - foot - self.gap) / self.n)
        top = y1 - (y1 - y0 - head - foot - self.gap - pitch * self.n) / 2 - head
        ys = top - self.steps * pitch - self.apart
        em = min(0.28 if self.narrow else 0.34, roomy(pitch, 0.62, small))
        boxed = 1.3 * em < pitch - 0.03
        ids_em = min(0.30, em)
        wide_em = min(0.32, roomy(pitch, 0.7, small))
        if self.narrow:
            share = (PART * (x1 - x0) / len(self.picks) - 0.1) / SIGNED
            wide_em = min(wide_em, max(small, share))
        column = SIGNED * wide_em + 0.1
        fixed = 2 * PAD + 0.5 + self.widest_id * ids_em + column * len(self.picks)
        longest = max(0.5, x1 - x0 - fixed)
        inks = self._inks(em, longest)
        wide = np.array([ink.width for ink in inks]) * em
        words = runs_of(chapter.trace.words, self.texts, longest / em)
        widest = max(float(wide.max()), max(run.ink.width for run in words) * em)
        right = x0 + 0.1 + widest + 2 * PAD
        half = min(0.65 * em, pitch / 2 - 0.02)
        boxes = np.stack([right - wide - 2 * PAD, ys - half, 0 * ys + right, ys + half], axis=1)
        for run in self.runs:  # the pieces of a word share one box, which is as wide as the widest
            members = list(run.tokens)
            boxes[members, 0] = boxes[members, 0].min()
            if len(members) > 1:
                boxes[members, 1], boxes[members, 3] = (
                    ys[members] + side * (pitch / 2 - 0.02) for side in (-1, 1)
                )
        self.pieces = Pieces(
            inks, boxes, words, em, chapter.theme, start=self.start, stacked=True, boxed=boxed
        )
        id_right = right + 0.2 + self.widest_id * ids_em
        self._ids(np.stack([0 * ys + id_right, ys], axis=1), ids_em, "right")
        head_y = top + 0.14
        self._side_label("id", (id_right, head_y), small)
        first = id_right + 0.26
        cells = first + (np.arange(len(self.picks)) + 0.5) * column
        spots = np.stack([np.tile(cells, self.n), np.repeat(ys, len(cells))], axis=1)
        self._entries(spots, (column, pitch * 0.9), wide_em)
        self._indices(np.stack([cells, 0 * cells + head_y + 0.09], axis=1), small, "centre")
        self.right = float(cells[-1]) + column / 2
        low = float(ys[-1]) - pitch / 2
        self._note(((x0 + self.right) / 2, low - LINE + 0.04), self.right - x0)

    # -- pieces ------------------------------------------------------------------------------

    def _ids(self, spots: np.ndarray, em: float, anchor: str = "centre") -> None:
        theme = self.chapter.theme
        colours = [theme.start if i == self.start else theme.text for i in range(self.n)]
        self.ids = Strip(self.id_inks, spots, em, colours, 0.85, anchor=anchor)

    def _side_label(self, name: str, at: tuple[float, float], em: float) -> None:
        chapter = self.chapter
        known = any(len(ink.parts) for ink in self.id_inks)
        line = chapter.label(chapter.say(name), at, em, chapter.theme.quiet, "right")
        self.id_label = [line] if known else []

    def _entries(self, spots: np.ndarray, cell: tuple[float, float], em: float) -> None:
        theme, vectors = self.chapter.theme, self.vectors
        values = [
            None if pick is None else float(vectors[token, pick])
            for token in range(self.n)
            for pick in self.picks
        ]
        vector_of = np.repeat(np.arange(self.n), len(self.picks))
        readable = em if em >= self.chapter.min_em - 1e-9 else None
        colours = table_colours(values, vector_of, self.start, theme, flat=readable is None)
        self.entries = Entries(
            values,
            spots,
            vector_of,
            cell,
            colours,
            em=readable,
            upright=self.across,
            bracket=theme.quiet,
        )

    def _indices(self, spots: np.ndarray, em: float, anchor: str) -> None:
        kept = [place for place, pick in enumerate(self.picks) if pick is not None]
        inks = [self._index(self.picks[place] or 0) for place in kept]
        quiet = [self.chapter.theme.quiet] * len(kept)
        self.indices = Strip(inks, spots[kept], em, quiet, anchor=anchor)

    def _note(self, at: tuple[float, float], most: float) -> None:
        """What the columns are: the embedding of each token, so many numbers."""
        chapter = self.chapter
        line = chapter.say("embedding", d_model=f"{self.vectors.shape[1]:,}")
        told = line + chapter.say("cells")
        room = 2 * min(at[0] - self.region[0], self.region[2] - at[0])
        if self.entries.em is None and typeset.text(told).advance * chapter.min_em <= room:
            line, most = told, room  # cells have no signs
        em = max(chapter.min_em, min(0.27, most / typeset.text(line).advance))
        self.note: Painted = chapter.label(line, at, em, chapter.theme.quiet, "centre")

    @property
    def parts(self) -> list[Painted]:
        """All of it, for a still."""
        lines = [*self.id_label, *self.signs, self.note]
        return [self.pieces, self.ids, self.indices, self.entries, *lines]

    @property
    def counted(self) -> CellNames:
        """The numbers of the entries that are shown, counted from 1."""
        return CellNames(columns={pick: str(pick + 1) for pick in self.picks if pick is not None})

    def places(self) -> list[tuple[int, int, Box]]:
        """Token, entry and cell of all entries that are shown."""
        return [
            (token, pick, self.entries.rectangle(token * len(self.picks) + place))
            for token in range(self.n)
            for place, pick in enumerate(self.picks)
            if pick is not None
        ]
