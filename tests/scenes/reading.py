"""Reads what a scene shows: the numbers of all type that is visible, at the end of each play."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from attention_core import Material
from rendering import stage
from scenes.kit import typeset
from scenes.kit.bars import Bars
from scenes.kit.dial import Dial
from scenes.kit.entries import Entries
from scenes.kit.label import Arrow, Frame, Label
from scenes.kit.outline import Ink, Outline
from scenes.kit.painted import Painted
from scenes.kit.pieces import Pieces
from scenes.kit.strip import Strip
from scenes.kit.vectors import Segments
from scenes.look import Look
from scenes.registry import CHAPTERS

SEEN = 0.05


def shape(outline: Outline) -> bytes:
    """What tells an outline from others, wherever it was moved to."""
    curves = outline.curves
    return np.round(curves - curves[0, 0], 4).tobytes() if len(curves) else b""


class Reader:
    """Remembers each number, formula and text with digits that is set, and finds it again."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.known: dict[bytes, str] = {}
        for name in ("number", "math", "text"):
            patch.setattr(typeset, name, self._remembering(name, getattr(typeset, name)))

    def _remembering(self, name: str, original: Callable[..., Outline]) -> Callable[..., Outline]:
        def recorded(source: str, *options: Any) -> Outline:
            outline = original(source, *options)
            if name != "text" or any(character.isdigit() for character in source):
                self.known[shape(outline)] = source
            return outline

        return recorded

    def of(self, ink: Ink) -> list[str]:
        """The numbers, formulas and texts with digits in a piece of ink, from left to right."""
        found = [self.known.get(shape(outline)) for outline, _ in ink.parts]
        return [text for text in found if text]

    def on(self, scene: Any) -> list[str]:
        """All numbers and formulas that can be seen."""
        return [text for ink in visible(scene) for text in self.of(ink)]


def visible(scene: Any) -> Iterator[Ink]:
    """The ink of labels, strips and entries that can be seen."""
    for mobject in scene.mobjects:
        if isinstance(mobject, Label) and mobject.opacity > SEEN:
            yield mobject.ink
        elif isinstance(mobject, Pieces):
            yield from mobject.inks
        elif isinstance(mobject, Strip | Entries):
            shown = mobject.arrays["shown"] * mobject.opacity
            for ink, seen in zip(mobject.inks, shown, strict=True):
                if ink is not None and seen > SEEN:
                    yield ink


def kinds_that_are_read(scene: Any) -> bool:
    """Whether nothing on the scene could show a number that is not read here."""
    known = (Label, Strip, Entries, Bars, Dial, Arrow, Frame, Pieces, Segments)
    return all(isinstance(m, known) for m in scene.mobjects if isinstance(m, Painted))


def played(
    slug: str, material: Material, look: Look, see: Callable[[Any], None]
) -> tuple[Any, float]:
    """Go through a clip and look at the scene at the end of each play; its scene and length."""
    renderer = stage.renderer_for((1280, 720), 10)
    renderer.wanted = []
    visit = renderer._visit

    def visited(scene: Any) -> None:
        visit(scene)
        see(scene)

    renderer._visit = visited  # type: ignore[method-assign]
    scene = stage.scene_of(slug, material, look, renderer)
    scene.construct()
    return scene, renderer.time


def drawn(slug: str, material: Material, look: Look) -> tuple[Any, Any]:
    """The scene of a chapter's first still, and its description."""
    size = CHAPTERS[slug].figures[0].size(material.trace.n)
    return stage._drawn(slug, material, look, size, None)
