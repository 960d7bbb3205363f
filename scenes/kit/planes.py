"""Two planes beside each other: where their points stand, in frame units."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from attention_core.rounding import shares
from scenes.kit.board import Region
from scenes.kit.swing import turned

# How far the query may lean on the frame, in degrees from level.
LEANS = np.arange(15, 76, 5)
LONGEST_QUERY = 1.15  # of the farthest key: queries and keys have a scale of their own each
NEARLY = 0.93  # of the largest view; so large another lean may make it


@dataclass(frozen=True)
class Panel:
    """A plane on the frame: its zero, and frame units for one of its own."""

    region: Region
    zero: np.ndarray  # (2,)
    scale: float

    def place(self, points: np.ndarray) -> np.ndarray:
        """Points of the plane (..., 2) on the frame."""
        found: np.ndarray = self.zero + points * self.scale
        return found

    def arrows(self, tips: np.ndarray) -> np.ndarray:
        """Arrows from the plane's zero to these points (m, 2): their ends, (m, 2, 2)."""
        placed = self.place(tips)
        return np.stack([np.broadcast_to(self.zero, placed.shape), placed], axis=1)

    def through(self, direction: np.ndarray, inset: float = 0.0) -> np.ndarray:
        """The line through zero along `direction`, from border to border: its ends, (2, 2)."""
        step = direction / np.linalg.norm(direction)
        x0, y0, x1, y1 = self.region
        low, high = np.array([x0, y0]) + inset, np.array([x1, y1]) - inset
        with np.errstate(divide="ignore"):
            to_low, to_high = (low - self.zero) / step, (high - self.zero) / step
        reach = np.maximum(to_low, to_high).min(), np.minimum(to_low, to_high).max()
        return np.stack([self.zero + step * reach[1], self.zero + step * reach[0]])


def fit(points: np.ndarray, region: Region, pad: tuple[float, float]) -> Panel:
    """The largest plane that holds these points, and zero, in `region`; `pad` is for names."""
    x0, y0, x1, y1 = region
    every = np.concatenate([points, np.zeros((1, 2))])
    low, high = every.min(0), every.max(0)
    room = np.array([x1 - x0, y1 - y0]) - 2 * np.array(pad)
    scale = float(np.min(room / np.maximum(high - low, 1e-9)))
    middle = np.array([(x0 + x1) / 2, (y0 + y1) / 2])
    return Panel(region, middle - (low + high) / 2 * scale, scale)


def displayed(kept: np.ndarray) -> np.ndarray:
    """The shares (2,) that a plane's axes keep, rounded so that with the rest they sum to 1.00."""
    return shares([*kept.tolist(), max(0.0, 1.0 - float(kept.sum()))])[:2]


@dataclass(frozen=True)
class ScoreView:
    """A query and its keys in the plane of their scores, turned so that they fill a panel.

    Dot products leave several things open, and those are chosen for the eye: a turn or a mirror
    of both, a stretch of one axis for queries that keys undo, and a common length of queries.
    Drawn dot products stay proportional to the scores, those of the query itself exactly.
    """

    panel: Panel
    query: np.ndarray  # (2,)
    keys: np.ndarray  # (m, 2)

    @property
    def feet(self) -> np.ndarray:
        """Where each key's perpendicular meets the query's line: (m, 2)."""
        along = self.query / np.linalg.norm(self.query)
        found: np.ndarray = np.outer(self.keys @ along, along)
        return found


@dataclass(frozen=True)
class TurningView(ScoreView):
    """The same with where they were before their positions turned them, smaller if need be."""

    query_before: np.ndarray  # (2,)
    keys_before: np.ndarray  # (m, 2)


def score_views(
    queries: np.ndarray,
    keys: np.ndarray,
    followed: Sequence[int],
    region: Region,
    turning_region: Region,
    pad: tuple[float, float],
) -> tuple[ScoreView, TurningView]:
    """The query and the keys that it sees, filling `region`; and how they turned, in another.

    queries (2, 2), keys (2, m, 2): before and after; the query lies on the first axis after it.
    The ways that the query and the `followed` keys turn fit into `turning_region` too. Of the
    leans that make the first view nearly as large as any does, that with the largest second one.
    Both have one shape: from the second to the first, all grows alike.
    """
    shaped = _shaped(queries, keys)
    found: list[tuple[ScoreView, TurningView]] = []
    for lean in np.radians(LEANS).tolist():
        for mirror in (1.0, -1.0):
            turn = np.array([[np.cos(lean), np.sin(lean)], [-np.sin(lean), np.cos(lean)]])
            turn = turn * np.array([[1.0], [mirror]])
            (earlier, now), (before, after) = (points @ turn for points in shaped)
            view = ScoreView(fit(np.concatenate([now[None], after]), region, pad), now, after)
            starts = np.concatenate([earlier[None], before[followed]])
            ends = np.concatenate([now[None], after[followed]])
            ways = turned(starts[:, None], ends[:, None], np.zeros(2), np.linspace(0, 1, 9))
            every = np.concatenate([starts[:1], ends[:1], before, after, ways.reshape(-1, 2)])
            panel = fit(every, turning_region, pad)
            found.append((view, TurningView(panel, now, after, earlier, before)))
    least = NEARLY * max(view.panel.scale for view, _ in found)
    large = [views for views in found if views[0].panel.scale >= least]
    return max(large, key=lambda views: views[1].panel.scale)


def _shaped(queries: np.ndarray, keys: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Queries (w, 2) and keys (w, m, 2), one axis stretched, the last query as long as its keys."""
    along, aside = np.sqrt((keys[-1] ** 2).mean(axis=0)).tolist()
    # Keys that differ mostly across the query would hide how far they reach along it; but what
    # the query was before it was turned must not lie too far off.
    most = 2.2 * float(np.linalg.norm(queries[-1])) / max(abs(float(queries[0, 1])), 1e-9)
    stretch = max(1.0, min(aside / max(1.2 * along, 1e-9), most, 3.0))
    shaped, seen = queries * (1.0, stretch), keys / (1.0, stretch)
    farthest = np.linalg.norm(seen, axis=-1).max()
    length = float(np.linalg.norm(shaped[-1]))
    return shaped * (LONGEST_QUERY * farthest / max(length, 1e-9)), seen
