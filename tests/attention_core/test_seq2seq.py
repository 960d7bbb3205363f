"""The encoder-decoder en-ko: against torch's golden numbers, and as good as its card says."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest

from attention_core import AttentionError
from attention_core.catalogue import VOCABULARY, WEIGHTS
from attention_core.models.seq2seq import Seq2Seq
from attention_core.registry import SHIPPED, open_model, open_seq2seq
from tools.train_en_ko.grammar import held_out_set, vocabularies, written
from tools.train_en_ko.measure import Measured, measure

FOLDER = SHIPPED["en-ko"].folder
FLUFFY = "a fluffy blue creature roamed the verdant forest"


@pytest.fixture(scope="module")
def network() -> Seq2Seq:
    return open_seq2seq("en-ko")


@pytest.fixture(scope="module")
def measured(network: Seq2Seq) -> Measured:
    return measure(network, held_out_set(1_000))


def goldens() -> list[dict[str, np.ndarray]]:
    with np.load(FOLDER / "golden.npz") as held:
        count = len({name.split("/")[0] for name in held})
        return [
            {name.split("/")[1]: held[name] for name in held if name.startswith(f"{i}/")}
            for i in range(count)
        ]


@pytest.mark.parametrize("golden", goldens(), ids=lambda golden: str(golden["sentence"]))
def test_we_compute_what_torch_computed(network: Seq2Seq, golden: dict[str, np.ndarray]) -> None:
    run = network.run(str(golden["sentence"]))
    assert [token.id for token in run.source] == golden["source"].tolist()
    assert [token.id for token in run.target] == golden["target"].tolist()
    for kind in ("encoder", "decoder", "cross"):
        weights = np.stack([block.steps.weights for block in getattr(run, kind)])
        assert weights.shape == golden[kind].shape  # all layers, all heads
        np.testing.assert_allclose(weights, golden[kind], atol=1e-5, rtol=0)
    np.testing.assert_allclose(run.logits, golden["logits"], atol=1e-4, rtol=0)


def test_the_vocabulary_is_the_shipped_one() -> None:
    shipped = json.loads((FOLDER / VOCABULARY).read_text(encoding="utf-8"))
    english, korean = vocabularies()
    assert shipped == {"source": english, "target": ["<s>", "</s>", *korean]}


def test_it_translates_what_it_was_not_trained_on(measured: Measured) -> None:
    assert measured.exact >= 0.99


def test_a_head_of_the_cross_attention_aligns_the_content_words(measured: Measured) -> None:
    assert measured.aligned[SHIPPED["en-ko"].heads["cross"]] >= 0.95


def test_what_is_shipped_is_small() -> None:
    assert sum(file.stat().st_size for file in FOLDER.iterdir()) < 1_000_000


def test_the_examples_of_the_card_are_what_it_translates(network: Seq2Seq) -> None:
    card = (FOLDER / "MODEL_CARD.md").read_text(encoding="utf-8")
    examples = re.findall(r"^    (\w.*?)  +([가-힣].*)$", card, re.MULTILINE)
    assert len(examples) == 5
    for english, korean in examples:
        assert network.translate(english) == korean


def test_the_card_calls_it_a_toy_and_tells_its_figures(measured: Measured) -> None:
    card = (FOLDER / "MODEL_CARD.md").read_text(encoding="utf-8")
    layer, head = SHIPPED["en-ko"].heads["cross"]
    assert "toy" in card.splitlines()[2]
    assert SHIPPED["en-ko"].sha256 in card
    assert f"{measured.exact:.1%} of 1,000".replace("%", " %") in card
    assert f"{measured.aligned[layer, head]:.1%} of".replace("%", " %") in card


@pytest.mark.parametrize(
    ("english", "korean"),
    [
        (FLUFFY, "푹신한 파란 생물이 푸르른 숲을 돌아다녔다"),
        ("the bank of the river", "강의 둑"),
        ("the bank is old", "은행은 오래되었다"),
        ("The Bank of the Village", "마을의 은행"),
    ],
)
def test_it_translates_what_is_shown(network: Seq2Seq, english: str, korean: str) -> None:
    assert network.translate(english) == korean


def test_greedy_decoding_writes_what_the_measure_counts(network: Seq2Seq) -> None:
    pairs = held_out_set(100)
    exact = [network.translate(pair.english) == written(pair.korean) for pair in pairs]
    assert np.mean(exact) == measure(network, pairs).exact


def test_what_it_wrote_is_cut_into_the_same_tokens_again(network: Seq2Seq) -> None:
    for pair in held_out_set(100):
        run = network.run(pair.english)
        assert network.encode_target(run.translation) == run.target


def test_particles_are_tokens_and_spaces_belong_to_words(network: Seq2Seq) -> None:
    start, *tokens = network.encode_target("고양이가 집 뒤에서  잤다")
    assert (start.text, start.display, start.special) == ("<s>", "start", True)
    assert [token.text for token in tokens] == ["고양이", "가", " 집", " 뒤", "에서", "  잤다"]
    assert [token.display for token in tokens] == ["고양이", "가", "집", "뒤", "에서", "잤다"]


@pytest.mark.parametrize(
    ("sentence", "complaint"),
    [
        ("a fluffy dinosaur", "does not know 'dinosaur'; its vocabulary: "),
        ("the bank is old.", "does not know '.'; its vocabulary: a, "),
        ("the frost", "its vocabulary: forest, "),
        ("the cat " * 13, "the sentence is 26 tokens long and en-ko was made for 24; shorten it"),
        (" ", "the sentence is blank"),
    ],
)
def test_a_source_it_cannot_read_is_an_error(
    network: Seq2Seq, sentence: str, complaint: str
) -> None:
    with pytest.raises(AttentionError) as caught:
        network.run(sentence)
    assert complaint in str(caught.value)


def test_the_error_of_an_unknown_word_lists_all_words(network: Seq2Seq) -> None:
    for encode, words in (
        (network.encode, list(network.source)),
        (network.encode_target, [piece.removeprefix("##") for piece in network.pieces[2:]]),
    ):
        with pytest.raises(AttentionError) as caught:
            encode("공룡")
        assert sorted(caught.value.mend.split(": ")[1].split(", ")) == sorted(words)
        assert "\n" not in str(caught.value)


def test_any_words_of_its_vocabulary_give_some_translation(network: Seq2Seq) -> None:
    draw = np.random.default_rng(0)
    for _ in range(30):
        soup = draw.choice(list(network.source), draw.integers(1, network.context))
        run = network.run(" ".join(soup))
        assert 1 < len(run.target) <= network.context
        assert "".join(token.text for token in run.target[1:]) == run.translation


def test_the_heads_updates_add_up_and_rows_sum_to_1(network: Seq2Seq) -> None:
    run = network.run(FLUFFY)
    for block in (*run.encoder, *run.decoder, *run.cross):
        np.testing.assert_allclose(block.steps.weights.sum(axis=-1), 1, atol=1e-5)
        np.testing.assert_allclose(block.hidden + block.steps.updates.sum(axis=0), block.x_out)


def test_what_is_written_later_changes_nothing_before_it(network: Seq2Seq) -> None:
    whole = network.run(FLUFFY)
    *_, logits = network.write(whole.target[:4], whole.memory)
    np.testing.assert_allclose(logits, whole.logits[:4], atol=1e-4)


def test_files_that_were_changed_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in (WEIGHTS, VOCABULARY):
        shutil.copy(FOLDER / name, tmp_path)
    monkeypatch.setitem(SHIPPED, "en-ko", SHIPPED["en-ko"]._replace(folder=tmp_path))
    assert open_seq2seq("en-ko").info.name == "en-ko"
    for name in (WEIGHTS, VOCABULARY):
        kept = (tmp_path / name).read_bytes()
        (tmp_path / name).write_bytes(kept[:-2])
        with pytest.raises(AttentionError, match="not the file that was shipped"):
            open_seq2seq("en-ko")
        (tmp_path / name).write_bytes(kept)


def test_its_name_opens_no_model_of_one_sentence() -> None:
    with pytest.raises(AttentionError, match=r"en-ko translates: .* choose another model"):
        open_model("en-ko")
    with pytest.raises(AttentionError, match="no encoder-decoder is called 'en-kr'; known: en-ko"):
        open_seq2seq("en-kr")
