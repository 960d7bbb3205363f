"""The live oracle: Hugging Face transformers, eager attention, on the very same GGUF file.

Needs the extra `oracle` (torch, transformers). Loading takes half a minute: once a session.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest

from attention_core.models.llama import Llama
from attention_core.ops import Array
from attention_core.quantisation import FORMATS, dequantise
from attention_core.registry import model_file

pytestmark = pytest.mark.oracle

TEXTS = {
    "default": "a fluffy blue creature roamed the verdant forest",
    "paris": "The capital of France is",
    "korean": "작은 파란 고양이가 푸른 숲을 돌아다녔다.",
    "digits": "In 2024, 1,234 of 56,789 birds flew 3.14 km",
    "punctuation": '"Well-known," she said (quietly): don\'t stop... #1 & co; 50% off!?',
    "double spaces": "two  spaces   and    more  ",
    "emoji": "I love 🍕 and 👩‍🚀🎉 parties",
    "markup": "<b>bold</b> &amp; \\input{x} $x^2$ #import",
    "right to left": "שלום עולם and مرحبا بالعالم",
    "accents": "Ça déjà vu, naïve façade — Übergröße ﬁn",
    "long word": "a" * 30 + "b" * 30,
    "code": "def f(x): return x**2  # TODO: l33t_name",
    "256 tokens": "the quick brown fox jumps over the lazy dog and then " * 24,
}
every_text = pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())


class Run(NamedTuple):
    """All that is compared of one run, the start token in front."""

    ids: list[int]  # without the start token
    patterns: Array  # (layers, heads, n, n)
    hidden: Array  # (layers + 1, n, d_model); the last one after the final norm
    logits: Array  # (vocabulary,) after the last token


@pytest.fixture(scope="session")
def reference(model: Llama) -> Callable[[str], Run]:
    os.environ["HF_HUB_OFFLINE"] = "1"
    import torch  # without them this fails: whoever asks for the oracle wants it to speak
    import transformers

    file = model_file("smollm2")
    start = model.tokenizer.start[0].id
    load: dict[str, Any] = {"gguf_file": file.name}
    tokenizer = transformers.AutoTokenizer.from_pretrained(file.parent, **load)
    network = transformers.AutoModelForCausalLM.from_pretrained(
        file.parent, **load, attn_implementation="eager", dtype=torch.float32
    ).eval()

    def run(text: str) -> Run:
        ids = tokenizer(text, add_special_tokens=False).input_ids
        with torch.no_grad():
            out = network(
                torch.tensor([[start, *ids]]), output_attentions=True, output_hidden_states=True
            )
        return Run(
            ids=ids,
            patterns=np.stack([layer[0].numpy() for layer in out.attentions]),
            hidden=np.stack([layer[0].numpy() for layer in out.hidden_states]),
            logits=out.logits[0, -1].numpy(),
        )

    return run


def ours(model: Llama, text: str) -> Run:
    tokens = model.encode(text)
    weights = model.load(model.info.layers - 1)
    blocks = list(model.blocks(model.embed(tokens), weights))
    return Run(
        ids=[token.id for token in tokens if not token.special],
        patterns=np.stack([block.steps.weights for block in blocks]),
        hidden=np.stack([*(block.hidden for block in blocks), model.final(blocks[-1])]),
        logits=model.logits(blocks[-1]),
    )


@every_text
def test_we_compute_what_transformers_computes(
    model: Llama, reference: Callable[[str], Run], text: str, record_property: Any
) -> None:
    here, there = ours(model, text), reference(text)
    assert here.ids == there.ids
    assert here.patterns.shape[:2] == (30, 9)  # all 270 heads
    attention = np.abs(here.patterns - there.patterns).max()
    logits = np.abs(here.logits - there.logits).max()
    sizes = np.linalg.norm(there.hidden, axis=-1)  # (layers + 1, n)
    hidden = (np.linalg.norm(here.hidden - there.hidden, axis=-1) / sizes).max()
    for name, value in (("attention", attention), ("logits", logits), ("hidden", hidden)):
        record_property(name, float(value))
    print(
        f"n {len(here.ids) + 1}: attention {attention:.1e} logits {logits:.1e} hidden {hidden:.1e}"
    )
    assert attention < 1e-5
    assert logits < 2e-4
    assert hidden < 5e-5
    assert here.logits.argmax() == there.logits.argmax()


def test_the_capital_of_france_is_paris_for_both(
    model: Llama, reference: Callable[[str], Run]
) -> None:
    for run in (ours(model, TEXTS["paris"]), reference(TEXTS["paris"])):
        chances = np.exp(run.logits - run.logits.max())
        chances /= chances.sum()
        assert model.tokenizer.text(int(chances.argmax())) == " Paris"
        assert chances.max() == pytest.approx(0.806, abs=0.002)


@pytest.mark.parametrize("name", ["Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "Q4_K", "Q5_K", "Q6_K"])
def test_each_number_format_decodes_as_the_gguf_package_does(name: str) -> None:
    import gguf

    kind = gguf.GGMLQuantizationType[name]
    form = FORMATS[kind.value]
    assert (form.size, form.bytes) == gguf.GGML_QUANT_SIZES[kind]
    raw = np.random.default_rng(0).integers(0, 256, (3000, form.bytes), dtype=np.uint8)
    with warnings.catch_warnings(), np.errstate(all="ignore"):  # random scales overflow
        warnings.simplefilter("ignore")
        wanted = gguf.quants.dequantize(raw, kind).reshape(-1)
        found = dequantise(raw.reshape(-1), form)
    both = np.isfinite(wanted) & np.isfinite(found)
    assert both.mean() > 0.9
    np.testing.assert_allclose(found[both], wanted[both], rtol=1e-5, atol=1e-3)
