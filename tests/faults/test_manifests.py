"""Manifests from strangers: nothing is written outside the output folder, whatever they say."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from attention_core import AttentionError
from rendering.figures import outputs
from rendering.manifest import read
from rendering.manifest_values import KEYS
from tests.faults.conftest import one_line
from tests.faults.mutated import damaged_bytes, odd_values, one_clear_error

Run = Callable[..., tuple[int, str, str]]
TRIALS = 400
many = settings(
    max_examples=TRIALS, deadline=None, derandomize=True, suppress_health_check=[*HealthCheck]
)
SOUND = """[defaults]
width = 640
clips = ["mp4", "gif"]

[[figure]]
path = "a/mask.png"
chapter = "mask"
caption.ko = "마스크"
caption.en = '''the
mask'''

[[figure]]
path = "b.svg"
chapter = "scale"
formats = [
  "svg", # and
  "png",
]
[figure.alt]
ko = "하나"
en = "one ] [[figure]]"
"""
PIECES = ["..", ".", "/", "//", "\\", "~", "a", "b.png", "C:", "\x00", "%2e", "\n", " ", "$HOME",
          "-", "con", "é", "..png", ".png", "x" * 300]  # fmt: skip
paths = st.text(max_size=12) | st.lists(st.sampled_from(PIECES), max_size=6).map("".join)


def toml(value: Any) -> str:
    """The value in TOML, as JSON where that is nearly the same."""
    return json.dumps(value, ensure_ascii=True).replace("null", '"null"')


@many
@given(paths, st.sampled_from(["", ".png", "/x.png", ".svg"]))
@example("../../etc/passwd", ".png")
@example("/etc/x", ".png")
def test_a_path_stays_below_the_output_folder(tmp_path: Path, start: str, ending: str) -> None:
    manifest = tmp_path / "m.toml"
    try:
        text = f'[[figure]]\npath = {toml(start + ending)}\nchapter = "mask"\n'
        manifest.write_text(text, encoding="utf-8")
        entries = read(manifest)
    except AttentionError as error:
        assert "path" in str(error) or "TOML" in str(error)
        return
    except UnicodeEncodeError:
        return
    out = tmp_path / "out"
    for output in outputs(entries, out, clips=True):
        place = Path(os.path.normpath(output.path))
        assert place.is_relative_to(out) and place != out
        assert ".." not in PurePosixPath(output.path).parts
        assert not output.path.name.startswith((".", "-"))


@many
@given(st.sampled_from(KEYS), odd_values())
def test_odd_values_are_told_with_their_line(tmp_path: Path, key: str, value: Any) -> None:
    manifest = tmp_path / "m.toml"
    lines = {"path": '"x.png"', "chapter": '"mask"'}
    try:
        lines[key] = toml(value)
    except ValueError:  # a number of 4,000 digits
        lines[key] = "9" * 5000
    text = "[[figure]]\n" + "".join(f"{name} = {said}\n" for name, said in lines.items())
    manifest.write_text(text, encoding="utf-8", errors="replace")
    with one_clear_error():
        read(manifest)


@many
@given(st.data())
def test_damaged_bytes(tmp_path: Path, data: st.DataObject) -> None:
    content = SOUND.encode()
    (tmp_path / "m.toml").write_bytes(data.draw(damaged_bytes(content, len(content))))
    with one_clear_error():
        read(tmp_path / "m.toml")


def test_lines_are_told_of_any_way_to_write_it(tmp_path: Path) -> None:
    manifest = tmp_path / "m.toml"
    manifest.write_text(SOUND)
    assert [entry.line for entry in read(manifest)] == [5, 12]
    for key, line in (('["svg"', 15), ("ko = ", 19)):
        wrong = SOUND.replace('  "svg", #', '  "gif", #') if line == 15 else SOUND
        wrong = wrong.replace('ko = "하나"', "ko = 3") if line == 19 else wrong
        manifest.write_text(wrong)
        with pytest.raises(AttentionError, match=f"line {line}: ") as caught:
            read(manifest)
        assert caught.value, key


HOSTILE = {
    "nested": ("a = " + "[" * 20_000, "nested too deeply"),
    "a long number": (f'[[figure]]\npath = "x.png"\nlayer = {"9" * 5000}', "is not TOML"),
    "3,000 mistakes": ('[[figure]]\npath = "x.png"\nchapter = "maks"\n' * 3000, "line 3: chapter"),
    "a long list": ('[[figure]]\nchapter = "maks"\nkeys = [\n' + '"a",\n' * 60_000 + "]", "line 2"),
    "a list of brackets": (
        '[[figure]]\nchapter = "maks"\nkeys = [\n' + '"]",\n' * 60_000 + "]",
        "line 2",
    ),
    "too long": ("# x\n" * 300_000, "larger than any of its kind"),
    "no text": ("\udcff", "cannot read"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_manifests_that_cost_much_are_refused_at_once(tmp_path: Path, case: str) -> None:
    text, told = HOSTILE[case]
    (tmp_path / "m.toml").write_bytes(text.encode(errors="surrogateescape"))
    with one_clear_error():
        read(tmp_path / "m.toml")
    with pytest.raises(AttentionError, match=told):
        read(tmp_path / "m.toml")


SPECIAL = ["/dev/zero", "pipe", "folder", "nothing"]


@pytest.mark.parametrize("name", SPECIAL)
def test_a_manifest_that_is_no_plain_file(run: Run, tmp_path: Path, name: str) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    status, _, err = run("figures", "--manifest", name)
    one_line(err, status, f"cannot read {name}", "give a TOML file")
    (tmp_path / "model").mkdir()
    os.mkfifo(tmp_path / "model" / "config.json")
    status, _, err = run("trace", "a cat", "--model", "model")
    one_line(err, status, "config.json: it is no plain file")
    status, _, err = run("still", "scale", "--trace", name)
    one_line(err, status, f"there is no trace file {name}")


CLIMBING = ["../x.png", "a/../../x.png", "/tmp/attention-stray.png", "a//../x.png", "~/x.png"]


@pytest.mark.parametrize("path", CLIMBING)
def test_a_path_that_climbs_is_refused_before_anything_is_written(
    run: Run, tmp_path: Path, path: str
) -> None:
    text = f'[[figure]]\npath = "ok.png"\nchapter = "mask"\n[[figure]]\npath = "{path}"\n'
    (tmp_path / "m.toml").write_text(text + 'chapter = "mask"\n')
    before = sorted(tmp_path.rglob("*"))
    status, _, err = run("figures", "--manifest", "m.toml", "--out", "post")
    one_line(err, status, "line 5: path: is to be a plain relative path")
    assert sorted(tmp_path.rglob("*")) == before
    assert not Path("/tmp/attention-stray.png").exists()


@pytest.mark.parametrize("linked", ["a", "a/x.png", "a/x.png.json", "a/x.vtt"])
def test_links_lead_nowhere(run: Run, tmp_path: Path, linked: str) -> None:
    """A link in the way is refused, or replaced by a plain file: what it leads to stays."""
    mine = tmp_path / "mine"
    (mine.mkdir if linked == "a" else mine.touch)()
    place = tmp_path / "post" / linked
    place.parent.mkdir(parents=True)
    place.symlink_to(mine)
    text = (
        '[[figure]]\npath = "a/x.png"\nchapter = "mask"\nclips = ["mp4"]\nclip_size = [320, 180]\n'
    )
    (tmp_path / "m.toml").write_text(text)
    status, _, err = run("figures", "--manifest", "m.toml", "--out", "post", "--clips")
    if status:
        one_line(err, status, "is a link", "figures go to plain files: remove it")
    else:
        assert not place.is_symlink()
    assert (not list(mine.iterdir())) if linked == "a" else (mine.read_bytes() == b"")
