"""Frames to video files: in segments that begin afresh, which any process may encode."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal, NamedTuple, Protocol

import av
import numpy as np
from av.packet import PacketSideData, packet_sidedata_type_from_literal

from rendering.codecs import Codec
from rendering.film_file import FilmFile
from rendering.tiles import Damage

Marks = Sequence[tuple[float, float, str]]  # chapter marks: begin and end in seconds, and a title


# Frames that are painted before they are encoded, at most, and bytes of what changes in them. What
# rendering adds to encoding softmax at 1080p60 took 3.7 s of CPU with 8 frames, 3.4 with 24, and no
# less with 48 or 96; where each is encoded at once, painting and converting take a seventh more
# than with 8.
HELD, ROOM = 48, 48 * 10**6
# What libav calls the side data of a packet that it is in.
ALPHA: Literal["matroska_block_additional"] = "matroska_block_additional"


class FrameSink(Protocol):
    """Takes a film frame by frame."""

    def write(self, rgba: np.ndarray, damage: Sequence[Damage], repeat: int = 1) -> None:
        """Add `repeat` equal frames.

        rgba: (h, w, 4) uint8, premultiplied, C-contiguous; the caller reuses it afterwards.
        damage: outside of these rectangles the frame equals the one before.
        """

    def cut(self) -> None:
        """A new segment of the film begins."""

    def finish(self) -> None:
        """Complete the file. Raises what went wrong in encoding, if anything did."""

    def abort(self) -> None:
        """Stop, and let go of the file, which is not whole."""


class Packet(NamedTuple):
    """An encoded packet as bytes, which can go from process to process; times are in frames."""

    data: bytes
    pts: int
    dts: int
    key: bool
    alpha: bytes  # of a frame of VP9, which has it encoded beside the colours


class Encoder:
    """One segment's frames through an encoder of its own, in the caller's thread.

    Beside the painter in a thread of its own, it would cost more: the two would take turns at
    Python's lock, and hand each picture from one core's cache to the other's. And painter and
    encoder fill the core's caches with their own: some frames are painted before they are encoded.
    """

    def __init__(self, codec: Codec, size: tuple[int, int], fps: int, first: int = 0) -> None:
        codec.check(size)
        self._kind = codec.pix_fmt, size
        spare = _spare.pop(self._kind, None)
        self._picture = codec.picture(size, ROOM) if spare is None else spare
        self._context = codec.context(size, fps)
        self._tick = Fraction(1, fps)
        self._next = first  # frame of the film
        self._held: list[tuple[Any, int]] = []  # patches to encode, and their repeats

    def write(self, rgba: np.ndarray, damage: Sequence[Damage], repeat: int = 1) -> list[Any]:
        """Take `repeat` equal frames; the packets that are ready."""
        if self._held and not damage:
            patch, before = self._held[-1]
            self._held[-1] = patch, before + repeat
            return []
        self._held.append((self._picture.keep(rgba, damage), repeat))
        return self._encode_held() if len(self._held) == HELD or self._picture.full else []

    def _encode_held(self) -> list[Any]:
        ready = []
        for patch, repeat in self._held:
            ready += self.put(self._picture.shown(patch), repeat)
        self._held.clear()
        self._picture.clear()
        return ready

    def put(self, frame: Any, repeat: int = 1) -> list[Any]:
        """The same for a frame in the encoder's own format."""
        ready = []
        for position in range(self._next, self._next + repeat):
            frame.pts, frame.time_base = position, self._tick
            ready += self._context.encode(frame)
        self._next += repeat
        return ready

    def end(self) -> list[Any]:
        """The packets that were held back. Nothing is encoded after them."""
        packets = [*self._encode_held(), *self._context.encode(None)]
        self._picture.forget()
        _spare.clear()  # at most one is held
        _spare[self._kind] = self._picture
        return packets


# By kind and size the picture of the last encoder to end, for the next segment's: it has some
# 50 MB, and where memory is new its every page costs more than what is drawn on it.
_spare: dict[tuple[str, tuple[int, int]], Any] = {}


