"""How the updates of a layer's heads add up to the block's."""

from __future__ import annotations

import numpy as np

from attention_core.derived import Derived
from attention_core.models.base import Block, Model
from attention_core.ops import Array
from attention_core.trace import Trace


def derive(network: Model, main: Trace) -> Derived:
    """The lengths of all heads' updates, and their sum laid out in a plane (see `added_up`)."""
    block = _block(network, main)
    return Derived(arrays=added_up(block.steps.updates))


def added_up(updates: Array) -> dict[str, Array]:
    """Of every token the heads' updates as steps in a plane, which end where the block's ends.

    updates: (h, n, d_model), each through its head's part of W_O ->

    head_lengths (h, n): the length of each head's dE;
    block_lengths (n,): the length of their sum, the block's dE;
    head_steps (h, n, 2): each dE along the block's and across it. The parts along it add up to
        the block's length, those across it to 0; "across" is the direction, at right angles to
        the block's dE, in which the heads differ most (the first principal axis of the rest);
    steps_kept (n,): the share of the squared lengths that the plane keeps.
    """
    total = updates.sum(axis=0, dtype=np.float64)  # (n, d_model)
    lengths = np.linalg.norm(total, axis=-1)  # (n,)
    unit = total / np.maximum(lengths, 1e-30)[:, None]  # (n, d_model)
    along = np.einsum("hnd,nd->hn", updates, unit)  # (h, n)
    rest = updates - along[..., None] * unit  # (h, n, d_model)
    _, _, axes = np.linalg.svd(rest.transpose(1, 0, 2), full_matrices=False)  # (n, h, d_model)
    across = np.einsum("hnd,nd->hn", rest, axes[:, 0])  # (h, n)
    # Either direction of an axis will do: the longest step goes up.
    longest = np.take_along_axis(across, np.abs(across).argmax(axis=0)[None], axis=0)  # (1, n)
    across = across * np.where(longest < 0, -1.0, 1.0)
    squares = (updates.astype(np.float64) ** 2).sum(axis=(0, 2))  # (n,)
    kept = (along**2 + across**2).sum(axis=0) / np.maximum(squares, 1e-30)  # (n,)
    found = {
        "head_lengths": np.linalg.norm(updates, axis=-1),
        "block_lengths": lengths,
        "head_steps": np.stack([along, across], axis=-1),
        "steps_kept": kept,
    }
    return {name: array.astype(np.float32) for name, array in found.items()}


def _block(network: Model, main: Trace) -> Block:
    """The main trace's layer, run once more: a Trace keeps the updates of one head only."""
    weights = network.load(main.layer, main.layer)
    return next(network.blocks(main.residual, weights, main.layer))
