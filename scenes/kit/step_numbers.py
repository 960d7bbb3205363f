"""The numbers of a chain's steps: beside them, or at a line from a step that is short."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from scenes.kit import typeset
from scenes.kit.chain import Chain
from scenes.kit.outline import Ink
from scenes.kit.strip import Strip
from scenes.kit.theme import Theme
from scenes.kit.vectors import Segments

# From a step to its number, the nearest that is free; farther off only where that is not half of
# the step's length, or else there is a line.
GAPS, HALFWAY = (0.12, 0.2, 0.3, 0.4), 0.5
LABELLED = 0.18  # a step of the chain at least this long, in frame units, has its number beside it
# Of a shorter one: how far from it the number may be, which way, and where the line to it begins.
FAR, TURNS, OFF = (
    (0.34, 0.42, 0.52, 0.64, 0.8),
    np.linspace(0, 2 * np.pi, 48, endpoint=False),
    0.035,
)
UPRIGHT = 0.6  # such a line stands nearly at right angles to its step: the sine of the angle
NEAR = 0.12  # so far along the line from its step, the next steps may be close
CLOSE, CLEAR = 0.025, 0.05  # from a line to other steps there, and beyond; also to other lines
MATTERS = 0.5  # of the longest step, the length of one whose number is bold
POINT = 0.005  # a step that cannot be seen has no number
AIR = 0.04  # around a number
APART = 0.35  # in ems, from one to the next on a line: closer, 6 and 7 would read as 67
TRIES = 4000  # places that are looked at before numbers may stand out of order, or be left out


@dataclass(frozen=True, eq=False)
class Place:
    """Where a step's number may stand: its middle, half its box, and the way there from the step.

    Of a short step the way is drawn as a line.
    """

    step: int
    spot: np.ndarray
    half: np.ndarray
    way: np.ndarray  # (20, 2)
    drawn: bool


class StepNumbers:
    """Numbers of `em`, from one height to another (`between`), clear of the boxes `taken` (k, 4).

    Those of long steps, the ones that matter, are bold.
    spots: the middles of those that have room, by step; leaders: the ends of the lines to them.
    """

    def __init__(
        self,
        chain: Chain,
        em: float,
        between: tuple[float, float],
        taken: np.ndarray,
    ) -> None:
        self.em, self.between, self.taken = em, between, taken
        self.tails, self.tips = chain.tails, chain.tips
        self.lengths = np.linalg.norm(self.tips - self.tails, axis=1)
        self.middles = (self.tails + self.tips) / 2
        self.long = self.lengths >= MATTERS * self.lengths.max(initial=0.0)
        numbers = enumerate(self.long.tolist())
        self.inks = [Ink.plain(typeset.number(str(step), bold)) for step, bold in numbers]
        seen = np.flatnonzero(self.lengths >= POINT).tolist()
        # From step to step: one that finds no room makes the one before it, its neighbour, yield.
        every = [[*self._beside(step), *self._led(step)] for step in seen]
        places = self._search(every, True) or self._search(every, False) or self._some(every)
        self.spots = {place.step: place.spot for place in places}
        self.leaders = [(place.way[0], place.way[-1]) for place in places if place.drawn]

    def drawn(self, theme: Theme) -> tuple[list[Strip], list[Segments]]:
        """The numbers, and the lines to some of them."""
        numbers, leaders = [], []
        if self.spots:
            inks, spots = [self.inks[step] for step in self.spots], np.array([*self.spots.values()])
            # As below the panels: in the chain's colour they would be read as its lengths.
            colours = [theme.text if self.long[step] else theme.quiet for step in self.spots]
            numbers = [Strip(inks, spots, self.em, colours)]
        if self.leaders:
            grey = [theme.quiet] * len(self.leaders)
            leaders = [Segments(np.array(self.leaders), grey, width=1.6)]
        return numbers, leaders

    # -- where one may stand -----------------------------------------------------------------

    def _half(self, step: int) -> np.ndarray:
        """Half of a number's width and height."""
        return np.array([self.inks[step].advance / 2, typeset.DIGIT_MIDDLE]) * self.em

    def _beside(self, step: int) -> list[Place]:
        """On either side of a long step, where no other step is nearer; the nearest first."""
        if self.lengths[step] < LABELLED:
            return []
        half, found = self._half(step) + AIR, []
        side = self._side(step)
        gaps = [gap for gap in GAPS if gap <= max(GAPS[0], HALFWAY * self.lengths[step])]
        for gap, way in product(gaps, (1, -1)):
            away = float(np.abs(side) @ self._half(step)) + gap
            spot = self.middles[step] + way * side * away
            if self._apart(spot[None])[0].argmin() == step and self._free(spot[None], half)[0]:
                path = np.linspace(self.middles[step], spot, 20)
                found.append(Place(step, spot, half, path, False))
        return found

    def _led(self, step: int) -> list[Place]:
        """Around a step, where a straight line to its middle touches nothing; the nearest first."""
        middle, half, side = self.middles[step], self._half(step), self._side(step)
        others = np.arange(len(self.tails)) != step
        ways = np.stack([np.cos(TURNS), np.sin(TURNS)], axis=1)
        straight = np.abs(ways @ side)
        ways = ways[np.argsort(-straight.round(3), kind="stable")][
            : int((straight > UPRIGHT).sum())
        ]
        # All spots at once: one by one they take a fifth of a second in each process of a film.
        far = np.repeat(FAR, len(ways))  # (c,)
        ways = np.tile(ways, (len(FAR), 1))  # (c, 2)
        spots = middle + ways * far[:, None]
        free = self._free(spots, half + AIR)
        far, ways, spots = far[free], ways[free], spots[free]
        ends = far - (half / np.maximum(np.abs(ways), 1e-9)).min(axis=1) - AIR
        reach = np.linspace(OFF, np.maximum(ends, OFF), 20, axis=1)  # (c, 20)
        lines = middle + ways[:, None] * reach[..., None]  # (c, 20, 2)
        away = self._apart(lines.reshape(-1, 2)).reshape(len(lines), 20, -1)  # (c, 20, m)
        other = away[..., others].min(initial=np.inf, axis=2)  # (c, 20)
        begins = np.linalg.norm(lines - middle, axis=2) < NEAR
        x, y = lines[..., 0], lines[..., 1]  # (c, 20)
        x0, y0, x1, y1 = self.taken.T[..., None, None]  # (k, 1, 1)
        crossed = (x0 < x) & (x1 > x) & (y0 < y) & (y1 > y) & ~begins  # (k, c, 20)
        own = other[:, 0] > away[:, 0, step]
        own &= (other > np.where(begins, CLOSE, CLEAR)).all(axis=1)
        good = own & (ends > OFF) & ~crossed.any(axis=(0, 2))
        return [
            Place(step, spots[index], half + AIR, lines[index], True)
            for index in np.flatnonzero(good).tolist()
        ]

    def _side(self, step: int) -> np.ndarray:
        """The direction at right angles to a step."""
        across: np.ndarray = (self.tips[step] - self.tails[step])[::-1] * (-1.0, 1.0)
        return across / self.lengths[step]

    def _free(self, spots: np.ndarray, half: np.ndarray) -> np.ndarray:
        """Where numbers may stand, (c,) of spots (c, 2), of all that is there before them."""
        (left, bottom), (right, top) = (spots - half).T, (spots + half).T
        low, high = self.between
        x0, y0, x1, y1 = self.taken.T[..., None]  # (k, 1)
        inside = (x0 < right) & (x1 > left) & (y0 < top) & (y1 > bottom)  # (k, c)
        free: np.ndarray = (bottom >= low) & (top <= high) & ~inside.any(axis=0)
        return free

    def _apart(self, points: np.ndarray) -> np.ndarray:
        """How far places (p, 2) are from each step: (p, m)."""
        x, y = (points[:, None] - self.tails).T  # (m, p)
        right, up = (self.tips - self.tails).T[..., None]  # (m, 1)
        share = (x * right + y * up) / np.maximum(self.lengths**2, 1e-9)[:, None]  # (m, p)
        share = np.clip(share, 0.0, 1.0)
        found: np.ndarray = np.hypot(x - share * right, y - share * up).T
        return found

    # -- all of them together ----------------------------------------------------------------

    def _search(self, every: Sequence[Sequence[Place]], ordered: bool) -> list[Place]:
        """A place for each step beside those of the others; none if there is no such choice.

        ordered: from left to right the numbers stand as their steps do.
        """
        chosen: list[Place] = []
        tries = 0

        def choose(index: int) -> bool:
            nonlocal tries
            if index == len(every):
                return True
            for place in every[index]:
                tries += 1
                if tries > TRIES:
                    return False
                if all(self._agree(place, other, ordered) for other in chosen):
                    chosen.append(place)
                    if choose(index + 1):
                        return True
                    chosen.pop()
            return False

        return chosen if choose(0) else []

    def _some(self, every: Sequence[Sequence[Place]]) -> list[Place]:
        """As many as have room one after the other."""
        chosen: list[Place] = []
        for places in every:
            fitting = (p for p in places if all(self._agree(p, q, False) for q in chosen))
            chosen.extend(place for place in [next(fitting, None)] if place)
        return chosen

    def _agree(self, one: Place, other: Place, ordered: bool) -> bool:
        """Whether two numbers and their lines keep off each other, and (`ordered`) in order."""
        apart = one.half + other.half - AIR + (APART * self.em, 0.0)
        if (np.abs(one.spot - other.spot) < apart).all():
            return False
        for a, b in ((one, other), (other, one)):
            if (np.abs(a.way - b.spot) < b.half).all(axis=1).any():
                return False
        if np.linalg.norm(one.way[:, None] - other.way[None], axis=2).min() < CLEAR:
            return False
        steps = (self.middles[one.step] - self.middles[other.step])[0]
        return not ordered or bool(steps * (one.spot - other.spot)[0] > 0 or abs(steps) < OFF)
