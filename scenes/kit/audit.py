"""The layout audit: finds type that overlaps, crosses a rule, leaves the frame, or is too small."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from manim import config

from scenes.kit.inventory import Piece, pieces_in
from scenes.kit.painted import Box, Painted
from scenes.kit.sizes import smallest

SEEN = 0.05  # fainter than this is not read
TOUCH = 0.015  # frame units by which ink boxes may overlap (side bearings, rounding)


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
        least = smallest(scene.is_still, piece.quiet)
        if piece.kind == "type" and not piece.context and piece.em < least - 1e-6:
            found.append(f"{piece.what} is too small: {piece.em:.3f} < {least:.3f}")
    found.extend(_meetings(pieces))
    return found


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
        for piece in pieces_in(mobject, scene.theme.quiet):
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
