"""Above a plane: what it is, and below that, quietly, how much it keeps."""

from __future__ import annotations

from typing import Any

from scenes.kit import typeset
from scenes.kit.board import Region
from scenes.kit.caption import wrapped
from scenes.kit.label import Label
from scenes.kit.outline import Ink
from scenes.kit.painted import Painted
from scenes.kit.turning import small

TITLE_EM = 0.34


def panel_title(
    chapter: Any, region: Region, high: float, name: str, narrow: bool, **values: Any
) -> list[Painted]:
    """The texts `name` and `name_kept`, `high` above `region`; in narrow frames wrapped."""
    (x0, _, x1, top), theme = region, chapter.theme
    found: list[Painted] = []
    y = top + high - 0.38
    for suffix, em, colour in (("", TITLE_EM, theme.text), ("_kept", small(chapter), theme.quiet)):
        line = chapter.say(name + suffix, **values)
        parts = wrapped(line, x1 - x0, 0.8 * em) if narrow else [line]
        outlines = [typeset.line(part) for part in parts]
        fitted = min(em, *((x1 - x0) / outline.advance for outline in outlines))
        for outline in outlines:
            at = ((x0 + x1) / 2, y)
            found.append(Label(Ink.plain(outline), at, fitted, colour, "centre"))
            y -= 0.44 if outline is outlines[-1] else 1.3 * fitted
    return found
