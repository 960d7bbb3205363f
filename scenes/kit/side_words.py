"""The words beside the first of the heads' panels: all of them, or those that are marked."""

from __future__ import annotations

from typing import Any

import numpy as np

from attention_core.focus import word_of
from scenes.kit.board import Board
from scenes.kit.head_sum import WORD_MIDDLE
from scenes.kit.layout import elide
from scenes.kit.panels import Panels
from scenes.kit.strip import Strip
from scenes.kit.theme import RGB
from scenes.kit.vectors import Segments

TIGHT = 1.02  # type may be so much of a line's pitch
LEADER = 0.22  # length of the lines from words to their rows, where words are moved apart


class SideWords:
    """Places words of `board` beside `panels` where these are; `tall` is the panels' height.

    parts: the words beside the first panel, or where they are too many, those that are marked;
    asking: which of them are of the word whose query `row` is.
    """

    def __init__(
        self, chapter: Any, board: Board, panels: Panels, row: int, em: float, tall: float
    ) -> None:
        self.chapter, self.board, self.panels = chapter, board, panels
        self.em, self.tall, self.theme = em, tall, chapter.theme
        word = word_of(chapter.trace, row)
        self.own = set(word.pieces if word else (row,))
        self.asking: list[bool] = []
        self.parts = self._parts()

    @property
    def spelled(self) -> bool:
        """Whether there is room for the text of each token."""
        return self._em(self._spots()) >= self.chapter.min_em

    def _parts(self) -> list[Strip | Segments]:
        labels, theme, least = self.board.rows.labels, self.theme, self.chapter.min_em
        spots = self._spots()
        em = self._em(spots)
        if em >= least:
            tokens, marks = self.chapter.trace.tokens, self.chapter.accents()
            texts = [tokens[label.token].display for label in labels]
            plain = [theme.start if label.is_start else theme.text for label in labels]
            colours = [
                marks[label.token].colour if label.token in marks else colour
                for label, colour in zip(labels, plain, strict=True)
            ]
            self.asking = [label.token in self.own for label in labels]
            return [self._beside(texts, spots, em, colours, labels[0].is_start)]
        texts, rows, colours = self._marked()
        self.asking = [any(labels[row].token in self.own for row in run) for run in rows]
        if not texts:
            return []
        wanted = np.array([spots[run].mean(axis=0) for run in rows])
        _, low, _, high = self.panels.sheet(0)
        places = heights_apart(wanted[:, 1], least / TIGHT, low + 0.3 * least, high - 0.3 * least)
        ends = np.stack([wanted - np.array([LEADER - 0.06, 0.0]), wanted + np.array([0.04, 0.0])])
        ends[0, :, 1] = places
        lines = Segments(ends.swapaxes(0, 1), [theme.quiet] * len(texts), width=1.6)
        moved = np.stack([wanted[:, 0] - LEADER, places], axis=1)
        return [lines, self._beside(texts, moved, least, colours, labels[0].is_start)]

    def _spots(self) -> np.ndarray:
        """Beside the first panel, where each row's text would end."""
        heights = (self.board.rows.centres - self.panels.middle[1]) / self.panels.reach[1]
        spots = self.panels.seen(0, np.stack([np.full(len(heights), -1.0), heights], axis=1))
        return np.asarray(spots) - np.array([0.1, 0.0])

    def _em(self, spots: np.ndarray) -> float:
        """The size of texts there."""
        pitch = float(np.abs(np.diff(spots[:, 1])).min()) if len(spots) > 1 else self.em
        return min(self.em, TIGHT * pitch)

    def _marked(self) -> tuple[list[str], list[list[int]], list[RGB]]:
        """The start token and the accented words, each once: texts, their rows, their colours."""
        labels, marks = self.board.rows.labels, self.chapter.accents()
        row_of = {label.token: row for row, label in enumerate(labels)}
        found: list[tuple[str, list[int], RGB]] = []
        if labels[0].is_start:
            found.append(("", [0], self.theme.start))
        for word in self.chapter.trace.words:
            rows = [row_of[piece] for piece in word.pieces if piece in marks and piece in row_of]
            if rows:
                found.append((word.display, rows, marks[word.pieces[0]].colour))
        found = found[: int(self.tall / self.chapter.min_em)]
        return [one[0] for one in found], [one[1] for one in found], [one[2] for one in found]

    def _beside(
        self, texts: list[str], spots: np.ndarray, em: float, colours: list[RGB], start: bool
    ) -> Strip:
        """Words that end at these spots; the first one is the start token's, if it is there."""
        room = (float(spots[0, 0]) - self.chapter.region[0]) / em
        inks = [elide(text, room) for text in texts[int(start) :]]
        if start:
            inks.insert(0, elide(self.chapter.say("start"), room, "italic"))
        return Strip(inks, spots, em, colours, anchor="right", middle=WORD_MIDDLE)


def heights_apart(wanted: np.ndarray, pitch: float, low: float, high: float) -> np.ndarray:
    """Heights from the top down, moved apart to `pitch`, near those wanted, within low to high."""
    steps = pitch * np.arange(len(wanted))
    # Without their pitch they may coincide, but must not cross: each is the mean of its run.
    level, weight = list((wanted + steps).tolist()), [1] * len(wanted)
    index = 0
    while index < len(level) - 1:
        if level[index] >= level[index + 1]:
            index += 1
            continue
        both = weight[index] + weight[index + 1]
        mean = (level[index] * weight[index] + level[index + 1] * weight[index + 1]) / both
        level[index : index + 2], weight[index : index + 2] = [mean], [both]
        index = max(0, index - 1)
    flat = np.repeat(level, weight)
    bounded: np.ndarray = np.clip(flat, low + steps[-1], high)
    return bounded - steps
