"""What values add up to, and the plane in which that is measured."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from attention_core import Material
from attention_core.derived.values import measured
from attention_core.sink import without_start


def test_the_weighted_values_add_up_to_the_mix(default_material: Material) -> None:
    arrays, trace = default_material.arrays, default_material.trace
    np.testing.assert_allclose(arrays["mixed"], trace.weights @ trace.v, atol=1e-5)
    np.testing.assert_allclose(arrays["weighted"].sum(axis=1), arrays["mixed"], atol=1e-5)


def test_what_the_values_write_is_the_head_s_update(default_material: Material) -> None:
    trace, outputs = default_material.trace, default_material.arrays["value_outputs"]
    np.testing.assert_allclose(trace.weights @ outputs, trace.update, atol=1e-4)


def test_lengths_and_angles_in_the_plane_are_those_of_the_vectors(
    default_material: Material,
) -> None:
    trace, arrays = default_material.trace, default_material.arrays
    stream, block = np.asarray(trace.residual, float), np.asarray(trace.block_update, float)
    for name, update, column in (("head_step", "update", 1), ("block_step", "block_update", 2)):
        step, change = np.asarray(arrays[name], float), np.asarray(trace.need(update), float)
        size = np.linalg.norm(change, axis=1)
        np.testing.assert_allclose(np.linalg.norm(step, axis=1), size, rtol=1e-5)
        np.testing.assert_allclose(arrays["lengths"][:, column], size, rtol=1e-5)
        # The block's step is drawn beside E, the head's beside the block's.
        kept = stream if name == "block_step" else block
        cosine = (kept * change).sum(axis=1) / np.linalg.norm(kept, axis=1) / size
        np.testing.assert_allclose(step[:, 0] / size, cosine, atol=1e-5)
        assert (step[:, 1] >= 0).all()
    # E' closes the triangle: as long in the plane as in the model's space.
    tips = np.stack([arrays["lengths"][:, 0], 0 * size], axis=1) + arrays["block_step"]
    after = np.linalg.norm(np.asarray(trace.x_out, float), axis=1)
    np.testing.assert_allclose(np.linalg.norm(tips, axis=1), after, rtol=1e-5)
    np.testing.assert_allclose(arrays["lengths"][:, 3], after, rtol=1e-5)


def test_where_the_block_changes_nothing_the_head_s_step_is_all_across(
    default_material: Material,
) -> None:
    plain = default_material.trace
    still = replace(plain, block_update=0 * plain.need("block_update"), x_out=plain.residual)
    step = measured(still)["head_step"]
    size = np.linalg.norm(np.asarray(plain.update, float), axis=1)
    np.testing.assert_allclose(step, np.stack([0 * size, size], axis=1), rtol=1e-5)


def test_one_head_changes_a_word_by_a_few_per_cent(default_material: Material) -> None:
    lengths = default_material.arrays["lengths"][list(default_material.trace.word_rows)]
    assert (lengths[:, 1] / lengths[:, 0]).min() > 0.02
    assert (lengths[:, 1] / lengths[:, 0]).max() < 0.07


def test_without_the_start_token_the_updates_follow_the_weights(
    default_material: Material,
) -> None:
    made, trace = without_start(default_material), default_material.trace
    now, outputs = made.trace, default_material.arrays["value_outputs"]
    np.testing.assert_allclose(now.update, now.weights @ outputs, atol=1e-4)
    others = trace.block_update - trace.update  # the other heads' changes stay
    np.testing.assert_allclose(now.block_update - now.update, others, atol=1e-4)
    np.testing.assert_allclose(now.residual, trace.residual, rtol=1e-5, atol=1e-3)
    np.testing.assert_allclose(now.x_out, now.residual + now.block_update, rtol=1e-5, atol=1e-3)
    np.testing.assert_allclose(made.arrays["mixed"], now.weights @ now.v, atol=1e-5)
    assert made.arrays["lengths"][4, 1] == pytest.approx(np.linalg.norm(now.update[4]), rel=1e-5)
