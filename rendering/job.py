"""A job: all that can change a byte of an output, and the digest that stands for it."""

from __future__ import annotations

import hashlib
import json
import platform
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from scenes.look import Look
from scenes.registry import CHAPTERS, module_of

ROOT = Path(__file__).resolve().parent.parent
CODE = ("attention_core", "scenes", "rendering", "assets")
CAPTIONS = ROOT / "assets" / "captions"
# Captions count by chapter and language (see `captions_fingerprint`); the post's text is drawn
# nowhere, and neither are the command line and the pages.
NOT_CODE = (
    CAPTIONS,
    ROOT / "assets" / "post",
    ROOT / "rendering" / "cli",
    ROOT / "rendering" / "pages",
)
LIBRARIES = (
    "manim",
    "numpy",
    "numba",
    "llvmlite",
    "av",
    "pillow",
    "pycairo",
    "manimpango",
    "typst",
)


@dataclass(frozen=True)
class RenderJob:
    """One output: its picture, its numbers, its look, its form, and the code that makes it."""

    chapters: tuple[str, ...]
    figure: str | None  # None: the clip
    material: tuple[str, ...]  # fingerprints
    look: Look
    format: str
    size: tuple[int, int]
    fps: int | None  # None: a still
    max_size: int | None = None  # bytes, for which frame rate and size may be lowered

    def digest(self) -> str:
        """The same for the same bytes: an output that carries it need not be made again."""
        words = captions_fingerprint(self.chapters, self.look.lang)
        content = [asdict(self), words, code_fingerprint(self.chapters), library_versions()]
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


@cache
def code_fingerprint(chapters: tuple[str, ...]) -> str:
    """A digest of the code that makes these chapters, and of fonts and traces, by content.

    Other chapters' modules do not count: none imports another (pyproject.toml has that rule).
    """
    others = [
        ROOT / "scenes" / f"{module_of(slug)}.py" for slug in CHAPTERS if slug not in chapters
    ]
    return fingerprint_of((ROOT / folder for folder in CODE), (*NOT_CODE, *others))


def captions_fingerprint(chapters: Iterable[str], lang: str) -> str:
    """A digest of the words that these chapters may show: another's do not count."""
    table = tomllib.loads((CAPTIONS / f"{lang}.toml").read_text(encoding="utf-8"))
    shown = {name: table[name] for name in ("common", *chapters)}
    return hashlib.sha256(json.dumps(shown, sort_keys=True).encode()).hexdigest()


def fingerprint_of(folders: Iterable[Path], without: Sequence[Path] = ()) -> str:
    """A digest of all files in these folders but for some: names and contents."""
    digest = hashlib.sha256()
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            left_out = "__pycache__" in path.parts or any(map(path.is_relative_to, without))
            if path.is_file() and not left_out:
                about = path.stat()
                content = _content(path, about.st_mtime_ns, about.st_size)
                digest.update(f"{path.relative_to(folder.parent).as_posix()}\0{content}\n".encode())
    return digest.hexdigest()


@cache
def _content(path: Path, changed: int, size: int) -> str:
    """The digest of a file, read once as long as it stands unchanged."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


@cache
def library_versions() -> dict[str, str]:
    """The versions of the libraries that have a hand in the pictures."""
    return {name: library_version(name) or "none" for name in LIBRARIES}


@cache
def surroundings() -> dict[str, str]:
    """What the bytes of a film depend on, besides its job and our own code."""
    import cairo
    import manimpango

    return {
        "Cairo": cairo.cairo_version_string(),
        "Pango": manimpango.pango_version(),
        "processor": platform.machine(),
        **library_versions(),
    }


def library_version(name: str) -> str | None:
    """The version of an installed distribution."""
    try:
        return version(name)
    except PackageNotFoundError:
        return None


@cache
def project_version() -> str:
    """This project's own version, as installed; "source" for a bare checkout."""
    return library_version("attention-film") or "source"
