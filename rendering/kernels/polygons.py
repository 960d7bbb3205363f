"""The filling of polygons by the exact area that they cover of each pixel."""

from __future__ import annotations

import math

import numpy as np
from numba import float64, int64, njit, uint32, void
from numba import uint32 as u4

from rendering.kernels.mixing import WHOLE, added, colour_of, mixed, run

# An edge covers, in each row of pixels, all that lies right of it. What that adds to each pixel
# is noted as a difference to the pixel on its left; summed up from the left, the notes of all edges
# are what the polygon covers, as in font-rs (Raph Levien, "Inside the fastest font renderer in
# the world", 2016). Rows remember from where to where they have notes.

_8 = np.uint32(8)

_SIGNATURE = void(
    uint32[:, ::1],
    int64[:, ::1],
    float64[:, ::1],
    int64[::1],
    int64[::1],
    float64[:, ::1],
    float64[::1],
    float64[:, ::1],
    int64[:, ::1],
)


@njit
def _note(notes, row, x, x0, x1, share):  # type: ignore[no-untyped-def]
    if x < x1:  # what lies left of the first pixel counts for all of them
        notes[row, max(x, x0) - x0] += share


@njit
def _edge(notes, stretches, ax, ay, bx, by, x0, y0, x1, y1):  # type: ignore[no-untyped-def]
    """Note what an edge covers within the pixels from x0, y0 up to x1, y1."""
    way = 1.0
    if ay > by:
        ax, ay, bx, by, way = bx, by, ax, ay, -1.0
    if ay == by or by <= y0 or ay >= y1:
        return
    slope = (bx - ax) / (by - ay)
    if ay < y0:
        ax, ay = ax + (y0 - ay) * slope, float(y0)
    by, x = min(by, float(y1)), ax
    for y in range(int(ay), math.ceil(by)):
        row, high = y - y0, min(y + 1.0, by) - max(float(y), ay)
        after, part = x + slope * high, high * way
        left, right = min(x, after), max(x, after)
        x = after
        first, last = math.floor(left), math.ceil(right)
        if first >= x1:
            continue
        if last <= first + 1:  # within one pixel
            last = first + 1
            beyond = part * (0.5 * (left + right) - first)
            _note(notes, row, first, x0, x1, part - beyond)
        else:  # triangles in the first pixel and the last, and a slope between them
            steep = part / (right - left)
            begin, end = first + 1.0 - left, right - (last - 1.0)
            covered = 0.5 * steep * begin * begin
            _note(notes, row, first, x0, x1, covered)
            before = covered
            if last > first + 2:
                covered = steep * (begin + 0.5)
                _note(notes, row, first + 1, x0, x1, covered - before)
                outside = min(max(x0 - (first + 2), 0), last - first - 3)
                if outside > 0:
                    _note(notes, row, x0, x0, x1, steep * outside)
                for at in range(max(first + 2, x0) - x0, min(last - 1, x1) - x0):
                    notes[row, at] += steep
                before = covered + steep * (last - first - 3)
            beyond = 0.5 * steep * end * end
            _note(notes, row, last - 1, x0, x1, part - beyond - before)
        _note(notes, row, last, x0, x1, beyond)
        low, high = max(first, x0) - x0, max(min(last + 1, x1) - x0, 1)
        if stretches[row, 1] == 0:
            stretches[row, 0], stretches[row, 1] = low, high
        else:
            stretches[row, 0] = min(low, stretches[row, 0])
            stretches[row, 1] = max(high, stretches[row, 1])


@njit
def _part(covered, share):  # type: ignore[no-untyped-def]
    return int(min(abs(covered), 1.0) * share + 0.5)


@njit
def _pixel(line, x, covered, ink):  # type: ignore[no-untyped-def]
    share, even, odd, ground, joined = ink
    part = _part(covered, share)
    if part > 0 and joined:
        line[x] = added(line[x], even, odd, ground, u4(part))
    elif part > 0:
        line[x] = mixed(line[x], even, odd, u4(part))


