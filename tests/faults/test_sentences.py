"""Any sentence gives a sound trace or one clear error, and a sound one can be drawn."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from attention_core import AttentionError, Trace, trace
from attention_core.models.base import Model
from attention_core.registry import open_model
from tests.attention_core import tiny_folder, tiny_model

TRIALS, DRAWN = 2000, 200
LONGEST = 10_000
many = settings(
    max_examples=TRIALS,
    deadline=None,
    derandomize=True,
    suppress_health_check=[*HealthCheck],
)
PIECES = [
    "the ", "cat", " ", "  ", "고양이", "é", "e\u0301", "👩‍👩‍👧", "🏳️‍🌈", "\u200d", "שלום", "مرحبا",
    "नमस्ते", "ก็", "\u0300" * 20, "\U000e0067", "\ufeff", "\x00", "\n", "\u202e", "\ud800", "<s>",
    "<|endoftext|>", "$x$", "#eval(\"1\")", "\\input{x}", "&lt;", "{0}", "%s", "\U0010ffff", "ﷺ",
]  # fmt: skip


def sentences(longest: int) -> st.SearchStrategy[str]:
    """Any Unicode, surrogates too; awkward pieces put together; one thing many times over."""
    any_text = st.text(max_size=200)
    awkward = st.lists(st.sampled_from(PIECES) | st.characters(), max_size=60).map("".join)
    surrogates = st.text(st.characters(categories=["Cs", "Lo", "Mn"]), max_size=20)
    repeated = st.tuples(awkward, st.integers(1, 2000)).map(lambda pair: pair[0] * pair[1])
    return (any_text | awkward | surrogates | repeated).map(lambda text: text[:longest])


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> list[Model]:
    """A tiny model with bytes for what it does not know, as a file and as a folder."""
    place = tmp_path_factory.mktemp("models")
    settings = tiny_model.metadata() | {"llama.context_length": 2 * LONGEST}
    file = tiny_model.write(place / "tiny.gguf", settings)
    config = tiny_folder.config() | {"max_position_embeddings": 2 * LONGEST}
    return [open_model(str(file)), open_model(str(tiny_folder.write(place / "tiny", config)))]


def is_sound(found: Trace, sentence: str) -> None:
    """Rows are shares, masked cells are 0, and the tokens read as the sentence does."""
    np.testing.assert_allclose(found.weights.sum(axis=-1), 1, atol=1e-5)
    assert (found.weights >= 0).all()
    assert not np.triu(found.weights, 1).any()
    reached = 0
    for token in found.tokens:
        if token.special:
            continue
        assert token.text == sentence[token.start : token.end]
        assert token.start <= reached <= token.end or token.end <= reached
        assert token.display
        reached = max(reached, token.end)
    assert reached == len(sentence)


@many
@given(sentences(LONGEST), st.sampled_from([0, 1]))
@example("cat " * (LONGEST // 4), 0)
@example("\u0300" * LONGEST, 0)
@example("👩‍👩‍👧" * 200, 1)
@example("a" * LONGEST, 1)
def test_any_sentence_gives_a_sound_trace_or_one_clear_error(
    models: list[Model], sentence: str, which: int
) -> None:
    try:
        found = trace(sentence, models[which])
    except AttentionError as error:
        assert len(str(error).splitlines()) == 1
        assert len(str(error)) < 500
        return
    is_sound(found, sentence)


@settings(many, max_examples=DRAWN)
@given(sentences(60))
@example('#eval("1+1") $x$')
@example("\u0300\u0301")
@example("ﷺ \U0010ffff")
def test_a_still_of_any_sound_sentence_is_drawn_or_is_one_clear_error(
    models: list[Model], sentence: str
) -> None:
    from attention_core import Material
    from attention_core.counterfactual import scaling
    from rendering import stage
    from rendering.materials import check
    from scenes.look import Look
    from scenes.registry import CHAPTERS

    try:
        found = trace(sentence, models[0], 1, 2)
        material = Material({"main": found}, scaling(found))
        check(material, CHAPTERS["dot-products"], Look())
        pixels, picture = stage.still("dot-products", material, Look(), (320, 180))
    except AttentionError as error:
        assert len(str(error).splitlines()) == 1
        return
    assert pixels.std() > 0
    assert picture.alt
