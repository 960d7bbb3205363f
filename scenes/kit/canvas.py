"""The canvas: a picture's own pixels, into which compiled code paints shapes and type at once."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from scenes.kit.atlas import ATLAS, Slot
from scenes.kit.outline import Ink
from scenes.kit.theme import RGB
from scenes.kit.view import Placement

BYTES = np.array([255.0, 255.0, 255.0, 1.0])  # colours here are 0 to 1, and bytes in the picture
CORNERS = 64  # of an ellipse


class Raster(Protocol):
    """What compiled code offers: see rendering.kernels for what it is given."""

    def polygons(self, image: np.ndarray, limits: np.ndarray, *given: np.ndarray) -> None:
        """Fill groups of outlines: points, ends, groups, colours, below."""

    def discs(self, image: np.ndarray, limits: np.ndarray, *given: np.ndarray) -> None:
        """Fill discs and rings: places, colours."""

    def strokes(self, image: np.ndarray, limits: np.ndarray, *given: np.ndarray) -> None:
        """Draw straight lines: lines, colours."""

    def letters(self, image: np.ndarray, limits: np.ndarray, *given: np.ndarray) -> None:
        """Lay masks down aslant: masks, slots, pens, colours."""


@dataclass(frozen=True)
class Canvas:
    """An image (h, w, 4) uint8, red first, premultiplied, and what paints into it.

    `limits` (k, 4) int64 is the clip, rectangles in pixels of the image, whose top left stands at
    `origin` in the picture. All colours are (m, 4): red, green, blue, opacity, 0 to 1.
    """

    raster: Raster
    image: np.ndarray
    limits: np.ndarray
    origin: tuple[float, float] = (0.0, 0.0)

    @staticmethod
    def whole(raster: Raster, image: np.ndarray, origin: tuple[float, float] = (0, 0)) -> Canvas:
        """All of an image."""
        return Canvas(raster, image, np.array([[0, 0, image.shape[1], image.shape[0]]]), origin)

    def shapes(
        self,
        corners: np.ndarray,
        colours: np.ndarray,
        *,
        joined: bool = False,
        ground: RGB | None = None,
    ) -> None:
        """Fill polygons of equally many corners (m, k, 2), in pixels; of four they are convex.

        `joined` and `ground` as of a Painter's.
        """
        m, k, _ = corners.shape
        groups = np.arange(1, m + 1)
        ends = groups * k
        if joined and ground is None and m:
            starts = begins(colours)
            groups, colours = np.append(starts, m), colours[np.append(0, starts)]
        self._polygons(corners.reshape(-1, 2), ends, groups, colours, ground)

    def framed(
        self, corners: np.ndarray, fills: np.ndarray, borders: np.ndarray, widths: np.ndarray
    ) -> None:
        """Fill convex quadrilaterals (m, 4, 2), in pixels, and draw borders (m,) on their edges."""
        m = len(corners)
        off = mitred(corners) * (widths / 2)[:, None, None]
        found = np.stack([corners, corners + off, (corners - off)[:, ::-1]], axis=1)  # (m, 3, 4, 2)
        ends = np.arange(1, 3 * m + 1) * 4
        groups = (np.arange(m)[:, None] * 3 + (1, 3)).ravel()  # a fill, then outside and inside
        colours = np.stack([fills, borders], axis=1).reshape(-1, 4)
        self._polygons(found.reshape(-1, 2), ends, groups, colours)

    def lines(self, ends: np.ndarray, colours: np.ndarray, width: float) -> None:
        """Draw thin straight lines (m, 2, 2), in pixels, so wide; ends are cut level or upright."""
        m = len(ends)
        found = np.column_stack([(ends - self.origin).reshape(m, 4), np.full(m, width)])
        self.raster.strokes(self.image, self.limits, found, colours * BYTES)

    def mesh(self, ends: np.ndarray, colour: tuple[float, ...], width: float) -> None:
        """Draw straight lines (m, 2, 2), in pixels, so wide, as one shape."""
        way = ends[:, 1] - ends[:, 0]
        long = np.maximum(np.hypot(way[:, :1], way[:, 1:]), 1e-9)
        side = way[:, None, ::-1] * (-1.0, 1.0) * (width / 2 / long)[:, None]  # (m, 1, 2)
        corners = np.concatenate([ends + side, ends[:, ::-1] - side], axis=1)
        outlines = np.arange(1, len(ends) + 1) * 4
        self._polygons(corners.reshape(-1, 2), outlines, outlines[-1:] // 4, np.array([colour]))

    def groups(self, groups: Sequence[Sequence[np.ndarray]], colours: np.ndarray) -> None:
        """Fill groups of polygons (k, 2), in pixels, each group as one shape of one colour."""
        outlines = [outline for group in groups for outline in group]
        if outlines:
            ends = np.cumsum([len(outline) for outline in outlines])
            counts = np.cumsum([len(group) for group in groups])
            self._polygons(np.concatenate(outlines), ends, counts, colours)

    def _polygons(
        self,
        points: np.ndarray,
        ends: np.ndarray,
        groups: np.ndarray,
        colours: np.ndarray,
        ground: RGB | None = None,
    ) -> None:
        points = np.ascontiguousarray(points - self.origin)
        below = np.array([*ground, 1.0]) * BYTES if ground else np.zeros(4)
        given = points, ends, groups, colours * BYTES, below
        self.raster.polygons(self.image, self.limits, *given)

    def discs(
        self,
        at: Placement,
        centres: np.ndarray,
        radii: np.ndarray,
        colours: np.ndarray,
        widths: float | np.ndarray,
    ) -> None:
        """Fill discs, or rings where `widths`, in pixels, (m,) or one for all, are not 0.

        Perspective makes ellipses.
        """
        places, widths = at.pixels(centres), np.broadcast_to(widths, len(radii))
        if not at.upright:
            turns = at.jacobians(centres) * radii[:, None, None]
            runs = np.split(np.arange(len(radii)), begins(widths[:, None]))
            for run in runs if len(radii) else []:
                self._ellipses(places[run], turns[run], colours[run], float(widths[run[0]]))
            return
        edge = radii * at.scale
        inner = np.where(widths > 0, np.maximum(edge - widths / 2, 0.0), 0.0)
        found = np.column_stack([places - self.origin, edge + widths / 2, inner])
        self.raster.discs(self.image, self.limits, found, colours * BYTES)

    def _ellipses(
        self, places: np.ndarray, turns: np.ndarray, colours: np.ndarray, width: float
    ) -> None:
        """The same aslant: `turns` (m, 2, 2) makes them of the unit circle."""
        m = len(places)
        edge = _CIRCLE @ turns.transpose(0, 2, 1)  # (m, CORNERS, 2)
        if not width:
            self.shapes(edge + places[:, None], colours)
            return
        # Across the edge: the unit circle through the turn's cofactors.
        cofactors = turns[:, ::-1, ::-1] * np.array([[1.0, -1.0], [-1.0, 1.0]])
        across = _CIRCLE @ cofactors
        across *= width / 2 / np.linalg.norm(across, axis=2, keepdims=True)
        outlines = (
            np.stack([edge + across, (edge - across)[:, ::-1]], axis=1) + places[:, None, None]
        )
        ends, groups = np.arange(1, 2 * m + 1) * CORNERS, np.arange(1, m + 1) * 2
        self._polygons(outlines.reshape(-1, 2), ends, groups, colours)

    def type(
        self,
        pieces: Iterable[tuple[int, Ink]],
        places: np.ndarray,
        turns: np.ndarray,
        colours: Sequence[RGB],
        opacities: np.ndarray,
    ) -> None:
        """Lay pieces of type down aslant: `turns` (m, 2, 2) makes pixels of their ems, y up."""
        ATLAS.tidy()
        # The height of an em decides which mask is used: in steps, so that one serves many frames.
        sizes = 4 * np.ceil(np.hypot(turns[:, 0, 1], turns[:, 1, 1]) / 4)
        size_of = sizes.astype(int).tolist()
        rows: list[int] = []
        slots: list[Slot] = []
        inked: list[RGB] = []
        for row, ink in pieces:
            for outline, own in ink.parts:
                slot = ATLAS.slot(outline, size_of[row])
                if slot is not None:
                    rows.append(row)
                    slots.append(slot)
                    inked.append(own or colours[row])
        if not rows:
            return
        pens = np.empty((len(rows), 7))
        pens[:, :2], pens[:, 2:6] = places[rows] - self.origin, turns[rows].reshape(-1, 4)
        pens[:, 6] = sizes[rows]
        given = np.column_stack([np.array(inked), opacities[rows]]) * BYTES
        self.raster.letters(self.image, self.limits, ATLAS.masks, np.array(slots), pens, given)


def mitred(corners: np.ndarray) -> np.ndarray:
    """Where the corners of convex polygons (m, k, 2) go if all edges move out by 1: (m, k, 2)."""
    ways = np.roll(corners, -1, axis=1) - corners  # from each corner to the next
    ways /= np.maximum(np.hypot(ways[..., :1], ways[..., 1:]), 1e-9)
    out = ways[..., ::-1] * (1.0, -1.0)
    turned = ways[:, 0, 0] * ways[:, 1, 1] - ways[:, 0, 1] * ways[:, 1, 0]
    out *= np.where(turned < 0, -1.0, 1.0)[:, None, None]  # whichever way they go round
    both = out + np.roll(out, 1, axis=1)
    found: np.ndarray = both * (2.0 / np.maximum((both**2).sum(-1, keepdims=True), 1e-3))
    return found


def begins(colours: np.ndarray) -> np.ndarray:
    """Where among colours, or other rows of numbers, another one follows."""
    return np.flatnonzero((colours[1:] != colours[:-1]).any(axis=1)) + 1


def _circle() -> Any:
    """Corners around the origin whose polygon has the unit circle's area."""
    angles = np.arange(CORNERS) * (2 * math.pi / CORNERS)
    radius = math.sqrt(2 * math.pi / (CORNERS * math.sin(2 * math.pi / CORNERS)))
    return np.column_stack([np.cos(angles), np.sin(angles)]) * radius


_CIRCLE = _circle()
