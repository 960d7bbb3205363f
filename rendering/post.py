"""The post: its text with figures, clips and numbers put in, ready for a Chirpy site."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

from attention_core import AttentionError, Material
from rendering.embed import Embed, described, snippet
from rendering.escape import entities, url
from rendering.facts import Facts
from rendering.job import ROOT
from rendering.manifest import Entry
from rendering.outputs import whole
from rendering.templates import text_of

TEXT = ROOT / "assets" / "post" / "self-attention.ko.md"
NEEDS = (
    "attention", "scaling", "leak", "phrases", "values", "heads", "translation", "context",
    "prediction",
)  # fmt: skip


def write(
    text: Path, entries: list[Entry], out: Path, material: Material, clips: bool, prefix: str
) -> Path:
    """Fill the text in, into out/_posts/DATE-NAME.md; returns that path.

    Figures and clips are embedded from `out`, where they must be. `prefix` begins their addresses.
    """
    template = text.read_text(encoding="utf-8")
    name, language = text.stem.rsplit(".", 1)
    content = text_of(template, values(entries, out, material, language, clips, prefix), str(text))
    path = out / "_posts" / f"{_date(content, text)}-{name}.md"
    with whole(path) as unfinished:
        unfinished.write_text(re.sub(r"\n{3,}", "\n\n", content), encoding="utf-8")
    return path


def values(
    entries: list[Entry], out: Path, material: Material, language: str, clips: bool, prefix: str
) -> dict[str, Any]:
    """What the text may call: the facts, e(TEXT), figure(NAME), clip(NAME, CAPTION), picture(NAME).

    A clip's caption says what happens in it, since the still with the chapter's caption follows.
    """
    by_name = {entry.name: entry for entry in entries}

    def shown(path: Path) -> Embed:
        folder = path.parent.relative_to(out).as_posix()
        return described(path, f"{prefix}{url(folder)}/")

    def entry_of(name: str) -> Entry:
        if name not in by_name:
            raise AttentionError(f"the text asks for a figure {name!r}", "the manifest has none")
        return by_name[name]

    def picture(name: str) -> Embed:
        return shown(out / entry_of(name).path)

    def figure(name: str) -> str:
        return snippet(picture(name), "chirpy")

    def clip(name: str, caption: str) -> str:
        films = entry_of(name).films()
        film = films.get("mp4", next(iter(films.values()), None))
        if not clips or film is None:
            return ""
        return snippet(replace(shown(out / film), caption=caption), "chirpy")

    facts = Facts(material, language).names()
    return {**facts, "figure": figure, "clip": clip, "picture": picture, "e": entities}


def _date(content: str, text: Path) -> str:
    found = re.search(r"^date: (\d{4}-\d{2}-\d{2})", content, re.M)
    if not found:
        raise AttentionError(f"{text} has no date in its front matter", "give it date: YYYY-MM-DD")
    return found[1]
