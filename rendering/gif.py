"""GIF with one palette made of the clip's own colours, without dither: black stays black."""

from __future__ import annotations

import tempfile
import zlib
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

Rect = tuple[int, int, int, int]  # pixels: x0, y0, x1, y1

COLOURS = 255  # and one entry for "unchanged since the frame before"
MOST_FPS = 30  # browsers slow down what is faster than 50, and nobody sees it above 30
SAMPLE_EVERY = 5  # of the frames that changed, this many-th is looked at for colours
MOST_SAMPLES = 4096  # distinct colours that the palette is chosen from
ROUNDS = 8  # of k-means
COMMONNESS = 40  # squared levels that a colour e times as weighty may lie farther from the middle
BITS = 6  # a channel, in the table that maps colours to palette entries
HUNDREDTHS = 100  # GIF's clock


class GifSink:
    """Collects frames in a temporary file, then chooses the palette and writes the GIF, looped."""

    def __init__(self, path: Path, size: tuple[int, int], fps: int) -> None:
        self._path = path
        self._size = size
        self._fps = fps
        self._step = -(-fps // MOST_FPS)  # every so many-th frame is kept
        self._frames = 0
        self._kept: list[tuple[int, Rect, int]] = []  # position, rect, bytes
        self._pending: Rect | None = None
        self._colours: dict[int, float] = {}
        self._store = tempfile.TemporaryFile()  # noqa: SIM115 - closed in finish and abort

    def write(self, rgba: np.ndarray, damage: Sequence[Rect], repeat: int = 1) -> None:
        """Keep the part that changed, if the frame is one of those that the GIF shows."""
        if self._frames == 0:
            damage = [(0, 0, *self._size)]
        for part in damage:
            self._pending = part if self._pending is None else _union(self._pending, part)
        first = self._frames
        self._frames += repeat
        shown = -(-first // self._step) * self._step  # the first position a GIF frame stands at
        if self._pending is not None and shown < self._frames:
            self._keep(rgba, shown)

    def cut(self) -> None:
        """It has no segments."""

    def finish(self) -> None:
        """Choose the palette and write the file."""
        if self._store.closed:
            return
        try:
            self._write(choose_palette(self._colours))
        finally:
            self._store.close()

    def abort(self) -> None:
        """Forget the frames."""
        self._store.close()

    def _keep(self, rgba: np.ndarray, position: int) -> None:
        assert self._pending is not None
        x0, y0, x1, y1 = self._pending
        packed = _packed(rgba[y0:y1, x0:x1])
        if len(self._kept) % SAMPLE_EVERY == 0:
            for colour, count in zip(*np.unique(packed, return_counts=True), strict=True):
                self._colours[int(colour)] = self._colours.get(int(colour), 0) + int(count)
        content = zlib.compress(packed.tobytes(), 1)
        self._store.write(content)
        self._kept.append((position, self._pending, len(content)))
        self._pending = None

    def _write(self, palette: np.ndarray) -> None:
        table = nearest_entries(palette)
        rgba = np.full((256, 4), 255, np.uint8)
        rgba[: len(palette), :3] = palette
        rgba[len(palette) :] = 0  # see-through: what the encoder writes where nothing changed
        ends = [_hundredths(position, self._fps) for position, _, _ in self._kept[1:]]
        ends.append(_hundredths(self._frames, self._fps))
        last = ends[-1] - _hundredths(self._kept[-1][0], self._fps)
        options = {"loop": "0", "final_delay": str(last)}
        container: Any = av.open(str(self._path), "w", format="gif", options=options)
        with container:
            stream: Any = container.add_stream("gif", rate=HUNDREDTHS)
            stream.width, stream.height, stream.pix_fmt = *self._size, "pal8"
            stream.codec_context.time_base = Fraction(1, HUNDREDTHS)
            for position, picture in self._pictures(table):
                indexed: Any = (picture, _argb(rgba))
                frame: Any = av.VideoFrame.from_ndarray(indexed, format="pal8")
                frame.pts, frame.time_base = position, Fraction(1, HUNDREDTHS)
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))

    def _pictures(self, table: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
        """Each kept frame whole, as palette entries, and its time; the array is reused."""
        width, height = self._size
        canvas = np.zeros((height, width), np.uint8)
        self._store.seek(0)
        for position, (x0, y0, x1, y1), length in self._kept:
            packed = np.frombuffer(zlib.decompress(self._store.read(length)), np.uint32)
            canvas[y0:y1, x0:x1] = table[_cell(packed)].reshape(y1 - y0, x1 - x0)
            yield _hundredths(position, self._fps), canvas


def choose_palette(colours: dict[int, float]) -> np.ndarray:
    """At most 255 of the given colours (0xRRGGBB: count), those that stand best for all.

    Every entry is a colour that occurs, so that grounds and flat shapes keep theirs exactly.
    """
    by_count = sorted(colours.items(), key=lambda item: (-item[1], item[0]))[:MOST_SAMPLES]
    packed = np.array([colour for colour, _ in by_count], np.uint32)
    points = _unpacked(packed).astype(np.float32)  # (m, 3)
    weight = np.sqrt(np.array([count for _, count in by_count], np.float64))  # small things matter
    if len(points) <= COLOURS:
        return points.astype(np.uint8)
    chosen = [0]
    distance = ((points - points[0]) ** 2).sum(-1)
    while len(chosen) < COLOURS and distance.any():
        chosen.append(int((distance * weight).argmax()))
        distance = np.minimum(distance, ((points - points[chosen[-1]]) ** 2).sum(-1))
    centres = points[chosen]
    for _ in range(ROUNDS):
        nearest = _nearest(points, centres)
        total = np.bincount(nearest, weight, len(centres))
        sums = [np.bincount(nearest, weight * points[:, c], len(centres)) for c in range(3)]
        held = total > 0
        centres[held] = (np.stack(sums, -1)[held] / total[held, None]).astype(np.float32)
    nearest = _nearest(points, centres)
    for entry in range(len(centres)):
        members = np.flatnonzero(nearest == entry)
        if len(members):  # the commonest colour of the group, or the one in its middle
            off = ((points[members] - centres[entry]) ** 2).sum(-1)
            rank = off - COMMONNESS * np.log(weight[members])
            centres[entry] = points[members[rank.argmin()]]
    centres[0] = points[0]  # the ground
    return centres.astype(np.uint8)


def nearest_entries(palette: np.ndarray) -> np.ndarray:
    """For each cell of the colour cube, the palette entry nearest to it; exact hits win."""
    steps = np.arange(1 << BITS, dtype=np.float32)
    levels = steps * 255 / ((1 << BITS) - 1)
    cube = np.stack(np.meshgrid(levels, levels, levels, indexing="ij"), -1).reshape(-1, 3)
    entries = palette.astype(np.float32)
    table = np.concatenate([_nearest(part, entries) for part in np.array_split(cube, 64)]).astype(
        np.uint8
    )
    own = palette.astype(np.uint32)
    cells = _cell(own[:, 0] << 16 | own[:, 1] << 8 | own[:, 2])
    table[cells[::-1]] = np.arange(len(palette), dtype=np.uint8)[::-1]  # of two, the first stays
    return table


def _nearest(points: np.ndarray, centres: np.ndarray) -> np.ndarray:
    """Which centre is nearest to each point, by |c|^2 - 2 p.c (|p|^2 is the same for all)."""
    lacking = points @ (-2 * centres.T)
    lacking += (centres**2).sum(-1)
    result: np.ndarray = lacking.argmin(-1)
    return result


def _packed(rgba: np.ndarray) -> np.ndarray:
    """Colours as 0xRRGGBB."""
    words = np.ascontiguousarray(rgba).view("<u4")[..., 0]  # 0xAABBGGRR
    swapped: np.ndarray = words.byteswap() >> 8
    return swapped


def _unpacked(packed: np.ndarray) -> np.ndarray:
    return np.stack([packed >> 16 & 255, packed >> 8 & 255, packed & 255], -1).astype(np.uint8)


def _cell(packed: np.ndarray) -> np.ndarray:
    """The colour's place in the table."""
    cut = 8 - BITS
    red, green, blue = (packed >> shift + cut & (1 << BITS) - 1 for shift in (16, 8, 0))
    place: np.ndarray = red << 2 * BITS | green << BITS | blue
    return place


def _argb(rgba: np.ndarray) -> np.ndarray:
    """The palette in the order in which PyAV takes it."""
    return np.ascontiguousarray(rgba[:, [3, 0, 1, 2]])


def _hundredths(position: int, fps: int) -> int:
    return round(position * HUNDREDTHS / fps)


def _union(a: Rect, b: Rect) -> Rect:
    return min(a[0], b[0]), min(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3])
