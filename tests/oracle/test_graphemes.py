"""Grapheme clusters against the library `regex`, which comes with transformers."""

from __future__ import annotations

import random
import unicodedata

import pytest

from attention_core.graphemes import clusters

pytestmark = pytest.mark.oracle

# Blocks that people write in, and the signs that tie characters together.
BLOCKS = (
    (0x20, 0x17F), (0x300, 0x36F), (0x590, 0x5EA), (0x621, 0x652), (0x900, 0x97F), (0x981, 0x9CD),
    (0xE01, 0xE4E), (0x1100, 0x11FF), (0x3041, 0x30FF), (0x4E00, 0x4E40), (0xAC00, 0xACFF),
    (0x1F1E6, 0x1F1FF), (0x1F300, 0x1F64F), (0x200C, 0x200D), (0xFE0F, 0xFE0F), (0x1F3FB, 0x1F3FF),
)  # fmt: skip
TEXTS = (
    "नीली बिल्ली जंगल में सोती है", "a cat 👩‍👩‍👧 sat 🇰🇷🇰 é ok", "한글 ᄒᆞᆫ글 강", "ก็น้ำ", "e\u0301\u0327x",
    "👍🏽 🏴󠁧󠁢󠁥󠁮󠁧󠁿 ✍🏻 1️⃣ ❤️‍🔥", "মৌলিক ক্ষ", "مُحَمَّد שָׁלוֹם", "\u0301start",
)  # fmt: skip


def test_clusters_are_those_of_the_standard() -> None:
    regex = pytest.importorskip("regex")
    draw = random.Random(5)
    letters = [
        [c for c in map(chr, range(low, high + 1)) if unicodedata.category(c) != "Cn"]
        for low, high in BLOCKS
    ]
    made = [
        "".join(draw.choice(draw.choice(letters)) for _ in range(draw.randint(2, 8)))
        for _ in range(4000)
    ]
    wrong = []
    for text in (*TEXTS, *made):
        wanted = [found.span() for found in regex.finditer(r"\X", text)]
        if clusters(text) != wanted:
            wrong.append((text.encode("unicode_escape").decode(), clusters(text), wanted))
    assert not wrong[:3], f"{len(wrong)} of {len(made)}: {wrong[:3]}"
