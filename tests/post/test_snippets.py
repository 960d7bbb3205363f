"""Snippets in the sites that they are for: hostile texts stay text, and clips play."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pytest
from markdown_it import MarkdownIt

from rendering.embed import TARGETS, described, shortcode, snippet
from tests.post.conftest import NODE_MODULES, ROOT, render, run
from tests.post.pages import opened, serving

pytestmark = pytest.mark.post
HOSTILE = '"><script>alert(1)</script> {{ 7*7 }} {% raw %} *a* _b_ `c` [d](e) \\ {: .f} <!-- ${1} '
PAGE = (
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>x</title>'
    '<link rel="icon" href="data:,"></head><body>%s</body></html>'
)
# What MDX compiles to takes its elements from outside; `jsxs` has children in a fixed order.
MDX = """
const jsx = (type, { children, ...props }, key) => React.createElement(
  type, key === undefined ? props : { ...props, key },
  ...(Array.isArray(children) ? children : children === undefined ? [] : [children]));
const made = (function () { %s })({ Fragment: React.Fragment, jsx, jsxs: jsx });
ReactDOM.createRoot(document.getElementById("root")).render(React.createElement(made.default));
"""
COMPILE = """
import { compile } from "@mdx-js/mdx";
import { readFileSync } from "node:fs";
const found = await compile(readFileSync(process.argv[1]), { outputFormat: "function-body" });
process.stdout.write(String(found));
"""


@pytest.fixture
def media(blog: Path, tmp_path: Path) -> Path:
    """A folder with a clip and what belongs to it; their names and texts try to break out."""
    folder = tmp_path / "media"
    folder.mkdir()
    # No percent sign: Jekyll decodes the names of the files that it copies.
    name = "a'b {{ 7 }} <i>&"
    source = blog / "dl" / "transformer"
    for ending in ("mp4", "webm", "gif", "poster.png", "vtt", "png"):
        shutil.copy(source / f"3-4.{ending}", folder / f"{name}.{ending}")
        side = source / f"3-4.{ending}.json"
        if side.exists():
            about = json.loads(side.read_text()) | {"alt": HOSTILE, "caption": HOSTILE}
            (folder / f"{name}.{ending}.json").write_text(json.dumps(about))
    return folder


def snippets(media: Path, target: str) -> list[str]:
    """Those of the clip, the still and the GIF."""
    files = [next(media.glob(f"*{ending}")) for ending in (".mp4", "&.png", ".gif")]
    return [snippet(described(file, "/m/"), target) for file in files]


def sound(browser: Any, folder: Path, path: str, videos: int, images: int, **options: Any) -> None:
    """Open a page of a site: all that is in it loads, texts stayed text, and figures' clips play.

    With `reduced_motion`, none plays.
    """
    wanted = " ".join(HOSTILE.split())
    with serving(folder) as address, opened(browser, address + path, **options) as page:
        page.wait_for_function(
            "n => document.images.length == n && [...document.images].every(i => i.complete)",
            arg=images,
        )
        complaints = [c for c in page.complaints if "mathjax" not in c and "404" not in c]
        assert complaints == []
        assert page.locator("video").count() == videos
        links = "[...document.querySelectorAll('source, track, video')]"
        links += ".map(e => e.poster || e.src || e.srcset).filter(x => x)"
        for link in page.evaluate(links):
            assert page.request.get(urljoin(page.url, link)).ok, link
        for told in page.locator("figcaption, em").all_text_contents():
            assert " ".join(told.split()) == wanted
        for video in page.locator("figure video").all():
            assert video.get_attribute("aria-label") == wanted
            assert video.evaluate("v => v.muted && v.loop && v.playsInline && v.controls")
            assert video.evaluate("v => v.textTracks.length == 1 && v.clientHeight > 0")
            video.scroll_into_view_if_needed()
            if "reduced_motion" not in options:
                moving = "v => v.currentTime > 0.1"
                page.wait_for_function(moving, arg=video.element_handle())
        for image in page.locator("img").all():
            assert image.get_attribute("alt") == wanted
            assert image.get_attribute("title") in (None, wanted)
            assert image.evaluate("i => i.naturalWidth > 0")
        assert page.locator("i").count() == 0
        if "reduced_motion" in options:
            page.wait_for_timeout(500)
            assert page.evaluate("[...document.querySelectorAll('video')].every(v => v.paused)")


@pytest.mark.parametrize("base", ["", "/blog"])
def test_in_jekyll(browser: Any, media: Path, tmp_path: Path, base: str) -> None:
    source, built = tmp_path / "source", tmp_path / "built"
    shutil.copytree(ROOT / "tests" / "post" / "site", source)
    shutil.copytree(media, source / "m")
    (source / "_posts").mkdir()
    parts = snippets(media, "chirpy")
    clip = next(media.glob("*.mp4"))
    parts.append(snippet(described(clip, "/m/"), "chirpy", include=True))
    text = "---\ntitle: x\n---\n\n" + "\n\n".join(parts)
    (source / "_posts" / "2020-01-01-x.md").write_text(text)
    where = ("--source", source, "--destination", f"{built}{base}")
    run("jekyll", "build", *where, "--baseurl", base)
    for options in ({}, {"reduced_motion": "reduce"}):
        sound(browser, built, f"{base}/posts/x/", videos=2, images=2, **options)


def test_in_hugo(browser: Any, media: Path, tmp_path: Path) -> None:
    source = tmp_path / "source"
    (source / "layouts" / "shortcodes").mkdir(parents=True)
    (source / "layouts" / "_default").mkdir()
    (source / "content").mkdir()
    shutil.copytree(media, source / "static" / "m")
    (source / "config.toml").write_text('baseURL = "/"\ntitle = "x"\n')
    (source / "layouts/shortcodes/attention-clip.html").write_text(shortcode())
    (source / "layouts/_default/single.html").write_text(PAGE % "{{ .Content }}")
    parts = snippets(media, "hugo")
    (source / "content" / "x.md").write_text("---\ntitle: x\n---\n\n" + "\n\n".join(parts))
    run("hugo", "--source", source, "--destination", tmp_path / "built")
    for options in ({}, {"reduced_motion": "reduce"}):
        sound(browser, tmp_path / "built", "/x/", videos=1, images=2, **options)


def test_in_html(browser: Any, media: Path, tmp_path: Path) -> None:
    shutil.copytree(media, tmp_path / "built" / "m")
    (tmp_path / "built" / "x.html").write_text(PAGE % "".join(snippets(media, "html")))
    for options in ({}, {"reduced_motion": "reduce"}):
        sound(browser, tmp_path / "built", "/x.html", videos=1, images=2, **options)


def test_in_markdown(browser: Any, media: Path, tmp_path: Path) -> None:
    """A reader that passes HTML through, as most do: what is no text would act."""
    shutil.copytree(media, tmp_path / "built" / "m")
    content = MarkdownIt("commonmark").render("\n\n".join(snippets(media, "markdown")))
    (tmp_path / "built" / "x.html").write_text(PAGE % content)
    sound(browser, tmp_path / "built", "/x.html", videos=0, images=3)


def test_in_mdx(browser: Any, media: Path, tmp_path: Path) -> None:
    """Compiled by MDX and shown by React, which complains of attributes that it does not know."""
    built = tmp_path / "built"
    shutil.copytree(media, built / "m")
    (tmp_path / "x.mdx").write_text("\n\n".join(snippets(media, "mdx")))
    module = ("node", "--input-type=module", "--eval", COMPILE, tmp_path / "x.mdx")
    (built / "x.js").write_text(MDX % run(*module, cwd=NODE_MODULES.parent))
    for name in ("react", "react-dom"):
        shutil.copy(NODE_MODULES / name / "umd" / f"{name}.development.js", built / f"{name}.js")
    scripts = [f'<script src="/{name}.js"></script>' for name in ("react", "react-dom", "x")]
    (built / "x.html").write_text(PAGE % ('<div id="root"></div>' + "".join(scripts)))
    for options in ({}, {"reduced_motion": "reduce"}):
        sound(browser, built, "/x.html", videos=1, images=2, **options)


def test_in_the_gallery(browser: Any, tmp_path: Path) -> None:
    """Tokens that are markup, which stand in its tables, its data and its read-out too."""
    tokens = ['"><script>', "alert(1)", "</script>", " {{ 7*7 }}", " {% raw %}"]
    numbers = [[1, 2], [3, 4], [1, 0], [0, 1], [2, 2]]
    (tmp_path / "h.json").write_text(json.dumps({"tokens": tokens, "q": numbers, "k": numbers}))
    site = tmp_path / "<i>site"
    render("still", "dot-products", "--trace", tmp_path / "h.json", "--out", site / "x.png")
    render("gallery", site)
    with opened(browser, (site / "gallery.html").as_uri()) as page:
        for details in page.locator("details").all():
            details.evaluate("d => d.open = true")
        told = {" ".join(text.split()) for text in page.locator("td").all_text_contents()}
        assert {token.strip() for token in tokens} <= told
        page.locator(".still").focus()
        page.keyboard.press("ArrowDown")
        query, key = page.locator("output").inner_text().rsplit(":", 1)[0].split(" → ")
        assert {query, key} <= told
        label = page.locator(".still img").get_attribute("alt")
        assert '"><script>alert(1)</script> {{ 7*7 }} {% raw %}' in label
        for target in TARGETS:
            shown = page.locator("pre[id$=-" + target + "]").text_content()
            assert shown == snippet(described(site / "x.png"), target)
        assert page.locator("i").count() == 0
        assert page.complaints == []


def test_a_pair_of_themes_follows_the_reader(browser: Any, tmp_path: Path) -> None:
    built, source = tmp_path / "built", tmp_path / "source"
    sizes = ("--size", "640x360")
    render("still", "scale", "--theme", "both", *sizes, "--out", source / "m" / "p.png")
    shutil.copytree(ROOT / "tests" / "post" / "site", source, dirs_exist_ok=True)
    (source / "_posts").mkdir()
    pair = described(source / "m" / "p-dark.png", "/m/")
    text = "---\ntitle: x\n---\n\n" + snippet(pair, "chirpy")
    (source / "_posts" / "2020-01-01-x.md").write_text(text)
    (source / "x.html").write_text(PAGE % snippet(pair, "html"))
    run("jekyll", "build", "--source", source, "--destination", built)
    with serving(built) as address:
        for scheme in ("light", "dark"):
            with opened(browser, f"{address}/x.html", color_scheme=scheme) as page:
                chosen = page.locator("img").evaluate("i => i.currentSrc")
                assert chosen == f"{address}/m/p-{scheme}.png"
        with opened(browser, f"{address}/posts/x/") as page:
            for theme in ("light", "dark"):
                image = page.locator(f"img.{theme}")
                assert image.get_attribute("src") == f"/m/p-{theme}.png"
                assert (image.get_attribute("w"), image.get_attribute("h")) == ("640", "360")
            assert page.locator("img + em").text_content() == pair.caption
