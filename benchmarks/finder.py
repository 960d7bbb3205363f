"""How long the head finder takes: all heads of the default model, and the bundled sentences.

Run: python -m benchmarks.finder [--runs 5]

Each run is a fresh process, so that opening the model and reading its weights is counted too.
"""

from __future__ import annotations

import argparse
import sys

from benchmarks.cold_trace import ROOT, measure
from benchmarks.measure import Figure, say

SECONDS = 10.0  # the goal, for 270 heads and 40 sentences
SENTENCE = "a fluffy blue creature roamed the verdant forest"
COMMANDS = {
    "heads --query --keys": [SENTENCE, "--query", "creature", "--keys", "fluffy,blue"],
    "heads (roles)": [],
}


def main(arguments: list[str] | None = None) -> list[Figure]:
    """Measure, and print the figures beside their goals."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args(arguments)
    figures = []
    for name, words in COMMANDS.items():
        command = [sys.executable, str(ROOT / "render.py"), "heads", *words]
        measure(command)  # warms the page cache
        costs = [measure(command) for _ in range(options.runs)]
        walls = [cost.wall for cost in costs]
        print(f"{name}: {min(walls):.2f}-{max(walls):.2f} s of {options.runs} fresh processes")
        figures.append(Figure(f"{name}: wall", (*walls,), SECONDS, "s"))
        figures.append(Figure(f"{name}: CPU", tuple(c.cpu for c in costs), 20.0, "s"))
        figures.append(Figure(f"{name}: peak memory", tuple(c.peak for c in costs), 800.0, "MB"))
    say(figures, "== the head finder, 270 heads, 40 sentences")
    return figures


if __name__ == "__main__":
    main()
