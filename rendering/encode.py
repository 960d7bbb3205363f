"""Frames to files: the sink that a film is poured into, and the H.264 one."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from queue import Queue
from threading import Thread
from typing import Any, ClassVar, Protocol

import av
import numpy as np
from av.video.reformatter import ColorRange

from rendering.gif import GifSink
from rendering.tiles import Damage, whole
from rendering.yuv import BT709, YuvFrames, to_yuv

__all__ = ["X264_THREADS", "Damage", "FrameSink", "GifSink", "Mp4Sink", "to_yuv", "x264_options"]

# From benchmarks/encoder_choice.py, 1080p60, on chapters: CPU ms a frame | kB | SSIM of the
# parts that show something:          softmax                 dot-products
#   medium crf 23, Manim's own    25.7 | 3113 | .9944     18.3 | 1269 | .9963
#   these, LOOKING_AHEAD          12.9 | 3073 | .9946     10.0 |  898 | .9967
#   these, FRAME_BY_FRAME         11.5 | 2984 | .9933      8.5 | 1150 | .9964
# (Measured with other work on the machine's two cores.)
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
LOOKING_AHEAD = "22", "b-adapt=0:trellis=1:rc-lookahead=40"
FRAME_BY_FRAME = "26", "b-adapt=0:trellis=1:rc-lookahead=0:mbtree=0"


# One, so that the bytes do not depend on the machine. The encoder runs beside the painter, in a
# thread of its own. (With an earlier, cheaper setting, full frames took 10.7 ms each so, against
# 14.8 in one thread with two of x264's.)
X264_THREADS = 1

QUEUE = 1  # frame that may wait for the encoder: more would only have to be kept up to date


def x264_options(width: int, fps: int) -> dict[str, str]:
    """What x264 is told for films of this width (pixels) and frame rate."""
    crf, params = LOOKING_AHEAD if width % MBTREE_BLOCK == 0 else FRAME_BY_FRAME
    return {**PRESET, "crf": crf, "x264-params": f"{params}:keyint={SEEK * fps}"}


class FrameSink(Protocol):
    """Takes a film frame by frame."""

    def write(self, rgba: np.ndarray, damage: Sequence[Damage], repeat: int = 1) -> None:
        """Add `repeat` equal frames.

        rgba: (h, w, 4) uint8, premultiplied, C-contiguous; the caller reuses it afterwards.
        damage: outside of these rectangles the frame equals the one before.
        """

    def finish(self) -> None:
        """Complete the file. Raises what went wrong in encoding, if anything did."""

    def abort(self) -> None:
        """Stop, and let go of the file, which is not whole."""


class Mp4Sink:
    """H.264 in MP4: yuv420p, BT.709, constant frame rate, the index in front (faststart).

    `marks` are chapter marks: begin and end in seconds, and a title.
    """

    container: ClassVar[str] = "mp4"
    container_options: ClassVar[dict[str, str]] = {"movflags": "faststart"}
    codec: ClassVar[str] = "libx264"
    threads: ClassVar[int] = X264_THREADS
    pix_fmt: ClassVar[str] = "yuv420p"

    def __init__(
        self,
        path: Path,
        size: tuple[int, int],
        fps: int,
        marks: Sequence[tuple[float, float, str]] = (),
    ) -> None:
        width, height = size
        if self.pix_fmt.startswith("yuv") and (width % 2 or height % 2):
            raise ValueError(f"video in 4:2:0 needs an even size, not {width}x{height}")
        self._size = size
        self._tick = Fraction(1, fps)
        # One may be at the encoder and one in our hands while QUEUE wait.
        self._frames = YuvFrames(size, QUEUE + 2)
        self._frame: Any = None  # the newest
        self._count = 0  # frames so far
        self._failure: BaseException | None = None
        self._closed = False
        self._container: Any = av.open(
            str(path), "w", format=self.container, options=self.container_options
        )
        self._stream: Any = self._container.add_stream(
            self.codec, rate=fps, options=self.options(fps)
        )
        context: Any = self._stream.codec_context
        context.width, context.height, context.pix_fmt = width, height, self.pix_fmt
        context.thread_count = self.threads
        context.color_range = ColorRange.MPEG
        context.colorspace = context.color_primaries = context.color_trc = BT709
        if marks:
            self._container.set_chapters([_chapter(n, *mark) for n, mark in enumerate(marks)])
        self._queue: Queue[tuple[Any, int, int] | None] = Queue(QUEUE)
        self._thread = Thread(target=self._encode_all, name=self.codec, daemon=True)
        self._thread.start()

    def options(self, fps: int) -> dict[str, str]:
        """What the encoder is told."""
        return x264_options(self._size[0], fps)

    def write(self, rgba: np.ndarray, damage: Sequence[Damage], repeat: int = 1) -> None:
        """Convert what changed, and queue the frame."""
        if self._failure:
            raise self._failure
        if damage or self._frame is None:
            self._frame = self._convert(rgba, damage or [whole(self._size)])
        self._put(repeat)

    def _put(self, repeat: int) -> None:
        """Queue the newest frame, so many times."""
        self._queue.put((self._frame, self._count, repeat))
        self._count += repeat

    def _convert(self, rgba: np.ndarray, damage: Sequence[Damage]) -> Any:
        """The picture as the encoder takes it; what was handed out before may still be in use."""
        return self._frames.update(rgba, damage)

    def write_yuv(self, frame: Any, repeat: int = 1) -> None:
        """Queue a frame that is yuv420p already; it must not be changed afterwards."""
        if self._failure:
            raise self._failure
        self._frame = frame
        self._put(repeat)

    def finish(self) -> None:
        """Wait for the encoder and close the file."""
        if self._closed:
            return
        self._join()
        try:
            if self._failure:
                raise self._failure
            self._container.mux(self._stream.encode(None))
        finally:
            self._close()

    def abort(self) -> None:
        """Let the encoder go without completing the file."""
        if self._failure is None:
            self._failure = RuntimeError("aborted")  # what is still queued is skipped
        self._join()
        try:
            self._close()
        except Exception:  # the file is thrown away: whatever its end says does not matter
            self._closed = True

    def _encode_all(self) -> None:
        """The encoder's thread. After a failure it goes on emptying the queue: nobody hangs."""
        while (job := self._queue.get()) is not None:
            frame, first, repeat = job
            for position in range(first, first + repeat):
                if self._failure:
                    break
                try:
                    frame.pts, frame.time_base = position, self._tick
                    self._container.mux(self._stream.encode(frame))
                except BaseException as error:
                    self._failure = error

    def _join(self) -> None:
        if self._thread.is_alive():
            self._queue.put(None)
            self._thread.join()

    def _close(self) -> None:
        if not self._closed:
            self._closed = True
            self._container.close()


def _chapter(number: int, begin: float, end: float, title: str) -> Any:
    """A chapter mark as PyAV takes it."""
    return {
        "id": number,
        "start": round(begin * 1000),
        "end": round(end * 1000),
        "time_base": Fraction(1, 1000),
        "metadata": {"title": title},
    }
