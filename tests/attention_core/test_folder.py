"""Model folders: sound ones give the numbers of the GGUF file, others one clear error."""

from __future__ import annotations

import base64
import json
import os
import pickle
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer, models

from attention_core import AttentionError, Trace, checksums, trace
from attention_core.folder import Folder
from attention_core.registry import open_model
from tests.attention_core import tiny_folder, tiny_model

NORM = "model.norm.weight"


def run(folder: Path) -> Trace:
    """All that a folder is read for."""
    return trace("cats at 12", str(folder), layer=1, head=3, logits=True)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tiny_folder.write(tmp_path / "tiny")


def test_a_folder_gives_the_numbers_of_the_gguf_file(folder: Path, tmp_path: Path) -> None:
    here, there = run(folder), run(tiny_model.write(tmp_path / "tiny.gguf"))
    assert here.tokens == there.tokens
    for name, array in there.arrays().items():
        np.testing.assert_array_equal(here.need(name), array)
    assert here.start_rule == there.start_rule
    assert here.start_rule.startswith("<|endoftext|> in front, which stood between")
    assert (here.model.name, here.model.quantisation) == ("tiny", "F32")
    assert len(here.model.sha256) == 64


def test_the_name_is_the_folders_or_in_the_cache_of_the_hub_the_models(tmp_path: Path) -> None:
    deep = tmp_path / "models--someone--tiny-2.5" / "snapshots" / ("a" * 40)
    deep.parent.mkdir(parents=True)
    assert open_model(str(tiny_folder.write(deep))).info.name == "tiny-2.5"
    odd = tiny_folder.write(tmp_path / "odd\x1b[2J name")
    assert open_model(str(odd)).info.name == "odd[2J name"


def test_a_start_token_of_any_spelling_is_one_line(folder: Path, tmp_path: Path) -> None:
    content = json.loads((folder / "tokenizer.json").read_text())
    words = content["model"]["vocab"]
    words["evil\n\x1b[2J" * 20] = words.pop("<|endoftext|>")
    (folder / "tokenizer.json").write_text(json.dumps(content))
    (folder / "config.json").write_text(json.dumps({**tiny_folder.config(), "bos_token_id": 0}))
    found = run(folder)
    assert found.start_rule.isprintable()
    found.save(tmp_path / "t.npz")
    Trace.load(tmp_path / "t.npz")


def test_shards_are_read_through_their_index(folder: Path) -> None:
    whole = run(folder)
    names = list(tiny_folder.tensors())
    table = {name: f"model-0000{at % 2 + 1}-of-00002.safetensors" for at, name in enumerate(names)}
    for file in set(table.values()):
        part = {n: array for n, array in tiny_folder.tensors().items() if table[n] == file}
        (folder / file).write_bytes(tiny_folder.safetensors(part))
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": table}))
    (folder / "model.safetensors").unlink()
    np.testing.assert_array_equal(run(folder).weights, whole.weights)
    (folder / "model-00002-of-00002.safetensors").unlink()
    with pytest.raises(AttentionError, match=r"lacks the shard model-00002-of-00002\.safetensors"):
        run(folder)


@pytest.mark.parametrize(("kind", "bits"), [("F16", 10), ("BF16", 7)])
def test_half_precision_is_read(folder: Path, kind: str, bits: int) -> None:
    exact = Folder(tiny_folder.write(folder))
    half = Folder(tiny_folder.write(folder.with_name("half"), kind=kind))
    assert half.quantisation() == kind
    for name in exact.tensors:
        np.testing.assert_allclose(half.read(name), exact.read(name), rtol=2.0**-bits, atol=1e-6)


@pytest.mark.parametrize(
    ("entry", "value", "complaint"),
    [
        ("model_type", "mamba", "the architecture 'mamba', which is not built here; known: "),
        ("model_type", None, "in its config.json, the entry model_type must be a text but is miss"),
        ("num_hidden_layers", 0, "in its config.json, the entry num_hidden_layers is 0"),
        ("num_hidden_layers", "two", "num_hidden_layers must be a whole number but is 'two'"),
        ("num_hidden_layers", 3, "it has no tensor model.layers.2.self_attn.q_proj.weight"),
        ("num_key_value_heads", 3, "4 heads cannot share 3 key heads"),
        ("hidden_act", "tanh", "has the activation 'tanh', which is not built here"),
        ("rope_scaling", {"rope_type": "yarn"}, "stretches RoPE in the way 'yarn'; known are "),
        ("rope_scaling", {"type": "linear", "factor": 0}, "stretches RoPE by a factor of 0"),
        ("rope_theta", -1, "rope_theta is -1"),
        ("quantization_config", {"quant_method": "gptq"}, "is quantised (gptq), which is not read"),
        ("vocab_size", 261, "has shape (260, 16) where (261, 16) is needed"),
    ],
)
def test_settings_that_cannot_be_used_are_named(
    folder: Path, entry: str, value: Any, complaint: str
) -> None:
    changed = {**tiny_folder.config(), entry: value}
    (folder / "config.json").write_text(json.dumps(changed))
    with pytest.raises(AttentionError) as caught:
        run(folder)
    assert complaint in str(caught.value)
    assert "\n" not in str(caught.value)


