"""How soon the first picture is there: fresh processes, files in the page cache.

Run: python -m benchmarks.first_picture [--runs 5]
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

from benchmarks.measure import Figure
from benchmarks.video import ROOT, timed

# What is called, and the goal in seconds.
CALLS = {
    "--help": (("--help",), 0.3),
    "still, default sentence": (("still", "softmax", "--force", "--out"), 2.0),
    "sheet of all chapters": (("sheet", "--force", "--out"), 20.0),
}
IMPORTED = """
import sys
from rendering.cli import run
sys.argv = ["render.py", "trace"]
assert run() == 0
print(sorted({name.partition(".")[0] for name in sys.modules} & {"manim", "av", "PIL", "cairo"}))
"""


def main(arguments: list[str] | None = None) -> list[Figure]:
    """Print the table and return the figures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args(arguments)
    figures = []
    print(f"wall seconds of fresh processes, median of {options.runs} (worst), and CPU seconds")
    for name, (call, goal) in CALLS.items():
        with tempfile.TemporaryDirectory() as folder:
            out = (str(Path(folder) / "a.png"),) if call[-1] == "--out" else ()
            timed(*call, *out)  # the page cache is warm then
            runs = [timed(*call, *out) for _ in range(options.runs)]
        walls = [run.wall for run in runs]
        cpu = median(run.cpu for run in runs)
        print(f"{name:26}{median(walls):6.2f} ({max(walls):.2f}){cpu:7.2f}   goal {goal:g}")
        figures.append(Figure(f"first picture: {name}", (*walls,), goal, "s", of="5", brief=True))
    done = subprocess.run(
        [sys.executable, "-c", IMPORTED], cwd=ROOT, capture_output=True, text=True, check=True
    )
    print(f"trace imports of what draws and encodes: {done.stdout.splitlines()[-1]}")
    return figures


if __name__ == "__main__":
    main()
