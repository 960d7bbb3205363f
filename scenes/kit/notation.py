"""The names of vectors as papers write them (E, dE, E', v), their colours, and their entries."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from attention_core.rounding import format_entry, format_nested, format_sum, table_decimals
from attention_core.trace import Trace
from scenes.kit import typeset
from scenes.kit.outline import Ink, Outline, join, line_up
from scenes.kit.symbols import arrow
from scenes.kit.theme import RGB, Theme, blend

FINE = 2  # decimals of small entries
FIRST = 4  # entries shown of a vector before the dots; the last one follows them
# In ems, between the columns of a vector's entries: from number to number, and around the dots.
PITCH, DOTS_PITCH = 2.95, 2.0
_VECTOR = re.compile(r"(Delta )?arrow\(bold\(upright\((\w)\)\)\)_(\d+)")


def embedding_colour(theme: Theme) -> RGB:
    """The grey of a word's vector E (#DDDDDD on black)."""
    return blend(theme.text, theme.background, 2 / 15)


@lru_cache(maxsize=256)
def named(
    letter: str,
    index: int | None = None,
    *,
    delta: bool = False,
    prime: bool = False,
    above: int | None = None,
) -> Ink:
    """A bold letter under an arrow with its index, in ems; `delta` in front, `prime` behind it.

    `above` is the number of the head whose it is, a superscript in brackets.
    """
    body = typeset.math(f"bold(upright({letter}))")
    height = body.box[3] + 0.22
    over = arrow(-0.04, body.advance + 0.06, height, 0.055, 0.24)
    parts, pen = [body, over], body.advance
    if prime:
        mark = typeset.math("x'")
        plain = typeset.math("x")
        # The prime alone: what a primed letter has more than the plain one.
        parts.append(_without(mark, len(plain.starts)).moved(body.advance + 0.05, 0.06))
        pen += 0.24
    if above is not None:
        raised = typeset.math(f"({above})").moved(body.advance + 0.12, 0.42, 0.62)
        parts.append(raised)
        pen = max(pen, raised.advance)
    if index is not None:
        digits = typeset.number(str(index)).moved(body.advance + 0.03, -0.2, 0.6)
        parts.append(digits)
        pen = max(pen, digits.advance)
    joined = join(parts)
    outline = Outline(joined.curves, joined.starts, max(pen, joined.box[2]))
    if delta:
        outline = line_up([typeset.math("Delta"), Outline(np.zeros((0, 4, 2)), (), 0.1), outline])
    return Ink.plain(outline)


def as_named(source: str) -> Outline:
    """A formula; the vectors E and dE of one token look as `named` has them beside the text."""
    found = _VECTOR.fullmatch(source.strip())
    if not found:
        return typeset.math(source)
    delta, letter, index = found.groups()
    return named(letter, int(index), delta=bool(delta)).parts[0][0]


def _without(outline: Outline, contours: int) -> Outline:
    """An outline without its first contours, set at x = 0."""
    first = outline.starts[contours]
    curves = outline.curves[first:]
    starts = tuple(start - first for start in outline.starts[contours:])
    left = float(curves[..., 0].min())
    return Outline(curves - (left, 0.0), starts, float(curves[..., 0].max()) - left)


def shown_entries(length: int) -> list[int]:
    """Which entries of a vector are shown as numbers: the first ones and the last; all of few."""
    return [*range(FIRST), length - 1] if length > FIRST + 1 else list(range(length))


def entry_inks(vector: np.ndarray) -> list[Ink]:
    """A vector's first entries, dots, and its last entry, as type; all of a short one."""
    shown = shown_entries(len(vector))
    return _inks([format_entry(float(vector[i])) for i in shown], len(vector))


def sum_inks(addends: np.ndarray, total: np.ndarray) -> tuple[list[list[Ink]], list[Ink]]:
    """The same for vectors that add up, as the numbers that are shown do: (m, d), (d,).

    All have as many decimals, so that none looks more exact than another.
    """
    length, shown = len(total), shown_entries(len(total))
    decimals = table_decimals(np.vstack([addends, total])[:, shown])
    columns = [format_sum(addends[:, i], float(total[i]), decimals) for i in shown]
    rows = [[texts[row] for texts, _ in columns] for row in range(len(addends))]
    return [_inks(row, length) for row in rows], _inks([text for _, text in columns], length)


def change_inks(trace: Trace, query: int) -> tuple[list[Ink], list[Ink]]:
    """What a head adds to a token, and what the other heads of the layer do (empty: not shown).

    Both add up to the change by all heads as that stands in E + dE = E', if all of its numbers
    have as many decimals as a head's own small ones need, and there are other heads.
    """
    head = np.asarray(trace.need("update")[query], float)
    shown = shown_entries(len(head))
    alone = _inks([format_entry(float(head[i])) for i in shown], len(head))
    if trace.model.heads < 2 or trace.block_update is None or trace.x_out is None:
        return alone, []
    block, before, after = (
        np.asarray(matrix[query], float)
        for matrix in (trace.block_update, trace.residual, trace.x_out)
    )
    decimals = table_decimals(np.stack([block, before, after])[:, shown])
    nested = [
        format_nested([head[i], block[i] - head[i]], float(before[i]), float(after[i]), decimals)
        for i in shown
    ]
    texts = [text for (pair, sums) in nested for text in (*pair, *sums)]
    if any(len(text.partition(".")[2]) != FINE for text in texts):
        return alone, []
    own, others = ([pair[k] for pair, _ in nested] for k in (0, 1))
    return _inks(own, len(head)), _inks(others, len(head))


def entry_columns(length: int) -> np.ndarray:
    """The middles of the columns of a vector's entries, in ems from the left edge of the first."""
    if length <= FIRST + 1:
        return PITCH * (np.arange(length) + 0.5)
    numbers = PITCH * (np.arange(FIRST) + 0.5)
    dots = PITCH * FIRST + DOTS_PITCH / 2
    return np.array([*numbers, dots, dots + (DOTS_PITCH + PITCH) / 2])


def entries_width(length: int) -> float:
    """The width of all of these columns, in ems."""
    return float(entry_columns(length)[-1]) + PITCH / 2


def _inks(texts: Sequence[str], length: int) -> list[Ink]:
    """Numbers as type, with dots in front of the last one where entries are left out."""
    inks = [Ink.plain(typeset.number(text, False)) for text in texts]
    if len(texts) < length:
        inks.insert(-1, Ink.plain(typeset.math("dots.h.c")))
    return inks