@njit
def _stretch(line, begin, end, covered, ink):  # type: ignore[no-untyped-def]
    share, even, odd, _, joined = ink
    part = _part(covered, share)
    if joined and 0 < part < WHOLE:  # along a level edge
        for x in range(begin, end):
            _pixel(line, x, covered, ink)
    else:
        run(line, begin, end, even, odd, part)


@njit
def _none(notes, row, x):  # type: ignore[no-untyped-def]
    found = 0.0
    for n in range(8):
        found += abs(notes[row, x + n])
    return found == 0.0


@njit
def _paint(words, box, ink, kept):  # type: ignore[no-untyped-def]
    """Sum up the notes of all edges, forget them, and mix the colour in where they cover."""
    x0, y0, x1, y1 = box
    notes, stretches = kept
    for row in range(y1 - y0):
        x, end = stretches[row, 0], stretches[row, 1]
        if end == 0:
            continue
        stretches[row, 0] = stretches[row, 1] = 0
        line, covered = words[y0 + row, x0:x1], 0.0
        while x < end:
            begin = x
            while x + 8 <= end and _none(notes, row, x):  # between lines far apart
                x += 8
            while x < end and notes[row, x] == 0.0:
                x += 1
            if x > begin:
                _stretch(line, begin, x, covered, ink)
            while x < end and notes[row, x] != 0.0:
                covered += notes[row, x]
                notes[row, x] = 0.0
                _pixel(line, x, covered, ink)
                x += 1
        _stretch(line, end, x1 - x0, covered, ink)


@njit
def _exact(words, form, first, last, box, ink, kept):  # type: ignore[no-untyped-def]
    """Fill the outlines from `first` up to `last`, whatever their shape."""
    x0, y0, x1, y1 = box
    points, ends = form
    for outline in range(first, last):
        begin, end = (ends[outline - 1] if outline else 0), ends[outline]
        px, py = points[end - 1, 0], points[end - 1, 1]
        for k in range(begin, end):
            qx, qy = points[k, 0], points[k, 1]
            _edge(kept[0], kept[1], px, py, qx, qy, x0, y0, x1, y1)
            px, py = qx, qy
    _paint(words, box, ink, kept)


@njit
def _quad(words, form, outline, box, ink, kept):  # type: ignore[no-untyped-def]
    """Fill a convex quadrilateral: most rows have one upright edge at their left and right."""
    x0, y0, x1, y1 = box
    points, ends = form
    share, even, odd, _, _ = ink
    k = ends[outline] - 4
    h0, h1, h2, h3 = points[k, 1], points[k + 1, 1], points[k + 2, 1], points[k + 3, 1]
    # Its second and third corner from the top: between them no row has a corner.
    inner, outer = max(min(h0, h1), min(h2, h3)), min(max(h0, h1), max(h2, h3))
    top = min(max(y0, math.ceil(min(inner, outer))), y1)
    bottom = max(min(y1, math.floor(max(inner, outer))), top)
    if top > y0:
        _exact(words, form, outline, outline + 1, (x0, y0, x1, top), ink, kept)
    if bottom < y1:
        _exact(words, form, outline, outline + 1, (x0, bottom, x1, y1), ink, kept)
    if top == bottom:
        return
    middle = (top + bottom) * 0.5
    left = left_slope = right = right_slope = 0.0  # of the edges: x at the top, and its step
    for n in range(4):
        m = (n + 1) % 4
        ax, ay, bx, by = points[k + n, 0], points[k + n, 1], points[k + m, 0], points[k + m, 1]
        if (ay <= middle) != (by <= middle):
            slope = (bx - ax) / (by - ay)
            left, left_slope = right, right_slope
            right, right_slope = ax + (top - ay) * slope, slope
    half = (bottom - top) * 0.5
    if left + left_slope * half > right + right_slope * half:
        left, left_slope, right, right_slope = right, right_slope, left, left_slope
    whole, solid = int(share + 0.5), u4(even | u4(odd << _8))
    upright = left_slope == 0.0 and right_slope == 0.0
    begin, end = math.floor(left), math.floor(right)
    if upright and begin < end and whole >= WHOLE:  # most cells of a turned sheet
        first, last = max(begin + 1, x0), min(end, x1)
        for y in range(top, bottom):
            for x in range(first, last):
                words[y, x] = solid
        if x0 <= begin < x1:
            for y in range(top, bottom):
                _pixel(words[y], begin, begin + 1 - left, ink)
        if x0 <= end < x1:
            for y in range(top, bottom):
                _pixel(words[y], end, right - end, ink)
        return
    for y in range(top, bottom):
        a, b = left + left_slope * (y - top), right + right_slope * (y - top)
        c, d = a + left_slope, b + right_slope
        begin, end = math.floor(min(a, c)), math.floor(max(b, d))
        if max(a, c) > begin + 1 or min(b, d) < end or begin >= end:  # an edge crosses pixels
            _exact(words, form, outline, outline + 1, (x0, y, x1, y + 1), ink, kept)
            continue
        line = words[y]
        if x0 <= begin < x1:
            _pixel(line, begin, begin + 1 - 0.5 * (a + c), ink)
        if x0 <= end < x1:
            _pixel(line, end, 0.5 * (b + d) - end, ink)
        run(line, max(begin + 1, x0), min(end, x1), even, odd, whole)


