"""The layout audit: finds type that overlaps, crosses a rule, leaves the frame, or is too small."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from manim import config

from scenes.kit.bars import Bars
from scenes.kit.cells import Cells, Dots, Lines, Minuses, Numbers, Rings
from scenes.kit.chapter import CLIP_EM, CREDIT_EM, STILL_EM
from scenes.kit.drift import Counter
from scenes.kit.header import Header
from scenes.kit.label import Arrow, Bracket, Disc, Frame, Label
from scenes.kit.outline import Ink
from scenes.kit.painted import Box, Painted
from scenes.kit.products import Products
from scenes.kit.space import Space
from scenes.kit.strip import Strip
from scenes.kit.vectors import Marks

SEEN = 0.05  # fainter than this is not read
TOUCH = 0.015  # frame units by which ink boxes may overlap (side bearings, rounding)


@dataclass(frozen=True)
class Piece:
    """Something to see: its ink's box, first in its mobject's coordinates, then in frame units.

    A "box" has a border that type may not cross; a "shape" or a "rule" may not touch type at all.
    `within` is the cell that it must not leave; `context` says that it is seen from the side.
    """

    what: str
    kind: Literal["type", "box", "shape", "rule"]
    box: Box
    em: float = 0.0
    shown: float = 1.0
    quiet: bool = False
    within: Box | None = None
    context: bool = False


def audit(scene: Any) -> list[str]:
    """Everything that is wrong with the scene as it stands, in words; empty when all is well.

    A grid that the camera sees from the side is context: its type may be small, but it stays
    in the frame and keeps clear of what faces us.
    """
    pieces = list(pieces_of(scene))
    half_w, half_h = config.frame_width / 2, config.frame_height / 2
    found = []
    for piece in pieces:
        x0, y0, x1, y1 = piece.box
        if piece.kind != "rule" and (x0 < -half_w or x1 > half_w or y0 < -half_h or y1 > half_h):
            found.append(f"{piece.what} leaves the frame: {np.round(piece.box, 2).tolist()}")
        if piece.within is not None and not _contains(piece.within, piece.box):
            found.append(f"{piece.what} leaves its cell")
        smallest = _smallest(scene.is_still, piece.quiet)
        if piece.kind == "type" and not piece.context and piece.em < smallest - 1e-6:
            found.append(f"{piece.what} is too small: {piece.em:.3f} < {smallest:.3f}")
    found.extend(_meetings(pieces))
    return found


def _smallest(still: bool, quiet: bool) -> float:
    if not still:
        return CLIP_EM
    return CREDIT_EM if quiet else STILL_EM


def _contains(outer: Box, inner: Box) -> bool:
    x0, y0, x1, y1 = outer
    fits_x = x0 - TOUCH <= inner[0] and inner[2] <= x1 + TOUCH
    return fits_x and y0 - TOUCH <= inner[1] and inner[3] <= y1 + TOUCH


def _meetings(pieces: list[Piece]) -> Iterator[str]:
    """Type on type, type on shapes and rules, and borders that are crossed."""
    if not pieces:
        return
    boxes = np.array([piece.box for piece in pieces])
    slack = np.array([0.0 if piece.kind == "rule" else TOUCH / 2 for piece in pieces])
    low, high = boxes[:, :2] + slack[:, None], boxes[:, 2:] - slack[:, None]
    for a, piece in enumerate(pieces):
        if piece.kind not in ("type", "box"):
            continue
        meets = ((np.minimum(high[a], high) - np.maximum(low[a], low)) >= 0).all(axis=1)
        for b in np.flatnonzero(meets).tolist():
            other = pieces[b]
            if a == b or (piece.context and other.context) or (a > b and piece.kind == other.kind):
                continue
            if "box" in (piece.kind, other.kind):
                nested = _contains(piece.box, other.box) or _contains(other.box, piece.box)
                if other.kind == "box" and not nested:
                    yield f"{piece.what} crosses the border of {other.what}"
            elif other.kind == "type":
                yield f"{piece.what} overlaps {other.what}"
            else:
                yield f"{piece.what} touches {other.what}"


def pieces_of(scene: Any) -> Iterator[Piece]:
    """What is visible of the scene's painted mobjects, in frame units."""
    view = scene.camera.view
    family = {id(part): part for mobject in scene.mobjects for part in mobject.get_family()}
    for mobject in family.values():
        if not isinstance(mobject, Painted):
            continue
        at = mobject.placement(view)
        unit = view.height / config.frame_height
        middle = np.array([view.width, view.height]) / 2
        for piece in _pieces(mobject, scene.theme.quiet):
            if piece.shown < SEEN or (piece.kind == "type" and not piece.em):
                continue
            if not at.view.straight and _contains(piece.within or piece.box, piece.box):
                piece = replace(piece, within=None)  # seen from the side, it is compared here
            x0, y0, x1, y1 = piece.box
            corners = at.pixels(np.array([[x0, y0], [x1, y0], [x0, y1], [x1, y1]]))
            flipped = (corners - middle) / unit * (1.0, -1.0)
            (x0, y0), (x1, y1) = flipped.min(0).tolist(), flipped.max(0).tolist()
            em = piece.em * float(np.linalg.norm(at.up))
            yield replace(piece, box=(x0, y0, x1, y1), em=em, context=not at.view.straight)


