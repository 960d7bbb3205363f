"""What the decoders share: masked self-attention, then a look at what the encoder hands over.

The tokens that a decoder reads are the sentence shifted by one to the right (teacher forcing): the
start token that its settings name (decoder_start_token_id; without it T5 and Marian take <pad>,
BART </s>), then whatever its tokenizer puts in front (BART: <s>), and no end token, which is what
the last row predicts.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import ClassVar, NamedTuple

from attention_core.ahead import ahead
from attention_core.attention import Terms
from attention_core.models.base import Block
from attention_core.models.network import Network
from attention_core.models.weights import LayerWeights
from attention_core.ops import Array
from attention_core.splitting import readable
from attention_core.tokenizer_json import LibraryTokenizer, tokenizer_json
from attention_core.tokens import Token, start_token


class DecoderLayer(NamedTuple):
    """What is written so far looks at itself, then at the encoder's sentence."""

    own: LayerWeights  # without the feed-forward block, which comes last
    cross: LayerWeights


class Written(NamedTuple):
    """One layer of a decoder as it ran."""

    own: Block
    cross: Block  # its stream is what the first one leaves, its keys are of the memory
    hidden: Array  # (n, d_model)  behind the feed-forward block


class Decoder(Network):
    """The half of an encoder-decoder that writes (arXiv:1706.03762, section 3.2.3).

    A family mixes it into its encoder's class, and names the tensors of the roles cross_q, cross_k,
    cross_v, cross_o and cross_norm.
    """

    causal = True
    START: ClassVar[str] = "pad_token_id"  # the start token, where the settings name none

    def cross_terms(self) -> Terms:
        """What the attention to the encoder adds to the plain formula: it masks nothing."""
        return Terms(causal=False)

    # The tokens.

    @cached_property
    def tokenizer(self) -> LibraryTokenizer:
        """Of what it writes."""
        return self._open_splitter()

    @cached_property
    def start(self) -> Token:
        """The token that every sentence begins with."""
        key = "decoder_start_token_id"
        id = self.checkpoint.get(key if self.checkpoint.has(key) else self.START, int)
        if not 0 <= id < self.vocabulary:
            raise self.checkpoint.broken(f"its decoder starts with token {id}, which it lacks")
        return start_token(id, self.tokenizer.name(id))

    @property
    def start_rule(self) -> str:
        """What stands in front of the decoder's sentence, and why, in one line."""
        rule = f"{readable(self.start.text)} in front, which its decoder starts with"
        if self.tokenizer.start:
            rule += f"; {readable(self.tokenizer.start[0].text)} follows, as its tokenizer puts it"
        return f"{rule}; no end token, which the last row predicts"

    def encode(self, sentence: str) -> tuple[Token, ...]:
        """The tokens that the decoder reads when it writes this sentence."""
        tokens = super().encode(sentence)
        return (self.start, *(tokens[:-1] if tokens[-1].special else tokens))

    def _open_splitter(self) -> LibraryTokenizer:
        return tokenizer_json(self.checkpoint, causal=False)  # with the template of whole sentences

    # The run.

    def load_layers(self) -> Iterator[DecoderLayer]:
        """The weights of all layers; loading starts now, in other threads."""
        return ahead(self._decoder_layer, range(self.info.layers))

    def write(
        self, embedding: Array, memory: Array, weights: Iterator[DecoderLayer]
    ) -> Iterator[Written]:
        """Run layer by layer.

        embedding: (n, d_model), memory: (n_k, d_model), the encoder's last hidden states
        """
        hidden = embedding  # (n, d_model)
        for layer, w in enumerate(weights):
            own = self._block(layer, hidden, w.own, self.terms(len(hidden), layer))
            between = own.x_out  # (n, d_model)
            if not self.norm_first:
                between = self._norm(between, w.own.attention_norm)
            cross = self._block(layer, between, w.cross, self.cross_terms(), memory)
            assert w.cross.feed_forward is not None
            hidden = self._after(cross.x_out, w.cross.attention_norm, w.cross.feed_forward)
            yield Written(own, cross, hidden)

    def finished(self, hidden: Array) -> Array:
        """What is un-embedded: behind the last layer and the norm there, if any.  (n, d_model)"""
        return self._norm(hidden, self._norm_weights("output_norm")) if self.norm_first else hidden

    def _decoder_layer(self, layer: int) -> DecoderLayer:
        return DecoderLayer(
            own=self._layer(layer, feed_forward=False),
            cross=LayerWeights(
                attention=self._attention_of(layer, "cross_"),
                attention_norm=self._norm_weights("cross_norm", layer),
                feed_forward=self._feed_forward_weights(layer),
            ),
        )
