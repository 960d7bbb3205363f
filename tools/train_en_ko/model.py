"""The toy model in torch: torch.nn.Transformer with embeddings and sinusoidal positions."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from attention_core.ops import Array, sinusoids


class Sizes(NamedTuple):
    """The model's shape."""

    source: int  # English words
    target: int  # Korean pieces, the start and end tokens included
    d_model: int = 64
    heads: int = 4
    layers: int = 2
    d_ff: int = 128
    context: int = 24  # most tokens of a side


class Attentions(NamedTuple):
    """The weights of every head: (layers, h, n_q, n_k) each."""

    encoder: Tensor
    decoder: Tensor
    cross: Tensor


class EnglishToKorean(nn.Module):
    """The Transformer of arXiv:1706.03762, with the norm before each block (arXiv:2002.04745).

    No biases; the output matrix is the target embedding (section 3.4).
    """

    def __init__(self, sizes: Sizes, dropout: float = 0.0) -> None:
        super().__init__()
        self.sizes = sizes
        self.source = nn.Embedding(sizes.source, sizes.d_model)
        self.target = nn.Embedding(sizes.target, sizes.d_model)
        for table in (self.source, self.target):
            nn.init.normal_(table.weight, std=sizes.d_model**-0.5)
        self.transformer = nn.Transformer(
            sizes.d_model,
            sizes.heads,
            sizes.layers,
            sizes.layers,
            sizes.d_ff,
            dropout,
            batch_first=True,
            norm_first=True,
            bias=False,
        )
        self.dropout = nn.Dropout(dropout)
        table = torch.from_numpy(sinusoids(sizes.context, sizes.d_model))
        self.register_buffer("positions", table, persistent=False)

    def embed(self, table: nn.Embedding, ids: Tensor) -> Tensor:
        """Embeddings times sqrt(d_model), plus positions.  (batch, n) -> (batch, n, d_model)"""
        scaled = table(ids) * math.sqrt(table.embedding_dim)
        embedded: Tensor = self.dropout(scaled + self.positions[: ids.shape[1]])
        return embedded

    def forward(self, source: Tensor, target: Tensor, padding: Tensor | None = None) -> Tensor:
        """Scores of each next piece.

        source: (batch, n_k), target: (batch, n_q), padding: (batch, n_k), True where the source
        is filled up -> (batch, n_q, vocabulary)
        """
        future = torch.ones(target.shape[1], target.shape[1], dtype=torch.bool).triu(1)
        last = self.transformer(
            self.embed(self.source, source),
            self.embed(self.target, target),
            tgt_mask=future,
            src_key_padding_mask=padding,
            memory_key_padding_mask=padding,
        )
        scores: Tensor = last @ self.target.weight.T
        return scores


@torch.no_grad()
def attentions(model: EnglishToKorean, source: Tensor, target: Tensor) -> tuple[Tensor, Attentions]:
    """Scores of the next pieces, and all weights, as torch's own modules compute them.

    source: (n_k,), target: (n_q,) -> (n_q, vocabulary), Attentions
    """
    stacks = model.transformer.encoder.layers, model.transformer.decoder.layers
    kinds = (
        [layer.self_attn for layer in stacks[0]],
        [layer.self_attn for layer in stacks[1]],
        [layer.multihead_attn for layer in stacks[1]],
    )
    caught: dict[nn.Module, Tensor] = {}
    hooks = []
    for module in (module for kind in kinds for module in kind):

        def ask(_: nn.Module, args: tuple, options: dict) -> tuple:  # type: ignore[type-arg]
            return args, {**options, "need_weights": True, "average_attn_weights": False}

        def catch(module: nn.Module, _: object, out: tuple[Tensor, Tensor]) -> None:
            caught[module] = out[1][0]

        hooks.append(module.register_forward_pre_hook(ask, with_kwargs=True))
        hooks.append(module.register_forward_hook(catch))
    model.eval()
    scores = model(source[None], target[None])[0]
    for hook in hooks:
        hook.remove()
    return scores, Attentions(*(torch.stack([caught[module] for module in kind]) for kind in kinds))


def names(layers: int) -> dict[str, tuple[str, ...]]:
    """For each of torch's parameters the arrays of the weights file that it holds, side by side."""
    found: dict[str, tuple[str, ...]] = {
        "source.weight": ("enc.token_embd",),
        "target.weight": ("dec.token_embd",),
        "transformer.encoder.norm.weight": ("enc.output_norm",),
        "transformer.decoder.norm.weight": ("dec.output_norm",),
    }
    blocks = {
        "encoder": {"norm1": "attn_norm", "self_attn": "attn", "norm2": "ffn_norm"},
        "decoder": {
            "norm1": "attn_norm",
            "self_attn": "attn",
            "norm2": "cross_attn_norm",
            "multihead_attn": "cross_attn",
            "norm3": "ffn_norm",
        },
    }
    for side, parts in blocks.items():
        for layer in range(layers):
            here, there = f"transformer.{side}.layers.{layer}", f"{side[:3]}.blk.{layer}"
            for part, name in {**parts, "linear1": "ffn_up", "linear2": "ffn_down"}.items():
                if part.endswith("attn"):
                    in_three = tuple(f"{there}.{name}_{one}" for one in "qkv")
                    found[f"{here}.{part}.in_proj_weight"] = in_three
                    found[f"{here}.{part}.out_proj.weight"] = (f"{there}.{name}_output",)
                else:
                    found[f"{here}.{part}.weight"] = (f"{there}.{name}",)
    return found


def exported(model: EnglishToKorean) -> dict[str, Array]:
    """What the weights file holds: float16, and the numbers that no shape tells."""
    state, sizes = model.state_dict(), model.sizes
    arrays = {}
    for parameter, parts in names(sizes.layers).items():
        for name, part in zip(parts, state.pop(parameter).chunk(len(parts)), strict=True):
            arrays[name] = part.numpy().astype(np.float16)
    if state:
        raise ValueError(f"not exported: {', '.join(state)}")
    return {**arrays, "heads": np.array(sizes.heads), "context": np.array(sizes.context)}


def imported(arrays: Mapping[str, Array]) -> EnglishToKorean:
    """The model that a weights file holds, ready to run."""
    source, target = arrays["enc.token_embd"], arrays["dec.token_embd"]
    layers = sum(name.endswith("cross_attn_q") for name in arrays)
    d_ff, d_model = arrays["enc.blk.0.ffn_up"].shape
    heads, context = int(arrays["heads"]), int(arrays["context"])
    sizes = Sizes(len(source), len(target), d_model, heads, layers, d_ff, context)
    state = {
        parameter: torch.cat([torch.from_numpy(np.float32(arrays[part])) for part in parts])
        for parameter, parts in names(layers).items()
    }
    model = EnglishToKorean(sizes)
    model.load_state_dict(state)
    model.eval()
    return model
