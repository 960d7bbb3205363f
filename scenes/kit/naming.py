"""Names beside points: each where it covers nothing, or left out where there is no room."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from attention_core.tokens import Word
from attention_core.trace import Trace
from scenes.kit import typeset
from scenes.kit.board import Region
from scenes.kit.layout import elide
from scenes.kit.outline import Ink, Outline
from scenes.kit.painted import Box
from scenes.kit.strip import Strip
from scenes.kit.theme import RGB
from scenes.kit.vectors import Marks, Segments, Vectors, chain

GAP = 0.09  # between a point and its name, and around a name
# How far from its point a name may stand; the last ones only where it must be seen.
GAPS = tuple(GAP * times for times in (1.0, 2.2, 4.0, 6.0, 8.0, 11.0))
NEAR = 3  # so many of them are near
# Where a name may stand from its point, the best first: to the right, the left, above, below.
ANGLES = np.radians([0, 180, 90, 270, 35, 145, 325, 215, 60, 120, 300, 240])
BETWEEN = np.radians([15, 165, 345, 195, 75, 105, 285, 255, 48, 132, 312, 228])  # with a line
# How far off it may stand if a line leads to it; a line is drawn to what is farther than LED.
FARTHEST, LED, LED_GAP = (*GAPS, 14.0 * GAP), 1.5 * GAP, 0.03
# So near, a name needs no line if it is nearer to its point than to any other by so much.
FREE, CLEARLY = 2.6 * GAP, 0.1
HEAD = 0.25  # of an arrow: lines to names may pass there
SHORT, LEVEL = 0.3, 0.36  # a line so long, and with so little slope, would read as a minus
RETRIES = 12  # how often names that found no room are let in front


def name_points(
    inks: Sequence[Ink],
    spots: np.ndarray,
    em: float,
    region: Region,
    obstacles: Iterable[Box],
    *,
    order: Sequence[int],
    reach: float | np.ndarray,
    away: np.ndarray | None = None,
    farther: int = 0,
    near: int = NEAR,
    gap: float = GAP,
    between: tuple[float, float] = (0.0, 0.0),
    soft: Iterable[Box] = (),
    led: Iterable[Box] | None = None,
    clearly: float | Sequence[float] | None = None,
) -> list[tuple[float, float] | None]:
    """The pen start of each name, or None where there is no room for it.

    spots: (m, 2); `order` lists who chooses first; `reach` is the points' radius, or that of each.
    A name stands inside `region`, apart from all obstacles and names, as near as it can.
    `away` (m, 2) is the side that each name would like: the direction in which its arrow points.
    The first `farther` of `order` may take any of `GAPS` to find room, the others the first `near`
    of them; `gap` is kept between names, and `between` more beside and above them.
    `soft` is what a name covers only where it would have to go far to avoid it.
    With `led`, a line leads from a point to a name that stands off, so that the first `farther`
    may go far; the line keeps clear of these boxes, and of names and lines.
    With `clearly`, of all or of each, a name without a line is nearer to its own point than to any
    other by so much; one with a line is nearer too, if it is not among the first `farther` and
    finds no such place.
    """
    lenient = np.array(list(soft), float).reshape(-1, 4)
    crossed = [np.array(list(led or ()), float).reshape(-1, 4)]
    reaches = np.broadcast_to(reach, (len(inks),)).tolist()
    nearest = np.broadcast_to(-np.inf if clearly is None else clearly, (len(inks),)).tolist()
    taken = [np.array(list(obstacles), float).reshape(-1, 4)]
    places: list[tuple[float, float] | None] = [None] * len(inks)
    for rank, index in enumerate(order):
        x0, y0, x1, y1 = (side * em for side in inks[index].box)
        half = np.array([x1 - x0, y1 - y0]) / 2
        wanted = None if away is None else away[index]
        far = GAPS if led is None else FARTHEST
        gaps = far if rank < farther else GAPS[:near]
        angles = ANGLES if led is None else np.concatenate([ANGLES, BETWEEN])
        middles = spots[index] + _steps(half, reaches[index], wanted, gaps, angles)
        low, high = middles - half, middles + half  # (candidates, 2)
        inside = (low >= region[:2]).all(axis=1) & (high <= region[2:]).all(axis=1)
        free = np.flatnonzero(inside & ~_meets(low, high, np.concatenate(taken), gap / 2))
        if len(free):
            # To cover something soft is as bad as to stand two steps farther off.
            steps = free // (len(middles) // len(gaps))
            steps = steps + 2 * _meets(low[free], high[free], lenient, gap / 2)
            others = np.concatenate(crossed)  # but its own dot
            own = (others[:, :2] < spots[index]) & (others[:, 2:] > spots[index])
            ways = [(others[~own.all(axis=1)], 0.0)]
            if rank < farther:  # rather near another point, or a line across others, than no name
                ways.append((ways[0][0], -np.inf))
                ways.append((np.concatenate([crossed[0][:0], *crossed[1:]]), -np.inf))
            nearer = _nearer(low, high, spots, reaches, index)
            ordered = free[np.argsort(steps, kind="stable")].tolist()
            for best, (in_the_way, least) in ((one, way) for way in ways for one in ordered):
                box = np.concatenate([low[best], high[best]])
                own_line = spots[index], box, reaches[index], float(nearer[best])
                line = leader(*own_line) if led is not None else None
                if nearer[best] < (nearest[index] if line is None else min(least, nearest[index])):
                    continue
                if line is not None and _minus(line):
                    continue
                way = np.array(chain(line, 0.01)) if line is not None else np.zeros((0, 4))
                if _meets(way[:, :2], way[:, 2:], in_the_way, 0.03).any():
                    continue
                taken += [box[None] + np.outer((-1, 1), between).ravel(), way]
                crossed += [box[None], way]
                places[index] = (float(low[best, 0]) - x0, float(low[best, 1]) - y0)
                break
    return places


def leader(
    spot: np.ndarray, box: np.ndarray, reach: float, nearer: float = -np.inf
) -> np.ndarray | None:
    """The line from a point (its dot is as large as `reach`) to a name's box, (2, 2).

    None where the name stands beside the point, or near it and `nearer` to it by `CLEARLY`.
    """
    nearest = np.clip(spot, box[:2], box[2:])
    step = nearest - spot
    far = float(np.linalg.norm(step))
    if far - reach < LED or (far - reach < FREE and nearer >= CLEARLY):
        return None
    return np.stack([spot + step * (reach + LED_GAP) / far, nearest - step * LED_GAP / far])


def _minus(line: np.ndarray) -> bool:
    """Whether a line (2, 2) to a name would read as a sign in front of it: short, and level."""
    x, y = np.abs(line[1] - line[0]).tolist()
    return bool(x < SHORT and y < LEVEL * x)


def _meets(low: np.ndarray, high: np.ndarray, others: np.ndarray, slack: float) -> np.ndarray:
    """Which boxes (m, 2), (m, 2) come nearer than `slack` to any of the others (k, 4): (m,)."""
    below = (low[:, None] - slack < others[None, :, 2:]).all(axis=2)
    above = (high[:, None] + slack > others[None, :, :2]).all(axis=2)
    return np.asarray(np.any(np.logical_and(below, above), axis=1))


def _nearer(
    low: np.ndarray, high: np.ndarray, spots: np.ndarray, reaches: Sequence[float], own: int
) -> np.ndarray:
    """By how much boxes (m, 2), (m, 2) are nearer to their own point than to any other: (m,)."""
    off = np.maximum(np.maximum(low[:, None] - spots, spots - high[:, None]), 0.0)
    far = np.linalg.norm(off, axis=2) - np.asarray(reaches)  # (m, points)
    nearest: np.ndarray = np.delete(far, own, axis=1).min(axis=1, initial=np.inf)
    return nearest - far[:, own]


def _steps(
    half: np.ndarray,
    reach: float,
    away: np.ndarray | None,
    gaps: Sequence[float],
    angles: np.ndarray,
) -> np.ndarray:
    """From a point to the middles that its name may have, the best first: (candidates, 2)."""
    if away is not None and np.linalg.norm(away) > 0:
        wanted = np.arctan2(away[1], away[0])
        off = np.abs((angles - wanted + np.pi) % (2 * np.pi) - np.pi)
        angles = np.concatenate([[wanted], angles[np.argsort(off, kind="stable")]])
    sides = np.stack([np.cos(angles), np.sin(angles)], axis=1)  # (k, 2)
    found = []
    for gap in gaps:
        # The name's box touches a circle around the point from outside.
        box = half + reach + gap
        scale = np.min(box / np.maximum(np.abs(sides), 1e-9), axis=1)
        found.append(sides * scale[:, None])
    return np.concatenate(found)


def token_ink(trace: Trace, row: int, word: Word | None, quiet: RGB, most: float) -> Ink:
    """A token's text; of a word of several tokens the whole word, its other letters quiet."""
    token = trace.tokens[row]
    if word is None or len(word.pieces) < 2:
        return elide(token.display, most)
    pieces = [trace.tokens[piece] for piece in word.pieces]
    apart = all(a.end <= b.start for a, b in pairwise(pieces))
    if not apart or typeset.text(word.display).advance > most:
        return elide(token.display, most)  # bytes of one letter, or too long
    parts: list[tuple[Outline, RGB | None]] = []
    pen = 0.0
    for piece, at in zip(word.pieces, pieces, strict=True):
        outline = typeset.text(at.display)
        parts.append((outline.moved(pen), None if piece == row else quiet))
        pen += outline.advance + 0.03
    return Ink(tuple(parts), pen - 0.03)


