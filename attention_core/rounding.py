"""How numbers are displayed: the one place where they are rounded."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

MINUS = "\u2212"
INFINITY = "\u221e"


def shares(weights: ArrayLike, decimals: int = 2) -> NDArray[np.float64]:
    """Round shares to a few decimals so that each row still sums to 1.00 (largest remainder).

    Every share is cut to whole steps (hundredths), and the steps that are then missing go to the
    shares that lost most. What is exactly 0 (a masked cell) stays 0.

    weights: (..., n), each row summing to 1 -> (..., n)
    """
    scale = float(10**decimals)
    steps = np.asarray(weights, np.float64) * scale  # (..., n)
    flat = steps.reshape(-1, steps.shape[-1])  # (rows, n)
    cut = np.floor(flat)  # (rows, n)
    lost = np.where(flat > 0, flat - cut, -1)  # (rows, n)
    for row, missing in enumerate(np.rint(flat.sum(-1) - cut.sum(-1)).astype(int)):
        most = np.argsort(-lost[row], kind="stable")[:missing]  # ties: the first one
        cut[row, most] += 1
    return cut.reshape(steps.shape) / scale


def format_weight(weight: float) -> str:
    """A share of attention: "0.22". Pass it through `shares` first where a whole row is shown."""
    return f"{weight:.2f}"


def format_tick(weight: float) -> str:
    """A weight that a scale names: "0", "0.001", "0.01", "1"."""
    return f"{weight:g}"


def format_probability(probability: float, exact: float = 0.0) -> str:
    """A probability among many: "0.424". Pass it through `shares` with 3 decimals first.

    `exact` is what it was before: what is there, but rounds to nothing, is "<0.001".
    """
    text = f"{probability:.3f}"
    return "<0.001" if exact > 0 and float(text) == 0 else text


def format_score(score: float, decimals: int = 1) -> str:
    """A score with its sign: "+12.8", "−4.3" (a real minus, U+2212), "0.0", "−∞"."""
    if np.isinf(score):
        return (MINUS if score < 0 else "+") + INFINITY
    text = f"{abs(score):.{decimals}f}"
    if float(text) == 0:
        return text
    return (MINUS if score < 0 else "+") + text


def format_percent(share: float) -> str:
    """A share of the whole, 0..1: "58%"."""
    return f"{share * 100:.0f}%"


def format_degrees(degrees: float, decimals: int = 0) -> str:
    """An angle: "38"; with more decimals "37.9"."""
    return f"{degrees:.{decimals}f}"


def format_divisor(divisor: float) -> str:
    """What scores are divided by, or capped at: "8", "8.944", "50"."""
    return f"{divisor:.4g}"


def format_temperature(temperature: float) -> str:
    """A softmax temperature: "0.5", "1", "2"."""
    return f"{temperature:g}"


def format_bits(bits: float) -> str:
    """An entropy: "1.53"."""
    return f"{bits:.2f}"


def length_decimals(length: float) -> int:
    """How many decimals show a length to three digits: 1 for 45.4, 3 for 0.321, 0 for 20500."""
    return int(np.clip(2 - np.floor(np.log10(max(length, 1e-9))), 0, 4))


def format_length(length: float, decimals: int) -> str:
    """A length, or a signed part of one: "45.4", "−2.1"."""
    text = f"{abs(length):.{decimals}f}"
    return MINUS + text if length < 0 and float(text) else text


def parts(values: ArrayLike, total: float, decimals: int) -> NDArray[np.float64]:
    """Round signed parts of `total` so that they add up to it, rounded too (largest remainder).

    values: (m,), summing to total -> (m,)
    """
    units = np.asarray(values, np.float64) * 10**decimals  # (m,)
    cut = np.floor(units)
    missing = int(np.rint(total * 10**decimals) - cut.sum())
    cut[np.argsort(-(units - cut), kind="stable")[:missing]] += 1
    rounded: NDArray[np.float64] = cut / 10**decimals
    return rounded


def format_entry(entry: float) -> str:
    """One entry of a vector, with its sign: "+0.48", "−12.3", "+139"."""
    return format_score(entry, _three_digits(abs(entry)))


def table_decimals(entries: ArrayLike) -> int | None:
    """How many decimals all numbers of a table have: so that the largest has three digits.

    None where that leaves them none: a single large entry must not hide all others.
    """
    return _three_digits(float(np.abs(entries).max())) or None


def format_sum(
    addends: ArrayLike, total: float, decimals: int | None = None
) -> tuple[list[str], str]:
    """Entries and what they add up to, so rounded that they do on paper too (see `parts`).

    All have these decimals, or as many as leave the largest of them three digits.

    addends: (m,), summing to total -> m texts, and that of the total
    """
    values = np.asarray(addends, np.float64)  # (m,)
    if decimals is None:
        decimals = _three_digits(float(np.abs([*values, total]).max()))
    texts = [format_score(float(value), decimals) for value in parts(values, total, decimals)]
    return texts, format_score(float(np.rint(total * 10**decimals)) / 10**decimals, decimals)


def format_nested(
    inner: ArrayLike, other: float, total: float, decimals: int | None = None
) -> tuple[list[str], tuple[str, str, str]]:
    """A sum inside a sum, inner + other = total, so rounded that both add up as they are shown.

    The texts of other, of what the inner ones add up to, and of the total are as in `format_sum`.

    inner: (m,) -> m texts, and those of other, their sum and the total
    """
    values = np.asarray(inner, np.float64)  # (m,)
    outer = np.array([other, values.sum()])
    if decimals is None:
        decimals = _three_digits(float(np.abs([*outer, total]).max()))
    (before, change), whole = format_sum(outer, total, decimals)
    summed = float(parts(outer, total, decimals)[1])
    texts = [format_score(float(value), decimals) for value in parts(values, summed, decimals)]
    return texts, (before, change, whole)


def format_norm(length: float) -> str:
    """The length of a vector to three digits: "9.67", "45.5", "224"."""
    return f"{length:.{_three_digits(length)}f}"


def _three_digits(length: float) -> int:
    """How many decimals, at most two, leave a number three digits."""
    return next((d for d, most in ((2, 9.995), (1, 99.95)) if length < most), 0)


def format_count(count: float) -> str:
    """A whole number: "262,144"."""
    return f"{count:,.0f}"


def format_bytes(count: float) -> str:
    """Bytes in decimal units, three digits: "69.1 kB", "4.42 MB", "283 MB"."""
    for unit in ("B", "kB", "MB", "GB"):
        if count < 999.5 or unit == "GB":
            break
        count /= 1000
    decimals = 0 if unit == "B" else length_decimals(float(f"{count:.3g}"))
    return f"{count:.{decimals}f} {unit}"
