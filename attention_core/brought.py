"""How a Trace is made of numbers that another library computed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from numpy.typing import ArrayLike

if TYPE_CHECKING:
    from attention_core.trace import Trace

UNKNOWN_MODEL = "given numbers"  # the model's name for arrays that came from elsewhere


class Brought:
    """The makers that Trace inherits."""

    @classmethod
    def from_arrays(
        cls,
        tokens: Sequence[str],
        q: ArrayLike,
        k: ArrayLike,
        v: ArrayLike | None = None,
        *,
        mask: ArrayLike | None = None,
        weights: ArrayLike | None = None,
        position_bias: ArrayLike | None = None,
        divisor: float | None = None,
        soft_cap: float | None = None,
        window: int | None = None,
        causal: bool = True,
        start: bool = False,
        end: bool = False,
        sentence: str | None = None,
        key_tokens: Sequence[str] | None = None,
        name: str = UNKNOWN_MODEL,
        layer: int = 0,
        head: int = 0,
    ) -> Trace:
        """Bring the attention of any model: its pieces of text and one head's q, k and v.

        tokens: n texts with their leading spaces ("a", " fluffy"); joined they are the sentence,
        but for the first one if `start` says that it is a start token, and the last one if `end`
        says so. With `sentence`, the texts may lack their spaces: they are found in it. q and k:
        (n, d_k) as they meet in the dot product (after rotation); v: (n, d_v).
        mask: (n, n), True where a query may look, or 0 there and -inf elsewhere; without it,
        `causal` and `window` say. position_bias (n, n), divisor and soft_cap are those of families
        that have them. weights (n, n) are compared with what follows from the rest.
        key_tokens: in cross-attention the n_k texts that are looked at, nothing being masked;
        k: (n_k, d_k), v: (n_k, d_v), and the other arrays (n, n_k).
        Raises AttentionError where shapes do not fit, numbers are not finite, or weights differ.
        """
        from attention_core.given import Place, lay_out_texts, trace_of_arrays

        looked_at = None if key_tokens is None else lay_out_texts(key_tokens, False)
        arrays = {"q": q, "k": k, "v": v, "mask": mask, "weights": weights}
        return trace_of_arrays(
            lay_out_texts(tokens, start, end, sentence),
            {**arrays, "position_bias": position_bias},
            Place(name, layer, head),
            causal,
            divisor,
            soft_cap,
            window,
            looked_at,
        )

    @classmethod
    def from_weights(
        cls,
        tokens: Sequence[str],
        weights: ArrayLike,
        *,
        causal: bool | None = None,
        start: bool = False,
        end: bool = False,
        sentence: str | None = None,
        key_tokens: Sequence[str] | None = None,
        name: str = UNKNOWN_MODEL,
        layer: int = 0,
        head: int = 0,
    ) -> Trace:
        """Bring one head's pattern alone, as transformers' `output_attentions=True` gives it.

        weights: (n, n), rows are queries, each sums to 1. causal: do queries see no later keys? By
        default, if every cell after the query is 0. key_tokens: in cross-attention the n_k texts
        that are looked at, weights being (n, n_k). The rest is as in `from_arrays`. What such a
        trace lacks (q, scores and so on) raises an AttentionError that names it when it is read.
        Raises AttentionError where shapes do not fit or rows do not sum to 1.
        """
        from attention_core.given import Place, lay_out_texts, trace_of_weights

        laid_out = lay_out_texts(tokens, start, end, sentence)
        looked_at = None if key_tokens is None else lay_out_texts(key_tokens, False)
        return trace_of_weights(laid_out, weights, Place(name, layer, head), causal, looked_at)
