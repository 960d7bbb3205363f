"""How long a cold process takes from the sentence to the numbers, against transformers.

Run: python benchmarks/cold_trace.py [--runs 7] [--reference PYTHON]

Each run is a fresh process; the files are in the page cache (one run goes ahead, uncounted). The
reference loads float32 safetensors, made here from the same weights, and returns all patterns.
It needs an interpreter with torch and transformers: this one, or --reference, or the environment
variable ATTENTION_ORACLE_PYTHON. Runs of both alternate, so that a busy moment hits both.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
SENTENCE = "a fluffy blue creature roamed the verdant forest"
# The goals: seconds; times faster than transformers from safetensors, and from the same GGUF;
# the share of its memory.
SECONDS, RATIO, GGUF_RATIO, MEMORY = 0.6, 10.0, 25.0, 2 / 3

OURS = [sys.executable, str(ROOT / "render.py"), "trace", SENTENCE]
HEAD = ["--layer", "19", "--head", "8"]
SAFETENSORS, GGUF = "transformers, float32 safetensors", "transformers, the same GGUF"
OURS_AS_LIBRARY = [sys.executable, "-c", "from attention_core import trace; trace()"]
REFERENCE = f"""
import sys, torch
from transformers import AutoModelForCausalLM, AutoTokenizer
tokenizer = AutoTokenizer.from_pretrained(sys.argv[1])
model = AutoModelForCausalLM.from_pretrained(sys.argv[1], attn_implementation="eager")
ids = [0] + tokenizer({SENTENCE!r}, add_special_tokens=False).input_ids
with torch.no_grad():
    patterns = model(torch.tensor([ids]), output_attentions=True).attentions
print(float(patterns[19][0, 8, 10, 9]))
"""
GGUF_REFERENCE = REFERENCE.replace("(sys.argv[1])", "(sys.argv[1], gguf_file=sys.argv[2])").replace(
    "(sys.argv[1], attn", "(sys.argv[1], gguf_file=sys.argv[2], dtype=torch.float32, attn"
)
PARTS = {  # GGUF -> transformers
    "attn_norm": "input_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_norm": "post_attention_layernorm",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}


class Cost(NamedTuple):
    """What one process took."""

    wall: float  # seconds
    cpu: float  # seconds, of all its threads
    peak: float  # megabytes


# A process's peak counts what its parent held when it was started, so a small one stands between.
STARTER = """
import json, os, subprocess, sys, time
begin = time.perf_counter()
process = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)
_, status, usage = os.wait4(process.pid, 0)
wall = time.perf_counter() - begin
process.returncode = os.waitstatus_to_exitcode(status)
print(json.dumps([wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024]))
sys.exit(process.returncode != 0)
"""


def measure(command: list[str]) -> Cost:
    """Run a process to its end. Raises SystemExit with its complaint if it fails."""
    starter = [sys.executable, "-c", STARTER, *command]
    done = subprocess.run(starter, capture_output=True, text=True, cwd=ROOT, check=False)
    if done.returncode:
        raise SystemExit(f"{command[:3]} failed:\n{done.stderr[-2000:]}")
    return Cost(*json.loads(done.stdout))


def median(costs: list[Cost]) -> Cost:
    """The middle run of each measure; of memory the worst."""
    return Cost(
        statistics.median(cost.wall for cost in costs),
        statistics.median(cost.cpu for cost in costs),
        max(cost.peak for cost in costs),
    )


def write_safetensors_model(folder: Path) -> None:
    """The default model as transformers' own kind of folder, all weights in float32."""
    import numpy as np

    from attention_core.models.llama import Llama, unpermute
    from attention_core.registry import open_model

    model = open_model("smollm2")
    assert isinstance(model, Llama)
    m = model.info
    tensors = {}
    for name in model.checkpoint.tensors:
        array = model.checkpoint.read(name)
        if name.startswith("blk."):
            _, layer, part, _ = name.split(".")
            if part in ("attn_q", "attn_k"):
                array = unpermute(array, m.heads if part == "attn_q" else m.kv_heads)
            tensors[f"model.layers.{layer}.{PARTS[part]}.weight"] = array
        else:
            other = {"token_embd.weight": "embed_tokens", "output_norm.weight": "norm"}[name]
            tensors[f"model.{other}.weight"] = array
    header, at = {"__metadata__": {"format": "pt"}}, 0
    for name, array in tensors.items():
        offsets = [at, at + array.nbytes]
        header[name] = {"dtype": "F32", "shape": array.shape, "data_offsets": offsets}
        at += array.nbytes
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(folder / "model.safetensors", "wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for array in tensors.values():
            file.write(np.ascontiguousarray(array, "<f4").tobytes())
    config = {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "hidden_size": m.d_model,
        "intermediate_size": model.d_ff,
        "num_hidden_layers": m.layers,
        "num_attention_heads": m.heads,
        "num_key_value_heads": m.kv_heads,
        "vocab_size": model.vocabulary,
        "max_position_embeddings": model.context,
        "rms_norm_eps": model.eps,
        "rope_theta": model.rotations[0][0],
        "tie_word_embeddings": True,
        "torch_dtype": "float32",
    }
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "tokenizer_config.json").write_text('{"tokenizer_class": "PreTrainedTokenizerFast"}')
    model.tokenizer.save(folder / "tokenizer.json")


