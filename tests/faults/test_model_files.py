"""Model files from strangers: each damaged one is read, or is one clear error that costs little."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from attention_core import trace
from attention_core.folder import Folder
from attention_core.opening import FILES, FOLDERS
from attention_core.splitting import open_splitter
from tests.attention_core import test_spm, tiny_folder, tiny_model
from tests.faults.mutated import (
    damaged_bytes,
    damaged_tree,
    odd_values,
    one_clear_error,
)

SENTENCE = "the cat, 12 고양이"
TRIALS = 400
many = settings(
    max_examples=TRIALS,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")


@pytest.fixture(autouse=True)
def _warm(tmp_path: Path) -> None:
    """The first run imports what the later ones share."""
    trace(SENTENCE, str(tiny_folder.write(tmp_path / "warm")))
    trace(SENTENCE, str(tiny_model.write(tmp_path / "warm.gguf")))


def opened(path: Path) -> None:
    """Open the model, and run it."""
    with one_clear_error():
        found = trace(SENTENCE, str(path), logits=True)
        np.testing.assert_allclose(found.weights.sum(axis=-1), 1, atol=1e-4)


def fresh(path: Path, content: bytes) -> Path:
    """The file, new: an old one of that name may still be mapped."""
    path.unlink(missing_ok=True)
    path.write_bytes(content)
    return path


@many
@given(st.data())
def test_gguf_bytes(tmp_path: Path, data: st.DataObject) -> None:
    content = tiny_model.write(tmp_path / "sound.gguf").read_bytes()
    header = content.index(b"blk.1.ffn_down")
    opened(fresh(tmp_path / "m.gguf", data.draw(damaged_bytes(content, header))))


def gguf_values() -> st.SearchStrategy[Any]:
    """What a GGUF file can say: a number of any type, a text, or a list of one kind."""
    numbers = st.sampled_from([0, 1, -1, 3, 2**31, 2**32 - 1, 2**63 - 1, -(2**63), 2**64 - 1])
    floats = st.sampled_from([0.0, -1.0, math.nan, math.inf, 1e30])
    texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
    lists = st.lists(numbers.filter(lambda n: abs(n) < 2**31), max_size=300)
    return (
        numbers | floats | texts | st.booleans() | lists
        | st.lists(floats, max_size=300) | st.lists(texts, max_size=300)
    )  # fmt: skip


@st.composite
def gguf_kinds(draw: st.DrawFn) -> dict[str, Any]:
    """The metadata of the tiny model with another family, tokenizer, or odd values."""
    architecture = draw(st.sampled_from(["llama", "llama", *FILES]))
    meta = tiny_model.metadata(architecture)
    tokens = meta["tokenizer.ggml.tokens"]
    kind = draw(st.sampled_from(["gpt2", "gpt2", "llama", "bert", "t5", "x"]))
    meta["tokenizer.ggml.model"] = kind
    if kind != "gpt2":
        meta["tokenizer.ggml.scores"] = [-float(row) for row in range(len(tokens))]
        meta["tokenizer.ggml.token_type"] = [1] * len(tokens)
        meta["tokenizer.ggml.unknown_token_id"] = 0
    names = [*meta, f"{architecture}.attention.key_length", f"{architecture}.rope.scaling.type",
             f"{architecture}.attention.sliding_window", "tokenizer.ggml.bos_token_id",
             "tokenizer.ggml.precompiled_charsmap", "general.alignment"]  # fmt: skip
    for _ in range(draw(st.integers(1, 3))):
        name = draw(st.sampled_from(names))
        if draw(st.integers(0, 5)):
            meta[name] = draw(gguf_values())
        else:
            meta.pop(name, None)
    return meta


@many
@given(gguf_kinds())
def test_gguf_settings(tmp_path: Path, meta: dict[str, Any]) -> None:
    path = tmp_path / "m.gguf"
    path.unlink(missing_ok=True)
    opened(tiny_model.write(path, meta))


@many
@given(st.data())
def test_gguf_tensors(tmp_path: Path, data: st.DataObject) -> None:
    weights = tiny_model.tensors()
    name = data.draw(st.sampled_from([*weights]))
    kinds = None
    match data.draw(st.sampled_from(["value", "shape", "gone", "format"])):
        case "value":
            value = data.draw(st.sampled_from([math.nan, math.inf, -math.inf, 3e38, 1e-45, 0.0]))
            flat = weights[name].reshape(-1)
            flat[data.draw(st.integers(0, flat.size - 1)) :] = value
        case "shape":
            shape = data.draw(st.lists(st.integers(1, 40), min_size=1, max_size=4))
            weights[name] = np.zeros(shape, np.float32)
        case "gone":
            del weights[name]
        case _:
            kinds = {name: data.draw(st.integers(0, 40) | st.just(2**32 - 1))}
    path = tmp_path / "m.gguf"
    path.unlink(missing_ok=True)
    opened(tiny_model.write(path, None, weights, kinds))


@many
@given(st.data())
def test_safetensors_bytes(tmp_path: Path, data: st.DataObject) -> None:
    folder = tiny_folder.write(tmp_path / "m")
    content = (folder / "model.safetensors").read_bytes()
    header = 8 + int.from_bytes(content[:8], "little")
    fresh(folder / "model.safetensors", data.draw(damaged_bytes(content, header)))
    opened(folder)


def header_of(content: bytes) -> tuple[dict[str, Any], bytes]:
    end = 8 + int.from_bytes(content[:8], "little")
    return json.loads(content[8:end]), content[end:]


SOUND_HEADER, SOUND_DATA = header_of(tiny_folder.safetensors(tiny_folder.tensors()))


@many
@given(damaged_tree(SOUND_HEADER))
@example({"a": {"dtype": "F32", "shape": [10**4299], "data_offsets": [0, 10**4299 * 4]}})
@example({"a": {"dtype": "U8", "shape": [10**4300 - 1], "data_offsets": [0, 10**4300 - 1]}})
def test_safetensors_headers(tmp_path: Path, header: Any) -> None:
    folder = tiny_folder.write(tmp_path / "m")
    fresh(folder / "model.safetensors", tiny_folder.with_header(header, SOUND_DATA))
    opened(folder)


FAMILIES = [*FOLDERS]
OTHER_ENTRIES = (
    "rope_scaling", "rope_parameters", "sliding_window", "layer_types", "head_dim", "text_config",
    "quantization_config", "bos_token_id", "tie_word_embeddings", "use_sliding_window",
    "query_pre_attn_scalar", "attn_logit_softcapping", "sliding_window_pattern", "n_layer",
    "n_head", "n_embd", "d_model", "d_ff", "d_kv", "num_layers", "num_heads", "layer_norm_epsilon",
    "encoder_layers", "encoder_attention_heads", "encoder_ffn_dim", "max_window_layers",
)  # fmt: skip


@many
@given(st.sampled_from(["llama", "mistral", "qwen2", "qwen3", *FAMILIES]), st.data())
def test_configs(tmp_path: Path, family: str, data: st.DataObject) -> None:
    folder = tiny_folder.write(tmp_path / "m")
    config = data.draw(damaged_tree({**tiny_folder.config(), "model_type": family}))
    if data.draw(st.booleans()):
        config[data.draw(st.sampled_from(OTHER_ENTRIES))] = data.draw(odd_values())
    (folder / "config.json").write_text(json.dumps(config))
    opened(folder)


@pytest.mark.parametrize("entry", ["rms_norm_eps", "rope_theta", "num_hidden_layers", "factor"])
@pytest.mark.parametrize("value", [10**4000, -(10**4000), math.nan, math.inf, [], {}, True])
def test_numbers_without_bound(tmp_path: Path, entry: str, value: Any) -> None:
    folder = tiny_folder.write(tmp_path / "m")
    changed = {entry: value}
    if entry == "factor":
        changed = {"rope_scaling": {"rope_type": "linear", "factor": value}}
    (folder / "config.json").write_text(json.dumps({**tiny_folder.config(), **changed}))
    with one_clear_error():
        trace(SENTENCE, str(folder))
        pytest.fail("it was taken")


@many
@given(st.data())
def test_config_bytes(tmp_path: Path, data: st.DataObject) -> None:
    folder = tiny_folder.write(tmp_path / "m")
    content = (folder / "config.json").read_bytes()
    fresh(folder / "config.json", data.draw(damaged_bytes(content, len(content))))
    opened(folder)


SOUND_TOKENIZER = json.loads(tiny_folder.tokenizer().to_str())


@many
@given(damaged_tree(SOUND_TOKENIZER))
def test_tokenizer_json(tmp_path: Path, tree: Any) -> None:
    folder = tiny_folder.write(tmp_path / "m")
    fresh(folder / "tokenizer.json", json.dumps(tree).encode())
    opened(folder)


@many
@given(st.data())
def test_tokenizer_bytes(tmp_path: Path, data: st.DataObject) -> None:
    folder = tiny_folder.write(tmp_path / "m")
    content = (folder / "tokenizer.json").read_bytes()
    fresh(folder / "tokenizer.json", data.draw(damaged_bytes(content, len(content))))
    opened(folder)


@many
@given(st.data())
def test_sentencepiece_models(tmp_path: Path, data: st.DataObject) -> None:
    charsmap = (4).to_bytes(4, "little") + bytes(4) + b"a\0b\0"
    content = test_spm.model(charsmap=data.draw(st.sampled_from([b"", charsmap])))
    numbers = data.draw(st.just(test_spm.NUMBERS) | damaged_tree(test_spm.NUMBERS))
    folder = test_spm.write(
        tmp_path / "m", data.draw(damaged_bytes(content, len(content))), numbers
    )
    with one_clear_error():
        found = open_splitter(Folder(folder), causal=False).encode(SENTENCE)
        read = "".join(token.text for token in found if not token.special)
        assert read.replace(" ", "") == SENTENCE.replace(" ", "")
