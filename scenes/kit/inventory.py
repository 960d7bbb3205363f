"""The inventory: everything that a painted mobject shows, as pieces that the audit can check."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from scenes.kit.arrows import Arrows
from scenes.kit.bands import band, marked
from scenes.kit.bars import Bars
from scenes.kit.carry import Words
from scenes.kit.cells import Cells, Dots, Lines, Minuses, Numbers, Rings
from scenes.kit.chain import Chain
from scenes.kit.dial import Dial
from scenes.kit.drift import Counter
from scenes.kit.entries import Entries
from scenes.kit.glow import Ramp
from scenes.kit.growth import Growth
from scenes.kit.head_dots import HeadDots
from scenes.kit.header import Header
from scenes.kit.label import Arrow, Bracket, Disc, Frame, Label
from scenes.kit.outline import Ink
from scenes.kit.painted import Box, Painted
from scenes.kit.panels import Panels
from scenes.kit.pieces import Pieces
from scenes.kit.products import Products
from scenes.kit.space import Space
from scenes.kit.stacks import Stacks
from scenes.kit.strip import Strip
from scenes.kit.threads import Threads
from scenes.kit.vectors import Marks
from scenes.kit.word_row import WordBoxes


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


def pieces_in(mobject: Painted, quiet: Any) -> Iterator[Piece]:
    """What a mobject shows, in its own coordinates. Raises TypeError for an unknown kind."""
    whole = mobject.opacity
    if isinstance(mobject, Cells):
        yield from _in_cells(mobject)
    elif isinstance(mobject, Header):
        yield from _in_header(mobject)
    elif isinstance(mobject, Strip):
        ems, shown = mobject.arrays["em"], mobject.arrays["shown"] * whole
        pens = mobject.pens(mobject.arrays)
        yield from _inks("entry", mobject.inks, pens, ems, shown, mobject.upwards)
    elif isinstance(mobject, Label):
        one = np.ones(1)
        pens, ems = np.array([mobject.pen]), one * mobject.em
        for piece in _inks("line", [mobject.ink], pens, ems, one * whole):
            yield replace(piece, quiet=mobject.colour == quiet)
    elif isinstance(mobject, Marks):
        name = type(mobject).__name__.lower()
        for i, (boxes, seen) in enumerate(
            zip(mobject.shapes(), mobject.opacities.tolist(), strict=True)
        ):
            for box in boxes:
                yield Piece(f"{name} {i}", "shape", box, shown=seen)
    elif isinstance(mobject, Frame):
        yield Piece("frame", "box", mobject.box, shown=whole)
    elif isinstance(mobject, Entries):
        yield from _in_entries(mobject)
    elif isinstance(mobject, Pieces):
        yield from _in_pieces(mobject)
    elif isinstance(mobject, Disc | Bracket | Dial | HeadDots | Ramp):
        yield Piece(type(mobject).__name__.lower(), "shape", mobject.box, shown=whole)
    elif isinstance(mobject, Arrow):
        half = 2.1 * mobject.thick
        (x0, y0), (x1, y1) = mobject.ends.min(0).tolist(), mobject.ends.max(0).tolist()
        if x1 > x0:
            y0, y1 = y0 - half, y1 + half
        else:
            x0, x1 = x0 - half, x1 + half
        yield Piece("arrow", "shape", (x0, y0, x1, y1), shown=whole)
    elif isinstance(mobject, WordBoxes):
        yield from _in_word_boxes(mobject)
    elif isinstance(mobject, Threads):
        for index, stretches in enumerate(mobject.stretches().tolist()):
            there = whole * float(mobject.arrays["level"][index] * mobject.arrays["grown"][index])
            for x0, y0, x1, y1 in stretches:
                yield Piece(f"thread {index}", "shape", (x0, y0, x1, y1), shown=there)
    elif isinstance(mobject, Arrows):
        for index, stretches in enumerate(mobject.stretches().tolist()):
            there = whole * float(mobject.arrays["shown"][index] * mobject.arrays["grown"][index])
            for x0, y0, x1, y1 in stretches:
                yield Piece(f"arrow {index}", "shape", (x0, y0, x1, y1), shown=there)
    elif isinstance(mobject, Bars):
        half = mobject.thick / 2
        for index, y in enumerate(mobject.middles.tolist()):
            box = (mobject.left, y - half, mobject.left + mobject.length, y + half)
            yield Piece(f"bar {index}", "shape", box, shown=whole)
    elif isinstance(mobject, Stacks):
        half = mobject.thick / 2
        for index, (x, y) in enumerate(mobject.lefts.tolist()):
            box = (x, y - half, x + mobject.long, y + half)
            yield Piece(f"stack {index}", "shape", box, shown=whole)
    elif isinstance(mobject, Space):
        inks, pens, _, shown = mobject.labels()
        yield from _inks("name", inks, pens, np.full(len(inks), mobject.em), shown)
        for index, (boxes, seen) in enumerate(mobject.shapes()):
            for box in boxes:
                yield Piece(f"arrow {index}", "shape", box, shown=seen)
    elif isinstance(mobject, Counter):
        one = np.ones(1)
        pens, ems = np.array([mobject.at]), one * mobject.em
        yield from _inks("count", [mobject.ink], pens, ems, one * whole)
    elif isinstance(mobject, Growth):
        yield Piece("square", "box", mobject.box, shown=whole)
        yield Piece("square", "shape", mobject.box, shown=whole)
    elif isinstance(mobject, Panels):
        for head, opacity in enumerate(mobject.arrays["shown"].tolist()):
            for kind in ("box", "shape"):  # no type on a panel, and no panel across another
                box = mobject.sheet(head)
                yield Piece(f"panel {head}", kind, box, shown=opacity * whole)
    elif isinstance(mobject, Chain):
        for index, (x0, y0, x1, y1) in enumerate(mobject.along().tolist()):
            yield Piece(f"chain {index}", "shape", (x0, y0, x1, y1), shown=whole)
    elif isinstance(mobject, Lines):
        for (x0, y0), (x1, y1) in np.concatenate([mobject.level, mobject.upright]).tolist():
            box = (min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1))
            yield Piece("rule", "rule", box, shown=whole * float(mobject.arrays["grown"]))
    elif isinstance(mobject, Words):
        yield from _in_flying_words(mobject)
    else:  # what is not listed here would never be checked
        raise TypeError(f"the inventory does not know what a {type(mobject).__name__} shows")


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
    name = f"{axis.role} word"
    yield from _inks(name, header.inks, header.word_pens, header.ems, shown, axis.rotated)
    for run in () if header.boxed else marked(header):
        seen = float(shown[run].min())
        yield Piece(f"band of {name} {run[0]}", "box", band(header, run), shown=seen)
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


def _in_flying_words(words: Words) -> Iterator[Piece]:
    arrays, shown = words.arrays, words.arrays["shown"] * words.opacity
    yield from _inks("flying word", words.inks, arrays["pen"], arrays["em"], shown)
    for index, (run, box) in enumerate(zip(words.runs, arrays["boxes"].tolist(), strict=True)):
        x0, y0, x1, y1 = box
        seen = float(shown[run].min())
        yield Piece(f"box of flying word {index}", "box", (x0, y0, x1, y1), shown=seen)


def _in_word_boxes(words: WordBoxes) -> Iterator[Piece]:
    shown = words.arrays["shown"] * words.arrays["level"] * words.opacity
    ems = np.full(len(shown), words.row.em)
    yield from _inks("word", words.row.inks, words.pens, ems, shown, words.row.rotated)
    for index in np.flatnonzero(words.boxed).tolist():
        x0, y0, x1, y1 = words.boxes[index].tolist()
        yield Piece(f"box of word {index}", "box", (x0, y0, x1, y1), shown=float(shown[index]))


def _in_entries(entries: Entries) -> Iterator[Piece]:
    """Numbers (or flat cells) that stay in their places, and brackets that nothing touches."""
    opacities, places = entries.opacities, entries.spots + entries.arrays["shift"]
    pens = places - entries.anchors * entries.ems[:, None]
    for piece in _inks("entry", entries.inks, pens, entries.ems, opacities):
        index = int(piece.what.split()[1])
        # Dots stand for what is left out: they are a sign, not type to be read.
        em = piece.em if entries.values[index] is not None else 1.0
        yield replace(piece, em=em, within=entries.rectangle(index))
    if entries.em is None:
        for index, ((x, y), shown) in enumerate(zip(places.tolist(), opacities, strict=True)):
            if entries.values[index] is not None:
                dx, dy = entries.half.tolist()
                box = (x - dx, y - dy, x + dx, y + dy)
                yield Piece(f"flat entry {index}", "shape", box, shown=float(shown))
    for lines, shown in zip(entries.brackets, entries.of_vectors(opacities), strict=True):
        for (x0, y0), (x1, y1) in lines.tolist():
            box = (min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1))
            yield Piece("rule of a bracket", "rule", box, shown=float(shown))


def _in_pieces(pieces: Pieces) -> Iterator[Piece]:
    """Tokens' texts, words' texts where they are whole, the words' boxes and their seams."""
    apart, tokens = float(pieces.arrays["apart"]), list(range(len(pieces.inks)))
    shown, words = pieces.text_opacities()
    pens, ems = pieces.token_pens(apart), np.full(len(tokens), pieces.em)
    yield from _inks("token", pieces.inks, pens, ems, shown, pieces.upwards)
    inks = [run.ink for run in pieces.split]
    boxes, ems = pieces.word_boxes(apart), np.full(len(inks), pieces.em)
    yield from _inks("word", inks, pieces.pens(inks, boxes), ems, words, pieces.upwards)
    for token, box, seen in pieces.frames():
        yield Piece(f"box of token {token}", "box", tuple(box.tolist()), shown=seen)
    whole = pieces.arrays["shown"] * pieces.opacity
    for run, seams in zip(pieces.split, pieces.seams(apart), strict=True):
        for ends in seams:
            rule = (*ends.min(0).tolist(), *ends.max(0).tolist())
            seen = apart * float(whole[list(run.tokens)].min())
            yield Piece("seam of a word", "rule", rule, shown=seen)


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