class SegmentSink:
    """A sink for one segment, anywhere: its packets as bytes."""

    def __init__(self, codec: Codec, size: tuple[int, int], fps: int, first: int) -> None:
        self._encoder = Encoder(codec, size, fps, first)
        self._packets: list[Any] = []

    def write(self, rgba: np.ndarray, damage: Sequence[Damage], repeat: int = 1) -> None:
        """Encode the frames."""
        self._packets += self._encoder.write(rgba, damage, repeat)

    def result(self) -> list[Packet]:
        """All packets of the segment."""
        return [packed(packet) for packet in self._packets + self._encoder.end()]


class VideoSink(FilmFile):
    """A video file, written segment by segment as the frames come."""

    def __init__(
        self, path: Path, codec: Codec, size: tuple[int, int], fps: int, marks: Marks = ()
    ) -> None:
        self._make = lambda first: Encoder(codec, size, fps, first)
        self._encoder = self._make(0)
        self._count = self._first = 0  # frames, and those before this segment
        super().__init__(_opened(path, codec, marks))
        self._stream = codec.stream(self.container, size, fps)

    def write(self, rgba: np.ndarray, damage: Sequence[Damage], repeat: int = 1) -> None:
        """Convert what changed, and encode the frames."""
        self._mux(self._encoder.write(rgba, damage, repeat))
        self._count += repeat

    def cut(self) -> None:
        """End the segment; the next one depends on no frame of it."""
        if self._count > self._first:
            self._mux(self._encoder.end())
            self._encoder, self._first = self._make(self._count), self._count

    def flush(self) -> None:
        """Write what was held back."""
        self._mux(self._encoder.end())

    def _mux(self, packets: Iterable[Any]) -> None:
        for packet in packets:
            packet.stream = self._stream
            self.container.mux(packet)


def join(
    path: Path,
    codec: Codec,
    size: tuple[int, int],
    fps: int,
    segments: Iterable[Sequence[Packet]],
    marks: Marks = (),
) -> None:
    """Write a video file of segments that were encoded elsewhere: the bytes of a VideoSink."""
    with _closing(_opened(path, codec, marks)) as container:
        stream = codec.stream(container, size, fps)
        for segment in segments:
            for packet in segment:
                container.mux(_unpacked(packet, stream, Fraction(1, fps)))


def packed(packet: Any) -> Packet:
    """A packet that can go to another process."""
    alpha = bytes(packet.get_sidedata(ALPHA)) if packet.has_sidedata(ALPHA) else b""
    return Packet(bytes(packet), packet.pts, packet.dts, packet.is_keyframe, alpha)


def _unpacked(given: Packet, stream: Any, tick: Fraction) -> Any:
    packet: Any = av.Packet(given.data)
    packet.stream, packet.time_base = stream, tick
    packet.pts, packet.dts, packet.is_keyframe = given.pts, given.dts, given.key
    if given.alpha:
        kind = packet_sidedata_type_from_literal(ALPHA)
        side: Any = PacketSideData(kind, len(given.alpha))  # type: ignore[call-arg]
        side.update(given.alpha)
        packet.set_sidedata(side)
    return packet


def _opened(path: Path, codec: Codec, marks: Marks) -> Any:
    container: Any = av.open(
        str(path), "w", format=codec.container, options=dict(codec.container_options)
    )
    if marks:
        container.set_chapters([_chapter(n, *mark) for n, mark in enumerate(marks)])
    return container


@contextmanager
def _closing(container: Any) -> Iterator[Any]:
    try:
        yield container
    except BaseException:
        with suppress(Exception):  # what went wrong first is what is told
            container.close()
        raise
    container.close()


def _chapter(number: int, begin: float, end: float, title: str) -> Any:
    """A chapter mark as PyAV takes it."""
    return {
        "id": number,
        "start": round(begin * 1000),
        "end": round(end * 1000),
        "time_base": Fraction(1, 1000),
        "metadata": {"title": title},
    }
