"""What heads are named after, and how their updates add up."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from attention_core import AttentionError, Material, Trace
from attention_core.derived.heads import added_up
from attention_core.focus import find_word
from attention_core.heads import head_roles, own_shares, parked, previous_word, relation
from attention_core.models.base import Model
from attention_core.rounding import format_length, length_decimals, parts


def roles(trace: Trace) -> list[str]:
    """The roles' names on the default sentence, for "creature" and its adjectives."""
    query, *keys = (find_word(trace, word) for word in ("creature", "fluffy", "blue"))
    return [role.name for role in head_roles(trace, query, keys)]


def test_the_default_layer_has_the_measured_roles(default_trace: Trace) -> None:
    start = ["start"] * 3
    assert roles(default_trace) == [*start, "previous", "none", *start, "relation"]


def test_a_role_carries_its_score_and_its_control(default_trace: Trace) -> None:
    query, *keys = (find_word(default_trace, word) for word in ("creature", "fluffy", "blue"))
    found = head_roles(default_trace, query, keys)
    assert found[8].score == pytest.approx(default_trace.weights[4, [2, 3]].sum(), abs=1e-6)
    assert found[8].control == pytest.approx(0.24, abs=0.005)
    assert found[3].score == pytest.approx(0.41, abs=0.005)
    assert found[0].score == pytest.approx(default_trace.patterns[0, 1:, 0].mean(), abs=1e-6)


def test_a_head_that_always_looks_at_the_word_before_is_no_relation(default_trace: Trace) -> None:
    words, n = default_trace.words, default_trace.n
    before = np.zeros((1, n, n), np.float32)
    for first, word in pairwise(words):
        before[0, word.pieces[-1], list(first.pieces)] = 1 / len(first.pieces)
    assert previous_word(before, words) == pytest.approx(1.0)
    score, control = relation(before, words, 3, [2])
    assert score == pytest.approx(1.0)
    assert control == pytest.approx(1.0)
    blue = [find_word(default_trace, "blue")]
    made = replace(default_trace, patterns=before)
    assert head_roles(made, words[3], blue)[0].name == "previous"


def test_one_query_s_own_shares_sum_to_1_and_count_words_whole(default_trace: Trace) -> None:
    blue, verdant = (find_word(default_trace, word) for word in ("blue", "verdant"))
    own = own_shares(default_trace, 10, [blue, verdant])  # of "forest"
    patterns = default_trace.need("patterns")
    np.testing.assert_array_equal(own.start, patterns[:, 10, 0])
    assert own.relation == pytest.approx(patterns[:, 10, [3, 7, 8, 9]].sum(axis=-1))
    assert own.start + own.relation + own.others == pytest.approx(patterns[:, 10].sum(axis=-1))
    bare = own_shares(default_trace, 10, [])
    assert not bare.relation.any()


def test_without_a_start_token_nothing_is_parked() -> None:
    trace = Trace.from_arrays(["a", " cat"], *np.ones((3, 2, 4)))
    assert parked(np.ones((2, 2, 2)) / 2, trace).tolist() == [0.0, 0.0]


def test_a_trace_without_patterns_says_so(default_trace: Trace) -> None:
    with pytest.raises(AttentionError, match="does not hold the field patterns"):
        roles(default_trace.without("patterns"))


@pytest.mark.model
def test_the_updates_of_all_heads_add_up_to_the_block_s(model: Model) -> None:
    made = Material.build(model=model, needs=["heads"])
    main, arrays = made.trace, made.arrays
    length = np.linalg.norm(main.need("block_update"), axis=-1)  # (n,)
    np.testing.assert_allclose(arrays["block_lengths"], length, rtol=1e-5)
    steps = arrays["head_steps"].sum(axis=0)  # (n, 2): the chain's end
    np.testing.assert_allclose(steps[:, 0], length, rtol=1e-4)
    np.testing.assert_allclose(steps[:, 1] / length, 0, atol=1e-4)
    own = np.linalg.norm(main.need("update"), axis=-1)
    np.testing.assert_allclose(arrays["head_lengths"][main.head], own, rtol=1e-5)


def test_steps_keep_what_a_plane_can_keep() -> None:
    random = np.random.default_rng(3)
    flat = random.normal(size=(5, 4, 2)) @ random.normal(size=(2, 16))  # all in one plane
    found = added_up(flat)
    np.testing.assert_allclose(found["steps_kept"], 1, atol=1e-5)
    long = np.linalg.norm(found["head_steps"], axis=-1)
    np.testing.assert_allclose(long, found["head_lengths"], rtol=1e-4)
    wide = added_up(random.normal(size=(5, 4, 16)))
    assert (wide["steps_kept"] < 1).all()
    assert (np.linalg.norm(wide["head_steps"], axis=-1) <= wide["head_lengths"] + 1e-5).all()


def test_updates_of_nothing_are_steps_of_nothing() -> None:
    found = added_up(np.zeros((3, 2, 8), np.float32))
    assert all(np.isfinite(array).all() for array in found.values())
    assert not found["head_steps"].any()


@pytest.mark.parametrize("seed", range(20))
def test_rounded_parts_add_up_to_the_rounded_whole(seed: int) -> None:
    values = np.random.default_rng(seed).normal(0, 9, 9)
    total = float(values.sum())
    decimals = length_decimals(abs(total))
    shown = parts(values, total, decimals)
    assert f"{shown.sum():.{decimals}f}" == f"{total:.{decimals}f}"
    assert np.abs(shown - values).max() < 10.0**-decimals


def test_lengths_have_three_digits() -> None:
    shown = [format_length(x, length_decimals(abs(x))) for x in (45.39, 0.3214, 20_480.0, -7.123)]
    assert shown == ["45.4", "0.321", "20480", "−7.12"]
