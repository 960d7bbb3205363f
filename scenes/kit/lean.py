"""The camera's turn: a board leans back into a part of the frame, and comes upright again."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from manim import UpdateFromAlphaFunc, smooth

from scenes.kit.camera import Frame
from scenes.kit.painted import Box

# Fitting takes a round of projections; in motion it is looked up between so many fitted poses.
STOPS = 65


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

    def pose(self, frame: Frame, share: float = 1.0) -> Frame:
        """Turn the camera a share of the way; the board keeps its margins all the way."""
        here = np.array(self.box)
        x0, y0, x1, y1 = (here + (np.array(self.there) - here) * share).tolist()
        self._turn(frame, share)
        return frame.fit(self.box, (x0, y0, x1, y1), self.units)

    def play(self, frame: Frame, back: bool = False, run_time: float = 2.4) -> UpdateFromAlphaFunc:
        """The camera goes there, or comes back."""

        def go(pose: Frame, alpha: float) -> None:
            self._turn(pose, 1.0 - alpha if back else alpha)
            pose.points[[0, 4]] = self._between(1.0 - alpha if back else alpha)
            if back and alpha == 1.0:
                pose.generate_points()

        return UpdateFromAlphaFunc(frame, go, rate_func=smooth, run_time=run_time)

    def _turn(self, frame: Frame, share: float) -> None:
        frame.generate_points()
        frame.look(self.about_y * share, self.about_x * share)

    @cached_property
    def _fitted(self) -> np.ndarray:
        """Where the camera looks and how it zooms, (STOPS, 2, 3), evenly along the way."""
        poses = [self.pose(Frame(), float(share)) for share in np.linspace(0, 1, STOPS)]
        return np.array([pose.points[[0, 4]] for pose in poses])

    def _between(self, share: float) -> np.ndarray:
        """The same at any share of the way, (2, 3)."""
        place = share * (STOPS - 1)
        before = min(int(place), STOPS - 2)
        rest = place - before
        mixed: np.ndarray = self._fitted[before] * (1 - rest) + self._fitted[before + 1] * rest
        return mixed
