"""A table: pieces of type in rows, of which only those that change are painted again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from scenes.kit.outline import Ink
from scenes.kit.painted import Box
from scenes.kit.strip import Strip
from scenes.kit.theme import RGB


class Table(Strip):
    """A strip that knows which row each of its pieces stands in, and where each one's ink is."""

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
        self._ink_boxes = np.array([ink.box for ink in self.inks]).reshape(-1, 4)

    def boxes(self, arrays: dict[str, np.ndarray]) -> np.ndarray:
        """Around each piece's ink, (m, 4), with these arrays."""
        ems = arrays["em"]
        pens = arrays["spot"] - np.stack([self.offsets * ems, self.middle * ems], axis=1)
        found: np.ndarray = np.concatenate([pens, pens], axis=1) + self._ink_boxes * ems[:, None]
        return found

    def ink_box(self) -> Box | None:
        """Around the pieces that are visible now."""
        seen = self.arrays["shown"] * self.opacity > 0.002
        if not seen.any():
            return None
        boxes = self.boxes(self.arrays)[seen]
        (x0, y0), (x1, y1) = boxes[:, :2].min(0).tolist(), boxes[:, 2:].max(0).tolist()
        return (x0, y0, x1, y1)

    def changed_parts(self, before: dict[str, np.ndarray]) -> np.ndarray | None:
        """Around each piece that changed and is or was visible, where it was and where it is."""
        if before["opacity"] != self.arrays["opacity"]:
            return None
        changed = (self.arrays["spot"] != before["spot"]).any(axis=1)
        changed |= (self.arrays["em"] != before["em"]) | (self.arrays["shown"] != before["shown"])
        changed &= (self.arrays["shown"] > 0) | (before["shown"] > 0)
        return np.concatenate([self.boxes(a)[changed] for a in (before, self.arrays)])
