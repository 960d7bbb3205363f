"""The ways that points turned about a centre: a hollow dot where each was, and an arc from it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from manim import Animation, FadeIn

from scenes.kit.animate import Show, Stagger, ease
from scenes.kit.painted import Box
from scenes.kit.swing import turned
from scenes.kit.theme import RGB, blend
from scenes.kit.vectors import Points, Segments

STEPS = 40  # short lines that make an arc
AROUND, ALONG = 0.16, 0.06  # room around a hollow dot, and beside an arc
TONE, FAINT = 0.55, 0.25  # of an arc beside what has arrived, and when others are looked at


class Ways:
    """From `starts` to `ends` (m, 2) about `centre`; what hardly moved has no way to show."""

    def __init__(
        self,
        starts: np.ndarray,
        ends: np.ndarray,
        centre: np.ndarray,
        colours: Sequence[RGB],
        dot: float,
        ground: RGB,
    ) -> None:
        self.far = far = np.linalg.norm(ends - starts, axis=1) > 4 * dot
        hues = [colour for colour, moved in zip(colours, far, strict=True) if moved]
        self.begins = Points(starts[far], dot, hues, outline=2.2)
        gone = np.linspace(0, 1, STEPS + 1)
        places = turned(starts[far, None], ends[far, None], centre, gone)  # (ways, STEPS + 1, 2)
        lines = np.stack([places[:, 1:-1], places[:, 2:]], axis=2).reshape(-1, 2, 2)
        # Solid, in a darker colour: short lines that shine through would show where they meet.
        self.lines, self.faint = (
            Segments(
                lines,
                [blend(ground, hue, tone) for hue in hues for _ in range(STEPS - 1)],
                width=2.2,
            )
            for tone in (TONE, FAINT)
        )

    @property
    def surroundings(self) -> list[Box]:
        """Around hollow dots and arcs: a name that stood at one would seem to be its own."""
        sides = np.array((-1, -1, 1, 1))
        dots = self.begins.around(self.begins.arrays) + AROUND * sides
        arcs = self.lines.around(self.lines.arrays) + ALONG * sides
        boxes = np.concatenate([dots, arcs]).tolist()
        return [(x0, y0, x1, y1) for x0, y0, x1, y1 in boxes]

    def show(
        self, run_time: float, order: np.ndarray | None = None, spread: float = 0.0
    ) -> list[Animation]:
        """The hollow dots at once; the arcs behind points that a `Swing` so staggered turns."""
        moments = np.linspace(0, 1, 200)
        gone = np.interp(np.linspace(0, 1, STEPS + 1)[2:], ease(moments), moments)
        begin = np.zeros(len(self.far)) if order is None else order
        times = begin[self.far, None] * spread + gone * (1 - spread)  # (ways, STEPS - 1)
        arcs = Show(self.lines, times.ravel(), spread=0.95, run_time=run_time)
        return [FadeIn(self.begins, run_time=0.2), arcs]

    def fade(self, run_time: float) -> list[Animation]:
        """The arcs step back; what is gone then is `lines`."""
        return [
            FadeIn(self.faint, run_time=run_time),
            Stagger(self.lines, run_time=run_time, shown=0.0),
        ]

    @property
    def any(self) -> bool:
        """Whether there is a way to show."""
        return bool(self.far.any())

    @property
    def seen(self) -> list[Points | Segments]:
        """What `show` has shown."""
        return [self.lines, self.begins]

    @property
    def parts(self) -> list[Points | Segments]:
        """All of it, for a still."""
        return [self.faint, self.begins]
