"""DistilBERT (arXiv:1910.01108): BERT of half the layers, without segments, other names.

Tokens around the sentence: [CLS] in front and [SEP] behind, as the tokenizer puts them.
"""

from __future__ import annotations

from typing import ClassVar

from attention_core.models.bert import Bert


class DistilBert(Bert):
    """A checkpoint of DistilBERT, ready to run (attention_core.models.base.Model)."""

    FAMILY = "distilbert"
    PREFIXES = ("distilbert.", "")
    KEYS: ClassVar[dict[str, str]] = {
        "layers": "n_layers",
        "context": "max_position_embeddings",
        "d_model": "dim",
        "d_ff": "hidden_dim",
        "heads": "n_heads",
        "vocabulary": "vocab_size",
        "activation": "activation",
    }
    TENSORS: ClassVar[dict[str, str]] = {
        "embedding": "embeddings.word_embeddings",
        "position": "embeddings.position_embeddings",
        "embedding_norm": "embeddings.LayerNorm",
        "q": "transformer.layer.{}.attention.q_lin",
        "k": "transformer.layer.{}.attention.k_lin",
        "v": "transformer.layer.{}.attention.v_lin",
        "o": "transformer.layer.{}.attention.out_lin",
        "attention_norm": "transformer.layer.{}.sa_layer_norm",
        "up": "transformer.layer.{}.ffn.lin1",
        "down": "transformer.layer.{}.ffn.lin2",
        "feed_forward_norm": "transformer.layer.{}.output_layer_norm",
    }
