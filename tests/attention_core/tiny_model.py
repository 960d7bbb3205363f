"""Writes small GGUF files: a random model of the llama family, and broken variants of it."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import numpy as np
from tokenizers import pre_tokenizers

LAYERS, HEADS, KV_HEADS, D_MODEL, D_FF = 2, 4, 2, 16, 32
D_K = D_MODEL // HEADS
START = "<|endoftext|>"


def metadata(architecture: str = "llama") -> dict[str, Any]:
    """What a file of the tiny model says about itself."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())  # one token a byte
    return {
        "general.architecture": architecture,
        f"{architecture}.block_count": LAYERS,
        f"{architecture}.context_length": 64,
        f"{architecture}.embedding_length": D_MODEL,
        f"{architecture}.feed_forward_length": D_FF,
        f"{architecture}.attention.head_count": HEADS,
        f"{architecture}.attention.head_count_kv": KV_HEADS,
        f"{architecture}.attention.layer_norm_rms_epsilon": 1e-5,
        f"{architecture}.rope.freq_base": 10000.0,
        "tokenizer.ggml.model": "gpt2",
        "tokenizer.ggml.pre": "smollm",
        "tokenizer.ggml.tokens": [START, *alphabet, "Ġc", "at", "Ġcat"],
        "tokenizer.ggml.merges": ["Ġ c", "a t", "Ġc at"],
    }


def tensors(seed: int = 0) -> dict[str, np.ndarray]:
    """Random weights, each (out, in)."""
    draw = np.random.default_rng(seed)
    shapes: dict[str, tuple[int, ...]] = {
        "token_embd.weight": (len(metadata()["tokenizer.ggml.tokens"]), D_MODEL),
        "output_norm.weight": (D_MODEL,),
    }
    for layer in range(LAYERS):
        shapes |= {
            f"blk.{layer}.attn_norm.weight": (D_MODEL,),
            f"blk.{layer}.attn_q.weight": (HEADS * D_K, D_MODEL),
            f"blk.{layer}.attn_k.weight": (KV_HEADS * D_K, D_MODEL),
            f"blk.{layer}.attn_v.weight": (KV_HEADS * D_K, D_MODEL),
            f"blk.{layer}.attn_output.weight": (D_MODEL, HEADS * D_K),
            f"blk.{layer}.ffn_norm.weight": (D_MODEL,),
            f"blk.{layer}.ffn_gate.weight": (D_FF, D_MODEL),
            f"blk.{layer}.ffn_up.weight": (D_FF, D_MODEL),
            f"blk.{layer}.ffn_down.weight": (D_MODEL, D_FF),
        }
    return {name: draw.normal(size=shape).astype(np.float32) for name, shape in shapes.items()}


def write(
    path: Path,
    meta: dict[str, Any] | None = None,
    weights: dict[str, np.ndarray] | None = None,
    kinds: dict[str, int] | None = None,
) -> Path:
    """Write a GGUF file of float32 tensors. `kinds` overrides the number format that it claims."""
    meta = metadata() if meta is None else meta
    weights = tensors() if weights is None else weights
    head = b"GGUF" + struct.pack("<IQQ", 3, len(weights), len(meta))
    for key, value in meta.items():
        head += _text(key) + _value(value)
    data = b""
    for name, array in weights.items():
        shape = array.shape[::-1]
        kind = (kinds or {}).get(name, 0)
        head += _text(name) + struct.pack(f"<I{len(shape)}Q", len(shape), *shape)
        head += struct.pack("<IQ", kind, len(data))
        data += array.tobytes() + bytes(-array.nbytes % 32)
    path.write_bytes(head + bytes(-len(head) % 32) + data)
    return path


def _text(text: str) -> bytes:
    return struct.pack("<Q", len(text.encode())) + text.encode()


def _value(value: Any) -> bytes:
    if isinstance(value, str):
        return struct.pack("<I", 8) + _text(value)
    if isinstance(value, bool):
        return struct.pack("<I?", 7, value)
    if isinstance(value, float):
        return struct.pack("<If", 6, value)
    if isinstance(value, int):
        kind, form = (11, "q") if value < 0 else (4, "I") if value < 1 << 32 else (10, "Q")
        return struct.pack(f"<I{form}", kind, value)
    if value and isinstance(value[0], float):
        return struct.pack(f"<IIQ{len(value)}f", 9, 6, len(value), *value)
    if value and isinstance(value[0], int):
        return struct.pack(f"<IIQ{len(value)}i", 9, 5, len(value), *value)
    return struct.pack("<IIQ", 9, 8, len(value)) + b"".join(map(_text, value))
