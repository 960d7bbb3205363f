"""Nothing twice: what is kept of films saves their making, and changes no byte of them."""

from __future__ import annotations

import json
import multiprocessing
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from attention_core.material import Material
from rendering import pool, segments, stage, story
from rendering.cache import SUM, Cache
from rendering.job import RenderJob
from rendering.order import Order
from rendering.reel import Reel
from rendering.sinks import segment_sink_for
from scenes.look import Look
from scenes.registry import STORY

SIZE, FPS = (256, 144), 10
FORMATS = ("mp4", "webm", "poster")


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "segments")


@pytest.fixture
def mask(default_material: Material) -> Reel:
    return stage.reel("mask", default_material, Look(), SIZE, FPS)


def order(film: Reel, folder: Path, formats: tuple[str, ...] = FORMATS) -> Order:
    folder.mkdir()
    jobs = {
        folder / f"a.{form}": RenderJob(film.chapters, None, (), film.look, form, SIZE, FPS)
        for form in formats
    }
    return Order(film, jobs, ())


def contents(folder: Path) -> list[bytes]:
    return [(folder / f"a.{form}").read_bytes() for form in FORMATS]


def draw_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    def drawn(*_: Any) -> None:
        raise AssertionError("it was drawn again")

    monkeypatch.setattr(pool, "Operator", drawn)
    monkeypatch.setattr(pool, "shoot_here", drawn)


@pytest.mark.parametrize("processes", [1, 2])
def test_a_film_whose_segments_are_kept_is_the_same_and_is_not_drawn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cache: Cache, mask: Reel, processes: int
) -> None:
    pool.shoot(order(mask, tmp_path / "without"), 1)
    pool.shoot(order(mask, tmp_path / "first"), processes, None, cache)
    draw_no_more(monkeypatch)
    pool.shoot(order(mask, tmp_path / "again"), processes, None, cache)
    assert contents(tmp_path / "without") == contents(tmp_path / "first")
    assert contents(tmp_path / "without") == contents(tmp_path / "again")
    with pytest.raises(AssertionError, match="drawn again"):
        pool.shoot(order(mask, tmp_path / "forced"), 1, None, replace(cache, reads=False))


def test_an_interrupted_film_goes_on_where_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cache: Cache, mask: Reel
) -> None:
    make, drawn = pool.segment_sink_for, list[int]()

    def counting(job: RenderJob, first: int) -> Any:
        if len(drawn) == 2:
            raise KeyboardInterrupt
        drawn.append(first)
        return make(job, first)

    monkeypatch.setattr(pool, "segment_sink_for", counting)
    with pytest.raises(KeyboardInterrupt):
        pool.shoot(order(mask, tmp_path / "broken", ("mp4",)), 1, None, cache)
    firsts = [segment.frames.start for segment in mask.segments]
    assert drawn == firsts[:2]
    assert len(firsts) > 2
    drawn[:] = [-1, -1, -1]  # counts on, and is not interrupted
    pool.shoot(order(mask, tmp_path / "resumed", ("mp4",)), 1, None, cache)
    assert drawn[3:] == firsts[2:]
    pool.shoot(order(mask, tmp_path / "whole", ("mp4",)), 1)
    resumed, whole = (tmp_path / name / "a.mp4" for name in ("resumed", "whole"))
    assert resumed.read_bytes() == whole.read_bytes()


def cut_short(content: bytes) -> bytes:
    return content[:-1]


def flip(content: bytes) -> bytes:
    return content[:-100] + bytes([content[-100] ^ 1]) + content[-99:]


def flip_sum(content: bytes) -> bytes:
    return bytes([content[0] ^ 1]) + content[1:]


@pytest.mark.parametrize("how", [cut_short, flip, flip_sum, lambda _: b""])
def test_a_broken_segment_is_noticed_and_made_again(
    tmp_path: Path, cache: Cache, mask: Reel, how: Callable[[bytes], bytes]
) -> None:
    pool.shoot(order(mask, tmp_path / "first", ("mp4",)), 1, None, cache)
    entries = cache.entries()
    whole = entries[0].path.read_bytes()
    entries[0].path.write_bytes(how(whole))
    pool.shoot(order(mask, tmp_path / "again", ("mp4",)), 1, None, cache)
    first, again = (tmp_path / name / "a.mp4" for name in ("first", "again"))
    assert first.read_bytes() == again.read_bytes()
    assert entries[0].path.read_bytes() == whole


@pytest.mark.parametrize(
    ("form", "clear"),
    [("mp4", False), ("webm", False), ("webm", True), ("poster", False), ("poster", True)],
)
def test_a_segment_is_the_same_wherever_in_a_film_it_lies(form: str, clear: bool) -> None:
    job = RenderJob(("mask",), None, (), Look(transparent=clear), form, SIZE, FPS)
    frames = np.random.default_rng(0).integers(0, 255, (30, SIZE[1], SIZE[0], 4), np.uint8)
    frames[..., :3] = np.minimum(frames[..., :3], frames[..., 3:])  # premultiplied
    made = []
    for first in (0, 1234):
        sink = segment_sink_for(job, first)
        for frame in frames:
            sink.write(frame, [(0, 0, *SIZE)])
        made.append(sink.result())
    moved = segments.unpacked(segments.packed(made[0], 0), 1234)
    if isinstance(moved, np.ndarray):
        np.testing.assert_array_equal(moved, made[1])
    else:
        assert moved == made[1]


