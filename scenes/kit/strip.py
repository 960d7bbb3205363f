"""A strip: pieces of type that stand anywhere on the frame and can move one by one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from manim import config

from scenes.kit.outline import Ink
from scenes.kit.painted import Box, Painted
from scenes.kit.painter import Painter
from scenes.kit.theme import RGB
from scenes.kit.view import Placement

# Half of a digit's height: a number's middle sits this far above its baseline, in ems.
DIGIT_MIDDLE = 0.333


class Strip(Painted):
    """A column (or row) of numbers or words, each at its own place.

    Arrays, one entry a piece: `spot` (m, 2) its middle (or its left end), `em` its size,
    `shown` its opacity.
    """

    def __init__(
        self,
        inks: Sequence[Ink],
        spots: np.ndarray,
        ems: float | np.ndarray,
        colours: Sequence[RGB],
        shown: float | np.ndarray = 1.0,
        *,
        anchor: str = "centre",
        middle: float = DIGIT_MIDDLE,
    ) -> None:
        m = len(inks)
        half_w, half_h = config.frame_width / 2, config.frame_height / 2
        self.inks, self.colours, self.middle = list(inks), list(colours), middle
        share = {"left": 0.0, "centre": 0.5, "right": 1.0}[anchor]
        self.offsets = np.array([ink.advance * share for ink in self.inks])
        super().__init__(
            (-half_w, -half_h, half_w, half_h),
            spot=np.asarray(spots, float),
            em=np.broadcast_to(np.asarray(ems, float), (m,)).copy(),
            shown=np.broadcast_to(np.asarray(shown, float), (m,)).copy(),
        )

    def ink_box(self) -> Box | None:
        """Around the pieces that are visible now."""
        seen = self.arrays["shown"] * self.opacity > 0.002
        if not seen.any():
            return None
        spots, ems = self.arrays["spot"][seen], self.arrays["em"][seen]
        widths = np.array([ink.advance for ink in self.inks])[seen] * ems
        low = (spots - np.stack([widths, ems], axis=1)).min(0)
        high = (spots + np.stack([widths, ems], axis=1)).max(0)
        return (float(low[0]), float(low[1]), float(high[0]), float(high[1]))

    def paint(self, painter: Painter, at: Placement) -> None:
        """Place every piece."""
        ems = self.arrays["em"]
        offsets = np.stack([self.offsets * ems, self.middle * ems], axis=1)
        pens = self.arrays["spot"] - offsets
        painter.inks(at, self.inks, pens, ems, self.colours, self.arrays["shown"] * self.opacity)
