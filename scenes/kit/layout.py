"""Where a board's cells, words and symbols stand, for any sentence, orientation and frame."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from manim import config

from attention_core.graphemes import clusters
from attention_core.tokens import END_DISPLAY, SPACE, START_DISPLAY, right_to_left
from attention_core.trace import Trace
from scenes.kit import typeset
from scenes.kit.between import LINE
from scenes.kit.board import TIGHT, Axis, Board, Label, Region, roomy, runs
from scenes.kit.outline import Ink
from scenes.kit.symbols import LARGEST_SYMBOL, side_band, vector_symbol

ELLIPSIS = "…"
WIDE = 10.0  # frame units from which on two things stand side by side
NAMED = {START_DISPLAY: START_DISPLAY, END_DISPLAY: END_DISPLAY}
SMALL = 0.215  # upright words over many rows
APART = 0.36  # of a cell's width, what the widest word leaves: its box, and the gap beside it
CLOSE = 0.2  # the same where they are seen from the side
HEADED = 0.7  # what the least header above the rows takes of the height


def is_narrow() -> bool:
    """Whether a frame has no room for two things side by side: a square or a portrait."""
    return bool(config.frame_width < WIDE)


def elide(line: str, ems: float, style: typeset.Style = "regular") -> Ink:
    """The line as ink, cut with an ellipsis where it is wider than `ems`."""
    outline = typeset.text(line, style)
    ems += 1e-9  # a size that was divided out of this very width fits
    kept = clusters(line) if outline.advance > ems else []  # never cut within a character
    while outline.advance > ems and len(kept) > 1:
        kept = kept[: max(1, int(len(kept) * ems / outline.advance) - 1)]
        outline = typeset.text(line[: kept[-1][1]].rstrip() + ELLIPSIS, style)
        ems = max(ems, 0.8)
    if line and not line.strip(SPACE) and len(outline.curves):
        # Alone, the sign of a space would look like an accent on the line below.
        outline = outline.moved(dy=LINE - (outline.box[1] + outline.box[3]) / 2)
    return Ink.plain(outline)


def _labels(
    trace: Trace,
    role: str,
    tokens: list[int],
    named: Mapping[str, str],
    longest: float,
    by_word: bool = False,
) -> tuple[Label, ...]:
    cross, query = trace.key_tokens is not None, role == "query"
    words = trace.words if query else trace.key_words
    word_of = {piece: i for i, word in enumerate(words) for piece in word.pieces}
    if cross and query:  # a row stands for the word that it predicts, the one after its own
        word_of = {piece - 1: i for piece, i in word_of.items()}
        texts, added = trace.predicted, {trace.n - 1}  # the last row predicts the end
    else:
        texts = tuple(token.display for token in trace.keys)
        added = {place for place, token in enumerate(trace.keys) if token.special}
    labels = []
    for token in tokens:
        is_start = token == trace.start and not cross
        # What stands for no text of the sentence is named in the viewer's language, in italics.
        style: typeset.Style = "italic" if token in added else "regular"
        shown = named.get(texts[token], texts[token]) if token in added else texts[token]
        ink = elide(shown, longest, style)
        full = typeset.text(shown, style).advance
        word = words[word_of[token]] if by_word and token in word_of else None
        if word is not None and len(word.pieces) > 1:
            # The first piece has the text of all; none of them is whole.
            ink, full = elide(word.display, longest) if token == word.pieces[0] else Ink(()), np.inf
        labels.append(Label(token, ink, is_start, word_of.get(token), ink.advance >= full - 1e-6))
    return tuple(labels)


def _runs_left(trace: Trace, role: str) -> bool:
    """Whether the words of a role run from right to left."""
    crossed = role == "key" and trace.key_tokens is not None
    return right_to_left(trace.source) if crossed else trace.right_to_left


def _edges(
    labels: tuple[Label, ...], first: float, size: float, gap: float
) -> tuple[np.ndarray, np.ndarray]:
    """Cell edges from `first` on; the start token's cell stands apart by `gap`."""
    steps = np.arange(len(labels)) * abs(size)
    if labels[0].is_start:
        steps = steps + np.where(np.arange(len(labels)) > 0, gap, 0.0)
    if size > 0:
        return first + steps, first + steps + size
    return first - steps + size, first - steps


