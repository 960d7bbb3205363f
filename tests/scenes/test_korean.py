"""Korean texts with values put in: no particle may stand where it fits only some of the values."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

CAPTIONS = Path(__file__).parents[2] / "assets" / "captions" / "ko.toml"
# Each has another form after the other kind of sound: 0.57이 but 0.24가.
PARTICLE = re.compile(r"\{(\w+)\}[”』]?(이|가|을|를|은|는|과|와|으로|로|\(으\)로)(?![가-힣])")
# Values that are always read as "퍼센트", which ends in a vowel.
PERCENT = {
    ("multi-head", "plane", "share"),
    ("embedding-space", "move", "share"),
    ("mask", "without_mask", "share"),
    ("query-key", "alt", "kept"),
    ("query-key", "space_kept", "share"),
}


def test_no_particle_depends_on_a_value() -> None:
    found = set()
    for chapter, texts in tomllib.loads(CAPTIONS.read_text(encoding="utf-8")).items():
        for name, text in texts.items():
            for value, particle in PARTICLE.findall(text):
                fits = (chapter, name, value) in PERCENT and particle in ("가", "를", "는", "와")
                if not fits:
                    found.add((chapter, name, f"{{{value}}}{particle}"))
    assert found == set()


def test_a_particle_after_a_value_is_seen() -> None:
    assert PARTICLE.findall("“{query}”를 본다, {share}가 간다, {a}이다, {b}에서") == [
        ("query", "를"),
        ("share", "가"),
    ]
