"""Materials of any length and language, made without a model."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from attention_core import Material, Trace
from attention_core.attention import mask, rotate
from attention_core.counterfactual import leak_shares, scaling
from attention_core.derived import position, prediction
from attention_core.derived.context import SIZES, beginning, cost
from attention_core.derived.heads import added_up
from attention_core.derived.planes import planes
from attention_core.derived.values import measured
from attention_core.ops import Array, rope_tables, softmax

HEADS = 9
SHORT = ["a", "old", "red", "cat", "sat", "on", "my", "big", "mat", "and", "saw", "one", "tin"]
LONG = ["uncharacteristically", "counterrevolutionary", "incomprehensibility"]
KOREAN = ["작은", "파란", "고양이", "가", "푸르른", "숲", "을", "천천히", "돌아다녔다", "그리고"]


def long_trace() -> Trace:
    """A seeded head over as many tokens as the chapter on long texts shows."""
    n = SIZES[-1]
    q, k, v = np.random.default_rng(n).normal(0, 1.0, (3, n, 16))
    return Trace.from_arrays(["<s>", "a", *[" b"] * (n - 2)], q, k, v, start=True)


LONG_TRACE = long_trace()


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
    trace = replace(trace, patterns=patterns(trace), model=trace.model._replace(heads=HEADS))
    share = np.asarray(leak_shares(trace.before_mask[None], 1)[0])
    updates = random.normal(0, 1.0, (HEADS, count + 1, 32)).astype(np.float32)
    trace = with_updates(embedded(trace, random), random)
    arrays = {**scaling(trace), "leak_share": share, **added_up(updates), **planes(trace)}
    arrays |= {**measured(trace), **position.derive(None, trace).arrays, **predicted(random)}
    phrase_arrays, texts = phrases(kind, count)
    arrays |= phrase_arrays
    texts["next_tokens"] = tuple(words(kind, prediction.TOP))
    traces = {"main": trace, "leak": trace, **translated(kind, count, random)}
    start = beginning(LONG_TRACE, SIZES[0])
    arrays |= {"context_weights": LONG_TRACE.weights, **cost(SIZES, trace.model)}
    return Material({**traces, "context": start}, arrays, texts)


def translated(kind: str, count: int, random: np.random.Generator) -> dict[str, Trace]:
    """An encoder's self-attention over the words, and a decoder's attention to them."""
    source = [w if i == 0 else f" {w}" for i, w in enumerate(words(kind, count))]
    target = ["<s>", *(w if i == 0 else f" {w}" for i, w in enumerate(words("korean", count)))]
    q, k, v = random.normal(0, 1.6, (3, count + 1, 16))
    plain = Trace.from_arrays(source, q[1:], k[1:], v[1:], causal=False, name="toy")
    cross = Trace.from_arrays(
        target, q, k[1:], v[1:], start=True, key_tokens=source, layer=1, name="toy"
    )
    return {"encoder": plain, "cross": cross}


def patterns(trace: Trace, heads: int = HEADS) -> np.ndarray:
    """The trace's own pattern among seeded ones, under its mask: (heads, n, n)."""
    random = np.random.default_rng(trace.n)
    scores = random.normal(0, 1.6, (heads, trace.n, trace.n)).astype(np.float32)
    made = softmax(mask(scores, trace.causal))
    made[trace.head] = trace.weights
    return made


def with_updates(trace: Trace, random: np.random.Generator) -> Trace:
    """The trace with updates of one head and of its block, and the stream that they make."""
    shape = (trace.n, trace.model.d_model)
    sizes = random.uniform(0.02, 0.1), random.uniform(0.1, 0.4)
    update, block_update = (random.normal(0, 10 * size, shape) for size in sizes)
    stream = random.normal(0, 10, shape)
    return replace(trace, update=update, block_update=block_update, x_out=stream + block_update)


def embedded(trace: Trace, random: np.random.Generator, d_model: int = 576) -> Trace:
    """The trace with ids and embeddings, and its q before RoPE turned it."""
    cos, sin = rope_tables(trace.n, trace.model.d_k, 100_000.0)
    tokens = tuple(token._replace(id=49_000 + row) for row, token in enumerate(trace.tokens))
    return replace(
        trace,
        tokens=tokens,
        embedding=random.normal(0, 0.1, (trace.n, d_model)).astype(np.float32),
        q_unrotated=rotate(trace.q[None], cos, -sin)[0],
    )


def predicted(random: np.random.Generator, vocabulary: int = 49_152) -> dict[str, Array]:
    """Next tokens of a vocabulary without a model."""
    logits = np.sort(random.normal(8, 3, vocabulary))[::-1].astype(np.float32)
    ids = np.arange(prediction.TOP)
    named = [prediction.shared_out(logits, ids, t) for t in prediction.TEMPERATURES]
    found = {
        "next_vector": random.normal(0, 2, 576),
        "next_ids": ids,
        "next_logits": logits[ids],
        "next_temperatures": prediction.TEMPERATURES,
        "next_shares": np.stack(named),
        "next_vocabulary": vocabulary,
        "next_others": vocabulary - prediction.TOP,
    }
    return {name: np.asarray(value, np.float32) for name, value in found.items()}


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
        "phrase_controls_kept": random.uniform(0.3, 1.0, controls),
        "phrase_values": random.normal(size=(count + controls, 2)),
        "phrase_moves": random.uniform(-0.3, 0.3, (count - 1, 2)),
    }
    names = ("directions_en", "directions_ko")
    return arrays, {
        "phrase_word": (word,),
        "phrases": texts,
        "phrase_controls": texts[1 : 1 + controls] if controls else (),
        **{f"phrase_{name}": ("France", "작음") for name in names},
    }
