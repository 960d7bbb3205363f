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
    head_step (n, 2): dE of the head in the same plane, at its own length and its own angle to the
              block's dE, of which it is a part; of the two sides of that, the one on which it goes
              along E more nearly as it does. Its angle to E is not kept: three vectors seldom lie
              in one plane
    """
    stream = np.asarray(main.residual, np.float64)  # (n, d_model)
    head, block, out = (
        np.asarray(main.need(name), np.float64) for name in ("update", "block_update", "x_out")
    )
    along, _ = _split(stream, head)
    block_along, block_across = _split(stream, block)
    block_step = np.concatenate([block_along, _length(block_across)], axis=-1)
    weighted = main.weights[:, :, None] * main.v[None]  # (n, n_k, d_k)
    lengths = [np.linalg.norm(x, axis=-1) for x in (stream, head, block, out)]  # (n,) each
    found = {
        "weighted": weighted,
        "mixed": main.weights @ main.v,
        "lengths": np.stack(lengths, axis=-1),
        "head_step": _beside(block_step, *_split(block, head), along),
        "block_step": block_step,
    }
    return {name: array.astype(np.float32) for name, array in found.items()}


def _beside(block_step: Any, ahead: Any, rest: Any, along: Any) -> Any:
    """A vector that goes so far along the block's dE, `ahead`, and as far across it as `rest` is
    long, on the side on which it goes along E more nearly as it should: `along`.

    (n, 2), (n, 1), (n, d_model), (n, 1) -> (n, 2)
    """
    norms = _length(block_step)
    still = np.broadcast_to((1.0, 0.0), block_step.shape)  # where the block changes nothing: E
    way = np.divide(block_step, norms, out=still.copy(), where=norms > 0)
    across = np.stack([-way[:, 1], way[:, 0]], axis=-1) * _length(rest)
    sides = np.stack([way * ahead + across, way * ahead - across])  # (2, n, 2)
    nearest = np.abs(sides[:, :, :1] - along).argmin(axis=0)[None]  # (1, n, 1)
    return np.take_along_axis(sides, nearest, axis=0)[0]


def _split(stream: Any, update: Any) -> tuple[Any, Any]:
    """How far an update goes along a vector, and the rest.

    (n, d_model) twice -> (n, 1), (n, d_model)
    """
    norms = np.linalg.norm(stream, axis=-1, keepdims=True)  # (n, 1)
    ahead = np.divide(stream, norms, out=np.zeros_like(stream), where=norms > 0)  # (n, d_model)
    along = (update * ahead).sum(axis=-1, keepdims=True)  # (n, 1)
    return along, update - along * ahead


def _length(x: Any) -> Any:
    """The length of each row.  (n, d_model) -> (n, 1)"""
    return np.linalg.norm(x, axis=-1, keepdims=True)
