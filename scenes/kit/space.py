"""A three-dimensional space that turns slowly: a floor, arrows that face us, and their names."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from scenes.kit.board import Region
from scenes.kit.marks import DOT, HALO, paint_marks
from scenes.kit.naming import name_points
from scenes.kit.outline import Ink, arrow_corners
from scenes.kit.painted import Box, Painted
from scenes.kit.painter import Painter
from scenes.kit.sides import sides
from scenes.kit.theme import RGB, Theme
from scenes.kit.vectors import SEEN, boxes_of, chain
from scenes.kit.view import Placement

ELEVATION = np.radians(16.0)  # how far the eye stands above the floor
EYE = 9.0  # its distance, in units of the space
TILE = 0.2  # of the floor's grid
THICK, THIN = 0.06, 0.04  # of an arrow, of a move
NAMED = ("tips", "move_names")  # the arrays that say how far names are seen


@dataclass(frozen=True)
class Content:
    """What stands in a space; axes are x to the right, y up from the floor, z towards us.

    paths (layers, p, 3): the tips of p arrows from the origin, layer by layer; moves go from each
    last tip to the next one. marks (c, 3): single points (see `hollow`), named elsewhere.
    """

    paths: np.ndarray
    colours: Sequence[RGB]
    names: Sequence[Ink]
    move_names: Sequence[Ink]
    marks: np.ndarray


class Moment(NamedTuple):
    """All that can be seen with some arrays, on the frame: painted, and asked where it is."""

    floor: np.ndarray  # (m, 2, 2)
    arrows: tuple[np.ndarray, np.ndarray, np.ndarray]  # see `drawn`
    stems: np.ndarray  # (c, 2, 2)
    labels: tuple[list[Ink], np.ndarray, list[RGB], np.ndarray]
    boxes: np.ndarray  # (k, 4), one for each thing


class Space(Painted):
    """Arrays, all opacities or shares of growth but for the first two: `azimuth` in degrees,
    `layer`; `floor`; `arrows`, `tips` (their names) (p,); `moves`, `move_names` (p - 1,); `marks`
    (c,).
    """

    def __init__(
        self,
        content: Content,
        theme: Theme,
        region: Region,
        em: float,
        azimuth: float,
        pad: tuple[float, float] = (0.5, 0.4),
    ) -> None:
        self.things, self.theme, self.em = content, theme, em
        p, c = content.paths.shape[1], len(content.marks)
        self.floor_lines = self._floor()
        self.scale_of, self.centre = 1.0, np.zeros(2)
        self._known: list[tuple[dict[str, np.ndarray], Moment]] = []
        self._turned: tuple[float, np.ndarray] | None = None  # the azimuth, and what it makes
        super().__init__(
            region,
            azimuth=azimuth,
            layer=len(content.paths) - 1.0,
            floor=1.0,
            arrows=np.ones(p),
            tips=np.ones(p),
            moves=np.ones(p - 1),
            move_names=np.ones(p - 1),
            marks=np.ones(c),
        )
        self._fit(region, pad)
        self.place_names(region)

    # -- geometry ----------------------------------------------------------------------------

    def _floor(self) -> np.ndarray:
        """The floor's grid under everything: (m, 2, 3)."""
        every = np.concatenate([self.things.paths.reshape(-1, 3), np.zeros((1, 3))])
        low = np.floor(every.min(0) / TILE - 0.3) * TILE
        high = np.ceil(every.max(0) / TILE + 0.3) * TILE
        x0, z0, x1, z1 = low[0], low[2], high[0], high[2]
        xs, zs = np.arange(x0, x1 + TILE / 2, TILE), np.arange(z0, z1 + TILE / 2, TILE)
        along = [[(x, 0.0, z0), (x, 0.0, z1)] for x in xs]
        across = [[(x0, 0.0, z), (x1, 0.0, z)] for z in zs]
        return np.array(along + across)

    def flat(self, points: np.ndarray) -> np.ndarray:
        """Points of the space (..., 3) on the frame, (..., 2), as they are seen now."""
        seen = points @ self._turn(float(self.arrays["azimuth"]))
        near = self.scale_of * EYE / (EYE - seen[..., 2:])
        return np.asarray(self.centre + seen[..., :2] * near)

    def _turn(self, azimuth: float) -> np.ndarray:
        """What turns points of the space: to how far right, up and near they are seen, (3, 3)."""
        if self._turned is None or self._turned[0] != azimuth:
            cos, sin = (of(math.radians(azimuth)) for of in (math.cos, math.sin))
            high, flat = math.sin(ELEVATION), math.cos(ELEVATION)
            rows = (cos, sin * high, -sin * flat), (0.0, flat, high), (sin, -cos * high, cos * flat)
            self._turned = azimuth, np.array(rows)
        return self._turned[1]

    def _everything(self) -> np.ndarray:
        c = self.things
        parts = (c.paths[-1], c.marks, self.floor_lines.reshape(-1, 3))
        return np.concatenate(parts)

    def _fit(self, region: Region, pad: tuple[float, float]) -> None:
        seen = self.flat(self._everything())
        low, high = seen.min(0), seen.max(0)
        x0, y0, x1, y1 = region
        room = np.array([x1 - x0, y1 - y0]) - 2 * np.array(pad)
        self.scale_of = float(np.min(room / np.maximum(high - low, 1e-9)))
        middle = np.array([(x0 + x1) / 2, (y0 + y1) / 2])
        self.centre = middle - (low + high) / 2 * self.scale_of

    def slide(self, across: float) -> None:
        """Move it so far to the right, in frame units, with its names."""
        self.centre = self.centre + np.array([across, 0.0])
        self._known = []

    @property
    def tips(self) -> np.ndarray:
        """The arrows' tips in the layer of now, between whole layers straight: (p, 3)."""
        paths, layer = self.things.paths, float(self.arrays["layer"])
        low = min(int(layer), len(paths) - 1)
        high = min(low + 1, len(paths) - 1)
        found: np.ndarray = paths[low] + (paths[high] - paths[low]) * (layer - low)
        return found

    def drawn(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Of all arrows that can be seen: ends on the frame (k, 2, 2), colours (k, 4), thickness.

        Colours are red, green, blue, opacity; thickness is (k, 1).
        """
        tips, arrays, p = self.tips, self.arrays, len(self.things.paths[0])
        # The first one last: where all coincide, it is the one to be seen.
        vectors = np.stack([np.zeros_like(tips), tips], axis=1)[::-1]
        grown = arrays["moves"]
        moved = tips[:-1] + (tips[1:] - tips[:-1]) * grown[:, None]
        ends = np.concatenate([vectors, np.stack([tips[:-1], moved], axis=1)])
        tones = np.concatenate([arrays["arrows"][::-1], np.minimum(1.0, grown * 2)])
        rgb = [*self.things.colours[p - 1 :: -1], *[self.theme.focus] * (p - 1)]
        colours = np.column_stack([np.array(rgb), tones * self.opacity])
        thick = np.repeat([[THICK], [THIN]], [p, p - 1], axis=0)
        seen = colours[:, 3] > SEEN
        return self.flat(ends[seen]), colours[seen], thick[seen]

    @property
    def stems(self) -> np.ndarray:
        """Thin lines from zero that say where single points are: (c, 2, 2) on the frame."""
        ends = np.stack([np.zeros_like(self.things.marks), self.things.marks], axis=1)
        return self.flat(ends)

    def labels(self) -> tuple[list[Ink], np.ndarray, list[RGB], np.ndarray]:
        """Names: inks, pens (m, 2), colours and opacities (m,)."""
        c, theme, arrays = self.things, self.theme, self.arrays
        colours = [*c.colours, *[theme.focus] * len(c.move_names)]
        shown = np.concatenate([arrays[name] for name in NAMED])
        pens = self.flat(self._anchors()) + self.offsets
        return self._inks, pens, colours, shown * self.kept * self.opacity

    def _anchors(self) -> np.ndarray:
        tips = self.tips
        return np.concatenate([tips, (tips[:-1] + tips[1:]) / 2])

    def place_names(self, region: Region, sweep: float = 0.0) -> None:
        """Names of what is shown stand where they cover nothing; they follow their points.

        `sweep` says for how many degrees around the azimuth of now they will be looked at.
        """
        here = float(self.arrays["azimuth"])
        self.kept, self.offsets = np.zeros(len(self._anchors())), np.zeros((1, 2))
        tones = np.concatenate([self.arrays[name] for name in NAMED])
        wanted = np.flatnonzero((tones > SEEN) & [bool(ink.parts) for ink in self._inks])
        blocked = []
        for azimuth in (here - sweep, here, here + sweep):
            self.set(azimuth=azimuth)
            blocked += [box for boxes, shown in self.shapes() if shown > SEEN for box in boxes]
        self.set(azimuth=here)
        inks = [self._inks[i] for i in wanted]
        # The name of a move stands beside its middle, and is placed first: the arrows' names,
        # at their tips, have more of a choice.
        moves = len(self.things.names) + np.arange(len(self.things.move_names))
        spots = self.flat(self._anchors())
        away = sides(self.flat(np.zeros(3)), self.flat(self.tips))
        options: dict[str, Any] = {
            "reach": np.full(len(wanted), 0.13),
            "order": np.argsort(~np.isin(wanted, moves), kind="stable").tolist(),
            "farther": len(wanted),
            "away": away[wanted],
            "gap": 0.09 + 0.06 * sweep,
        }
        inset = 0.05 + 0.05 * sweep
        x0, y0, x1, y1 = region
        inner = (x0 + inset, y0 + 0.05, x1 - inset, y1 - 0.05)
        pens = name_points(inks, spots[wanted], self.em, inner, blocked, **options)
        self.offsets = np.zeros((len(spots), 2))
        for index, pen in zip(wanted.tolist(), pens, strict=True):
            if pen is not None:
                self.kept[index] = 1.0
                self.offsets[index] = np.array(pen) - spots[index]
        self._known = []  # where names stood before

    @property
    def _inks(self) -> list[Ink]:
        c = self.things
        return [*c.names, *c.move_names]

    def shapes(self) -> Iterator[tuple[list[Box], float]]:
        """What type may not touch: boxes along each arrow and around each point, and opacity."""
        for ends, (*_, shown), (thick,) in zip(*self.drawn(), strict=True):
            length = max(math.dist(*ends.tolist()), 1e-9)
            neck = ends[1] - (ends[1] - ends[0]) * min(1.0, 4.6 * thick / length)
            boxes = chain(ends, thick / 2) + chain(np.stack([neck, ends[1]]), 1.7 * thick)
            yield boxes, float(shown)
        reach = HALO * DOT
        for stem, shown in zip(self.stems, self.arrays["marks"].tolist(), strict=True):
            x, y = stem[1].tolist()
            around = (x - reach, y - reach, x + reach, y + reach)
            yield [*chain(stem, 0.01), around], shown * self.opacity

    # -- painting ----------------------------------------------------------------------------

    def _moment(self) -> Moment:
        """What can be seen now. It is asked for four times a frame, once of the frame before."""
        for arrays, moment in self._known:
            if all(arrays[name] is value for name, value in self.arrays.items()):
                return moment
        floor, drawn, stems = self.flat(self.floor_lines), self.drawn(), self.stems
        labels = self.labels()
        points = floor.reshape(-1, 2)
        seen = stems[self.arrays["marks"] * self.opacity > SEEN]
        inks, pens, _, shown = labels
        named = np.flatnonzero(shown > SEEN)
        sizes = np.array([inks[index].box for index in named.tolist()]).reshape(-1, 4)
        boxes = [
            np.concatenate([points.min(0), points.max(0)])[None],
            boxes_of(drawn[0], 1.7 * drawn[2]),
            boxes_of(seen, HALO * DOT),
            sizes * self.em + np.tile(pens[named], 2),
        ]
        padded = np.concatenate(boxes) + np.array((-0.02, -0.02, 0.02, 0.02))
        moment = Moment(floor, drawn, stems, labels, padded)
        self._known = [(dict(self.arrays), moment), *self._known[:1]]
        return moment

    def ink_box(self) -> Box | None:
        """Around all that can be seen."""
        if self.opacity <= SEEN:
            return None
        boxes = self._moment().boxes
        (x0, y0), (x1, y1) = boxes[:, :2].min(0).tolist(), boxes[:, 2:].max(0).tolist()
        return (x0, y0, x1, y1)

    def changed_parts(self, before: dict[str, np.ndarray]) -> np.ndarray | None:
        """All that was there and all that is there: the space turns, so everything moves."""
        now = self.arrays
        self.arrays = before
        then = self._moment().boxes
        self.arrays = now
        return np.concatenate([then, self._moment().boxes])

    def paint(self, painter: Painter, at: Placement) -> None:
        """The floor, the points, the arrows and the names, from back to front."""
        theme, whole, moment = self.theme, self.opacity, self._moment()
        floor = 0.55 * whole * float(self.arrays["floor"])
        painter.mesh(at, moment.floor, theme.line, floor, 1.2)
        paint_marks(painter, at, moment.stems, self.arrays["marks"] * whole, theme)
        ends, inked, thick = moment.arrows
        long = np.linalg.norm(ends[:, 1] - ends[:, 0], axis=1)
        some = long > 1e-4
        head = np.minimum(4.6 * thick, long[:, None])[some]
        corners = arrow_corners(ends[some], thick[some], head, 0.42 * head)
        painter.shapes(at, corners, inked[some])
        inks, pens, colours, shown_names = moment.labels
        painter.inks(at, inks, pens, np.full(len(inks), self.em), colours, shown_names)
