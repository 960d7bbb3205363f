"""The grid of benchmarks.vmobject_grid in ManimGL: in each cell a dot grows, a number counts up.

Run by benchmarks.others in the environment of requirements.txt: manimgl manimgl_grid.py Grid -w
The grid comes as JSON (GRID): centres and values of the cells, the size of one, seconds.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from manimlib import (
    ChangeDecimalToValue,
    Circle,
    DecimalNumber,
    GrowFromCenter,
    Scene,
)

GRID = json.loads(Path(os.environ["GRID"]).read_text())


class Grid(Scene):
    """All cells at once."""

    def construct(self) -> None:
        """Grow and count."""
        self.camera.fps = int(self.camera.fps)  # its own option --fps leaves it a text
        dots, numbers = [], []
        for (x, y), value in zip(GRID["centres"], GRID["values"], strict=True):
            radius = max(1e-3, 0.43 * GRID["cell"] * value**0.5)
            dot = Circle(radius=radius, fill_opacity=1, stroke_width=0).move_to((x, y, 0))
            number = DecimalNumber(0, num_decimal_places=2, font_size=18).move_to((x, y, 0))
            dots.append(GrowFromCenter(dot))
            numbers.append(ChangeDecimalToValue(number, value))
        # One kind after the other: it draws neighbours of one kind together, in 2 steps, not 220.
        self.play(*dots, *numbers, run_time=GRID["seconds"])
