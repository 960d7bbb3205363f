"""Compares encoder-decoders, both halves, with transformers, and prints a Markdown table.

    python -m tests.oracle.decoders

As in families.py: tiny random models with odd sizes, here with halves of different depth, width and
number of heads. The decoder reads what transformers' own shift of the labels gives it. Transformers
computes in float64 (`families.unrounded`), so that the rounding that is measured is ours alone.
"""

from __future__ import annotations

import tempfile
import warnings
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from attention_core.models.pair import EncoderDecoder
from attention_core.ops import Array
from attention_core.registry import open_pair
from tests.oracle import tokenizers_made as made
from tests.oracle.families import BART, T5, TEXTS, Case, save, unrounded

KOREAN = "작은 파란 고양이가 푸른 숲을 돌아다녔다."
PAIRS = (
    (TEXTS["default"], KOREAN),
    (TEXTS["mixed"], TEXTS["default"]),
    (TEXTS["long"], TEXTS["mixed"]),
    (KOREAN, TEXTS["long"]),
)
# T5 and Marian start with <pad>, id 0 in these; BART with </s>, id 1.
DEEP_T5 = {**T5, "num_decoder_layers": 4, "decoder_start_token_id": 0}
DEEP_BART = {
    **BART, "decoder_layers": 4, "decoder_attention_heads": 7, "decoder_ffn_dim": 43,
}  # fmt: skip

CASES = {
    "t5": Case("t5", "T5", "T5ForConditionalGeneration", "T5Config", DEEP_T5, made.unigram),
    "t5-1.1": Case("t5", "T5 1.1, gated, untied", "T5ForConditionalGeneration", "T5Config",
        {**DEEP_T5, "feed_forward_proj": "gated-gelu", "tie_word_embeddings": False,
         "relative_attention_num_buckets": 12, "relative_attention_max_distance": 40},
        made.unigram),
    "mt5": Case("t5", "mT5, gated, float16", "MT5ForConditionalGeneration", "MT5Config",
        DEEP_T5, made.unigram, "float16"),
    "marian": Case("marian", "Marian", "MarianMTModel", "MarianConfig",
        {**DEEP_BART, "d_model": 70, "activation_function": "swish", "scale_embedding": True},
        made.unigram),
    "marian-two": Case("marian", "Marian, a vocabulary for each language", "MarianMTModel",
        "MarianConfig", {**DEEP_BART, "d_model": 70, "share_encoder_decoder_embeddings": False,
         "tie_word_embeddings": False}, made.unigram),
    "bart": Case("bart", "BART", "BartForConditionalGeneration", "BartConfig",
        {**DEEP_BART, "decoder_start_token_id": 2, "eos_token_id": 2, "pad_token_id": 1,
         "forced_eos_token_id": 2}, made.roberta),
    "bart-bare": Case("bart", "BART without a head, bfloat16", "BartModel", "BartConfig",
        {**DEEP_BART, "decoder_start_token_id": 2, "eos_token_id": 2, "pad_token_id": 1,
         "forced_eos_token_id": 2}, made.roberta, "bfloat16"),
}  # fmt: skip


class Errors(NamedTuple):
    """The largest differences over all texts, layers and heads."""

    encoder: float
    decoder: float
    cross: float
    hidden: float  # of each state's own length, in both halves


def measure(case: Case, folder: Path) -> Errors:
    """Save the model, run it in both, and compare. Raises AssertionError if tokens differ."""
    network = save(case, folder).double()
    here = open_pair(str(folder))
    assert isinstance(here, EncoderDecoder)
    found = [compare(here, network, folder, *texts) for texts in PAIRS]
    return Errors(*map(max, zip(*found, strict=True)))


def shifted(network: Any, folder: Path, target: str) -> Any:
    """What the decoder reads when it is trained to write `target`, by transformers' own rule."""
    import torch
    import transformers
    from transformers.models.bart.modeling_bart import shift_tokens_right

    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    labels = torch.tensor([tokenizer(text_target=target, truncation=False).input_ids])
    if hasattr(network, "_shift_right"):
        return network._shift_right(labels)
    config = network.config
    return shift_tokens_right(labels, config.pad_token_id, config.decoder_start_token_id)


def compare(here: EncoderDecoder, network: Any, folder: Path, source: str, target: str) -> Errors:
    """All layers of our run of both halves against transformers' outputs."""
    import torch

    tokens, written = here.encoder.encode(source), here.decoder.encode(target)
    ids = [token.id for token in tokens]
    read = shifted(network, folder, target)
    assert [token.id for token in written] == read[0].tolist()
    with torch.no_grad(), unrounded():
        out = network(
            input_ids=torch.tensor([ids]), decoder_input_ids=read, output_attentions=True,
            output_hidden_states=True,
        )  # fmt: skip
    encoder = here.encoder
    blocks = list(encoder.blocks(encoder.embed(tokens), encoder.load(encoder.info.layers - 1)))
    memory = encoder.final(blocks[-1])
    embedding = here.decoder.embed(written)
    steps = list(here.decoder.write(embedding, memory, here.decoder.load_layers()))
    states = [*(block.hidden for block in blocks), memory]
    hidden = off(states, out.encoder_hidden_states)
    behind = [embedding, *(step.hidden for step in steps)]
    behind[-1] = here.decoder.finished(behind[-1])
    return Errors(
        apart([block.steps.weights for block in blocks], out.encoder_attentions),
        apart([step.own.steps.weights for step in steps], out.decoder_attentions),
        apart([step.cross.steps.weights for step in steps], out.cross_attentions),
        max(hidden, off(behind, out.decoder_hidden_states)),
    )


def apart(ours: list[Array], theirs: Any) -> float:
    """The largest difference of a weight."""
    wanted = np.stack([layer[0].numpy() for layer in theirs])
    assert np.stack(ours).shape == wanted.shape
    return float(np.abs(np.stack(ours) - wanted).max())


def off(ours: list[Array], theirs: Any) -> float:
    """The largest difference of a hidden state, by its length."""
    wanted = np.stack([layer[0].numpy() for layer in theirs])
    sizes = np.linalg.norm(wanted, axis=-1)
    return float((np.linalg.norm(np.stack(ours) - wanted, axis=-1) / sizes).max())


def main() -> None:
    """Print the table."""
    print("| family | model | encoder | decoder, masked | cross | hidden states |")
    print("|---|---|---|---|---|---|")
    for name, case in CASES.items():
        with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = measure(case, Path(folder))
        numbers = " | ".join(f"{error:.1e}" for error in found)
        print(f"| {case.family} | {case.about} (`{name}`) | {numbers} |", flush=True)


if __name__ == "__main__":
    main()
