"""Fonts: ours are registered with Pango, and every character is checked for a glyph."""

from __future__ import annotations

import shutil
import subprocess
import unicodedata
from functools import lru_cache
from pathlib import Path

import manimpango

from attention_core.errors import AttentionError

FOLDER = Path(__file__).resolve().parents[2] / "assets" / "fonts"
# Pango takes the first family that has the glyph: Latin from CMU Serif, Hangul from NanumMyeongjo.
FAMILIES = "CMU Serif, NanumMyeongjo"
FILES = ("cmunrm.ttf", "cmunbx.ttf", "cmunti.ttf", "NanumMyeongjo.ttf", "NanumMyeongjoBold.ttf")
# Debian's packages by script, for the mend in the error line.
_PACKAGES = {
    "CJK": "fonts-noto-cjk",
    "HIRAGANA": "fonts-noto-cjk",
    "KATAKANA": "fonts-noto-cjk",
}


@lru_cache(maxsize=1)
def register() -> None:
    """Make the shipped fonts known to Pango in this process."""
    for name in FILES:
        if not manimpango.register_font(str(FOLDER / name)):
            raise AttentionError(f"the font {name} could not be read", "install the project again")


@lru_cache(maxsize=1)
def _shipped() -> frozenset[int]:
    from fontTools.ttLib import TTFont  # 50 ms, and only text beyond ASCII needs it

    covered: set[int] = set()
    for name in ("cmunrm.ttf", "NanumMyeongjo.ttf"):
        with TTFont(FOLDER / name, lazy=True) as font:
            covered.update(font.getBestCmap())
    return frozenset(covered)


@lru_cache(maxsize=1024)
def _on_this_system(code: int) -> bool:
    """Whether fontconfig knows an outline font with this character (colour bitmaps have none)."""
    program = shutil.which("fc-list")
    if program is None:
        return False
    found = subprocess.run(
        [program, f":charset={code:x}:color=False:scalable=True", "family"],
        capture_output=True,
        text=True,
        check=False,
        timeout=20,
    )
    return bool(found.stdout.strip())


def has_glyph(character: str) -> bool:
    """Whether a font here can draw the character as an outline."""
    code = ord(character)
    if code < 0x7F or unicodedata.category(character) in ("Mn", "Me", "Cf", "Zs"):
        return code >= 0x20
    return code in _shipped() or _on_this_system(code)


@lru_cache(maxsize=256)
def require_glyphs(line: str) -> None:
    """Raise AttentionError naming the first character that no font here can draw."""
    register()
    for character in line:
        if not has_glyph(character):
            name = unicodedata.name(character, "an unnamed character")
            package = next((p for key, p in _PACKAGES.items() if key in name), None)
            if package is None:
                package = "fonts-noto-core, or fonts-symbola for symbols and emoji"
            raise AttentionError(
                f"no font here can draw {character!r} (U+{ord(character):04X}, {name.lower()})",
                f"install one that can ({package}) or leave the character out",
            )
