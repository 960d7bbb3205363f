"""Pictures as yuv420p frames: conversion of whole ones, and of the parts that changed."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import av
import numpy as np
from av.video.reformatter import ColorRange, Colorspace, VideoReformatter

from rendering.tiles import Damage, Tiles

BT709 = 1  # the number of primaries, transfer and matrix in H.264's tables
# swscale converts so many pixels of a row at a time, and the rest of it with other roundings: parts
# that begin at multiples of it, and end there or with the row, come out as in the whole picture.
BLOCK = 128
ROWS = 32  # of a tile: fewer make more rectangles, more make larger ones
# Rows around a part: swscale rounds the last chroma row that it is given otherwise.
MARGIN = 2


class YuvFrames:
    """The newest picture as a yuv420p frame, kept up to date in a ring of `count` frames.

    `update` hands out the next frame of the ring, so a frame may be read until `count` - 1 more
    were handed out. Frames that lie behind are brought up to date by copying.
    """

    def __init__(self, size: tuple[int, int], count: int) -> None:
        self._tiles = Tiles(size, (BLOCK, ROWS))
        self._count = count
        self._ring: list[list[np.ndarray]] = []  # the three planes of each frame
        self._frames: list[Any] = []
        self._behind: list[np.ndarray] = []  # which tiles of each frame are not the newest
        self._newest = -1

    def update(self, rgba: np.ndarray, damage: Sequence[Damage]) -> Any:
        """The next frame, which shows this picture; it differs from the last one in `damage`."""
        mask = self._tiles.touched(np.array(damage, float).reshape(-1, 4))
        if not self._frames:
            mask[:] = True
        turn = (self._newest + 1) % self._count
        if turn == len(self._frames):
            frame = _empty(self._tiles.size)
            self._frames.append(frame)
            self._ring.append([pixels(plane) for plane in frame.planes])
            self._behind.append(np.ones_like(mask))
        planes = self._ring[turn]
        stale = self._behind[turn] & ~mask
        for part in self._tiles.rectangles(stale) if stale.any() else []:
            for target, newest, step in zip(
                planes, self._ring[self._newest], (1, 2, 2), strict=True
            ):
                x0, y0, x1, y1 = (side // step for side in part)
                target[y0:y1, x0:x1] = newest[y0:y1, x0:x1]
        for part in self._tiles.rectangles(mask):
            convert(rgba, part, planes)
        for behind in self._behind:
            behind |= mask
        self._behind[turn] = self._tiles.none()
        self._newest = turn
        return self._frames[turn]


def convert(rgba: np.ndarray, part: Damage, planes: Sequence[np.ndarray]) -> None:
    """Convert a rectangle of the picture, of even sides, into its place in the planes."""
    x0, y0, x1, y1 = part
    top, bottom = max(y0 - MARGIN, 0), min(y1 + MARGIN, len(rgba))
    frame = to_yuv(rgba[top:bottom, x0:x1], _reformatter(x1 - x0, bottom - top))
    for target, plane, step in zip(planes, frame.planes, (1, 2, 2), strict=True):
        rows = slice((y0 - top) // step, (y1 - top) // step)
        target[y0 // step : y1 // step, x0 // step : x1 // step] = pixels(plane)[rows]


@lru_cache(maxsize=64)
def _reformatter(width: int, height: int) -> VideoReformatter:
    """One for pictures of this size: swscale prepares itself anew for each size."""
    return VideoReformatter()


def to_yuv(rgba: np.ndarray, reformatter: VideoReformatter | None = None) -> Any:
    """The picture as a yuv420p frame, BT.709, limited range.

    rgba: (h, w, 4) uint8; its rows may lie apart, as those of a part of a picture do.

    AREA takes each chroma sample from its own 2 x 2 pixels, so that converting a part (and a
    margin) gives the same as converting the whole; filters that look farther would not.
    """
    return (reformatter or VideoReformatter()).reformat(
        av.VideoFrame.from_numpy_buffer(rgba, format="rgba"),
        format="yuv420p",
        src_color_range=ColorRange.JPEG,
        dst_colorspace=Colorspace.ITU709,
        dst_color_range=ColorRange.MPEG,
        interpolation="AREA",
        threads=1,
    )


def pixels(plane: Any) -> np.ndarray:
    """A view on a plane's pixels, without the padding of its rows."""
    rows = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)
    return rows[: plane.height, : plane.width]


def _empty(size: tuple[int, int]) -> Any:
    frame: Any = av.VideoFrame(*size, "yuv420p")
    frame.colorspace, frame.color_range = BT709, ColorRange.MPEG
    return frame