def _pieces(mobject: Painted, quiet: Any) -> Iterator[Piece]:
    """What a mobject shows, in its own coordinates."""
    whole = mobject.opacity
    if isinstance(mobject, Cells):
        yield from _in_cells(mobject)
    elif isinstance(mobject, Header):
        yield from _in_header(mobject)
    elif isinstance(mobject, Strip):
        ems, shown = mobject.arrays["em"], mobject.arrays["shown"] * whole
        offsets = np.stack([mobject.offsets * ems, mobject.middle * ems], axis=1)
        yield from _inks("entry", mobject.inks, mobject.arrays["spot"] - offsets, ems, shown)
    elif isinstance(mobject, Label):
        one = np.ones(1)
        pens, ems = np.array([mobject.pen]), one * mobject.em
        for piece in _inks("line", [mobject.ink], pens, ems, one * whole):
            yield replace(piece, quiet=mobject.colour == quiet)
    elif isinstance(mobject, Marks):
        seen_shapes = zip(mobject.shapes(), mobject.opacities.tolist(), strict=True)
        yield from _shapes(type(mobject).__name__.lower(), seen_shapes)
    elif isinstance(mobject, Space):
        inks, pens, _, shown = mobject.labels()
        yield from _inks("name", inks, pens, np.full(len(inks), mobject.em), shown)
        yield from _shapes("arrow", mobject.shapes())
    elif isinstance(mobject, Counter):
        one = np.ones(1)
        pens, ems = np.array([mobject.at]), one * mobject.em
        yield from _inks("count", [mobject.ink], pens, ems, one * whole)
    elif isinstance(mobject, Frame):
        yield Piece("frame", "box", mobject.box, shown=whole)
    elif isinstance(mobject, Disc | Bracket):
        yield Piece(type(mobject).__name__.lower(), "shape", mobject.box, shown=whole)
    elif isinstance(mobject, Arrow):
        half = 2.1 * mobject.thick
        (x0, y0), (x1, y1) = mobject.ends.min(0).tolist(), mobject.ends.max(0).tolist()
        yield Piece("arrow", "shape", (x0, y0 - half, x1, y1 + half), shown=whole)
    elif isinstance(mobject, Bars):
        half = mobject.thick / 2
        for index, y in enumerate(mobject.middles.tolist()):
            box = (mobject.left, y - half, mobject.left + mobject.length, y + half)
            yield Piece(f"bar {index}", "shape", box, shown=whole)
    elif isinstance(mobject, Lines):
        for (x0, y0), (x1, y1) in np.concatenate([mobject.level, mobject.upright]).tolist():
            box = (min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1))
            yield Piece("rule", "rule", box, shown=whole * float(mobject.arrays["grown"]))


def _shapes(what: str, shapes: Iterable[tuple[list[Box], float]]) -> Iterator[Piece]:
    """Several boxes each, with their opacity."""
    for index, (boxes, shown) in enumerate(shapes):
        for box in boxes:
            yield Piece(f"{what} {index}", "shape", box, shown=shown)


def _in_cells(layer: Cells) -> Iterator[Piece]:
    size, shown, board = layer.arrays["size"], layer.opacities, layer.board
    if isinstance(layer, Numbers):
        pens, ems = layer.centres - layer.anchors * (layer.em * size)[:, None], layer.em * size
        found = list(_inks("number", layer.inks, pens, ems, shown))
    elif isinstance(layer, Products):
        found = []
        for inks, pen, left in layer.copies():
            pens = layer.centres + pen * size[:, None]
            found += _inks("product", inks, pens, layer.em * size, shown * left)
    else:
        reach = np.zeros((board.count, 2))
        if isinstance(layer, Dots | Rings):
            reach += (layer.radii() if isinstance(layer, Dots) else layer.radius * size)[:, None]
        elif isinstance(layer, Minuses):
            reach[:, 0] = layer.half_dash * size
        seen = np.where(reach.any(axis=1), shown, 0.0)
        name = {Dots: "dot", Rings: "ring", Minuses: "minus"}.get(type(layer), "tint")
        boxes = np.concatenate([layer.centres - reach, layer.centres + reach], axis=1).tolist()
        found = [
            Piece(f"{name} {i}", "shape", (x0, y0, x1, y1), shown=float(seen[i]))
            for i, (x0, y0, x1, y1) in enumerate(boxes)
        ]
    for piece in found:
        yield replace(piece, within=board.rectangle(int(piece.what.split()[1])))


def _in_header(header: Header) -> Iterator[Piece]:
    n, axis = len(header.inks), header.axis
    shown, symbol = (header.arrays[name] * header.opacity for name in ("shown", "symbol"))
    name, ems = f"{axis.role} word", np.full(n, axis.em)
    yield from _inks(name, header.inks, header.word_pens, ems, shown, axis.rotated)
    for run in header.runs if header.boxed else ():
        if not axis.labels[run[0]].is_start:
            box = header.word_box(run)
            yield Piece(f"box of {name} {run[0]}", "box", box, shown=float(shown[run].min()))
    if header.board.full:
        ems = np.full(n, header.symbol_em)
        yield from _inks(f"{axis.role} symbol", header.symbols, header.symbol_pens, ems, symbol)
        for i, corners in enumerate(header.arrow_shapes):
            (x0, y0), (x1, y1) = corners.min(0).tolist(), corners.max(0).tolist()
            yield Piece(f"{axis.role} arrow {i}", "shape", (x0, y0, x1, y1), shown=float(symbol[i]))


def _inks(
    what: str,
    inks: Iterable[Ink | None],
    pens: np.ndarray,
    ems: np.ndarray,
    shown: np.ndarray,
    rotated: bool = False,
) -> Iterator[Piece]:
    for index, (ink, (x, y), em) in enumerate(zip(inks, pens.tolist(), ems.tolist(), strict=True)):
        if ink is None or ink.width <= 0:
            continue
        x0, y0, x1, y1 = (side * em for side in ink.box)
        box = (x - y1, y + x0, x - y0, y + x1) if rotated else (x + x0, y + y0, x + x1, y + y1)
        yield Piece(f"{what} {index}", "type", box, em, float(shown[index]))
