"""Video codecs: which encoder makes which format, and what it is told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import av
from av.codec.context import Flags
from av.video.reformatter import ColorRange

from rendering.yuv import BT709, ClearPicture, YuvPicture

# From benchmarks/encoder_choice.py, 1080p60, on chapters: CPU ms a frame | kB | SSIM of the
# parts that show something:          softmax                 dot-products
#   medium crf 23, Manim's own    25.7 | 3113 | .9944     18.3 | 1269 | .9963
#   these, LOOKING_AHEAD          12.9 | 3073 | .9946     10.0 |  898 | .9967
#   these, FRAME_BY_FRAME         11.5 | 2984 | .9933      8.5 | 1150 | .9964
# (Measured with other work on the machine's two cores, LOOKING_AHEAD with crf 22. Since softmax has
# looked otherwise, 22 is a little less true there than Manim's own, 1.03 of its 1 - SSIM, and 21.5
# is truer, 0.95, at 0.97 of the size; dot-products: 0.80 and 0.68.)
# Chosen as the cheapest that is as true and as small as Manim's own. What costs most elsewhere,
# and gives these flat pictures nothing, is left out: finer motion search (subme), more references,
# and a choice of where B-frames stand. Psychovisual tuning is off (tune=ssim): it sharpens
# textures, which there are none of.
PRESET = {"preset": "veryfast", "tune": "ssim"}
SEEK = 10  # seconds between key frames at most: a film has no cuts, and each of them costs
# `mbtree` spends bits on what stays to be seen, and takes a fifth of the size. x264's fast code for
# it reads memory that was never written where the width is not a multiple of 128 (854 of a draft):
# the same frames would give other bytes from run to run (tests poison the memory to see it).
MBTREE_BLOCK = 128
LOOKING_AHEAD = "21.5", "b-adapt=0:trellis=1:rc-lookahead=40"
FRAME_BY_FRAME = "26", "b-adapt=0:trellis=1:rc-lookahead=0:mbtree=0"

# 854x480, 15 a second, the 227 frames of softmax (H.264 as above: 800 kB, PSNR of what is
# lit 39.0, 1.7 s):                            kB | PSNR | seconds, on a busy machine
#   good, cpu-used 5, crf 34                  735 | 36.7 | 12.6
#   realtime, cpu-used 6, crf 34              832 | 37.2 |  2.8
#   the same, tune-content screen             780 | 37.7 |  2.2
VP9_OPTIONS = {
    "crf": "31",
    "b": "0",
    "deadline": "realtime",
    "cpu-used": "6",
    "tune-content": "screen",
    "lag-in-frames": "0",
    "row-mt": "0",
}

# Of an encoder: one, so that the bytes do not depend on the machine. All cores are kept busy by
# processes instead, each of which paints and encodes a part of the film (see segments).
THREADS = 1


def x264_options(width: int, fps: int) -> dict[str, str]:
    """What x264 is told for films of this width (pixels) and frame rate."""
    crf, params = LOOKING_AHEAD if width % MBTREE_BLOCK == 0 else FRAME_BY_FRAME
    return {**PRESET, "crf": crf, "x264-params": f"{params}:keyint={SEEK * fps}"}


@dataclass(frozen=True)
class Codec:
    """An encoder of libav, the container that its packets go into, and how both are told to work.

    Pictures are converted to BT.709 in limited range, at a constant frame rate.
    """

    name: str
    container: str
    options: Callable[[int, int], dict[str, str]]  # by width and frame rate
    container_options: dict[str, str] = field(default_factory=dict)
    pix_fmt: str = "yuv420p"

    def check(self, size: tuple[int, int]) -> None:
        """Raise ValueError where half of the width or of the height is no whole number."""
        if size[0] % 2 or size[1] % 2:
            raise ValueError(f"video in 4:2:0 needs an even size, not {size[0]}x{size[1]}")

    def picture(self, size: tuple[int, int], room: int = 0) -> YuvPicture | ClearPicture:
        """What turns painted pictures into frames for this encoder, with room for some patches."""
        return ClearPicture(size) if self.pix_fmt == "yuva420p" else YuvPicture(size, room)

    def context(self, size: tuple[int, int], fps: int) -> Any:
        """A fresh encoder."""
        context: Any = av.CodecContext.create(self.name, "w")
        self._set_up(context, size, fps)
        context.options = self.options(size[0], fps)
        context.framerate = fps
        context.time_base = Fraction(1, fps)
        context.flags |= Flags.global_header  # both containers keep the headers apart
        return context

    def stream(self, container: Any, size: tuple[int, int], fps: int) -> Any:
        """A stream of the container for what fresh encoders like it give."""
        stream = container.add_stream(self.name, rate=fps, options=self.options(size[0], fps))
        self._set_up(stream.codec_context, size, fps)
        return stream

    def _set_up(self, context: Any, size: tuple[int, int], fps: int) -> None:
        context.width, context.height = size
        context.pix_fmt = self.pix_fmt
        context.thread_count = THREADS
        context.color_range = ColorRange.MPEG
        context.colorspace = context.color_primaries = context.color_trc = BT709


H264 = Codec("libx264", "mp4", x264_options, {"movflags": "faststart"})
# bitexact: else the file carries random numbers, and equal films are different files.
VP9 = Codec("libvpx-vp9", "webm", lambda *_: VP9_OPTIONS, {"fflags": "+bitexact"})
# With alpha, colours not multiplied by it, as browsers read it.
CLEAR_VP9 = Codec("libvpx-vp9", "webm", VP9.options, VP9.container_options, "yuva420p")


def codec_of(format: str, transparent: bool) -> Codec | None:
    """The codec of a format of films; None where it is no video for a player."""
    if format == "webm":
        return CLEAR_VP9 if transparent else VP9
    return H264 if format == "mp4" else None
