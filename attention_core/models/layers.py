"""Reads the weights of a model's layers, tensor by tensor, by their roles."""

from __future__ import annotations

from attention_core.attention import AttentionWeights
from attention_core.models.base import ModelInfo
from attention_core.models.roles import Roles
from attention_core.models.weights import FeedForwardWeights, LayerWeights, NormWeights


class Layers(Roles):
    """A checkpoint whose shape is known."""

    info: ModelInfo
    d_ff: int  # the width of the feed-forward blocks

    def _attention(self, layer: int) -> AttentionWeights:
        return self._attention_of(layer)

    def _attention_of(self, layer: int, kind: str = "") -> AttentionWeights:
        """The weights of a layer's attention; kind: what its roles' names begin with."""
        m, q, k, v, o = self.info, kind + "q", kind + "k", kind + "v", kind + "o"
        q_width, kv_width = m.heads * m.d_k, m.kv_heads * m.d_k
        return AttentionWeights(
            w_q=self._matrix(q, q_width, m.d_model, layer=layer),
            w_k=self._matrix(k, kv_width, m.d_model, layer=layer),
            w_v=self._matrix(v, kv_width, m.d_model, layer=layer),
            w_o=self._matrix(o, m.d_model, q_width, layer=layer),
            b_q=self._bias(q, q_width, layer),
            b_k=self._bias(k, kv_width, layer),
            b_v=self._bias(v, kv_width, layer),
            b_o=self._bias(o, m.d_model, layer),
            q_norm=self._matrix("q_norm", m.d_k, layer=layer)
            if self._has("q_norm", layer)
            else None,
            k_norm=self._matrix("k_norm", m.d_k, layer=layer)
            if self._has("k_norm", layer)
            else None,
        )

    def _feed_forward_weights(self, layer: int) -> FeedForwardWeights:
        d_model, d_ff = self.info.d_model, self.d_ff
        return FeedForwardWeights(
            norm=self._norm_weights("feed_forward_norm", layer),
            w_up=self._matrix("up", d_ff, d_model, layer=layer),
            w_down=self._matrix("down", d_model, d_ff, layer=layer),
            w_gate=self._matrix("gate", d_ff, d_model, layer=layer)
            if self._has("gate", layer)
            else None,
            b_up=self._bias("up", d_ff, layer),
            b_down=self._bias("down", d_model, layer),
            update_norm=self._norm_weights("feed_forward_update_norm", layer)
            if self._has("feed_forward_update_norm", layer)
            else None,
        )

    def _layer(self, layer: int, feed_forward: bool) -> LayerWeights:
        return LayerWeights(
            attention=self._attention(layer),
            attention_norm=self._norm_weights("attention_norm", layer),
            feed_forward=self._feed_forward_weights(layer) if feed_forward else None,
            update_norm=self._norm_weights("update_norm", layer)
            if self._has("update_norm", layer)
            else None,
        )

    def _norm_weights(self, role: str, layer: int = 0) -> NormWeights:
        size = self.info.d_model
        return NormWeights(self._matrix(role, size, layer=layer), self._bias(role, size, layer))
