"""The material of a chapter: from a model's run, or from a saved trace, and whether it fits."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from attention_core import AttentionError, Material
from attention_core.counterfactual import leak_shares, scaling
from attention_core.derived import position
from attention_core.derived.planes import planes
from attention_core.derived.values import measured
from attention_core.focus import find_word
from attention_core.translation import translation_traces
from rendering.keeping import let_go
from scenes.look import Look
from scenes.registry import ChapterInfo


def gather(
    needs: tuple[str, ...],
    sentence: str,
    model: str,
    layer: int | None,
    head: int | None,
    trace: Path | None,
    options: Mapping[str, Mapping[str, Any]] | None = None,
) -> Material:
    """The material for chapters with these needs: run the model, or read the saved trace."""
    let_go()
    if trace is None:
        return Material.build(sentence, model, layer, head, needs, options)
    if not trace.is_file():
        raise AttentionError(
            f"there is no trace file {trace}", "write one with: render.py trace SENTENCE --npz FILE"
        )
    return _completed(Material.load(trace), needs)


def paired(
    sentence: str, key_sentence: str, model: str, layer: int | None, head: int | None
) -> Material:
    """The material of self-vs-cross: the key sentence's encoder, and a decoder looking at it."""
    kinds = ("encoder", "cross")
    found = translation_traces(key_sentence, sentence, model, layer, head, kinds)
    traces = {name: trace.without("logits") for name, trace in found.items()}
    return Material({"main": traces["encoder"], **traces}, texts={"untranslated": ()})


def check(material: Material, chapter: ChapterInfo, look: Look) -> None:
    """Raise AttentionError where the chapter cannot show this material in this look."""
    trace = material.trace
    if trace.key_tokens is not None:
        raise AttentionError(
            f"{chapter.slug} draws a sentence that looks at itself, and this trace is of "
            "cross-attention",
            "give it another trace",
        )
    why = material.texts.get("untranslated")
    if why and chapter.slug == "self-vs-cross":  # in a story it shows another sentence then
        raise AttentionError(*why)
    read = [trace]
    if chapter.slug == "self-vs-cross" and "cross" in material.traces:
        read.append(material.traces["cross"])
    longest = max(one.n for one in read)
    if longest > chapter.max_tokens:
        raise AttentionError(
            f"the sentence is {longest} tokens long (the start token included) and "
            f"{chapter.slug} can show {chapter.max_tokens}",
            "shorten it",
        )
    if "phrases" in chapter.needs and "phrase_places" not in material.arrays:
        raise AttentionError(
            f"{chapter.slug} draws a word in several phrases, and a saved trace holds one sentence",
            "leave --trace out",
        )
    if (
        look.sink == "renormalise"
        and "values" in chapter.needs
        and "value_outputs" not in material.arrays
    ):
        raise AttentionError(
            f"{chapter.slug} without the start token needs what each value writes, which a saved "
            "trace does not hold",
            "give it the sentence, or leave --sink out",
        )
    for word in (*((look.query,) if look.query else ()), *look.keys):
        find_word(trace, word)


def _completed(material: Material, needs: tuple[str, ...]) -> Material:
    """A saved trace may be one head's alone: derive from it what the chapter needs besides."""
    traces, arrays, main = dict(material.traces), dict(material.arrays), material.trace
    if "prediction" in needs and "next_shares" not in arrays:
        raise AttentionError(
            "a saved trace holds one head, not the model that scores every next token",
            "give the sentence in place of --trace",
        )
    if "position" in needs and not arrays.keys() & {"turn_rows", "added_rows"}:
        arrays |= position.derive(None, main).arrays
    if "scaling" in needs and "unscaled_weights" not in arrays:
        arrays |= scaling(main)
    if "leak" in needs and "leak" not in traces:
        if main.key_tokens is None and not main.causal:
            raise AttentionError(
                "this trace is not masked by the order of its words",
                "choose another chapter, or a trace of a model that reads from left to right",
            )
        traces["leak"] = main
        first = int(main.tokens[0].special)
        arrays["leak_share"] = np.asarray(leak_shares(main.before_mask[None], first)[0])
    if "planes" in needs and "plane_share" not in arrays:
        arrays |= planes(main)
    if "values" in needs and "mixed" not in arrays:
        arrays |= measured(main)
    return Material(traces, arrays, material.texts)
