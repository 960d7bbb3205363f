"""A table: pieces of type that know which row they stand in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from scenes.kit.outline import Ink
from scenes.kit.strip import Strip
from scenes.kit.theme import RGB


class Table(Strip):
    """A strip whose pieces stand in rows: `rows` (m,) numbers them."""

    def __init__(
        self,
        inks: Sequence[Ink],
        spots: np.ndarray,
        ems: float | np.ndarray,
        colours: Sequence[RGB],
        shown: float | np.ndarray = 1.0,
        *,
        rows: np.ndarray | None = None,
        **options: Any,
    ) -> None:
        super().__init__(inks, spots, ems, colours, shown, **options)
        self.rows = np.zeros(len(self.inks), int) if rows is None else np.asarray(rows)
