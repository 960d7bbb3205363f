"""Draws the same sentence in all models that are here, side by side: docs/img/models.webp.

Run: python -m tools.models_picture --folder FOLDER [--out FILE]

Each panel is the head that the finder takes for the relation (the pinned one of a translator's
encoder). Fetch the models first: render.py models fetch minilm, gemma3-270m; FOLDER (repeatable) is
one more, such as python -m tools.paraphrase_minilm makes.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from PIL import Image

from attention_core import DEFAULT_SENTENCE, Material, Trace, trace
from attention_core.catalogue import MODELS, SHIPPED
from attention_core.finder import find
from attention_core.registry import is_fetched, open_model
from attention_core.translation import translation_trace
from rendering import stage
from scenes.look import Look

QUERY, KEYS = "creature", ("fluffy", "blue")
PANEL, GAP = (1280, 720), 28  # pixels
FILE = Path(__file__).parents[1] / "docs" / "img" / "models.webp"
MOST_BYTES = 500_000


def traces(folders: list[str]) -> list[Trace]:
    """One head of each model that is here."""
    found = []
    for name in (*MODELS, *folders):
        if name in MODELS and not is_fetched(name):
            print(f"without {name}: it is not on this machine")
            continue
        network = open_model(name)
        best = find(network, DEFAULT_SENTENCE, QUERY, KEYS).best
        print(f"{name}: layer {best.layer}, head {best.head}, {best.mass:.2f}")
        found.append(trace(DEFAULT_SENTENCE, network, best.layer, best.head))
    for name in SHIPPED:
        found.append(translation_trace(DEFAULT_SENTENCE, model=name, attention="encoder"))
    return found


def picture(of: list[Trace]) -> Image.Image:
    """The patterns in two columns; a last one alone stands in the middle."""
    look = Look(query=QUERY, keys=KEYS)
    columns, rows = 2, -(-len(of) // 2)
    wide, high = (side + GAP for side in PANEL)
    whole = Image.new("RGB", (wide * columns - GAP, high * rows - GAP))
    for place, one in enumerate(of):
        pixels, _ = stage.still("softmax", Material({"main": one}), look, PANEL, "pattern")
        column = (
            (columns - 1) / 2 if place == len(of) - 1 and len(of) % columns else place % columns
        )
        at = int(column * wide), place // columns * high
        whole.paste(Image.fromarray(np.ascontiguousarray(pixels[..., :3])), at)
    return whole


def main() -> None:
    """Draw, and write the file."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--out", type=Path, default=FILE)
    parser.add_argument("--folder", action="append", default=[], help="one more model")
    options = parser.parse_args()
    whole = picture(traces(options.folder))
    whole.resize((1800, 1800 * whole.height // whole.width), Image.Resampling.LANCZOS).save(
        options.out, quality=82, method=6
    )
    size = options.out.stat().st_size
    print(f"{options.out}: {size / 1000:.0f} kB")
    if size > MOST_BYTES:
        raise SystemExit(f"it is larger than {MOST_BYTES / 1000:.0f} kB")


if __name__ == "__main__":
    main()
