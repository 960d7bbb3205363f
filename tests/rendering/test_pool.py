"""Segments: made by any number of processes, the film is the same; a lost one is made again."""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import signal
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from attention_core.material import Material
from rendering import hands, pool, reel, stage, story
from rendering.film import Play
from rendering.job import RenderJob
from rendering.reel import Reel, segments_of
from rendering.shooting import Walker, shoot
from scenes.look import Look
from scenes.registry import CHAPTERS, STORY

SIZE, FPS = (256, 144), 10
FORMATS = ("mp4", "webm", "mov", "gif", "webp", "poster")


class Seen:
    """The digest of each frame."""

    def __init__(self) -> None:
        self.frames: list[str] = []

    def write(self, rgba: np.ndarray, damage: object, repeat: int = 1) -> None:
        self.frames += [hashlib.sha256(rgba).hexdigest()] * repeat

    def cut(self) -> None:
        pass

    def result(self) -> list[str]:
        return self.frames


@pytest.mark.parametrize("slug", [*CHAPTERS, "story"])
def test_what_is_gone_through_leaves_what_playing_it_leaves(
    default_material: Material, monkeypatch: pytest.MonkeyPatch, slug: str
) -> None:
    monkeypatch.setattr(reel, "SECONDS", 1.0)
    if slug == "story":
        film = story.plan(["tokens", "mask"], default_material, Look(), SIZE, FPS).reel
    else:
        film = stage.reel(slug, default_material, Look(), SIZE, FPS)
    seen = Seen()
    shoot(film, [seen])  # type: ignore[list-item]
    assert len(film.segments) >= 4
    for first in (0, 1):  # each walk draws every second segment
        walker = Walker(film)
        for number in range(first, len(film.segments), 2):
            (frames,) = walker.shoot(number, [Seen()])
            own = film.segments[number].frames
            assert frames == seen.frames[own.start : own.stop], number
        walker.stop()


def test_a_chapter_of_a_story_depends_on_no_chapter_but_the_one_before(
    default_material: Material,
) -> None:
    film = story.plan([*STORY], default_material, Look(), SIZE, 5).reel
    seen = Seen()
    shoot(film, [seen])  # type: ignore[list-item]
    assert len(film.begins) == len(CHAPTERS)
    for number, segment in enumerate(film.segments):
        walker = Walker(film, number)  # begins a chapter before it
        (frames,) = walker.shoot(number, [Seen()])
        walker.stop()
        assert frames == seen.frames[segment.frames.start : segment.frames.stop], number


def test_segments_end_where_chapters_do() -> None:
    plays = [Play(1.0, False)] * 14
    segments = segments_of(plays, 10, 10, (0, 2, 12))
    chapters = [range(2), range(2, 6), range(6, 12), range(12, 14)]
    assert [segment.plays for segment in segments] == chapters
    reel = Reel(("a", "b", "c"), True, None, Look(), SIZE, 10, 10, segments, (0, 2, 12))  # type: ignore[arg-type]
    assert [reel.chapter_of(number) for number in range(4)] == [0, 1, 1, 2]


def test_segments_are_whole_plays_of_some_seconds() -> None:
    plays = [Play(0.5, False), Play(3.0, True), Play(1.0, False), Play(9.0, False), Play(1.0, True)]
    segments = segments_of(plays, 10, 10)
    assert [segment.plays for segment in segments] == [range(3), range(3, 5)]
    assert [segment.frames for segment in segments] == [range(45), range(45, 145)]
    assert [one.plays for one in segments_of(plays[:1], 10, 10)] == [range(1)]
    slow = segments_of(plays, 20, 10)  # the same, at half the pace
    assert [segment.frames for segment in slow] == [range(70), range(70, 290)]


def order(film: Reel, folder: Path, formats: tuple[str, ...] = ("mp4",)) -> pool.Order:
    folder.mkdir(exist_ok=True)
    jobs = {
        folder / f"a.{form}": RenderJob(film.chapters, None, (), film.look, form, SIZE, FPS)
        for form in formats
    }
    return pool.Order(film, jobs, ())


@pytest.fixture
def mask(default_material: Material) -> Reel:
    return stage.reel("mask", default_material, Look(), SIZE, FPS)


