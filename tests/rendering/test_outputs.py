"""Names of files, and how files appear: whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from attention_core import AttentionError
from rendering.job import RenderJob
from rendering.outputs import is_current, place, printable, slug, whole, write_sidecar
from scenes.look import Look


@given(st.text())
def test_a_slug_can_be_a_part_of_any_file_name(text: str) -> None:
    found = slug(text)
    assert found
    assert len(found.encode()) <= 80
    assert not set(found) & set('/\\:*?"<>|. \n\t\0')
    assert not found.startswith("-")


@given(st.text(), st.text())
def test_different_texts_have_different_slugs(one: str, other: str) -> None:
    assume(one != other)
    assert slug(one).casefold() != slug(other).casefold()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("the old bank of the quiet river", "the-old-bank-of-the-quiet-river"),
        ("작은 파란 고양이", "작은-파란-고양이"),
    ],
)
def test_a_plain_sentence_is_its_own_slug(text: str, expected: str) -> None:
    assert slug(text) == expected


@pytest.mark.parametrize("text", ["The old bank", "the old bank.", "the  old bank", "the-old bank"])
def test_what_a_slug_loses_is_told_by_a_hash(text: str) -> None:
    assert slug(text).startswith("the-old-bank-")


@pytest.mark.parametrize(
    ("out", "expected"),
    [
        (None, "out/name.gif"),
        ("clip.gif", "clip.gif"),
        ("new", "new/name.gif"),
        ("new.d/", "new.d/name.gif"),
    ],
)
def test_an_output_goes_to_a_file_or_into_a_folder(out: str | None, expected: str) -> None:
    assert place(out, "name", "gif", several=False) == Path(expected)


def test_a_failure_leaves_what_was_there_before(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    path.write_text("old")
    with pytest.raises(RuntimeError), whole(path) as unfinished:
        unfinished.write_text("half")
        raise RuntimeError
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_failure_leaves_no_folder_that_was_not_there(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), whole(tmp_path / "a" / "b" / "clip.mp4"):
        raise KeyboardInterrupt
    assert not list(tmp_path.iterdir())


def test_a_finished_file_takes_its_name(tmp_path: Path) -> None:
    path = tmp_path / "new" / "clip.mp4"
    with whole(path) as unfinished:
        unfinished.write_text("all")
        assert not path.exists()
        assert unfinished.parent == path.parent  # so that the move is one step
    assert path.read_text() == "all"
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize(
    "name", ["file/clip.mp4", "n" * 300 + ".mp4", "n" * 250 + ".mp4", "folder"]
)
def test_a_place_that_cannot_be_written_is_told_before_the_work(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(AttentionError, match=r"cannot write .*; "), whole(tmp_path / name):
        pytest.fail("the work began")
    assert sorted(tmp_path.rglob("*")) == before


def test_an_output_is_current_while_it_is_whole_and_its_job_the_same(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(b"1234")
    write_sidecar(path, {"job": "digest"})
    assert is_current(path, "digest")
    assert not is_current(path, "other")
    path.write_bytes(b"123")
    assert not is_current(path, "digest")
    path.unlink()
    assert not is_current(path, "digest")


def test_a_job_has_another_digest_when_anything_of_it_is_other() -> None:
    def digest(**changed: object) -> str:
        fields = {
            "chapters": ("softmax",),
            "figure": None,
            "material": ("abc",),
            "look": Look(),
            "format": "mp4",
            "size": (1280, 720),
            "fps": 30,
        }
        return RenderJob(**{**fields, **changed}).digest()  # type: ignore[arg-type]

    others = [
        digest(chapters=("mask",)),
        digest(figure="3-5"),
        digest(material=("abd",)),
        digest(look=Look(lang="ko")),
        digest(format="gif"),
        digest(size=(1280, 722)),
        digest(fps=60),
    ]
    assert len({digest(), *others}) == 1 + len(others)
    assert digest() == digest()


def test_text_for_a_terminal_cannot_steer_it() -> None:
    assert printable("a\x1b[31m\n\u202e\udcff 작은 −") == r"a\x1b[31m\n\u202e\udcff 작은 −"
