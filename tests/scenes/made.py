"""Materials of any length and language, made without a model."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from attention_core import Material, Trace
from attention_core.derived.planes import planes
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
    x = random.normal(0, 1, (count + 1, 9 * d_k)).astype(np.float32)
    # Before the turn by position keys are alike, as real ones are.
    before = {"q_unrotated": trace.q[::-1].copy(), "k_unrotated": trace.k * np.float32(0.3) + 1}
    trace = replace(trace, x=x, **before)
    arrays = {**scaling(trace), **planes(trace)}
    arrays["leak_share"] = np.asarray(leak_shares(trace.scaled[None], 1)[0])
    made, texts = phrases(kind, count)
    return Material({"main": trace, "leak": trace}, {**arrays, **made}, texts)


def phrases(kind: str, seed: int) -> tuple[dict[str, np.ndarray], dict[str, tuple[str, ...]]]:
    """A word in two or three phrases, and what the chapter on them needs."""
    random = np.random.default_rng(seed)
    word, *before = words(kind, 3)
    count = 2 if seed == 2 else 3
    texts = tuple(" ".join([*before[:i], word]) for i in range(count))
    places = np.zeros((5, count, 3))
    places[:, :, 0] = 1.0
    for layer, share in enumerate(np.linspace(0, 1, 5)):
        for i in range(1, count):
            places[layer, i, : i + 1] += share * random.uniform(-0.8, 1.2, i + 1)
    controls = 2 if seed % 16 == 8 else 0
    arrays = {
        "phrase_places": places,
        "phrase_controls": random.uniform(-0.3, 1.2, (controls, 3)),
        "phrase_values": random.normal(size=(count + controls, 2)),
        "phrase_moves": random.uniform(-0.3, 0.3, (count - 1, 2)),
        "phrase_shadows": random.normal(size=(2, 3)),
    }
    names = ("directions_en", "directions_ko")
    return arrays, {
        "phrase_word": (word,),
        "phrases": texts,
        "phrase_controls": texts[1 : 1 + controls] if controls else (),
        **{f"phrase_{name}": ("France", "작음") for name in names},
    }
