"""Makes tests/golden/*.npz from the live oracle: what transformers computes on the same file.

    python tests/golden/make_goldens.py        (needs the extra `oracle`, takes a minute)

Each file holds, with the start token in front: `sentence`; `ids`; `patterns` (layers, heads,
n (n + 1) / 2): the cells that are not masked, row by row; `hidden` (layers + 1, d_model): the last
token's residual stream, the last one after the final norm; `logits`: every 16th of the last token.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from attention_core.registry import model_file

HERE = Path(__file__).parent
START = 0  # <|endoftext|>
EVERY = 16

SENTENCES = {
    "default": "a fluffy blue creature roamed the verdant forest",
    "paris": "The capital of France is",
    "korean": "파란 새 1.",
    "spaces-digits-emoji": 'two  "spaces", 42 🍕',
}


def main() -> None:
    os.environ["HF_HUB_OFFLINE"] = "1"
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    file = model_file("smollm2")
    tokenizer = AutoTokenizer.from_pretrained(file.parent, gguf_file=file.name)
    network = AutoModelForCausalLM.from_pretrained(
        file.parent, gguf_file=file.name, attn_implementation="eager", dtype=torch.float32
    ).eval()
    for name, sentence in SENTENCES.items():
        ids = [START, *tokenizer(sentence, add_special_tokens=False).input_ids]
        with torch.no_grad():
            out = network(torch.tensor([ids]), output_attentions=True, output_hidden_states=True)
        patterns = np.stack([layer[0].numpy() for layer in out.attentions])  # (layers, h, n, n)
        path = HERE / f"{name}.npz"
        np.savez_compressed(
            path,
            sentence=np.array(sentence),
            ids=np.array(ids),
            patterns=patterns[:, :, *np.tril_indices(len(ids))],
            hidden=np.stack([layer[0, -1].numpy() for layer in out.hidden_states]),
            logits=out.logits[0, -1, ::EVERY].numpy(),
        )
        print(f"{path.name}: {path.stat().st_size:,} bytes, {len(ids)} tokens")


if __name__ == "__main__":
    main()
