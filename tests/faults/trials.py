"""Counts how often each test of a fault does it: prints a line of JSON for each."""

from __future__ import annotations

import contextlib
import io
import json
from collections import Counter
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
WHERE = (
    "faults", "long",
    "attention_core/test_registry.py", "rendering/test_cluster.py", "rendering/test_pool.py",
)  # fmt: skip


class Collected:
    """Pytest's own list of tests, each with the trials in it."""

    def __init__(self) -> None:
        self.trials: Counter[str] = Counter()

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Of a loop its mark says how many; of Hypothesis its settings; else a test is one."""
        for item in session.items:
            function = getattr(item, "obj", None)
            drawn = getattr(function, "_hypothesis_internal_use_settings", None)
            mark = item.get_closest_marker("trials")
            count = mark.args[0] if mark else drawn.max_examples if drawn else 1
            path = item.path.relative_to(TESTS).as_posix()
            self.trials[f"{path}::{getattr(item, 'originalname', item.name)}"] += count


def counted() -> dict[str, int]:
    """Trials by test: "faults/test_places.py::test_a_full_disk"."""
    found = Collected()
    places = [str(TESTS / place) for place in WHERE]
    with contextlib.redirect_stdout(io.StringIO()) as said:
        status = pytest.main(["--collect-only", "-q", "-m", "", *places], plugins=[found])
    assert status == 0, said.getvalue()
    return dict(found.trials)


if __name__ == "__main__":
    print(json.dumps(counted(), indent=1))