class Evil:
    """Unpickling it would run code."""

    def __reduce__(self) -> Any:
        return (pytest.fail, ("a pickle was loaded",))


def test_pickles_are_never_opened(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    (folder / "pytorch_model.bin").write_bytes(pickle.dumps(Evil()))
    with pytest.raises(AttentionError, match=r"pickles \(pytorch_model\.bin\), .* never opened"):
        open_model(str(folder))
    with pytest.raises(AttentionError, match="is a file of pickles, which are never opened"):
        open_model(str(folder / "pytorch_model.bin"))


@pytest.mark.parametrize(
    ("name", "content", "complaint"),
    [
        ("config.json", None, "is no model folder: it has no config.json; give a .gguf file, or"),
        ("config.json", b"{", "config.json is broken: it is not JSON"),
        ("config.json", b"[1]", "config.json is broken: it holds no table"),
        ("config.json", b"[" * 100_000, "config.json is broken: it is not JSON"),
        ("model.safetensors", None, "has no model.safetensors; give a folder with config.json and"),
        ("model.safetensors", b"", "the file is empty"),
        ("tokenizer.json", None, "has no tokenizer.json; write it with transformers"),
        ("tokenizer.json", b"{}", "the tokenizer of"),
        ("tokenizer.json", b"\xff", "tokenizer.json is broken: "),
    ],
)
def test_a_file_that_is_missing_or_broken_is_named(
    folder: Path, name: str, content: bytes | None, complaint: str
) -> None:
    if content is None:
        (folder / name).unlink()
    else:
        (folder / name).write_bytes(content)
    with pytest.raises(AttentionError) as caught:
        run(folder)
    assert complaint in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "shard", ["../secret.safetensors", "/etc/passwd", 7, "", "a/b.safetensors", "model.bin"]
)
def test_an_index_cannot_lead_out_of_the_folder(folder: Path, shard: Any) -> None:
    (folder / "model.safetensors").unlink()
    content = json.dumps({"weight_map": {NORM: shard}})
    (folder / "model.safetensors.index.json").write_text(content)
    with pytest.raises(AttentionError, match=r"index\.json is broken: .* is not a shard"):
        open_model(str(folder))


def entry(shape: Any = (2, 2), offsets: Any = (0, 16), dtype: Any = "F32") -> dict[str, Any]:
    return {"dtype": dtype, "shape": shape, "data_offsets": offsets}


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"1234567", "its header claims 0 bytes of a file of 7"),
        (b"\xff" * 64, "its header claims 18,446,744,073,709,551,615 bytes of a file of 64"),
        (tiny_folder.with_header(b"\x80\x02ab", b""), "is not a safetensors file"),
        (tiny_folder.with_header(b"{]", b""), "its header cannot be read"),
        (tiny_folder.with_header(b'{"a": 1, "a": 2}', b""), "a name stands in it twice"),
        (tiny_folder.with_header({}, b""), "it holds no tensors"),
        (tiny_folder.with_header({"t": 7}, b""), "'t' is not described as the format asks"),
        (tiny_folder.with_header({"t": {}}, b""), "'t' is not described as the format asks"),
        (tiny_folder.with_header({"t": entry((2, -2))}, bytes(16)), "'t' is not described"),
        (tiny_folder.with_header({"t": entry((2, True))}, bytes(16)), "'t' is not described"),
        (tiny_folder.with_header({"t": entry((2, 2.0))}, bytes(16)), "'t' is not described"),
        (tiny_folder.with_header({"t": entry(offsets=(0, 16, 32))}, b""), "'t' is not described"),
        (tiny_folder.with_header({"\x1b[2J": entry()}, bytes(16)), "is not described"),
        (tiny_folder.with_header({"t": entry(dtype="Q9")}, bytes(16)), "number format 'Q9', which"),
        (tiny_folder.with_header({"t": entry((2, 3))}, bytes(16)), "of shape (2, 3) has 16 bytes"),
        (tiny_folder.with_header({"t": entry((1 << 40, 1 << 40))}, b""), "has 16 bytes"),
        (tiny_folder.with_header({"t": entry(offsets=(8, 24))}, bytes(24)), "leaves a gap before"),
        (tiny_folder.with_header({"t": entry()}, bytes(15)), "tensors reach to byte"),
        (tiny_folder.with_header({"t": entry()}, bytes(17)), "tensors reach to byte"),
        (tiny_folder.with_header({"t": entry(), "u": entry(offsets=(8, 24))}, bytes(24)),
         "'u' overlaps another"),
    ],
)  # fmt: skip
def test_a_header_that_lies_is_an_error(folder: Path, content: bytes, complaint: str) -> None:
    (folder / "model.safetensors").write_bytes(content)
    begin = time.perf_counter()
    with pytest.raises(AttentionError) as caught:
        run(folder)
    assert complaint in str(caught.value)
    assert time.perf_counter() - begin < 1


