"""An encoder and the decoder that looks at what it hands over, both read from one folder."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from attention_core.models.base import Model
    from attention_core.models.decoder import Decoder

NO_PAIR = (
    "only an encoder-decoder has a sentence of keys and kinds of attention to choose from",
    "choose the model en-ko, or a folder of T5, Marian or BART",
)


class EncoderDecoder(NamedTuple):
    """Two halves of one model; each has its own number of layers and heads."""

    encoder: Model
    decoder: Decoder

    @property
    def default_heads(self) -> Mapping[str, tuple[int, int]]:
        """No head is pinned."""
        return {}

    def half(self, kind: str) -> Model | Decoder:
        """Whose attention "encoder", "decoder" or "cross" is."""
        return self.encoder if kind == "encoder" else self.decoder
