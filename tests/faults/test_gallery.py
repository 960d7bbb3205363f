"""A gallery of what strangers left in a folder: text under a strict policy, or one line."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from attention_core import AttentionError
from rendering import gallery
from rendering.embed import TARGETS
from rendering.escape import clean
from tests.faults.conftest import ROOT, one_line
from tests.faults.mutated import damaged_bytes, damaged_tree
from tests.faults.test_snippets import Tags, texts

Run = Callable[..., tuple[int, str, str]]
TRIALS = 300
many = settings(
    max_examples=TRIALS, deadline=None, derandomize=True, suppress_health_check=[*HealthCheck]
)
STILL = ("still", "scale", "--size", "640x360", "--out", "sound/a.png")
STRICT = {
    "default-src": ["'none'"],
    "base-uri": ["'none'"],
    "form-action": ["'none'"],
    "img-src": ["'self'", "file:", "data:"],
    "media-src": ["'self'", "file:", "data:"],
}


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one sound picture."""
    place = tmp_path_factory.mktemp("gallery")
    environment = {**os.environ, "ATTENTION_HOME": str(place / "home")}
    render = [sys.executable, ROOT / "render.py", *STILL]
    subprocess.run(render, cwd=place, env=environment, check=True)
    return place / "sound"


def policy(page: Tags) -> dict[str, list[str]]:
    """The directives of the page's Content-Security-Policy."""
    (text,) = (
        dict(attributes)["content"]
        for tag, attributes in page.found
        if tag == "meta" and ("http-equiv", "Content-Security-Policy") in attributes
    )
    return {name: values for name, *values in (part.split() for part in str(text).split(";"))}


def is_sound(text: str) -> Tags:
    """Nothing of its own runs but the gallery's script, and nothing comes from elsewhere."""
    page = Tags(text)
    directives = policy(page)
    for kind in ("style", "script"):
        (own,) = re.findall(rf"<{kind}>(.*?)</{kind}>", text, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(own.encode()).digest()).decode()
        assert directives.pop(f"{kind}-src") == [f"'sha256-{digest}'"]
    assert directives == STRICT
    names = [tag for tag, _ in page.found]
    assert names.index("meta") < min(names.index("style"), names.index("script"))
    scripts = [dict(attributes) for tag, attributes in page.found if tag == "script"]
    assert sorted(scripts, key=len) == [{}, {"type": "application/json", "id": "data"}]
    assert not {"iframe", "object", "embed", "form", "base", "i", "b", "comment"} & {*names}
    for tag, attributes in page.found:
        for key, value in attributes:
            assert not key.startswith("on") and key != "style", (tag, key)
            if key in ("src", "href", "srcset", "poster", "data", "action"):
                assert re.fullmatch(r"data:[\w/;=,.%~-]*|[\w./%~-]+", str(value), re.ASCII), value
    return page


@many
@given(texts, texts, texts, st.lists(texts, min_size=9, max_size=9))
def test_texts_of_strangers_stay_text(
    sound: Path, tmp_path: Path, alt: str, caption: str, chapter: str, tokens: list[str]
) -> None:
    shutil.copytree(sound, tmp_path, dirs_exist_ok=True)
    about = json.loads((sound / "a.png.json").read_text())
    count = len(about["tokens"])
    words = (tokens * count)[:count]
    about |= {"alt": alt, "caption": caption, "chapter": chapter, "tokens": words}
    about["model"]["name"] = alt
    (tmp_path / "a.png.json").write_text(json.dumps(about))
    path, left_out = gallery.write(tmp_path)
    assert left_out == []
    page = is_sound(path.read_text(encoding="utf-8"))
    assert clean(caption) in page.text
    (image,) = (dict(attributes) for tag, attributes in page.found if tag == "img")
    assert image["alt"] == clean(alt)
    assert [tag for tag, _ in page.found].count("pre") == len(TARGETS)


def odd(folder: Path, content: bytes) -> None:
    """A gallery of a sound picture and one whose sidecar is this: a page, with or without it."""
    (folder / "b.png").write_bytes(b"x")
    (folder / "b.png.json").write_bytes(content)
    path, left_out = gallery.write(folder)
    assert len(left_out) <= 1
    is_sound(path.read_text(encoding="utf-8"))


@many
@given(st.data())
def test_a_sidecar_with_odd_values(sound: Path, tmp_path: Path, data: st.DataObject) -> None:
    shutil.copytree(sound, tmp_path, dirs_exist_ok=True)
    tree = json.loads((sound / "a.png.json").read_text())
    odd(tmp_path, json.dumps(data.draw(damaged_tree(tree))).encode())


@many
@given(st.data())
def test_a_sidecar_with_damaged_bytes(sound: Path, tmp_path: Path, data: st.DataObject) -> None:
    shutil.copytree(sound, tmp_path, dirs_exist_ok=True)
    content = (sound / "a.png.json").read_bytes()
    odd(tmp_path, data.draw(damaged_bytes(content, len(content))))


def nested(folder: Path) -> None:
    (folder / "a.png.json").write_bytes(b"[" * 1_000_000)


def pipe(folder: Path) -> None:
    (folder / "a.png.json").unlink()
    os.mkfifo(folder / "a.png.json")


def endless(folder: Path) -> None:
    (folder / "a.png.json").unlink()
    (folder / "a.png.json").symlink_to("/dev/zero")


@pytest.mark.parametrize("spoil", [nested, pipe, endless])
def test_sidecars_that_never_end(
    run: Run, sound: Path, tmp_path: Path, spoil: Callable[[Path], Any]
) -> None:
    shutil.copytree(sound, tmp_path / "site")
    spoil(tmp_path / "site")
    status, out, err = run("gallery", "site")
    assert (status, out) == (2, "")
    assert err.splitlines()[-1].startswith("error: site holds no clip and no picture; ")
    status, out, err = run("embed", "site/a.png")
    one_line(err, status, "has no sidecar a.png.json that can be read")
    assert out == ""


def test_the_page_itself_is_no_way_out_of_the_folder(run: Run, sound: Path, tmp_path: Path) -> None:
    shutil.copytree(sound, tmp_path / "site")
    (tmp_path / "mine").write_text("mine")
    (tmp_path / "site" / "gallery.html").symlink_to(tmp_path / "mine")
    assert run("gallery", "site")[0] == 0
    assert (tmp_path / "mine").read_text() == "mine"
    with pytest.raises(AttentionError):
        gallery.write(tmp_path / "nowhere")
