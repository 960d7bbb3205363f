"""Makes tests/golden/decoder-*.npz: tiny encoder-decoders, and what transformers computes of them.

    python -m tests.golden.make_decoders        (needs the extra `oracle`, takes seconds)

Each file holds `config` (JSON), the random weights under `tensors/` (float16), `source` and
`target` (ids that the encoder and the decoder read, by transformers' own shift of the labels), and,
in float64: `encoder`, `decoder` and `cross` (layers, heads, queries, keys): the attention; `hidden`
(n, d_model): the decoder's last hidden states.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from tests.attention_core import tiny_pair
from tests.oracle.decoders import shifted
from tests.oracle.families import Case, save

SOURCE, TARGET = "the quiet river", "a blue bank"
HALVES = {
    "encoder_layers": 1, "decoder_layers": 2, "encoder_attention_heads": 2,
    "decoder_attention_heads": 3, "encoder_ffn_dim": 7, "decoder_ffn_dim": 5,
    "max_position_embeddings": 40, "d_model": 12,
}  # fmt: skip


def cases() -> dict[str, Case]:
    """The models: halves of different depth; BART's and Marian's of different heads as well."""
    pad, start, end = (tiny_pair.tokenizer("t5").token_to_id(n) for n in tiny_pair.SPECIAL)
    ids = {"pad_token_id": pad, "eos_token_id": end, "decoder_start_token_id": pad}
    t5 = {"d_model": 10, "d_kv": 3, "d_ff": 7, "num_layers": 1, "num_decoder_layers": 2,
          "num_heads": 3, "relative_attention_num_buckets": 8,
          "relative_attention_max_distance": 12}  # fmt: skip
    bart = {**HALVES, **ids, "decoder_start_token_id": end, "bos_token_id": start}
    given: dict[str, tuple[str, str, dict[str, Any]]] = {
        "t5": ("T5ForConditionalGeneration", "T5Config", {**t5, **ids}),
        "marian": ("MarianMTModel", "MarianConfig", {**HALVES, **ids, "scale_embedding": True}),
        "bart": ("BartForConditionalGeneration", "BartConfig", bart),
    }
    return {
        family: Case(
            family, "", *classes, settings, lambda f=family: tiny_pair.tokenizer(f), "float16"
        )
        for family, (*classes, settings) in given.items()
    }


def main() -> None:
    """Write the files."""
    import torch
    import transformers
    from safetensors.torch import load_file

    for family, case in cases().items():
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place)
            network = save(case, folder).double()
            source = transformers.AutoTokenizer.from_pretrained(folder)(SOURCE).input_ids
            target = shifted(network, folder, TARGET)
            with torch.no_grad():
                out = network(
                    input_ids=torch.tensor([source]), decoder_input_ids=target,
                    output_attentions=True, output_hidden_states=True,
                )  # fmt: skip
            tensors = load_file(folder / "model.safetensors")
            content = {f"tensors/{name}": tensor.numpy() for name, tensor in tensors.items()}
            config = (folder / "config.json").read_text()
        attentions = {"encoder": out.encoder_attentions, "decoder": out.decoder_attentions,
                      "cross": out.cross_attentions}  # fmt: skip
        for kind, layers in attentions.items():
            content[kind] = np.stack([layer[0].numpy() for layer in layers])
        content |= {"config": np.array(config), "source": np.array(source)}
        content |= {"target": target[0].numpy(), "hidden": out.decoder_hidden_states[-1][0].numpy()}
        np.savez_compressed(tiny_pair.GOLDEN / f"decoder-{family}.npz", **content)


if __name__ == "__main__":
    main()
