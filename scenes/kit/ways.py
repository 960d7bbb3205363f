"""The ways that points turned about a centre: a hollow dot where each was, and an arc from it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from manim import Animation, FadeIn

from scenes.kit.animate import Show, Stagger, ease
from scenes.kit.swing import turned
from scenes.kit.theme import RGB, blend
from scenes.kit.vectors import Points, Segments

STEPS = 40  # short lines that make an arc
TONE = 0.55  # of an arc beside what has arrived


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
        hues = [blend(ground, hue, TONE) for hue in hues for _ in range(STEPS - 1)]
        self.lines = Segments(lines, hues, width=2.2)

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

    def leave(self, run_time: float) -> list[Animation]:
        """What has been seen goes; the scene removes `seen` then."""
        return [Stagger(part, run_time=run_time, shown=0.0) for part in self.seen]

    @property
    def any(self) -> bool:
        """Whether there is a way to show."""
        return bool(self.far.any())

    @property
    def seen(self) -> list[Points | Segments]:
        """What `show` has shown."""
        return [self.lines, self.begins]
