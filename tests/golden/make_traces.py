"""Makes assets/traces/*.npz: all that the chapters need of the default sentence.

    python tests/golden/make_traces.py [FOLDER]

default.npz holds the head's trace; NEED.npz what one need of attention_core/derived adds to it,
beside a main trace without its bulk (a Material has one).

The residual stream of the lower layers is left out (Trace.hidden is None): no chapter draws it of
this file, and it is most of the bytes. `Trace.residual` still gives the stream entering the layer.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from attention_core import Material
from attention_core.derived import DERIVED
from attention_core.material import DEFAULT_FILE, NEEDS

BULK = ("hidden", "logits")
ALL_BULK = (
    *("q_unrotated", "k_unrotated", "embedding", "x", "update", "block_update", "x_out"),
    *("patterns", *BULK),
)


def default_material(need: str | None = None) -> Material:
    """The default sentence with what default.npz holds, or with one need's own part."""
    plain = [known for known in NEEDS if known not in DERIVED]
    fresh = {name: {"fresh": True} for name in ("phrases", "context")}
    whole = Material.build(needs=[need] if need else plain, options=fresh)
    if not whole.trace.computed:
        raise SystemExit("the model is not on this machine: the files cannot be made anew")
    bulk = ALL_BULK if need else BULK
    traces = {
        name: trace.without(*(bulk if name == "main" else BULK))
        for name, trace in whole.traces.items()
    }
    return Material(traces, {k: np.asarray(v) for k, v in whole.arrays.items()}, whole.texts)


if __name__ == "__main__":
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT_FILE.parent
    for name in (None, *DERIVED):
        path = folder / (f"{name}.npz" if name else DEFAULT_FILE.name)
        default_material(name).save(path)
        print(f"{path}: {path.stat().st_size:,} bytes")
