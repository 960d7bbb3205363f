"""How Traces and Pictures are written out: terminal tables and the sidecars' JSON."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from attention_core.rounding import format_weight, shares
from rendering.outputs import printable

if TYPE_CHECKING:
    from attention_core import Trace
    from rendering.job import RenderJob
    from scenes.picture import Picture

SCHEMA = 1
LABEL_WIDTH = 10
NUMBER_WIDTH = 4  # 0.22
WIDEST_COLUMN = 10
STRONG = 0.15  # weights from here on stand out, as they do in the pictures
BOLD, FAINT, PLAIN = "\x1b[1m", "\x1b[2m", "\x1b[0m"


def trace_table(trace: Trace, width: int = 80, colour: bool = False) -> str:
    """The head's weights as text, rows are queries; in full if `width` columns hold it."""
    lines = [
        f"model {printable(trace.model.name)} ({trace.model.quantisation} weights), "
        f"d_k {trace.model.d_k}",
        f"layer {trace.layer} of {trace.model.layers}, head {trace.head} of {trace.model.heads}"
        " (counted from 0)",
        f"sentence {printable(trace.sentence)}",
        *([f"source {printable(trace.source)}"] if trace.source else []),
        *([f"around it {printable(trace.start_rule)}"] if trace.start_rule else []),
        "",
    ]
    rounded = shares(trace.weights)  # (n, n_k)
    names = [printable(token.display) for token in trace.keys]
    labels = [f"{row} {printable(token.display)}" for row, token in enumerate(trace.tokens)]
    widest = LABEL_WIDTH + 4
    if trace.key_tokens is not None:
        labels = [f"{a}→{printable(b)}" for a, b in zip(labels, trace.predicted, strict=True)]
        widest += LABEL_WIDTH
    label_width = min(max(map(cells, labels)), widest)
    widths = _column_widths(names, width - label_width)
    if widths:
        lines += _grid(trace, rounded, labels, names, label_width, widths, colour)
        rows = "queries" if trace.key_tokens is None else "queries (read→predicted)"
        lines += ["", f"rows are {rows}, columns are keys; each row sums to 1.00"]
    else:
        lines += _strongest(rounded, labels, names, label_width, width, colour)
        lines += ["", f"each word's strongest keys; all {trace.n} x {trace.n_k}: --json FILE or -"]
    if trace.start is not None and trace.key_tokens is None:
        start = printable(trace.tokens[trace.start].text)
        lines.append(f"start is the token {start}: attention that no word wants is parked there")
    return "\n".join(lines)


def _grid(
    trace: Trace,
    rounded: np.ndarray,
    labels: Sequence[str],
    names: Sequence[str],
    label_width: int,
    widths: Sequence[int],
    colour: bool,
) -> list[str]:
    """One line a query, one column a key."""
    head = " ".join(_right(name, width) for name, width in zip(names, widths, strict=True))
    lines = [" " * label_width + " " + head]
    for query, label in enumerate(labels):
        numbers = []
        for key, width in enumerate(widths):
            masked = bool(np.isneginf(trace.masked[query, key]))
            text = _right("" if masked else format_weight(rounded[query, key]), width)
            numbers.append(_lit(text, rounded[query, key], colour))
        lines.append((_left(label, label_width) + " " + " ".join(numbers)).rstrip())
    return lines


def _strongest(
    rounded: np.ndarray,
    labels: Sequence[str],
    names: Sequence[str],
    label_width: int,
    width: int,
    colour: bool,
) -> list[str]:
    """One line a query: its keys from the strongest on, as many as fit."""
    lines = []
    for query, label in enumerate(labels):
        line, used = _left(label, label_width), label_width
        for key in np.argsort(-rounded[query], kind="stable"):
            value = rounded[query, key]
            part = f"  {_cut(names[key], WIDEST_COLUMN)} {format_weight(value)}"
            used += cells(part)
            if value == 0 or used > width:
                break
            line += _lit(part, value, colour)
        lines.append(line)
    return lines


