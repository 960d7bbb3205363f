"""WebM: VP9, with an alpha channel where the film has no ground."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

import av
import numpy as np
from av.video.reformatter import ColorRange, Colorspace, VideoReformatter

from rendering.alpha import straight_alpha
from rendering.encode import Mp4Sink
from rendering.tiles import Damage, whole

# 854x480, 15 a second, the 227 frames of softmax (H.264 as in encode.py: 800 kB, PSNR of what is
# lit 39.0, 1.7 s):                            kB | PSNR | seconds, on a busy machine
#   good, cpu-used 5, crf 34                  735 | 36.7 | 12.6
#   realtime, cpu-used 6, crf 34              832 | 37.2 |  2.8
#   the same, tune-content screen             780 | 37.7 |  2.2
VP9 = {
    "crf": "31",
    "b": "0",
    "deadline": "realtime",
    "cpu-used": "6",
    "tune-content": "screen",
    "lag-in-frames": "0",
    "row-mt": "0",
}


class WebmSink(Mp4Sink):
    """VP9 in WebM: yuv420p, BT.709, constant frame rate."""

    container: ClassVar[str] = "webm"
    # Else the file carries random numbers, and equal films are different files.
    container_options: ClassVar[dict[str, str]] = {"fflags": "+bitexact"}
    codec: ClassVar[str] = "libvpx-vp9"

    def options(self, fps: int) -> dict[str, str]:
        """What libvpx is told."""
        return VP9


class ClearWebmSink(WebmSink):
    """The same with alpha: yuva420p, colours not multiplied by it, as browsers read it."""

    pix_fmt: ClassVar[str] = "yuva420p"

    def __init__(self, path: Path, size: tuple[int, int], fps: int) -> None:
        self._straight = np.zeros((size[1], size[0], 4), np.uint8)
        self._reformatter = VideoReformatter()
        super().__init__(path, size, fps)

    def _convert(self, rgba: np.ndarray, damage: Sequence[Damage]) -> Any:
        first = self._frame is None
        for x0, y0, x1, y1 in [whole(self._size)] if first else damage:
            self._straight[y0:y1, x0:x1] = straight_alpha(rgba[y0:y1, x0:x1])
        return self._reformatter.reformat(
            av.VideoFrame.from_ndarray(self._straight, format="rgba"),
            format=self.pix_fmt,
            src_color_range=ColorRange.JPEG,
            dst_colorspace=Colorspace.ITU709,
            dst_color_range=ColorRange.MPEG,
            interpolation="AREA",
            threads=1,
        )
