"""Lettering: type on a Cairo surface, from outlines, or from masks that are kept."""

from __future__ import annotations

from collections.abc import Sequence

import cairo
import numpy as np

from scenes.kit.brush import Brush
from scenes.kit.masks import PHASES, mask
from scenes.kit.outline import Ink
from scenes.kit.theme import RGB
from scenes.kit.view import Placement

SEEN = 0.002  # below this opacity nothing is painted


class Lettering(Brush):
    """A brush that paints pieces of type."""

    def inks(
        self,
        at: Placement,
        inks: Sequence[Ink | None],
        pens: np.ndarray,
        ems: np.ndarray,
        colours: Sequence[RGB],
        opacities: np.ndarray,
        upwards: bool = False,
    ) -> None:
        """Paint pieces of type: pen starts (m, 2), em sizes (m,), colours and opacities (m,).

        `upwards` turns each piece about its pen start, to be read from below.
        """
        if self.masks and at.upright:
            self._masked(at, inks, pens, ems, colours, opacities, upwards)
            return
        context = self.context
        places = at.pixels(pens)
        seen = self._seen(places, inks, ems, opacities)
        jacobians = at.jacobians(pens)
        if upwards:
            jacobians = jacobians @ np.array([[0.0, -1.0], [1.0, 0.0]])
        if self.canvas is not None:
            pieces = ((n, ink) for n in np.flatnonzero(seen).tolist() if (ink := inks[n]))
            turned = jacobians * ems[:, None, None]
            self.canvas.type(pieces, places, turned, colours, opacities)
            return
        identity = cairo.Matrix()
        pixels, turns, em_of = places.tolist(), jacobians.tolist(), ems.tolist()
        for index in np.flatnonzero(seen).tolist():
            ink, (x, y), em, colour = inks[index], pixels[index], em_of[index], colours[index]
            opacity = float(opacities[index])
            (a, c), (b, d) = turns[index]
            if ink is None:
                continue
            placed = cairo.Matrix(a * em, b * em, c * em, d * em, x, y)
            for outline, own in ink.parts:
                self.colour(own or colour, opacity)
                context.set_matrix(placed)
                context.append_path(outline.path)
                context.set_matrix(identity)
                context.fill()
        context.set_matrix(identity)

    def _masked(
        self,
        at: Placement,
        inks: Sequence[Ink | None],
        pens: np.ndarray,
        ems: np.ndarray,
        colours: Sequence[RGB],
        opacities: np.ndarray,
        upwards: bool,
    ) -> None:
        if len(inks) == 1 and at.plain is not None:  # most are single: without arrays, cheaper
            fx, fy, ox, oy = at.plain
            x, y = pens[0].tolist()
            quarters = [[round((x * fx + ox) * PHASES), round((y * fy + oy) * PHASES)]]
            sizes = [round(float(ems[0]) * at.scale * PHASES) / PHASES]
            chosen = [0] if opacities[0] > SEEN and ems[0] > 0 else []
        else:
            places = at.pixels(pens)
            quarters = np.rint(places * PHASES).astype(int).tolist()
            sizes = (np.rint(ems * at.scale * PHASES) / PHASES).tolist()
            chosen = np.flatnonzero(self._seen(places, inks, ems, opacities)).tolist()
        opacity_of = opacities.tolist()
        for index in chosen:
            ink, (x, y), colour = inks[index], quarters[index], colours[index]
            for outline, own in () if ink is None else ink.parts:
                found = mask(outline, sizes[index], x % PHASES, y % PHASES, upwards)
                if found is not None:
                    surface, left, top = found
                    self.colour(own or colour, opacity_of[index])
                    self.context.mask_surface(surface, x // PHASES + left, y // PHASES + top)

    def _seen(
        self,
        places: np.ndarray,
        inks: Sequence[Ink | None],
        ems: np.ndarray,
        opacities: np.ndarray,
    ) -> np.ndarray:
        """Which pieces of type are visible and reach into the clip."""
        seen: np.ndarray = (opacities > SEEN) & (ems > 0)
        if self.limits is not None:
            widths = np.array([0.0 if ink is None else ink.advance for ink in inks])
            seen &= self.inside(places, (widths + 1.2) * ems * self.view.scale * 1.6 + 4)
        return seen
