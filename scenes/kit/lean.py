"""The camera's turn: a board leans back into a part of the frame, and comes upright again."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from manim import UpdateFromAlphaFunc, smooth

from scenes.kit.camera import Frame
from scenes.kit.painted import Box


@dataclass(frozen=True)
class Lean:
    """Where a board goes: `box` straight on becomes `there`, turned by degrees about two axes.

    Boxes are x0, y0, x1, y1 in frame units; `units` is the frame's width and height.
    """

    box: Box
    there: Box
    units: tuple[float, float]
    about_y: float
    about_x: float

    def pose(self, frame: Frame, share: float = 1.0, rounds: int = 8) -> Frame:
        """Turn the camera a share of the way; the board keeps its margins all the way."""
        here = np.array(self.box)
        x0, y0, x1, y1 = (here + (np.array(self.there) - here) * share).tolist()
        frame.generate_points()
        frame.look(self.about_y * share, self.about_x * share)
        return frame.fit(self.box, (x0, y0, x1, y1), self.units, rounds)

    def play(self, frame: Frame, back: bool = False, run_time: float = 2.4) -> UpdateFromAlphaFunc:
        """The camera goes there, or comes back."""

        def go(pose: Frame, alpha: float) -> None:
            self.pose(pose, 1.0 - alpha if back else alpha, rounds=5)
            if back and alpha == 1.0:
                pose.generate_points()

        return UpdateFromAlphaFunc(frame, go, rate_func=smooth, run_time=run_time)
