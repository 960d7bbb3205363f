"""A word in several phrases: what the shipped file says, and what cannot be compared."""

from __future__ import annotations

import tomllib

import numpy as np
import pytest

from attention_core import AttentionError, Material
from attention_core.derived import phrases
from attention_core.models.base import Model


def test_at_layer_0_all_phrases_coincide_and_then_they_part(default_material: Material) -> None:
    places = default_material.arrays["phrase_places"]
    assert places.shape == (28, 3, 3)
    np.testing.assert_allclose(places[0], [[1, 0, 0]] * 3, atol=1e-5)
    np.testing.assert_allclose(places[:, 0], [[1, 0, 0]] * 28, atol=1e-5)
    apart = np.linalg.norm(places[:, 1] - places[:, 0], axis=1)
    assert apart[-1] > 4 * apart[1] > 0


def test_the_directions_say_what_the_phrases_say(default_material: Material) -> None:
    values = default_material.arrays["phrase_values"]
    texts = [*default_material.texts["phrases"], *default_material.texts["phrase_controls"]]
    france = dict(zip(texts, values[:, 0].tolist(), strict=True))
    small = dict(zip(texts, values[:, 1].tolist(), strict=True))
    assert min(france["Eiffel tower"], france["miniature Eiffel tower"]) > 1
    assert max(france["tower"], france["London tower"]) < 0
    assert small["miniature Eiffel tower"] > small["giant Eiffel tower"] + 0.3
    moves = default_material.arrays["phrase_moves"]
    assert moves[0].argmax() == 0  # to "Eiffel tower": along France
    assert moves[1].argmax() == 1  # to "miniature Eiffel tower": along small
    np.testing.assert_allclose(moves.max(axis=1), [0.17, 0.20], atol=0.01)


def test_the_directions_are_made_of_other_words(default_material: Material) -> None:
    concepts = tomllib.loads(phrases.CONCEPTS.read_text(encoding="utf-8"))
    used = {
        word
        for one in concepts["direction"]
        for side in ("plus", "minus", "nouns")
        for word in one[side]
    }
    of_phrases = {word for phrase in default_material.texts["phrases"] for word in phrase.split()}
    assert not used & of_phrases
    assert default_material.texts["phrase_concepts"] == (phrases._digest(concepts),)


@pytest.mark.model
def test_distances_in_the_frame_are_those_of_the_states(model: Model) -> None:
    asked = {"word": "bank", "phrases": ("bank", "river bank")}
    made = Material.build(model=model, needs=["phrases"], options={"phrases": asked})
    weights = list(model.load(27))
    states = [phrases._states(model, weights, phrase, "bank") for phrase in asked["phrases"]]
    mean = made.arrays["phrase_mean"]
    places = made.arrays["phrase_places"]
    for layer in (1, 27):
        first, second = (state[layer] - mean[layer] for state in states)
        unit = np.linalg.norm(first)
        assert np.linalg.norm(places[layer, 1]) == pytest.approx(
            np.linalg.norm(second) / unit, rel=1e-4
        )
        apart = np.linalg.norm(places[layer, 1] - places[layer, 0])
        assert apart == pytest.approx(np.linalg.norm(second - first) / unit, rel=1e-4)
    assert made.texts["phrases"] == asked["phrases"]
    assert made.texts["phrase_controls"] == ()


@pytest.mark.model
def test_the_shipped_mean_noun_is_what_the_model_computes(
    model: Model, default_material: Material
) -> None:
    concepts = tomllib.loads(phrases.CONCEPTS.read_text(encoding="utf-8"))
    weights = list(model.load(27))
    nouns = phrases._nouns(concepts)
    mean = np.mean([phrases._states(model, weights, noun, noun) for noun in nouns], axis=0)
    size = np.abs(mean).max()
    np.testing.assert_allclose(default_material.arrays["phrase_mean"], mean, atol=2e-5 * size)


@pytest.mark.model
@pytest.mark.parametrize(
    ("word", "given", "message"),
    [
        (None, ("tower",), "there are 1 phrases and 2 or 3"),
        (None, ("a b", "c b", "d b", "e b"), "there are 4 phrases"),
        ("bank", ("bank", "river bonk"), "'river bonk' does not hold the word 'bank'"),
        ("bank", ("bank", "bank"), "given twice"),
        ("bank", ("bank", "a\nbank"), "line break"),
    ],
)
def test_phrases_that_cannot_be_compared_are_one_error(
    model: Model, word: str | None, given: tuple[str, ...], message: str
) -> None:
    options = {"phrases": {"word": word, "phrases": given}}
    with pytest.raises(AttentionError, match=message):
        Material.build(model=model, needs=["phrases"], options=options)
