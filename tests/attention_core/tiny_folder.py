"""Writes small model folders by hand: the tiny model of tiny_model, and whatever else is asked."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
from tokenizers import Tokenizer, decoders, models, pre_tokenizers

from attention_core.models.llama import Llama, unpermute
from tests.attention_core import tiny_model

ROLES = {  # GGUF's names for a layer's tensors -> roles
    "attn_norm": "attention_norm", "attn_q": "q", "attn_k": "k", "attn_v": "v",
    "attn_output": "o", "ffn_norm": "feed_forward_norm", "ffn_gate": "gate", "ffn_up": "up",
    "ffn_down": "down",
}  # fmt: skip


def config() -> dict[str, Any]:
    """config.json of the tiny model."""
    return {
        "model_type": "llama",
        "num_hidden_layers": tiny_model.LAYERS,
        "max_position_embeddings": 64,
        "hidden_size": tiny_model.D_MODEL,
        "intermediate_size": tiny_model.D_FF,
        "num_attention_heads": tiny_model.HEADS,
        "num_key_value_heads": tiny_model.KV_HEADS,
        "rms_norm_eps": 1e-5,
        "vocab_size": len(tiny_model.metadata()["tokenizer.ggml.tokens"]),
        "hidden_act": "silu",
        "rope_theta": 10000.0,
    }


def tensors() -> dict[str, np.ndarray]:
    """The weights of tiny_model, in the names and the order of rows that a folder has."""
    found = {}
    for name, array in tiny_model.tensors().items():
        stem = name.removesuffix(".weight")
        if stem.startswith("blk."):
            _, layer, part = stem.split(".")
            pattern = Llama.TENSORS[ROLES[part]].format(layer)
            heads = {"attn_q": tiny_model.HEADS, "attn_k": tiny_model.KV_HEADS}.get(part)
            array = unpermute(array, heads) if heads else array
        else:
            pattern = {"token_embd": "embed_tokens", "output_norm": "norm"}[stem]
        found[f"model.{pattern}.weight"] = array
    return found


def safetensors(arrays: dict[str, np.ndarray], kind: str = "F32") -> bytes:
    """A safetensors file of these arrays."""
    header, data = {}, b""
    for name, array in arrays.items():
        raw = stored(array, kind)
        header[name] = {
            "dtype": kind, "shape": array.shape, "data_offsets": [len(data), len(data) + len(raw)],
        }  # fmt: skip
        data += raw
    return with_header(header, data)


def stored(array: np.ndarray, kind: str) -> bytes:
    """Float32 numbers in another format; bfloat16 is cut off, not rounded."""
    if kind == "BF16":
        return (np.ascontiguousarray(array).view(np.uint32) >> 16).astype(np.uint16).tobytes()
    return array.astype({"F32": np.float32, "F16": np.float16}[kind]).tobytes()


def with_header(header: Any, data: bytes) -> bytes:
    """A safetensors file with this header, which may be anything."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


def tokenizer() -> Tokenizer:
    """The tokenizer of tiny_model."""
    meta = tiny_model.metadata()
    vocabulary = {text: id for id, text in enumerate(meta["tokenizer.ggml.tokens"])}
    pairs = [tuple(merge.split(" ")) for merge in meta["tokenizer.ggml.merges"]]
    made = Tokenizer(models.BPE(vocabulary, pairs))
    made.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(False)]
    )
    made.decoder = decoders.ByteLevel()
    return made


def write(
    folder: Path,
    settings: dict[str, Any] | None = None,
    arrays: dict[str, np.ndarray] | None = None,
    kind: str = "F32",
) -> Path:
    """Write a whole model folder."""
    folder.mkdir(exist_ok=True)
    (folder / "config.json").write_text(json.dumps(config() if settings is None else settings))
    (folder / "model.safetensors").write_bytes(
        safetensors(tensors() if arrays is None else arrays, kind)
    )
    tokenizer().save(str(folder / "tokenizer.json"))
    return folder
