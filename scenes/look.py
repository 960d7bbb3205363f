"""The look of a picture: every choice a viewer can make that is not about the numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Theme = Literal["dark", "light"]
Language = Literal["en", "ko"]
Orientation = Literal["columns", "rows"]
Sink = Literal["show", "renormalise"]


@dataclass(frozen=True)
class Look:
    """How a chapter is drawn.

    `orientation` "columns" puts queries on top and keys at the left; "rows" is the papers' way.
    `query` and `keys` name words of the sentence ("forest", "the#2"); None lets the chapter pick.
    `sink` "renormalise" leaves the start token out and lets the other weights sum to 1.
    """

    theme: Theme = "dark"
    lang: Language = "en"
    orientation: Orientation = "columns"
    query: str | None = None
    keys: tuple[str, ...] = ()
    sink: Sink = "show"
    credit: bool = True
    captions: bool = True
    transparent: bool = False
