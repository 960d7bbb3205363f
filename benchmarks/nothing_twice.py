"""How long it takes to see that nothing is to be done: the post's stills, all of them current.

Run: python -m benchmarks.nothing_twice [--runs 5]
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from benchmarks.measure import Figure
from benchmarks.video import timed

GOAL = 1.0  # second


def main(arguments: list[str] | None = None) -> list[Figure]:
    """Make the figures once, look at them some times, and return what that takes."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        made = timed("figures", "--out", folder).wall
        files = sum(
            1 for path in Path(folder).rglob("*") if path.suffix in (".png", ".svg", ".pdf")
        )
        walls = [timed("figures", "--check", "--out", folder).wall for _ in range(options.runs)]
    print(
        f"{files} files made in {made:.1f} s, looked at in {min(walls):.2f} to {max(walls):.2f} s"
    )
    return [Figure("unchanged figures, seen to be so", (*walls,), GOAL, "s", of="4", brief=True)]


if __name__ == "__main__":
    main()
