"""Every family against transformers, on tiny random models with odd sizes.

Needs the extra `oracle` (torch, transformers). The same comparison prints the table that stands in
docs/models.md: python -m tests.oracle.families
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from attention_core import AttentionError, Material, Trace, trace
from attention_core.folder import Folder
from attention_core.models.t5 import relative_buckets
from attention_core.opening import open_folder
from attention_core.ops import gelu, gelu_tanh, layer_norm
from attention_core.splitting import open_splitter
from tests.oracle.families import CASES, TEXTS, compare, measure, save
from tests.oracle.test_oracle import TEXTS as MANY_TEXTS
from tests.oracle.tokenizers_made import TEXTS as SENTENCES

pytestmark = pytest.mark.oracle
every_case = pytest.mark.parametrize("name", CASES)


@every_case
def test_a_tiny_model_computes_what_transformers_computes(
    name: str, tmp_path: Path, record_property: Any
) -> None:
    found = measure(CASES[name], tmp_path)
    for what, value in found._asdict().items():
        record_property(what, value)
    print(f"{name}: attention {found.attention:.1e} hidden {found.hidden:.1e}")
    assert found.attention < 1e-5
    assert found.hidden < 1e-4
    assert found.logits < 2e-4


@every_case
def test_its_trace_is_whole_and_is_saved_and_loaded(name: str, tmp_path: Path) -> None:
    save(CASES[name], tmp_path / "model")
    for text in TEXTS.values():
        found = trace(text, str(tmp_path / "model"), layer=1)
        among = trace(text, str(tmp_path / "model"), 1, found.head, patterns=True)
        for array, numbers in found.arrays().items():  # one head alone, and among all
            np.testing.assert_allclose(numbers, among.need(array), rtol=1e-5, atol=1e-6)
        assert found.start_rule
        found.save(tmp_path / "t.npz")
        loaded = Trace.load(tmp_path / "t.npz")
        assert loaded.header() == found.header()
        assert loaded.arrays().keys() == found.arrays().keys()
        found.save(tmp_path / "t.json")
        as_json = Trace.load(tmp_path / "t.json")
        np.testing.assert_allclose(as_json.weights, found.weights, atol=1e-6)
        assert "".join(word.text for word in found.words).replace(" ", "") == text.replace(" ", "")
        rows = [row for word in found.words for row in word.pieces]
        assert sorted(rows) == list(found.word_rows)


@every_case
def test_many_sentences_in_one_pass_are_each_as_if_alone(name: str, tmp_path: Path) -> None:
    save(CASES[name], tmp_path)
    network = open_folder(tmp_path)
    sentences = [network.encode(text) for text in TEXTS.values()]
    last = network.info.layers - 1
    together = list(network.patterns(sentences, network.load(last)))
    for place, tokens in enumerate(sentences):
        alone = network.blocks(network.embed(tokens), network.load(last))
        for layer, block in enumerate(alone):
            np.testing.assert_allclose(together[layer][place], block.steps.weights, atol=1e-5)


def old_words(config: dict[str, Any]) -> dict[str, Any]:
    """The settings as transformers 4 wrote them."""
    old = dict(config)
    rope = old.pop("rope_parameters")
    if "full_attention" in rope:
        old["rope_local_base_freq"] = rope["sliding_attention"]["rope_theta"]
        rope = rope["full_attention"]
    old["rope_theta"] = rope["rope_theta"]
    if rope["rope_type"] != "default":
        rest = {key: value for key, value in rope.items() if key not in ("rope_theta", "rope_type")}
        old["rope_scaling"] = {"type": rope["rope_type"], **rest}
    old.pop("layer_types", None)
    old.pop("_sliding_window_pattern", None)
    return {**old, "torch_dtype": old.pop("dtype")}


@pytest.mark.parametrize(
    "name", ["llama2", "llama3", "mistral", "qwen2", "qwen2-window", "qwen3", "gemma2", "gemma3"]
)
def test_settings_in_the_words_of_transformers_4_say_the_same(name: str, tmp_path: Path) -> None:
    save(CASES[name], tmp_path)
    text, layers = TEXTS["long"], range(open_folder(tmp_path).info.layers)
    wanted = [trace(text, str(tmp_path), layer=layer, head=1).weights for layer in layers]
    config = json.loads((tmp_path / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps(old_words(config)))
    for layer in layers:
        found = trace(text, str(tmp_path), layer=layer, head=1).weights
        np.testing.assert_array_equal(found, wanted[layer])


def test_the_terms_of_a_family_are_named_in_its_trace(tmp_path: Path) -> None:
    def of(name: str, layer: int = 1) -> Trace:
        save(CASES[name], tmp_path / name)
        return trace(TEXTS["default"], str(tmp_path / name), layer=layer, head=3)

    gemma2, gemma3, t5 = of("gemma2", 2), of("gemma3", 5), of("t5", 2)
    assert (gemma2.soft_cap, gemma2.window) == (1.5, 9)
    assert gemma2.need("unmasked").max() <= 1.5
    assert gemma2.divisor == pytest.approx(17**0.5)
    assert (gemma3.window, gemma3.soft_cap) == (None, None)
    assert gemma3.need("q_unnormed").shape == gemma3.need("q_unrotated").shape
    assert (t5.divisor, t5.causal, t5.start) == (1, False, None)
    np.testing.assert_array_equal(t5.scores, t5.scaled)
    sums = t5.scaled + t5.need("position_bias"), t5.masked  # computed in float64, then rounded
    np.testing.assert_allclose(*sums, rtol=1e-6, atol=5e-6)
    gpt2 = of("gpt2")
    assert gpt2.need("position").shape == gpt2.need("embedding").shape
    assert gpt2.need("output_bias").shape == (35,)
    with pytest.raises(AttentionError, match="does not divide its scores"):
        Material.build(TEXTS["default"], str(tmp_path / "t5"), needs=["scaling"])
    with pytest.raises(AttentionError, match="masks nothing"):
        Material.build(TEXTS["default"], str(tmp_path / "t5"), needs=["leak"])


def test_marians_tokenizer_is_that_of_sentencepiece(tmp_path: Path) -> None:
    sentencepiece = pytest.importorskip("sentencepiece", reason="needs the package sentencepiece")
    import transformers

    for side in ("source", "target"):
        with open(tmp_path / f"{side}.spm", "wb") as file:
            sentencepiece.SentencePieceTrainer.train(
                sentence_iterator=iter(SENTENCES * 20), model_writer=file, vocab_size=60,
                character_coverage=1.0,
            )  # fmt: skip
    there = sentencepiece.SentencePieceProcessor(str(tmp_path / "source.spm"))
    pieces = [there.id_to_piece(id) for id in reversed(range(3, len(there)))]
    names = ["</s>", "<unk>", *pieces, ">>fr<<", "<pad>"]
    (tmp_path / "vocab.json").write_text(json.dumps({name: id for id, name in enumerate(names)}))
    reference = transformers.MarianTokenizer(
        source_spm=str(tmp_path / "source.spm"),
        target_spm=str(tmp_path / "target.spm"),
        vocab=str(tmp_path / "vocab.json"),
    )
    save(CASES["marian"], tmp_path)
    (tmp_path / "tokenizer.json").unlink()
    (tmp_path / "vocab.json").write_text(json.dumps({name: id for id, name in enumerate(names)}))
    here = open_splitter(Folder(tmp_path), causal=False)
    codes = [
        f"{code}{SENTENCES[0]}" for code in (">>fr<< ", ">>fr<<", ">>xx<< ", ">>fr <", "> >fr<<")
    ]
    for text in (*MANY_TEXTS.values(), *codes):
        tokens = here.encode(text)
        assert [token.id for token in tokens] == reference(text).input_ids
        assert all(token.text in ("", text[token.start : token.end]) for token in tokens[:-1])


def test_the_language_model_of_a_gemma_3_that_sees_pictures(tmp_path: Path) -> None:
    import torch
    import transformers

    tokenizer = CASES["gemma3"].tokenizer()
    words = {**CASES["gemma3"].settings, "vocab_size": tokenizer.get_vocab_size()}
    pictures = {
        "num_hidden_layers": 1, "hidden_size": 8, "intermediate_size": 8,
        "num_attention_heads": 2, "image_size": 28, "patch_size": 14,
    }  # fmt: skip
    config = transformers.Gemma3Config(
        text_config=words, vision_config=pictures, mm_tokens_per_image=1
    )
    kind = transformers.Gemma3ForConditionalGeneration
    kind(config).save_pretrained(tmp_path)
    transformers.PreTrainedTokenizerFast(tokenizer_object=tokenizer).save_pretrained(tmp_path)
    network = kind.from_pretrained(tmp_path, attn_implementation="eager").eval()
    here = open_folder(tmp_path)
    tokens = here.encode(TEXTS["default"])
    ids = torch.tensor([[token.id for token in tokens]])
    kinds = torch.zeros_like(ids)
    with torch.no_grad():
        out = network(input_ids=ids, token_type_ids=kinds, output_attentions=True)
    blocks = here.blocks(here.embed(tokens), here.load(here.info.layers - 1))
    for block, wanted in zip(blocks, out.attentions, strict=True):
        np.testing.assert_allclose(block.steps.weights, wanted[0].numpy(), atol=1e-5)


REAL = [Path(path) for path in os.environ.get("ATTENTION_FOLDERS", "").split(os.pathsep) if path]


@pytest.mark.skipif(not REAL, reason="ATTENTION_FOLDERS names no folders of real models")
@pytest.mark.parametrize("folder", REAL, ids=[path.name for path in REAL])
def test_a_real_model_computes_what_transformers_computes(folder: Path) -> None:
    """For encoders that AutoModel opens: ATTENTION_FOLDERS=FOLDER:FOLDER make oracle."""
    import torch
    import transformers

    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    network = transformers.AutoModel.from_pretrained(
        folder, attn_implementation="eager", dtype=torch.float32
    ).eval()
    here = open_folder(folder)
    attention = hidden = 0.0
    for text in MANY_TEXTS.values():
        tokens = here.encode(text)
        ids = [token.id for token in tokens]
        bare = [token.id for token in tokens if not token.special]
        assert bare == tokenizer(text, add_special_tokens=False, truncation=False).input_ids
        with torch.no_grad():
            out = network(torch.tensor([ids]), output_attentions=True, output_hidden_states=True)
        found = compare(here, tokens, out)
        attention, hidden = max(attention, found.attention), max(hidden, found.hidden)
    print(f"{folder.name}: attention {attention:.1e} hidden {hidden:.1e}")
    assert attention < 1e-5
    assert hidden < 1e-4


def test_the_buckets_of_t5_are_those_of_transformers() -> None:
    import torch
    from transformers.models.t5.modeling_t5 import T5Attention

    at = torch.arange(300)
    for buckets, farthest in ((32, 128), (12, 40), (64, 200)):
        wanted = T5Attention._relative_position_bucket(
            at[None, :] - at[:, None], True, buckets, farthest
        )
        np.testing.assert_array_equal(relative_buckets(300, buckets, farthest), wanted.numpy())


def test_the_small_functions_are_those_of_torch() -> None:
    import torch

    x = np.random.default_rng(0).normal(0, 3, (50, 40)).astype(np.float32)
    there = torch.from_numpy(x)
    for ours, how in ((gelu, "none"), (gelu_tanh, "tanh")):
        wanted = torch.nn.functional.gelu(there, approximate=how).numpy()
        np.testing.assert_allclose(ours(x), wanted, rtol=1e-6, atol=1e-6)
    w, b = x[0], x[1]
    wanted = torch.nn.functional.layer_norm(
        there, (40,), torch.from_numpy(w), torch.from_numpy(b), 1e-12
    )
    np.testing.assert_allclose(layer_norm(x, w, b, 1e-12), wanted.numpy(), rtol=1e-5, atol=1e-5)
