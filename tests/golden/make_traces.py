"""Makes assets/traces/default.npz: all that the chapters need of the default sentence.

    python tests/golden/make_traces.py [FILE]

The residual stream of the lower layers is left out (Trace.hidden is None): no chapter draws it of
this file, and it is most of the bytes. `Trace.residual` still gives the stream entering the layer.
"""

from __future__ import annotations

import sys
from pathlib import Path

from attention_core import Material
from attention_core.material import DEFAULT_FILE, NEEDS


def default_material() -> Material:
    """The default sentence with every need, without the bulk."""
    whole = Material.build(needs=NEEDS)
    if not whole.trace.computed:
        raise SystemExit("the model is not on this machine: the file cannot be made anew")
    traces = {name: trace.without("hidden", "logits") for name, trace in whole.traces.items()}
    return Material(traces, whole.arrays)


if __name__ == "__main__":
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT_FILE
    default_material().save(path)
    print(f"{path}: {path.stat().st_size:,} bytes")
