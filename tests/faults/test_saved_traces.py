"""Saved traces from strangers: NPZ and JSON, each read, or one clear error; nothing is run."""

from __future__ import annotations

import io
import json
import pickle
import struct
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from attention_core import AttentionError, Material, Trace, trace
from tests.attention_core import tiny_model
from tests.faults.mutated import damaged_bytes, damaged_tree, one_clear_error

TRIALS = 400
many = settings(
    max_examples=TRIALS,
    deadline=None,
    derandomize=True,
    suppress_health_check=[*HealthCheck],
)
pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a trace as t.npz and t.json, and a material as m.npz."""
    place = tmp_path_factory.mktemp("sound")
    found = trace("the cat 고양이", str(tiny_model.write(place / "tiny.gguf")))
    found.save(place / "t.npz")
    found.save(place / "t.json")
    Material({"main": found}).save(place / "m.npz")
    read(place / "t.npz")
    return place


def read(path: Path) -> None:
    with one_clear_error():
        Material.load(path)


@many
@given(st.data())
def test_npz_bytes(sound: Path, tmp_path: Path, data: st.DataObject) -> None:
    content = (sound / data.draw(st.sampled_from(["t.npz", "m.npz"]))).read_bytes()
    (tmp_path / "t.npz").write_bytes(data.draw(damaged_bytes(content, len(content))))
    read(tmp_path / "t.npz")


@many
@given(st.data())
def test_npz_headers(sound: Path, tmp_path: Path, data: st.DataObject) -> None:
    name, key = data.draw(st.sampled_from([("t.npz", "header"), ("m.npz", "headers")]))
    with np.load(sound / name) as archive:
        arrays = dict(archive)
    tree = data.draw(damaged_tree(json.loads(str(arrays[key][()]))))
    text = json.dumps(tree, ensure_ascii=data.draw(st.booleans()))
    arrays[key] = np.array(text.encode("utf-8", "replace").decode())
    np.savez(tmp_path / "t.npz", **arrays)
    read(tmp_path / "t.npz")


@many
@given(st.data())
def test_npz_arrays(sound: Path, tmp_path: Path, data: st.DataObject) -> None:
    with np.load(sound / data.draw(st.sampled_from(["t.npz", "m.npz"]))) as archive:
        arrays = dict(archive)
    name = data.draw(st.sampled_from([*arrays]))
    array = arrays[name]
    match data.draw(st.sampled_from(["shape", "type", "value", "gone", "name"])):
        case "shape":
            arrays[name] = np.zeros(data.draw(st.lists(st.integers(0, 9), max_size=5)))
        case "type":
            kind = data.draw(st.sampled_from(["?", "i1", "u8", "f2", "f8", "c16", "U3", "M8[s]"]))
            arrays[name] = np.zeros(array.shape, kind)
        case "value" if array.dtype.kind == "f" and array.size:
            at = data.draw(st.integers(0, array.size - 1))
            array.reshape(-1)[at] = data.draw(st.floats(width=32))
        case "gone":
            del arrays[name]
        case _:
            arrays[data.draw(st.sampled_from(["../q", "/etc/q", "q/q", "é", "header", "x"]))] = (
                array
            )
    np.savez(tmp_path / "t.npz", **arrays)
    read(tmp_path / "t.npz")


@many
@given(st.data())
def test_json_values(sound: Path, tmp_path: Path, data: st.DataObject) -> None:
    tree = data.draw(damaged_tree(json.loads((sound / "t.json").read_text())))
    (tmp_path / "t.json").write_text(json.dumps(tree))
    read(tmp_path / "t.json")


@many
@given(st.data())
def test_json_bytes(sound: Path, tmp_path: Path, data: st.DataObject) -> None:
    content = (sound / "t.json").read_bytes()
    (tmp_path / "t.json").write_bytes(data.draw(damaged_bytes(content, len(content))))
    read(tmp_path / "t.json")


class Evil:
    """Unpickling it would run code."""

    def __reduce__(self) -> Any:
        return (pytest.fail, ("a pickle was loaded",))


def npy(shape: tuple[int, ...], kind: str = "<f4", held: bytes = b"") -> bytes:
    """An array whose header may claim anything."""
    text = repr({"descr": kind, "fortran_order": False, "shape": shape}) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text.encode() + held


def object_array() -> bytes:
    out = io.BytesIO()
    np.save(out, np.array([Evil()], dtype=object), allow_pickle=True)
    return out.getvalue()


HOSTILE = {
    "objects": ("q.npy", object_array()),
    "a pickle": ("q.npy", pickle.dumps(Evil())),
    "a giant shape": ("q.npy", npy((2**40, 2**40))),
    "a shape that wraps around": ("q.npy", npy((2**62, 4))),
    "a negative shape": ("q.npy", npy((-1, 4), held=bytes(16))),
    "code as a type": ("q.npy", npy((1,), "__import__('os').system('false')")),
    "a wide text": ("header.npy", npy((), "<U2000000000")),
    "a deep header": ("q.npy", npy((1,)).replace(b"(1,)", b"(" * 60000)),
    "a name that climbs": ("../../q.npy", npy((1,), held=bytes(4))),
    "an absolute name": ("/tmp/q.npy", npy((1,), held=bytes(4))),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_arrays_that_lie_are_refused(sound: Path, tmp_path: Path, case: str) -> None:
    name, content = HOSTILE[case]
    path = tmp_path / "t.npz"
    with zipfile.ZipFile(sound / "t.npz") as old, zipfile.ZipFile(path, "w") as new:
        for entry in old.namelist():
            if entry != name:
                new.writestr(entry, old.read(entry))
        new.writestr(name, content)
    before = sorted(tmp_path.iterdir())
    read(path)
    assert sorted(tmp_path.iterdir()) == before
    if not name.startswith((".", "/")):  # a name that nobody asks for harms nobody
        with pytest.raises(AttentionError):
            Trace.load(path)


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "t.npz"
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("q.npy", "w", force_zip64=True) as out,
    ):
        for _ in range(1200):
            out.write(bytes(1 << 20))
    assert path.stat().st_size < 2_000_000
    with one_clear_error():
        Trace.load(path)
        pytest.fail("it was read")


@pytest.mark.trials(3)
def test_json_without_end_is_refused(tmp_path: Path) -> None:
    for content in (b"[" * 1_000_000, b'{"a":' * 500_000, b'{"schema": ' + b"9" * 5000 + b"}"):
        (tmp_path / "t.json").write_bytes(content)
        with one_clear_error():
            Trace.load(tmp_path / "t.json")
            pytest.fail("it was read")
