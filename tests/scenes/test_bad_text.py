"""Text is text: markup, code and odd scripts are drawn as they are, or refused in one line."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from attention_core import AttentionError, Material, Trace
from attention_core.counterfactual import scaling
from rendering import stage
from scenes.kit import fonts, typeset
from scenes.kit.camera import set_frame
from scenes.kit.header import Header
from scenes.kit.words import say
from scenes.look import Look

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    "line", ["<b>bold</b>", "&amp;", "$x$", "\\input{x}", '#import("x")', "{braces}", "a" * 60]
)
def test_every_character_of_a_line_gets_its_own_ink(line: str) -> None:
    contours = len(typeset.text(line).starts)
    assert contours >= len(line) - 2  # a ligature may join two letters


def test_dollar_signs_of_the_user_make_no_formula_of_a_line() -> None:
    said = say("en", "tokens", "query_of", token="$x$")
    assert said.count("$") == 2
    alone = len(typeset.line(say("en", "tokens", "query_of", token="")).starts)
    assert len(typeset.line(said).starts) - alone == len(typeset.text("$x$").starts)


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


HOSTILE = {
    "markup": "a <b>bold</b> &amp; word",
    "typst": '#import "x" and #eval("1+1")',
    "math": "$x$ costs $5",
    "latex": "\\input{x} \\textbf %",
    "braces": "{sentence} {0} {{}}",
    "long": "x " + "m" * 60,
    "emoji": "a red 🦕 sat",
    "right-to-left": "שלום עולם",
    "arabic": "مرحبا بالعالم",
}


def drawn_words(sentence: str) -> list[tuple[str, int]]:
    """Each word of the sentence and how many closed contours its header draws."""
    texts = ["<s>"] + [w if i == 0 else f" {w}" for i, w in enumerate(sentence.split())]
    q, k, v = np.random.default_rng(1).normal(0, 1.6, (3, len(texts), 64))
    trace = Trace.from_arrays(texts, q, k, v, start=True)
    made = Material({"main": trace}, scaling(trace))
    scene, _ = stage._drawn("dot-products", made, Look(), (1920, 1080), None)
    header = next(m for m in scene.mobjects if isinstance(m, Header) and m.across)
    stage.still("dot-products", made, Look(), (640, 360))
    inks = [len(ink.parts[0][0].starts) for ink in header.inks]
    return list(zip(sentence.split(), inks, strict=True))


@pytest.mark.parametrize("sentence", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_sentence_gives_its_own_letters_or_one_error(sentence: str) -> None:
    try:
        found = drawn_words(sentence)
    except AttentionError as error:
        assert "\n" not in str(error)
        assert not sentence.isascii()  # CMU Serif has all of ASCII
        return
    for word, contours in found:
        assert contours > 0
        # A longer word ends in an ellipsis, and Arabic letters join.
        if len(word) < 20 and not "\u0600" <= word[0] <= "\u06ff":
            single = [len(typeset.text(letter).starts) for letter in word]
            assert contours == sum(single), word


def test_a_word_of_60_letters_is_cut_with_an_ellipsis() -> None:
    _, (word, contours) = drawn_words("x " + "m" * 60)
    assert len(word) == 60
    assert 3 < contours < 40  # three of them are the dots


@pytest.mark.parametrize("sentence", ["", "   ", "a\nb", "a\x07b", "a\ud800b", "a\u202eb"])
def test_a_sentence_that_no_line_can_show_is_one_error(sentence: str) -> None:
    with pytest.raises(AttentionError) as caught:
        Trace.from_arrays([sentence], *np.ones((3, 1, 4)))
    assert "\n" not in str(caught.value)


def test_a_line_is_never_wrapped_however_small_the_picture() -> None:
    set_frame(320, 180, 30)
    line = "a line that no other test sets, longer than three hundred and twenty pixels"
    x0, y0, x1, y1 = typeset.text(line).box
    assert y1 - y0 < 1.2  # ems: one line
    assert x1 - x0 > 20
