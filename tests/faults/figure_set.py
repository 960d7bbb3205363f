"""A set of two figures, each with a film and a GIF, small enough to be made again and again."""

from __future__ import annotations

from pathlib import Path

MANIFEST = """
[defaults]
theme = "{theme}"
width = {width}
clip_size = [320, 180]
clips = ["mp4", "gif"]

[[figure]]
path = "a/mask.png"
chapter = "mask"

[[figure]]
path = "a/scale.png"
chapter = "scale"
"""
COMMAND = ("figures", "--clips", "--manifest")  # then the manifest


def write(path: Path, theme: str = "dark", width: int = 320) -> None:
    """Write the manifest."""
    path.write_text(MANIFEST.format(theme=theme, width=width))
