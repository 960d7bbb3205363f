"""The credit line: which model, layer and head the numbers are of."""

from __future__ import annotations

from typing import Any

from attention_core.catalogue import MODELS
from attention_core.models.base import ModelInfo
from attention_core.trace import Trace
from scenes.kit import typeset
from scenes.kit.outline import Ink


def model_title(model: ModelInfo, words: Any) -> str:
    """ "SmolLM2-135M-Instruct (4-bit)"."""
    name = MODELS[model.name].title if model.name in MODELS else model.name
    if model.quantisation[:1] == "Q" and model.quantisation[1:2].isdigit():
        name += f" ({words('quantised', bits=model.quantisation[1])})"
    return name


def credit_ink(trace: Trace, words: Any) -> Ink:
    """ "SmolLM2-135M-Instruct (4-bit) · layer 19 · head 8 · d_k = 64", d_k set as math."""
    model = trace.model
    name = model_title(model, words)
    where = f"{name} · {words('layer_head', layer=trace.layer, head=trace.head)} ·"
    first = typeset.text(where)
    symbol = typeset.math("d_k")
    equals, value = typeset.number("="), typeset.number(str(model.d_k))
    pen = first.advance + 0.35
    parts = [(first, None), (symbol.moved(pen), None)]
    for outline in (equals, value):
        pen = parts[-1][0].advance + 0.22
        parts.append((outline.moved(pen), None))
    return Ink(tuple(parts), parts[-1][0].advance)
