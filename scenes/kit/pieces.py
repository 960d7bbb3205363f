"""Words that come apart into the pieces that a model reads: one box a word, with dashed seams."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from attention_core.tokens import Word, right_to_left
from scenes.kit.layout import elide
from scenes.kit.outline import Ink
from scenes.kit.painted import Painted
from scenes.kit.painter import Painter
from scenes.kit.theme import RGB, Theme
from scenes.kit.view import Placement

PAD = 0.11  # between a text and its box, in frame units
MIDDLE = 0.25  # half of a small letter's height, in ems, sits on the box's middle
TALL, TALL_MIDDLE = 0.76, 0.36  # higher, and below the line too: Hangul, and its middle
SEAM = (4, 4)  # the dashes of a seam


@dataclass(frozen=True)
class Run:
    """One word: the tokens that it is made of, and its text as one piece of ink."""

    tokens: tuple[int, ...]
    ink: Ink
    spelled: bool  # whether its tokens' texts, side by side, are its text


def runs_of(words: Iterable[Word], texts: Sequence[str], most: float = 1e9) -> list[Run]:
    """The words of a sentence whose tokens have these texts, none of them wider than `most` ems."""
    found = []
    for word in words:
        spelled = "".join(texts[piece] for piece in word.pieces) == word.text
        spelled &= not right_to_left(word.text)  # its letters join, and do not come apart
        found.append(Run(word.pieces, elide(word.display, most), spelled))
    return found


class Pieces(Painted):
    """Words in boxes; a word of several tokens comes apart into them, with seams between.

    `boxes` (n, 4) are the tokens' places once apart; those of one word are made to touch. Without
    room for boxes (`boxed`) only split words keep theirs. Arrays: `shown` (n,); `apart` (0..1) how
    far they have come; `marked` (n,) how strongly a box is in focus.
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
        for run in self.split:
            self._touch(run)
        self.joined = self.own.copy()
        for run in self.split:
            self.joined[list(run.tokens)] = self._joined(run)
        both = np.concatenate([self.own, self.joined])
        low, high = both[:, :2].min(0) - 0.02, both[:, 2:].max(0) + 0.02
        n = len(self.inks)
        super().__init__(
            (float(low[0]), float(low[1]), float(high[0]), float(high[1])),
            shown=np.ones(n),
            marked=np.zeros(n),
            apart=1.0,
        )

    # -- geometry ----------------------------------------------------------------------------

    def _touch(self, run: Run) -> None:
        """Let the boxes of one word meet halfway."""
        ends, starts = (1, 3) if self.stacked else (2, 0)
        for before, after in pairwise(run.tokens):
            self.own[before, ends] = self.own[after, starts] = (
                self.own[before, ends] + self.own[after, starts]
            ) / 2

    def slides(self, run: Run) -> bool:
        """Whether a word's text can be seen coming apart (else it gives way to its pieces)."""
        return run.spelled and not self.upwards and not self.stacked

    def _joined(self, run: Run) -> np.ndarray:
        """Where the pieces' boxes stand while they are one word: (m, 4)."""
        boxes = self.own[list(run.tokens)]
        (x0, y0), (x1, y1) = boxes[:, :2].min(0), boxes[:, 2:].max(0)
        m = len(boxes)
        found = np.tile((x0, y0, x1, y1), (m, 1))
        if self.stacked:  # within the height of one line
            middle, half = (y0 + y1) / 2, (y1 - y0) / (2 * m)
            edges = np.linspace(middle + half, middle - half, m + 1)
            found[:, 3], found[:, 1] = edges[:-1], edges[1:]
            found[:, 0] = min(x0, x1 - run.ink.width * self.em - 2 * PAD)
            return found
        if self.slides(run):
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
        tall = np.array([piece.box[3] > TALL and piece.box[1] < 0 for piece in inks])
        reach, drop = ink.mean(axis=1), np.where(tall, TALL_MIDDLE, MIDDLE) * self.em
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

    def seams(self, apart: float) -> list[np.ndarray]:
        """The lines between each split word's pieces: (pieces - 1, 2, 2) a word."""
        boxes, found = self.boxes_at(apart), []
        for run in self.split:
            x0, y0, x1, y1 = boxes[list(run.tokens[1:])].T
            # Pieces side by side meet at their left edges, stacked ones at their upper edges.
            ends = ((x0, y1), (x1, y1)) if self.stacked else ((x0, y0), (x0, y1))
            found.append(np.array(ends).transpose(2, 0, 1))
        return found

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
        return np.concatenate(at)

    # -- painting ----------------------------------------------------------------------------

    def paint(self, painter: Painter, at: Placement) -> None:
        """Boxes, seams and texts."""
        self._paint_boxes(painter, at)
        tokens, words = self.text_opacities()
        theme, n = self.theme, len(self.inks)
        colours: list[RGB] = [theme.start if i == self.start else theme.text for i in range(n)]
        apart = float(self.arrays["apart"])
        pens, ems = self.token_pens(apart), np.full(n, self.em)
        painter.inks(at, self.inks, pens, ems, colours, tokens, self.upwards)
        if words.any():
            inks = [run.ink for run in self.split]
            pens, ems = self.pens(inks, self.word_boxes(apart)), np.full(len(inks), self.em)
            painter.inks(at, inks, pens, ems, [theme.text] * len(inks), words, self.upwards)

    def frames(self) -> list[tuple[int, np.ndarray, float]]:
        """The boxes that are drawn, one a word: its first token, the box, its opacity."""
        shown, apart = self.arrays["shown"] * self.opacity, float(self.arrays["apart"])
        parts = {token for run in self.split for token in run.tokens}
        boxes, plain = self.boxes_at(apart), []
        for token in range(len(boxes)) if self.boxed else ():
            if token != self.start and token not in parts:
                plain.append((token, boxes[token], float(shown[token])))
        words = [
            (run.tokens[0], box, float(shown[list(run.tokens)].min()))
            for run, box in zip(self.split, self.word_boxes(apart), strict=True)
        ]
        return plain + words

    def _paint_boxes(self, painter: Painter, at: Placement) -> None:
        theme, apart = self.theme, float(self.arrays["apart"])
        for _, box, opacity in self.frames():
            if opacity > 0.002:
                painter.rectangle(at, *box.tolist())
                painter.fill(theme.box, 0.2 * opacity)
                painter.rectangle(at, *box.tolist())
                painter.stroke(theme.box, opacity, 2.0)
        shown = self.arrays["shown"] * self.opacity
        for run, ends in zip(self.split, self.seams(apart), strict=True):
            if (opacity := apart * float(shown[list(run.tokens)].min())) > 0.002:
                painter.segments(at, ends)
                painter.stroke(theme.box, opacity, 2.0, SEAM)
        marked = self.arrays["marked"] * shown
        for box, opacity in zip(self.boxes_at(apart), marked.tolist(), strict=True):
            if opacity > 0.002:
                painter.rectangle(at, *box.tolist())
                painter.stroke(theme.query, opacity, 3.0)