def _fill(words, limits, points, ends, groups, colours, below, notes, stretches):  # type: ignore[no-untyped-def]
    """Fill groups of outlines, one after the other, each group in one colour.

    words: (h, w) uint32, a pixel's four bytes each, premultiplied. limits: (k, 4), rectangles that
    do not overlap, from x0, y0 up to x1, y1, outside of which nothing is painted. points: (p, 2),
    corners in pixels; ends: (m,), where each outline ends among them; groups: (g,), where each
    group ends among those; colours: (g, 4), 0 to 255, and opacity, 0 to 1. What outlines of a group
    share is painted once where they turn the same way, and not at all where they turn against
    each other. An outline of four corners that is alone in its group is convex. below: (4,), the
    colour of the ground where it is the same under all groups and these do not overlap, and 1; else
    it ends in 0. notes, >= (h, w), and stretches, >= (h, 2): zeros, and zeros again afterwards.
    """
    height, width = words.shape
    ground, joined = colour_of(below), below[3] > 0.5
    for group in range(groups.shape[0]):
        first, last = (groups[group - 1] if group else 0), groups[group]
        if first == last:
            continue
        begin, end = (ends[first - 1] if first else 0), ends[last - 1]
        share = min(colours[group, 3], 1.0) * WHOLE
        if share < 0.5 or end - begin < 3:
            continue
        even, odd = colour_of(colours[group])
        left = right = points[begin, 0]
        top = bottom = points[begin, 1]
        total = left + top
        for k in range(begin + 1, end):
            total += points[k, 0] + points[k, 1]
            left, right = min(left, points[k, 0]), max(right, points[k, 0])
            top, bottom = min(top, points[k, 1]), max(bottom, points[k, 1])
        if not math.isfinite(total):  # no place for it
            continue
        for n in range(limits.shape[0]):
            x0, y0 = max(limits[n, 0], 0), max(limits[n, 1], 0)
            x1, y1 = min(limits[n, 2], width), min(limits[n, 3], height)
            if not (left < x1 and right > x0 and top < y1 and bottom > y0):
                continue
            x0, y0 = max(x0, math.floor(left)), max(y0, math.floor(top))
            x1, y1 = min(x1, math.floor(right) + 1), min(y1, math.ceil(bottom))
            if x0 >= x1 or y0 >= y1:
                continue
            box, ink = (x0, y0, x1, y1), (share, even, odd, ground, joined)
            if last == first + 1 and end == begin + 4:
                _quad(words, (points, ends), first, box, ink, (notes, stretches))
            else:
                _exact(words, (points, ends), first, last, box, ink, (notes, stretches))


def compiled(*, kept: bool):  # type: ignore[no-untyped-def]
    """fill(words, limits, points, ends, groups, colours, below, notes, stretches), as above."""
    return njit(_SIGNATURE, cache=kept)(_fill)
