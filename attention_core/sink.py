"""The view without the attention sink: the start token's share is taken out, the rest sums to 1."""

from __future__ import annotations

import numpy as np

from attention_core.derived.values import measured
from attention_core.material import Material
from attention_core.ops import Array, entropy
from attention_core.trace import Trace

LEAST = 0.15  # the mean weight from which a start token is said to take attention


def without_start(material: Material) -> Material:
    """The material with every query's weights on the start token set to 0 and the rest rescaled.

    A query that sees nothing but the start token keeps a row of zeros. Scores stay as they are.
    Where the values' outputs are known, the head's update follows the weights, and the block's it.
    """
    traces = {name: _trace(trace) for name, trace in material.traces.items()}
    arrays = dict(material.arrays)
    start = material.trace.start
    if start is not None and "unscaled_weights" in arrays:
        arrays["unscaled_weights"] = rescaled(arrays["unscaled_weights"], start)
        arrays["entropy_unscaled"] = entropy(arrays["unscaled_weights"])
        arrays["entropy_scaled"] = entropy(traces["main"].weights)
    if start is not None and "value_outputs" in arrays:
        traces["main"] = _rewritten(traces["main"], arrays["value_outputs"])
        arrays |= measured(traces["main"])
    if "context_weights" in arrays and material.traces["context"].start is not None:
        arrays["context_weights"] = rescaled(arrays["context_weights"], 0)
    if "leak" in traces and traces["leak"].start is not None and "leak_share" in arrays:
        arrays["leak_share"] = np.asarray(future_share(traces["leak"]))
    return Material(traces, arrays, material.texts)


def takes_attention(trace: Trace) -> bool:
    """Whether the start token soaks up attention: of the words' queries a mean of LEAST or more."""
    if trace.start is None or trace.key_tokens is not None:
        return False
    return bool(trace.weights[list(trace.word_rows), trace.start].mean() >= LEAST)


def future_share(trace: Trace) -> float:
    """The mean mass that word queries put on later tokens where nothing is masked, 0..1."""
    rows = list(trace.word_rows)
    return float(np.triu(trace.unmasked_weights, k=1).sum(axis=-1)[rows].mean())


def rescaled(weights: Array, start: int) -> Array:
    """Weights (..., n) without the column `start`; each row that has any mass left sums to 1."""
    kept = weights.copy()  # (..., n)
    kept[..., start] = 0.0
    total = kept.sum(axis=-1, keepdims=True)  # (..., 1)
    shares: Array = np.divide(kept, total, out=np.zeros_like(kept), where=total > 0)
    return shares


def _trace(trace: Trace) -> Trace:
    if trace.start is None or trace.key_tokens is not None:
        return trace  # in cross-attention no start token is looked at
    held = trace.arrays()
    names = ("weights", "unmasked_weights", "patterns")
    patterns = {name: held[name] for name in names if name in held}
    return trace.changed(**{name: rescaled(p, trace.start) for name, p in patterns.items()})


def _rewritten(trace: Trace, outputs: Array) -> Trace:
    """The trace with the updates that its weights make; outputs: (n, d_model), v W_O of the head.

    The other heads' updates stay, and so does the stream that enters.
    """
    stream = trace.residual  # (n, d_model)
    update = trace.weights @ outputs  # (n, d_model)
    block_update = trace.need("block_update") - trace.need("update") + update  # (n, d_model)
    x_out = stream + block_update  # (n, d_model)
    return trace.changed(update=update, block_update=block_update, x_out=x_out)