def test_a_changed_chapter_of_a_story_has_its_own_segments_made_again_and_the_next_ones(
    default_material: Material, monkeypatch: pytest.MonkeyPatch
) -> None:
    film = story.plan([*STORY], default_material, Look(), SIZE, FPS).reel
    job = RenderJob(film.chapters, None, (), Look(), "mp4", SIZE, FPS)
    before = [*segments.keys(film, job)]
    assert len(set(before)) == len(before) == len(film.segments)

    def edited(chapters: tuple[str, ...]) -> str:
        return "edited" if "mask" in chapters else code(chapters)

    code = segments.code_fingerprint
    monkeypatch.setattr(segments, "code_fingerprint", edited)
    after = [*segments.keys(film, job)]
    at = film.chapters.index("mask")
    changed = {film.chapter_of(n) for n, pair in enumerate(zip(before, after, strict=True))
               if pair[0] != pair[1]}  # fmt: skip
    assert changed == {at, at + 1}  # the next one takes its words over


@pytest.mark.parametrize(
    "change",
    [
        {"look": Look(lang="ko")},
        {"look": Look(theme="light")},
        {"format": "webm"},
        {"size": (258, 144)},
        {"fps": 12},
    ],
)
def test_another_film_shares_no_segment(mask: Reel, change: dict[str, Any]) -> None:
    job = RenderJob(("mask",), None, (), Look(), "mp4", SIZE, FPS)
    own, other = ({*segments.keys(mask, one)} for one in (job, replace(job, **change)))
    assert not own & other


def test_what_was_not_of_use_for_longest_goes_first(tmp_path: Path) -> None:
    cache = Cache(tmp_path, 4 * (SUM + 100))
    for number in range(4):
        cache.put(f"{number:064}", bytes(100))
        os.utime(tmp_path / f"{number:064}.segment", (number, number))
    assert cache.get(f"{0:064}") == bytes(100)  # of use just now
    cache.put(f"{4:064}", bytes(150))
    cache.put(f"{5:064}", bytes(1000))  # there would never be room for it
    assert {int(entry.path.stem) for entry in cache.entries()} == {0, 3, 4}


def use(folder: Path, seed: int, limit: int) -> None:
    """Put and get for a while, as one of several processes."""
    cache, chance = Cache(folder, limit), np.random.default_rng(seed)
    for _ in range(400):
        number = int(chance.integers(20))
        expected = bytes([number]) * (1000 + number)
        found = cache.get(f"{number:064}")
        assert found in (None, expected)
        if found is None:
            cache.put(f"{number:064}", expected)


def test_processes_that_use_it_at_once_read_whole_contents_only(tmp_path: Path) -> None:
    limit = 10_000
    context = multiprocessing.get_context("spawn")
    with context.Pool(3) as processes:
        processes.starmap(use, [(tmp_path, seed, limit) for seed in range(3)])
    held = Cache(tmp_path, limit).entries()
    assert held
    assert sum(entry.bytes for entry in held) <= limit
    assert {path.suffix for path in tmp_path.iterdir()} == {".segment"}


def test_a_place_that_cannot_be_written_costs_nothing_but_time(tmp_path: Path, mask: Reel) -> None:
    (tmp_path / "file").touch()
    for n in (1, 2):
        job = order(mask, tmp_path / str(n), ("mp4",))
        pool.shoot(job, 1, None, Cache(tmp_path / "file" / "below"))
    first, again = (tmp_path / name / "a.mp4" for name in ("1", "2"))
    assert first.read_bytes() == again.read_bytes()


def test_the_command_says_what_is_kept_and_clears_all_but_models(
    render: Callable[..., Any], tmp_path: Path
) -> None:
    model = tmp_path / "home/models/mine/weights.gguf"
    model.parent.mkdir(parents=True)
    model.write_bytes(bytes(2000))
    small = ("--size", "256x144", "--cache-size", "3MB")
    assert render("clip", "mask", *small, "--out", "a.mp4").status == 0
    held = json.loads(render("cache", "--json").out)
    assert held["models"] == [{"name": "mine", "bytes": 2000}]
    files = [*(tmp_path / "home/segments").iterdir()]
    assert held["segments"]["count"] == len(files) > 1
    assert held["segments"]["bytes"] == sum(file.stat().st_size for file in files)
    table = render("cache", "--cache-size", "3MB").out
    assert "model mine" in table
    assert f"{len(files)} of at most 3.00 MB" in table
    assert render("clip", "mask", *small, "--out", "b.mp4").status == 0
    assert (tmp_path / "a.mp4").read_bytes() == (tmp_path / "b.mp4").read_bytes()
    assert render("cache", "clear").status == 0
    held = json.loads(render("cache", "--json").out)
    assert held["segments"]["count"] == 0
    assert model.exists()
    assert render("clip", "mask", "--cache-size", "-3").status == 2
