"""The chapter on values draws a saved trace, or says in one line what that lacks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from attention_core import AttentionError, Material, Trace
from rendering.materials import check, gather
from scenes.look import Look
from scenes.registry import CHAPTERS

VALUES = CHAPTERS["values"]


@pytest.fixture
def saved(default_trace: Trace, tmp_path: Path) -> Path:
    """The default trace in a file of its own."""
    default_trace.save(tmp_path / "t.npz")
    return tmp_path / "t.npz"


def test_a_saved_trace_is_measured_as_the_model_s_is(
    saved: Path, default_material: Material
) -> None:
    made = gather(VALUES.needs, "", "", None, None, saved)
    for name in ("weighted", "mixed", "lengths", "head_step", "block_step"):
        np.testing.assert_allclose(made.arrays[name], default_material.arrays[name], atol=1e-2)
    check(made, VALUES, Look())


def test_without_the_start_token_a_saved_trace_lacks_what_values_write(saved: Path) -> None:
    made = gather(VALUES.needs, "", "", None, None, saved)
    with pytest.raises(AttentionError, match="values without the start token needs"):
        check(made, VALUES, Look(sink="renormalise"))
    check(made, CHAPTERS["context"], Look(sink="renormalise"))


def test_arrays_of_one_s_own_without_updates_are_refused(tmp_path: Path) -> None:
    q, k, v = np.random.default_rng(0).normal(0, 1, (3, 2, 4))
    Trace.from_arrays(["a", " cat"], q, k, v).save(tmp_path / "t.npz")
    with pytest.raises(AttentionError, match="does not hold the field"):
        gather(VALUES.needs, "", "", None, None, tmp_path / "t.npz")


def test_derived_arrays_of_another_shape_are_refused(default_trace: Trace, tmp_path: Path) -> None:
    Material({"main": default_trace}, {"lengths": np.ones((3, 4))}).save(tmp_path / "m.npz")
    with pytest.raises(AttentionError, match="array lengths is not numbers of"):
        Material.load(tmp_path / "m.npz")
