"""A map of a model's heads, one dot each, as one mobject."""

from __future__ import annotations

import numpy as np

from scenes.kit.board import Region
from scenes.kit.painted import Painted
from scenes.kit.painter import Painter
from scenes.kit.theme import Theme
from scenes.kit.view import Placement

DOT_SHARE = 0.46  # the radius of a dot of value 1, as a share of the cell's side
UNIT_OPACITY = 0.16  # of the faint rings that show "out of 1"
RING_SHARE = 7.0  # a ring's width, in 1080ths of the frame, in a cell of one frame unit
LEAST = 0.005  # what is displayed as 0.00 is not drawn


class HeadDots(Painted):
    """Dots whose area is a share of attention; rings of the area of another share.

    values, rings: (layers, heads) in 0..1. `aside` (layers, heads) marks the heads that are drawn
    in grey. The map is as large as the region holds, its cells square, in the region's middle:
    layers across and heads down, or the other way round if that is larger (`turned`).
    """

    def __init__(
        self,
        region: Region,
        values: np.ndarray,
        theme: Theme,
        rings: np.ndarray | None = None,
        aside: np.ndarray | None = None,
    ) -> None:
        layers, heads = values.shape
        x0, y0, x1, y1 = region
        upright, turned = (
            min((x1 - x0) / across, (y1 - y0) / down)
            for across, down in ((layers, heads), (heads, layers))
        )
        self.turned = turned > upright
        across, down = (heads, layers) if self.turned else (layers, heads)
        self.cell = side = max(upright, turned)
        left, top = (x0 + x1 - side * across) / 2, (y0 + y1 + side * down) / 2
        super().__init__((left, top - side * down, left + side * across, top))
        columns, rows = np.meshgrid(np.arange(across), np.arange(down), indexing="ij")
        centres = np.stack([left + (columns + 0.5) * side, top - (rows + 0.5) * side], axis=-1)
        # (layers, heads, 2), whichever of them runs across
        self.centres = centres.swapaxes(0, 1) if self.turned else centres
        self.theme, self.values, self.rings = theme, values, rings
        self.aside = np.zeros(values.shape, bool) if aside is None else aside

    def cell_box(self, layer: int, head: int) -> Region:
        """The cell of a head, in frame units."""
        x, y = self.centres[layer, head].tolist()
        half = self.cell / 2
        return (x - half, y - half, x + half, y + half)

    def paint(self, painter: Painter, at: Placement) -> None:
        """The faint unit rings, the dots, and over them the rings."""
        spots = self.centres.reshape(-1, 2)
        radius = DOT_SHARE * self.cell
        full, shown = np.full(len(spots), radius), np.full(len(spots), self.opacity)
        colours = [self.theme.text] * len(spots)
        painter.discs(at, spots, full, colours, UNIT_OPACITY * shown, outline=1.2)
        values = self.values.ravel()
        fills = [
            self.theme.line if grey else self.theme.dot(value)
            for value, grey in zip(values.tolist(), self.aside.ravel().tolist(), strict=True)
        ]
        painter.discs(at, spots, _radii(values, radius), fills, shown)
        if self.rings is not None:
            radii = _radii(self.rings.ravel(), radius)
            # A dark edge on either side keeps a ring apart from the dot below it.
            edge = [self.theme.background] * len(spots)
            width = min(2.2, RING_SHARE * self.cell)
            painter.discs(at, spots, radii, edge, shown, outline=2.3 * width)
            painter.discs(at, spots, radii, colours, shown, outline=width)


def _radii(values: np.ndarray, full: float) -> np.ndarray:
    """Areas are proportional to the values."""
    drawn = np.where(values < LEAST, 0.0, np.clip(values, 0.0, 1.0))
    radii: np.ndarray = full * np.sqrt(drawn)
    return radii
