"""The post's files, read again: clips, vectors, and that making them twice makes them the same."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image

from rendering.figures import MANIFEST
from scenes.registry import CHAPTERS
from tests.post.conftest import ROOT, render, run
from tests.post.pages import opened

pytestmark = pytest.mark.post
MOST = 3_000_000 / 10  # bytes a second of a GIF in 480p15


def outputs(blog: Path, ending: str) -> list[tuple[Path, dict[str, Any]]]:
    """The post's files of a kind, with what their sidecars say."""
    found = sorted((blog / "dl" / "transformer").glob(f"*.{ending}"))
    assert len(found) >= 10
    return [(path, json.loads(Path(f"{path}.json").read_text())) for path in found]


@pytest.mark.parametrize(("ending", "codec"), [("mp4", "h264"), ("webm", "vp9")])
def test_a_film_decodes_as_its_sidecar_says(blog: Path, ending: str, codec: str) -> None:
    for path, about in outputs(blog, ending):
        with av.open(str(path)) as container:
            stream = container.streams.video[0]
            context = stream.codec_context
            assert (context.name, context.pix_fmt) == (codec, "yuv420p"), path
            assert [context.width, context.height] == about["size"] == [854, 480]
            frames = list(container.decode(video=0))
            assert len(frames) == about["frames"]
            times = [frame.time for frame in frames]
            spread = np.abs(np.array(times) - np.arange(len(frames)) / about["fps"])
            assert spread.max() < 1e-3  # WebM counts milliseconds
            duration = container.duration / av.time_base
        assert duration == pytest.approx(about["duration"], abs=0.002)
        assert about["frames"] / about["fps"] == pytest.approx(about["duration"], abs=1e-3)
    content = outputs(blog, "mp4")[0][0].read_bytes()
    assert content.index(b"moov") < content.index(b"mdat")


def shown(path: Path) -> tuple[list[int], Image.Image, Any]:
    """When each picture of an animation appears and when the last ends, in milliseconds."""
    times = [0]
    with Image.open(path) as image:
        for position in range(image.n_frames):  # type: ignore[attr-defined]
            image.seek(position)
            image.load()
            times.append(times[-1] + image.info["duration"])
        return times, image.convert("RGB"), image.info.get("loop")


@pytest.mark.parametrize(("ending", "step"), [("gif", 10), ("webp", 1)])
def test_an_animation_keeps_time_loops_and_ends_as_its_poster(
    blog: Path, ending: str, step: int
) -> None:
    for path, about in outputs(blog, ending):
        times, last, loop = shown(path)
        assert loop == 0, path
        places = {round(1000 / step * n / about["fps"]) * step for n in range(about["frames"] + 1)}
        off = [time for time in times if min(abs(time - place) for place in places) > step]
        assert off == []
        assert times[-1] == pytest.approx(about["duration"] * 1000, abs=step)
        with Image.open(path.with_name(path.stem + ".poster.png")) as poster:
            assert poster.size == last.size == tuple(about["size"])
            far = np.abs(np.asarray(poster).astype(int)[..., :3] - np.asarray(last)).max(axis=-1)
        assert np.percentile(far, 99) <= 8, path


def test_a_gif_is_no_larger_than_a_blog_takes(blog: Path) -> None:
    for path, about in outputs(blog, "gif"):
        assert path.stat().st_size <= MOST * max(10, about["duration"]), path


def test_made_again_in_another_process_pictures_have_the_same_bytes(
    blog: Path, tmp_path: Path
) -> None:
    render("figures", "--out", tmp_path)
    made = sorted((tmp_path / "dl" / "transformer").glob("*.png"))
    assert len(made) >= 11
    for path in made:
        assert path.read_bytes() == (blog / "dl" / "transformer" / path.name).read_bytes(), path


