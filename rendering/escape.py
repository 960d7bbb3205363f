"""Escaping: text that stays text in HTML, Markdown, Liquid, Hugo, JSX, YAML and URLs."""

from __future__ import annotations

import json
import os
import re
import unicodedata
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

# Letters, digits and these mean nothing in any of those languages (`%` does beside a brace only,
# and braces never stand). A point may make an ellipsis or the name of a server, a dash a list or a
# rule, a plus a list: they stay inside of words and numbers alone.
PLAIN = re.compile(
    r"[^\w ,.%+·“”‘’–—−-]|_|\.(?![\d\s]|$)|(?<=\.)\.|(?<=www)\.|(?<!\w)-|-(?!\w)|\+(?!\d)",
    re.ASCII | re.I,
)


def clean(text: str) -> str:
    """Text on one line, without what no page may hold: controls, lone surrogates."""
    kept = "".join("�" if unicodedata.category(c) in ("Cs", "Cn") else c for c in text)
    spaced = "".join(" " if unicodedata.category(c) == "Cc" else c for c in kept)
    return " ".join(spaced.split())


def entities(text: str) -> str:
    """Text whose signs are character references, `&#60;` for `<`.

    It can stand in HTML text and in quoted attributes, in Markdown (CommonMark 0.31, 2.5: a
    reference never acts as markup), in quoted parameters of Liquid tags and Hugo shortcodes:
    none of those sees a sign of its own.
    """

    def reference(match: re.Match[str]) -> str:
        sign = match.group()
        return sign if ord(sign) > 127 else f"&#{ord(sign)};"

    return PLAIN.sub(reference, clean(text))


def url(path: str | PurePath) -> str:
    """A path as it stands in a link: what is not a letter, a digit or one of /-_.~ is encoded."""
    return quote(os.fsencode(path).replace(b"\\", b"/") if os.sep == "\\" else os.fsencode(path))


def jsx(text: str) -> str:
    """Text as a JSX expression: {"..."}; it holds none of the signs of JSX, MDX or HTML."""
    return "{" + _escaped_json(clean(text)) + "}"


def yaml(text: str) -> str:
    """Text as a double-quoted YAML scalar."""
    return _escaped_json(clean(text))


def script_json(content: Any) -> str:
    """Data for a script element of a page: it cannot end the element."""
    return _without("[<>&\u2028\u2029]", json.dumps(content, ensure_ascii=False))


def _escaped_json(text: str) -> str:
    """A JSON string without the signs of other languages, and without what YAML does not print."""
    unsafe = "[<>&{}`\x7f-\x9f\u2028\u2029\ufeff]"
    return _without(unsafe, json.dumps(text, ensure_ascii=False))


def _without(signs: str, written: str) -> str:
    return re.sub(signs, lambda match: f"\\u{ord(match.group()):04x}", written)


FILTERS = {"entities": entities, "url": url, "jsx": jsx, "yaml": yaml}
