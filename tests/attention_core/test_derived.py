"""What the needs derive: turns by position, and the next tokens."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from attention_core import Material, Trace, trace
from attention_core.attention import rotate
from attention_core.derived import position, prediction
from attention_core.models.base import Model
from attention_core.ops import rope_tables, sinusoids


def turned(n: int, d_k: int = 8, base: float = 10_000.0) -> Trace:
    """A trace over n tokens whose q was turned by RoPE."""
    random = np.random.default_rng(n)
    before = random.normal(size=(n, d_k)).astype(np.float32)
    q = rotate(before[None], *rope_tables(n, d_k, base))[0]
    found = Trace.from_arrays([f" {i}" for i in range(n)], q, q, q)
    return replace(found, q_unrotated=before)


def rotated(pair: np.ndarray, degrees: float) -> np.ndarray:
    """Two entries, turned as a point in the plane."""
    a = np.radians(degrees)
    return np.array([[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]]) @ pair


@pytest.mark.parametrize("n", [2, 3, 11, 25, 64])
def test_the_turn_takes_the_pair_before_to_the_pair_after(n: int) -> None:
    made = turned(n)
    found = position.derive(None, made).arrays
    half, pair = made.q.shape[1] // 2, int(found["turn_pair"])
    assert found["turn_step"] == pytest.approx(np.degrees(10_000.0 ** (-pair / half)), rel=1e-4)
    for place, row in enumerate(found["turn_rows"].astype(int)):
        assert found["turn_degrees"][place] == pytest.approx(row * found["turn_step"], rel=1e-5)
        for name, q in (("before", made.q_unrotated), ("after", made.q)):
            assert q is not None
            np.testing.assert_array_equal(found[f"turn_{name}"][place], q[row, [pair, pair + half]])
        expected = rotated(found["turn_before"][place], float(found["turn_degrees"][place]))
        np.testing.assert_allclose(found["turn_after"][place], expected, atol=1e-4)
    assert found["turn_rows"].max() == n - 1
    assert found["turn_degrees"].max() <= position.MOST


def test_an_added_position_is_taken_off_again() -> None:
    plain = Trace.from_arrays(["a", " b", " c"], *np.ones((3, 3, 4)))
    token = np.random.default_rng(0).normal(size=(3, 6)).astype(np.float32)
    added = sinusoids(3, 6)
    found = position.derive(None, replace(plain, embedding=token + added, position=added)).arrays
    np.testing.assert_allclose(found["token_embedding"], token, atol=1e-6)
    assert found["added_rows"].tolist() == [1, 2]


def test_where_nothing_is_known_of_positions_nothing_is_said() -> None:
    plain = Trace.from_arrays(["a", " b"], *np.ones((3, 2, 4)))
    assert not position.derive(None, plain).arrays
    assert not position.derive(None, replace(plain, q_unrotated=plain.q)).arrays


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.0])
def test_temperature_divides_the_scores_before_softmax(temperature: float) -> None:
    logits = np.array([3.0, 1.0, 2.0, -1.0], np.float32)
    powers = np.exp(logits / temperature)
    found = prediction.shared_out(logits, np.array([0, 2]), temperature)
    expected = powers[[0, 2]] / powers.sum()
    np.testing.assert_allclose(found, [*expected, 1 - expected.sum()], atol=1e-6)


@pytest.mark.parametrize(
    ("spelling", "shown"),
    [
        (b" of", "of"),
        (b",", ","),
        (b"\n", "\\n"),
        (b" ", "␣"),
        (b"  ", "␣␣"),
        (b"\t\t", "\\t\\t"),
        (b" \xec", "0xEC"),
        ("숲".encode(), "숲"),
        (b"<|endoftext|>", "<|endoftext|>"),
    ],
)
def test_a_next_token_can_be_read(spelling: bytes, shown: str) -> None:
    assert prediction.displayed(spelling) == shown


@pytest.mark.parametrize(
    ("text", "mere_bytes"),
    [
        ("0xEC", True),
        ("␣0xEB", True),
        ("0xEC8B", True),
        ("0x41", False),
        ("0x", False),
        ("of", False),
    ],
)
def test_a_token_of_mere_bytes_is_known(text: str, mere_bytes: bool) -> None:
    assert prediction.is_bytes(text) == mere_bytes


def test_tokens_that_read_alike_show_the_spaces_around_them() -> None:
    given = [b"\n", b" \n", b"\n  ", b" of", b"  ", b" ", b" ,"]
    assert prediction.told_apart(given) == ("\\n", "␣\\n", "\\n␣␣", "of", "␣␣", "␣", ",")


@pytest.mark.model
def test_the_next_token_after_the_capital_of_france_is_paris(model: Model) -> None:
    sentence = "The capital of France is"
    found = Material.build(sentence, model, needs=["prediction"])
    assert found.texts["next_tokens"][0] == "Paris"
    assert found.arrays["next_shares"][1, 0] == pytest.approx(0.806, abs=0.001)
    logits = trace(sentence, model, logits=True).logits
    assert logits is not None
    ids = found.arrays["next_ids"].astype(int)
    np.testing.assert_allclose(found.arrays["next_logits"], logits[ids], atol=1e-5)
    assert logits.argmax() == ids[0]
    assert found.arrays["next_vocabulary"] == len(logits)


@pytest.mark.model
def test_every_spelling_joins_to_the_sentence(model: Model) -> None:
    sentence = "the old café, 작은 숲"
    tokens = model.encode(sentence)[1:]
    assert b"".join(model.spelling(token.id) for token in tokens).decode() == sentence


def test_the_shares_of_the_shipped_next_tokens_sum_to_one(default_material: Material) -> None:
    shares = default_material.arrays["next_shares"]
    assert shares.shape == (3, prediction.TOP + 1)
    np.testing.assert_allclose(shares.sum(axis=1), 1, atol=1e-6)
    top = shares[:, :-1]
    assert (np.diff(top, axis=1) <= 0).all()
    assert top[0, 0] > top[1, 0] > top[2, 0]
