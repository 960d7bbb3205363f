"""Figures, snippets, the gallery and the post's text, without a browser."""

from __future__ import annotations

import html
import json
import os
import re
import shutil
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml as reader
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from attention_core import AttentionError, Trace
from attention_core.rounding import format_weight, shares
from rendering import figures, stage
from rendering.escape import clean, entities, jsx, script_json, url, yaml
from rendering.job import captions_fingerprint, code_fingerprint
from rendering.korean import with_particle
from rendering.manifest import read
from scenes.registry import CHAPTERS, STORY, module_of

Render = Callable[..., tuple[int, str, str]]
SMALL = """
[defaults]
width = 640
clips = []

[[figure]]
path = "a/mask.png"
chapter = "mask"
size = [320, 360]
caption.ko = "마스크"
caption.en = "the mask"

[[figure]]
path = "a/scale.png"
chapter = "scale"
query = "forest"
"""
PATTERN = ("still", "softmax", "--figure", "pattern")
HOSTILE = '"><script>alert(1)</script> {{ 7*7 }} {% raw %} \\ `x` ${1} *b* _c_ [d](e) {: .f}'


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    path = tmp_path / "mine.toml"
    path.write_text(SMALL)
    return path


def test_figures_are_made_once_and_checked_quickly(
    render: Render, manifest: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = ("figures", "--manifest", "mine.toml", "--out", "post")
    status, out, err = render(*command, "--check")
    assert (status, out) == (1, "")
    assert "missing: post/a/mask.png" in err
    status, out, err = render(*command)
    assert (status, out) == (0, "post/a/mask.png\npost/a/scale.png\n")
    assert "_the mask_" in err
    before = (tmp_path / "post/a/mask.png").read_bytes()
    monkeypatch.setattr(stage, "still", lambda *_: pytest.fail("it was drawn again"))
    monkeypatch.setattr(figures, "materials", lambda *_: pytest.fail("a model was run"))
    assert render(*command, "--check")[0] == 0
    assert render(*command)[1] == out
    monkeypatch.undo()
    monkeypatch.chdir(tmp_path)
    assert render(*command, "--force", "--only", "mask")[0] == 0
    assert (tmp_path / "post/a/mask.png").read_bytes() == before


def test_check_tells_missing_stale_and_edited_apart(
    render: Render, manifest: Path, tmp_path: Path
) -> None:
    command = ("figures", "--manifest", "mine.toml", "--out", "post")
    assert render(*command)[0] == 0
    picture = tmp_path / "post/a/mask.png"
    edited = bytearray(picture.read_bytes())
    edited[-20] ^= 1
    picture.write_bytes(edited)
    manifest.write_text(SMALL.replace('query = "forest"', 'query = "creature"'))
    status, _, err = render(*command, "--check")
    assert status == 1
    assert "edited by hand: post/a/mask.png" in err
    assert "stale: post/a/scale.png" in err


def test_a_changed_caption_of_the_manifest_draws_nothing_again(
    render: Render, manifest: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = ("figures", "--manifest", "mine.toml", "--out", "post")
    assert render(*command)[0] == 0
    manifest.write_text(SMALL.replace('"the mask"', '"none ahead"'))
    assert "retold: post/a/mask.png" in render(*command, "--check")[2]
    monkeypatch.setattr(stage, "still", lambda *_: pytest.fail("it was drawn again"))
    assert render(*command)[0] == 0
    about = json.loads((tmp_path / "post/a/mask.png.json").read_text())
    assert about["captions"] == {"ko": "마스크", "en": "none ahead"}
    assert "58%" in about["alts"]["en"]
    assert "58%" in about["alts"]["ko"]


def test_a_changed_text_of_a_chapter_draws_only_what_shows_it(
    render: Render, manifest: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = ("figures", "--manifest", "mine.toml", "--out", "post")
    assert render(*command)[0] == 0
    captions = tmp_path / "captions"
    captions.mkdir()
    for lang, old, new in (
        ("en", "raw scores: $q dot k$", "raw: $q dot k$"),  # shown by scale, in English
        ("ko", 'softmax = "쿼리마다 점수에', 'softmax = "쿼리마다'),  # by mask, in Korean alone
    ):
        text = (figures.ROOT / f"assets/captions/{lang}.toml").read_text(encoding="utf-8")
        assert text.count(old) == 1
        (captions / f"{lang}.toml").write_text(text.replace(old, new), encoding="utf-8")
    monkeypatch.setattr("rendering.job.CAPTIONS", captions)
    assert render(*command, "--check")[2].splitlines()[:2] == [
        "retold: post/a/mask.png",
        "stale: post/a/scale.png",
    ]
    drawn, still = [], stage.still
    monkeypatch.setattr(stage, "still", lambda slug, *a: drawn.append(slug) or still(slug, *a))
    assert render(*command)[0] == 0
    assert drawn == ["scale"]
    assert render(*command, "--check")[0] == 0


def test_a_chapter_counts_for_its_own_files_alone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for folder in ("attention_core", "scenes", "rendering"):
        shutil.copytree(figures.ROOT / folder, tmp_path / folder)
    monkeypatch.setattr("rendering.job.ROOT", tmp_path)

    def prints() -> dict[tuple[str, ...], str]:
        code_fingerprint.cache_clear()
        return {slugs: code_fingerprint(slugs) for slugs in (*((c,) for c in CHAPTERS), STORY)}

    for slug in CHAPTERS:
        before = prints()
        module = tmp_path / "scenes" / f"{module_of(slug)}.py"
        module.write_text(module.read_text() + "# changed\n")
        now = prints()
        assert {slugs for slugs in now if now[slugs] != before[slugs]} == {(slug,), STORY}
    before = prints()
    (tmp_path / "scenes" / "kit" / "grid.py").write_text("# changed\n")
    assert not set(prints().values()) & set(before.values())
    code_fingerprint.cache_clear()


def test_words_count_by_chapter_and_language(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def prints() -> list[str]:
        return [
            captions_fingerprint([c], lang)
            for c, lang in (("mask", "en"), ("scale", "en"), ("mask", "ko"))
        ]

    before = prints()
    for lang in ("en", "ko"):
        (tmp_path / f"{lang}.toml").write_bytes(
            (figures.ROOT / f"assets/captions/{lang}.toml").read_bytes()
        )
    text = (tmp_path / "en.toml").read_text()
    (tmp_path / "en.toml").write_text(text.replace("No token may look", "None may look"))
    monkeypatch.setattr("rendering.job.CAPTIONS", tmp_path)
    changed = [a != b for a, b in zip(before, prints(), strict=True)]
    assert changed == [True, False, False]


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ('path = "../x.png"', "line 8: path"),
        ('path = "/x.png"', "line 8: path"),
        ('path = "a\\\\x.png"', "line 8: path"),
        ('path = "a/.x.png"', "line 8: path"),
        ('path = "a/x.mp4"', "line 8: path"),
        (
            'path = "a/scale.png"\nchapter = "maks"',
            "line 9: chapter: 'maks' is not known; known: mask",
        ),
        ('path = "x.png"\nlayer = -1', "line 9: layer"),
        ('path = "x.png"\ncaption = "one"', "line 9: caption"),
        ('path = "x.png"\nsise = [\n 1,\n 2]', "line 9: sise: is no key"),
        ('path = "A/SCALE.png"', "is written by line"),
    ],
)
def test_each_mistake_is_told_with_its_line(
    render: Render, tmp_path: Path, wrong: str, told: str
) -> None:
    text = "\n\n[defaults]\nwidth = 640\n\n# first\n[[figure]]\n" + wrong + "\n"
    text += "" if "chapter" in wrong else 'chapter = "mask"\n'
    text += '\n[[figure]]\npath = "a/scale.png"\nchapter = "scale"\nquality = "huge"\n'
    if "SCALE" in wrong:
        text = text.replace('quality = "huge"\n', "")
    (tmp_path / "m.toml").write_text(text)
    status, out, err = render("figures", "--manifest", "m.toml")
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert told in err
    assert "SCALE" in wrong or "quality: 'huge'" in err
    assert not (tmp_path / "out").exists()


ODD = """# a comment with [[figure]] in it
[defaults]
theme = "drak"

[[figure]]
path = "a.png"
chapter = "mask"
sentence = \'\'\'
[[figure]]
layer = 1\'\'\'
size = [
  640,  # wide
  1,
]

[[ figure ]]
path = "b.png"
chapter = "mask"
[figure.caption]
ko = "b"

[[figure]]
chapter = "mask"
head = -1
"""


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_a_mistake_stands_on_the_line_that_an_editor_shows(tmp_path: Path, ends: str) -> None:
    (tmp_path / "m.toml").write_bytes(ODD.replace("\n", ends).encode())
    with pytest.raises(AttentionError) as caught:
        read(tmp_path / "m.toml")
    told = re.findall(r"line (\d+): (\w+)", caught.value.what)
    assert told == [
        ("3", "theme"),
        ("11", "size"),
        ("19", "caption"),
        ("22", "path"),
        ("24", "head"),
    ]


def test_reading_a_manifest_takes_as_long_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = '[[figure]]\npath = "{}.png"\nchapter = "mask"\nsize = [\n640,\n720\n]\n'
    text = "".join(entry.format(number) for number in range(200))
    (tmp_path / "m.toml").write_text(text)
    parsed, loads = [], tomllib.loads
    monkeypatch.setattr(tomllib, "loads", lambda part: parsed.append(len(part)) or loads(part))
    assert [entry.line for entry in read(tmp_path / "m.toml")] == list(range(1, 1400, 7))
    assert sum(parsed) < 4 * len(text)


def test_links_are_no_place_for_figures(render: Render, manifest: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "post").mkdir()
    (tmp_path / "post" / "a").symlink_to(tmp_path / "elsewhere")
    status, _, err = render("figures", "--manifest", "mine.toml", "--out", "post")
    assert status == 2
    assert "is a link" in err
    assert not list((tmp_path / "elsewhere").iterdir())


def test_what_a_sentence_cannot_give_is_told_before_anything_is_drawn(
    render: Render, manifest: Path, tmp_path: Path
) -> None:
    manifest.write_text(SMALL.replace('"forest"', '"whale"'))
    status, _, err = render("figures", "--manifest", "mine.toml", "--out", "post")
    assert status == 2
    assert "line 13: the word 'whale' is not in the sentence" in err
    assert not (tmp_path / "post").exists()


def test_the_posts_manifest_is_sound() -> None:
    entries = read(figures.MANIFEST)
    paths = {str(entry.path) for entry in entries}
    assert paths >= {f"dl/transformer/3-{number}.png" for number in range(1, 11)}
    assert all(entry.size >= 1400 for entry in entries if isinstance(entry.size, int))


def test_the_posts_text_types_no_number_in() -> None:
    text = (figures.ROOT / "assets/post/self-attention.ko.md").read_text(encoding="utf-8")
    body = text.split("---\n", 2)[2]
    for held in (r"\{\{.*?\}\}", r"\$\$.*?\$\$", r"\]\(https://\S+\)"):
        body = re.sub(held, "", body, flags=re.S)
    assert re.findall(r"\d+", body) == []


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=40) | st.sampled_from([HOSTILE])


@given(texts)
def test_entities_hold_no_sign_of_any_markup(text: str) -> None:
    written = entities(text)
    assert not set(written) & set("<>\"'{}`*_[]()!|$\\~^=:/@\n\0")
    assert html.unescape(written).replace("\xa0", " ") == clean(text).replace("\xa0", " ")


@given(texts)
def test_markdown_reads_the_text_itself(text: str) -> None:
    tokens = MarkdownIt("commonmark").parse(f"![{entities(text)}](x.png)\n")
    (image,) = tokens[1].children or []
    assert image.type == "image"
    assert "".join(child.content for child in image.children or []) == clean(text)


@given(texts)
def test_jsx_and_yaml_read_the_text_itself(text: str) -> None:
    written = jsx(text)
    assert json.loads(written[1:-1]) == clean(text)
    assert not set(written[1:-1]) & set("<>{}`&")
    assert reader.safe_load(f"title: {yaml(text)}") == {"title": clean(text)}
    assert json.loads(script_json({"a": text})) == {"a": text}
    assert "<" not in script_json(text)


@given(st.text(max_size=30))
def test_an_address_is_made_of_safe_signs(name: str) -> None:
    try:
        os.fsencode(name)
    except UnicodeEncodeError:
        return
    assert re.fullmatch(r"[\w/.~%-]*", url(name), re.ASCII)


@pytest.mark.parametrize(
    ("text", "pair", "expected"),
    [
        ("0.98", "이/가", "0.98이"), ("45.4", "이/가", "45.4가"), ("0.22", "을/를", "0.22를"),
        ("0.48", "은/는", "0.48은"), (10, "으로/로", "10으로"), (8, "으로/로", "8로"),
        ("모델", "으로/로", "모델로"), ("토큰", "을/를", "토큰을"),
    ],
)  # fmt: skip
def test_particles_follow_the_sound(text: object, pair: str, expected: str) -> None:
    assert with_particle(text, pair) == expected


@pytest.mark.parametrize("target", ["chirpy", "html", "markdown", "hugo", "mdx"])
def test_a_snippet_has_what_readers_need_and_lets_nothing_in(
    render: Render, tmp_path: Path, target: str
) -> None:
    for ending in ("mp4", "webm", "poster.png", "vtt"):
        (tmp_path / f"a'b.{ending}").write_bytes(b"x")
    about = {"size": [854, 480], "alt": HOSTILE, "caption": HOSTILE, "fps": 15, "lang": "ko"}
    (tmp_path / "a'b.mp4.json").write_text(json.dumps(about))
    status, out, err = render("embed", "a'b.mp4", "--for", target, "--url", "/v/")
    assert (status, err) == (0, "")
    assert "/v/a%27b.mp4" in out
    assert "a%27b.poster.png" in out
    assert "<script>alert" not in out
    assert "{{ 7" not in out
    assert "{% raw" not in out
    if target != "markdown":
        assert 'width="854"' in out or "width={854}" in out
        assert "a%27b.vtt" in out
        assert "autoplay" not in out.lower()
    if target in ("chirpy", "html"):
        for word in (
            " muted",
            " loop",
            " playsinline",
            " controls",
            " aria-label=",
            "reduced-motion",
        ):
            assert word in out


def test_embed_refuses_what_it_cannot_tell(render: Render, tmp_path: Path) -> None:
    (tmp_path / "x.mp4").write_bytes(b"x")
    cases = (
        ("x.mp4",), ("y.mp4",), (), ("x.mp4", "--for", "blogger"), ("--shortcode",),
    )  # fmt: skip
    for case in cases:
        status, out, err = render("embed", *case)
        assert (status, out, err.count("\n")) == (2, "", 1)
    for ending, instead in (("mov", "webm"), ("pdf", "svg")):
        (tmp_path / f"x.{ending}").write_bytes(b"x")
        (tmp_path / f"x.{ending}.json").write_text('{"size": [2, 2], "alt": "a", "caption": "c"}')
        status, out, err = render("embed", f"x.{ending}")
        assert (status, out) == (2, "")
        assert instead in err
    (tmp_path / "x.mp4.json").write_text('{"size": ["a", 2], "alt": 1}')
    assert render("embed", "x.mp4")[0] == 2
    good = {"size": [2, 2], "alt": "a", "caption": "c"}
    (tmp_path / "x.mp4.json").write_text(json.dumps(good))
    assert "javascript" in render("embed", "x.mp4", "--url", "javascript:alert(1)//")[2]


def test_the_gallery_shows_numbers_as_the_pictures_do(
    render: Render, tmp_path: Path, default_trace: Trace
) -> None:
    assert render(*PATTERN, "--size", "640x360", "--out", "site/s.png")[0] == 0
    (tmp_path / "site/bad.png").write_bytes(b"x")
    (tmp_path / "site/bad.png.json").write_text('{"size": [1, 1], "alt": "<b>", "caption": "c"}')
    status, out, err = render("gallery", "site")
    assert (status, out) == (0, "site/gallery.html\n")
    assert "left out: bad" in err
    page = (tmp_path / "site/gallery.html").read_text()
    assert not re.search(r'(?:src|href)="(?:https?:)?//', page)
    assert "default-src 'none'" in html.unescape(page)
    data = json.loads(re.search(r'id="data">(.*?)</script>', page, re.S)[1])  # type: ignore[index]
    (item,) = data.values()
    row = next(i for i, t in enumerate(default_trace.tokens) if t.display == "creature")
    key = next(i for i, t in enumerate(default_trace.tokens) if t.display == "blue")
    shown = format_weight(shares(default_trace.weights)[row, key])
    values = [c["value"] for c in item["cells"] if (c["query"], c["key"]) == ("creature", "blue")]
    assert values == [shown]
    assert render("gallery", "nowhere")[0] == 2


@pytest.mark.parametrize(
    ("layer", "head", "korean", "english"),
    [
        (19, 8, "m · 19층 · 8번 헤드", "m · layer 19 · head 8"),
        (27, None, "m · 27층", "m · layer 27"),
        (None, None, "m", "m"),
    ],
)
def test_the_gallery_names_a_layer_and_a_head_only_where_the_numbers_are_of_one(
    layer: int | None, head: int | None, korean: str, english: str
) -> None:
    from rendering.gallery import _where

    found = _where({"model": {"name": "m"}, "layer": layer, "head": head})
    assert found == {"ko": korean, "en": english}


def test_a_template_that_asks_for_what_is_not_there_is_an_error() -> None:
    from rendering.templates import text_of

    with pytest.raises(AttentionError, match="'nothing' is undefined"):
        text_of("{{ nothing }}", {})
    with pytest.raises(AttentionError, match="line 2"):
        text_of("a\n{{ ", {})