def test_check_names_what_is_missing_and_what_is_edited(blog: Path, tmp_path: Path) -> None:
    folder = tmp_path / "blog"
    shutil.copytree(blog, folder)
    mine, text = tmp_path / "mine.toml", MANIFEST.read_text(encoding="utf-8")
    mine.write_text(text, encoding="utf-8")
    check: list[str | Path] = [sys.executable, ROOT / "render.py", "figures", "--clips", "--check"]
    check += ["--manifest", mine, "--out", folder]
    assert run(*check) == ""
    media = folder / "dl" / "transformer"
    (media / "3-4.webm").unlink()
    with (media / "3-5.gif").open("ab") as file:
        file.write(b"!")
    wider = text.replace('chapter = "multi-head"', 'chapter = "multi-head"\nwidth = 1700')
    mine.write_text(wider, encoding="utf-8")
    done = subprocess.run(check, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.splitlines()[:-1] == [
        f"missing: {media / '3-4.webm'}",
        f"edited by hand: {media / '3-5.gif'}",
        f"stale: {media / '3-9.png'}",
    ]


@pytest.fixture(scope="module")
def vectors(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every figure of every chapter, as pixels and as vectors."""
    folder = tmp_path_factory.mktemp("vectors")
    text = '[defaults]\nlang = "ko"\nwidth = 1280\nclips = []\nformats = ["png", "svg", "pdf"]\n'
    for chapter, info in CHAPTERS.items():
        for figure in info.figures:
            name = f"{chapter}_{figure.name}"
            text += f'\n[[figure]]\npath = "{name}.png"\nchapter = "{chapter}"\n'
            text += f'figure = "{figure.name}"\n'
    (folder / "all.toml").write_text(text)
    render("figures", "--manifest", folder / "all.toml", "--out", folder)
    return folder


NAMES = [f"{chapter}_{one.name}" for chapter, info in CHAPTERS.items() for one in info.figures]


@pytest.mark.parametrize("name", NAMES)
def test_an_svg_is_vectors_and_looks_like_the_png(vectors: Path, tmp_path: Path, name: str) -> None:
    svg = vectors / f"{name}.svg"
    content = svg.read_text()
    assert "<image" not in content
    assert "<text" not in content
    run("rsvg-convert", svg, "-o", tmp_path / "r.png")
    # A long line of type comes out up to 3 pixels in 490 wider in pixels than in vectors: halves
    # and quarters of glyphs are compared, not single pixels.
    drawn, seen = (
        np.asarray(Image.open(path).convert("L").reduce(4)).astype(float)
        for path in (vectors / f"{name}.png", tmp_path / "r.png")
    )
    assert drawn.shape == seen.shape
    assert np.abs(drawn - seen).mean() < 2
    assert np.corrcoef(drawn.ravel(), seen.ravel())[0, 1] > 0.98


@pytest.mark.parametrize("name", NAMES)
def test_a_pdf_holds_no_bitmap_and_no_font(vectors: Path, name: str) -> None:
    content = (vectors / f"{name}.pdf").read_bytes()
    assert content.startswith(b"%PDF")
    assert b"/Subtype /Image" not in content
    assert b"/FontFile" not in content


def test_a_browser_sees_through_a_transparent_clip(browser: Any, tmp_path: Path) -> None:
    ground = ("--transparent", "--format", "webm", "--size", "426x240", "--quality", "draft")
    render("clip", "scale", *ground, "--out", tmp_path / "a.webm")
    (tmp_path / "x.html").write_text('<link rel="icon" href="data:,"><video src="a.webm" muted>')
    with opened(browser, (tmp_path / "x.html").as_uri()) as page:
        page.evaluate("() => { document.querySelector('video').currentTime = 5 }")
        page.wait_for_function(
            "(v => v.readyState >= 3 && !v.seeking)(document.querySelector('video'))"
        )
        page.evaluate("document.body.style.background = 'rgb(0, 0, 255)'")
        page.screenshot(path=str(tmp_path / "seen.png"), clip=page.locator("video").bounding_box())
    with Image.open(tmp_path / "seen.png") as image:
        pixels = np.asarray(image.convert("RGB")).astype(int)
    blue = (np.abs(pixels - [0, 0, 255]).max(axis=-1) < 8).mean()
    assert 0.5 < blue < 0.99
    assert (pixels.min(axis=-1) > 200).any()
