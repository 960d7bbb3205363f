"""The words a picture shows, by language, from assets/captions/."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from pathlib import Path
from string import Formatter
from typing import Any

# At both ends of a formula in a text of ours. No sentence may hold a control character, so that
# dollar signs of the user stay dollar signs, in whatever line they stand.
FORMULA = "\x01"
FOLDER = Path(__file__).resolve().parents[2] / "assets" / "captions"


@lru_cache(maxsize=8)
def _table(language: str) -> dict[str, dict[str, str]]:
    texts = (FOLDER / f"{language}.toml").read_text(encoding="utf-8")
    found: dict[str, dict[str, str]] = tomllib.loads(texts)
    return {
        chapter: {name: text.replace("$", FORMULA) for name, text in section.items()}
        for chapter, section in found.items()
    }


def say(language: str, chapter: str, name: str, **values: Any) -> str:
    """The text `name` of a chapter (or of the common ones), its {fields} filled in.

    Formulas, which the file has between dollar signs, stand between FORMULA's.
    Values are put in as they are: a sentence with braces or markup stays text.
    """
    table = _table(language)
    section = table[chapter] if name in table.get(chapter, {}) else table["common"]
    return Formatter().vformat(section[name], (), values)


def plain(markup: str) -> str:
    """A line of ours without its formula marks, for captions and alt text: "√d_k"."""
    return markup.replace(formula("sqrt(d_k)"), "√d_k").replace(FORMULA, "")


def formula(source: str) -> str:
    """A Typst formula as a piece of a line of ours."""
    return f"{FORMULA}{source}{FORMULA}"
