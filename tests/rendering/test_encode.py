"""What the encoders write, decoded again."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from av.video.reformatter import VideoReformatter
from PIL import Image

from rendering.codecs import H264
from rendering.encode import VideoSink
from rendering.gif import GifSink
from rendering.tiles import Damage, Tiles
from rendering.yuv import BT709_LIMITED, YuvPicture, pixels, to_yuv

ROOT = Path(__file__).parents[2]
SIZE = (320, 180)
COLOURS = ("#5CD0B3", "#FFFF00", "#FC6255", "#000000", "#FFFFFF", "#1C758A", "#D147BD", "#DDDDDD")


Film = list[tuple[np.ndarray, list[Damage]]]


def rgb(colour: str) -> tuple[int, ...]:
    return tuple(bytes.fromhex(colour[1:]))


def picture() -> np.ndarray:
    """Broad bars of the theme's colours."""
    image = np.full((SIZE[1], SIZE[0], 4), 255, np.uint8)
    for place, colour in enumerate(COLOURS):
        image[:, place * 40 : (place + 1) * 40, :3] = rgb(colour)
    return image


def film(count: int = 40) -> Film:
    """A white square that walks over black, then stands still."""
    frames: Film = []
    for position in range(count):
        image = np.zeros((SIZE[1], SIZE[0], 4), np.uint8)
        image[..., 3] = 255
        x = 11 + 5 * min(position, count - 10)
        image[51:82, x : x + 31, :3] = 255
        moved = [(x - 5, 51, x + 31, 82)] if position < count - 9 else []
        frames.append((image, moved))
    return frames


def pour(sink: Any, frames: Film) -> None:
    reused = np.empty_like(frames[0][0])  # as the painter does
    for image, damage in frames:
        reused[:] = image
        sink.write(reused, damage)
    sink.finish()


def mp4(path: Path, size: tuple[int, int] = SIZE, fps: int = 30) -> VideoSink:
    return VideoSink(path, H264, size, fps)


def luma(frame: Any) -> np.ndarray:
    plane = frame.planes[0]
    rows = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)
    return rows[: frame.height, : frame.width].astype(int)


def test_mp4_shows_each_frame_in_its_place(tmp_path: Path) -> None:
    frames = film()
    pour(mp4(tmp_path / "a.mp4"), frames)
    with av.open(str(tmp_path / "a.mp4")) as container:
        decoded = list(container.decode(video=0))
    assert len(decoded) == len(frames)
    assert [frame.time for frame in decoded] == pytest.approx([i / 30 for i in range(len(frames))])
    for frame, (image, _) in zip(decoded, frames, strict=True):
        assert np.abs(luma(frame) - luma(to_yuv(image))).mean() < 1


