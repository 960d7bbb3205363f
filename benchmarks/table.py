"""Puts the figures of a run into README.md and benchmarks/README.md, between their marks.

Run: python -m benchmarks.table [FILE ...]

By default of benchmarks/last.json, which `make bench` writes, and of benchmarks/others.json, which
`make bench-others` does, if they are there.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.measure import Figure

FOLDER = Path(__file__).parent
RESULTS = (FOLDER / "last.json", FOLDER / "others.json")
PAGES = {FOLDER.parent / "README.md": True, FOLDER / "README.md": False}  # in brief, or whole
BEGIN, END = "<!-- figures: python -m benchmarks.table -->", "<!-- end of figures -->"


def figures_of(run: dict[str, Any]) -> list[Figure]:
    """The figures of a run."""
    return [Figure(**{**one, "runs": tuple(one["runs"])}) for one in run["figures"]]


def table(runs: Sequence[dict[str, Any]], brief: bool) -> str:
    """A Markdown table of the figures of these runs, by goal; machine and day below it."""
    rows = [figure for run in runs for figure in figures_of(run) if figure.brief or not brief]
    rows.sort(key=lambda figure: figure.of)
    lines = ["| no. | figure | median (spread) | goal |", "|---|---|---|---|"]
    lines += [f"| {' | '.join(figure.cells())} |" for figure in rows]
    measured = dict.fromkeys(f"{run['machine']}, {run['date']}" for run in runs)
    return "\n".join([*lines, "", f"Measured on {'; '.join(measured)}."])


def put(page: str, text: str) -> str:
    """The page with this text between its marks. Raises ValueError if there are none."""
    found, count = re.subn(
        f"{re.escape(BEGIN)}.*?{re.escape(END)}",
        lambda _: f"{BEGIN}\n{text}\n{END}",
        page,
        flags=re.DOTALL,
    )
    if count != 1:
        raise ValueError(f"the page has {count} places for figures, not 1")
    return found


def main() -> None:
    """Rewrite the tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("files", nargs="*", type=Path)
    options = parser.parse_args()
    files = options.files or [path for path in RESULTS if path.exists()]
    runs = [json.loads(path.read_text(encoding="utf-8")) for path in files]
    for path, brief in PAGES.items():
        page = path.read_text(encoding="utf-8")
        path.write_text(put(page, table(runs, brief)), encoding="utf-8")


if __name__ == "__main__":
    main()
