"""The sentence through the toy encoder-decoder: self-attention and cross-attention."""

from __future__ import annotations

from attention_core.derived import Derived
from attention_core.errors import AttentionError
from attention_core.models.base import Model
from attention_core.run import DEFAULT_SENTENCE
from attention_core.trace import Trace
from attention_core.translation import translation_traces


def derive(network: Model, main: Trace) -> Derived:
    """The traces "encoder" and "cross" of the main sentence.

    Where the toy cannot translate it they are those of the default sentence, and the text
    "untranslated" says why: what is wrong, and what mends it.
    """
    why: tuple[str, ...] = ()
    try:
        traces = translation_traces(main.sentence)
    except AttentionError as error:
        traces, why = translation_traces(DEFAULT_SENTENCE), (error.what, error.mend)
    kept = {name: traces[name].without("logits") for name in ("encoder", "cross")}
    return Derived(traces=kept, texts={"untranslated": why})