def test_mp4_is_h264_that_plays_everywhere_and_starts_fast(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    pour(mp4(path), film())
    with av.open(str(path)) as container:
        context = container.streams.video[0].codec_context
        assert (context.name, context.pix_fmt) == ("h264", "yuv420p")
        assert (context.colorspace, context.color_primaries, context.color_trc) == (1, 1, 1)
        assert context.color_range == 1
        assert container.streams.video[0].average_rate == 30
    content = path.read_bytes()
    boxes, at = [], 0
    while at < len(content):
        boxes.append(content[at + 4 : at + 8])
        at += int.from_bytes(content[at : at + 4], "big")
    assert boxes.index(b"moov") < boxes.index(b"mdat")


def test_mp4_keeps_the_colours(tmp_path: Path) -> None:
    pour(mp4(tmp_path / "a.mp4"), [(picture(), [])] * 5)
    with av.open(str(tmp_path / "a.mp4")) as container:
        shown = list(container.decode(video=0))[-1].to_ndarray(
            format="rgb24", src_colorspace=1, src_color_range=1, dst_color_range=2
        )
    for place, colour in enumerate(COLOURS):
        assert np.abs(shown[90, place * 40 + 20].astype(int) - rgb(colour)).max() <= 3, colour


def test_repeats_are_frames(tmp_path: Path) -> None:
    sink = mp4(tmp_path / "a.mp4")
    sink.write(picture(), [], repeat=7)
    sink.write(picture(), [], repeat=3)
    sink.finish()
    with av.open(str(tmp_path / "a.mp4")) as container:
        assert len(list(container.decode(video=0))) == 10


@pytest.mark.parametrize("size", [SIZE, (854, 480)], ids=["320x180", "854x480"])
def test_the_same_film_gives_the_same_bytes(tmp_path: Path, size: tuple[int, int]) -> None:
    # Whatever was in memory before: glibc fills it with another byte in each process.
    program = f"""
import sys
import numpy as np
from rendering.codecs import H264
from rendering.encode import VideoSink
from rendering.gif import GifSink
w, h = {size}
for sink in (VideoSink("a.mp4", H264, (w, h), 30), GifSink("a.gif", (w, h), 30)):
    for step in range(30):
        image = np.full((h, w, 4), 255, np.uint8)
        image[..., :3] = 0
        for bar in range(40):
            x, y = (37 * bar + 5 * step) % (w - 30), (23 * bar + step * (bar % 3)) % (h - 30)
            image[y : y + 20, x : x + 25, :3] = (bar * 6, 255 - bar * 5, step * 8)
        sink.write(image, [(0, 0, w, h)])
    sink.finish()
"""
    films = []
    for filling in ("0", "1", "85"):
        folder = tmp_path / filling
        folder.mkdir()
        environment = {**os.environ, "MALLOC_PERTURB_": filling, "PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-c", program]
        subprocess.run(command, cwd=folder, env=environment, check=True)
        films.append([(folder / name).read_bytes() for name in ("a.mp4", "a.gif")])
    assert films[0] == films[1] == films[2]


@pytest.mark.parametrize("size", [SIZE, (854, 480), (1280, 720), (130, 98)])
def test_converting_the_damage_is_converting_the_whole(size: tuple[int, int]) -> None:
    random = np.random.default_rng(3)
    width, height = size
    frames = YuvPicture(size, 10**6)
    image = random.integers(0, 256, (height, width, 4), np.uint8)
    frames.update(image, [(0, 0, width, height)])
    for _ in range(40):
        damage = []
        for _ in range(random.integers(0, 3)):
            x0, x1 = (int(x) for x in sorted(random.integers(0, width + 1, 2)))
            y0, y1 = (int(y) for y in sorted(random.integers(0, height + 1, 2)))
            image[y0:y1, x0:x1, :3] = random.integers(0, 256, (y1 - y0, x1 - x0, 3), np.uint8)
            damage.append((x0, y0, x1, y1))
        parts = frames.update(image, damage)
        anew = YuvPicture(size).update(image, [(0, 0, width, height)])
        for part, whole in zip(parts.planes, anew.planes, strict=True):
            assert shown(part) == shown(whole)


def test_patches_that_were_kept_show_their_own_frames_and_a_full_memory_is_told() -> None:
    random, (width, height) = np.random.default_rng(4), (130, 98)
    picture = YuvPicture((width, height), 10 * width * height)
    image = random.integers(0, 256, (height, width, 4), np.uint8)
    kept: list[tuple[Any, np.ndarray]] = []
    while not picture.full:
        x, y = (int(at) for at in random.integers(0, 60, 2))
        image[y : y + 30, x : x + 60, :3] = random.integers(0, 256, (30, 60, 3), np.uint8)
        kept.append((picture.keep(image, [(x, y, x + 60, y + 30)]), image.copy()))
    assert len(kept) > 6  # of which each whole frame would take a 7th of the room
    for patch, then in kept:
        frame = picture.shown(patch)
        assert [*map(shown, frame.planes)] == [*map(shown, to_yuv(then).planes)]
    picture.clear()
    assert not picture.full


@pytest.mark.parametrize("count", [0, 1, 40, 2000])
@pytest.mark.parametrize("size", [(1920, 1080), (500, 1333)])
def test_damage_is_every_tile_that_a_box_reaches_into_once(
    count: int, size: tuple[int, int]
) -> None:
    random, (wide, high), tiles = np.random.default_rng(7), (48, 24), Tiles(size, (48, 24))
    corners = random.uniform(-200, 2000, (count, 2))
    boxes = np.concatenate([corners, corners + random.uniform(0, 90, (count, 2))], axis=1)
    rows, columns = np.arange(0, size[1], high), np.arange(0, size[0], wide)
    expected = np.zeros((len(rows), len(columns)), bool)
    for x0, y0, x1, y1 in boxes:
        inside = (y0 < rows + high) & (y1 > rows)
        expected |= inside[:, None] & (x0 < columns + wide) & (x1 > columns)
    nowhere = np.array([(np.nan, 0, 50, 50), (0, 0, 50, np.nan), (60, 60, 10, 90)])
    found = tiles.touched(np.concatenate([boxes, nowhere]))
    np.testing.assert_array_equal(found, expected)
    covered = np.zeros(size[::-1], int)
    for x0, y0, x1, y1 in tiles.rectangles(found):
        covered[y0:y1, x0:x1] += 1
    np.testing.assert_array_equal(
        covered, expected.repeat(24, 0).repeat(48, 1)[: size[1], : size[0]]
    )


def test_frames_are_bt709_in_limited_range_rounded_to_nearest() -> None:
    rgba = np.random.default_rng(5).integers(0, 256, (98, 130, 4), np.uint8)
    rgba[:40], rgba[40:60, :, :3] = rgba[:1], np.arange(130)[:, None]  # equal rows, and greys
    red, green, blue = (rgba[..., channel] / 255 for channel in range(3))
    luma = 0.2126 * red + 0.7152 * green + 0.0722 * blue  # ITU-R BT.709-6, items 3.2 to 3.4
    planes = (
        16 + 219 * luma,
        128 + 224 * mean_of_four((blue - luma) / 1.8556),
        128 + 224 * mean_of_four((red - luma) / 1.5748),
    )
    frame = to_yuv(rgba)
    for plane, exact in zip(frame.planes, planes, strict=True):
        assert np.abs(pixels(plane) - exact).max() < 0.505  # constants are 1 / 65536ths
    # An independent converter, which rounds less well, agrees to a level.
    other = VideoReformatter().reformat(
        av.VideoFrame.from_ndarray(rgba, format="rgba"), format="yuv420p", **BT709_LIMITED
    )
    for plane, its in zip(frame.planes, other.planes, strict=True):
        assert np.abs(pixels(plane).astype(int) - pixels(its)).max() <= 1


def mean_of_four(plane: np.ndarray) -> np.ndarray:
    rows, columns = plane.shape
    return plane.reshape(rows // 2, 2, columns // 2, 2).mean(axis=(1, 3))


def shown(plane: Any) -> bytes:
    rows = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)
    return rows[: plane.height, : plane.width].tobytes()


def test_segments_are_one_film(tmp_path: Path) -> None:
    frames = film()
    sink = mp4(tmp_path / "a.mp4")
    for place, (image, damage) in enumerate(frames):
        if place in (0, 13, 27):
            sink.cut()
        sink.write(image, damage)
    sink.finish()
    with av.open(str(tmp_path / "a.mp4")) as container:
        packets = [packet for packet in container.demux(video=0) if packet.size]
    keys = [packet.pts * packet.time_base * 30 for packet in packets if packet.is_keyframe]
    assert keys == [0, 13, 27]
    with av.open(str(tmp_path / "a.mp4")) as container:
        shown = list(container.decode(video=0))
    assert [frame.time for frame in shown] == pytest.approx([i / 30 for i in range(len(frames))])
    for frame, (image, _) in zip(shown, frames, strict=True):
        assert np.abs(luma(frame) - luma(to_yuv(image))).mean() < 1


def test_a_failing_encoder_raises(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken:
        def encode(self, frame: Any) -> None:
            raise OSError("the disk is full")

    sink = mp4(tmp_path / "a.mp4")
    monkeypatch.setattr(sink._encoder, "_context", Broken())
    with pytest.raises(OSError, match="the disk is full"):
        pour(sink, film(400))
    with pytest.raises(OSError, match="the disk is full"):
        sink.finish()
    sink.abort()
    assert str(tmp_path / "a.mp4") not in open_files()


def test_gif_loops_for_ever_and_lasts_as_long(tmp_path: Path) -> None:
    pour(GifSink(tmp_path / "a.gif", SIZE, 15), film(45))
    with Image.open(tmp_path / "a.gif") as gif:
        assert gif.info["loop"] == 0
        assert gif.size == SIZE
        durations = []
        for position in range(gif.n_frames):  # type: ignore[attr-defined]
            gif.seek(position)
            durations.append(gif.info["duration"])
    assert sum(durations) == 3000


def test_gif_shows_flat_colours_exactly(tmp_path: Path) -> None:
    pour(GifSink(tmp_path / "a.gif", SIZE, 15), [(picture(), [])])
    with Image.open(tmp_path / "a.gif") as gif:
        seen = np.asarray(gif.convert("RGB"))
    assert (seen == picture()[..., :3]).all()


def test_gif_never_shimmers_on_black(tmp_path: Path) -> None:
    random = np.random.default_rng(5)
    frames: Film = []
    for level in np.linspace(0, 1, 20):  # more colours than a palette holds, fading in
        image = np.zeros((SIZE[1], SIZE[0], 4), np.uint8)
        image[..., 3] = 255
        image[40:80, 100:200, :3] = random.integers(0, 256, (40, 100, 3)) * level
        frames.append((image, [(100, 40, 200, 80)]))
    pour(GifSink(tmp_path / "a.gif", SIZE, 15), frames)
    with Image.open(tmp_path / "a.gif") as gif:
        assert gif.n_frames == 20  # type: ignore[attr-defined]
        for position in range(20):
            gif.seek(position)
            seen = np.asarray(gif.convert("RGB")).copy()
            seen[40:80, 100:200] = 0
            assert not seen.any()


def test_gif_leaves_frames_out_above_30_a_second(tmp_path: Path) -> None:
    pour(GifSink(tmp_path / "a.gif", SIZE, 60), film(60))
    with Image.open(tmp_path / "a.gif") as gif:
        assert gif.n_frames <= 30  # type: ignore[attr-defined]
        assert gif.info["duration"] >= 30


def test_an_aborted_sink_lets_go_of_its_file(tmp_path: Path) -> None:
    for sink in (mp4(tmp_path / "a.mp4"), GifSink(tmp_path / "a.gif", SIZE, 15)):
        for image, damage in film():
            sink.write(image, damage)
        sink.abort()
        sink.abort()
    for store in ("a.mp4", "a.gif"):  # Windows refuses to remove a file that is open; so do we
        assert str(tmp_path / store) not in open_files()


def open_files() -> set[str]:
    """What this process holds open, where the system tells (Linux)."""
    folder = Path("/proc/self/fd")
    return {os.path.realpath(link) for link in folder.iterdir()} if folder.exists() else set()
