"""What chapters need beyond a head's trace: one module a need, run only when it is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attention_core.ops import Array

if TYPE_CHECKING:
    from attention_core.models.base import Model
    from attention_core.trace import Trace

# A need's module has `derive(network: Model, main: Trace) -> Derived`, and perhaps options. Its
# part of the embedded material is assets/traces/NEED.npz, made by tests/golden/make_traces.py.
DERIVED: dict[str, str] = {
    "context": "attention_core.derived.context",
    "heads": "attention_core.derived.heads",
    "translation": "attention_core.derived.translation",
    "phrases": "attention_core.derived.phrases",
    "planes": "attention_core.derived.planes",
    "values": "attention_core.derived.values",
    "position": "attention_core.derived.position",
    "prediction": "attention_core.derived.prediction",
}
FOLDER = Path(__file__).parents[2] / "assets" / "traces"


@dataclass(frozen=True)
class Derived:
    """Traces, arrays and texts by name; their names are the Material's."""

    traces: Mapping[str, Trace] = field(default_factory=dict)
    arrays: Mapping[str, Array] = field(default_factory=dict)
    texts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def derive(need: str, network: Model, main: Trace, **options: Any) -> Derived:
    """Run a need's module on an open model, beside the main trace of the sentence."""
    found: Derived = import_module(DERIVED[need]).derive(network, main, **options)
    return found


def embedded_file(need: str) -> Path:
    """Where the need's part of the default sentence's material is shipped."""
    return FOLDER / f"{need}.npz"
