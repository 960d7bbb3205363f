"""Which way the queries of a pattern run, and which way its keys: two words with arrows."""

from __future__ import annotations

from typing import Any

from scenes.kit import typeset
from scenes.kit.label import Label
from scenes.kit.outline import Ink


def directions(
    chapter: Any, corner: tuple[float, float], em: float, right: float | None = None
) -> list[Label]:
    """At a pattern's top left corner: what runs down, left of it, and what runs to the right.

    `chapter` gives words, theme and orientation; the second ends at `right` if that is given.
    """
    names = ("keys", "queries") if chapter.look.orientation == "columns" else ("queries", "keys")
    down, across = (
        Ink.plain(typeset.line(f"{chapter.say(name)} $arrow.{way}$", "italic"))
        for name, way in zip(names, "br", strict=True)
    )
    (x, low), quiet = corner, chapter.theme.quiet
    end = ((x, low), em, quiet) if right is None else ((right, low), em, quiet, "right")
    return [Label(down, (x - 0.15, low), em, quiet, "right"), Label(across, *end)]
