"""Traces: saved and loaded whole, and refused where they are not sound."""

from __future__ import annotations

import io
import json
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from attention_core import AttentionError, Trace, trace
from attention_core.files import JSON_ARRAYS
from attention_core.models.base import Model

Change = Callable[[dict[str, Any]], object]


@pytest.fixture
def given() -> Trace:
    """A trace of numbers that came from elsewhere."""
    draw = np.random.default_rng(0)
    q, k, v = draw.normal(size=(3, 4, 8))
    return Trace.from_arrays(["<s>", "a", " small", " cat"], q, k, v, start=True)


def saved(given: Trace, path: Path, change: Change) -> Path:
    """The trace as an NPZ file, after `change` did something to its arrays or header."""
    given.save(path)
    with np.load(path) as held:
        content = dict(held)
    content["header"] = json.loads(str(content["header"]))
    change(content)
    content["header"] = np.array(json.dumps(content["header"]))
    np.savez(path, **content)
    return path


@pytest.mark.parametrize("name", ["t.npz", "t.json"])
def test_a_saved_trace_is_loaded_with_the_same_numbers(
    default_trace: Trace, tmp_path: Path, name: str
) -> None:
    default_trace.save(tmp_path / name)
    loaded = Trace.load(tmp_path / name)
    assert loaded.header() == default_trace.header()
    for array in JSON_ARRAYS if name.endswith("json") else default_trace.arrays():
        np.testing.assert_array_equal(loaded.need(array), default_trace.need(array))
    assert sorted(file.name for file in tmp_path.iterdir()) == [name]


def test_the_json_is_as_the_readme_lays_it_down(default_trace: Trace) -> None:
    content = json.loads(json.dumps(default_trace.to_json(), allow_nan=False))
    assert set(content) >= {
        "schema", "sentence", "model", "layer", "head", "kv_head", "heads", "layers", "d_model",
        "d_k", "causal", "tokens", "q", "k", "v", "scores", "scaled", "masked", "weights", "update",
    }  # fmt: skip
    assert set(content["model"]) == {"name", "family", "sha256", "quantisation"}
    assert (content["layer"], content["head"], content["kv_head"]) == (19, 8, 2)
    assert content["tokens"][1] == {
        "id": 81, "text": "a", "display": "a", "start": 0, "end": 1, "special": False,
    }  # fmt: skip
    assert content["masked"][0][1] is None
    assert content["weights"][0][1] == 0.0
    assert len(str(content["weights"][4][2])) < 12  # the shortest float32, not the longest float64


def test_each_step_follows_from_the_one_before_it(default_trace: Trace) -> None:
    t = default_trace
    np.testing.assert_allclose(t.q @ t.k.T, t.scores, atol=1e-3)
    np.testing.assert_allclose(t.scores / 8, t.scaled, rtol=1e-6)
    future = np.triu(np.ones((t.n, t.n), bool), k=1)
    assert (t.weights[future] == 0).all()
    np.testing.assert_allclose(t.weights.sum(axis=-1), 1, atol=1e-6)
    np.testing.assert_allclose(t.need("patterns")[t.head], t.weights)
    np.testing.assert_allclose(t.residual + t.need("block_update"), t.need("x_out"), rtol=1e-3)


def test_a_trace_can_be_written_into_a_pipe(given: Trace) -> None:
    out = io.BytesIO()
    given.save(out)
    assert out.getvalue()[:2] == b"PK"


def test_arrays_from_elsewhere_become_a_trace(given: Trace) -> None:
    assert [word.text for word in given.words] == ["a", "small", "cat"]
    assert (given.sentence, given.start, given.word_rows) == ("a small cat", 0, (1, 2, 3))
    np.testing.assert_allclose(given.scaled, given.q @ given.k.T / np.sqrt(8), rtol=1e-5)
    both_ways = Trace.from_arrays(["a", " cat"], np.eye(2), np.eye(2), np.eye(2), causal=False)
    assert (both_ways.weights > 0).all()
    assert both_ways.start is None


