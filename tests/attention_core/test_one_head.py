"""One head asked for: the numbers it has among all heads, and the memory of one."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from attention_core import trace
from attention_core.models.base import Model
from attention_core.registry import open_model
from tests.attention_core import tiny_model

N = 512
MATRIX = 4 * N * N  # bytes of one n x n matrix


@pytest.fixture
def tiny(tmp_path: Path) -> Model:
    meta = tiny_model.metadata() | {"llama.context_length": N}
    return open_model(str(tiny_model.write(tmp_path / "tiny.gguf", meta)))


def test_a_head_alone_has_the_very_numbers_that_it_has_among_all(tiny: Model) -> None:
    for layer in range(tiny_model.LAYERS):
        for head in range(tiny_model.HEADS):
            alone = trace("cats and dogs", tiny, layer, head).arrays()
            among = trace("cats and dogs", tiny, layer, head, patterns=True).arrays()
            patterns = among.pop("patterns")
            assert alone.keys() == among.keys()
            for name, array in alone.items():
                np.testing.assert_array_equal(array, among[name])
            np.testing.assert_array_equal(patterns[head], alone["weights"])


def test_memory_grows_with_the_matrices_of_one_head_and_not_of_all(tiny: Model) -> None:
    def most(patterns: bool) -> float:
        """The peak of what is allocated, in n x n matrices."""
        tracemalloc.start()
        found = trace("x" * (N - 1), tiny, layer=1, head=2, patterns=patterns)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert found.n == N
        return peak / MATRIX

    assert most(patterns=False) < 12  # five are kept; a head on the way has as many
    assert most(patterns=True) > 4 * tiny_model.HEADS
