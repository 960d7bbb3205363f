"""The gallery: one page with every output of a folder, its numbers, and its snippets to copy."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np

from attention_core import AttentionError
from attention_core.rounding import (
    format_bytes,
    format_entry,
    format_norm,
    format_probability,
    format_score,
    format_weight,
    shares,
)
from rendering.embed import ANIMATED, TARGETS, TYPES, VIDEOS, check_prefix, described, snippet
from rendering.escape import clean, script_json, url
from rendering.formats import FORMATS, ending
from rendering.outputs import whole
from rendering.templates import FOLDER, page
from scenes.kit.words import plain, say
from scenes.registry import CHAPTERS

# How the pictures write their numbers: one by one, or shares of a query together (decimals).
FORMS: dict[str, Callable[[float], str]] = {
    "scores": format_score,
    "scaled": format_score,
    "masked": format_score,
    "embedding": format_entry,
    "directions": format_entry,
    "lengths": format_norm,
}
SHARED: dict[str, tuple[Callable[[float], str], int]] = {
    "weights": (format_weight, 2),
    "unmasked_weights": (format_weight, 2),
    "next_shares": (format_probability, 3),
}
NAME = "gallery.html"
STILLS = ("png", "svg")  # what a browser shows
SHARE = 0.02  # how far from 1 a query's shares may add up to, and still be rounded together


def write(folder: Path) -> tuple[Path, list[str]]:
    """Write the page into the folder; its path, and a line for each file that was left out.

    Raises AttentionError where there is nothing to show.
    """
    items, left_out = [], []
    for stem, files in _groups(folder):
        try:
            items.append(_item(folder, stem, files))
        except AttentionError as error:
            left_out.append(str(error))
        except (LookupError, TypeError, ValueError, ArithmeticError, AttributeError) as error:
            left_out.append(f"{stem}: its sidecar does not say what it should ({error})")
    if not items:
        raise AttentionError(
            f"{folder} holds no clip and no picture", "make some there with: render.py figures"
        )
    style, script = (
        (FOLDER / f"gallery.{kind}").read_text(encoding="utf-8") for kind in ("css", "js")
    )
    data = {item["id"]: item["cells"] for item in items}
    values = {
        "items": items,
        "style": style,
        "script": script,
        "data": script_json(data),
        "csp": _policy(style, script),
        "targets": TARGETS,
    }
    path = folder / NAME
    with whole(path) as unfinished:
        unfinished.write_text(page("gallery.html", values), encoding="utf-8")
    return path, left_out


def _policy(style: str, script: str) -> str:
    """Nothing from elsewhere, nothing inline but our own style and script, by their checksums."""
    digest = [
        "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        for text in (style, script)
    ]
    return (
        f"default-src 'none'; style-src '{digest[0]}'; script-src '{digest[1]}'; "
        "img-src 'self' file: data:; media-src 'self' file: data:; base-uri 'none'; "
        "form-action 'none'"
    )


def _groups(folder: Path) -> Iterator[tuple[str, dict[str, Path]]]:
    """The outputs below the folder, by what they have in common: name without ending, format."""
    if not folder.is_dir():
        raise AttentionError(f"there is no folder {folder}", "name one with outputs in it")
    endings = {ending(name): name for name in FORMATS}
    groups: dict[str, dict[str, Path]] = {}
    for side in sorted(folder.rglob("*.json")):
        path = side.with_suffix("")
        if side.is_symlink() or not path.is_file():
            continue
        for end in sorted(endings, key=len, reverse=True):
            if path.name.endswith("." + end):
                stem = path.relative_to(folder).as_posix().removesuffix("." + end)
                groups.setdefault(stem, {})[endings[end]] = path
                break
    yield from sorted(groups.items(), key=lambda group: _counted(group[0]))


def _counted(name: str) -> list[tuple[int, str]]:
    """A key that sorts 3-9 before 3-10."""
    return [
        (int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", name)
    ]


def _item(folder: Path, stem: str, files: dict[str, Path]) -> dict[str, Any]:
    """What the page shows of one group."""
    first = next(files[form] for form in (*VIDEOS, *STILLS, *ANIMATED, *FORMATS) if form in files)
    still = next((files[form] for form in STILLS if form in files), None)
    about = _about(still or first)
    shown = described(first)
    chapter = about["chapter"] if about["chapter"] in CHAPTERS else None
    captions = about.get("captions") or dict.fromkeys(("ko", "en"), about["caption"])
    alts = about.get("alts") or dict.fromkeys(("ko", "en"), about["alt"])
    rows = list(_cells(about))
    videos = [form for form in VIDEOS if form in files]
    snippets = {}
    for target in TARGETS:
        place = url(first.parent.relative_to(folder).as_posix())
        prefix = "" if place == "." else check_prefix(place)
        snippets[target] = snippet(described(first, prefix), target)
    return {
        "id": "n" + hashlib.sha256(stem.encode(errors="surrogatepass")).hexdigest()[:10],
        "name": clean(stem),
        "titles": {
            lang: plain(say(lang, chapter, "title")) if chapter else clean(str(about["chapter"]))
            for lang in ("ko", "en")
        },
        "captions": {lang: clean(captions[lang]) for lang in ("ko", "en")},
        "alts": {lang: clean(alts[lang]) for lang in ("ko", "en")},
        "size": (shown.width, shown.height),
        "sources": [
            {"src": url(files[form].relative_to(folder).as_posix()), "type": TYPES[form]}
            for form in videos
        ],
        "poster": url(files["poster"].relative_to(folder).as_posix()) if "poster" in files else "",
        "track": _track(files[videos[0]]) if videos else "",
        "lang": about.get("lang", "en"),
        "still": url(still.relative_to(folder).as_posix()) if still else "",
        "still_size": about["size"],
        "animation": next(
            (url(files[f].relative_to(folder).as_posix()) for f in ANIMATED if f in files), ""
        ),
        "rows": rows,
        "cells": {
            "size": about["size"],
            "cells": [
                {"box": row["box"], "query": row["query"], "key": row["key"], "value": row["value"]}
                for row in rows
                if row["box"]
            ],
        }
        if still
        else None,
        "files": [
            (form, url(path.relative_to(folder).as_posix()), format_bytes(path.stat().st_size))
            for form, path in files.items()
        ],
        "snippets": snippets,
        "where": _where(about),
    }


def _about(path: Path) -> dict[str, Any]:
    described(path)  # checks what snippets need
    content: dict[str, Any] = json.loads(Path(f"{path}.json").read_bytes())
    return content


def _where(about: dict[str, Any]) -> dict[str, str]:
    """The model, and the layer and head that the numbers are of, where there is one."""
    names = {"ko": ("{}층", "{}번 헤드"), "en": ("layer {}", "head {}")}
    places = [None if about[key] is None else int(about[key]) for key in ("layer", "head")]
    return {
        lang: clean(" · ".join([str(about["model"]["name"]), *_named(of, places)]))
        for lang, of in names.items()
    }


def _named(names: tuple[str, ...], places: list[int | None]) -> list[str]:
    return [
        name.format(place) for name, place in zip(names, places, strict=True) if place is not None
    ]


def _track(video: Path) -> str:
    """The captions as a data: address: a page opened from a file may not read its neighbours."""
    place = video.with_suffix(".vtt")
    if not place.is_file():
        return ""
    return "data:text/vtt;charset=utf-8," + quote(place.read_text(encoding="utf-8"))


def _cells(about: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The numbers behind a picture, each with its words; masked ones are left out."""
    cells = [cell for cell in about.get("cells", []) if cell["value"] is not None]
    tokens = dict(enumerate(about["tokens"]))
    rows = _names(about, "rows", "predicted") or tokens
    columns = _names(about, "columns", "key_tokens") or tokens
    for cell, shown in zip(cells, _displayed(about.get("quantity"), cells), strict=True):
        box = cell.get("box")
        yield {
            "query": clean(str(rows[cell["query"]])),
            "key": clean(str(columns[cell["key"]])),
            "value": shown,
            "box": [float(side) for side in box] if box else None,
        }


def _names(about: dict[str, Any], counted: str, tokens: str) -> dict[int, str] | None:
    """What the cells' queries or keys are called, where they are not the sentence's tokens."""
    if counted in about:
        return {int(index): str(name) for index, name in about[counted].items()}
    return dict(enumerate(about[tokens])) if about.get(tokens) else None


def _displayed(quantity: Any, cells: list[dict[str, Any]]) -> list[str]:
    """Each value as the pictures write it: the shares of a query sum to 1.00."""
    values = np.array([float(cell["value"]) for cell in cells])
    if quantity in FORMS:
        return [FORMS[quantity](value) for value in values]
    form, decimals = SHARED[quantity]
    exact = values.copy()
    queries = np.array([cell["query"] for cell in cells], int)
    for query in np.unique(queries):
        mine = queries == query
        if abs(values[mine].sum() - 1) < SHARE:
            values[mine] = shares(values[mine], decimals)
    if form is format_probability:
        return [format_probability(*both) for both in zip(values, exact, strict=True)]
    return [form(value) for value in values]
