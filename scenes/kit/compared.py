"""The line that names a grey point of a space: a phrase to compare, and how much of it is kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from attention_core.rounding import format_percent
from scenes.kit import typeset
from scenes.kit.label import Label
from scenes.kit.layout import elide
from scenes.kit.marks import CORE, DOT, RING, hollow
from scenes.kit.outline import Outline
from scenes.kit.painted import Painted
from scenes.kit.phrase import SPACE, phrase
from scenes.kit.vectors import Points

WIDE = 2 * DOT + 0.12  # what the point's shape takes in front of its name


def compared(
    chapter: Any,
    phrases: Sequence[str],
    shares: Sequence[float],
    mark: int,
    at: tuple[float, float],
    em: float,
    most: float,
    anchor: Literal["left", "centre"] = "left",
) -> list[Painted]:
    """The shape of the point `mark`, its phrase, and the share of its length that is kept.

    `most` is how wide it may be; the phrase is cut short where it would be wider.
    """
    quiet, room = chapter.theme.quiet, (most - WIDE) / em - SPACE
    kept = _kept(chapter, phrases, shares, room)[mark]
    name = elide(phrases[mark], room - kept.advance)
    ink = phrase([*(outline for outline, _ in name), kept])
    left = at[0] - ((WIDE + ink.width * em) / 2 if anchor == "centre" else 0.0)
    spot = np.array([[left + DOT, at[1] + 0.25 * em]])
    found: list[Painted] = [Points(spot, DOT, [quiet], outline=RING)]
    if not hollow(mark):
        found.append(Points(spot, CORE, [quiet]))
    return [*found, Label(ink, (left + WIDE, at[1]), em, quiet)]


def _kept(
    chapter: Any, phrases: Sequence[str], shares: Sequence[float], room: float
) -> list[Outline]:
    """The share of each, told alike: in brief, where one would be wider than `room` ems."""
    percent = [format_percent(share) for share in shares]
    whole, brief = (
        [typeset.text(chapter.say(how, share=share)) for share in percent]
        for how in ("kept", "kept_brief")
    )
    names = [typeset.text(name).advance for name in phrases]
    fits = all(name + told.advance <= room for name, told in zip(names, whole, strict=True))
    return whole if fits else brief