def _column_widths(names: Sequence[str], room: int) -> list[int] | None:
    """The widest columns that fit, words cut alike; None if even numbers alone do not."""
    for widest in range(WIDEST_COLUMN, NUMBER_WIDTH - 1, -1):
        widths = [max(NUMBER_WIDTH, min(cells(name), widest)) for name in names]
        if sum(widths) + len(widths) <= room:
            return widths
    return None


def _lit(text: str, value: float, colour: bool) -> str:
    if not colour or not text.strip():
        return text
    return f"{BOLD if value >= STRONG else FAINT if value == 0 else ''}{text}{PLAIN}"


def cells(text: str) -> int:
    """How many columns of a terminal the text takes."""
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in text
    )


def _cut(text: str, width: int) -> str:
    if cells(text) <= width:
        return text
    while cells(text) > width - 1:
        text = text[:-1]
    return text + "…"


def _right(text: str, width: int) -> str:
    text = _cut(text, width)
    return " " * (width - cells(text)) + text


def _left(text: str, width: int) -> str:
    text = _cut(text, width)
    return text + " " * (width - cells(text))


def trace_json(trace: Trace) -> str:
    """The trace as `trace --json` writes it."""
    return json.dumps(trace.to_json(), ensure_ascii=False) + "\n"


def sidecar(job: RenderJob, trace: Trace, picture: Picture) -> dict[str, Any]:
    """What stands beside an output: the numbers in it, and in a still where each one stands."""
    model = trace.header()["model"]
    is_still = job.fps is None
    cross = {}
    if trace.key_tokens is not None:
        names = [token.display for token in trace.key_tokens]
        cross = {"predicted": list(trace.predicted), "source": trace.source, "key_tokens": names}
    counted = {name: texts for name, texts in vars(picture.counted).items() if texts is not None}
    return {
        "schema": SCHEMA,
        "chapter": picture.chapter,
        "figure": picture.figure,
        "job": job.digest(),
        "sentence": trace.sentence,
        "tokens": [token.display for token in trace.tokens],
        **cross,
        "model": model,
        "layer": picture.layer,
        "head": picture.head,
        "lang": job.look.lang,
        "orientation": job.look.orientation,
        "size": list(job.size),
        "quantity": picture.quantity,
        **counted,
        "cells": [
            {
                "query": cell.query,
                "key": cell.key,
                "value": None if cell.value is None else float(cell.value),
            }
            | ({"box": [round(float(side), 3) for side in cell.box]} if is_still else {})
            for cell in picture.cells
        ],
        "alt": picture.alt,
        "caption": picture.caption,
        "versions": versions(),
    }


def story_sidecar(
    job: RenderJob, trace: Trace, spans: Sequence[tuple[float, float, Any]]
) -> dict[str, Any]:
    """What stands beside a story: the sentence, the head, and where each chapter is."""
    return {
        "schema": SCHEMA,
        "chapter": "story",
        "job": job.digest(),
        "sentence": trace.sentence,
        "tokens": [token.display for token in trace.tokens],
        "model": trace.header()["model"],
        "layer": trace.layer,
        "head": trace.head,
        "lang": job.look.lang,
        "orientation": job.look.orientation,
        "size": list(job.size),
        "chapters": [
            {
                "chapter": slug,
                "title": mark.title,
                "caption": mark.caption,
                "begin": round(begin, 3),
                "end": round(end, 3),
            }
            for slug, (begin, end, mark) in zip(job.chapters, spans, strict=True)
        ],
        "alt": " ".join(mark.caption for _, _, mark in spans),
        "caption": spans[0][2].caption,
        "versions": versions(),
    }


def versions() -> dict[str, str]:
    """What made a picture."""
    from rendering.job import library_versions, project_version  # `trace` needs none of it

    libraries = library_versions()
    return {**{name: libraries[name] for name in ("manim", "numpy")}, "project": project_version()}