@pytest.mark.parametrize(
    ("tokens", "q", "complaint"),
    [
        (["a", " b"], np.ones((3, 8)), "array q has shape (3, 8), not (n = 2, d_k = 8)"),
        (["a", " b"], np.ones((2, 7)), "q has 7 entries a row and k has 8"),
        (["a", " b"], np.full((2, 8), np.nan), "array q holds nan at (0, 0)"),
        (["a", " b"], [["x"] * 8] * 2, "array q is not a table of numbers"),
        (["a", " b"], np.ones(8), "array q has shape (8,), not (n, d)"),
        (["a", "\x00"], np.ones((2, 8)), "the control character U+0000"),
        ([], np.ones((2, 8)), "the sentence is empty"),
        (["a", ""], np.ones((2, 8)), "token 1 spans characters 1 to 1"),
    ],
)
def test_arrays_that_do_not_fit_are_named(tokens: list[str], q: Any, complaint: str) -> None:
    with pytest.raises(AttentionError) as caught:
        Trace.from_arrays(tokens, q, np.ones((2, 8)), np.ones((2, 8)))
    assert complaint in str(caught.value)


def put(name: str, value: Any) -> Change:
    return lambda content: content.update({name: value})


def head(name: str, value: Any) -> Change:
    return lambda content: content["header"].update({name: value})


def token(row: int, **values: Any) -> Change:
    return lambda content: content["header"]["tokens"][row].update(values)


def cell(name: str, at: tuple[int, ...], value: float) -> Change:
    return lambda content: content[name].__setitem__(at, value)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (put("weights", np.ones((4, 3))), "array weights has shape (4, 3), not (n = 4, n = 4)"),
        (put("q", np.ones((4, 9))), "array q has shape (4, 9), not (n = 4, d_k = 8)"),
        (put("q", np.full((4, 8), "x")), "array q is not of numbers"),
        (cell("q", (1, 2), np.nan), "array q holds nan at (1, 2)"),
        (cell("scores", (2, 1), np.inf), "array scores holds inf at (2, 1)"),
        (cell("masked", (0, 3), 1.0), "array masked: row 0, column 3 must be masked"),
        (cell("masked", (3, 0), -np.inf), "array masked: row 3, column 0 must not be masked"),
        (cell("weights", (3, 0), 5.0), "array weights: row 3 sums to"),
        (cell("weights", (0, 3), 1e-6), "array weights: a masked cell is not exactly 0"),
        (cell("weights", (1, 0), -0.5), "array weights holds a negative share"),
        (put("weights", np.eye(4)), "array weights does not follow from the step before it"),
        (cell("scaled", (1, 0), 99.0), "array masked does not follow from the step before it"),
        (lambda content: content.pop("k"), "is not a whole trace: it has no 'k'"),
        (head("schema", 2), "is a trace of schema 2; this version reads schema 1"),
        (head("layer", 5), "layer is 5, outside 0 to 0"),
        (head("head", "one"), "head must be of type int"),
        (head("d_k", 0), "d_k is 0"),
        (head("tokens", []), "it holds 0 tokens"),
        (head("tokens", 7), "is not a whole trace"),
        (head("sentence", "a small dog"), "token 3 does not read as the sentence does there"),
        (head("sentence", "a\x1b[2J"), "the control character U+001B"),
        (head("model", {"name": "\x1b[2J"}), "it has no 'family'"),
        (token(1, display="EVIL"), "token 1 is not displayed as it reads"),
        (token(2, end=99), "token 2 spans characters 1 to 99"),
        (token(2, special=True), "token 2 is a start token, but stands inside the sentence"),
        (token(2, id="x"), "id must be of type int"),
        (lambda content: content["header"].pop("layer"), "it has no 'layer'"),
    ],
)
def test_a_trace_that_is_not_sound_is_refused(
    given: Trace, tmp_path: Path, change: Change, complaint: str
) -> None:
    path = saved(given, tmp_path / "hostile.npz", change)
    with pytest.raises(AttentionError) as caught:
        Trace.load(path)
    assert complaint in str(caught.value)
    assert "hostile.npz" in str(caught.value) or "the sentence" in str(caught.value)


