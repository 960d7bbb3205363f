"""The numbers of a chain's steps: beside them, or at a line from a step that is short."""

from __future__ import annotations

from itertools import product

import numpy as np

from scenes.kit import typeset
from scenes.kit.chain import Chain
from scenes.kit.outline import Ink
from scenes.kit.strip import Strip
from scenes.kit.theme import Theme
from scenes.kit.vectors import Segments

GAPS = (0.12, 0.2, 0.3, 0.4)  # from a step to its number, the nearest that is free
LABELLED = 0.18  # a step of the chain at least this long, in frame units, has its number beside it
# Of a shorter one: how far from it the number may be, which way, and where the line to it begins.
FAR, TURNS, OFF = (0.4, 0.5, 0.62), np.linspace(0, 2 * np.pi, 24, endpoint=False) + np.pi / 2, 0.07
POINT = 0.02  # a step that cannot be seen has no number
AIR = 0.04  # around a number


class StepNumbers:
    """Numbers of `em`, from one height to another (`between`), clear of the boxes `taken` (k, 4).

    spots: the middles of those that have room, by step; leaders: the ends of the lines to them.
    """

    def __init__(
        self, chain: Chain, em: float, between: tuple[float, float], taken: np.ndarray
    ) -> None:
        self.em, self.between, self.taken = em, between, taken
        self.tails, self.tips = chain.tails, chain.tips
        self.lengths = np.linalg.norm(self.tips - self.tails, axis=1)
        self.inks = [Ink.plain(typeset.number(str(step))) for step in range(len(self.tails))]
        self.spots: dict[int, np.ndarray] = {}
        self.leaders: list[tuple[np.ndarray, np.ndarray]] = []
        for step in np.flatnonzero(self.lengths >= LABELLED).tolist():
            self._beside(step)
        for step in np.flatnonzero(self.lengths >= POINT).tolist():
            if step not in self.spots:
                self._led(step)

    def drawn(self, theme: Theme) -> tuple[list[Strip], list[Segments]]:
        """The numbers, and the lines to some of them."""
        numbers, leaders = [], []
        if self.spots:
            inks, spots = [self.inks[step] for step in self.spots], np.array([*self.spots.values()])
            numbers = [Strip(inks, spots, self.em, [theme.output] * len(inks))]
        if self.leaders:
            grey = [theme.quiet] * len(self.leaders)
            leaders = [Segments(np.array(self.leaders), grey, width=1.6)]
        return numbers, leaders

    def _half(self, step: int) -> np.ndarray:
        """Half of a number's width and height."""
        return np.array([self.inks[step].advance / 2, typeset.DIGIT_MIDDLE]) * self.em

    def _beside(self, step: int) -> None:
        """On either side of the step, the nearest free place that is no other step's."""
        tail, tip = self.tails[step], self.tips[step]
        side = np.array([tail[1] - tip[1], tip[0] - tail[0]]) / self.lengths[step]
        for gap, way in product(GAPS, (1, -1)):
            away = float(np.abs(side) @ self._half(step)) + gap
            spot = (tail + tip) / 2 + way * side * away
            if self._apart(spot).argmin() == step and self._take(step, spot):
                return

    def _led(self, step: int) -> None:
        """Around the step, where a straight line to the number touches nothing."""
        middle, half = (self.tails[step] + self.tips[step]) / 2, self._half(step)
        for far, turn in product(FAR, TURNS):
            way = np.array([np.cos(turn), np.sin(turn)])
            end = far - float((half / np.maximum(np.abs(way), 1e-9)).min()) - AIR
            line = middle + way * np.linspace(OFF, end, 20)[:, None]  # (20, 2)
            crossed = (self.taken[:, None, :2] < line) & (self.taken[:, None, 2:] > line)
            if not crossed.all(axis=2).any() and self._take(step, middle + way * far):
                self.leaders.append((line[0], line[-1]))
                return

    def _take(self, step: int, spot: np.ndarray) -> bool:
        """Put the number there, if that is free; whether it was."""
        half = self._half(step) + AIR
        (x0, y0), (x1, y1) = spot - half, spot + half
        low, high = self.between
        inside = (self.taken[:, :2] < (x1, y1)) & (self.taken[:, 2:] > (x0, y0))
        if y0 < low or y1 > high or inside.all(axis=1).any():
            return False
        self.taken = np.vstack([self.taken, (x0, y0, x1, y1)])
        self.spots[step] = spot
        return True

    def _apart(self, spot: np.ndarray) -> np.ndarray:
        """How far a place (2,) is from each step: (m,)."""
        ways = self.tips - self.tails
        along = ((spot - self.tails) * ways).sum(axis=1) / np.maximum(self.lengths**2, 1e-9)
        nearest = self.tails + np.clip(along, 0.0, 1.0)[:, None] * ways
        found: np.ndarray = np.linalg.norm(spot - nearest, axis=1)
        return found
