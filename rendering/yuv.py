"""Pictures as frames for video encoders: whole ones, and the parts that changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import av
import numpy as np
from av.video.reformatter import ColorRange, Colorspace, VideoReformatter

from rendering.alpha import straight_alpha
from rendering.compiled import kernel
from rendering.tiles import Damage, Tiles, whole

TILE = (64, 16)  # pixels, both even: what is converted together
BT709 = 1  # the number of primaries, transfer and matrix in H.264's tables
# How transparent pictures become frames. AREA takes each chroma sample from its own 2 x 2 pixels.
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
    that the newest one need not be made whole, each remembers where it is behind.
    """

    def __init__(self, size: tuple[int, int], frames: int = 1) -> None:
        self._frames = _ring(size, frames)
        self._planes = [[_rows(plane) for plane in frame.planes] for frame in self._frames]
        self._tiles = Tiles(size, TILE)
        self._behind = np.ones((frames, *self._tiles.shape), bool)  # in these tiles
        self._newest = 0

    def update(self, rgba: np.ndarray, damage: Sequence[Damage]) -> Any:
        """The frame, which shows this picture now; outside of `damage` the last one showed it.

        rgba: (h, w, 4) uint8, its bytes side by side.
        """
        self._newest = (self._newest + 1) % len(self._frames)
        if damage:
            self._behind |= self._tiles.touched(np.array(damage))
        behind, planes = self._behind[self._newest], self._planes[self._newest]
        kernel("bt709")(rgba.view(np.int32)[..., 0], *planes, behind, *TILE)
        return self._frames[self._newest]

    def forget(self) -> None:
        """Begin anew: no frame shows anything of the next picture."""
        self._behind[:] = True


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

    def forget(self) -> None:
        """Begin anew: nothing of the next picture is known."""
        self._frame = None


def to_yuv(rgba: np.ndarray) -> Any:
    """The picture, (h, w, 4) uint8 of even sides, as a yuv420p frame, BT.709, limited range."""
    size = rgba.shape[1], rgba.shape[0]
    return YuvPicture(size).update(np.ascontiguousarray(rgba), [])


def pixels(plane: Any) -> np.ndarray:
    """A view on a plane's pixels, without the padding of its rows."""
    return _rows(plane)[:, : plane.width]


def _rows(plane: Any) -> np.ndarray:
    """A view on a plane's rows, with their padding."""
    return np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)[: plane.height]


def _ring(size: tuple[int, int], count: int) -> list[Any]:
    """So many frames, in one array where that can be.

    So large an array comes in large pages, which a process has in a fifth of the time that small
    ones take: eight frames at 1080p in 3 ms instead of 13, each time that one begins.
    """
    width, height = size
    if height % 4:  # PyAV would take the array for a lower frame
        frames: list[Any] = [av.VideoFrame(width, height, "yuv420p") for _ in range(count)]
    else:
        memory = np.empty((count, height * 3 // 2, width), np.uint8)
        frames = [av.VideoFrame.from_numpy_buffer(part, "yuv420p") for part in memory]
    for frame in frames:
        frame.colorspace, frame.color_range = BT709, ColorRange.MPEG
    return frames
