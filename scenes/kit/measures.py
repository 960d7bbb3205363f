"""Many shares at a glance: dots in unit rings, and in figures those that a thing is named after."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from attention_core.rounding import format_weight
from scenes.kit import typeset
from scenes.kit.label import Label
from scenes.kit.outline import Ink
from scenes.kit.painted import Painted
from scenes.kit.strip import Strip
from scenes.kit.theme import Theme
from scenes.kit.vectors import Points

RING, FILLS = 0.16, 0.44  # a unit ring's opacity; its radius, of a line's pitch
SAMPLE = 0.25  # the share of the dot that the key shows


def measures(
    theme: Theme,
    spots: np.ndarray,
    shares: Sequence[float],
    named: Sequence[bool],
    em: float,
    start: bool = False,
) -> list[Strip | Points]:
    """One line of shares (m,) at spots (m, 2), an em apart from the next.

    A share is a dot of its area in the ring of 1, grey if it goes to the start token; where a
    thing is named after it, its number stands there.
    """
    radius = FILLS * em
    plain = np.array([0.0 if name else 1.0 for name in named])
    values = np.clip(np.asarray(shares, float), 0.0, 1.0)
    rings = Points(spots, radius, [theme.text] * len(values), RING * plain, outline=2.0)
    colours = [theme.line if start else theme.dot(value) for value in values.tolist()]
    dots = Points(spots, radius * np.sqrt(values), colours, plain)
    inks = [
        Ink.plain(typeset.number(format_weight(share), True)) if name else Ink(())
        for share, name in zip(values.tolist(), named, strict=True)
    ]
    numbers = [Strip(inks, spots, em, [theme.text] * len(inks))] if any(named) else []
    return [rings, dots, *numbers]


def sample(chapter: Any, right: float, middle: float, em: float) -> list[Painted]:
    """What such a dot is, for a key: it ends at `right`, about the height `middle`."""
    theme, radius = chapter.theme, FILLS * em
    ink = Ink.plain(typeset.text(chapter.say("of_one", share=format_weight(SAMPLE))))
    left = right - ink.advance * em
    at = np.array([[left - 0.12 - radius, middle]])
    ring = Points(at, radius, [theme.text], 0.4, outline=2.0)
    dot = Points(at, radius * SAMPLE**0.5, [theme.dot(SAMPLE)])
    return [ring, dot, Label(ink, (left, middle - 0.25 * em), em, theme.text)]
