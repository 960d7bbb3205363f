"""WebM, animated WebP and posters, decoded again; alpha; budgets of bytes; pairs of themes."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from av.codec import Codec
from PIL import Image

from rendering.budget import Form, attempts, forms
from rendering.codecs import CLEAR_VP9, VP9
from rendering.encode import VideoSink
from rendering.gif import GifSink
from rendering.mov import MovSink
from rendering.png import PosterSink
from rendering.subtitles import subtitles
from rendering.webp import WebpSink
from tests.rendering.test_encode import (
    COLOURS,
    SIZE,
    film,
    luma,
    mp4,
    picture,
    pour,
    rgb,
    to_yuv,
)

Render = Callable[..., tuple[int, str, str]]
NAME = "a-fluffy-blue-creature-roamed-the-verdant-forest"
CLEAR = (0.25, 0.5, 1.0)  # alphas of the clear picture's bands


def webm(path: Path, size: tuple[int, int] = SIZE, fps: int = 30) -> VideoSink:
    return VideoSink(path, VP9, size, fps)


def clear_webm(path: Path, size: tuple[int, int] = SIZE, fps: int = 30) -> VideoSink:
    return VideoSink(path, CLEAR_VP9, size, fps)


def poster(path: Path, size: tuple[int, int] = SIZE, fps: int = 30) -> PosterSink:
    return PosterSink(path, size)


def clear_picture() -> np.ndarray:
    """Bands of yellow, as Cairo leaves them: multiplied by their alpha; the rest is nothing."""
    image = np.zeros((SIZE[1], SIZE[0], 4), np.uint8)
    for band, alpha in enumerate(CLEAR):
        image[40:140, band * 80 : band * 80 + 80] = [round(c * alpha) for c in (255, 255, 0, 255)]
    return image


def decoded(path: Path, codec: str | None = None) -> list[Any]:
    with av.open(str(path)) as container:
        if codec is None:
            return list(container.decode(video=0))
        decoder: Any = Codec(codec, "r").create()
        frames = [f for packet in container.demux(video=0) for f in decoder.decode(packet)]
        return frames


def test_webm_shows_each_frame_in_its_place(tmp_path: Path) -> None:
    frames = film()
    pour(webm(tmp_path / "a.webm", SIZE, 30), frames)
    shown = decoded(tmp_path / "a.webm")
    assert [frame.time for frame in shown] == pytest.approx(
        [i / 30 for i in range(len(frames))],
        abs=1e-3,  # WebM counts milliseconds
    )
    for frame, (image, _) in zip(shown, frames, strict=True):
        assert np.abs(luma(frame) - luma(to_yuv(image))).mean() < 1
    with av.open(str(tmp_path / "a.webm")) as container:
        context = container.streams.video[0].codec_context
        assert (context.name, context.pix_fmt) == ("vp9", "yuv420p")
        assert (context.colorspace, context.color_range) == (1, 1)


def test_webm_keeps_the_colours(tmp_path: Path) -> None:
    pour(webm(tmp_path / "a.webm", SIZE, 30), [(picture(), [])] * 15)
    shown = decoded(tmp_path / "a.webm")[-1].to_ndarray(
        format="rgb24", src_colorspace=1, src_color_range=1, dst_color_range=2
    )
    for place, colour in enumerate(COLOURS):
        assert np.abs(shown[90, place * 40 + 20].astype(int) - rgb(colour)).max() <= 6, colour


def test_clear_webm_has_alpha_and_colours_that_are_not_multiplied_by_it(tmp_path: Path) -> None:
    pour(clear_webm(tmp_path / "a.webm", SIZE, 30), [(clear_picture(), [])] * 5)
    shown = decoded(tmp_path / "a.webm", "libvpx-vp9")[-1].to_ndarray(format="rgba")
    for band, alpha in enumerate(CLEAR):
        red, green, blue, seen = shown[90, band * 80 + 40].astype(int)
        assert abs(seen - 255 * alpha) <= 6
        assert min(red, green) > 235
        assert blue < 30
    assert shown[90, 300, 3] <= 3


def test_mov_is_prores_with_alpha_for_each_frame(tmp_path: Path) -> None:
    nothing = np.zeros_like(clear_picture())
    frames = [(clear_picture(), []), (nothing, [(0, 0, 200, 180)]), (nothing, [(200, 0, 320, 180)])]
    pour(MovSink(tmp_path / "a.mov", SIZE, 30), frames)
    with av.open(str(tmp_path / "a.mov")) as container:
        context = container.streams.video[0].codec_context
        assert (context.name, context.profile) == ("prores", "4444")
        assert (context.width, context.height) == SIZE
    shown = decoded(tmp_path / "a.mov")
    assert [frame.time for frame in shown] == pytest.approx([0, 1 / 30, 2 / 30], abs=1e-4)
    assert all(frame.key_frame for frame in shown)
    first, second, third = (frame.to_ndarray(format="rgba").astype(int) for frame in shown)
    for band, alpha in enumerate(CLEAR):
        red, green, blue, seen = first[90, band * 80 + 40]
        assert abs(seen - 255 * alpha) <= 2
        assert min(red, green) > 245
        assert blue < 10
    assert first[90, 300, 3] == 0
    assert second[90, [40, 120], 3].max() == 0  # what changed, and only that
    assert abs(second[90, 220, 3] - 255) <= 2
    assert third[..., 3].max() == 0


def test_webp_loops_for_ever_and_lasts_as_long(tmp_path: Path) -> None:
    pour(WebpSink(tmp_path / "a.webp", SIZE, 15), film(45))
    with Image.open(tmp_path / "a.webp") as image:
        assert image.info["loop"] == 0
        assert image.size == SIZE
        durations = []
        for position in range(image.n_frames):  # type: ignore[attr-defined]
            image.seek(position)
            image.load()
            durations.append(image.info["duration"])
        seen = np.asarray(image.convert("RGB")).astype(int)
    assert sum(durations) == pytest.approx(3000, abs=40)
    assert durations[-1] < sum(durations) / 2
    assert np.abs(seen - film(45)[-1][0][..., :3]).mean() < 2


def test_webp_keeps_no_ghost_of_what_fades_out(tmp_path: Path) -> None:
    """Each step of the fade is smaller than what a lossy encoder takes for a change."""
    frames = []
    for level in range(60, -1, -2):
        image = np.zeros((SIZE[1], SIZE[0], 4), np.uint8)
        image[..., 3] = 255
        image[20:160, 20::9, :3] = level
        frames.append((image, [(0, 0, *SIZE)]))
    pour(WebpSink(tmp_path / "a.webp", SIZE, 15), frames)
    with Image.open(tmp_path / "a.webp") as image:
        for position in range(image.n_frames):  # type: ignore[attr-defined]
            image.seek(position)
            shown = np.asarray(image.convert("RGB")).astype(int)
            lines, ground = shown[20:160, 20::9], shown[20:160, 24::9]
            assert np.ptp(lines) == 0
            assert (ground == 0).all()
    assert (lines == 0).all()


def test_webp_of_one_picture_repeated_lasts_as_long(tmp_path: Path) -> None:
    sink = WebpSink(tmp_path / "a.webp", SIZE, 60)
    sink.write(picture(), [], repeat=45)
    sink.write(clear_picture(), [(0, 0, *SIZE)], repeat=75)
    sink.finish()
    with Image.open(tmp_path / "a.webp") as image:
        total = 0
        for position in range(image.n_frames):  # type: ignore[attr-defined]
            image.seek(position)
            image.load()
            total += image.info["duration"]
        alpha = np.asarray(image.convert("RGBA"))[90, :, 3]
    assert total == pytest.approx(2000, abs=40)
    for band, level in enumerate(CLEAR):
        assert abs(int(alpha[band * 80 + 40]) - 255 * level) <= 2
    assert alpha[300] == 0


def test_a_poster_is_the_last_frame(tmp_path: Path) -> None:
    frames = film()
    pour(PosterSink(tmp_path / "a.png", SIZE), frames)
    with Image.open(tmp_path / "a.png") as image:
        assert (np.asarray(image) == frames[-1][0][..., :3]).all()


def test_aborted_sinks_let_go(tmp_path: Path) -> None:
    for make in (webm, MovSink, WebpSink, clear_webm, poster):
        sink = make(tmp_path / "a", SIZE, 15)
        for image, damage in film():
            sink.write(image, damage)
        sink.abort()
        sink.abort()


@pytest.mark.parametrize("make", [mp4, webm, MovSink, GifSink, WebpSink])
def test_the_same_film_gives_the_same_bytes(tmp_path: Path, make: Any) -> None:
    for name in ("a", "b"):
        pour(make(tmp_path / name, SIZE, 30), film())
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_one_playing_makes_every_format_and_the_caption(render: Render, tmp_path: Path) -> None:
    formats = ("mp4", "webm", "gif", "webp", "poster")
    asked = [part for name in formats for part in ("--format", name)]
    status, out, err = render("clip", "scale", "--quality", "draft", "--size", "320x180", *asked)
    assert status == 0
    name = f"out/scale-{NAME}-draft-320x180"
    endings = ("mp4", "vtt", "webm", "gif", "webp", "poster.png")
    assert out.splitlines() == [f"{name}.{ending}" for ending in endings]
    about = json.loads((tmp_path / f"{name}.webm.json").read_text())
    assert len(decoded(tmp_path / f"{name}.webm")) == about["frames"]
    assert len(err.splitlines()) == len(formats)
    assert f"320x180 at 15, {about['duration']:.1f} s" in err
    cue = (tmp_path / f"{name}.vtt").read_text().split("\n\n")[1]
    assert cue.strip().endswith(about["caption"])
    seconds = about["duration"]
    assert f"00:00:00.000 --> 00:00:{int(seconds):02}.{round(seconds % 1 * 1000):03}" in cue


def test_a_pair_of_themes_in_one_call(render: Render, tmp_path: Path) -> None:
    status, out, _ = render(
        "still", "mask", "--theme", "both", "--size", "640x720", "--out", "m.png"
    )
    assert (status, out) == (0, "m-light.png\nm-dark.png\n")
    corners = []
    for line in out.splitlines():
        with Image.open(tmp_path / line) as image:
            corners.append(image.getpixel((2, 2)))
    assert corners == [(255, 255, 255), (0, 0, 0)]


def test_a_budget_is_met_by_frame_rate_then_size(render: Render, tmp_path: Path) -> None:
    small = ("clip", "scale", "--quality", "draft", "--size", "426x240", "--format", "gif")
    assert render(*small, "--out", "free.gif")[0] == 0
    free = (tmp_path / "free.gif").stat().st_size
    status, _, err = render(*small, "--out", "a.gif", "--max-size", f"{free * 9 // 10}")
    assert status == 0
    about = json.loads((tmp_path / "a.gif.json").read_text())
    assert about["bytes"] == (tmp_path / "a.gif").stat().st_size <= free * 9 // 10
    assert about["fps"] < 15
    assert about["size"] == [426, 240]
    assert f"at {about['fps']}" in err
    status, out, err = render(*small, "--out", "b.gif", "--max-size", "10kB")
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert "b.gif would be" in err
    assert "--max-size is 10" in err
    assert not list(tmp_path.glob("*b.gif*"))


def test_a_still_in_a_budget_is_smaller(render: Render, tmp_path: Path) -> None:
    sizes = {}
    for name, extra in (("a", ()), ("b", ("--max-size", "60kB"))):
        assert (
            render("still", "scale", "--size", "1280x720", "--out", f"{name}.png", *extra)[0] == 0
        )
        sizes[name] = json.loads((tmp_path / f"{name}.png.json").read_text())["size"]
    assert (tmp_path / "b.png").stat().st_size <= 60_000
    with Image.open(tmp_path / "b.png") as image:
        assert list(image.size) == sizes["b"]
    assert sizes["b"][0] < sizes["a"][0]


def test_what_is_tried_falls_in_rate_first_then_in_size() -> None:
    ladder = forms(Form((1280, 720), 60))
    assert ladder[0] == Form((1280, 720), 60)
    rates = [form.fps or 0 for form in ladder]
    assert rates == sorted(rates, reverse=True)
    assert all(form.size == (1280, 720) for form in ladder if form.fps != rates[-1])
    assert all(a.size >= b.size for a, b in pairwise(ladder))
    assert min(min(form.size) for form in ladder) >= 240


def test_no_attempt_is_made_that_cannot_be_enough(tmp_path: Path) -> None:
    tried = []
    for form, over in attempts(Form((1280, 720), 30), 1000):
        tried.append(form)
        if form.size[0] > 900:  # as many bytes as pixels
            over[tmp_path / "a"] = form.size[0] * form.size[1] * (form.fps or 1) * 2000 // 9_216_000
    assert tried[0] == Form((1280, 720), 30)
    assert Form((1280, 720), 20) not in tried
    assert len(tried) < len(forms(tried[0]))


def test_captions_stay_text() -> None:
    hostile = "a --> b <script>&amp;\n\n00:01 --> 00:02"
    content = subtitles([(0, 61.5, hostile)], "vtt")
    assert content.count("-->") == 1
    assert content.count("\n\n") == 1
    assert "&lt;script&gt;&amp;amp; 00:01 --&gt; 00:02" in content
    assert "00:00:00.000 --> 00:01:01.500" in content
