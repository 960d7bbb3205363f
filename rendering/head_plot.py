"""Draws the map of a model's heads into a file, with its numbers beside it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from attention_core.finder import Roles, Search
from rendering.formats import QUALITIES, STILL_QUALITY
from rendering.head_tables import named
from rendering.outputs import whole, write_sidecar
from rendering.report import SCHEMA, versions
from scenes.look import Look


def draw(path: Path, found: Search | Roles, look: Look) -> None:
    """Draw the map of a search, or those of the roles, in the format that the name asks for."""
    quality = QUALITIES[STILL_QUALITY]
    size = quality.width, quality.height
    with whole(path) as unfinished:
        from rendering import stage
        from rendering.png import write_png
        from scenes.head_map import HeadMap

        scene = HeadMap(found, look, renderer=stage.renderer_for(size, stage.STILL_FPS))
        alt, cells = scene.draw()
        kind: Any = path.suffix[1:].lower()
        if kind == "png":
            write_png(unfinished, stage.pixels_of(scene))
        else:
            stage.write_vector(scene, size, unfinished, kind)
    content = {
        "schema": SCHEMA,
        "figure": "head-map",
        "model": named(found.model),
        **({"sentence": found.sentence} if isinstance(found, Search) else {}),
        "size": list(size),
        "cells": cells,
        "alt": alt,
        "versions": versions(),
    }
    write_sidecar(path, content)
