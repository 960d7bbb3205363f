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


def format_probability(probability: float) -> str:
    """A probability among many: "0.424". Pass it through `shares` with 3 decimals first."""
    return f"{probability:.3f}"


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


def format_temperature(temperature: float) -> str:
    """A softmax temperature: "0.5", "1", "2"."""
    return f"{temperature:g}"


def format_bits(bits: float) -> str:
    """An entropy: "1.53"."""
    return f"{bits:.2f}"
