"""Checks that a trace from outside is what a head can have computed."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from attention_core.attention import visible
from attention_core.errors import AttentionError
from attention_core.ops import Array, softmax
from attention_core.tokens import (
    END_DISPLAY,
    PART,
    SPACE,
    START_DISPLAY,
    Token,
    check_sentence,
    shown,
    unreadable,
)
from attention_core.trace import Trace

TOLERANCE = 1e-3  # of a weight: rounding in a file is forgiven, a wrong number is not
MOST_ROWS = 4096

SHAPES = {  # what each array must measure, in the names that `_sizes` binds
    "q": ("n", "d_k"),
    "k": ("n_k", "d_k"),
    "v": ("n_k", "d_v"),
    "q_unrotated": ("n", "d_k"),
    "k_unrotated": ("n_k", "d_k"),
    "scores": ("n", "n_k"),
    "scaled": ("n", "n_k"),
    "masked": ("n", "n_k"),
    "weights": ("n", "n_k"),
    "unmasked_weights": ("n", "n_k"),
    "embedding": ("n", "d_model"),
    "hidden": ("layer + 1", "n", "d_model"),
    "x": ("n", "d_model"),
    "update": ("n", "d_model"),
    "block_update": ("n", "d_model"),
    "x_out": ("n", "d_model"),
    "patterns": ("h", "n", "n_k"),
    "logits": ("vocabulary",),
    "position": ("n", "d_model"),
    "q_unnormed": ("n", "d_k"),
    "k_unnormed": ("n_k", "d_k"),
    "position_bias": ("n", "n_k"),
    "unmasked": ("n", "n_k"),
    "output_bias": ("d_model",),
    "memory": ("n_k", "d_model"),
}


def check_trace(trace: Trace, source: str) -> Trace:
    """The trace itself. Raises AttentionError naming `source`, the array, and what is wrong."""
    _check_places(trace, source)
    _check_tokens(trace.sentence, trace.tokens, source)
    if trace.source:
        check_sentence(trace.source)
    if trace.key_tokens is not None:
        _check_tokens(trace.source, trace.key_tokens, f"{source} (key_tokens)")
        if trace.causal:
            raise _fail(source, "it is causal, but looks at another sentence")
    for name, array in trace.arrays().items():
        _check_array(trace, name, array, source)
    _check_steps(trace, source)
    return trace


def _fail(source: str, why: str) -> AttentionError:
    return AttentionError(f"{source} cannot be used: {why}")


def _check_places(trace: Trace, source: str) -> None:
    m = trace.model
    for name in ("name", "family", "sha256", "quantisation"):
        if any(map(unreadable, getattr(m, name))) or len(getattr(m, name)) > 100:
            raise _fail(source, f"the model's {name} is not a short line of text")
    for name in ("layers", "heads", "kv_heads", "d_model", "d_k"):
        if not 1 <= getattr(m, name) <= 1 << 20:
            raise _fail(source, f"{name} is {getattr(m, name)}")
    for name, count in (("layer", m.layers), ("head", m.heads), ("kv_head", m.kv_heads)):
        if not 0 <= getattr(trace, name) < count:
            raise _fail(source, f"{name} is {getattr(trace, name)}, outside 0 to {count - 1}")
    for name in ("divisor", "soft_cap", "window"):
        term = getattr(trace, name)
        if term is not None and not 0 < term < math.inf:
            raise _fail(source, f"{name} is {term}")
    if any(map(unreadable, trace.start_rule)) or len(trace.start_rule) > 200:
        raise _fail(source, "start_rule is not a short line of text")


def _check_tokens(sentence: str, tokens: Sequence[Token], source: str) -> None:
    sentence = check_sentence(sentence)
    if not 1 <= len(tokens) <= MOST_ROWS:
        raise _fail(source, f"it holds {len(tokens)} tokens (1 to {MOST_ROWS} are possible)")
    if all(token.special for token in tokens):
        raise _fail(source, "it holds no token but the start token")
    reached = 0
    for row, token in enumerate(tokens):
        is_end = row > 0 and row == len(tokens) - 1 and token.display == END_DISPLAY
        follows_start = row == 1 and tokens[0].special  # as in BART's decoder
        if token.special and row > 0 and not is_end and not follows_start:
            raise _fail(source, f"token {row} is a start token, but stands inside the sentence")
        if token.special and token.display not in (START_DISPLAY, END_DISPLAY):
            raise _fail(source, f"token {row} is a start token, but is not displayed as one")
        if token.special:
            continue
        if not token.text and token.display == SPACE and token.start == token.end == reached:
            continue  # a space that the tokenizer itself puts in front
        if not 0 <= token.start < token.end <= len(sentence) or token.start < reached - 1:
            raise _fail(source, f"token {row} spans characters {token.start} to {token.end}")
        if sentence[token.start : token.end] != token.text:
            raise _fail(source, f"token {row} does not read as the sentence does there")
        if token.display.strip(PART) != shown(token.text).strip(PART):
            raise _fail(source, f"token {row} is not displayed as it reads")
        reached = token.end


def _check_array(trace: Trace, name: str, array: Array, source: str) -> None:
    m = trace.model
    sizes = {"n": trace.n, "d_k": m.d_k, "d_model": m.d_model, "h": m.heads}
    sizes |= {"n_k": trace.n_k, "layer + 1": trace.layer + 1}
    own = trace.key_tokens is None
    names = ["n" if own and axis == "n_k" else axis for axis in SHAPES[name]]
    fits = array.ndim == len(names) and all(
        size == sizes.get(axis, size) for axis, size in zip(names, array.shape, strict=True)
    )
    if not fits:
        wanted = ", ".join(f"{axis} = {sizes[axis]}" if axis in sizes else axis for axis in names)
        raise _fail(source, f"array {name} has shape {array.shape}, not ({wanted})")
    finite = np.isfinite(array)
    if name == "masked":
        finite |= np.isneginf(array)
    if not finite.all():
        where = tuple(int(i) for i in np.argwhere(~finite)[0])
        raise _fail(source, f"array {name} holds {array[where]} at {where}")


def _check_steps(trace: Trace, source: str) -> None:
    """Each step must follow from the one before it."""
    held = trace.arrays()
    shape = trace.n, trace.n_k
    hidden = ~trace.visible  # (n, n_k)
    wanted = hidden
    if not trace.own_mask:
        wanted = ~visible(*shape, trace.causal, trace.window)
    elif trace.causal:
        wanted = hidden | ~visible(*shape)
    if (hidden != wanted).any():
        row, column = (int(i) for i in np.argwhere(hidden != wanted)[0])
        must = "must be masked" if wanted[row, column] else "must not be masked"
        raise _fail(source, f"array masked: row {row}, column {column} {must}")
    if hidden.all(axis=-1).any():
        row = int(np.argmax(hidden.all(axis=-1)))
        raise _fail(source, f"array masked: row {row} may look at nothing")
    for name in ("weights", "unmasked_weights", "patterns"):
        if name not in held:
            continue
        pattern = held[name]
        if (pattern < 0).any():
            raise _fail(source, f"array {name} holds a negative share")
        sums = pattern.sum(axis=-1)
        if (np.abs(sums - 1) > TOLERANCE).any():
            where = tuple(int(i) for i in np.argwhere(np.abs(sums - 1) > TOLERANCE)[0])
            raise _fail(source, f"array {name}: row {where[-1]} sums to {sums[where]:.4f}, not 1")
        if name != "unmasked_weights" and pattern[..., hidden].any():
            raise _fail(source, f"array {name}: a masked cell is not exactly 0")
    before = held.get("unmasked", held.get("scaled"))
    steps: list[tuple[str, Array | None, Array | None]] = []
    if "masked" in held:
        masked = held["masked"]
        steps.append(("masked", None if before is None else before[~hidden], masked[~hidden]))
        steps.append(("weights", softmax(masked), trace.weights))
    if before is not None:
        steps.append(("unmasked_weights", softmax(before), held.get("unmasked_weights")))
    for name, follows, given in steps:
        if follows is None or given is None:
            continue
        if not np.allclose(follows, given, rtol=TOLERANCE, atol=TOLERANCE):
            raise _fail(source, f"array {name} does not follow from the step before it")
