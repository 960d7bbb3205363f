"""GGUF files: sound ones are read, broken and hostile ones are one clear error."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from attention_core import AttentionError, trace
from attention_core.checkpoint import Checkpoint
from attention_core.quantisation import FORMATS, dequantise
from attention_core.registry import open_model
from tests.attention_core import tiny_model

QUERY = "blk.1.attn_q.weight"


def run(path: Path) -> None:
    """All that a file is read for."""
    trace("cat", str(path), layer=1, head=0, logits=True)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "model.gguf"


def test_a_file_gives_back_its_tensors_and_metadata(path: Path) -> None:
    weights = tiny_model.tensors()
    checkpoint = Checkpoint(tiny_model.write(path, weights=weights))
    for name, array in weights.items():
        np.testing.assert_array_equal(checkpoint.read(name, array.shape), array)
    rows = checkpoint.read_rows("token_embd.weight", [5, 0, 5], weights["token_embd.weight"].shape)
    np.testing.assert_array_equal(rows, weights["token_embd.weight"][[5, 0, 5]])
    assert checkpoint.get("llama.block_count", int) == tiny_model.LAYERS
    assert checkpoint.quantisation() == "F32"


@pytest.mark.parametrize(
    ("key", "value", "complaint"),
    [
        ("general.architecture", "mamba", "'mamba', which is not built here; known: "),
        ("general.architecture", None, "general.architecture must be a text but is missing"),
        ("llama.block_count", "two", "llama.block_count must be a whole number but is 'two'"),
        ("llama.block_count", 0, "llama.block_count is 0"),
        ("llama.block_count", 3, "it has no tensor blk.2.attn_q.weight"),
        ("llama.attention.head_count_kv", 3, "4 heads cannot share 3 key heads"),
        ("llama.rope.scaling.type", "yarn", "stretches RoPE, which is not built here"),
        ("llama.expert_count", 8, "is a mixture of experts, not built here"),
        ("tokenizer.ggml.model", "rwkv", "tokenizer of the kind 'rwkv'"),
        ("tokenizer.ggml.model", "llama", "key tokenizer.ggml.scores must be a list but is miss"),
        ("tokenizer.ggml.pre", "smallm", "known are byte-level BPE ones: smollm, "),
        ("tokenizer.ggml.merges", ["nothing there"], "its tokenizer cannot be built"),
        ("tokenizer.ggml.merges", ["one"], "its tokenizer cannot be built"),
        ("tokenizer.ggml.merges", ["a b c"], "its tokenizer cannot be built"),
        ("tokenizer.ggml.merges", [1, 2], "its tokenizer cannot be built"),
        ("tokenizer.ggml.tokens", tiny_model.metadata()["tokenizer.ggml.tokens"][:-3],
         "tensor token_embd.weight has shape (260, 16) where (257, 16) is needed"),
        ("general.alignment", 0, "general.alignment is 0"),
    ],
)  # fmt: skip
def test_metadata_that_cannot_be_used_is_named(
    path: Path, key: str, value: Any, complaint: str
) -> None:
    meta = {**tiny_model.metadata(), key: value}
    if value is None:
        del meta[key]
    if key == "tokenizer.ggml.tokens":
        meta["tokenizer.ggml.merges"] = []
    tiny_model.write(path, meta)
    with pytest.raises(AttentionError) as caught:
        run(path)
    assert complaint in str(caught.value)
    assert "\n" not in str(caught.value)


def broken_tensor(path: Path, how: str) -> None:
    """Write a file in which the tensor QUERY is broken."""
    weights = tiny_model.tensors()
    kinds = {}
    if how == "missing":
        del weights[QUERY]
    elif how == "wrong shape":
        weights[QUERY] = weights[QUERY][:, :8].copy()
    elif how == "not finite":
        weights[QUERY][3, 4] = np.nan
    elif how == "unknown format":
        kinds = {QUERY: 99}
    elif how == "half a block":
        kinds = {QUERY: 8}
    tiny_model.write(path, weights=weights, kinds=kinds)


@pytest.mark.parametrize(
    ("how", "complaint"),
    [
        ("missing", "it has no tensor blk.1.attn_q.weight"),
        ("wrong shape", "blk.1.attn_q.weight has shape (16, 8) where (16, 16) is needed"),
        ("not finite", "tensor blk.1.attn_q.weight holds numbers that are not finite"),
        ("unknown format", "tensor 'blk.1.attn_q.weight'"),
        ("half a block", "'blk.1.attn_q.weight' has shape (16, 16) in blocks of 32"),
    ],
)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_a_tensor_that_cannot_be_used_is_named(path: Path, how: str, complaint: str) -> None:
    broken_tensor(path, how)
    with pytest.raises(AttentionError) as caught:
        run(path)
    assert complaint in str(caught.value)


HEADER = b"GGUF" + struct.pack("<I", 3)
LONG = struct.pack("<Q", 1 << 62)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "the file is empty"),
        (b"PK\x03\x04 a zip", "is not a GGUF file"),
        (b"GGUF", "it ends in the middle of its header"),
        (b"GGUF" + struct.pack("<IQQ", 1, 0, 0), "a GGUF file of version 1"),
        (b"GGUF" + struct.pack(">IQQ", 3, 0, 0), "a GGUF file of version 50331648"),
        (HEADER + LONG + LONG, "it claims 4,611,686,018,427,387,904 tensors"),
        (HEADER + struct.pack("<QQ", 0, 0), "it holds no tensors"),
        (HEADER + struct.pack("<QQ", 0, 1) + LONG, "a text in its header is longer than the file"),
        (HEADER + struct.pack("<QQQ", 0, 1, 2) + b"\xff\xff", "a text in its header is not UTF-8"),
        (HEADER + struct.pack("<QQQ1sI", 0, 1, 1, b"k", 77), "'k' has the unknown type 77"),
        (HEADER + struct.pack("<QQQ1sIIQ", 0, 1, 1, b"k", 9, 9, 1), "'k' is an array of type 9"),
        (HEADER + struct.pack("<QQQ1sI", 1, 0, 1, b"t", 9), "tensor 't' has 9 axes"),
        (
            HEADER + struct.pack("<QQQ1sIQIQ", 1, 0, 1, b"t", 1, 1 << 61, 0, 0),
            "tensor 't' reaches to byte 9,223,372,036,854,775,872 of a file of",
        ),
    ],
)  # fmt: skip
def test_a_header_that_lies_is_an_error(path: Path, content: bytes, complaint: str) -> None:
    path.write_bytes(content)
    with pytest.raises(AttentionError) as caught:
        Checkpoint(path)
    assert complaint in str(caught.value)


def test_a_file_that_is_cut_short_names_the_tensor_that_is_missing(path: Path) -> None:
    whole = tiny_model.write(path).read_bytes()
    path.write_bytes(whole[:-100])
    with pytest.raises(AttentionError, match=r"tensor 'blk\.1\.ffn_down\.weight' reaches to byte"):
        Checkpoint(path)


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_no_damage_to_the_header_gives_anything_but_an_attention_error(
    path: Path, data: st.DataObject
) -> None:
    path.unlink(missing_ok=True)
    content = bytearray(tiny_model.write(path).read_bytes())
    at = data.draw(st.integers(0, 5000), label="at")
    content[at] ^= data.draw(st.integers(1, 255), label="flip")
    path.unlink()  # a run that failed may still be reading its file, which must not shrink
    path.write_bytes(content)
    try:
        run(path)
    except AttentionError as error:
        assert "\n" not in str(error)


def test_a_model_without_its_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(AttentionError, match="there is no model file"):
        open_model(str(tmp_path / "none.gguf"))
    with pytest.raises(AttentionError, match=r"is no model folder: it has no config\.json; give"):
        open_model(str(tmp_path))


def test_q4_1_is_scale_times_number_plus_minimum() -> None:
    low_then_high = bytes(i | (15 - i) << 4 for i in range(16))
    block = np.frombuffer(np.array([0.5, -2], np.float16).tobytes() + low_then_high, np.uint8)
    wanted = [0.5 * i - 2 for i in range(16)] + [0.5 * (15 - i) - 2 for i in range(16)]
    assert dequantise(block, FORMATS[3]).tolist() == wanted


def test_half_precision_formats_are_exact() -> None:
    values = np.array([1.5, -0.25, 1024, 0], np.float32)
    half = np.frombuffer(values.astype(np.float16).tobytes(), np.uint8)
    assert dequantise(half, FORMATS[1]).tolist() == values.tolist()
    upper = np.frombuffer((values.view(np.uint32) >> 16).astype(np.uint16).tobytes(), np.uint8)
    assert dequantise(upper, FORMATS[30]).tolist() == values.tolist()
