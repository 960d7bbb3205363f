"""llmanim's own demo of attention scores, at 480p15 as its documentation runs it: ms a frame.

Run by benchmarks.others in the environment of requirements.txt. Prints JSON: frames, and the CPU
and wall seconds from the first line of the scene to the written file.
"""

from __future__ import annotations

import json
import resource
import sys
import tempfile
import time

from llmanim.attention.attention_score import DemoScene
from manim import tempconfig


def used() -> tuple[float, float]:
    """CPU of this process and its children, and the clock."""
    both = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return sum(sum(resource.getrusage(who)[:2]) for who in both), time.perf_counter()


def main() -> None:
    """Play it once to set its formulas, which is not counted (neither is ours), and once more."""
    with tempfile.TemporaryDirectory() as folder:
        settings = {
            "media_dir": sys.argv[1] if len(sys.argv) > 1 else folder,
            "quality": "low_quality",
            "disable_caching": True,
            "progress_bar": "none",
            "verbosity": "ERROR",
        }
        for _ in range(2):
            with tempconfig(settings):
                begin = used()
                scene = DemoScene()
                scene.render()
                end = used()
    frames = round(scene.renderer.time * 15)
    print(json.dumps({"frames": frames, "cpu": end[0] - begin[0], "wall": end[1] - begin[1]}))


if __name__ == "__main__":
    main()
