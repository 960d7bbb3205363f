"""`trace --model en-ko` and its like: the command line of the encoder-decoder."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from attention_core import Trace
from attention_core.registry import open_seq2seq
from rendering.report import cells

Render = Callable[..., tuple[int, str, str]]
BANK = ("the bank of the river", "--model", "en-ko")

BAD_INPUT = {
    "an unknown word": (["trace", "a dinosaur", "--model", "en-ko"], "its vocabulary: "),
    "a key sentence for smollm2": (["trace", "a", "--key-sentence", "b"], "choose the model en-ko"),
    "a key sentence alone, for smollm2": (["trace", "--key-sentence", "b"], "the model en-ko"),
    "an unknown kind": (["trace", *BANK, "--attention", "corss"], "known: cross"),
    "a layer too high": (["trace", *BANK, "--layer", "2"], "choose 0 to 1"),
    "a clip": (["clip", "softmax", *BANK], "choose another model"),
    "cross-attention in a chapter": (["still", "mask", "--trace", "t.npz"], "another trace"),
    "fetching it": (["models", "fetch", "en-ko"], "it need not be fetched"),
    "removing it": (["models", "remove", "en-ko"], "cannot be removed"),
}


@pytest.mark.parametrize("case", BAD_INPUT)
def test_bad_input_is_one_line_and_status_2(render: Render, tmp_path: Path, case: str) -> None:
    assert render("trace", *BANK, "--npz", "t.npz")[0] == 0
    arguments, told = BAD_INPUT[case]
    status, out, err = render(*arguments)
    assert (status, out) == (2, "")
    assert err.startswith("error: ")
    assert err.count("\n") == 1
    assert told in err
    assert [path.name for path in tmp_path.iterdir()] == ["t.npz"]


def test_an_unknown_word_lists_the_whole_vocabulary(render: Render) -> None:
    network = open_seq2seq("en-ko")
    for arguments, words in (
        (["a dinosaur", "--model", "en-ko"], network.source),
        (["공룡", "--key-sentence", "a dog", "--model", "en-ko"], network.target),
    ):
        status, _, err = render("trace", *arguments)
        assert status == 2
        listed = set(err.rstrip().split("its vocabulary: ")[1].split(", "))
        assert listed == {word.removeprefix("##") for word in words} - {"<s>", "</s>"}


def test_the_table_names_what_each_row_predicts(render: Render) -> None:
    status, out, err = render("trace", *BANK)
    assert (status, err) == (0, "")
    lines = out.splitlines()
    assert max(map(cells, lines)) <= 80
    assert "sentence 강의 둑" in lines
    assert "source the bank of the river" in lines
    header = next(line.split() for line in lines if "bank" in line and "source" not in line)
    assert header == ["the", "bank", "of", "the", "river"]
    rows = [line.split() for line in lines if "→" in line[:20]]
    shares = {row[1]: [*map(float, row[2:])] for row in rows}
    assert list(shares) == ["start→강", "강→의", "의→둑", "둑→end"]
    assert header[int(np.argmax(shares["start→강"]))] == "river"
    assert header[int(np.argmax(shares["의→둑"]))] == "bank"
    assert all(sum(row) == pytest.approx(1, abs=1e-9) for row in shares.values())


def test_json_and_npz_hold_the_rectangle(render: Render, tmp_path: Path) -> None:
    status, out, _ = render("trace", *BANK, "--json", "-", "--npz", "t.npz")
    assert status == 0
    content = json.loads(out)
    assert [token["display"] for token in content["tokens"]] == ["start", "강", "의", "둑"]
    assert [token["display"] for token in content["key_tokens"]] == BANK[0].split()
    assert np.shape(content["weights"]) == (4, 5)
    assert (content["model"]["family"], content["model"]["quantisation"]) == ("seq2seq", "F16")
    loaded = Trace.load(tmp_path / "t.npz")
    np.testing.assert_array_equal(loaded.weights, np.float32(content["weights"]))


def test_the_kinds_of_attention_can_be_chosen(render: Render) -> None:
    def asked(*arguments: str) -> dict[str, object]:
        return dict(json.loads(render("trace", *arguments, "--json", "-")[1]))

    encoder = asked(*BANK, "--attention", "encoder", "--layer", "1", "--head", "2")
    assert (encoder["sentence"], encoder["causal"], encoder["layer"]) == (BANK[0], False, 1)
    decoder = asked(*BANK, "--attention", "decoder")
    assert (decoder["sentence"], decoder["source"], decoder["causal"]) == ("강의 둑", BANK[0], True)


def test_the_key_sentence_is_what_is_looked_at(render: Render) -> None:
    given = ("--key-sentence", BANK[0], "--model", "en-ko", "--json", "-")
    alone = json.loads(render("trace", *given)[1])
    other = json.loads(render("trace", "강의 은행", *given)[1])
    assert alone["source"] == other["source"] == BANK[0]
    assert (alone["sentence"], other["sentence"]) == ("강의 둑", "강의 은행")


def test_it_is_listed_as_shipped(render: Render) -> None:
    out = render("models")[1]
    assert "en-ko  English to Korean, a toy (MIT)" in out
    assert "here: shipped with the project" in out
    listed = json.loads(render("list", "--json")[1])["models"]
    assert [model["name"] for model in listed if model["here"]] == ["en-ko"]
