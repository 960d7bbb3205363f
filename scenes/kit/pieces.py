"""Words that come apart into the pieces that a model reads, joined by thin brackets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from scenes.kit.outline import Ink
from scenes.kit.painted import Painted
from scenes.kit.painter import Painter
from scenes.kit.theme import RGB, Theme
from scenes.kit.view import Placement

PAD = 0.11  # between a text and its box, in frame units
MIDDLE = 0.25  # half of a small letter's height, in ems, sits on the box's middle
JOINT, HOOK = 0.11, 0.06  # how far a bracket stands off its boxes, and how long its ends are


@dataclass(frozen=True)
class Run:
    """One word: the tokens that it is made of, and its text as one piece of ink."""

    tokens: tuple[int, ...]
    ink: Ink
    spelled: bool  # whether its tokens' texts, side by side, are its text


class Pieces(Painted):
    """Tokens in boxes of their own, which come out of their words' boxes.

    `boxes` (n, 4) are the tokens' places once apart. Arrays: `shown` (n,); `apart` (0..1) how far
    they have come; `marked` (n,) how strongly a box is in focus.
    """

    def __init__(
        self,
        inks: Sequence[Ink],
        boxes: np.ndarray,
        runs: Sequence[Run],
        em: float,
        theme: Theme,
        *,
        start: int | None,
        upwards: bool = False,
        stacked: bool = False,
        boxed: bool = True,
    ) -> None:
        self.inks, self.own, self.runs, self.em = list(inks), np.asarray(boxes, float), runs, em
        self.theme, self.start, self.boxed = theme, start, boxed
        self.upwards, self.stacked = upwards, stacked
        self.split = [run for run in runs if len(run.tokens) > 1]
        self.joined = self.own.copy()
        for run in self.split:
            self.joined[list(run.tokens)] = self._joined(run)
        both = np.concatenate([self.own, self.joined])
        low, high = both[:, :2].min(0) - JOINT - 0.02, both[:, 2:].max(0) + JOINT + 0.02
        n = len(self.inks)
        super().__init__(
            (float(low[0]), float(low[1]), float(high[0]), float(high[1])),
            shown=np.ones(n),
            marked=np.zeros(n),
            apart=1.0,
        )

    # -- geometry ----------------------------------------------------------------------------

    def slides(self, run: Run) -> bool:
        """Whether a word's text can be seen coming apart (else it gives way to its pieces)."""
        return run.spelled and not self.upwards and not self.stacked

    def _joined(self, run: Run) -> np.ndarray:
        """Where the pieces' boxes stand while they are one word: (m, 4)."""
        boxes = self.own[list(run.tokens)]
        (x0, y0), (x1, y1) = boxes[:, :2].min(0), boxes[:, 2:].max(0)
        m = len(boxes)
        found = np.tile((x0, y0, x1, y1), (m, 1))
        if self.stacked:  # side by side within the height of one line
            middle, half = (y0 + y1) / 2, (boxes[0, 3] - boxes[0, 1]) / 2
            found[:, 1], found[:, 3] = middle - half, middle + half
            left = min(x0, x1 - run.ink.width * self.em - 2 * PAD)
            edges = np.linspace(left, x1, m + 1)
        elif self.slides(run):
            widths = np.array([self.inks[token].advance for token in run.tokens]) * self.em
            left = (x0 + x1 - widths.sum()) / 2
            edges = left + np.concatenate([[0.0], np.cumsum(widths)])
            edges[0], edges[-1] = edges[0] - PAD, edges[-1] + PAD
        else:
            edges = np.linspace(x0, x1, m + 1)
            if boxes[0, 0] > boxes[-1, 0]:  # from right to left
                found[:, 0], found[:, 2] = edges[-2::-1], edges[:0:-1]
                return found
        found[:, 0], found[:, 2] = edges[:-1], edges[1:]
        return found

    def boxes_at(self, apart: float) -> np.ndarray:
        """The tokens' boxes on their way: (n, 4)."""
        return self.joined + (self.own - self.joined) * apart

    def pens(self, inks: Sequence[Ink], boxes: np.ndarray) -> np.ndarray:
        """Where each text starts in the middle of its box: (m, 2)."""
        ink = np.array([(piece.box[0], piece.box[2]) for piece in inks]).reshape(-1, 2) * self.em
        centres = (boxes[:, :2] + boxes[:, 2:]) / 2
        reach, drop = ink.mean(axis=1), MIDDLE * self.em
        if self.upwards:
            return np.stack([centres[:, 0] + drop, centres[:, 1] - reach], axis=1)
        return np.stack([centres[:, 0] - reach, centres[:, 1] - drop], axis=1)

    def token_pens(self, apart: float) -> np.ndarray:
        """Where each token's text starts; a word's first and last are off the middle at first."""
        boxes = self.boxes_at(apart)
        for run in self.split:
            if self.slides(run):  # their boxes include the word's padding
                first, last = run.tokens[0], run.tokens[-1]
                boxes[first, 0] += PAD * (1 - apart)
                boxes[last, 2] -= PAD * (1 - apart)
        return self.pens(self.inks, boxes)

    def word_boxes(self, apart: float) -> np.ndarray:
        """Around all pieces of each word that is split: (w, 4)."""
        boxes = self.boxes_at(apart)
        found = [boxes[list(run.tokens)] for run in self.split]
        return np.array([(*b[:, :2].min(0), *b[:, 2:].max(0)) for b in found]).reshape(-1, 4)

    def text_opacities(self) -> tuple[np.ndarray, np.ndarray]:
        """How visible the tokens' texts (n,) and the words' (w,) are now."""
        shown, apart = self.arrays["shown"] * self.opacity, float(self.arrays["apart"])
        tokens, words = shown.copy(), np.zeros(len(self.split))
        for place, run in enumerate(self.split):
            if not self.slides(run):
                members = list(run.tokens)
                tokens[members] *= max(0.0, 2 * apart - 1)
                words[place] = float(shown[members].min()) * max(0.0, 1 - 2 * apart)
        return tokens, words

    @cached_property
    def brackets(self) -> np.ndarray:
        """Three lines a split word that join its pieces: (w, 3, 2, 2)."""
        found = []
        for x0, y0, x1, y1 in self.word_boxes(1.0).tolist():
            if self.stacked:
                far, near = x0 - JOINT, x0 - JOINT + HOOK
                found.append([[(far, y0), (far, y1)], *[[(far, y), (near, y)] for y in (y0, y1)]])
            else:
                far, near = y1 + JOINT, y1 + JOINT - HOOK
                found.append([[(x0, far), (x1, far)], *[[(x, far), (x, near)] for x in (x0, x1)]])
        return np.array(found).reshape(-1, 3, 2, 2)

    def changed_parts(self, before: dict[str, np.ndarray]) -> np.ndarray | None:
        """Around the tokens that changed, and around split words that come apart."""
        now = self.arrays
        if before["opacity"] != now["opacity"]:
            return None
        changed = (now["shown"] != before["shown"]) | (now["marked"] != before["marked"])
        at = [self.own[changed], self.joined[changed]]
        if now["apart"] != before["apart"] or changed.any():
            words = np.stack([self.word_boxes(0.0), self.word_boxes(1.0)])
            at.append(np.concatenate([words.min(0)[:, :2], words.max(0)[:, 2:]], axis=1))
            ends = self.brackets.reshape(-1, 6, 2)
            at.append(np.concatenate([ends.min(1), ends.max(1)], axis=1))
        return np.concatenate(at)

    # -- painting ----------------------------------------------------------------------------

    def paint(self, painter: Painter, at: Placement) -> None:
        """Boxes, brackets and texts."""
        shown, apart = self.arrays["shown"] * self.opacity, float(self.arrays["apart"])
        if self.boxed:
            self._paint_boxes(painter, at, shown, apart)
        for run, lines in zip(self.split, self.brackets, strict=True):
            if (opacity := apart * float(shown[list(run.tokens)].min())) > 0.002:
                painter.segments(at, lines)
                painter.stroke(self.theme.text, 0.7 * opacity, 2.2)
        tokens, words = self.text_opacities()
        theme, n = self.theme, len(self.inks)
        colours: list[RGB] = [theme.start if i == self.start else theme.text for i in range(n)]
        pens, ems = self.token_pens(apart), np.full(n, self.em)
        painter.inks(at, self.inks, pens, ems, colours, tokens, self.upwards)
        if words.any():
            inks = [run.ink for run in self.split]
            pens, ems = self.pens(inks, self.word_boxes(apart)), np.full(len(inks), self.em)
            painter.inks(at, inks, pens, ems, [theme.text] * len(inks), words, self.upwards)

    def _paint_boxes(
        self, painter: Painter, at: Placement, shown: np.ndarray, apart: float
    ) -> None:
        """One frame a word, which gives way to one a token."""
        theme, boxes = self.theme, self.boxes_at(apart)
        parts = {token for run in self.split for token in run.tokens}
        for token in range(len(boxes)):
            opacity = float(shown[token])
            if token == self.start or opacity <= 0.002:
                continue
            edge = opacity * (apart if token in parts else 1.0)
            painter.rectangle(at, *boxes[token].tolist())
            painter.fill(theme.box, 0.2 * opacity)
            for colour, strength, width in (
                (theme.box, edge, 2.0),
                (theme.query, opacity * float(self.arrays["marked"][token]), 3.0),
            ):
                if strength > 0.002:
                    painter.rectangle(at, *boxes[token].tolist())
                    painter.stroke(colour, strength, width)
        for run, box in zip(self.split, self.word_boxes(apart).tolist(), strict=True):
            if (opacity := (1 - apart) * float(shown[list(run.tokens)].min())) > 0.002:
                painter.rectangle(at, *box)
                painter.stroke(theme.box, opacity, 2.0)
