"""Draws stills of random sentences in one process, and prints what the process holds after each."""

from __future__ import annotations

import json
import os
import random
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from rendering import cli
from rendering.keeping import let_go

CHAPTERS = (
    "dot-products", "scale", "mask", "softmax", "values", "multi-head", "query-key", "tokens",
    "context", "next-token",
)  # fmt: skip
LETTERS = "aeiou", "bcdfghklmnprstvwz"
HANGUL = range(0xAC00, 0xD7A4)


def words(draw: random.Random) -> str:
    """Three to eight words that nobody has written before, some of them in Hangul."""
    made = []
    for _ in range(draw.randint(3, 8)):
        if draw.random() < 0.1:
            made.append(chr(draw.choice(HANGUL)))
        else:
            syllables = draw.randint(1, 3)
            made.append("".join(draw.choice(LETTERS[1]) + draw.choice(LETTERS[0])
                                for _ in range(syllables)))  # fmt: skip
    return " ".join(made)


def memory() -> int:
    """Bytes of this process in memory that are no file's."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return 1024 * next(int(line.split()[1]) for line in lines if line.startswith("RssAnon"))


def opened() -> list[str]:
    """What this process holds open."""
    found = []
    for handle in Path("/proc/self/fd").iterdir():
        try:
            found.append(os.readlink(handle))
        except OSError:  # that of the folder itself
            continue
    return sorted(found)


def draw_many(count: int, seed: int, tell: Callable[[dict[str, object]], None]) -> None:
    """Draw them all through the command line, each into its own file."""
    draw = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        for number in range(count):
            sentence = words(draw)
            chapter = draw.choice(CHAPTERS)
            path = f"{folder}/{number}.png"
            theme, language = draw.choice(("dark", "light")), draw.choice(("en", "ko"))
            look = ("--size", "960x540", "--theme", theme, "--lang", language)
            sys.argv = ["render.py", "still", chapter, sentence, "--out", path, *look]
            status = cli.run()
            size = os.path.getsize(path) if os.path.exists(path) else 0
            let_go()  # as the next sentence does first
            tell({"status": status, "size": size, "memory": memory(), "open": opened()})


if __name__ == "__main__":
    output = os.fdopen(os.dup(1), "w")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)

    def tell(found: dict[str, object]) -> None:
        """One line for each still."""
        print(json.dumps(found), file=output, flush=True)

    draw_many(int(sys.argv[1]), int(sys.argv[2]), tell)
