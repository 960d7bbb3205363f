"""`--key-sentence`: a folder's own encoder and decoder in self-vs-cross."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from attention_core.translation import translation_traces
from tests.attention_core import tiny_folder, tiny_pair

Render = Callable[..., tuple[int, str, str]]
KEYS, TARGET = "the bank", "a blue bank"
GIVEN = (TARGET, "--key-sentence", KEYS)

BAD_INPUT = {
    "no encoder-decoder": (["still", "self-vs-cross", *GIVEN], "a folder of T5, Marian or BART"),
    "an encoder alone": (["still", "self-vs-cross", *GIVEN, "--model", "alone"], "encoder alone"),
    "another family": (["trace", *GIVEN, "--model", "llama"], "a folder of T5, Marian or BART"),
    "another chapter": (["still", "softmax", *GIVEN, "--model", "t5"], "or draw self-vs-cross"),
    "nothing to read": (
        ["clip", "self-vs-cross", *GIVEN[1:], "--model", "t5"],
        "give its sentence as SENTENCE",
    ),
    "nothing to read in a trace": (["trace", *GIVEN[1:], "--model", "t5"], "as SENTENCE"),
    "a head to be found": (
        ["still", "self-vs-cross", *GIVEN, "--model", "t5", "--head", "auto"],
        "give the number of a head",
    ),
    "a saved trace": (["still", "self-vs-cross", *GIVEN, "--trace", "t"], "its own sentences"),
    "too long a target": (
        ["still", "self-vs-cross", "a blue bank " * 9, *GIVEN[1:], "--model", "t5"],
        "self-vs-cross can show 25",
    ),
}


@pytest.mark.parametrize("case", BAD_INPUT)
def test_bad_input_is_one_line_and_status_2(render: Render, tmp_path: Path, case: str) -> None:
    for name in ("t5", "alone"):
        tiny_pair.write(tmp_path / name, "t5")
    held = tiny_pair.golden("t5")
    kept = {
        name.removeprefix("tensors/"): array
        for name, array in held.items()
        if name.startswith("tensors/") and "decoder." not in name
    }
    (tmp_path / "alone" / "model.safetensors").write_bytes(tiny_folder.safetensors(kept, "F16"))
    tiny_folder.write(tmp_path / "llama")
    before = sorted(tmp_path.rglob("*"))
    arguments, told = BAD_INPUT[case]
    status, out, err = render(*arguments)
    last = err.splitlines()[-1]
    assert (status, out) == (2, "")
    assert last.startswith("error: ")
    assert told in last
    assert [path for path in sorted(tmp_path.rglob("*")) if "home" not in path.parts] == before


@pytest.mark.parametrize("family", tiny_pair.FAMILIES)
def test_the_picture_holds_the_cross_attention_of_the_folder(
    render: Render, tmp_path: Path, family: str
) -> None:
    tiny_pair.write(tmp_path / family, family)
    place = ("--layer", "0", "--head", "1", "--size", "960x540", "--out", "p.png")
    status, out, err = render("still", "self-vs-cross", *GIVEN, "--model", family, *place)
    assert (status, out.strip()) == (0, "p.png")
    assert err.startswith(f"{family}: its decoder reads <" if family != "bart" else "bart: its")
    cross = translation_traces(KEYS, TARGET, str(tmp_path / family), 0, 1)["cross"]
    sidecar = json.loads((tmp_path / "p.png.json").read_text())
    assert (sidecar["sentence"], sidecar["source"]) == (TARGET, KEYS)
    drawn = np.full_like(cross.weights, np.nan)
    for cell in sidecar["cells"]:
        drawn[cell["query"], cell["key"]] = cell["value"]
    np.testing.assert_allclose(drawn, cross.weights, atol=1e-6)
    assert "toy" not in sidecar["alt"]
    assert "English" not in sidecar["alt"]


def test_without_a_head_the_chosen_ones_are_told(render: Render, tmp_path: Path) -> None:
    tiny_pair.write(tmp_path / "bart", "bart")
    status, out, err = render("still", "self-vs-cross", *GIVEN, "--model", "bart")
    assert status == 0
    traces = translation_traces(KEYS, TARGET, str(tmp_path / "bart"))
    own, cross = traces["encoder"], traces["cross"]
    assert f"layer {own.layer}, head {own.head} of the encoder" in err
    assert f"layer {cross.layer}, head {cross.head} of the cross-attention" in err
    assert "written-a-blue-bank" in out


def test_the_toy_reads_a_key_sentence_too(render: Render, tmp_path: Path) -> None:
    status, _, err = render(
        "still", "self-vs-cross", "고양이는 잤다", "--key-sentence", "the dog ran", "--model",
        "en-ko", "--out", "p.png",
    )  # fmt: skip
    assert status == 0
    assert err.startswith("  p.png: ") and err.count("\n") == 1  # its size, and no remark
    sidecar = json.loads((tmp_path / "p.png.json").read_text())
    assert (sidecar["sentence"], sidecar["source"]) == ("고양이는 잤다", "the dog ran")
    assert "toy" in sidecar["alt"]
