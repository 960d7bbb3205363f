"""A package index on this machine that serves wheels as the real one does, or badly."""

from __future__ import annotations

import http.server
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

Answer = Callable[["Handler", bytes], None]


class Handler(http.server.BaseHTTPRequestHandler):
    """One project, whose page names one wheel."""

    wheel: Path
    answer: Answer
    asked: list[str]

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        """The project's page, or the wheel, as `answer` gives it."""
        type(self).asked.append(self.path)
        if self.path.endswith(".whl"):
            type(self).answer(self, self.wheel.read_bytes())
        else:
            name = self.wheel.name
            self.send(f'<!doctype html><a href="/files/{name}">{name}</a>'.encode(), "text/html")

    def send(self, body: bytes, kind: str = "application/octet-stream", length: int = -1) -> None:
        """A whole answer, or one that says it is longer than it is."""
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body) if length < 0 else length))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Nothing: what is asked is kept in `asked`."""


def sends_all(to: Handler, wheel: bytes) -> None:
    to.send(wheel)


def breaks_off(at: float) -> Answer:
    """The connection ends after this share of the wheel."""

    def answer(to: Handler, wheel: bytes) -> None:
        to.send(wheel[: int(at * len(wheel))], length=len(wheel))
        to.close_connection = True

    return answer


def flips(position: float) -> Answer:
    """One bit of the wheel arrives wrong."""

    def answer(to: Handler, wheel: bytes) -> None:
        made = bytearray(wheel)
        made[int(position * len(made))] ^= 1
        to.send(bytes(made))

    return answer


def trickles(to: Handler, wheel: bytes) -> None:
    """A little each moment, for as long as anybody listens."""
    to.send(wheel[:1000], length=len(wheel))
    try:
        for at in range(1000, len(wheel), 100):
            to.wfile.write(wheel[at : at + 100])
            time.sleep(0.05)
    except OSError:
        return


def refuses(to: Handler, wheel: bytes) -> None:
    to.send_error(500, "the index has a bad day")


@contextmanager
def index(wheel: Path, answer: Answer = sends_all) -> Iterator[tuple[str, list[str]]]:
    """An index of one wheel: its address, and what has been asked of it."""
    asked: list[str] = []
    fields = {"wheel": wheel, "answer": staticmethod(answer), "asked": asked}
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), type("Of", (Handler,), fields))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/simple/", asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def wheel_of(folder: Path, project: str, version: str, members: dict[str, bytes]) -> Path:
    """A wheel that pip takes, holding these members."""
    name = project.replace("-", "_")
    about = {
        "METADATA": f"Metadata-Version: 2.1\nName: {project}\nVersion: {version}\n",
        "WHEEL": "Wheel-Version: 1.0\n",
        "RECORD": "",
    }
    path = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for member, content in members.items():
            archive.writestr(member, content)
        for file, text in about.items():
            archive.writestr(f"{name}-{version}.dist-info/{file}", text)
    return path
