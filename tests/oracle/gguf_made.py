"""Writes a tiny model of transformers as a GGUF file, as llama.cpp's converter would."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from tokenizers import Tokenizer

ARCHITECTURES = {
    "gpt2": "gpt2", "llama": "llama", "mistral": "llama", "qwen2": "qwen2", "qwen3": "qwen3",
    "gemma2": "gemma2", "gemma3_text": "gemma3", "bert": "bert", "t5": "t5",
}  # fmt: skip
CONV1D = ("c_attn.weight", "c_proj.weight", "c_fc.weight")
NORMAL, UNKNOWN, CONTROL, BYTE = 1, 2, 3, 6


def write(path: Path, network: Any, folder: Path, quantise: str = "") -> Path:
    """Write the network, and the tokenizer that was saved with it in `folder`.

    quantise: a number format for the matrices, as gguf names it.
    """
    import gguf

    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))

    config = network.config
    name = ARCHITECTURES[config.model_type]
    architecture = next(a for a, text in gguf.MODEL_ARCH_NAMES.items() if text == name)
    writer = gguf.GGUFWriter(path, name)
    layers = getattr(config, "num_hidden_layers", None) or config.num_layers
    _settings(writer, name, config, layers)
    _vocabulary(writer, config, json.loads(tokenizer.to_str()), tokenizer, name)
    names = gguf.get_tensor_name_map(architecture, layers)
    written = set()
    for key, value in network.state_dict().items():
        if key.endswith((".attn.bias", "position_ids", "coder.embed_tokens.weight")):
            continue
        array = value.float().numpy()
        new = names.get_name(key, try_suffixes=(".weight", ".bias"))
        if new is None and name == "bert":
            new = names.get_name(f"bert.{key}", try_suffixes=(".weight", ".bias"))
        if new is None or new in written:
            assert new in written or "lm_head" in key or "pooler" in key, key
            continue
        written.add(new)
        if name == "gpt2" and key.endswith(CONV1D):
            array = array.T
        if name == "llama" and ".attn_q." in new:
            array = _permute(array, config.num_attention_heads)
        if name == "llama" and ".attn_k." in new:
            array = _permute(array, config.num_key_value_heads)
        if name.startswith("gemma") and new.endswith("norm.weight"):
            array = array + 1
        array = np.ascontiguousarray(array)
        kind = gguf.GGMLQuantizationType[quantise or "F32"]
        if quantise and array.ndim == 2 and array.shape[1] % 32 == 0:
            writer.add_tensor(new, gguf.quants.quantize(array, kind), raw_dtype=kind)
        else:
            writer.add_tensor(new, array)
    rope = getattr(config, "rope_parameters", None) or {}
    if rope.get("rope_type") == "llama3":
        from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS

        scaled = ROPE_INIT_FUNCTIONS["llama3"](config, "cpu")[0].numpy()
        plain = 1 / rope["rope_theta"] ** (np.arange(0, config.head_dim, 2) / config.head_dim)
        writer.add_tensor("rope_freqs.weight", (plain / scaled).astype(np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def _permute(array: np.ndarray, heads: int) -> np.ndarray:
    paired = array.reshape(heads, 2, -1, *array.shape[1:])
    return paired.swapaxes(1, 2).reshape(array.shape)


def _settings(writer: Any, name: str, config: Any, layers: int) -> None:
    import gguf

    def get(*names: str) -> Any:
        return next((getattr(config, n) for n in names if getattr(config, n, None)), None)

    heads = get("num_attention_heads", "n_head", "num_heads")
    d_model = get("hidden_size", "n_embd", "d_model")
    rope = getattr(config, "rope_parameters", None) or {}
    writer.add_block_count(layers)
    writer.add_context_length(get("max_position_embeddings", "n_positions") or 512)
    writer.add_embedding_length(d_model)
    writer.add_feed_forward_length(get("intermediate_size", "n_inner", "d_ff") or 4 * d_model)
    writer.add_head_count(heads)
    if kv_heads := get("num_key_value_heads"):
        writer.add_head_count_kv(kv_heads)
    if d_k := get("head_dim", "d_kv"):
        writer.add_key_length(d_k)
        writer.add_value_length(d_k)
    if name in ("gpt2", "bert", "t5"):
        writer.add_layer_norm_eps(get("layer_norm_epsilon", "layer_norm_eps"))
    if rms := get("rms_norm_eps"):
        writer.add_layer_norm_rms_eps(rms)
    rope = rope.get("full_attention", rope)
    if "rope_theta" in rope:
        writer.add_rope_freq_base(rope["rope_theta"])
    if rope.get("rope_type") == "linear":
        writer.add_rope_scaling_type(gguf.RopeScalingType.LINEAR)
        writer.add_rope_scaling_factor(rope["factor"])
    if window := get("sliding_window"):
        writer.add_sliding_window(window)
    if cap := get("attn_logit_softcapping"):
        writer.add_attn_logit_softcapping(cap)
    if cap := get("final_logit_softcapping"):
        writer.add_final_logit_softcapping(cap)
    if buckets := get("relative_attention_num_buckets"):
        writer.add_relative_attn_buckets_count(buckets)


def _vocabulary(writer: Any, config: Any, content: Any, tokenizer: Tokenizer, name: str) -> None:
    model, size = content["model"], config.vocab_size
    tokens = [tokenizer.id_to_token(id) or f"[PAD{id}]" for id in range(size)]
    special = {token["content"]: token["id"] for token in content["added_tokens"]}
    kinds = [
        CONTROL if token in special or token.startswith("[PAD") else NORMAL for token in tokens
    ]
    kinds = [UNKNOWN if t in ("<unk>", "[UNK]") else k for t, k in zip(tokens, kinds, strict=True)]
    if model["type"] == "WordPiece":
        writer.add_tokenizer_model("bert")
        writer.add_bos_token_id(special["[CLS]"])
        writer.add_sep_token_id(special["[SEP]"])
        writer.add_unk_token_id(tokens.index("[UNK]"))
        tokens = [
            token[2:] if token.startswith("##") else token if kind != NORMAL else f"▁{token}"
            for token, kind in zip(tokens, kinds, strict=True)
        ]
    elif model["type"] == "Unigram":
        writer.add_tokenizer_model("t5")
        scores = dict(map(tuple, model["vocab"]))
        writer.add_token_scores([scores.get(token, -100.0) for token in tokens])
        writer.add_unk_token_id(model["unk_id"])
        writer.add_eos_token_id(special["</s>"])
        writer.add_remove_extra_whitespaces(True)
    elif model.get("byte_fallback"):
        writer.add_tokenizer_model("llama")
        kinds = [BYTE if t.startswith("<0x") else k for t, k in zip(tokens, kinds, strict=True)]
        writer.add_token_scores([-float(id) for id in range(size)])
        writer.add_unk_token_id(tokens.index("<unk>"))
        writer.add_bos_token_id(special["<bos>" if "<bos>" in special else "<s>"])
        writer.add_add_space_prefix("<s>" in special)
    else:
        writer.add_tokenizer_model("gpt2")
        writer.add_tokenizer_pre("gpt-2")
        writer.add_token_merges([" ".join(pair) for pair in model["merges"]])
        for bos in ("<|begin_of_text|>",):
            if bos in special:
                writer.add_bos_token_id(special[bos])
                writer.add_add_bos_token(True)
    writer.add_token_list(tokens)
    writer.add_token_types(kinds)
