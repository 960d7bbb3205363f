"""Attention, computed step by step in NumPy with real weights, and kept whole as a Trace."""

from attention_core import blas  # isort: skip  # noqa: F401  # first, before NumPy is loaded

from attention_core.errors import AttentionError
from attention_core.material import Material
from attention_core.models.base import ModelInfo
from attention_core.run import DEFAULT_SENTENCE
from attention_core.tokens import Token, Word
from attention_core.trace import Trace

# Last, because this name is also a module's: what the package exports is the function.
from attention_core.run import trace  # isort: skip

__all__ = [
    "DEFAULT_SENTENCE",
    "AttentionError",
    "Material",
    "ModelInfo",
    "Token",
    "Trace",
    "Word",
    "trace",
]