def beside(first: Ink, number: str, bold: bool, colour: RGB | None) -> Ink:
    """A name and a number after it, in one piece."""
    pen = first.advance + 0.28
    outline = typeset.number(number, bold)
    return Ink((*first.parts, (outline.moved(pen), colour)), pen + outline.advance)


def name_strip(
    inks: Sequence[Ink],
    spots: np.ndarray,
    em: float,
    region: Region,
    obstacles: Iterable[Box],
    *,
    colours: Sequence[RGB],
    tones: np.ndarray,
    **options: Any,
) -> Strip:
    """The names in their places, unseen where there is none; options as for `name_points`."""
    pens = name_points(inks, spots, em, region, obstacles, **options)
    shown = np.array([pen is not None for pen in pens]) * tones
    places = np.array([pen or (0.0, 0.0) for pen in pens])
    return Strip(inks, places, em, colours, shown, anchor="left", middle=0.0)


def most_named(
    inks: Sequence[Ink],
    spots: np.ndarray,
    em: float,
    region: Region,
    obstacles: Sequence[Box],
    first: Sequence[int],
    orders: Iterable[np.ndarray],
    **options: Any,
) -> Strip:
    """The names in that order in which most find room; `first` choose first in all of them.

    Who should choose when is not known: after the `orders` that are given, those that found none
    in the best try are let in front, again and again.
    """
    best: Strip | None = None
    waiting = [order.tolist() for order in orders]
    for attempt in range(len(waiting) + RETRIES):
        order = list(dict.fromkeys([*first, *waiting[attempt]]))
        names = name_strip(inks, spots, em, region, obstacles, order=order, **options)
        unnamed = np.flatnonzero(names.arrays["shown"] == 0).tolist()
        if best is None or len(unnamed) < int((best.arrays["shown"] == 0).sum()):
            best = names
        if not unnamed:
            break
        waiting.append([*unnamed, *order])
    assert best is not None
    return best


