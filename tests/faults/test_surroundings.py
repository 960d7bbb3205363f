"""Clocks, locales, homes and odd paths: what is made is the same, to the byte."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.attention_core import tiny_model
from tests.faults.conftest import ROOT, complaints, one_line

Run = Callable[..., tuple[int, str, str]]
STILL = ("still", "scale", "--size", "640x360")
CLIP = ("clip", "scale", "--quality", "draft", "--size", "320x180", "--lang", "ko")
NO_XDG = {"XDG_CACHE_HOME": None, "XDG_CONFIG_HOME": None, "XDG_STATE_HOME": None}
SURROUNDINGS: dict[str, dict[str, str | None]] = {
    "a far time zone": {"TZ": "Pacific/Kiritimati"},
    "no such time zone": {"TZ": "No/Such"},
    "the plain locale": {"LANG": "C", "LC_ALL": "C", "PYTHONUTF8": "0"},
    "no locale at all": {"LANG": None, "LC_ALL": None, "LC_CTYPE": None},
    "a Turkish locale": {"LANG": "tr_TR.UTF-8", "LC_ALL": "tr_TR.UTF-8"},
    "no such home": {"HOME": "/no/such/home"},
    "a home that is a file": {"HOME": "/dev/null"},
    "a home with an empty name": {"HOME": ""},
    "no home at all": {"HOME": None},
    "few variables": {"HOME": None, "USER": None, "LOGNAME": None, "TERM": None, "LANG": None},
}
ODD_PATH = "집 안의 폴더/a  b'c\"d; $HOME & [x] #1"
# A library that sets the clock of one program: its functions come before the system's own.
CLOCK = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>
static long long shift(void) { return atoll(getenv("CLOCK_SHIFT")); }
int clock_gettime(clockid_t clock, struct timespec *now) {
    static int (*real)(clockid_t, struct timespec *);
    if (!real) real = dlsym(RTLD_NEXT, "clock_gettime");
    int failed = real(clock, now);
    if (!failed && clock == CLOCK_REALTIME) now->tv_sec += shift();
    return failed;
}
time_t time(time_t *out) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (out) *out = now.tv_sec;
    return now.tv_sec;
}
int gettimeofday(struct timeval *out, void *zone) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    out->tv_sec = now.tv_sec;
    out->tv_usec = now.tv_nsec / 1000;
    return 0;
}
"""
YEAR = 31_556_952  # seconds
# After 2262 Python's own clock, which counts nanoseconds in 64 bits, fails as it starts.
SHIFTS = {
    "1905": -120 * YEAR, "1970": -56 * YEAR, "2038": 13 * YEAR, "2106": 81 * YEAR,
    "2260": 234 * YEAR,
}  # fmt: skip


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """A still and a clip with Korean words, made in usual surroundings."""
    place = tmp_path_factory.mktemp("plain")
    environment = {**os.environ, "ATTENTION_HOME": str(place / "home")}
    for command in ((*STILL, "--lang", "ko", "--out", "a.png"), (*CLIP, "--out", "a.mp4")):
        render = [sys.executable, ROOT / "render.py", *command]
        subprocess.run(render, cwd=place, env=environment, check=True)
    return {name: (place / name).read_bytes() for name in ("a.png", "a.mp4")}


@pytest.mark.parametrize("case", SURROUNDINGS)
def test_surroundings_change_nothing(
    run: Run, tmp_path: Path, plain: dict[str, bytes], case: str
) -> None:
    words = (*STILL, "--lang", "ko", "--out", "그림 한 장/a b.png")
    environment = {"ATTENTION_HOME": None, **SURROUNDINGS[case]}
    if "HOME" in environment:
        environment |= NO_XDG
    status, out, err = run(*words, **environment)
    assert (status, complaints(err)) == (0, [])
    assert "a b.png" in out
    assert (tmp_path / "그림 한 장" / "a b.png").read_bytes() == plain["a.png"]


def test_a_home_that_is_read_only(
    run: Run, tmp_path: Path, plain: dict[str, bytes], tiny_disk: Path
) -> None:
    subprocess.run(["mount", "-o", "remount,ro", tiny_disk], check=True)
    quiet = {"HOME": str(tiny_disk), "ATTENTION_HOME": None, **NO_XDG}
    status, _, err = run(*STILL, "--lang", "ko", "--out", "a.png", **quiet)
    assert (status, complaints(err)) == (0, [])
    assert (tmp_path / "a.png").read_bytes() == plain["a.png"]
    status, _, err = run("still", "scale", "another sentence", "--model", "minilm", **quiet)
    one_line(err, status, "render.py models fetch minilm")
    status, _, err = run("models", "fetch", "minilm", **quiet)
    one_line(err, status, "Read-only file system", "set ATTENTION_HOME to another folder")
    assert not list(tiny_disk.iterdir())


