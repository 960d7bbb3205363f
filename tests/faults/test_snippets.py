"""Whatever a caption, an alt text or a file is called, a snippet's structure stays what it is."""

from __future__ import annotations

import html
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from rendering.embed import ANIMATED, TARGETS, Embed, described, snippet
from rendering.escape import clean, entities, jsx

TRIALS = 500
many = settings(
    max_examples=TRIALS, deadline=None, derandomize=True, suppress_health_check=[*HealthCheck]
)
SIGNS = [
    "<", ">", '"', "'", "&", "&#34;", "&lt;", "{{", "}}", "{%", "%}", "{", "}", "`", "```", "\\",
    "\\\"", "*", "_", "__", "[", "](", ")", "![", "|", "$", "$$", "~~", "^", ":", "{:", "#", "=",
    "<!--", "-->", "</figcaption>", "</script>", "<script>alert(1)</script>", "{{< x >}}", ">}}",
    "{% include x %}", "\n", "\n\n", "\r", "\t", "\x00", "\u2028", "\ufeff", "\u202e", "https://",
    "www.a.b", "a@b.c", "javascript:", "1. ", "- ", "+ ", "---", "...", "import x", "export", "//",
    "{/*", "onerror=", "한", "−", "’", "\ud800",
]  # fmt: skip
texts = (
    st.text(max_size=30)
    | st.lists(st.sampled_from(SIGNS) | st.characters(), max_size=12).map("".join)
).filter(clean)
KINDS = ("video", "animation", "picture", "pair")


def embed(kind: str, alt: str, caption: str, name: str) -> Embed:
    """An output of that kind, whose files are all called `name`, as it stands in links."""
    shown = Embed("picture", f"/v/{name}.png", 854, 480, clean(alt), clean(caption), "ko")
    if kind == "pair":
        return replace(shown, dark=f"/v/{name}-dark.png")
    if kind == "animation":
        return replace(shown, kind=kind, src=f"/v/{name}.gif", poster=f"/v/{name}.poster.png")
    if kind == "video":
        sources = [{"src": f"/v/{name}.webm", "type": "video/webm"}]
        more = {"poster": f"/v/{name}.poster.png", "track": f"/v/{name}.vtt"}
        return replace(shown, kind=kind, src=f"/v/{name}.mp4", sources=sources, **more)
    return shown


class Tags(HTMLParser):
    """What a browser would make of it: tags with their attributes, and the text between them."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[str, tuple[tuple[str, str | None], ...]]] = []
        self.text = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, tuple(attrs)))

    def handle_endtag(self, tag: str) -> None:
        self.found.append((f"/{tag}", ()))

    def handle_comment(self, data: str) -> None:
        self.found.append(("comment", ((data, None),)))

    def handle_data(self, data: str) -> None:
        self.text += data


@many
@given(texts, texts, st.sampled_from(KINDS), st.sampled_from(TARGETS), st.booleans())
@example("--\n", "+ a", "picture", "markdown", False)
def test_a_snippet_is_the_plain_one_with_the_texts_put_in(
    alt: str, caption: str, kind: str, target: str, include: bool
) -> None:
    include = include and target == "chirpy" and kind == "video"
    plain = snippet(embed(kind, "ALT", "CAPTION", "NAME"), target, include)
    made = snippet(embed(kind, alt, caption, "NAME"), target, include)
    written = (jsx(alt), jsx(caption)) if target == "mdx" else (entities(alt), entities(caption))
    places = ('{"ALT"}', '{"CAPTION"}') if target == "mdx" else ("ALT", "CAPTION")
    parts = re.split(f"({re.escape(places[0])}|{re.escape(places[1])})", plain)
    wanted = [dict(zip(places, written, strict=True)).get(part, part) for part in parts]
    assert made == "".join(wanted)
    for text in written:
        inside = text[1:-1] if target == "mdx" else text
        assert not set(inside) & set("<>`{}\n\r\0")


@many
@given(texts, texts, st.sampled_from(KINDS))
def test_html_reads_the_texts_and_nothing_else(alt: str, caption: str, kind: str) -> None:
    plain = Tags(snippet(embed(kind, "ALT", "CAPTION", "NAME"), "html"))
    made = Tags(snippet(embed(kind, alt, caption, "NAME"), "html"))
    said = [
        (tag, tuple((key, clean(alt) if value == "ALT" else value) for key, value in attributes))
        for tag, attributes in plain.found
    ]
    assert made.found == said
    assert made.text == plain.text.replace("CAPTION", clean(caption))


def tokens(text: str) -> list[tuple[str, str, tuple[tuple[str, str], ...]]]:
    """What CommonMark makes of it, in one list; pieces of one text are joined."""
    found: list[tuple[str, str, tuple[tuple[str, str], ...]]] = []
    left = MarkdownIt("commonmark").parse(text)[::-1]
    while left:
        token = left.pop()
        left += (token.children or [])[::-1]
        if token.type in ("text", "text_special"):
            before = found.pop()[1] if found[-1][0] == "text" else ""
            found.append(("text", before + token.content, ()))
        else:
            found.append((token.type, "", tuple((k, str(v)) for k, v in token.attrs.items())))
    return found


@many
@given(texts, texts, st.sampled_from(KINDS))
def test_markdown_reads_the_texts_and_nothing_else(alt: str, caption: str, kind: str) -> None:
    if kind == "animation":  # HTML, there
        kind = "picture"
    plain = tokens(snippet(embed(kind, "ALT", "CAPTION", "NAME"), "markdown"))
    made = tokens(snippet(embed(kind, alt, caption, "NAME"), "markdown"))
    told = {"ALT": clean(alt), "CAPTION": clean(caption)}
    assert made == [
        (type_, told.get(content, content), tuple((k, told.get(v, v)) for k, v in attributes))
        for type_, content, attributes in plain
    ]


@many
@given(texts, texts, st.sampled_from(KINDS))
def test_kramdown_reads_the_texts_and_no_liquid(alt: str, caption: str, kind: str) -> None:
    """Chirpy's pictures are Markdown, its caption is emphasised, and Liquid runs over all of it."""
    made = snippet(embed(kind, alt, caption, "NAME"), "chirpy")
    own = re.compile(r"\{\{ '[^'{}%]*' \| relative_url \}\}")  # where the site's baseurl goes
    assert not re.search(r"\{[{%]", own.sub("", made))
    if kind in ("picture", "pair"):
        lines = made.splitlines()
        assert len(lines) == (2 if kind == "picture" else 3)
        assert html.unescape(lines[-1]) == f"_{clean(caption)}_"
        assert [token[:2] for token in tokens(lines[-1])] == [
            ("paragraph_open", ""), ("inline", ""), ("em_open", ""), ("text", clean(caption)),
            ("em_close", ""), ("paragraph_close", ""),
        ]  # fmt: skip
        for line in lines[:-1]:
            read = tokens(line.split("{:")[0])
            assert [token[0] for token in read][2:-1] == ["image", "text"]
            assert read[3][1] == clean(alt)


