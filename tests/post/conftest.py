"""A blog with the post, built by Jekyll, served on this machine, and a browser to look at it."""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
SITE = Path(__file__).parent / "site"
NODE_MODULES = Path(os.environ.get("POST_NODE_MODULES", ROOT / ".venv" / "post" / "node_modules"))
# Debian's Chromium as root, and without the look-ups that it makes at each start.
CHROMIUM = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
]  # fmt: skip


def run(*command: str | Path, cwd: Path | None = None) -> str:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def render(*arguments: str | Path) -> str:
    return run(sys.executable, ROOT / "render.py", *arguments)


@pytest.fixture(scope="session")
def blog(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that `post` writes, with every figure and clip, and its gallery."""
    given = os.environ.get("POST_BLOG")  # one that is there already, to try a test again
    folder = Path(given) if given else tmp_path_factory.mktemp("blog")
    render("post", "--out", folder)
    render("gallery", folder)
    return folder


@pytest.fixture(scope="session")
def built(blog: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site that Jekyll makes of it."""
    source = tmp_path_factory.mktemp("source")
    shutil.copytree(SITE, source, dirs_exist_ok=True)
    shutil.copytree(blog, source, dirs_exist_ok=True)
    target = tmp_path_factory.mktemp("built")
    run("jekyll", "build", "--source", source, "--destination", target, "--future")
    shutil.copytree(NODE_MODULES / "mathjax" / "es5", target / "mathjax")
    return target


class Handler(SimpleHTTPRequestHandler):
    """Serves files, with the ranges that a video is sought by."""

    def send_head(self) -> Any:
        """A part of a file, where one is asked for."""
        wanted = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        path = Path(self.translate_path(self.path))
        if not wanted or not path.is_file():
            return super().send_head()
        content = path.read_bytes()
        first = int(wanted[1])
        part = content[first : int(wanted[2]) + 1 if wanted[2] else None]
        self.send_response(206)
        self.send_header("Content-Type", self.guess_type(str(path)))
        self.send_header("Content-Range", f"bytes {first}-{first + len(part) - 1}/{len(content)}")
        self.send_header("Content-Length", str(len(part)))
        self.end_headers()
        return io.BytesIO(part)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture(scope="session")
def address(built: Path) -> Iterator[str]:
    """Where the built site is served."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(built)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Chromium, through playwright."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        found = play.chromium.launch(executable_path=shutil.which("chromium"), args=CHROMIUM)
        yield found
        found.close()
