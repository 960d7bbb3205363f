"""The post and the gallery as readers meet them: built by Jekyll, opened in a browser."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest

from tests.post.conftest import NODE_MODULES, ROOT, run
from tests.post.pages import GALLERY, POST, opened

pytestmark = pytest.mark.post
SEEN = Path(os.environ.get("POST_SEEN", ROOT / "out" / "test-post"))  # screenshots, to be looked at


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


def test_a_clip_is_fetched_when_it_comes_into_sight(browser: Any, address: str) -> None:
    with opened(browser, address + POST) as page:
        page.wait_for_timeout(500)
        films = [u for u in page.asked if u.endswith((".webm", ".mp4"))]
        assert films == []
        second = page.locator("video").nth(1)
        second.scroll_into_view_if_needed()
        page.wait_for_function("v => v.currentTime > 0.2", arg=second.element_handle())
        page.evaluate("scrollTo(0, 0)")
        page.wait_for_function("v => v.paused", arg=second.element_handle())
        last = page.locator("video").last.evaluate("v => v.readyState")
        assert last == 0


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
    # At rest, so that the screenshots show each clip's poster.
    calm = {"color_scheme": scheme, "reduced_motion": "reduce"}
    with opened(browser, address + path, width, **calm) as page:
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
        said = page.locator("video").first.get_attribute("aria-label")
        assert said.isascii() or not re.search("[가-힣]", said)
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
