"""The sentence's words in their boxes, carried over from one chapter to the next."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from manim import config

from scenes.kit.animate import Stagger
from scenes.kit.header import PAD, Header
from scenes.kit.header_boxes import Accent
from scenes.kit.outline import Ink
from scenes.kit.painted import Box, Painted
from scenes.kit.painter import Painter
from scenes.kit.view import Placement

ROW_EM, GAP = 0.40, 0.16  # of the words in a row of their own, and between their boxes
LEAST_EM, MOST_ROWS, ROW_PITCH = 0.28, 4, 1.8  # smaller words stand in several rows
LANDED = (0.96, 1.0)  # the last moment of a flight, when the header's own words take over


class Words(Painted):
    """Words that fly: arrays `pen` (n, 2), `em`, `shown` (n,) of the tokens, `boxes` (r, 4).

    `seams` are where tokens of one word meet, as shares of its box.

    They look as the header's do across a board, so that either can take the other's place;
    `texts` of tokens are what is shown instead of what a narrow header cuts off.
    """

    roams = True

    def __init__(self, header: Header, texts: Mapping[int, Ink] | None = None) -> None:
        half_w, half_h = config.frame_width / 2, config.frame_height / 2
        words = [run for run in header.runs if not header.axis.labels[run[0]].is_start]
        self.tokens = [index for run in words for index in run]
        labels, known = header.axis.labels, texts or {}
        self.inks = [known.get(labels[i].token, header.inks[i]) for i in self.tokens]
        place = {index: at for at, index in enumerate(self.tokens)}
        self.runs = [[place[index] for index in run] for run in words]
        self.theme = header.theme
        self.accents = [
            header.accents.get(header.axis.labels[run[0]].token, Accent(header.theme.box, 2.0, 0.2))
            for run in words
        ]
        self.widths = np.array([ink.width for ink in self.inks])
        self.leftwards = header.axis.leftwards
        super().__init__((-half_w, -half_h, half_w, half_h), **self.at(header))

    def at(self, header: Header) -> dict[str, np.ndarray]:
        """Where they stand in a header, as arrays."""
        words = [run for run in header.runs if not header.axis.labels[run[0]].is_start]
        boxes = [header.word_box(run) for run in words]
        seams = [
            (header.axis.side(index) - box[0]) / (box[2] - box[0])
            for run, box in zip(words, boxes, strict=True)
            for index in run[1:]
        ]
        return {
            "pen": header.word_pens[self.tokens],
            "em": header.ems[self.tokens],
            "shown": np.ones(len(self.tokens)),
            "boxes": np.array(boxes),
            "seams": np.array(seams),
        }

    def row(self, y: float) -> dict[str, np.ndarray]:
        """Where they stand in a row across the frame, as arrays; in several where they are many."""
        room = config.frame_width - 0.6
        gaps = 2 * PAD * len(self.tokens) + GAP * len(self.runs)
        for count in range(1, MOST_ROWS + 1):
            # Rows are broken between words: none is quite full.
            em = min(
                ROW_EM, (room * count * (0.9 if count > 1 else 1.0) - gaps) / self.widths.sum()
            )
            if em >= LEAST_EM:
                break
        advances = self.widths * em + 2 * PAD
        of_runs = np.array([advances[run].sum() + GAP for run in self.runs])
        ends = np.cumsum(of_runs)
        rows = np.minimum((ends - of_runs / 2) * count / ends[-1], count - 1).astype(int)
        pens, boxes, seams = np.zeros((len(self.tokens), 2)), [], []
        for row in range(count):
            here = [run for run, its in zip(self.runs, rows.tolist(), strict=True) if its == row]
            line = y - row * ROW_PITCH * em
            x = -(of_runs[rows == row].sum() - GAP) / 2
            for run in here:
                begin = x
                for token in run:
                    pens[token] = (x + PAD, line - 0.25 * em)
                    x += advances[token]
                boxes.append((begin, line - 0.68 * em, x, line + 0.68 * em))
                seams += [(pens[token, 0] - PAD - begin) / (x - begin) for token in run[1:]]
                x += GAP
        if self.leftwards:  # the row's mirror image: it is in the frame's middle
            pens[:, 0] = -pens[:, 0] - self.widths * em
            boxes = [(-right, low, -left, high) for left, low, right, high in boxes]
            seams = [1 - seam for seam in seams]
        return {
            "pen": pens,
            "em": np.full(len(self.tokens), em),
            "shown": np.ones(len(self.tokens)),
            "boxes": np.array(boxes),
            "seams": np.array(seams),
        }

    def ink_box(self) -> Box | None:
        """Around all boxes."""
        if self.opacity <= 0.002 or not (self.arrays["shown"] > 0.002).any():
            return None
        (x0, y0), (x1, y1) = (
            self.arrays["boxes"][:, :2].min(0) - 0.1,
            self.arrays["boxes"][:, 2:].max(0) + 0.1,
        )
        return (float(x0), float(y0), float(x1), float(y1))

    def paint(self, painter: Painter, at: Placement) -> None:
        """Boxes with their seams, then words."""
        shown, done = self.arrays["shown"] * self.opacity, 0
        for run, accent, box in zip(self.runs, self.accents, self.arrays["boxes"], strict=True):
            opacity = float(shown[run].min())
            painter.rectangle(at, *box)
            painter.fill(accent.colour, accent.fill * opacity)
            painter.rectangle(at, *box)
            painter.stroke(accent.colour, opacity, accent.stroke)
            shares = self.arrays["seams"][done : done + len(run) - 1]
            done += len(run) - 1
            xs = box[0] + (box[2] - box[0]) * shares
            if len(xs):
                painter.segments(at, np.array([[(x, box[1]), (x, box[3])] for x in xs]))
                painter.stroke(accent.colour, opacity, 2.0, (6.0, 6.0))
        colours = [self.theme.text] * len(self.inks)
        painter.inks(at, self.inks, self.arrays["pen"], self.arrays["em"], colours, shown)

    def fly(self, to: dict[str, np.ndarray], run_time: float = 0.9) -> Stagger:
        """All of them go to new places at once."""
        targets: dict[str, Any] = {name: to[name] for name in ("pen", "em", "boxes", "seams")}
        return Stagger(self, run_time=run_time, introducer=True, **targets)

    def land(self, header: Header, run_time: float = 0.9) -> list[Stagger]:
        """They fly to a header's words, which take over from them."""
        shown = header.arrays["shown"].copy()
        header.set(shown=0.0)
        return [
            self.fly(self.at(header), run_time),
            Stagger(self, window=LANDED, run_time=run_time, shown=0.0),
            Stagger(header, window=LANDED, run_time=run_time, introducer=True, shown=shown),
        ]


def carries(header: Any) -> bool:
    """Whether a mobject is a header whose words can fly: across, level, in boxes, and whole."""
    return (
        isinstance(header, Header)
        and header.across
        and header.boxed
        and not header.axis.rotated
        and all(label.whole for label in header.axis.labels)
        and bool((header.arrays["shown"] > 0.5).all())
    )
