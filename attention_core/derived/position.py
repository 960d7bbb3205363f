"""How a token's position joins in: a turn of each pair of q, or a vector that is added."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from attention_core.derived import Derived
from attention_core.ops import Array
from attention_core.trace import Trace

if TYPE_CHECKING:
    from attention_core.models.base import Model

# Of the turns that could be shown: no full circle, which would look like a smaller turn, and
# enough to be seen. Degrees, at the last position.
MOST, LEAST = 160.0, 60.0
EARLIER = (0.25, 0.7)  # where the other position lies, as a share of the last one


def derive(network: Model | None, main: Trace) -> Derived:
    """What the chapter `tokens` shows of positions; everything is in the trace itself.

    Where positions are added: token_embedding (n, d_model), the embedding without its position;
    added_rows (k,): one or two rows to show it at.
    Where q is turned (RoPE), of one pair of its entries i and i + d_k / 2, at one or two rows:
    turn_pair (): i, counted from 0; turn_step (): degrees a position; turn_rows (k,): the rows,
    which are the positions; turn_degrees (k,); turn_before and turn_after (k, 2): the pair's
    entries. Where neither is known, nothing.
    """
    if main.position is not None:
        rows = np.array(sorted({main.n // 2, main.n - 1}), np.float32)  # (k,)
        before = main.need("embedding") - main.position  # (n, d_model)
        return Derived(arrays={"token_embedding": before, "added_rows": rows})
    if main.q_unrotated is None or main.n < 2 or np.array_equal(main.q, main.q_unrotated):
        return Derived()
    return Derived(arrays=turn(main.q_unrotated, main.q))


def turn(before: Array, after: Array) -> dict[str, Array]:
    """The pair and the positions that show the turn best, and by how much each was turned.

    before, after: (n, d_k), q before and after rotation -> the arrays that `derive` names
    """
    first, last = pairs(before), pairs(after)  # (n, d_k / 2) each
    end = len(first) - 1
    # Position 1 turns by the angle of one step, which is at most one radian (arXiv:2104.09864).
    step = np.degrees(np.angle(last[1] * first[1].conj()))  # (d_k / 2,)
    seen = np.flatnonzero((step * end >= LEAST) & (step * end <= MOST))
    if not len(seen):  # too few positions for that: the pair that turns most
        seen = np.array([int(np.argmax(np.where(step * end <= MOST, step, 0.0)))])
    low, high = (share * end for share in EARLIER)
    rows = [row for row in range(1, end) if low <= row <= high] or list(range(1, end))
    lengths = np.abs(first)  # (n, d_k / 2)
    # Both arrows are drawn to one scale, so neither should be much shorter than the other.
    evenness = {
        (row, pair): np.minimum(*both) / np.maximum(*both)
        for row in rows
        for pair in seen.tolist()
        if (both := (lengths[row, pair], lengths[end, pair]))
    }
    row, pair = max(evenness, key=lambda place: evenness[place]) if rows else (end, int(seen[0]))
    chosen = sorted({row, end})
    entries = [
        np.stack([x[chosen, pair].real, x[chosen, pair].imag], axis=1) for x in (first, last)
    ]
    found = {
        "turn_pair": pair,
        "turn_step": step[pair],
        "turn_rows": chosen,
        "turn_degrees": step[pair] * np.array(chosen),
        "turn_before": entries[0],
        "turn_after": entries[1],
    }
    return {name: np.asarray(value, np.float32) for name, value in found.items()}


def pairs(q: Array) -> np.ndarray:
    """Entries i and i + d_k / 2 as one complex number: (n, d_k) -> (n, d_k / 2)."""
    a, b = np.split(np.asarray(q, np.float64), 2, axis=-1)  # (n, d_k / 2) each
    return a + 1j * b