@pytest.fixture(scope="module")
def clock(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The library, compiled."""
    place = tmp_path_factory.mktemp("clock")
    (place / "clock.c").write_text(CLOCK)
    compiler = shutil.which("cc") or shutil.which("gcc")
    if not compiler or not sys.platform.startswith("linux"):
        pytest.skip("there is no C compiler to set the clock with")
    library = place / "clock.so"
    command = [compiler, "-shared", "-fPIC", "-o", library, place / "clock.c", "-ldl"]
    subprocess.run(command, check=True)
    return library


@pytest.mark.parametrize("year", SHIFTS)
def test_a_clock_that_is_wrong(
    run: Run, tmp_path: Path, plain: dict[str, bytes], clock: Path, year: str
) -> None:
    wrong = {"LD_PRELOAD": str(clock), "CLOCK_SHIFT": str(SHIFTS[year])}
    now = subprocess.run(
        [sys.executable, "-c", "import time; print(time.gmtime().tm_year)"],
        env={**os.environ, **wrong}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert abs(int(now.stdout) - int(year)) <= 10, "the clock was not set"
    for command, name in (((*STILL, "--lang", "ko"), "a.png"), (CLIP, "a.mp4")):
        for _ in range(2):  # the second time it is there
            status, out, err = run(*command, "--out", name, **wrong)
            assert (status, complaints(err)) == (0, [])
            assert out.startswith(name)
            assert (tmp_path / name).read_bytes() == plain[name]
    status, _, err = run("still", "nothing", **wrong)
    one_line(err, status, "known: ")


@pytest.mark.parametrize("moment", [0, 1, 4_000_000_000, 15_000_000_000])
def test_files_from_another_time(run: Run, tmp_path: Path, moment: int) -> None:
    """Times of change are compared, never ordered: a file of the future is not newer."""
    model = tiny_model.write(tmp_path / "tiny.gguf")
    words = ("still", "scale", "the cat", "--model", "tiny.gguf", "--size", "640x360")
    assert run(*words, "--out", "a.png")[0] == 0
    made = (tmp_path / "a.png").read_bytes()
    for path in (model, tmp_path / "a.png", tmp_path / "a.png.json"):
        os.utime(path, (moment, moment))
    assert run(*words, "--out", "a.png")[0] == 0
    assert (tmp_path / "a.png").stat().st_mtime == moment, "it was made again"
    assert run(*words, "--out", "a.png", "--force")[0] == 0
    assert (tmp_path / "a.png").read_bytes() == made


def test_paths_with_spaces_signs_and_hangul(run: Run, tmp_path: Path) -> None:
    """Models, traces, manifests, outputs, the models' home and the folder one stands in."""
    folder = tmp_path / ODD_PATH
    folder.mkdir(parents=True)
    tiny_model.write(folder / "모델 하나.gguf")
    home = {"ATTENTION_HOME": str(folder / "집")}
    model, trace = f"{ODD_PATH}/모델 하나.gguf", f"{ODD_PATH}/자취 1.npz"
    status, out, err = run("trace", "the cat", "--model", model, "--npz", trace, **home)
    assert (status, err) == (0, "")
    for ending in ("png", "svg", "pdf"):
        path = f"{ODD_PATH}/그림.{ending}"
        status, out, err = run(*STILL, "--trace", trace, "--out", path, **home)
        assert (status, complaints(err), out) == (0, [], path + "\n")
        assert json.loads((folder / f"그림.{ending}.json").read_text())["sentence"] == "the cat"
    for ending in ("mp4", "webm", "gif", "webp"):
        path = f"{ODD_PATH}/영화.{ending}"
        status, out, err = run(*CLIP, "--trace", trace, "--out", path, **home)
        assert (status, complaints(err)) == (0, []), ending
        assert out.splitlines()[0] == path
    (folder / "목록.toml").write_text(
        f'[[figure]]\npath = "a/b.png"\nchapter = "mask"\nsentence = "the cat"\n'
        f"model = {json.dumps(model, ensure_ascii=False)}\n"
    )
    listed = ("figures", "--manifest", f"{ODD_PATH}/목록.toml", "--out", f"{ODD_PATH}/글")
    assert run(*listed, **home)[0] == 0
    assert run(*listed, "--check", **home)[0] == 0
    status, out, err = run("gallery", ODD_PATH, **home)
    assert (status, err) == (0, "")
    assert (folder / "gallery.html").is_file()
    status, out, err = run("embed", f"{ODD_PATH}/영화.mp4", "--for", "html", **home)
    assert (status, err) == (0, "")
    assert '"' not in out.split('src="')[1].split('"')[0].replace("%22", "")
