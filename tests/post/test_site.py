"""The post and the gallery as readers meet them: built by Jekyll and Hugo, opened in a browser."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import numpy as np
import pytest
from PIL import Image

from rendering.embed import described, shortcode, snippet
from tests.post.conftest import NODE_MODULES, ROOT, render, run

pytestmark = pytest.mark.post
POST, GALLERY = "/posts/self-attention/", "/gallery.html"
HOSTILE = '"><script>alert(1)</script> {{ 7*7 }} {% raw %} *a* _b_ `c` [d](e) \\ {: .f} <!-- ${1} '
SEEN = Path(os.environ.get("POST_SEEN", ROOT / "out" / "test-post"))  # screenshots, to be looked at


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
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    page.on("requestfailed", lambda request: note_failure(page, request))
    page.on("request", lambda request: page.asked.append(request.url))
    page.goto(url, wait_until="load")
    if url.endswith(POST):
        page.wait_for_function("MathJax.startup && MathJax.startup.promise")
        page.evaluate("MathJax.startup.promise")
    yield page
    context.close()


@pytest.mark.parametrize("path", [POST, GALLERY])
def test_every_clip_loads_plays_and_loops(browser: Any, address: str, path: str) -> None:
    with opened(browser, address + path) as page:
        videos = page.locator("video")
        assert videos.count() >= 6
        for number in range(videos.count()):
            video = videos.nth(number)
            video.scroll_into_view_if_needed()
            handle = video.element_handle()
            page.wait_for_function("v => v.readyState >= 3 && !v.paused", arg=handle)
            page.wait_for_function("v => v.currentTime > 0.2", arg=handle)
            assert video.evaluate("v => v.muted && v.loop && v.playsInline && v.controls")
            assert video.evaluate("v => v.textTracks.length == 1 && v.poster != ''")
        last = videos.last
        last.evaluate("v => { v.currentTime = v.duration - 0.3 }")
        page.wait_for_function(
            "v => !v.seeking && v.currentTime > 0.05 && v.currentTime < v.duration / 2",
            arg=last.element_handle(),
        )
        assert page.complaints == []


@pytest.mark.parametrize("path", [POST, GALLERY])
def test_nothing_comes_from_elsewhere(browser: Any, address: str, path: str) -> None:
    with opened(browser, address + path) as page:
        page.wait_for_timeout(500)
        assert page.asked
        elsewhere = [u for u in page.asked if not u.startswith((address, "data:", "blob:"))]
        assert elsewhere == []
        assert page.complaints == []


def test_the_gallery_works_from_a_file(browser: Any, blog: Path) -> None:
    with opened(browser, (blog / "gallery.html").as_uri()) as page:
        video = page.locator("video").first
        video.scroll_into_view_if_needed()
        handle = video.element_handle()
        page.wait_for_function("v => v.readyState >= 3 && v.currentTime > 0.2", arg=handle)
        page.evaluate("document.querySelector('video').textTracks[0].mode = 'showing'")
        page.wait_for_function(
            "v => v.textTracks[0].cues && v.textTracks[0].cues.length", arg=handle
        )
        assert all(u.startswith(("file:", "data:", "blob:")) for u in page.asked)
        assert page.complaints == []


@pytest.mark.parametrize("path", [POST, GALLERY])
@pytest.mark.parametrize("width", [375, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_overflows(browser: Any, address: str, path: str, width: int, scheme: str) -> None:
    with opened(browser, address + path, width, color_scheme=scheme) as page:
        for details in page.locator("details").all():
            details.evaluate("d => d.open = true")
        page.wait_for_timeout(300)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        wide = page.evaluate(
            """width => [...document.querySelectorAll('body *')].filter(e => {
                const box = e.getBoundingClientRect();
                for (let p = e.parentElement; p; p = p.parentElement)
                    if (getComputedStyle(p).overflowX != 'visible') return false;
                return box.width && box.right > width + 1;
            }).map(e => e.tagName + '.' + e.className).slice(0, 5)""",
            width,
        )
        assert wide == []
        for details in page.locator("details").all():
            details.evaluate("d => d.open = false")
        for image in page.locator("img").all():
            image.scroll_into_view_if_needed()
        page.evaluate("scrollTo(0, 0)")
        SEEN.mkdir(parents=True, exist_ok=True)
        name = f"{path.strip('/').split('/')[-1].split('.')[0]}-{width}-{scheme}.png"
        page.screenshot(path=str(SEEN / name), full_page=True)


@pytest.mark.parametrize("path", [POST, GALLERY])
def test_nothing_moves_for_readers_who_asked_for_less_motion(
    browser: Any, address: str, path: str
) -> None:
    with opened(browser, address + path, reduced_motion="reduce") as page:
        for video in page.locator("video").all():
            video.scroll_into_view_if_needed()
        page.wait_for_timeout(700)
        moved = page.evaluate(
            "[...document.querySelectorAll('video')].filter(v => !v.paused || v.currentTime).length"
        )
        assert moved == 0
        assert page.evaluate("document.getAnimations().length") == 0
        shown = page.evaluate("[...document.images].map(i => i.currentSrc)")
        assert not [src for src in shown if src.endswith((".gif", ".webp"))]


@pytest.mark.parametrize("path", [POST, GALLERY])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_serious_violation(browser: Any, address: str, path: str, scheme: str) -> None:
    # The gallery's own policy lets no script of another in: axe comes in past it.
    with opened(browser, address + path, color_scheme=scheme, bypass_csp=True) as page:
        page.add_script_tag(path=str(NODE_MODULES / "axe-core" / "axe.min.js"))
        found = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
        serious = [
            (one["id"], one["nodes"][0]["html"][:200])
            for one in found["violations"]
            if one["impact"] in ("serious", "critical")
        ]
        assert serious == []
        assert len(found["passes"]) > 10


def test_the_gallery_is_read_by_pointing_and_by_keys(
    browser: Any, address: str, blog: Path
) -> None:
    with opened(browser, address + GALLERY) as page:
        section = page.locator("section", has=page.locator("small", has_text=re.compile("/3-5$")))
        still, out = section.locator(".still"), section.locator("output")
        still.scroll_into_view_if_needed()
        cells = page.evaluate("id => all[id]", still.get_attribute("data-id"))
        cell = next(
            one for one in cells["cells"] if one["key"] == "blue" and one["query"] == "creature"
        )
        frame = still.bounding_box()
        x, y = ((cell["box"][i] + cell["box"][i + 2]) / 2 / cells["size"][i] for i in (0, 1))
        page.mouse.move(frame["x"] + x * frame["width"], frame["y"] + y * frame["height"])
        assert out.inner_text() == f"creature → blue: {cell['value']}"
        page.mouse.move(2, 2)
        assert out.inner_text() == ""
        still.focus()
        page.keyboard.press("ArrowDown")
        first = out.inner_text()
        page.keyboard.press("ArrowDown")
        assert first
        assert out.inner_text() not in ("", first)


def test_the_gallery_speaks_two_languages_and_copies(browser: Any, address: str) -> None:
    with opened(
        browser, address + GALLERY, permissions=["clipboard-read", "clipboard-write"]
    ) as page:
        assert page.locator("h1").inner_text() == "어텐션 갤러리"
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        assert page.locator("h1").inner_text() == "Attention gallery"
        assert page.locator("html").get_attribute("lang") == "en"
        ground = "getComputedStyle(document.body).backgroundColor"
        before = page.evaluate(ground)
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        assert page.evaluate(ground) != before
        page.locator("summary", has_text="Embed").first.click()
        page.locator(".copy").first.click()
        page.wait_for_function("document.getElementById('said').textContent == 'Copied'")
        assert "attention" in page.evaluate(
            "navigator.clipboard.readText()"
        ) or "<" in page.evaluate("navigator.clipboard.readText()")


def test_html_proofer_finds_no_broken_link(built: Path) -> None:
    run("htmlproofer", built, "--disable-external", "--file-ignore", "/mathjax/")


def hostile(blog: Path, folder: Path) -> Path:
    """A clip and what belongs to it, under a name and with texts that try to break out."""
    import json

    folder.mkdir(parents=True)
    # No percent sign: Jekyll decodes the names of the files that it copies.
    name = "a'b {{ 7 }} <i>&"
    source = blog / "dl" / "transformer"
    for ending in ("mp4", "webm", "gif", "poster.png", "vtt", "png"):
        shutil.copy(source / f"3-4.{ending}", folder / f"{name}.{ending}")
        side = source / f"3-4.{ending}.json"
        if side.exists():
            about = json.loads(side.read_text()) | {"alt": HOSTILE, "caption": HOSTILE}
            (folder / f"{name}.{ending}.json").write_text(json.dumps(about))
    return folder / f"{name}.mp4"


def stays_text(page: Any) -> None:
    """Has no sentence broken out, and is what it says whole?"""
    wanted = " ".join(HOSTILE.split())
    for caption in page.locator("figcaption").all_text_contents():
        assert " ".join(caption.split()) == wanted
    for video in page.locator("video").all():
        label = video.get_attribute("aria-label")
        assert label is None or label == wanted
    for image in page.locator("img").all():
        assert image.get_attribute("alt") == wanted
        assert image.evaluate("i => i.complete && i.naturalWidth > 0")
    assert page.locator("i").count() == 0


def test_hostile_texts_stay_text_in_jekyll(browser: Any, blog: Path, tmp_path: Path) -> None:
    clip = hostile(blog, tmp_path / "source" / "m")
    shutil.copytree(ROOT / "tests/post/site", tmp_path / "source", dirs_exist_ok=True)
    folder = tmp_path / "source" / "_posts"
    folder.mkdir()
    files = [clip, clip.with_suffix(".png"), clip.with_suffix(".gif")]
    parts = [snippet(described(file, "/m/"), "chirpy") for file in files]
    parts.append(snippet(described(clip, "/m/"), "chirpy", include=True))
    (folder / "2020-01-01-x.md").write_text("---\ntitle: x\n---\n\n" + "\n\n".join(parts))
    run("jekyll", "build", "--source", tmp_path / "source", "--destination", tmp_path / "built")
    served(browser, tmp_path / "built", "/posts/x/", videos=2, images=2)


def test_hostile_texts_stay_text_in_hugo(browser: Any, blog: Path, tmp_path: Path) -> None:
    source = tmp_path / "source"
    clip = hostile(blog, source / "static" / "m")
    (source / "layouts" / "shortcodes").mkdir(parents=True)
    (source / "layouts" / "_default").mkdir()
    (source / "content").mkdir()
    (source / "config.toml").write_text('baseURL = "/"\ntitle = "x"\n')
    (source / "layouts/shortcodes/attention-clip.html").write_text(shortcode())
    (source / "layouts/_default/single.html").write_text(
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>x</title>'
        '<link rel="icon" href="data:,"></head><body>{{ .Content }}</body></html>'
    )
    files = [clip, clip.with_suffix(".png"), clip.with_suffix(".gif")]
    parts = [snippet(described(file, "/m/"), "hugo") for file in files]
    (source / "content" / "x.md").write_text("---\ntitle: x\n---\n\n" + "\n\n".join(parts))
    run("hugo", "--source", source, "--destination", tmp_path / "built")
    served(browser, tmp_path / "built", "/x/", videos=1, images=2)


def served(browser: Any, folder: Path, path: str, videos: int, images: int) -> None:
    """Open a page of a built site: all that is in it loads, and texts stayed text."""
    import threading
    from functools import partial
    from http.server import ThreadingHTTPServer

    from tests.post.conftest import Handler

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        with opened(browser, f"http://127.0.0.1:{server.server_address[1]}{path}") as page:
            complaints = [c for c in page.complaints if "mathjax" not in c and "404" not in c]
            assert complaints == []
            assert page.locator("video").count() == videos
            assert page.locator("img").count() == images
            script = "[...document.querySelectorAll('source, track')].map(e => e.src || e.srcset)"
            for link in page.evaluate(script):
                assert page.request.get(urljoin(page.url, link)).ok, link
            stays_text(page)
    finally:
        server.shutdown()


def test_an_svg_is_vectors_and_looks_like_the_png(tmp_path: Path) -> None:
    formats = ("--format", "png", "--format", "svg")
    out = render("still", "mask", "--size", "1280x1440", *formats, "--out", f"{tmp_path}/")
    png, svg = (Path(line) for line in out.splitlines())
    assert "<image" not in svg.read_text()
    run("rsvg-convert", svg, "-o", tmp_path / "r.png")
    # A long line of type comes out up to 3 pixels in 490 wider in pixels than in vectors: halves
    # and quarters of glyphs are compared, not single pixels.
    drawn, seen = (
        np.asarray(Image.open(path).convert("L").reduce(4)).astype(float)
        for path in (png, tmp_path / "r.png")
    )
    assert drawn.shape == seen.shape
    assert np.abs(drawn - seen).mean() < 2
    assert np.corrcoef(drawn.ravel(), seen.ravel())[0, 1] > 0.98