def reference_python(asked: str | None) -> str | None:
    """An interpreter that has torch and transformers, if there is one."""
    asked = asked or os.environ.get("ATTENTION_ORACLE_PYTHON")
    if asked:
        return asked
    here = all(importlib.util.find_spec(name) for name in ("torch", "transformers"))
    return sys.executable if here else None


def report(name: str, costs: list[Cost]) -> Cost:
    """Print one line of the table."""
    cost = median(costs)
    spread = f"{min(c.wall for c in costs):.2f}-{max(c.wall for c in costs):.2f}"
    print(f"{name:34} {cost.wall:6.2f} s ({spread}) {cost.cpu:6.2f} s CPU {cost.peak:6.0f} MB peak")
    return cost


def verdict(what: str, good: bool) -> None:
    """Print whether a goal is met."""
    print(f"  {'ok  ' if good else 'MISS'} {what}")


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--reference", metavar="PYTHON", help="an interpreter with torch")
    parser.add_argument("--write-model", metavar="FOLDER", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.write_model:
        write_safetensors_model(arguments.write_model)
        return
    from attention_core.registry import model_file

    python = reference_python(arguments.reference)
    os.environ["HF_HUB_OFFLINE"] = "1"
    with tempfile.TemporaryDirectory() as folder:
        commands = {"attention_core.trace()": OURS_AS_LIBRARY}
        if (ROOT / "render.py").exists():
            commands = {"render.py trace": OURS, **commands}
        if python:
            # In a process of its own: the peak memory of a child counts its parent's too.
            subprocess.run([sys.executable, __file__, "--write-model", folder], check=True)
            commands["render.py trace, safetensors"] = [*OURS, "--model", folder, *HEAD]
            commands[SAFETENSORS] = [python, "-c", REFERENCE, folder]
            gguf = model_file("smollm2")
            commands[GGUF] = [python, "-c", GGUF_REFERENCE, str(gguf.parent), gguf.name]
        costs: dict[str, list[Cost]] = {name: [] for name in commands}
        for run in range(arguments.runs + 1):
            for name, command in commands.items():
                cost = measure(command)
                if run:  # the first one only warms the page cache
                    costs[name].append(cost)
    print(f"median of {arguments.runs} fresh processes (fastest-slowest), default sentence")
    found = {name: report(name, costs[name]) for name in commands}
    ours = next(iter(found.values()))
    verdict(f"at most {SECONDS:.1f} s of wall time: {ours.wall:.2f} s", ours.wall <= SECONDS)
    if python:
        for name, goal in ((SAFETENSORS, RATIO), (GGUF, GGUF_RATIO)):
            ratio = found[name].wall / ours.wall
            verdict(f"at least {goal:.0f}x faster than {name}: {ratio:.1f}x", ratio >= goal)
            share = ours.peak / found[name].peak
            verdict(f"at most {MEMORY:.2f} of its memory: {share:.2f}", share <= MEMORY)
    else:
        print("  no interpreter with torch: the ratio to transformers was not measured")


if __name__ == "__main__":
    main()
