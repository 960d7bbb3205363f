"""Pictures as frames for video encoders: whole ones, and the parts that changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

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


class Patch(NamedTuple):
    """What changed from one frame to the next: which tiles, and what they show."""

    marked: np.ndarray  # (rows, columns) bool
    content: np.ndarray  # uint8, a part of the YuvPicture's memory


class YuvPicture:
    """The newest picture as patches to a yuv420p frame: each costs what changed, and no more.

    Patches are kept until the caller is done with them, in `room` bytes; at least one has room.
    """

    def __init__(self, size: tuple[int, int], room: int = 0) -> None:
        self._size, self._whole = size, size[0] * size[1] * 3 // 2
        self._frame = _blank(size)
        self._planes = [_rows(plane) for plane in self._frame.planes]
        self._tiles = Tiles(size, TILE)
        self._memory, self._used = np.empty(max(room, self._whole), np.uint8), 0
        self._known = False  # whether the frame shows anything of the picture

    def keep(self, rgba: np.ndarray, damage: Sequence[Damage]) -> Patch:
        """What makes this picture of the last one, which differed within `damage`.

        rgba: (h, w, 4) uint8, its bytes side by side.
        """
        damage = damage if self._known else [whole(self._size)]
        marked = self._tiles.touched(np.array(damage).reshape(-1, 4))
        free = self._memory[self._used :]
        count = kernel("bt709")(rgba.view(np.int32)[..., 0], free, marked, *TILE)
        self._used, self._known = self._used + count, True
        return Patch(marked, free[:count])

    @property
    def full(self) -> bool:
        """Whether another patch might find no room."""
        return self._used + self._whole > len(self._memory)

    def shown(self, patch: Patch) -> Any:
        """The frame with this patch, and all those kept before it, which were shown already.

        It is the same one each time: whoever keeps it has a copy.
        """
        kernel("patches")(patch.content, *self._planes, *self._size, patch.marked, *TILE)
        return self._frame

    def clear(self) -> None:
        """All patches have been shown: there is room for others."""
        self._used = 0

    def update(self, rgba: np.ndarray, damage: Sequence[Damage]) -> Any:
        """The frame, which shows this picture now; outside of `damage` the last one showed it."""
        frame = self.shown(self.keep(rgba, damage))
        self.clear()
        return frame

    def forget(self) -> None:
        """Begin anew: nothing of the next picture is known."""
        self._known = False
        self.clear()


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

    full = False  # a patch is a frame of its own

    def keep(self, rgba: np.ndarray, damage: Sequence[Damage]) -> Any:
        """The same, since each frame has its own memory."""
        return self.update(rgba, damage)

    def shown(self, patch: Any) -> Any:
        """The frame that was kept."""
        return patch

    def clear(self) -> None:
        """Nothing is to be let go of."""

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


def _blank(size: tuple[int, int]) -> Any:
    """A frame of this size, whatever is in it."""
    frame: Any = av.VideoFrame(*size, "yuv420p")
    frame.colorspace, frame.color_range = BT709, ColorRange.MPEG
    return frame
