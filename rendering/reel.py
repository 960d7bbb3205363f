"""A reel: all that a film is played from, and where it is cut into segments."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import NamedTuple

from attention_core.material import Material
from rendering.film import Play
from scenes.look import Look

Size = tuple[int, int]
# Of a segment, at least, but for a chapter that is shorter: each begins with a key frame, which
# costs as many bytes as half a second of motion; shorter ones would keep more processes busy.
SECONDS = 4.0


class Segment(NamedTuple):
    """A run of whole plays, and of the film's frames, that is encoded by itself."""

    plays: range
    frames: range


def segments_of(
    plays: Sequence[Play], rate: float, fps: int, begins: Sequence[int] = (0,)
) -> tuple[Segment, ...]:
    """Where a film of these plays is cut: between chapters, and within them.

    `rate` is the frames of one of Manim's seconds; `begins` the first play of each chapter.
    """
    ends = [0, *accumulate(play.frames(rate) for play in plays)]
    least = round(SECONDS * fps)
    cuts: list[int] = []
    for begin, stop in pairwise((*begins, len(plays))):
        cuts.append(begin)
        for number in range(begin, stop):
            enough = ends[number] - ends[cuts[-1]] >= least
            if enough and ends[stop] - ends[number] >= least:  # what is left is long enough, too
                cuts.append(number)
    cuts.append(len(plays))
    return tuple(
        Segment(range(*pair), range(ends[pair[0]], ends[pair[1]])) for pair in pairwise(cuts)
    )


@dataclass(frozen=True)
class Reel:
    """A film: its chapters, its numbers, its form, and where it is cut.

    `rate` is how many frames one of Manim's seconds has: more than `fps` where it is slowed down,
    fewer where it is hurried.
    """

    chapters: tuple[str, ...]
    is_story: bool  # with titles, and words carried over
    material: Material
    look: Look
    size: Size
    fps: int
    rate: float
    segments: tuple[Segment, ...]
    begins: tuple[int, ...] = (0,)  # the first play of each chapter

    def chapter_of(self, number: int) -> int:
        """Which of the chapters a segment lies in, counted from 0."""
        return bisect_right(self.begins, self.segments[number].plays.start) - 1

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return self.segments[-1].frames.stop / self.fps
