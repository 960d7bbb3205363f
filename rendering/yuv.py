"""Pictures as frames for video encoders: whole ones, and the parts that changed."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import av
import numpy as np
from av.video.reformatter import ColorRange, Colorspace, VideoReformatter

from rendering.alpha import straight_alpha
from rendering.tiles import Damage, Tiles, around, whole

BT709 = 1  # the number of primaries, transfer and matrix in H.264's tables
# swscale converts so many pixels of a row at a time, and the rest of it with other roundings: parts
# that begin at multiples of it, and end there or with the row, come out as in the whole picture.
BLOCK = 128
ROWS = 32  # of a tile: fewer make more rectangles, more make larger ones
# Rows around a part: swscale rounds the last chroma row that it is given otherwise.
MARGIN = 2
STEPS = (1, 2, 2)  # pixels of the picture for one of a plane, each way
# How painted pictures become frames: BT.709, limited range. AREA takes each chroma sample from its
# own 2 x 2 pixels; what looks farther would convert a part in another way than the whole.
BT709_LIMITED: dict[str, Any] = {
    "src_color_range": ColorRange.JPEG,
    "dst_colorspace": Colorspace.ITU709,
    "dst_color_range": ColorRange.MPEG,
    "interpolation": "AREA",
    "threads": 1,
}


class YuvPicture:
    """The newest picture as a yuv420p frame, one of a ring of frames that are used in turn.

    A frame shows its picture until as many more as there are in the ring have been asked for. So
    that the newest one need not be copied whole, each remembers around what it is behind.
    """

    def __init__(self, size: tuple[int, int], frames: int = 1) -> None:
        self._tiles = Tiles(size, (BLOCK, ROWS))
        self._frames = [_empty(size) for _ in range(frames)]
        self._planes = [[pixels(plane) for plane in frame.planes] for frame in self._frames]
        self._behind: list[Damage | None] = [None] * frames
        self._newest = 0
        self._fresh = True

    def update(self, rgba: np.ndarray, damage: Sequence[Damage]) -> Any:
        """The frame, which shows this picture now; outside of `damage` the last one showed it."""
        mask = self._tiles.touched(np.array(damage, float).reshape(-1, 4))
        if self._fresh:
            mask[:], self._fresh = True, False
        last, self._newest = self._newest, (self._newest + 1) % len(self._frames)
        self._catch_up(self._planes[last])
        parts = self._tiles.rectangles(mask)
        for part in parts:
            convert(rgba, part, self._planes[self._newest])
        if parts:
            self._behind = [around([*parts, *([box] if box else [])]) for box in self._behind]
        self._behind[self._newest] = None
        return self._frames[self._newest]

    def _catch_up(self, last: Sequence[np.ndarray]) -> None:
        """Copy from the last frame what the newest one is behind in."""
        if (box := self._behind[self._newest]) is not None:
            x0, y0, x1, y1 = box
            for target, plane, step in zip(self._planes[self._newest], last, STEPS, strict=True):
                part = slice(y0 // step, y1 // step), slice(x0 // step, x1 // step)
                target[part] = plane[part]


class ClearPicture:
    """The newest picture as a yuva420p frame, its colours not multiplied by its alpha."""

    def __init__(self, size: tuple[int, int]) -> None:
        self._size = size
        self._straight = np.zeros((size[1], size[0], 4), np.uint8)
        self._reformatter = VideoReformatter()
        self._frame: Any = None

    def update(self, rgba: np.ndarray, damage: Sequence[Damage]) -> Any:
        """The frame, which shows this picture now; outside of `damage` it showed it already."""
        if self._frame is None:
            damage = [whole(self._size)]
        for x0, y0, x1, y1 in damage:
            self._straight[y0:y1, x0:x1] = straight_alpha(rgba[y0:y1, x0:x1])
        if damage:
            self._frame = self._reformatter.reformat(
                av.VideoFrame.from_ndarray(self._straight, format="rgba"),
                format="yuva420p",
                **BT709_LIMITED,
            )
        return self._frame


def convert(rgba: np.ndarray, part: Damage, planes: Sequence[np.ndarray]) -> None:
    """Convert a rectangle of the picture, of even sides, into its place in the planes."""
    x0, y0, x1, y1 = part
    top, bottom = max(y0 - MARGIN, 0), min(y1 + MARGIN, len(rgba))
    frame = to_yuv(rgba[top:bottom, x0:x1], _reformatter(x1 - x0, bottom - top))
    for target, plane, step in zip(planes, frame.planes, STEPS, strict=True):
        rows = slice((y0 - top) // step, (y1 - top) // step)
        target[y0 // step : y1 // step, x0 // step : x1 // step] = pixels(plane)[rows]


@lru_cache(maxsize=64)
def _reformatter(width: int, height: int) -> VideoReformatter:
    """One for pictures of this size: swscale prepares itself anew for each size."""
    return VideoReformatter()


def to_yuv(rgba: np.ndarray, reformatter: VideoReformatter | None = None) -> Any:
    """The picture as a yuv420p frame, BT.709, limited range.

    rgba: (h, w, 4) uint8; its rows may lie apart, as those of a part of a picture do.

    Converting a part (and a margin) gives the same as converting the whole (see BT709_LIMITED).
    """
    return (reformatter or VideoReformatter()).reformat(
        av.VideoFrame.from_numpy_buffer(rgba, format="rgba"),
        format="yuv420p",
        **BT709_LIMITED,
    )


def pixels(plane: Any) -> np.ndarray:
    """A view on a plane's pixels, without the padding of its rows."""
    rows = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)
    return rows[: plane.height, : plane.width]


def _empty(size: tuple[int, int]) -> Any:
    frame: Any = av.VideoFrame(*size, "yuv420p")
    frame.colorspace, frame.color_range = BT709, ColorRange.MPEG
    return frame
