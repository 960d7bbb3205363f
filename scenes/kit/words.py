"""The words a picture shows, by language, from assets/captions/."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from pathlib import Path
from string import Formatter
from typing import Any

FOLDER = Path(__file__).resolve().parents[2] / "assets" / "captions"


@lru_cache(maxsize=8)
def _table(language: str) -> dict[str, dict[str, str]]:
    with (FOLDER / f"{language}.toml").open("rb") as file:
        return tomllib.load(file)


def say(language: str, chapter: str, name: str, **values: Any) -> str:
    """The text `name` of a chapter (or of the common ones), its {fields} filled in.

    Values are put in as they are: a sentence with braces or markup stays text.
    """
    table = _table(language)
    section = table[chapter] if name in table.get(chapter, {}) else table["common"]
    return Formatter().vformat(section[name], (), values)


def plain(markup: str) -> str:
    """A line of ours without its formula marks, for captions and alt text: "√d_k"."""
    return markup.replace("$sqrt(d_k)$", "√d_k").replace("$", "")
