"""The tokenizers of GGUF files: SentencePiece BPE, WordPiece, Unigram, and other word patterns."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer, models, normalizers

from attention_core import AttentionError, trace
from attention_core.checkpoint import Checkpoint
from attention_core.splitting import Splitter, open_splitter
from attention_core.tokens import words
from tests.attention_core import tiny_model

NORMAL, UNKNOWN, CONTROL, USER, BYTE = 1, 2, 3, 4, 6
JOINTS = ["he", "▁c", "at", "th", "▁cat", "the", "▁the", "▁▁", "in", "ing", "ca", "cat"]
LETTERS = [*"▁abcdefghinst."]


def vocabulary(*more: tuple[str, int]) -> list[tuple[str, int]]:
    """Pieces with their types; the earlier a joint stands, the better its score."""
    bytes_of = [(f"<0x{byte:02X}>", BYTE) for byte in range(256)]
    pieces = [(piece, NORMAL) for piece in (*LETTERS, *JOINTS)]
    return [("<unk>", UNKNOWN), ("<s>", CONTROL), *more, *bytes_of, *pieces]


def settings_of(kind: str, pieces: list[tuple[str, int]], **more: Any) -> dict[str, Any]:
    names = {f"tokenizer.ggml.{key}": value for key, value in more.items()}
    meta = {key: value for key, value in tiny_model.metadata().items() if "merges" not in key}
    return {
        **meta,
        "tokenizer.ggml.model": kind,
        "tokenizer.ggml.tokens": [piece for piece, _ in pieces],
        "tokenizer.ggml.token_type": [number for _, number in pieces],
        "tokenizer.ggml.scores": [-float(id) for id in range(len(pieces))],
        **names,
    }


def splitter(path: Path, meta: dict[str, Any], causal: bool = True) -> Splitter:
    path.unlink(missing_ok=True)
    return open_splitter(Checkpoint(tiny_model.write(path, meta)), causal)


def sentence_piece(path: Path, *more: tuple[str, int], **keys: Any) -> Splitter:
    bos = {"bos_token_id": 1, "unknown_token_id": 0}
    return splitter(path, settings_of("llama", vocabulary(*more), **bos, **keys))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "model.gguf"


def pieces(found: Splitter, sentence: str) -> list[str]:
    return [token.display for token in found.encode(sentence)]


def test_the_best_scored_neighbours_join_first(path: Path) -> None:
    found = sentence_piece(path)
    assert pieces(found, "the cat") == ["start", "the", "cat"]
    assert [token.text for token in found.encode("the cat")] == ["<s>", "the", " cat"]
    assert found.rule == "<s> in front, as its file asks for"
    bare = sentence_piece(path, add_space_prefix=False)
    assert bare.encode("the")[1].id == bare.encode(" the")[1].id - 1  # "the" and "▁the"


def test_a_space_put_in_front_that_joins_nothing_spans_nothing(path: Path) -> None:
    tokens = sentence_piece(path).encode("sing cat")
    assert (tokens[1].text, tokens[1].display, tokens[1].start, tokens[1].end) == ("", "␣", 0, 0)
    found = words(tokens, "sing cat")
    assert [(word.text, word.pieces) for word in found] == [("sing", (1, 2, 3)), ("cat", (4,))]


def test_what_is_no_piece_becomes_bytes(path: Path) -> None:
    tokens = sentence_piece(path).encode("cat 고")
    assert [token.display for token in tokens[-3:]] == ["고·", "·고·", "·고"]
    assert [token.id - 2 for token in tokens[-3:]] == list("고".encode())


def test_without_bytes_it_is_the_unknown_token_or_an_error(path: Path) -> None:
    few = [("<unk>", UNKNOWN), *((piece, NORMAL) for piece in LETTERS)]
    unknown = splitter(path, settings_of("llama", few, unknown_token_id=0))
    assert (unknown.encode("a고")[-1].id, unknown.encode("a고")[-1].text) == (0, "고")
    assert (unknown.start, unknown.rule) == ((), "no start token")
    without = splitter(path, settings_of("llama", few))
    with pytest.raises(AttentionError, match=r"no token for the character U\+ACE0; remove it"):
        without.encode("a고")


def test_pieces_that_a_user_defined_stay_whole(path: Path) -> None:
    found = sentence_piece(path, ("   ", USER), ("ing.", USER))
    assert [token.text for token in found.encode("the   sing.")[1:]] == ["the", "   ", "s", "ing."]


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text("abcehinst. 고", min_size=1, max_size=30))
def test_pieces_are_those_of_the_library(path: Path, sentence: str) -> None:
    """Where the library is given every joint that makes a piece, in the order of the scores."""
    vocabulary_ = {piece: id for id, (piece, _) in enumerate(vocabulary())}
    joints = [
        (piece[:at], piece[at:])
        for piece in JOINTS
        for at in range(1, len(piece))
        if piece[:at] in vocabulary_ and piece[at:] in vocabulary_
    ]
    library = Tokenizer(models.BPE(vocabulary_, joints, unk_token="<unk>", byte_fallback=True))
    library.normalizer = normalizers.Sequence(
        [normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")]
    )
    found = sentence_piece(path).encode(sentence)
    assert [token.id for token in found[1:]] == library.encode(sentence).ids


def test_an_encoder_with_a_tokenizer_of_another_family_is_refused(path: Path) -> None:
    meta = {**tiny_model.metadata("bert"), "tokenizer.ggml.model": "gpt2"}
    with pytest.raises(AttentionError, match="of the kind 'gpt2' beside an encoder; known is the"):
        splitter(path, meta, causal=False)


def test_word_piece_lowers_and_marks_no_piece(path: Path) -> None:
    listed = [("[UNK]", UNKNOWN), ("[CLS]", CONTROL), ("[SEP]", CONTROL), ("▁the", NORMAL),
              ("▁cat", NORMAL), ("s", NORMAL), ("▁.", NORMAL)]  # fmt: skip
    keys = {"bos_token_id": 1, "seperator_token_id": 2, "unknown_token_id": 0}
    found = splitter(path, settings_of("bert", listed, **keys), causal=False)
    tokens = found.encode("The cats sat.")
    assert [token.id for token in tokens] == [1, 3, 4, 5, 0, 6, 2]
    assert [token.text for token in tokens[1:-1]] == ["The", "cat", "s", "sat", "."]
    assert found.rule == "[CLS] in front and [SEP] behind, as its file asks for"
    cased = splitter(path, settings_of("bert", [*listed, ("▁The", NORMAL)], **keys), causal=False)
    assert cased.encode("The cat")[1].id == 7


def test_unigram_takes_the_likeliest_pieces(path: Path) -> None:
    listed = [("<pad>", CONTROL), ("</s>", CONTROL), ("<unk>", UNKNOWN), ("▁the", NORMAL),
              ("▁", NORMAL), ("ca", NORMAL), ("t", NORMAL), ("cat", NORMAL)]  # fmt: skip
    keys = {"eos_token_id": 1, "unknown_token_id": 2, "remove_extra_whitespaces": True}
    keys["scores"] = [0.0, 0.0, 0.0, -1.0, -1.5, -1.0, -1.0, -5.0]
    found = splitter(path, settings_of("t5", listed, **keys), causal=False)
    tokens = found.encode("the  cat")
    assert [token.id for token in tokens] == [3, 4, 5, 6, 1]
    assert (tokens[-1].display, found.start) == ("end", ())
    assert found.rule == "no start token; </s> behind, as its file asks for"


@pytest.mark.parametrize("kind", ["llama", "bert", "t5"])
@pytest.mark.parametrize(
    ("key", "value", "complaint"),
    [
        ("tokens", [1, 2, 3], "its tokens are no texts"),
        ("token_type", [1], "are not of one length"),
        ("scores", [1.0], "are not of one length"),
        ("tokens", "text", "tokenizer.ggml.tokens must be a list but is"),
    ],
)
def test_lists_that_do_not_fit_are_an_error(
    path: Path, kind: str, key: str, value: Any, complaint: str
) -> None:
    meta = settings_of(kind, vocabulary(), unknown_token_id=0)
    meta[f"tokenizer.ggml.{key}"] = value
    if key == "tokens" and isinstance(value, list):
        meta |= {"tokenizer.ggml.token_type": [1] * 3, "tokenizer.ggml.scores": [0.0] * 3}
    if (kind, key) in (("bert", "scores"), ("t5", "token_type")):
        pytest.skip("this kind has no use for it")
    with pytest.raises(AttentionError) as caught:
        splitter(path, meta).encode("a cat")
    assert complaint in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_model_with_a_sentence_piece_vocabulary_runs(path: Path) -> None:
    meta = settings_of("llama", vocabulary(), bos_token_id=1)
    weights = tiny_model.tensors()
    rows = np.random.default_rng(0).normal(size=(len(vocabulary()), tiny_model.D_MODEL))
    weights["token_embd.weight"] = rows.astype(np.float32)
    tiny_model.write(path, meta, weights)
    found = trace("sing 고 the cat", str(path), layer=1, head=0)
    assert [word.text for word in found.words] == ["sing", "고", "the", "cat"]


@pytest.mark.parametrize(
    ("split", "wanted"),
    [
        ("llama-bpe", ["I", "'m", " in", " ", "202", "4", "!!"]),
        ("qwen2", ["I", "'m", " in", " ", "2", "0", "2", "4", "!!"]),
        ("gpt-2", ["I", "'m", " in", " 2024", "!!"]),
    ],
)
def test_words_are_cut_by_the_pattern_that_the_file_names(
    path: Path, split: str, wanted: list[str]
) -> None:
    from attention_core.bpe import PRE_TOKENIZERS

    cut = PRE_TOKENIZERS[split]().pre_tokenize_str("I'm in 2024!!")
    assert [text.replace("Ġ", " ") for text, _ in cut] == wanted


def test_a_sentence_that_is_composed_first_keeps_its_places(path: Path) -> None:
    meta = {**tiny_model.metadata(), "tokenizer.ggml.pre": "qwen2"}
    sentence = "cafe\u0301 cat"
    tokens = splitter(path, meta).encode(sentence)
    assert [token.text for token in tokens[4:6]] == ["e\u0301", "e\u0301"]  # two bytes of one é
    assert tokens[-1].text == " cat"


def test_a_file_that_asks_for_its_own_start_token_gets_it(path: Path) -> None:
    meta = {**tiny_model.metadata(), "tokenizer.ggml.bos_token_id": 5}
    assert splitter(path, meta).start[0].id == 0
    asked = splitter(path, {**meta, "tokenizer.ggml.add_bos_token": True})
    assert asked.start[0].id == 5
    assert asked.rule.endswith("in front, as its file asks for")
