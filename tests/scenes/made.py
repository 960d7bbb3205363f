"""Materials of any length and language, made without a model."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from attention_core import Material, Trace
from attention_core.derived.values import measured
from attention_core.material import leak_shares, scaling

SHORT = ["a", "old", "red", "cat", "sat", "on", "my", "big", "mat", "and", "saw", "one", "tin"]
LONG = ["uncharacteristically", "counterrevolutionary", "incomprehensibility"]
KOREAN = ["작은", "파란", "고양이", "가", "푸르른", "숲", "을", "천천히", "돌아다녔다", "그리고"]


def words(kind: str, count: int) -> list[str]:
    """`count` words: short ones, ones of about 20 letters, or Korean ones."""
    source = {"short": SHORT, "long": LONG, "korean": KOREAN}[kind]
    return [source[i % len(source)] for i in range(count)]


def material(kind: str, count: int, d_k: int = 64) -> Material:
    """A seeded head over so many words, with a start token, and all that chapters need."""
    random = np.random.default_rng(count)
    texts = ["<s>"] + [w if i == 0 else f" {w}" for i, w in enumerate(words(kind, count))]
    q, k, v = random.normal(0, 1.6, (3, count + 1, d_k))
    trace = Trace.from_arrays(texts, q, k, v, start=True, layer=3, head=1)
    trace = with_updates(trace, random)
    share = np.asarray(leak_shares(trace.scaled[None], 1)[0])
    return Material(
        {"main": trace, "leak": trace}, {**scaling(trace), "leak_share": share, **measured(trace)}
    )


def with_updates(trace: Trace, random: np.random.Generator) -> Trace:
    """The trace with updates of one head and of its block, and the stream that they make."""
    shape = (trace.n, trace.model.d_model)
    sizes = random.uniform(0.02, 0.1), random.uniform(0.1, 0.4)
    update, block_update = (random.normal(0, 10 * size, shape) for size in sizes)
    stream = random.normal(0, 10, shape)
    return replace(trace, update=update, block_update=block_update, x_out=stream + block_update)