@pytest.mark.parametrize("clear", [False, True], ids=["on its ground", "transparent"])
def test_any_number_of_processes_gives_the_same_bytes(
    tmp_path: Path, default_material: Material, clear: bool
) -> None:
    film = stage.reel("mask", default_material, Look(transparent=clear), SIZE, FPS)
    formats = FORMATS[1:] if clear else FORMATS
    for processes in (1, 2, 5):
        pool.shoot(order(film, tmp_path / str(processes), formats), processes)
    for form in formats:
        alone, two, five = ((tmp_path / f"{n}" / f"a.{form}").read_bytes() for n in (1, 2, 5))
        assert alone == two == five, form


def once(folder: Path) -> bool:
    """Whether nobody has asked before, in whatever process."""
    try:
        (folder / "asked").touch(exist_ok=False)
    except FileExistsError:
        return False
    return True


def die(_: Path) -> None:
    os._exit(9)


def die_once(folder: Path) -> None:
    if once(folder):
        os._exit(9)


def hang_once(folder: Path) -> None:
    if once(folder):
        time.sleep(1000)


def stop_once(folder: Path) -> None:
    if once(folder):
        os.kill(os.getpid(), signal.SIGSTOP)


def die_in_mid_word_once(folder: Path) -> None:
    """Half of what it tells next is told, and with it half of a segment."""

    def send(line: Any, content: Any) -> None:
        if len(content) > 10_000:
            os.write(line.fileno(), content[: len(content) // 2])
            os._exit(9)
        write(line, content)

    if once(folder):
        write, Connection._send = Connection._send, send


def stop_in_mid_word_once(folder: Path) -> None:
    def send(line: Any, content: Any) -> None:
        if len(content) > 10_000:
            os.write(line.fileno(), content[: len(content) // 2])
            os.kill(os.getpid(), signal.SIGSTOP)
        write(line, content)

    if once(folder):
        write, Connection._send = Connection._send, send


def spoil(folder: Path, monkeypatch: pytest.MonkeyPatch, how: Callable[[Path], None]) -> None:
    """Let something happen in the middle of the second segment."""
    make = pool.segment_sink_for

    def spoilt(job: RenderJob, first: int) -> Any:
        sink = make(job, first)
        if first:
            write = sink.write

            def write_or_not(*args: Any) -> None:
                how(folder)
                write(*args)

            sink.write = write_or_not  # type: ignore[method-assign]
        return sink

    monkeypatch.setattr(pool, "segment_sink_for", spoilt)


LOSSES = (die_once, hang_once, stop_once, die_in_mid_word_once, stop_in_mid_word_once)


@pytest.mark.parametrize("how", LOSSES)
def test_what_a_lost_process_was_at_is_made_by_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mask: Reel, how: Callable[[Path], None]
) -> None:
    pool.shoot(order(mask, tmp_path / "whole"), 1)
    monkeypatch.setattr(hands, "PATIENCE", 2.0)
    spoil(tmp_path, monkeypatch, how)
    pool.shoot(order(mask, tmp_path / "spoilt"), 2)
    assert (tmp_path / "asked").exists()
    assert (tmp_path / "spoilt/a.mp4").read_bytes() == (tmp_path / "whole/a.mp4").read_bytes()
    assert not multiprocessing.active_children()


def test_a_process_that_is_lost_twice_is_an_error_that_names_its_frames(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mask: Reel
) -> None:
    spoil(tmp_path, monkeypatch, die)
    frames = mask.segments[1].frames
    with pytest.raises(pool.WorkerLost, match=rf"at frames {frames.start} to"):
        pool.shoot(order(mask, tmp_path / "spoilt"), 2)
    assert not multiprocessing.active_children()


def fail(_: Path) -> None:
    raise OSError(28, "No space left on device")


def test_what_goes_wrong_in_a_process_is_raised_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mask: Reel
) -> None:
    spoil(tmp_path, monkeypatch, fail)
    with pytest.raises(OSError, match="No space left"):
        pool.shoot(order(mask, tmp_path / "spoilt"), 2)
    assert not multiprocessing.active_children()
