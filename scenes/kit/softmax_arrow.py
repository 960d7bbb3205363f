"""The arrow from scores to their shares: softmax above it, and below it what that does."""

from __future__ import annotations

from typing import Any

from scenes.kit import typeset
from scenes.kit.label import Arrow, Label
from scenes.kit.outline import Ink

ASIDE = 0.2  # how much shorter its word is


def softmax_arrow(chapter: Any, x0: float, x1: float, y: float) -> tuple[Arrow, Label, Label]:
    """The arrow from `x0` to `x1`, its word, and the formula for one score."""
    colour, x = chapter.theme.text, (x0 + x1) / 2
    word = Ink.plain(typeset.text(chapter.say("softmax")))
    rule = Ink.plain(typeset.math("e^(s_j) / (sum_i e^(s_i))"))
    em, small = (min(0.36, (x1 - x0 - ASIDE) / ink.width) for ink in (word, rule))
    label = Label(word, (x, y + 0.18), em, colour, "centre")
    below = (x, y - 0.3 - rule.box[3] * small)
    return (
        Arrow((x0, y), (x1, y), colour, 0.06),
        label,
        Label(rule, below, small, colour, "centre"),
    )
