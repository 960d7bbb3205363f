"""Snippets that embed an output in a page, for several kinds of sites."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from attention_core import AttentionError
from attention_core.reading import plain_bytes
from rendering.escape import clean
from rendering.escape import url as quoted
from rendering.outputs import MOST_SIDECAR, sidecar_of
from rendering.templates import page

TARGETS = ("chirpy", "html", "markdown", "hugo", "mdx")
VIDEOS = ("webm", "mp4")  # the first one that a browser can play is taken
ANIMATED = ("webp", "gif")
UNSEEN = {"mov": "webm", "pdf": "svg"}  # no browser shows them in a page; what to take instead
SHORTCODE = "attention-clip.html"  # Hugo's, to be put into layouts/shortcodes/
TYPES = {"webm": "video/webm", "mp4": "video/mp4"}


@dataclass(frozen=True)
class Embed:
    """What a snippet says. Paths are as they stand in links, texts are as they are."""

    kind: str  # "video", "animation" or "picture"
    src: str
    width: int
    height: int
    alt: str
    caption: str
    lang: str
    sources: list[dict[str, str]] = field(default_factory=list)  # src and type of each video
    poster: str = ""
    track: str = ""
    dark: str = ""  # of a pair: the dark picture, src being the light one

    @property
    def page_src(self) -> str:
        """The path without the ending, as Chirpy's include wants it beside `types`."""
        return self.src.rsplit(".", 1)[0]


def described(path: Path, prefix: str = "") -> Embed:
    """An output by its sidecar and the files beside it. Raises AttentionError for another file."""
    ending = path.name.rsplit(".", 1)[-1].lower()
    if ending in UNSEEN:
        raise AttentionError(f"no browser shows {path}", f"make it as {UNSEEN[ending]} too")
    about = _sidecar(path)
    width, height = about["size"]
    kind = "video" if ending in VIDEOS else "picture"
    if ending in ANIMATED and "fps" in about:
        kind = "animation"
    stem = path.name.removesuffix("." + ending)

    def link(name: str) -> str:
        return prefix + quoted(name)

    def beside(name: str) -> str:
        return link(name) if path.with_name(name).is_file() else ""

    sources = [
        {"src": link(f"{stem}.{form}"), "type": TYPES[form]}
        for form in VIDEOS
        if kind == "video" and path.with_name(f"{stem}.{form}").is_file()
    ]
    light, dark = path.name, ""
    pair = re.fullmatch(r"(.+)-(light|dark)", stem)
    if pair and kind == "picture":
        both = [f"{pair[1]}-{theme}.{ending}" for theme in ("light", "dark")]
        if all(path.with_name(name).is_file() for name in both):
            light, dark = both[0], link(both[1])
    return Embed(
        kind, link(light), width, height, clean(about["alt"]), clean(about["caption"]),
        about.get("lang", "en"), sources, beside(f"{stem}.poster.png"),
        beside(f"{stem}.vtt") if kind == "video" else "", dark,
    )  # fmt: skip


def snippet(embed: Embed, target: str, include: bool = False) -> str:
    """The snippet for a kind of site; `include`: with Chirpy's own video include."""
    folder = {"chirpy": "chirpy-include" if include else "chirpy"}.get(target, target)
    name = f"{embed.kind}.{folder}"
    shared = {"chirpy": "html", "markdown": "html"}
    if not _exists(name):
        name = f"{embed.kind}.{shared[target]}"
    if target == "chirpy" and name.endswith(".html"):
        embed = _below_the_site(embed)
    return page(name, {"it": embed}, autoescape=False).strip("\n") + "\n"


def _below_the_site(embed: Embed) -> Embed:
    """The same with links that Jekyll completes: Chirpy puts the site's `baseurl` in front of
    pictures and of its own include, but not in front of what stands in HTML.
    """

    def link(path: str) -> str:
        return f"{{{{ '{path}' | relative_url }}}}" if path.startswith("/") else path

    sources = [{**source, "src": link(source["src"])} for source in embed.sources]
    return replace(embed, sources=sources, poster=link(embed.poster), track=link(embed.track))


def shortcode() -> str:
    """The file that Hugo needs in layouts/shortcodes/."""
    return (PAGES / SHORTCODE).read_text(encoding="utf-8")


PAGES = Path(__file__).parent / "pages"


def _exists(name: str) -> bool:
    return (PAGES / name).is_file()


def check_prefix(prefix: str) -> str:
    """A folder or address that links begin with. Raises AttentionError for one that is unsafe."""
    scheme = re.match(r"[^/?#]*?:", prefix)
    if scheme and scheme.group().lower() not in ("http:", "https:"):
        raise AttentionError(
            f"{prefix!r} is not the address of a page", "begin it with / or https://"
        )
    body = prefix if not prefix or prefix.endswith("/") else prefix + "/"
    head, _, rest = body.rpartition("://")
    return (f"{head}://" if head else "") + quoted(rest).replace("%3A", ":")


def _sidecar(path: Path) -> dict[str, Any]:
    """The sidecar of an output, as far as snippets need it, checked."""
    if not path.is_file():
        raise AttentionError(f"there is no file {path}", "make it with clip, still or figures")
    place = sidecar_of(path)
    try:
        about = json.loads(plain_bytes(place, MOST_SIDECAR))
        width, height = about["size"]
        sound = all(isinstance(side, int) and 0 < side < 1e5 for side in (width, height))
        sound = sound and isinstance(about["alt"], str) and isinstance(about["caption"], str)
        if about.get("lang", "en") not in ("en", "ko"):
            sound = False
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        sound = False
    if not sound:
        raise AttentionError(
            f"{path} has no sidecar {place.name} that can be read", "make it anew with --force"
        )
    return dict(about)


__all__ = ["TARGETS", "Embed", "described", "shortcode", "snippet"]
