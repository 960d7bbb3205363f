"""How fully a chapter is told: as a clip with its asides, or in brief within a story."""

from __future__ import annotations

from typing import Any

from manim import Scene


class Telling(Scene):
    """A scene that is told in full, unless it is told in brief.

    A story has many chapters and two and a half minutes: it is condensed, not hurried. In
    brief a chapter keeps its main beats and the time to read them; asides, second examples and
    repeated pauses are left to the clip.
    """

    brief = False

    def span(self, full: float, brief: float) -> float:
        """Seconds of a beat, told in full or in brief."""
        return brief if self.brief else full

    def linger(self, full: float, brief: float = 0.0) -> None:
        """A pause, shorter in brief; by default none: what comes next leaves the time to read."""
        if (seconds := self.span(full, brief)) > 0:
            self.wait(seconds)

    def aside(self, *moves: Any, **options: Any) -> None:
        """A play that is left out in brief."""
        if not self.brief:
            self.play(*moves, **options)

    def in_turn(self, *beats: list[Any] | float) -> None:
        """Plays one after the other, with pauses (seconds) between; in brief all at once."""
        at_once = [move for beat in beats if isinstance(beat, list) for move in beat]
        for beat in [at_once] if self.brief else beats:
            if not isinstance(beat, list):
                self.wait(beat)
            elif beat:
                self.play(*beat)
