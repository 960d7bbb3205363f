"""The table of faults in the docs names tests that there are, with the trials that they do."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROW = re.compile(r"\|[^|]+\|[^|]+\| `([\w/]+\.py)(?:::(\w+))?` \| ([\d,]+) \|")


@pytest.fixture(scope="module")
def trials() -> dict[str, int]:
    command = [sys.executable, "-m", "tests.faults.trials"]
    return json.loads(subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout)


def test_each_row_names_a_test_and_its_trials(trials: dict[str, int]) -> None:
    text = (ROOT / "docs/faults.md").read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if line.startswith("| ") and ".py" in line]
    assert len(rows) > 30
    named = set()
    for row in rows:
        read = ROW.fullmatch(row)
        assert read, row
        file, name, said = read.groups()
        mine = {test: n for test, n in trials.items() if test.startswith(f"{file}::{name or ''}")}
        if name:
            mine = {test: n for test, n in mine.items() if test == f"{file}::{name}"}
        assert mine, f"there is no such test: {row}"
        assert int(said.replace(",", "")) == sum(mine.values()), f"it does {sum(mine.values())}"
        named |= mine.keys()
    own = {test for test in trials if test.startswith(("faults/", "long/"))}
    assert own - named - {test for test in own if "test_table" in test} == set()
