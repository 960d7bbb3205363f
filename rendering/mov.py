"""QuickTime with ProRes 4444: for editors, which read its alpha and cut between any two frames."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.video.reformatter import ColorRange, Colorspace, VideoReformatter

from rendering.alpha import straight_alpha
from rendering.film_file import FilmFile
from rendering.tiles import Damage, whole
from rendering.yuv import BT709

# softmax in 854x480, 15 a second: 6.7 MB a second, PSNR 64 dB, alpha to 1 level of 255. Fewer bits
# (bits_per_mb) cost tenfold the time and end below 27 dB: editors want this one large and true.
# Apple's name for the maker: some editors read no other. Colours are not multiplied by the alpha.
OPTIONS = {"profile": "4444", "alpha_bits": "16", "vendor": "apl0"}
FORMAT = "yuva444p10le"


class MovSink(FilmFile):
    """ProRes 4444 in QuickTime: 10 bits a colour, every frame by itself; BT.709."""

    def __init__(self, path: Path, size: tuple[int, int], fps: int) -> None:
        self._size = size
        self._straight = np.zeros((size[1], size[0], 4), np.uint8)
        self._reformatter = VideoReformatter()
        self._frame: Any = None
        self._count = 0  # frames so far
        self._tick = Fraction(1, fps)
        # bitexact: else the file carries the library's version.
        options = {"fflags": "+bitexact", "movflags": "faststart"}
        super().__init__(av.open(str(path), "w", format="mov", options=options))
        self._stream: Any = self.container.add_stream("prores_ks", rate=fps, options=OPTIONS)
        self._stream.width, self._stream.height = size
        context = self._stream.codec_context
        context.pix_fmt, context.thread_count = FORMAT, 1
        context.color_range = ColorRange.MPEG
        context.colorspace = context.color_primaries = context.color_trc = BT709

    def write(self, rgba: np.ndarray, damage: Sequence[Damage], repeat: int = 1) -> None:
        """Encode `repeat` equal frames."""
        first = self._frame is None
        for x0, y0, x1, y1 in [whole(self._size)] if first else damage:
            self._straight[y0:y1, x0:x1] = straight_alpha(rgba[y0:y1, x0:x1])
        if first or damage:
            self._frame = self._reformatter.reformat(
                av.VideoFrame.from_ndarray(self._straight, format="rgba"),
                format=FORMAT,
                src_color_range=ColorRange.JPEG,
                dst_colorspace=Colorspace.ITU709,
                dst_color_range=ColorRange.MPEG,
                threads=1,
            )
        for position in range(self._count, self._count + repeat):
            self._frame.pts, self._frame.time_base = position, self._tick
            self.container.mux(self._stream.encode(self._frame))
        self._count += repeat

    def flush(self) -> None:
        """Write what was held back."""
        self.container.mux(self._stream.encode(None))
