"""A job: all that can change a byte of an output, and the digest that stands for it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from scenes.look import Look

ROOT = Path(__file__).resolve().parent.parent
CODE = ("attention_core", "scenes", "rendering", "assets")
LIBRARIES = ("manim", "numpy", "av", "pillow", "pycairo", "manimpango", "typst")


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

    def digest(self) -> str:
        """The same for the same bytes: an output that carries it need not be made again."""
        content = [asdict(self), code_fingerprint(), library_versions()]
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


@cache
def code_fingerprint() -> str:
    """A digest of the project's code, and of its fonts, captions and traces, by content."""
    return fingerprint_of(ROOT / folder for folder in CODE)


def fingerprint_of(folders: Iterable[Path]) -> str:
    """A digest of all files in these folders: names and contents."""
    digest = hashlib.sha256()
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                content = hashlib.sha256(path.read_bytes()).hexdigest()
                digest.update(f"{path.relative_to(folder.parent).as_posix()}\0{content}\n".encode())
    return digest.hexdigest()


@cache
def library_versions() -> dict[str, str]:
    """The versions of the libraries that have a hand in the pictures."""
    return {name: library_version(name) or "none" for name in LIBRARIES}


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
