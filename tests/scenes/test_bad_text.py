"""Text is text: markup, code and odd scripts are drawn as they are, or refused in one line."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from attention_core import AttentionError
from scenes.kit import fonts, typeset

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    "line", ["<b>bold</b>", "&amp;", "$x$", "\\input{x}", '#import("x")', "{braces}", "a" * 60]
)
def test_every_character_of_a_line_gets_its_own_ink(line: str) -> None:
    contours = len(typeset.text(line).starts)
    assert contours >= len(line) - 2  # a ligature may join two letters


def test_markup_is_as_wide_as_its_characters() -> None:
    assert typeset.text("<b>x</b>").advance > 3 * typeset.text("x").advance


def test_a_character_that_no_font_has_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fonts, "_on_this_system", lambda code: False)
    fonts.require_glyphs.cache_clear()
    with pytest.raises(AttentionError, match=r"U\+1F995.*install"):
        typeset.text("a 🦕")
    fonts.require_glyphs.cache_clear()


def test_a_chapter_renders_with_nothing_on_the_path(tmp_path: Path) -> None:
    out = tmp_path / "scale.png"
    command = [sys.executable, "render.py", "still", "scale", "--size", "640x360"]
    environment = {**os.environ, "PATH": str(tmp_path)}
    subprocess.run([*command, "--out", str(out)], cwd=ROOT, env=environment, check=True)
    assert out.stat().st_size > 5000
