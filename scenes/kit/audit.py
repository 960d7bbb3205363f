"""The layout audit: finds type that overlaps, leaves the frame, or is too small to read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from manim import Mobject, config

from scenes.kit.cells import Numbers
from scenes.kit.chapter import CLIP_EM, CREDIT_EM, STILL_EM
from scenes.kit.header import Header
from scenes.kit.label import Label
from scenes.kit.outline import Ink
from scenes.kit.painted import Box
from scenes.kit.strip import Strip

SEEN = 0.08  # fainter than this is not read
TOUCH = 0.015  # frame units by which ink boxes may overlap (side bearings, rounding)


@dataclass(frozen=True)
class Piece:
    """A piece of type where it stands: what it is, its ink's box in frame units, and its size."""

    what: str
    box: Box
    em: float
    smallest: float


def audit(scene: Any) -> list[str]:
    """Everything that is wrong with the scene as it stands, in words; empty when all is well.

    A grid that the camera sees from the side is context, and is left out.
    """
    pieces = list(pieces_of(scene.mobjects, scene))
    half_w, half_h = config.frame_width / 2, config.frame_height / 2
    found = []
    for piece in pieces:
        x0, y0, x1, y1 = piece.box
        if x0 < -half_w or x1 > half_w or y0 < -half_h or y1 > half_h:
            found.append(f"{piece.what} leaves the frame: {np.round(piece.box, 2).tolist()}")
        if piece.em < piece.smallest - 1e-6:
            found.append(f"{piece.what} is too small: {piece.em:.3f} < {piece.smallest:.3f}")
    found.extend(_overlaps(pieces))
    return found


def _overlaps(pieces: list[Piece]) -> Iterator[str]:
    if len(pieces) < 2:
        return
    boxes = np.array([piece.box for piece in pieces])
    low = np.maximum(boxes[:, None, :2], boxes[None, :, :2])
    high = np.minimum(boxes[:, None, 2:], boxes[None, :, 2:])
    for a, b in np.argwhere(((high - low) > TOUCH).all(axis=2)).tolist():
        if a < b:
            yield f"{pieces[a].what} overlaps {pieces[b].what}"


def pieces_of(mobjects: Iterable[Mobject], scene: Any) -> Iterator[Piece]:
    """The visible pieces of type of these mobjects."""
    smallest = STILL_EM if scene.is_still else CLIP_EM
    straight = scene.camera.view.straight
    for mobject in mobjects:
        if isinstance(mobject, Strip | Label) or straight:
            yield from _pieces(mobject, smallest)


def _pieces(mobject: Mobject, smallest: float) -> Iterator[Piece]:
    if isinstance(mobject, Numbers):
        ems = mobject.em * mobject.arrays["size"]
        pens = mobject.centres - mobject.anchors * ems[:, None]
        shown = mobject.opacities
        yield from _inks("number", mobject.inks, pens, ems, shown, smallest)
    elif isinstance(mobject, Header):
        n = len(mobject.inks)
        shown = mobject.arrays["shown"] * mobject.opacity
        ems = np.full(n, mobject.axis.em)
        turned = mobject.axis.rotated
        words = mobject.word_pens
        yield from _inks("word", mobject.inks, words, ems, shown, smallest, turned)
        if mobject.board.full:
            symbol = mobject.arrays["symbol"] * mobject.opacity
            sizes = np.full(n, mobject.symbol_em)
            pens = mobject.symbol_pens
            yield from _inks("symbol", mobject.symbols, pens, sizes, symbol, smallest)
    elif isinstance(mobject, Strip):
        ems = mobject.arrays["em"]
        offsets = np.stack([mobject.offsets * ems, mobject.middle * ems], axis=1)
        pens, shown = mobject.arrays["spot"] - offsets, mobject.arrays["shown"] * mobject.opacity
        yield from _inks("entry", mobject.inks, pens, ems, shown, min(smallest, CREDIT_EM))
    elif isinstance(mobject, Label):
        pens, ems = np.array([mobject.pen]), np.array([mobject.em])
        shown = np.array([mobject.opacity])
        yield from _inks("line", [mobject.ink], pens, ems, shown, min(smallest, CREDIT_EM) * 0.7)


def _inks(
    what: str,
    inks: list[Ink | None] | list[Ink],
    pens: np.ndarray,
    ems: np.ndarray,
    shown: np.ndarray,
    smallest: float,
    rotated: bool = False,
) -> Iterator[Piece]:
    for index, (ink, (x, y), em) in enumerate(zip(inks, pens.tolist(), ems.tolist(), strict=True)):
        if ink is None or shown[index] < SEEN or em <= 0 or ink.width <= 0:
            continue
        x0, y0, x1, y1 = (side * em for side in ink.box)
        box = (x - y1, y + x0, x - y0, y + x1) if rotated else (x + x0, y + y0, x + x1, y + y1)
        yield Piece(f"{what} {index}", box, em, smallest)