def leaders(names: Strip, spots: np.ndarray, colour: RGB, reach: np.ndarray) -> Segments:
    """A thin line for each name, seen where it stands off its point."""
    ends = np.repeat(spots[:, None], 2, axis=1)  # (m, 2, 2)
    seen = np.zeros(len(spots))
    pens = names.arrays["spot"]
    for index, ink in enumerate(names.inks):
        box = np.array(ink.box) * names.arrays["em"][index] + np.tile(pens[index], 2)
        nearer = _nearer(box[None, :2], box[None, 2:], spots, reach.tolist(), index)
        line = leader(spots[index], box, float(reach[index]), float(nearer[0]))
        if line is not None and names.arrays["shown"][index] > 0:
            ends[index], seen[index] = line, 1.0
    return Segments(ends, [colour] * len(spots), seen, width=1.4)


def shafts(*arrows: Vectors) -> list[Box]:
    """Arrows without their heads, as small boxes that no line to a name may cross."""
    ends = np.concatenate([one.arrays["ends"] for one in arrows])  # (m, 2, 2)
    away = ends[:, 1] - ends[:, 0]
    long = np.maximum(np.linalg.norm(away, axis=1), 1e-9)
    necks = ends[:, 0] + away * np.maximum(0.0, 1 - HEAD / long)[:, None]
    return [
        box for pair in zip(ends[:, 0], necks, strict=True) for box in chain(np.array(pair), 0.02)
    ]


def shapes_of(*marks: Marks) -> list[Box]:
    """What of these can be seen, as small boxes that type may not touch."""
    return [
        box
        for mark in marks
        for boxes, shown in zip(mark.shapes(), mark.opacities.tolist(), strict=True)
        for box in boxes
        if shown > 0
    ]
