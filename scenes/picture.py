"""What a still shows, in words and numbers: its cells, its caption and its alt text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Cell:
    """One number of the picture and the pixel box (x0, y0, x1, y1 from the top left) it stands in.

    `query` and `key` are token indices into the trace, where the Picture says nothing else;
    `value` is unrounded, None where masked.
    """

    query: int
    key: int
    value: float | None
    box: Box


@dataclass(frozen=True)
class CellNames:
    """What the cells' queries and keys count where those are not tokens: a name for each."""

    rows: Mapping[int, str] | None = None
    columns: Mapping[int, str] | None = None


@dataclass(frozen=True)
class Picture:
    """A still's content for its sidecar: which quantity, where each value stands, and its text.

    `layer` and `head` are those that the numbers are of: None where they are of no single one.
    """

    chapter: str
    figure: str
    quantity: str
    cells: tuple[Cell, ...]
    alt: str
    caption: str
    layer: int | None
    head: int | None
    counted: CellNames = CellNames()
    trace: str = "main"  # the trace of the material that the cells are of
