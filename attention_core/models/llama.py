"""The llama family (arXiv:2302.13971): RMSNorm, RoPE, grouped key/value heads, SwiGLU.

Llama 1-3, SmolLM, TinyLlama; Mistral with its window (arXiv:2310.06825); Qwen 2 and 2.5 with biases
(arXiv:2407.10671); Qwen 3 with norms of queries and keys (arXiv:2505.09388).
"""

from __future__ import annotations

from typing import Any, ClassVar

from attention_core.attention import AttentionWeights, Terms
from attention_core.errors import AttentionError
from attention_core.models.network import Network
from attention_core.ops import Array, rope_tables
from attention_core.rope import stretch_of
from attention_core.store import MOST_WHOLE, Store

Rotation = tuple[float, Array | float | None]  # base of RoPE, and what slows it down


class Llama(Network):
    """A checkpoint of the llama family, ready to run (attention_core.models.base.Model)."""

    FAMILY = "llama"
    EPS_ROLE, EPS, ACTIVATION = "rms_eps", None, "silu"
    PREFIXES = ("model.", "", "model.language_model.", "language_model.model.")
    KEYS: ClassVar[dict[str, str]] = {
        "layers": "num_hidden_layers",
        "context": "max_position_embeddings",
        "d_model": "hidden_size",
        "d_ff": "intermediate_size",
        "heads": "num_attention_heads",
        "kv_heads": "num_key_value_heads",
        "d_k": "head_dim",
        "rms_eps": "rms_norm_eps",
        "vocabulary": "vocab_size",
        "activation": "hidden_act",
        "window": "sliding_window",
        "base": "rope_theta",
    }
    TENSORS: ClassVar[dict[str, str]] = {
        "embedding": "embed_tokens",
        "output": "lm_head",
        "output_norm": "norm",
        "attention_norm": "layers.{}.input_layernorm",
        "q": "layers.{}.self_attn.q_proj",
        "k": "layers.{}.self_attn.k_proj",
        "v": "layers.{}.self_attn.v_proj",
        "o": "layers.{}.self_attn.o_proj",
        "q_norm": "layers.{}.self_attn.q_norm",
        "k_norm": "layers.{}.self_attn.k_norm",
        "feed_forward_norm": "layers.{}.post_attention_layernorm",
        "gate": "layers.{}.mlp.gate_proj",
        "up": "layers.{}.mlp.up_proj",
        "down": "layers.{}.mlp.down_proj",
    }

    def __init__(
        self,
        checkpoint: Store,
        name: str,
        sha256: str,
        default_head: tuple[int, int] | None = None,
    ) -> None:
        super().__init__(checkpoint, name, sha256, default_head)
        self._refuse_what_is_not_built()
        self.rotations = self._rotations()  # one a layer
        self.windows = self._windows()  # one a layer
        self._tables: dict[tuple[int, float], tuple[Array, Array]] = {}

    def rope(self, n: int, layer: int) -> tuple[Array, Array] | None:
        base, stretch = self.rotations[layer]
        if (n, base) not in self._tables:
            self._tables[n, base] = rope_tables(n, self.info.d_k, base, stretch)
        return self._tables[n, base]

    def terms(self, n: int, layer: int) -> Terms:
        return Terms(window=self.windows[layer], norm_eps=self.eps)

    def _attention(self, layer: int) -> AttentionWeights:
        w = super()._attention(layer)
        if self.is_folder or self.architecture != "llama":
            return w
        heads, kv_heads = self.info.heads, self.info.kv_heads
        return w._replace(
            w_q=unpermute(w.w_q, heads),
            w_k=unpermute(w.w_k, kv_heads),
            b_q=None if w.b_q is None else unpermute(w.b_q[:, None], heads)[:, 0],
            b_k=None if w.b_k is None else unpermute(w.b_k[:, None], kv_heads)[:, 0],
        )

    def _rotations(self) -> list[Rotation]:
        """Each layer's base of RoPE, and what slows its rotation down."""
        m, get = self.info, self.checkpoint.get
        base = self._setting("base", float, 10_000.0)
        if self.is_folder:
            settings = get("rope_parameters", dict, {}) or get("rope_scaling", dict, {})
            return [self._rotation(settings, base)] * m.layers
        kind = self._setting("rope_scaling", str, "none")
        if kind not in ("none", "linear"):
            raise self._not_built("stretches RoPE")
        stretch: Array | float | None = None
        if kind == "linear":
            stretch = self._setting("rope_factor", float)
        elif self._has("stretch"):
            stretch = self._matrix("stretch", m.d_k // 2)
        return [(base, stretch)] * m.layers

    def _rotation(self, settings: dict[str, Any], base: float) -> Rotation:
        """Base and stretch from a config.json's own words."""
        theta = settings.get("rope_theta", base)
        if type(theta) not in (int, float) or not 0 < theta < MOST_WHOLE:
            raise self.checkpoint.broken(f"in its config.json, rope_theta is {theta!r:.20}")

        def fail(why: str) -> AttentionError:
            return AttentionError(f"{self.checkpoint.path} {why}")

        return float(theta), stretch_of(settings, self.info.d_k, float(theta), fail)

    def _windows(self) -> list[int | None]:
        """How many keys a query sees in each layer, itself included; None: all up to it."""
        layers = self.info.layers
        if not self._is_set("window"):
            return [None] * layers
        window, get = self._positive("window"), self.checkpoint.get
        if not self.is_folder:
            return [window] * layers
        if self.checkpoint.has("layer_types"):
            kinds = get("layer_types", list)
            if len(kinds) != layers:
                raise self.checkpoint.broken(f"it names {len(kinds)} layer_types of {layers}")
            return [window if kind == "sliding_attention" else None for kind in kinds]
        if get("model_type", str) == "mistral":
            return [window] * layers
        first = get("max_window_layers", int, layers)  # Qwen: the layers before it see everything
        used = get("use_sliding_window", bool, False)
        return [window if used and layer >= first else None for layer in range(layers)]

    def _refuse_what_is_not_built(self) -> None:
        """Variants that would silently give wrong numbers are errors."""
        if self.info.d_k % 2 or self._setting("rotated", int, self.info.d_k) != self.info.d_k:
            raise AttentionError(f"{self.checkpoint.path} turns only a part of each head by RoPE")
        if self._setting("experts", int, 0):
            raise AttentionError(f"{self.checkpoint.path} is a mixture of experts, not built here")
        for role in ("gate", "up", "down"):
            if self._has(role, 0, "bias"):
                raise self._not_built("has biases in its feed-forward blocks")


def unpermute(w: Array, heads: int) -> Array:
    """Undo the row order of GGUF, where the two entries that RoPE pairs lie side by side.

    w: (heads * d_k, d_model), a head's rows as (d_k / 2, 2) -> the same, as (2, d_k / 2)
    """
    paired = w.reshape(heads, -1, 2, w.shape[-1])  # (heads, d_k / 2, 2, d_model)
    return paired.swapaxes(1, 2).reshape(w.shape)  # (heads * d_k, d_model)
