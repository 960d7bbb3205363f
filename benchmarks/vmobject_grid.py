"""One painted mobject against one VMobject per cell: the same grid of dots and counting numbers.

Run: python -m benchmarks.vmobject_grid [--pairs 3] [--frames 20]

The weights of the default sentence at 1080p60: in each cell a dot grows while its number counts up.
Once as plain Manim has it (a Circle and a DecimalNumber a cell, the number made of Text, since the
default needs LaTeX), once with this project's mobjects. Both go through the same renderer and
encoder, which flatters plain Manim, and are counted from the second frame on, without set-up.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from manim import ChangeDecimalToValue, Circle, DecimalNumber, GrowFromCenter, Text, config

from attention_core.rounding import format_weight
from benchmarks.measure import Cost, Figure, Marked, alternating, used
from rendering.codecs import H264
from rendering.encode import VideoSink
from rendering.film import FilmRenderer
from scenes.kit import typeset
from scenes.kit.animate import Stagger
from scenes.kit.camera import set_frame
from scenes.kit.cells import Dots, Numbers
from scenes.kit.chapter import Chapter
from scenes.kit.fill import at_cells
from scenes.kit.grid import Grid
from scenes.kit.outline import Ink
from scenes.kit.painter import Painter
from scenes.kit.view import Placement

SIZE, FPS = (1920, 1080), 60
GOAL = 15.0


class Counting(Numbers):
    """Numbers that show their array `value`, whatever it is at this moment."""

    def __init__(self, board: Any, values: np.ndarray, em: float, colour: Any) -> None:
        inks: list[Ink | None] = [None] * board.count
        super().__init__(board, inks, em, [colour] * board.count, np.ones(board.count))
        self.arrays["value"] = values

    def paint(self, painter: Painter, at: Placement) -> None:
        """Set each number anew; its outline is kept by its digits."""
        values = self.arrays["value"].tolist()
        self.inks = [Ink.plain(typeset.number(format_weight(value))) for value in values]
        self.anchors = np.array([(ink.advance / 2, 0.333) for ink in self.inks if ink])
        super().paint(painter, at)


class Beat(Chapter):
    """The grid's rules and words, and the values that all cells grow to."""

    slug = "softmax"

    def values(self, grid: Grid) -> np.ndarray:
        """Each cell's weight, before the mask, so that every cell moves."""
        return at_cells(grid.board, self.trace.unmasked_weights)

    def painted(self, seconds: float) -> Callable[[], None]:
        """This project's way."""
        grid = Grid(self)
        board, values = grid.board, self.values(grid)
        self.add(*grid.frame)
        dots = Dots(board, values * 0, self.theme)
        numbers = Counting(board, values * 0, 0.26, self.theme.text)
        return lambda: self.play(
            Stagger(dots, introducer=True, value=values),
            Stagger(numbers, introducer=True, value=values),
            run_time=seconds,
        )

    def plain(self, seconds: float) -> Callable[[], None]:
        """Plain Manim's way."""
        grid = Grid(self)
        board, values = grid.board, self.values(grid)
        self.add(*grid.frame)
        animations = []
        for (x, y), value in zip(board.centres.tolist(), values.tolist(), strict=True):
            radius = max(1e-3, 0.43 * min(board.cell) * value**0.5)
            dot = Circle(radius, fill_opacity=1, stroke_width=0).move_to((x, y, 0))
            number = DecimalNumber(0, 2, mob_class=Text, font_size=18).move_to((x, y, 0))
            animations += [GrowFromCenter(dot), ChangeDecimalToValue(number, value)]
        return lambda: self.play(*animations, run_time=seconds)


def cost(way: str, frames: int, path: Path) -> tuple[Cost, int]:
    """The cost a frame of one way, and how many cells there are."""
    config.dry_run, config.progress_bar = True, "none"
    set_frame(*SIZE, FPS)
    sink = Marked(VideoSink(path, H264, SIZE, FPS))
    renderer = FilmRenderer()
    renderer.sinks = [sink]
    scene = Beat(renderer=renderer)
    play = getattr(scene, way)(frames / FPS)
    play()
    sink.finish()
    assert sink.first is not None
    total = used() - sink.first
    counted = renderer.frames - 1
    return Cost(total.cpu / counted, total.wall / counted), Grid(scene).board.count


def main(arguments: list[str] | None = None) -> list[Figure]:
    """Print the table and return the figure that has a goal."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--frames", type=int, default=20)
    options = parser.parse_args(arguments)
    ways = ("painted", "plain")
    costs: dict[str, list[Cost]] = {way: [] for way in ways}
    cells = 0
    with tempfile.TemporaryDirectory() as folder:
        cost("painted", 2, Path(folder) / "clip.mp4")  # typesets the digits once, uncounted
        for pair in range(options.pairs):
            for way in alternating(pair, ways):
                got, cells = cost(way, options.frames, Path(folder) / "clip.mp4")
                costs[way].append(got)
    ratios = [b.cpu / a.cpu for a, b in zip(costs["painted"], costs["plain"], strict=True)]
    print(f"{cells} dots growing and {cells} numbers counting, 1080p60, ms a frame of CPU (wall)")
    for way, name in zip(ways, ("painted mobjects", "a VMobject per cell"), strict=True):
        cpu, wall = (1000 * median(c[side] for c in costs[way]) for side in (0, 1))
        print(f"{name:22}{cpu:9.1f} ({wall:.1f})")
    print(f"ratio: {median(ratios):.1f} (worst pair {min(ratios):.1f}, goal at least {GOAL:g})")
    name = "the same grid in plain Manim / painted, CPU"
    return [Figure(name, (*ratios,), GOAL, "x", at_least=True, of="6", brief=True)]


if __name__ == "__main__":
    main()
