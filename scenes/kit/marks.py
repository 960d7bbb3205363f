"""Single points of a space: rings at the ends of thin stems, every other one with a core."""

from __future__ import annotations

import numpy as np

from scenes.kit.painter import Painter
from scenes.kit.theme import Theme
from scenes.kit.vectors import SEEN
from scenes.kit.view import Placement

DOT, RING, CORE = 0.08, 2.4, 0.03  # a point, its stroke, and what is in one that is not hollow
HALO = 1.6  # its reach, times its radius
STEM = 0.6  # of a point: the opacity of the line that leads to it
AROUND = 2.6  # of a stroke: how wide its halo is, at each side


def hollow(mark: int) -> bool:
    """Points are rings, every other one has a core: among arrows there is no room for names."""
    return mark % 2 == 0


def paint_marks(
    painter: Painter, at: Placement, stems: np.ndarray, tones: np.ndarray, theme: Theme
) -> None:
    """The points at the ends of stems (c, 2, 2), with these opacities (c,)."""
    seen = np.flatnonzero(tones > SEEN).tolist()
    if seen:
        way = stems[seen, 1] - stems[seen, 0]  # up to the ring's rim
        far = np.maximum(np.linalg.norm(way, axis=1, keepdims=True), DOT)
        ends = stems[seen, 0] + way * (1 - DOT / far)
        painter.segments(at, np.stack([stems[seen, 0], ends], axis=1))
        painter.stroke(theme.quiet, STEM * float(tones[seen].max()), 1.4)
    # Halos keep a point off other stems. An arrow that it lies on passes over it, uncut.
    rim = [(DOT, RING + 2 * AROUND, theme.background), (DOT, RING, theme.quiet)]
    core = [(1.8 * CORE, 0.0, theme.background), (CORE, 0.0, theme.quiet)]
    parts = [(mark, part) for mark in seen for part in (rim if hollow(mark) else rim + core)]
    if parts:  # one point after the other, in one call
        marks = [mark for mark, _ in parts]
        radii, widths = np.array([part[:2] for _, part in parts]).T
        colours = [part[2] for _, part in parts]
        painter.discs(at, stems[marks, 1], radii, colours, tones[marks], outline=widths)
