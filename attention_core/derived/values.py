"""What one head's values add up to, and how far that moves each token: in entries and measured."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from attention_core.attention import write_back
from attention_core.derived import Derived
from attention_core.ops import Array

if TYPE_CHECKING:
    from attention_core.models.base import Model
    from attention_core.trace import Trace


def derive(network: Model, main: Trace) -> Derived:
    """The arrays of `measured`, and value_outputs (n, d_model): v W_O, what each key would write.

    A query's dE (head) is the sum of those, each counted by its weight: attention is linear in v.
    """
    layer = next(network.load(main.layer, main.layer))
    return Derived(arrays={"value_outputs": outputs(main, layer.attention.w_o), **measured(main)})


def outputs(main: Trace, w_o: Array) -> Array:
    """Each value through this head's columns of W_O.

    w_o: (d_model, h * d_k) -> (n, d_model)
    """
    d_k = main.v.shape[-1]
    columns = w_o[:, main.head * d_k : (main.head + 1) * d_k]  # (d_model, d_k)
    written: Array = write_back(main.v[None], columns)[0]  # (n, d_model)
    return written


def measured(main: Trace) -> dict[str, Array]:
    """What the chapter on values shows of a trace that holds its updates.

    weighted  (n, n_k, d_k): each value times its weight
    mixed     (n, d_k): their sums, weights v
    lengths   (n, 4): of E, dE (head), dE (block), E'
    block_step (n, 2): dE of the block along E and across it, in the plane that both span, so that
              lengths and angles are exact; E' lies in that plane too
    head_step (n, 2): dE of the head along the block's dE, of which it is a part, and across it: in
              the plane that these two span, which is another one
    """
    stream = np.asarray(main.residual, np.float64)  # (n, d_model)
    head, block, out = (
        np.asarray(main.need(name), np.float64) for name in ("update", "block_update", "x_out")
    )
    weighted = main.weights[:, :, None] * main.v[None]  # (n, n_k, d_k)
    lengths = [np.linalg.norm(x, axis=-1) for x in (stream, head, block, out)]  # (n,) each
    found = {
        "weighted": weighted,
        "mixed": main.weights @ main.v,
        "lengths": np.stack(lengths, axis=-1),
        "head_step": _split(block, head),
        "block_step": _split(stream, block),
    }
    return {name: array.astype(np.float32) for name, array in found.items()}


def _split(vector: Any, update: Any) -> Any:
    """How far an update goes along a vector, and how far across it; along none it goes nowhere.

    (n, d_model) twice -> (n, 2)
    """
    norms = np.linalg.norm(vector, axis=-1, keepdims=True)  # (n, 1)
    ahead = np.divide(vector, norms, out=np.zeros_like(vector), where=norms > 0)  # (n, d_model)
    along = (update * ahead).sum(axis=-1, keepdims=True)  # (n, 1)
    across = np.linalg.norm(update - along * ahead, axis=-1, keepdims=True)  # (n, 1)
    return np.concatenate([along, across], axis=-1)