@many
@given(texts, texts, st.sampled_from(KINDS))
def test_hugo_reads_each_parameter_whole(alt: str, caption: str, kind: str) -> None:
    made = snippet(embed(kind, alt, caption, "NAME"), "hugo")
    call = re.fullmatch(r'\{\{< attention-clip((?: \w+="[^"`\\\n]*")+) >\}\}\n', made)
    assert call
    given = dict(re.findall(r'(\w+)="([^"]*)"', call[1]))
    assert html.unescape(given["alt"]) == clean(alt)
    assert html.unescape(given["caption"]) == clean(caption)


@many
@given(texts, texts, st.sampled_from(KINDS))
def test_mdx_reads_each_expression_as_a_string(alt: str, caption: str, kind: str) -> None:
    made = snippet(embed(kind, alt, caption, "NAME"), "mdx")
    strings = [json.loads(one) for one in re.findall(r'\{("(?:[^"\\]|\\.)*")\}', made)]
    assert clean(alt) in strings
    assert strings[-1] == clean(caption)


names = st.text(
    st.characters(exclude_characters="/\x00", exclude_categories=["Cs"]), min_size=1, max_size=20
)


@many
@given(names | st.sampled_from(SIGNS).filter(lambda s: not set(s) & set("/\x00\ud800")), texts)
def test_a_file_of_any_name_is_linked(tmp_path: Path, name: str, alt: str) -> None:
    place = tmp_path / "made"
    place.mkdir(exist_ok=True)
    for old in place.iterdir():
        old.unlink()
    for ending in ("mp4", "vtt", "poster.png", "gif"):
        (place / f"x{name}.{ending}").write_bytes(b"x")
    about = {"size": [854, 480], "alt": alt, "caption": alt, "fps": 15, "lang": "en"}
    for ending in ("mp4", "gif"):
        path = place / f"x{name}.{ending}"
        (place / f"{path.name}.json").write_text(json.dumps(about))
        found = described(path, "/v/")
        assert found.kind == ("animation" if ending in ANIMATED else "video")
        for target in TARGETS:
            made = snippet(found, target)
            links = re.findall(r"/v/[^\"'\s<>(){}]*", made)
            assert links
            assert all(re.fullmatch(r"/v/x[\w.~%-]*", link, re.ASCII) for link in links), links
            assert len(re.findall(re.escape("/v/"), made)) == len(links)