class Evil:
    """Unpickling it would run code."""

    def __reduce__(self) -> Any:
        return (pytest.fail, ("a pickle was loaded",))


def npy(array: Any) -> bytes:
    out = io.BytesIO()
    np.lib.format.write_array(out, array, allow_pickle=True)
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (npy(np.array([Evil()], dtype=object)), "array q holds object, not numbers"),
        (pickle.dumps(1), "array q cannot be read"),
        (npy(np.ones((4, 8)))[:-9], "array q claims shape (4, 8) but holds 247 bytes"),
        (
            npy(np.ones((4, 8))).replace(b"(4, 8), }", b"(9**99,)}"),
            "array q cannot be read",
        ),
        (
            npy(np.ones((4, 8))).replace(b"(4, 8), }       ", b"(99999999999,), }"),
            "array q claims shape (99999999999,) but holds",
        ),
    ],
)
def test_a_hostile_array_in_a_zip_is_refused(
    tmp_path: Path, content: bytes, complaint: str
) -> None:
    with zipfile.ZipFile(tmp_path / "t.npz", "w") as archive:
        archive.writestr("q.npy", content)
    with pytest.raises(AttentionError) as caught:
        Trace.load(tmp_path / "t.npz")
    assert complaint in str(caught.value)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "is neither NPZ nor JSON"),
        (b"PK\x03\x04cut short", "is broken"),
        (b"[" * 100_000, "is neither NPZ nor JSON"),
        (b"[1, 2]", "it holds a list"),
        (b"{}", "it has no 'schema'"),
        (b"\xff\xfe\x00", "is neither NPZ nor JSON"),
    ],
)
def test_a_file_that_is_no_trace_is_refused(tmp_path: Path, content: bytes, complaint: str) -> None:
    (tmp_path / "t").write_bytes(content)
    with pytest.raises(AttentionError) as caught:
        Trace.load(tmp_path / "t")
    assert complaint in str(caught.value)


def test_a_zip_that_unpacks_to_gigabytes_is_refused_unread(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "t.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("q.npy", bytes(300 << 20))
    with pytest.raises(AttentionError, match="unpacks to more than any trace holds"):
        Trace.load(tmp_path / "t.npz")


def test_a_file_that_cannot_be_read_or_written_says_why(given: Trace, tmp_path: Path) -> None:
    with pytest.raises(AttentionError, match=r"cannot read .*: No such file"):
        Trace.load(tmp_path / "none.npz")
    with pytest.raises(AttentionError, match=r"cannot write .*: No such file"):
        given.save(tmp_path / "no folder" / "t.npz")


def test_a_field_that_was_not_recorded_is_an_error_that_names_it(given: Trace) -> None:
    with pytest.raises(AttentionError, match="does not hold the field update; compute it"):
        given.need("update")


@pytest.mark.model
def test_the_fingerprint_is_that_of_the_inputs_for_what_was_computed_here(model: Model) -> None:
    one = trace("a cat", model)
    assert one.fingerprint() == trace("a cat", model).fingerprint()
    others = [trace("a dog", model), trace("a cat", model, head=7), trace("a cat", model, layer=3)]
    assert len({one.fingerprint(), *(other.fingerprint() for other in others)}) == 4


def test_the_fingerprint_is_that_of_the_contents_for_what_came_from_a_file(
    given: Trace, tmp_path: Path
) -> None:
    given.save(tmp_path / "t.npz")
    changed = saved(given, tmp_path / "u.npz", cell("v", (0, 0), 5.0))
    assert Trace.load(tmp_path / "t.npz").fingerprint() == given.fingerprint()
    assert Trace.load(changed).fingerprint() != given.fingerprint()
