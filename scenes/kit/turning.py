"""Where W_Q and W_K land a query and its keys, and how their positions turn them from there."""

from __future__ import annotations

from typing import Any

import numpy as np

from scenes.kit.board import Region
from scenes.kit.caption import broken
from scenes.kit.painted import Painted
from scenes.kit.planes import TurningView
from scenes.kit.theme import RGB
from scenes.kit.ways import Ways

LINE = 1.3  # ems from line to line of the note
KEPT = 1e-3  # by how much, of itself, a length may change that stays the same


class Turning:
    """A beat of the clip, in a view of its own; it leaves before the keys are looked at.

    The ways of the keys `strong` (m,) are drawn; the note stands at the foot of `region`.
    """

    def __init__(
        self,
        chapter: Any,
        query: int,
        view: TurningView,
        strong: np.ndarray,
        dot: float,
        region: Region,
    ) -> None:
        self.chapter, self.query, self.view, self.dot = chapter, query, view, dot
        panel, theme = view.panel, chapter.theme
        self.zero = panel.zero  # (2,)
        self.query_landed = panel.arrows(view.query_before[None])  # (1, 2, 2)
        self.query_turned = panel.arrows(view.query[None])
        self.keys_landed, self.keys_turned = map(panel.place, (view.keys_before, view.keys))
        self.line = panel.through(view.query)  # (2, 2)
        far = np.argmax((self.line - self.zero) @ view.query)
        self.line[far] = panel.place(view.query)
        self.query_turn = self._ways(view.query_before[None], view.query[None], theme.query)
        self.key_turns = self._ways(view.keys_before[strong], view.keys[strong], theme.key)
        self.note: list[Painted] = self._note(region)

    def _ways(self, before: np.ndarray, after: np.ndarray, colour: RGB) -> Ways:
        starts, ends = map(self.view.panel.place, (before, after))
        ground = self.chapter.theme.background
        return Ways(starts, ends, self.zero, [colour] * len(before), self.dot, ground)

    def _note(self, region: Region) -> list[Painted]:
        """At the foot of `region`, its last line at the bottom."""
        x0, y0, x1, _ = region
        chapter, em = self.chapter, small(self.chapter)
        lines = broken(note(chapter, self.query), x1 - x0, em)
        return [
            chapter.label(
                line,
                ((x0 + x1) / 2, y0 + 0.08 + LINE * em * place),
                em,
                chapter.theme.quiet,
                "centre",
                "italic",
            )
            for place, line in enumerate(reversed(lines))
        ][::-1]


def small(chapter: Any) -> float:
    """The size of quiet lines."""
    return max(chapter.min_em, 0.24)


def note(chapter: Any, query: int) -> str:
    """What a hollow dot is; and why a turn seems to change a length, if it changes none."""
    trace = chapter.trace
    if trace.q_unrotated is not None:
        before, after = (float(np.linalg.norm(q[query])) for q in (trace.q_unrotated, trace.q))
        if abs(after - before) <= KEPT * before:
            return str(chapter.say("turned_kept", d=trace.q.shape[1]))
    return str(chapter.say("turned"))


def foot(chapter: Any, query: int, width: float) -> float:
    """How high the note is, with what it keeps free above itself."""
    em = small(chapter)
    return 0.1 + LINE * em * len(broken(note(chapter, query), width, em))
