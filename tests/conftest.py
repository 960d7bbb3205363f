"""Fixtures that all tests share."""

from __future__ import annotations

import os
import signal
import warnings

import pytest
from hypothesis import HealthCheck, settings

from attention_core import Material, Trace
from attention_core.models.base import Model
from attention_core.registry import NotFetched, open_model

# Hypothesis would take a busy machine for an error: its limits are of time on the wall. What a
# broken file may cost is measured as processor time, in tests/faults.
settings.register_profile(
    "any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("any machine")


def pytest_configure() -> None:
    """Let the programs that tests start be interrupted, and keep nothing for each other.

    A shell ignores Ctrl-C for what it runs in the background, and whatever is started there
    inherits that.
    """
    os.environ["ATTENTION_CACHE_SIZE"] = "0"  # no test finds what another one has made
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


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
    return Material.embedded()


@pytest.fixture(scope="session")
def default_trace(default_material: Material) -> Trace:
    """The main trace of that material."""
    return default_material.trace
