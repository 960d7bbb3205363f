"""The head finder, on heads that do what they are told, and on real ones."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from attention_core import AttentionError, trace
from attention_core.finder import find, survey
from attention_core.finder.corpus import lines
from attention_core.models.base import Model
from attention_core.registry import open_model
from tests.attention_core import tiny_folder, tiny_model
from tests.attention_core.made_heads import MadeHeads, before, copies, from_to

SENTENCE = "a fluffy blue creature roamed the verdant forest"


def test_a_relation_is_told_from_a_distance_and_from_a_lucky_word() -> None:
    network = MadeHeads(before(0.9), from_to("creature", ["blue"], 0.6))
    found = find(network, SENTENCE, "creature", ["blue"])
    relation, distance = found.heads
    assert (relation.head, relation.is_previous) == (1, False)
    assert relation.mass == pytest.approx(0.6)
    assert relation.between == pytest.approx(0.6)  # it looks there from afar, too
    assert relation.sink == pytest.approx(0.4)
    assert relation.control == relation.previous == 0.0
    assert (distance.head, distance.is_previous) == (0, True)
    assert distance.mass == pytest.approx(0.9)
    assert distance.control == pytest.approx(0.9, abs=1e-4)  # every word of every sentence does it
    assert distance.between == 0.0
    assert found.best == relation
    np.testing.assert_allclose(found.grid("mass"), [[0.9, 0.6]])


def test_the_control_is_the_mean_over_all_words_that_have_such_neighbours() -> None:
    # "the" gives 0.8 to the word two before it, in whichever sentence; no other word does.
    network = MadeHeads(lambda tokens, row: {row - 2: 0.8} if tokens[row].display == "the" else {})
    found = find(network, SENTENCE, "creature", ["fluffy"])
    places = [word for line in lines("sentences") for word in _words(line)[2:]]
    assert (found.steps, found.sentences, found.others) == ((-2,), 40, len(places))
    wanted = 0.8 * places.count("the") / len(places)
    assert found.heads[0].control == pytest.approx(wanted, rel=1e-5)
    asked = find(network, SENTENCE, "the", ["creature"])  # it is no control of itself
    assert asked.heads[0].control == 0.0


def _words(line: str) -> list[str]:
    """Words and signs, as the finder counts steps."""
    for sign in ",?":
        line = line.replace(sign, f" {sign}")
    return line.split()


def test_words_are_put_between_the_query_and_its_nearest_key() -> None:
    seen: list[str] = []

    class Watched(MadeHeads):
        def encode(self, sentence: str):  # type: ignore[no-untyped-def]
            seen.append(sentence)
            return super().encode(sentence)

    find(Watched(before(1.0)), SENTENCE, "creature", ["fluffy", "blue"])
    assert "a fluffy blue, they say, creature roamed the verdant forest" in seen
    assert "a fluffy blue (so to speak) creature roamed the verdant forest" in seen
    seen.clear()
    found = find(Watched(before(1.0)), SENTENCE, "forest", ["forest"])
    assert not any("they say" in sentence for sentence in seen)
    assert found.heads[0].between is None


def test_a_korean_sentence_has_korean_sentences_for_its_control() -> None:
    # These two words give 0.8 to the word before them, wherever they stand.
    network = MadeHeads(
        lambda tokens, row: {row - 1: 0.8} if tokens[row].display in ("사람들은", "the") else {}
    )
    found = find(network, "작은 파란 고양이가 푸른 숲을 돌아다녔다", "고양이가", ["파란"])
    korean = [word for line in lines("sentences", "ko") for word in _words(line)[1:]]
    wanted = 0.8 * korean.count("사람들은") / len(korean)
    assert (found.language, found.sentences, found.others) == ("ko", 40, len(korean))
    assert found.heads[0].control == pytest.approx(wanted, rel=1e-5)
    assert wanted > 0
    assert found.between == lines("between", "ko")
    assert found.control_note == ""


@pytest.mark.parametrize(
    ("sentence", "noted"),
    [
        ("маленький синий кот гулял", True),
        ("小さな 青い 猫 が 歩いた", True),
        ("le petit chat bleu", False),
        ("2024 !", False),
    ],
)
def test_a_script_without_a_control_of_its_own_is_said(sentence: str, noted: bool) -> None:
    words = sentence.split()
    found = find(MadeHeads(before(0.9)), sentence, words[1], words[:1])
    assert found.language == "en"
    assert ("English" in found.control_note) is noted


def test_heads_are_named_by_the_standard_scores() -> None:
    network = MadeHeads(before(0.9), copies(0, 0.8), copies(1, 0.7), lambda *_: {}, before(0.2))
    found = survey(network)
    names = [found.name(0, head) for head in range(5)]
    assert names == ["previous", "same", "induction", "start", "start"]
    assert found.previous[0, 0] == pytest.approx(0.9)
    assert found.start[0, 3] == 1.0
    assert found.same[0, 1] == pytest.approx(0.8, abs=0.02)  # some tokens come twice by chance
    assert found.induction[0, 2] == pytest.approx(0.7, abs=0.02)
    assert found.induction[0, 0] < 0.1


@pytest.mark.parametrize(
    ("query", "keys", "told"),
    [
        ("whale", ["blue"], "its words are a, fluffy"),
        ("creature", ["whale"], "the word 'whale' is not in the sentence"),
        ("blue", ["creature"], "cannot look at creature, which comes after it: made reads from"),
        ("creature", [], "no key word is named"),
    ],
)
def test_what_cannot_be_found_is_said(query: str, keys: list[str], told: str) -> None:
    with pytest.raises(AttentionError, match=told):
        find(MadeHeads(before(1.0)), SENTENCE, query, keys)


def test_keys_so_far_away_that_nothing_controls_them_are_refused() -> None:
    far = " ".join(["word"] * 60)
    with pytest.raises(AttentionError, match="name keys that are nearer"):
        find(MadeHeads(before(1.0)), f"key {far} query", "query", ["key"])


@pytest.mark.parametrize("kind", ["gguf", "folder"])
def test_many_sentences_in_one_pass_are_each_as_if_alone(tmp_path: Path, kind: str) -> None:
    if kind == "gguf":
        network = open_model(str(tiny_model.write(tmp_path / "tiny.gguf")))
    else:
        tiny_folder.write(tmp_path / "tiny")
        network = open_model(str(tmp_path / "tiny"))
    sentences = [network.encode(text) for text in ("cat", "a cat at a cat", "at, at")]
    last = network.info.layers - 1
    together = list(network.patterns(sentences, network.load(last)))
    for place, tokens in enumerate(sentences):
        alone = network.blocks(network.embed(tokens), network.load(last))
        for layer, block in enumerate(alone):
            np.testing.assert_allclose(together[layer][place], block.steps.weights, atol=1e-5)


@pytest.mark.model
def test_the_default_model_has_the_measured_heads(model: Model) -> None:
    found = find(model, SENTENCE, "creature", ["fluffy", "blue"])
    heads = {(head.layer, head.head): head for head in found.heads}
    assert len(heads) == 270
    own = trace(SENTENCE, model, 19, 8).weights
    assert heads[19, 8].mass == pytest.approx(own[4, [2, 3]].sum(), abs=1e-5)
    assert heads[19, 8].sink == pytest.approx(own[4, 0], abs=1e-5)
    # Those that look most like adjectives and noun look at any word before (docs: facts).
    for place in ((11, 1), (16, 0)):
        assert heads[place].mass > 0.85
        assert heads[place].is_previous
        assert heads[place].after_control < heads[19, 8].after_control
    assert not found.best.is_previous
