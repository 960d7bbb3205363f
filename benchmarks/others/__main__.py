"""Against what people would use otherwise: a frame in ManimGL, and of llmanim's demo, and of ours.

Run: make bench-others, or python -m benchmarks.others [--pairs 5] [--python PYTHON]

ManimGL draws the grid of benchmarks.vmobject_grid under Xvfb with Mesa's software GL, a frame's
cost being the difference between a long run and a short one. llmanim's demo goes from scores to
scaling, the mask, softmax and the pattern; it is compared, at its own 480p15, with this project's
clips of the same (SAME), both without imports and with all type set once before, since that is
kept: the CPU of all processes, ours in one; and the wait, ours with all cores, as it comes.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

from benchmarks.measure import Cost, Figure, alternating, say, used, write
from benchmarks.table import RESULTS
from benchmarks.vmobject_grid import FPS, SIZE, Beat, cost
from rendering.cores import cores
from rendering.job import ROOT
from scenes.kit.camera import set_frame
from scenes.kit.grid import Grid

HERE = Path(__file__).parent
PYTHON = ROOT / ".venv" / "others" / "bin" / "python"
GL_GOAL, LLMANIM_GOAL = 10.0, 15.0  # times ours
SHORT, LONG = 2, 10  # frames
XVFB = ("xvfb-run", "-a", "-s", "-screen 0 1920x1080x24")


def grid_of(seconds: float) -> dict[str, object]:
    """Our grid for the other engine."""
    set_frame(*SIZE, FPS)
    scene = Beat()
    board = Grid(scene).board
    values = scene.values(Grid(scene))
    return {
        "centres": board.centres.tolist(),
        "values": values.tolist(),
        "cell": float(min(board.cell)),
        "seconds": seconds,
    }


def in_manimgl(python: Path, folder: Path) -> Cost:
    """The cost of a frame in ManimGL."""
    spent = []
    for frames in (SHORT, LONG):
        grid = folder / f"{frames}.json"
        if not grid.exists():
            grid.write_text(json.dumps(grid_of(frames / FPS)), encoding="utf-8")
        command = [*XVFB, str(python.with_name("manimgl")), str(HERE / "manimgl_grid.py"), "Grid"]
        command += ["-w", "-q", "-r", "{}x{}".format(*SIZE), "--fps", str(FPS)]
        command += ["--video_dir", str(folder)]
        begin = used()
        environment = os.environ | {"GRID": str(grid), "LIBGL_ALWAYS_SOFTWARE": "1"}
        subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True)
        spent.append(used() - begin)
    cpu, wall = (spent[1][side] - spent[0][side] for side in (0, 1))
    return Cost(cpu / (LONG - SHORT), wall / (LONG - SHORT))


def llmanim(python: Path, folder: Path) -> Cost:
    """The cost of a frame of llmanim's demo."""
    command = [str(python), str(HERE / "llmanim_demo.py"), str(folder)]
    done = subprocess.run(command, cwd=folder, check=True, stdout=subprocess.PIPE, text=True)
    got = json.loads(done.stdout.splitlines()[-1])
    frames = int(got["frames"])
    return Cost(float(got["cpu"]) / frames, float(got["wall"]) / frames)


SAME = ("dot-products", "scale", "mask", "softmax")  # what the demo shows, by our chapters
OURS = """
import sys, tempfile
from pathlib import Path
from attention_core.material import Material
from benchmarks.measure import Cost, used
from rendering import stage
from rendering.job import RenderJob
from rendering.order import Order
from rendering.pool import shoot
from scenes.look import Look
from scenes.registry import CHAPTERS
size, fps, processes, frames = (854, 480), 15, int(sys.argv[1]), 0
spent = Cost(0.0, 0.0)
for slug in sys.argv[2:]:
    CHAPTERS[slug].load()
    material = Material.embedded(CHAPTERS[slug].needs)
    for counted in (False, True):
        with tempfile.TemporaryDirectory() as folder:
            begin = used()
            reel = stage.reel(slug, material, Look(), size, fps)
            job = RenderJob((slug,), None, (), Look(), "mp4", size, fps)
            shoot(Order(reel, {Path(folder) / "a.mp4": job}, ()), processes)
            end = used()
    spent = spent - (begin - end)
    frames += reel.segments[-1].frames.stop
print(spent.cpu / frames, spent.wall / frames)
"""


def ours(processes: int) -> Cost:
    """The cost of a frame of our clips at 480p15, layout counted."""
    command = [sys.executable, "-c", OURS, str(processes), *SAME]
    done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    cpu, wall = done.stdout.split()
    return Cost(float(cpu), float(wall))


def main() -> None:
    """Measure, print, and write the figures for the tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--python", type=Path, default=PYTHON, help="with the other engines")
    parser.add_argument("--json", type=Path, default=RESULTS[1], metavar="FILE")
    options = parser.parse_args()
    grids: list[float] = []
    demos: list[float] = []
    waits: list[float] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        cost("painted", 2, folder / "clip.mp4")  # typesets the digits once, uncounted
        for pair in range(options.pairs):
            got: dict[str, float] = {}
            for side in alternating(pair, ("ours", "theirs")):
                if side == "ours":
                    got["grid"] = cost("painted", 60, folder / "clip.mp4")[0].cpu
                    got["clip"] = ours(1).cpu
                    got["wait"] = ours(cores()).wall
                else:
                    got["gl"] = in_manimgl(options.python, folder).cpu
                    got["llmanim"], got["llmanim's wait"] = llmanim(options.python, folder)
            grids.append(got["gl"] / got["grid"])
            demos.append(got["llmanim"] / got["clip"])
            waits.append(got["llmanim's wait"] / got["wait"])
            told = ", ".join(f"{side} {1000 * spent:.1f}" for side, spent in sorted(got.items()))
            print(f"ms a frame: {told}", flush=True)
    print(f"ManimGL {median(grids):.1f}x, llmanim {median(demos):.1f}x, {median(waits):.1f}x")
    gl = "the same grid in ManimGL 1.7.2 / painted, CPU"
    demo = "llmanim's demo of scores / our chapters of them, 480p15"
    more = {"at_least": True, "of": "6", "brief": True}
    figures = [
        Figure(gl, (*grids,), GL_GOAL, "x", **more),
        Figure(f"{demo}, CPU", (*demos,), LLMANIM_GOAL, "x", **more),
        Figure(f"{demo}, wall, {cores()} processes", (*waits,), LLMANIM_GOAL, "x", **more),
    ]
    say(figures, "== against others")
    write(figures, options.json)


if __name__ == "__main__":
    main()
