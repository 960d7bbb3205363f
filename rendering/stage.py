"""The stage: the one module that starts Manim, and turns a chapter into a reel or a still."""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import cairo
import numpy as np
from manim import config

from attention_core.material import Material
from rendering.alpha import straight_alpha
from rendering.film import FilmRenderer
from rendering.reel import Reel, Size, segments_of
from scenes import story
from scenes.kit.camera import set_frame
from scenes.kit.chapter import Chapter
from scenes.look import Look
from scenes.picture import Picture
from scenes.registry import CHAPTERS

STILL_FPS = 30


def reel(slug: str, material: Material, look: Look, size: Size, fps: int) -> Reel:
    """A chapter as a clip, gone through once without drawing it."""
    renderer = renderer_for(size, fps)
    renderer.wanted = []
    scene_of(slug, material, look, renderer).construct()
    segments = segments_of(renderer.visited, fps, fps)
    return Reel((slug,), False, material, look, size, fps, fps, segments)


def play(reel: Reel, renderer: FilmRenderer, first: int = 0) -> None:
    """Play a reel to the end with this renderer, from its chapter `first` (counted from 0) on.

    That chapter lacks what the one before leaves to it; those after it are as in the whole film.
    """
    if reel.is_story:
        renderer.num_plays = reel.begins[first]
        what = (reel.chapters[first:], reel.material, reel.look)
        story.play(*what, renderer, lambda: renderer.time)
    else:
        scene_of(reel.chapters[0], reel.material, reel.look, renderer).construct()


def still(
    slug: str, material: Material, look: Look, size: Size, figure: str | None = None
) -> tuple[np.ndarray, Picture]:
    """The chapter's picture as RGBA uint8 (h, w, 4) with straight alpha, and its description."""
    scene, picture = _drawn(slug, material, look, size, figure)
    return pixels_of(scene), picture


def describe(
    slug: str, material: Material, look: Look, size: Size, figure: str | None = None
) -> Picture:
    """What the chapter's picture shows and says, without painting it."""
    return _drawn(slug, material, look, size, figure)[1]


def still_vector(
    slug: str,
    material: Material,
    look: Look,
    size: Size,
    path: Path,
    kind: Literal["svg", "pdf"],
    figure: str | None = None,
) -> Picture:
    """Write the chapter's picture as vectors: text as outlines, nothing embedded."""
    scene, picture = _drawn(slug, material, look, size, figure)
    write_vector(scene, size, path, kind)
    return picture


def pixels_of(scene: Any) -> np.ndarray:
    """A finished scene as RGBA uint8 (h, w, 4) with straight alpha."""
    scene.camera.reset()
    scene.camera.capture_mobjects(scene.mobjects)
    return straight_alpha(scene.camera.pixel_array)


def write_vector(scene: Any, size: Size, path: Path, kind: Literal["svg", "pdf"]) -> None:
    """Write a finished scene as vectors."""
    surface: Any
    if kind == "svg":
        surface = cairo.SVGSurface(str(path), *size)
        surface.set_document_unit(cairo.SVGUnit.PX)
    else:
        # Half a point a pixel: a 1920-pixel picture is 13.3 inches wide on paper.
        surface = cairo.PDFSurface(str(path), size[0] / 2, size[1] / 2)
        surface.set_device_scale(0.5, 0.5)
        # The time of day would make equal pictures different files.
        surface.set_metadata(cairo.PDFMetadata.CREATE_DATE, "2000-01-01T00:00:00Z")
    scene.camera.paint_surface(scene.mobjects, surface)
    surface.finish()
    if kind == "svg":
        # Cairo counts its surfaces into the file; without that, equal pictures are equal files.
        path.write_bytes(re.sub(rb'id="surface\d+"', b'id="picture"', path.read_bytes()))


def moments(
    slug: str,
    material: Material,
    look: Look,
    size: Size,
    shares: Sequence[float] = (0.3, 0.65, 0.97),
) -> list[np.ndarray]:
    """Single frames of the clip, at these shares of its length, without drawing the others."""
    total = reel(slug, material, look, size, STILL_FPS).seconds
    renderer = renderer_for(size, STILL_FPS)
    renderer.wanted = [share * total for share in shares]
    scene_of(slug, material, look, renderer).construct()
    return [straight_alpha(image) for image in renderer.taken]


def renderer_for(size: Size, fps: float, units: float = 8.0) -> FilmRenderer:
    """A renderer of films of this size, on a Manim that writes nothing and says nothing."""
    logging.getLogger("manim").setLevel(logging.ERROR)
    config.dry_run = True  # Manim's own files are not wanted
    config.progress_bar = "none"
    set_frame(*size, fps, units)
    return FilmRenderer()


def scene_of(
    slug: str, material: Material, look: Look, renderer: FilmRenderer, **options: Any
) -> Chapter:
    """A chapter as a Manim scene that this renderer shows: its `construct` plays it."""
    chapter: type[Chapter] = CHAPTERS[slug].load()
    return chapter(material, look, renderer=renderer, **options)


def _drawn(
    slug: str, material: Material, look: Look, size: Size, figure: str | None
) -> tuple[Chapter, Picture]:
    chosen = CHAPTERS[slug].figure(figure)
    renderer = renderer_for(size, STILL_FPS, chosen.units(material.trace.n))
    scene = scene_of(slug, material, look, renderer, still=True)
    return scene, scene.draw(chosen.name)
