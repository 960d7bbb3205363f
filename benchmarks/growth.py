"""Time and peak memory of one head's trace at 8, 64, 256 and 1024 tokens, beside transformers'.

Run: python -m benchmarks.growth [--runs 5] [--reference PYTHON]

Each run is a fresh process, ours and the reference's by turns. Both open float32 safetensors made
from the default model's weights, and run to the asked layer: ours keeps one head of layer 19, the
reference returns the attention of all layers in eager mode. It needs an interpreter with torch and
transformers: this one, or --reference, or the environment variable ATTENTION_ORACLE_PYTHON.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile

from benchmarks.cold_trace import ROOT, Cost, measure, median, reference_python, verdict

TOKENS = (8, 64, 256, 1024)
TEXT = ROOT / "assets" / "texts" / "alice.txt"
OURS = """
import sys
from attention_core import trace
from attention_core.registry import open_model
text, n, folder = open(sys.argv[1]).read().replace("\\n", " ") * 3, int(sys.argv[2]), sys.argv[3]
network = open_model(folder)
sentence = text[: network.encode(text)[n - 1].end]
found = trace(sentence, network, layer=19, head=8)
assert found.n == n, found.n
"""
REFERENCE = """
import sys, torch
from transformers import AutoModelForCausalLM, AutoTokenizer
text, n, folder = open(sys.argv[1]).read().replace("\\n", " ") * 3, int(sys.argv[2]), sys.argv[3]
tokenizer = AutoTokenizer.from_pretrained(folder)
model = AutoModelForCausalLM.from_pretrained(folder, attn_implementation="eager")
ids = ([0] + tokenizer(text, add_special_tokens=False).input_ids)[:n]
assert len(ids) == n
with torch.no_grad():
    patterns = model(torch.tensor([ids]), output_attentions=True).attentions
print(float(patterns[19][0, 8, n - 1, 1]))
"""


def main() -> None:
    """Measure, and print the table and the verdicts."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--reference", metavar="PYTHON", help="an interpreter with torch")
    options = parser.parse_args()
    python = reference_python(options.reference)
    os.environ["HF_HUB_OFFLINE"] = "1"
    with tempfile.TemporaryDirectory() as folder:
        writer = [sys.executable, "-m", "benchmarks.cold_trace", "--write-model", folder]
        subprocess.run(writer, check=True, cwd=ROOT)
        sides = {"ours": (sys.executable, OURS), "transformers": (python, REFERENCE)}
        costs: dict[tuple[str, int], list[Cost]] = {}
        for run in range(options.runs + 1):
            for n in TOKENS:
                for side, (interpreter, program) in sides.items():
                    if interpreter is None or (run == 0 and n != TOKENS[0]):
                        continue
                    words = [str(TEXT), str(n), folder]
                    cost = measure([interpreter, "-c", program, *words])
                    if run:  # the first one only warms the page cache
                        costs.setdefault((side, n), []).append(cost)
    print(f"median of {options.runs} fresh processes; layer 19, head 8; float32 safetensors")
    for n in TOKENS:
        found = {side: median(costs[side, n]) for side in sides if (side, n) in costs}
        for side, cost in found.items():
            print(f"{n:5} tokens  {side:13} {cost.wall:6.2f} s {cost.cpu:6.2f} s CPU "
                  f"{cost.peak:6.0f} MB peak")  # fmt: skip
        if len(found) == 2:
            ours, theirs = found["ours"], found["transformers"]
            verdict(f"no slower: {theirs.wall / ours.wall:.1f}x", ours.wall <= theirs.wall)
            verdict(f"no more memory: {ours.peak / theirs.peak:.2f}", ours.peak <= theirs.peak)


if __name__ == "__main__":
    main()