def lay_out(
    trace: Trace,
    orientation: str,
    region: Region,
    *,
    min_em: float,
    named: Mapping[str, str] = NAMED,
    corner: tuple[float, float] = (0.0, 0.0),
    with_start: bool = True,
    footer: float = 0.0,
    em: float = 0.30,
    crowded: float | None = None,
    turned: bool = False,
    largest: tuple[float, float] = (2.0, 1.2),
) -> Board:
    """Fit a board into `region` (x0, y0, x1, y1).

    `min_em` is the smallest text; `named` says what the start and end tokens are called; `corner`
    is the least room between the headers (for a legend), `footer` room kept below the cells (for
    a row of sums); `em` is the largest size of words; `crowded` how many times upright words fit
    into the height (None: as few rows as there are ask); `turned` says that the board will
    be seen from the side, where boxes may come closer; `largest` how wide and high a cell may be.
    """
    cross = trace.key_tokens is not None  # there each row predicts a word, the start token's too
    queries = [i for i in range(trace.n) if cross or i != trace.start]
    keys = [i for i in range(trace.n_k) if cross or with_start or i != trace.start]
    for_columns, for_rows = (queries, keys) if orientation == "columns" else (keys, queries)
    roles = ("query", "key") if orientation == "columns" else ("key", "query")
    x0, y0, x1, y1 = region
    width, height = x1 - x0, y1 - y0 - footer
    gap = height / 50

    longest = min(9.0, 0.24 * width / min_em)
    # Rows too many for a line of type each have one for each word, across its pieces.
    by_word = not cross and (height - HEADED) / len(for_rows) * TIGHT < min_em
    row_labels = _labels(trace, roles[1], for_rows, named, longest, by_word)
    column_labels = _labels(trace, roles[0], for_columns, named, longest, by_word)
    gap_x = gap if column_labels[0].is_start else 0.0
    gap_y = gap if row_labels[0].is_start else 0.0
    widest_row = max(label.ink.width for label in row_labels)
    widest_column = max(label.ink.width for label in column_labels)
    # A short sentence is set larger, so that its board fills more of the frame.
    em *= min(1.35, max(1.0, 9 / len(row_labels)))
    for full in (True, False):
        # Words, arrows and symbols while cells stay large; bare words where they would not.
        extras = 1.08 if full else 0.12
        row_em = min(em, max(min_em, (height - 1.2) / len(row_labels) * 0.9))
        symbol = vector_symbol(roles[1][0].upper(), row_labels[-1].token)
        band = side_band(symbol.advance * min(1.4 * row_em, LARGEST_SYMBOL)) + 0.22
        left = max(widest_row * row_em + (band if full else 0.44), corner[0])
        cell_w = min((width - left - gap_x) / len(column_labels), largest[0])
        fitting = (cell_w - 0.13) / widest_column
        if by_word:
            fitting = min(
                (cell_w * len(run) - 0.13) / max(column_labels[run[0]].ink.width, 1e-6)
                for run in runs(column_labels)
            )
        rotated = fitting < min_em
        if rotated:
            many = len(row_labels) > 17
            column_em = max(min_em, min(SMALL if many else em, cell_w * 0.6))
            # Upright words may take a part of the height only, or the rows would have none; small
            # words are cut off later than large ones. Before any is cut off, all are set smaller,
            # and take what rows of readable words can spare.
            most = height / (crowded or (9 if many else 6))
            around = extras + (0.3 if full else 0.14)
            if widest_column * column_em > most and not crowded:
                spare = height - gap_y - around - len(row_labels) * min_em / TIGHT
                most = max(most, min(spare, height / 3.5))
                column_em = max(min_em, min(column_em, most / widest_column))
            column_labels = _labels(trace, roles[0], for_columns, named, most / column_em, by_word)
            widest_column = max(label.ink.width for label in column_labels)
            top = max(widest_column * column_em + around, corner[1])
        else:
            # Boxes keep apart, where words stay readable; else they come close, but never touch.
            apart = (cell_w - (CLOSE if turned else APART)) / widest_column
            column_em = min(em, max(0.9 * min_em if turned else min_em, apart), fitting)
            top = max(column_em * 1.45 + extras, corner[1])
        cell_h = min((height - top - gap_y) / len(row_labels), largest[1])
        if cell_h >= 0.42 and cell_w >= 0.64:
            break
    row_em = min_em if by_word else min(em, roomy(cell_h, 0.9, min_em))

    used_w = left + gap_x + cell_w * len(column_labels)
    used_h = top + gap_y + cell_h * len(row_labels)
    left_x = x0 + (width - used_w) / 2
    top_y = y1 - (height - used_h) / 2
    low_x, high_x = _edges(column_labels, left_x + left, cell_w, gap_x)
    if _runs_left(trace, roles[0]):  # the first word stands at the right
        ends = low_x[0] + high_x[-1]
        low_x, high_x = ends - high_x, ends - low_x
    low_y, high_y = _edges(row_labels, top_y - top, -cell_h, gap_y)
    rows = Axis(roles[1], row_labels, low_y, high_y, row_em, False, left, by_word)
    columns = Axis(roles[0], column_labels, low_x, high_x, column_em, rotated, top, by_word)

    grid_x, grid_y = np.meshgrid(columns.centres, rows.centres)
    column_tokens, row_tokens = np.meshgrid(for_columns, for_rows)
    query_of, key_of = (
        (column_tokens, row_tokens) if orientation == "columns" else (row_tokens, column_tokens)
    )
    return Board(
        region,
        orientation,
        rows,
        columns,
        full,
        (left_x, float(low_y[-1]) - footer, left_x + used_w, top_y),
        tuple(word.pieces for word in trace.words),
        min_em,
        query_of.ravel(),
        key_of.ravel(),
        np.stack([grid_x.ravel(), grid_y.ravel()], axis=1),
    )


def blocks(region: Region, count: int, stacked: bool) -> list[Region]:
    """Equal parts of a region: one below the other, or side by side and centred."""
    x0, y0, x1, y1 = region
    if stacked:
        high = min(3.2, (y1 - y0) / count)
        return [(x0, y1 - (i + 1) * high, x1, y1 - i * high) for i in range(count)]
    wide = min(6.4, (x1 - x0) / count)
    left = (x0 + x1 - count * wide) / 2
    return [(left + i * wide, y0, left + (i + 1) * wide, y1) for i in range(count)]
