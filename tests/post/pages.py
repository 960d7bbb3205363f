"""Opening pages as readers do, and noting all that goes wrong while they are open."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.post.conftest import Handler

POST, GALLERY = "/posts/self-attention/", "/gallery.html"


def note_failure(page: Any, request: Any) -> None:
    """Keep a failed request, but for videos that the browser has read enough of."""
    if (request.resource_type, request.failure) != ("media", "net::ERR_ABORTED"):
        page.complaints.append(f"{request.url} {request.failure}")


@contextmanager
def opened(browser: Any, url: str, width: int = 1280, **options: Any) -> Iterator[Any]:
    """A page, of which every message and every request is kept."""
    size = {"width": width, "height": 800}
    context = browser.new_context(viewport=size, locale="ko-KR", **options)
    page = context.new_page()
    page.complaints, page.asked = [], []
    page.on("console", lambda m: page.complaints.append(m.text) if m.type == "error" else None)
    page.on("dialog", lambda dialog: (page.complaints.append(dialog.message), dialog.dismiss()))
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    page.on("requestfailed", lambda request: note_failure(page, request))
    page.on("request", lambda request: page.asked.append(request.url))
    page.goto(url, wait_until="load")
    if url.endswith(POST):
        page.wait_for_function("MathJax.startup && MathJax.startup.promise")
        page.evaluate("MathJax.startup.promise")
    yield page
    context.close()


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """Serves a folder on this machine; the address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
