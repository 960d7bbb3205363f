"""Memory that threads have freed goes back to the system."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

THREADS = """
from threading import Barrier, Thread

import numpy as np

from rendering.keeping import let_go
from tests.long.many_stills import memory

together = Barrier(8)


def decode():
    together.wait()  # all at work at once: each would have a heap of its own
    for _ in range(10):
        held = [np.ones(size) for size in (100_000, 400_000, 200_000)]  # up to 3.2 MB
        together.wait()
        del held


def decode_all():
    threads = [Thread(target=decode) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


let_go()
before = memory()
decode_all()
let_go()
print(memory() - before)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="Linux counts memory there")
def test_what_threads_have_freed_goes_back() -> None:
    made = subprocess.run(
        [sys.executable, "-c", THREADS],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    assert int(made.stdout) < 5e6
