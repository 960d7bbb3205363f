"""What heads columns of scores and of their softmax: formulas of one size, and the division."""

from __future__ import annotations

from collections.abc import Sequence

from attention_core.trace import Trace
from scenes.kit import terms, typeset
from scenes.kit.label import Label
from scenes.kit.outline import Ink
from scenes.kit.theme import Theme

LARGEST, BETWEEN = 0.34, 0.9  # their em; in ems, between two of them
SOFTMAX = 'op("softmax")'
DIVISION, ROOT, ASIDE = 0.42, 0.3, 0.26  # of "÷ 8" and its root: their em, and what is between

# Of one pair of columns: the middle of its scores, that of their softmax, and where it ends.
Axes = tuple[float, float, float]


def heads(
    trace: Trace, pairs: Sequence[Axes], least: float, named: bool
) -> tuple[list[tuple[Ink, Ink]], float]:
    """What heads the raw scores and the divided ones, with their softmax, and the size of all.

    Where it would be smaller than `least`, what softmax reads is left to the column beside it,
    which shows it; not where its parts are `named` elsewhere.
    """
    found: list[tuple[Ink, Ink]] = []
    em = 0.0
    for whole in (True, False):
        found, sizes = [], [LARGEST]
        for score, (own, middle, end) in zip((terms.DOT, terms.scaled(trace)), pairs, strict=True):
            softmax = f"{SOFTMAX}({terms.read(trace, score)})" if whole else SOFTMAX
            one, other = (Ink.plain(typeset.math(part)) for part in (score, softmax))
            found.append((one, other))
            sizes.append((middle - own) / (one.width / 2 + other.width / 2 + BETWEEN))
            sizes.append((end - middle) / (other.width / 2))
        em = min(sizes)
        if em >= least or named:
            break
    return found, em


def division(trace: Trace, theme: Theme, middle: float, y: float) -> list[Label]:
    """ "÷ 8" above the middle of a column, and beside it, smaller, which root that is."""
    by, root = (Ink.plain(typeset.math(part)) if part else None for part in terms.division(trace))
    assert by is not None
    number = Label(by, (middle, y), DIVISION, theme.query, "centre")
    if root is None:
        return [number]
    return [number, Label(root, (number.box[2] + ASIDE, y), ROOT, theme.text)]