def test_numbers_that_are_not_finite_name_their_tensor(folder: Path) -> None:
    arrays = tiny_folder.tensors()
    arrays["model.layers.1.self_attn.k_proj.weight"][2, 3] = np.nan
    with pytest.raises(AttentionError, match=r"layers\.1\.self_attn\.k_proj\.weight holds numbers"):
        run(tiny_folder.write(folder, arrays=arrays))


def test_indices_beside_the_weights_are_left_alone(folder: Path) -> None:
    content = tiny_folder.safetensors(tiny_folder.tensors())
    length = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + length])
    end = len(content) - 8 - length
    header["model.positions"] = entry((1, 2), (end, end + 16), "I64")
    changed = tiny_folder.with_header(header, content[8 + length :] + bytes(16))
    (folder / "model.safetensors").write_bytes(changed)
    run(folder)
    with pytest.raises(AttentionError, match=r"model\.positions holds I64, not float numbers"):
        Folder(folder).read("model.positions")


CHARSMAPS = {
    "cut short": b"abc",
    "a length that lies": (1 << 30).to_bytes(4, "little") + bytes(8),
    "texts that are none": (4).to_bytes(4, "little") + bytes(4) + b"\xff",
    "a trie that leads nowhere": (8).to_bytes(4, "little") + b"\xfe" * 8 + b"a",
}


@pytest.mark.parametrize("case", CHARSMAPS)
def test_a_table_of_characters_that_would_abort_the_library_is_an_error(
    folder: Path, case: str
) -> None:
    content = json.loads((folder / "tokenizer.json").read_text())
    table = base64.b64encode(CHARSMAPS[case]).decode()
    content["normalizer"] = {
        "type": "Sequence",
        "normalizers": [{"type": "Precompiled", "precompiled_charsmap": table}],
    }
    (folder / "tokenizer.json").write_text(json.dumps(content))
    with pytest.raises(AttentionError, match=r"the tokenizer of .*tokenizer\.json is broken"):
        run(folder)


def test_a_tokenizer_that_fails_on_the_sentence_is_an_error(folder: Path) -> None:
    broken = Tokenizer(models.WordPiece({"a": 0}, unk_token="[UNK]"))  # it has no such token
    broken.save(str(folder / "tokenizer.json"))
    with pytest.raises(AttentionError, match=r"the tokenizer of .* is broken: WordPiece error"):
        run(folder)


@pytest.fixture
def notes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(checksums, "NOTED_FROM", 0)
    return tmp_path / "notes"


def test_a_large_file_is_summed_up_once(
    notes: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = folder / "model.safetensors"
    found = checksums.checksum([file], notes)
    assert found == checksums.sha256_of(file)
    summed: list[Path] = []
    monkeypatch.setattr(checksums, "sha256_of", lambda path: summed.append(path) or "new")
    assert checksums.checksum([file], notes) == found
    assert not summed
    os.utime(file, ns=(1, 1))  # it may be another file now
    assert checksums.checksum([file], notes) == "new"
    for note in notes.iterdir():
        note.write_text('{"sha256": 7}')
    assert checksums.checksum([file, file], notes) != "new"
    assert len(summed) == 2


def test_without_a_place_for_notes_files_are_summed_up_each_time(notes: Path, folder: Path) -> None:
    notes.write_text("a file, not a folder")
    file = folder / "model.safetensors"
    assert checksums.checksum([file], notes) == checksums.sha256_of(file)


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_no_damage_gives_anything_but_an_attention_error(folder: Path, data: st.DataObject) -> None:
    tiny_folder.write(folder)
    name = data.draw(st.sampled_from(["config.json", "model.safetensors", "tokenizer.json"]))
    content = bytearray((folder / name).read_bytes())
    at = data.draw(st.integers(0, min(len(content), 3000) - 1), label="at")
    content[at] ^= data.draw(st.integers(1, 255), label="flip")
    (folder / name).unlink()
    (folder / name).write_bytes(content)
    try:
        run(folder)
    except AttentionError as error:
        assert "\n" not in str(error)


@pytest.mark.skipif(os.name == "nt" or not os.geteuid(), reason="root reads everything")
def test_a_file_that_may_not_be_read_says_so(folder: Path) -> None:
    (folder / "config.json").chmod(0)
    with pytest.raises(AttentionError, match=r"cannot read .*config\.json: Permission denied"):
        run(folder)
