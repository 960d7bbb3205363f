"""Gemma 2 (arXiv:2408.00118) and Gemma 3 (arXiv:2503.19786): local and global layers.

Norms before and after each block; Gemma 3 norms queries and keys, Gemma 2 soft-caps the scores.
Start token: <bos>, which its tokenizer puts in front.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from attention_core.attention import Terms, soft_cap
from attention_core.models.base import Block
from attention_core.models.llama import Llama, Rotation
from attention_core.ops import Array
from attention_core.tokens import Token

LOCAL, GLOBAL = "sliding_attention", "full_attention"


class Gemma2(Llama):
    """A checkpoint of Gemma 2, ready to run (attention_core.models.base.Model)."""

    FAMILY = "gemma"
    ACTIVATION = "gelu_pytorch_tanh"
    PATTERN = 2  # every so many-th layer is global
    KEYS: ClassVar[dict[str, str]] = {
        **Llama.KEYS,
        "activation": "hidden_activation",
        "soft_cap": "attn_logit_softcapping",
        "final_soft_cap": "final_logit_softcapping",
    }
    TENSORS: ClassVar[dict[str, str]] = {
        **Llama.TENSORS,
        "update_norm": "layers.{}.post_attention_layernorm",
        "feed_forward_norm": "layers.{}.pre_feedforward_layernorm",
        "feed_forward_update_norm": "layers.{}.post_feedforward_layernorm",
    }
    # What config.json of the larger models leaves to transformers' own defaults.
    DEFAULTS: ClassVar[dict[str, int | float]] = {
        "heads": 8,
        "kv_heads": 4,
        "d_k": 256,
        "context": 131_072,
        "rms_eps": 1e-6,
        "window": 4096,
    }

    @property
    def divisor(self) -> float | None:
        """What the scores are divided by, where it is not sqrt(d_k)."""
        m = self.info
        if self.is_folder:
            by = self.checkpoint.get("query_pre_attn_scalar", float, 256.0)
        else:  # the 27B models only; the file does not say it (llama.cpp)
            by = m.d_model / m.heads if m.layers in (46, 62) else float(m.d_k)
        return None if by == m.d_k else float(np.sqrt(by))

    def embed(self, tokens: Sequence[Token]) -> Array:
        return self._token_rows(tokens) * np.float32(np.sqrt(self.info.d_model))  # (n, d_model)

    def terms(self, n: int, layer: int) -> Terms:
        cap = self._setting("soft_cap", float) if self._is_set("soft_cap") else None
        return super().terms(n, layer)._replace(divisor=self.divisor, soft_cap=cap)

    def logits(self, last: Block) -> Array:
        scored = super().logits(last)  # (vocabulary,)
        if self._is_set("final_soft_cap"):
            return soft_cap(scored, self._setting("final_soft_cap", float))
        return scored

    def _kinds(self) -> list[bool]:
        """Which layers are local, so that they see a window only."""
        layers = self.info.layers
        if self.checkpoint.has("layer_types"):
            kinds = self.checkpoint.get("layer_types", list)
            if len(kinds) != layers:
                raise self.checkpoint.broken(f"it names {len(kinds)} layer_types of {layers}")
            return [kind == LOCAL for kind in kinds]
        every = max(self.checkpoint.get("sliding_window_pattern", int, self.PATTERN), 1)
        return [bool((layer + 1) % every) for layer in range(layers)]

    def _windows(self) -> list[int | None]:
        window = self._positive("window")
        return [window if local else None for local in self._kinds()]

    def _matrix(self, role: str, *shape: int, layer: int = 0) -> Array:
        read = super()._matrix(role, *shape, layer=layer)
        return read + 1 if self.is_folder and role.endswith("norm") else read


class Gemma3(Gemma2):
    """A checkpoint of Gemma 3: its local layers turn by a base of their own."""

    PATTERN = 6
    DEFAULTS: ClassVar[dict[str, int | float]] = {**Gemma2.DEFAULTS, "base": 1e6}

    def _rotations(self) -> list[Rotation]:
        get = self.checkpoint.get
        by_kind = get("rope_parameters", dict, {}) if self.is_folder else {}
        if LOCAL in by_kind:
            local = self._rotation(by_kind[LOCAL], 10_000.0)
            wide = self._rotation(by_kind.get(GLOBAL, {}), 1e6)
        else:
            local = self._rotation({}, get("rope_local_base_freq", float, 10_000.0))
            wide = super()._rotations()[0]
        return [local if is_local else wide for is_local in self._kinds()]
