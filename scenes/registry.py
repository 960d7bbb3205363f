"""The list of chapters: one line each, importable without Manim."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module

# A frame is 8 units high and 16:9; a board of more rows than this needs a taller still.
ROWS, ROW_HEIGHT = 12, 0.37


def module_of(slug: str) -> str:
    """The name of a chapter's module in `scenes`."""
    return slug.replace("-", "_")


@dataclass(frozen=True)
class Figure:
    """One still of a chapter: its number in the post, and how many boards stand in it.

    `grows`: whether more tokens need more height, as where each has a line of type; else it is
    never taller than a frame of the film.
    """

    name: str
    boards: int = 1
    grows: bool = True

    def frame(self, tokens: int) -> tuple[float, float]:
        """Width and height in frame units that keep the type readable for so many tokens."""
        taller = max(0, tokens - ROWS) * ROW_HEIGHT if self.grows else 0.0
        return (128 / 9, self.boards * (8.0 + taller))

    def units(self, tokens: int) -> float:
        """Frame units across the picture's shorter side."""
        return min(self.frame(tokens))

    def size(self, tokens: int, width: int = 1920) -> tuple[int, int]:
        """The picture's size in pixels (even numbers) where none is asked for."""
        across, high = self.frame(tokens)
        return (width, round(width * high / across / 2) * 2)


@dataclass(frozen=True)
class ChapterInfo:
    """Where a chapter lives and what it needs, known before anything heavy is imported.

    `needs` names the parts of the Material it reads; `max_tokens` is the longest input (start
    token included) that it can show.
    """

    slug: str
    class_name: str
    figures: tuple[Figure, ...]
    needs: tuple[str, ...]
    max_tokens: int
    title: str
    in_story: bool = True

    def figure(self, name: str | None = None) -> Figure:
        """A figure by name; the first one where none is named. Raises KeyError."""
        if name is None:
            return self.figures[0]
        return {figure.name: figure for figure in self.figures}[name]

    def load(self) -> type:
        """Import the chapter's module (and with it Manim) and return its Scene class."""
        module = import_module(f"scenes.{module_of(self.slug)}")
        return getattr(module, self.class_name)


CHAPTERS: dict[str, ChapterInfo] = {
    info.slug: info
    for info in (
        ChapterInfo(
            "tokens",
            "Tokens",
            (Figure("tokens"),),
            ("attention", "position"),
            25,
            "words become pieces, ids and vectors",
        ),
        ChapterInfo(
            "embedding-space",
            "EmbeddingSpace",
            (Figure("3-1"),),
            ("attention", "phrases"),
            25,
            "one word, a vector for each phrase",
        ),
        ChapterInfo(
            "context",
            "Context",
            (Figure("3-2", grows=False),),
            ("attention",),
            25,
            "every word takes from the words before it",
        ),
        ChapterInfo(
            "query-key",
            "QueryKey",
            (Figure("3-3", grows=False),),
            ("attention", "planes"),
            25,
            "words become queries and keys",
        ),
        ChapterInfo(
            "dot-products",
            "DotProducts",
            (Figure("3-4"),),
            ("attention",),
            25,
            "every query meets every key",
        ),
        ChapterInfo(
            "scale",
            "Scale",
            (Figure("scale"),),
            ("attention", "scaling"),
            25,
            "dividing by the square root of d_k",
        ),
        ChapterInfo(
            "mask",
            "Mask",
            (Figure("masked", 2),),
            ("attention", "leak"),
            25,
            "no token may look ahead",
        ),
        ChapterInfo(
            "softmax",
            "Softmax",
            (Figure("3-5"), Figure("3-6", 2), Figure("pattern")),
            ("attention",),
            25,
            "scores become shares of attention",
        ),
        ChapterInfo(
            "values",
            "Values",
            (Figure("value", grows=False), Figure("plane", grows=False)),
            ("attention", "values"),
            25,
            "values, weighted and added up, move each token",
        ),
        ChapterInfo(
            "multi-head",
            "MultiHead",
            (Figure("multi-head", grows=False),),
            ("attention", "heads"),
            25,
            "all heads of the layer, and their sum",
        ),
        ChapterInfo(
            "self-vs-cross",
            "SelfVsCross",
            (Figure("self-cross", grows=False),),
            ("attention", "translation"),
            25,
            "one sentence looks at itself, another one at it",
        ),
        ChapterInfo(
            "context-size",
            "ContextSize",
            (Figure("context-size", grows=False),),
            ("attention", "context"),
            1024,
            "eight times the tokens, sixty-four times the weights",
        ),
        ChapterInfo(
            "next-token",
            "NextToken",
            (Figure("next-token", grows=False),),
            ("attention", "prediction"),
            25,
            "the last vector names what may come next",
        ),
    )
}
STORY = tuple(slug for slug, info in CHAPTERS.items() if info.in_story)
