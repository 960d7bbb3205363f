"""Frames to files: the sink that a film is poured into, and the H.264 one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from queue import Queue
from threading import Thread
from typing import Any, Protocol

import av
import numpy as np
from av.video.reformatter import ColorRange, Colorspace, VideoReformatter

from rendering.gif import GifSink

__all__ = ["X264", "X264_THREADS", "Damage", "FrameSink", "GifSink", "Mp4Sink", "to_yuv"]

Damage = tuple[int, int, int, int]  # pixels: x0, y0, x1, y1

# Measured by benchmarks/encoder_choice.py, 1080p; CPU ms a frame | kB | SSIM and PSNR of the parts
# that show something, on 4 s of made-up frames like ours at 60 and on `softmax` (14 s) at 30:
#   medium crf 23, Manim's own    25.4 |  532 | .9928 39.4      32.0 | 2375 | .9947 40.7
#   veryfast crf 23               13.8 |  443 | .9844 36.6      14.9 | 2238 | .9904 38.3
#   veryfast crf 20               13.7 |  588 | .9908 39.1      15.9 | 3098 | .9943 40.8
#   these                          8.2 |  779 | .9923 40.1       9.0 | 3365 | .9938 41.0
#   superfast crf 23               8.9 | 1016 | .9933 41.5       9.4 | 4357 | .9948 42.7
#   ultrafast crf 23               5.4 | 3007 | .9956 45.9       5.6 | 9673 | .9956 46.1
# So: Manim's fidelity for a third of its time, half as large again. Sharp shapes on black gain
# nothing from a search wider than a diamond or finer than the first sub-pixel step.
# Without mbtree, because x264's fast code for it reads memory that was never written, where the
# width is not a multiple of 128: the same frames then give other bytes from run to run, with the
# presets medium and veryfast too (tests poison the memory to see it). It would save a tenth to a
# fifth of the size.
X264 = {
    "preset": "veryfast",
    "crf": "25",
    "x264-params": "me=dia:subme=1:b-adapt=0:mbtree=0:rc-lookahead=0",
}
# One, so that the bytes do not depend on the machine. The encoder runs beside the painter, in a
# thread of its own: measured, painting, converting and encoding full frames takes 10.7 ms each on
# two cores, against 14.8 in one thread with two of x264's, for 5 % less CPU time.
X264_THREADS = 1

QUEUE = 4  # frames that may wait for the encoder
MARGIN = 2  # rows that are converted around a part: swscale treats a picture's edge rows otherwise
BT709 = 1  # the number of primaries, transfer and matrix in H.264's tables
NEARLY_ALL = 0.9  # damage beyond this share is converted as a whole frame


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
    """H.264 in MP4: yuv420p, BT.709, constant frame rate, the index in front (faststart)."""

    def __init__(self, path: Path, size: tuple[int, int], fps: int) -> None:
        width, height = size
        if width % 2 or height % 2:
            raise ValueError(f"H.264 in 4:2:0 needs an even size, not {width}x{height}")
        self._size = size
        self._tick = Fraction(1, fps)
        # One a size: swscale prepares itself for a size anew, which costs more than a tile does.
        self._reformatters: dict[tuple[int, ...], VideoReformatter] = defaultdict(VideoReformatter)
        self._frame: Any = None  # the newest; never written to again once it is queued
        self._failure: BaseException | None = None
        self._closed = False
        self._container: Any = av.open(
            str(path), "w", format="mp4", options={"movflags": "faststart"}
        )
        self._stream: Any = self._container.add_stream("libx264", rate=fps, options=X264)
        context = self._stream.codec_context
        context.width, context.height, context.pix_fmt = width, height, "yuv420p"
        context.thread_count = X264_THREADS
        context.color_range = ColorRange.MPEG
        context.colorspace = context.color_primaries = context.color_trc = BT709
        self._queue: Queue[tuple[Any, int] | None] = Queue(QUEUE)
        self._thread = Thread(target=self._encode_all, name="x264", daemon=True)
        self._thread.start()

    def write(self, rgba: np.ndarray, damage: Sequence[Damage], repeat: int = 1) -> None:
        """Convert what changed, and queue the frame."""
        if self._failure:
            raise self._failure
        if self._frame is None:
            damage = [(0, 0, *self._size)]
        if damage:
            self._frame = self._updated(rgba, damage)
        self._queue.put((self._frame, repeat))

    def write_yuv(self, frame: Any, repeat: int = 1) -> None:
        """Queue a frame that is yuv420p already; it must not be changed afterwards."""
        if self._failure:
            raise self._failure
        self._frame = frame
        self._queue.put((frame, repeat))

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

    def _updated(self, rgba: np.ndarray, damage: Sequence[Damage]) -> Any:
        """The newest frame with the damaged parts converted anew: a new one, the old may wait."""
        width, height = self._size
        area = sum((x1 - x0) * (y1 - y0) for x0, y0, x1, y1 in damage)
        if self._frame is None or area > NEARLY_ALL * width * height:
            return to_yuv(rgba, self._reformatters[rgba.shape])
        frame: Any = av.VideoFrame(width, height, "yuv420p")
        frame.colorspace, frame.color_range = BT709, ColorRange.MPEG
        targets = [_pixels(plane) for plane in frame.planes]
        for target, old in zip(targets, self._frame.planes, strict=True):
            target[:] = _pixels(old)
        for rectangle in damage:
            self._convert(rgba, rectangle, targets)
        return frame

    def _convert(self, rgba: np.ndarray, rectangle: Damage, targets: list[np.ndarray]) -> None:
        """Convert one rectangle (made even) into the planes."""
        width, height = self._size
        x0, y0 = (max(side, 0) // 2 * 2 for side in rectangle[:2])
        x1, y1 = (
            min(-(-side // 2) * 2, limit)
            for side, limit in zip(rectangle[2:], self._size, strict=True)
        )
        if x0 >= x1 or y0 >= y1:
            return
        above, below = min(MARGIN, y0), min(MARGIN, height - y1)
        source = rgba[y0 - above : y1 + below, x0:x1]
        part = to_yuv(source, self._reformatters[source.shape])
        for target, new in zip(targets, part.planes, strict=True):
            step = width // target.shape[1]  # 1 for luma, 2 for chroma
            rows = slice(above // step, (above + y1 - y0) // step)
            target[y0 // step : y1 // step, x0 // step : x1 // step] = _pixels(new)[rows]

    def _encode_all(self) -> None:
        """The encoder's thread. After a failure it goes on emptying the queue: nobody hangs."""
        position = 0
        while (job := self._queue.get()) is not None:
            frame, repeat = job
            for _ in range(repeat):
                if self._failure:
                    break
                try:
                    frame.pts, frame.time_base = position, self._tick
                    self._container.mux(self._stream.encode(frame))
                    position += 1
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


def to_yuv(rgba: np.ndarray, reformatter: VideoReformatter | None = None) -> Any:
    """The picture (rows may be strided) as a yuv420p frame, BT.709, limited range.

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


def _pixels(plane: Any) -> np.ndarray:
    """A view on a plane's pixels, without the padding of its rows."""
    rows = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)
    return rows[: plane.height, : plane.width]
