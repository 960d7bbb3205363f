"""A model of the hub breaks off, comes with a flipped bit, or finds no room: nothing broken stays.

Needs huggingface_hub, which comes with the extra `oracle` (and with `hub`).
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.server import ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.attention_core import tiny_folder
from tests.faults.conftest import ROOT, one_line
from tests.oracle.test_hub import Hub

pytest.importorskip("huggingface_hub")
BREAKS, FLIPS = 5, 10
Spoil = Callable[[bytes], bytes]


class BadHub(Hub):
    """The hub, but what it sends of the files is spoilt on its way."""

    def __init__(self, spoil: Spoil, *rest: object) -> None:
        self.spoil = spoil
        super().__init__(*rest)  # type: ignore[arg-type]

    def send(
        self, status: int, body: bytes, with_body: bool, more: dict[str, str] | None = None
    ) -> None:
        """As the hub does, with the length of the sound file."""
        self.send_response(status)
        for key, value in {"Content-Length": str(len(body)), **(more or {})}.items():
            self.send_header(key, value)
        self.end_headers()
        if with_body:
            self.wfile.write(self.spoil(body) if self.path.endswith(".safetensors") else body)
        self.close_connection = True


@contextmanager
def hub(tmp_path: Path, spoil: Spoil = bytes) -> Iterator[str]:
    """The address of the server."""
    tiny_folder.write(tmp_path / "tiny")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(BadHub, spoil, tmp_path / "tiny"))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def fetched(home: Path, url: str) -> tuple[int, str, str]:
    settings = {"HF_ENDPOINT": url, "HF_HOME": str(home), "HF_HUB_DISABLE_TELEMETRY": "1"}
    environment = {**os.environ, **settings, "ATTENTION_HOME": str(home), "NO_PROXY": "127.0.0.1"}
    environment.pop("HF_HUB_OFFLINE", None)
    command = [sys.executable, ROOT / "render.py", "models", "fetch", "someone/tiny"]
    made = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)
    return made.returncode, made.stdout, made.stderr


def opens(home: Path, url: str) -> bool:
    """Whether the program takes it for a model that is here."""
    settings = {"HF_ENDPOINT": url, "HF_HOME": str(home), "ATTENTION_HOME": str(home)}
    command = [sys.executable, ROOT / "render.py", "trace", "a cat", "--model", "someone/tiny"]
    made = subprocess.run(command, env={**os.environ, **settings}, capture_output=True, text=True)
    if made.returncode:
        one_line(made.stderr, made.returncode, "")
    return not made.returncode


def complaint(err: str) -> str:
    """The last line: before it the library draws bars, and may warn."""
    return err.strip().splitlines()[-1] + "\n"


def flipped(draw: random.Random) -> Spoil:
    def spoil(body: bytes) -> bytes:
        made = bytearray(body)
        made[draw.randrange(len(made))] ^= 1 << draw.randrange(8)
        return bytes(made)

    return spoil


@pytest.mark.trials(FLIPS)
def test_a_flipped_bit_is_noticed_and_not_kept(tmp_path: Path) -> None:
    draw = random.Random(7)
    for trial in range(FLIPS):
        home = tmp_path / f"home{trial}"
        with hub(tmp_path, flipped(draw)) as url:
            status, out, err = fetched(home, url)
            one_line(complaint(err), status, "model.safetensors of someone/tiny", "fetch it again")
            assert out == ""
        with hub(tmp_path) as url:
            assert not trial or not opens(home, url)
            assert fetched(home, url)[0] == 0
            assert trial or opens(home, url)


@pytest.mark.trials(BREAKS)
def test_a_download_that_breaks_off_is_told_and_goes_on_the_next_time(tmp_path: Path) -> None:
    draw = random.Random(7)
    for trial in range(BREAKS):
        home, at = tmp_path / f"home{trial}", draw.random()
        with hub(tmp_path, lambda body, at=at: body[: int(at * len(body))]) as url:
            status, out, err = fetched(home, url)
            one_line(complaint(err), status, "cannot fetch someone/tiny", "check the network")
            assert out == ""
            assert not opens(home, url)
        with hub(tmp_path) as url:
            assert fetched(home, url)[0] == 0
            assert opens(home, url)


def test_no_room(tmp_path: Path, tiny_disk: Path) -> None:
    with hub(tmp_path) as url:
        (tiny_disk / "fill").write_bytes(bytes(48 << 10))
        status, out, err = fetched(tiny_disk, url)
        one_line(complaint(err), status, "there is no room", "set HF_HOME")
        assert out == ""
        (tiny_disk / "fill").unlink()
        subprocess.run(["mount", "-o", "remount,size=4m", tiny_disk], check=True)
        assert fetched(tiny_disk, url)[0] == 0
        assert opens(tiny_disk, url)
