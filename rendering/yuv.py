"""Pictures as yuv420p frames: conversion of whole ones, and of the tiles that changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import av
import numpy as np
from av.video.reformatter import ColorRange, Colorspace, VideoReformatter

from rendering.tiles import Damage, Tiles

BT709 = 1  # the number of primaries, transfer and matrix in H.264's tables
NEARLY_ALL = 0.75  # damage beyond this share of the tiles is converted as a whole frame
# Rows around a strip of tiles: swscale rounds a picture's last chroma row otherwise. What they hold
# does not matter (measured on noise).
MARGIN = 2
# swscale converts so many pixels at a time, and the rest of a row with other roundings.
BLOCK = 128
LONGEST = 4096  # pixels in a strip


class YuvFrames:
    """The newest picture as a yuv420p frame, kept up to date in a ring of `count` frames.

    `update` hands out the next frame of the ring, so a frame may be read until `count` - 1 more
    were handed out. Frames that lie behind are brought up to date by copying tiles.
    """

    def __init__(self, size: tuple[int, int], count: int) -> None:
        self._tiles = Tiles(*size)
        self._count = count
        self._ring: list[Any] = []
        self._behind: list[np.ndarray] = []  # which tiles of each frame are not the newest
        self._newest = -1
        self._strips: dict[int, tuple[np.ndarray, VideoReformatter]] = {}
        self._whole = VideoReformatter()

    def update(self, rgba: np.ndarray, damage: Sequence[Damage]) -> Any:
        """The next frame, which shows this picture; it differs from the last one in `damage`."""
        mask = self._tiles.touched(np.array(damage, float).reshape(-1, 4))
        if not self._ring or mask.mean() > NEARLY_ALL:
            mask[:] = True
        turn = (self._newest + 1) % self._count
        if mask.all() and rgba.shape[1] % BLOCK == 0:
            frame = to_yuv(rgba, self._whole)
            edge = self._tiles.none()
            edge[-1] = True
            self._convert(rgba, edge, [pixels(plane) for plane in frame.planes])
            self._ring[turn : turn + 1] = [frame]
            self._behind[turn : turn + 1] = [mask]
        else:
            if turn == len(self._ring):
                self._ring.append(_empty(self._tiles.size))
                self._behind.append(np.ones_like(mask))
            frame = self._ring[turn]
            planes = [pixels(plane) for plane in frame.planes]
            self._follow(planes, self._behind[turn] & ~mask)
            self._convert(rgba, mask, planes)
        for behind in self._behind:
            behind |= mask
        self._behind[turn] = self._tiles.none()
        self._newest = turn
        return frame

    def _follow(self, planes: list[np.ndarray], mask: np.ndarray) -> None:
        """Copy tiles from the newest frame."""
        newest = self._ring[self._newest].planes
        if mask.mean() > NEARLY_ALL:
            for target, plane in zip(planes, newest, strict=True):
                target[:] = pixels(plane)
        elif mask.any():
            for target, plane, step in zip(planes, newest, (1, 2, 2), strict=True):
                self._tiles.copy(mask, pixels(plane), target, step)

    def _convert(self, rgba: np.ndarray, mask: np.ndarray, planes: list[np.ndarray]) -> None:
        """Convert tiles, side by side in strips."""
        tiles = self._tiles
        rows, columns = np.nonzero(mask)
        source = tiles.cut(rgba.view(np.uint32)[..., 0]).transpose(1, 0, 2, 3)
        targets = [
            tiles.cut(plane, step).transpose(1, 0, 2, 3)
            for plane, step in zip(planes, (1, 2, 2), strict=True)
        ]
        most = max(1, LONGEST // tiles.width)
        for begin in range(0, len(rows), most):
            at = slice(None), rows[begin : begin + most], columns[begin : begin + most]
            width = len(at[1]) * tiles.width
            strip, reformatter = self._strip(width)
            strip[MARGIN:-MARGIN, :width] = source[at].reshape(tiles.height, width)
            bytes_of = strip.view(np.uint8).reshape(*strip.shape, 4)
            converted = to_yuv(bytes_of, reformatter).planes
            for target, plane, step in zip(targets, converted, (1, 2, 2), strict=True):
                part = pixels(plane)[MARGIN // step : -MARGIN // step, : width // step]
                target[at] = part.reshape(tiles.height // step, -1, tiles.width // step)

    def _strip(self, width: int) -> tuple[np.ndarray, VideoReformatter]:
        """A buffer for tiles side by side, at least so many pixels wide.

        Of few lengths, because swscale prepares itself for each anew, which costs more than a
        tile does.
        """
        blocks = -(-width // BLOCK)
        step = 1 << max(0, blocks.bit_length() - 3)
        length = -(-blocks // step) * step * BLOCK
        if length not in self._strips:
            shape = self._tiles.height + 2 * MARGIN, length
            self._strips[length] = np.zeros(shape, np.uint32), VideoReformatter()
        return self._strips[length]


def to_yuv(rgba: np.ndarray, reformatter: VideoReformatter | None = None) -> Any:
    """The picture as a yuv420p frame, BT.709, limited range.

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
