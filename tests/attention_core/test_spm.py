"""Marian's source.spm and vocab.json: read by the numbers of their fields, or refused."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from attention_core import AttentionError
from attention_core.folder import Folder
from attention_core.splitting import Splitter, open_splitter
from attention_core.tokens import words
from tests.attention_core import tiny_folder

PIECES = [("<unk>", 0.0, 2), ("</s>", 0.0, 3), ("▁", -2.0, 1), ("▁the", -1.0, 1), ("ca", -2.5, 1),
          ("t", -2.0, 1), ("cat", -6.0, 1), ("s", -3.0, 1)]  # fmt: skip
NUMBERS = {"</s>": 0, "<unk>": 1, "▁the": 5, "ca": 4, "t": 3, "▁": 2, "<pad>": 6}


def varint(value: int) -> bytes:
    out = b""
    while value > 127:
        out, value = out + bytes([value & 127 | 128]), value >> 7
    return out + bytes([value])


def field(number: int, value: bytes | int | float) -> bytes:
    if isinstance(value, float):
        return varint(number << 3 | 5) + struct.pack("<f", value)
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    return varint(number << 3 | 2) + varint(len(value)) + value


def model(pieces: Any = PIECES, kind: int = 1, charsmap: bytes = b"", prefix: int = 1) -> bytes:
    out = b""
    for text, score, of in pieces:
        described = field(1, text.encode()) + field(2, score)
        out += field(1, described + (field(3, of) if of != 1 else b""))  # 1 is the default
    out += field(2, field(3, kind) + field(4, 8000))
    rules = field(1, b"nmt_nfkc") + (field(2, charsmap) if charsmap else b"") + field(3, prefix)
    return out + field(3, rules)


def write(folder: Path, source: bytes | None = None, numbers: Any = None) -> Path:
    tiny_folder.write(folder)
    (folder / "tokenizer.json").unlink(missing_ok=True)
    (folder / "source.spm").write_bytes(model() if source is None else source)
    (folder / "vocab.json").write_text(json.dumps(NUMBERS if numbers is None else numbers))
    return folder


def splitter(folder: Path, *what: Any) -> Splitter:
    return open_splitter(Folder(write(folder, *what)), causal=False)


def test_pieces_have_the_numbers_of_the_vocabulary(tmp_path: Path) -> None:
    found = splitter(tmp_path / "m")
    tokens = found.encode("the  cats")
    assert [token.id for token in tokens] == [5, 2, 4, 3, 1, 0]  # s is not in vocab.json
    assert [token.text for token in tokens] == ["the", " ", "ca", "t", "s", "</s>"]
    assert (tokens[-1].display, found.start) == ("end", ())
    assert found.rule == "no start token; </s> behind, as its tokenizer puts it"
    bare = splitter(tmp_path / "m", model(prefix=0))
    assert [token.id for token in bare.encode("cat")] == [4, 3, 0]
    assert found.text(4) == "ca"


def test_the_code_of_a_language_in_front_is_one_token(tmp_path: Path) -> None:
    found = splitter(tmp_path / "m", None, {**NUMBERS, ">>fr<<": 7})
    tokens = found.encode(">>fr<< the cat")
    assert [token.id for token in tokens] == [7, 5, 2, 4, 3, 0]
    assert [token.text for token in tokens] == [">>fr<<", "the", " ", "ca", "t", "</s>"]
    assert [word.text for word in words(tokens, ">>fr<< the cat")] == [">>fr<<", "the", "cat"]
    assert found.text(7) == ">>fr<<"
    assert found.encode(">>de<< the")[0].id == NUMBERS["<unk>"]
    assert found.encode("the >>fr<<")[0].id == 5  # only in front


@pytest.mark.parametrize(
    ("source", "numbers", "complaint"),
    [
        (b"", NUMBERS, "holds no unigram pieces, which are the ones that are read"),
        (model(kind=2), NUMBERS, "holds no unigram pieces"),
        (model()[:-3], NUMBERS, "source.spm is broken: it is no SentencePiece model"),
        (b"\xff" * 20, NUMBERS, "it is no SentencePiece model"),
        (field(1, 7), NUMBERS, "it is no SentencePiece model"),
        (field(1, field(1, b"\xff")), NUMBERS, "it is no SentencePiece model"),
        (model(charsmap=b"abc"), NUMBERS, "the tokenizer of"),
        (model(), {}, "vocab.json is broken: it numbers no <unk>"),
        (model(), {"<unk>": "one"}, "vocab.json is broken: it numbers no <unk>"),
        (model(), [1], "vocab.json is broken: it holds no table"),
    ],
)
def test_files_that_cannot_be_used_are_named(
    tmp_path: Path, source: bytes, numbers: Any, complaint: str
) -> None:
    with pytest.raises(AttentionError) as caught:
        splitter(tmp_path / "m", source, numbers)
    assert complaint in str(caught.value)
    assert "\n" not in str(caught.value)


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_no_damage_gives_anything_but_an_attention_error(
    tmp_path: Path, data: st.DataObject
) -> None:
    content = bytearray(model())
    content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    try:
        splitter(tmp_path / "m", bytes(content)).encode("the cats")
    except AttentionError as error:
        assert "\n" not in str(error)
