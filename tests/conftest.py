"""Fixtures that all tests share."""

from __future__ import annotations

import os
import warnings

import pytest

from attention_core import Material, Trace
from attention_core.material import NEEDS, shipped
from attention_core.models.base import Model
from attention_core.registry import NotFetched, open_model


@pytest.fixture(scope="session")
def model() -> Model:
    """The default model. Without it a test is skipped, loudly, unless the model is required."""
    try:
        return open_model("smollm2")
    except NotFetched as error:
        if os.environ.get("ATTENTION_REQUIRE_MODEL") == "1":
            pytest.fail(f"ATTENTION_REQUIRE_MODEL=1, but {error}")
        warnings.warn(f"TESTS ARE SKIPPED: {error}", stacklevel=1)
        pytest.skip(f"NEEDS THE MODEL: {error}")


@pytest.fixture(scope="session")
def default_material() -> Material:
    """The default sentence with every need, from the files that the project ships: no model."""
    return shipped(NEEDS)


@pytest.fixture(scope="session")
def default_trace(default_material: Material) -> Trace:
    """The main trace of that material."""
    return default_material.trace
