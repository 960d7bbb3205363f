"""`--model FOLDER` and `--trace FILE` on the command line: what works, and what an error says."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from attention_core import Trace
from rendering.materials import gather
from tests.attention_core import tiny_folder, tiny_model

Render = Callable[..., tuple[int, str, str]]


def test_a_folder_is_a_model(render: Render, tmp_path: Path) -> None:
    tiny_folder.write(tmp_path / "tiny-2.5")
    status, out, _ = render(
        "trace", "a cat", "--model", "tiny-2.5", "--layer", "1", "--head", "2", "--json", "-"
    )
    assert status == 0
    found = json.loads(out)
    assert found["model"]["name"] == "tiny-2.5"
    assert found["start_rule"].startswith("<|endoftext|> in front")


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("pickles", "never opened: reading one can run any code; save the model as safetensors"),
        ("empty", "is no model folder: it has no config.json; give a .gguf file, or a folder with"),
        ("strange", "architecture 'mamba', which is not built here; known: "),
        ("model.safetensors", "is a part of a model folder; give the folder"),
    ],
)
def test_a_folder_that_is_no_model_is_one_line_and_quick(
    render: Render, tmp_path: Path, name: str, told: str
) -> None:
    if name != "model.safetensors":
        (tmp_path / name).mkdir()
    else:
        (tmp_path / name).write_bytes(b"x")
    if name == "pickles":
        (tmp_path / name / "config.json").write_text(json.dumps(tiny_folder.config()))
        (tmp_path / name / "pytorch_model.bin").write_bytes(b"x")
    if name == "strange":
        tiny_folder.write(tmp_path / name, {"model_type": "mamba"})
    begin = time.perf_counter()
    status, out, err = render("trace", "a cat", "--model", f"./{name}")
    assert time.perf_counter() - begin < 1
    assert (status, out) == (2, "")
    assert err.startswith("error: ")
    assert told in err
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize("chapter", ["dot-products", "softmax", "mask", "scale"])
def test_a_chapter_says_which_array_a_trace_lacks(
    render: Render, tmp_path: Path, chapter: str
) -> None:
    weights = np.tri(3) / np.arange(1, 4)[:, None]
    Trace.from_weights(["a", " blue", " cat"], weights).save(tmp_path / "mine.npz")
    status, _, err = render("still", chapter, "--trace", "mine.npz", "--out", "x.png")
    assert status == 2
    assert "error: this trace does not hold the field " in err
    assert "compute it with a model, or give that array too" in err
    assert not (tmp_path / "x.png").exists()


def test_queries_and_keys_of_ones_own_are_drawn(render: Render, tmp_path: Path) -> None:
    q, k = np.random.default_rng(0).normal(size=(2, 3, 8))
    np.savez(tmp_path / "mine.npz", tokens=["a", " blue", " cat"], q=q, k=k, mask=np.eye(3) == 1)
    status, out, _ = render("still", "dot-products", "--trace", "mine.npz", "--out", "x.png")
    assert (status, out.strip()) == (0, "x.png")
    cells = json.loads((tmp_path / "x.png.json").read_text())["cells"]
    assert len(cells) == 9


def test_a_gguf_file_is_a_model_still(render: Render, tmp_path: Path) -> None:
    tiny_model.write(tmp_path / "tiny.gguf")
    assert render("trace", "a cat", "--model", "tiny.gguf", "--layer", "0", "--head", "0")[0] == 0


def test_the_leak_of_a_saved_trace_counts_its_position_bias(tmp_path: Path) -> None:
    random = np.random.default_rng(2)
    q, k = random.normal(size=(2, 4, 8))
    bias = 6.0 * np.triu(np.ones((4, 4)), 1)  # every query leans towards what comes after it
    texts = ["a", " blue", " cat", " sat"]
    own = Trace.from_arrays(texts, q, k, np.eye(4, 8), divisor=1.0, position_bias=bias)
    own.save(tmp_path / "mine.npz")
    made = gather(("attention", "leak"), "", "", None, None, tmp_path / "mine.npz")
    future = [own.unmasked_weights[row, row + 1 :].sum() for row in range(4)]
    assert float(made.need("leak_share")) == pytest.approx(np.mean(future), abs=1e-6)
    assert np.mean(future) > 0.5


def test_the_chapter_on_masking_refuses_what_is_not_masked(render: Render, tmp_path: Path) -> None:
    q, k, v = np.random.default_rng(0).normal(size=(3, 3, 8))
    texts = ["a", " blue", " cat"]
    Trace.from_arrays(texts, q, k, v, causal=False).save(tmp_path / "mine.npz")
    status, _, err = render("still", "mask", "--trace", "mine.npz", "--out", "x.png")
    assert status == 2
    assert err.startswith("error: this trace is not masked by the order of its words; choose")
    assert not (tmp_path / "x.png").exists()


def test_the_chapter_on_scaling_refuses_what_is_not_divided(render: Render, tmp_path: Path) -> None:
    q, k, v = np.random.default_rng(0).normal(size=(3, 3, 8))
    texts = ["a", " blue", " cat"]
    Trace.from_arrays(texts, q, k, v, divisor=1.0).save(tmp_path / "mine.npz")
    status, _, err = render("still", "scale", "--trace", "mine.npz", "--out", "x.png")
    assert status == 2
    assert "does not divide its scores by sqrt(d_k): nothing is scaled; choose another" in err
