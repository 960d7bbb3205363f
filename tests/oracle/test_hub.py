"""Models of the hub: fetched from a server on this machine that answers as the hub does.

Needs huggingface_hub, which comes with the extra `oracle` (and with `hub`).
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.attention_core import tiny_folder

pytestmark = pytest.mark.oracle
ROOT = Path(__file__).parents[2]
COMMIT = "5" * 40
FETCH = "from attention_core.hub import fetch_from_hub; print(fetch_from_hub(sys.argv[1]))"
TRACE = (
    "from attention_core import trace; t = trace('a cat', sys.argv[1], 1, 2); print(t.model.name)"
)


class Hub(BaseHTTPRequestHandler):
    """One model, someone/tiny; another one, someone/closed, that is behind a licence."""

    def __init__(self, folder: Path, *rest: object) -> None:
        self.folder = folder
        super().__init__(*rest)  # type: ignore[arg-type]

    def do_HEAD(self) -> None:
        self.answer(with_body=False)

    def do_GET(self) -> None:
        self.answer(with_body=True)

    def answer(self, with_body: bool) -> None:
        files = {path.name: path.read_bytes() for path in self.folder.iterdir()}
        files["pytorch_model.bin"] = b"never fetched"
        name = self.path.rpartition("/")[2]
        if self.path.startswith("/api/models/someone/tiny/tree/"):
            tree = [
                {
                    "type": "file",
                    "path": name,
                    "oid": hashlib.sha1(data).hexdigest(),
                    "size": len(data),
                }
                for name, data in files.items()
            ]
            self.send(200, json.dumps(tree).encode(), with_body)
        elif self.path.startswith("/api/models/someone/tiny"):
            siblings = [{"rfilename": name} for name in files]
            content = {"id": "someone/tiny", "sha": COMMIT, "siblings": siblings}
            self.send(200, json.dumps(content).encode(), with_body)
        elif "someone/closed" in self.path:
            self.send(403, b"{}", with_body, {"X-Error-Code": "GatedRepo"})
        elif self.path.startswith("/someone/tiny/resolve/") and name in files:
            etag = hashlib.sha256(files[name]).hexdigest()
            self.send(200, files[name], with_body, {"ETag": f'"{etag}"', "X-Repo-Commit": COMMIT})
        else:
            self.send(404, b"{}", with_body, {"X-Error-Code": "RepoNotFound"})

    def send(
        self, status: int, body: bytes, with_body: bool, more: dict[str, str] | None = None
    ) -> None:
        self.send_response(status)
        for key, value in {"Content-Length": str(len(body)), **(more or {})}.items():
            self.send_header(key, value)
        self.end_headers()
        if with_body:
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        return


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """The address of the server."""
    tiny_folder.write(tmp_path / "tiny")
    httpd = ThreadingHTTPServer(("127.0.0.1", 0), partial(Hub, tmp_path / "tiny"))
    threading.Thread(target=httpd.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{httpd.server_port}"
    httpd.shutdown()


def ran(program: str, name: str, home: Path, endpoint: str) -> subprocess.CompletedProcess[str]:
    settings = {"HF_ENDPOINT": endpoint, "HF_HOME": str(home), "HF_HUB_DISABLE_TELEMETRY": "1"}
    environment = {**os.environ, **settings, "ATTENTION_HOME": str(home), "PYTHONPATH": str(ROOT)}
    environment.pop("HF_HUB_OFFLINE", None)
    return subprocess.run(
        [sys.executable, "-c", f"import sys; {program}", name],
        env=environment,
        capture_output=True,
        text=True,
    )


def test_a_model_of_the_hub_is_fetched_and_then_opened_without_it(
    server: str, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    before = ran(TRACE, "someone/tiny", home, server)
    assert "fetch it with: render.py models fetch someone/tiny" in before.stderr
    fetched = ran(FETCH, "someone/tiny", home, server)
    assert fetched.returncode == 0, fetched.stderr
    folder = Path(fetched.stdout.strip())
    assert {path.name for path in folder.iterdir()} >= {"config.json", "model.safetensors"}
    assert not (folder / "pytorch_model.bin").exists()
    traced = ran(TRACE, "someone/tiny", home, "http://127.0.0.1:1")  # nobody listens there
    assert (traced.returncode, traced.stdout.strip()) == (0, "tiny"), traced.stderr


def test_what_the_hub_refuses_is_told_with_its_mend(server: str, tmp_path: Path) -> None:
    for name, told in (
        ("someone/closed", "only to those who accepted its licence; accept it on the model's page"),
        ("someone/else", "the hub has no model someone/else; check its spelling"),
    ):
        assert told in ran(FETCH, name, tmp_path / "home", server).stderr
    unreachable = ran(FETCH, "someone/tiny", tmp_path / "home", "http://127.0.0.1:1")
    assert "check the network" in unreachable.stderr
