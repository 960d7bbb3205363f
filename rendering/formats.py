"""The formats and qualities that can be asked for, and what each one means."""

from __future__ import annotations

from typing import NamedTuple


class Format(NamedTuple):
    """A kind of file: what it is for, and whether it can be see-through."""

    kind: str  # "clip" or "still"
    transparent: bool
    about: str
    ending: str = ""  # of the file's name, where it is not the format's


class Quality(NamedTuple):
    """A clip's size and frame rate; a still takes the width."""

    width: int
    height: int
    fps: int


FORMATS = {
    "mp4": Format("clip", False, "H.264, yuv420p, plays everywhere"),
    "webm": Format("clip", True, "VP9, smaller, and see-through if asked for"),
    "mov": Format("clip", True, "ProRes 4444, for editors, and see-through if asked for"),
    "gif": Format("clip", False, "looped, one palette, no dither"),
    "webp": Format("clip", True, "animated, looped, without a player"),
    "poster": Format("clip", True, "the last frame, for where a clip does not play", "poster.png"),
    "png": Format("still", True, "pixels"),
    "svg": Format("still", True, "vectors"),
    "pdf": Format("still", True, "vectors"),
}
QUALITIES = {
    "draft": Quality(854, 480, 15),
    "720p30": Quality(1280, 720, 30),
    "1080p60": Quality(1920, 1080, 60),
    "4k60": Quality(3840, 2160, 60),
}
EVEN = ("mp4", "webm")  # formats that need an even width and height
CAPTIONED = ("mp4", "webm")  # formats that a player shows a .vtt file with
CLIP_QUALITY = "720p30"
STILL_QUALITY = "1080p60"
SMALLEST, LARGEST = 64, 7680  # pixels of a side


def formats_of(kind: str) -> tuple[str, ...]:
    """The names of the formats for clips, or for stills."""
    return tuple(name for name, one in FORMATS.items() if one.kind == kind)


def ending(format: str) -> str:
    """What the names of files of this format end in."""
    return FORMATS[format].ending or format


def transparent_formats() -> tuple[str, ...]:
    """The names of the formats that can be see-through."""
    return tuple(name for name, one in FORMATS.items() if one.transparent)
