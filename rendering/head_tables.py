"""How found heads are written out: terminal tables and JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from attention_core.finder import Finding, Roles, Search
from attention_core.models.base import ModelInfo
from attention_core.rounding import format_weight
from rendering.outputs import printable
from rendering.report import BOLD, PLAIN

SCHEMA = 1
MOST = 5  # heads listed of each role
LETTERS = {"previous": "p", "same": "d", "induction": "i", "start": "s", "": "."}
SPOKEN = {"en": "English", "ko": "Korean"}  # languages of the bundled sentences
MEANT = {
    "previous": "previous token: gives the token before it",
    "same": "same token: a repeated token gives its first occurrence",
    "induction": "induction: a repeated token gives what followed its first occurrence",
    "start": "sink: gives the start (and end) token",
}


def search_table(search: Search, top: int, colour: bool = False) -> str:
    """The best heads as text, one a line, and what the columns mean."""
    keys = " and ".join(map(printable, search.keys))
    steps = ", ".join(f"{step:+d}" for step in search.steps)
    shown, spoken = search.heads[:top], SPOKEN[search.language]
    lines = [
        _model(search.model),
        f"sentence {printable(search.sentence)}",
        f"from {printable(search.query)} to {keys}",
        "",
        "layer  head   mass  control  after  between  start",
    ]
    for head in shown:
        between = "–" if head.between is None else format_weight(head.between)
        note = "  looks at the previous word, whatever it is" if head.is_previous else ""
        line = (
            f"{head.layer:5}  {head.head:4}   {format_weight(head.mass)}  "
            f"{format_weight(head.control):>7}  {_signed(head.after_control):>5}  {between:>7}  "
            f"{format_weight(head.sink):>5}{note}"
        )
        lines.append(f"{BOLD}{line}{PLAIN}" if colour and head == search.best else line)
    left_out = [head for head in search.heads[top:] if head.is_previous]
    most = max(left_out, key=lambda head: head.mass, default=None)
    if most is not None and most.mass > shown[-1].mass:
        lines.append(
            f"not listed: layer {most.layer}, head {most.head} gives {format_weight(most.mass)}, "
            "but looks at the previous word, whatever it is"
        )
    lines += [
        "",
        f"mass     what {printable(search.query)} gives {keys}; ranked by mass less control",
        f"control  what {search.others} other words of {search.sentences} {spoken} sentences give "
        f"at the same steps ({steps})",
        *(
            [f"between  mass, with words put in between (mean of {len(search.between)} ways)"]
            if search.between
            else []
        ),
        f"start    what {printable(search.query)} gives the start (and end) token",
    ]
    return "\n".join(lines)


def search_json(search: Search) -> dict[str, Any]:
    """Everything found, for programs."""
    return {
        "schema": SCHEMA,
        "sentence": search.sentence,
        "model": named(search.model),
        "query": search.query,
        "keys": list(search.keys),
        "steps": list(search.steps),
        "control_words": search.others,
        "control_sentences": search.sentences,
        "control_language": search.language,
        "between": list(search.between),
        "best": {"layer": search.best.layer, "head": search.best.head},
        "heads": [_finding(head) for head in search.heads],
    }


def roles_table(roles: Roles) -> str:
    """A map of letters, layers down and heads across, and the strongest heads of each role."""
    layers, heads = roles.previous.shape
    width = max(2, len(str(heads - 1)) + 1)
    lines = [_model(roles.model), "", "layer" + "".join(f"{h:{width}}" for h in range(heads))]
    for layer in range(layers):
        letters = (LETTERS[roles.name(layer, head)] for head in range(heads))
        lines.append(f"{layer:5}" + "".join(f"{letter:>{width}}" for letter in letters))
    lines.append("")
    for role, meaning in MEANT.items():
        lines.append(f"{LETTERS[role]}  {meaning}")
        lines.append("   " + ", ".join(_strongest(getattr(roles, role))))
    lines += ["", ".  none of them plainly; all scores: --json FILE or -"]
    return "\n".join(lines)


def roles_json(roles: Roles) -> dict[str, Any]:
    """All scores of all heads, for programs."""
    layers, heads = roles.previous.shape
    return {
        "schema": SCHEMA,
        "model": named(roles.model),
        "heads": [
            {
                "layer": layer,
                "head": head,
                "name": roles.name(layer, head) or None,
                **{role: float(getattr(roles, role)[layer, head]) for role in MEANT},
            }
            for layer in range(layers)
            for head in range(heads)
        ],
    }


def _finding(head: Finding) -> dict[str, Any]:
    return {
        **head._asdict(),
        "after_control": head.after_control,
        "name": "previous" if head.is_previous else None,
    }


def _strongest(scores: np.ndarray) -> Sequence[str]:
    """ "L16.H0 0.77", from the strongest on."""
    places = np.argsort(-scores, axis=None, kind="stable")[:MOST]
    return [
        f"L{layer}.H{head} {format_weight(scores[layer, head])}"
        for layer, head in (divmod(int(place), scores.shape[1]) for place in places)
    ]


def _signed(share: float) -> str:
    return f"{'-' if share < 0 else '+'}{format_weight(abs(share))}"


def _model(model: ModelInfo) -> str:
    return (
        f"model {printable(model.name)} ({model.quantisation} weights), {model.layers} layers of "
        f"{model.heads} heads (counted from 0)"
    )


def named(model: ModelInfo) -> dict[str, str]:
    """What of a model stands in JSON."""
    return {key: getattr(model, key) for key in ("name", "family", "sha256", "quantisation")}
