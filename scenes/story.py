"""The story: chapters in brief, one after the other, a title before each, words carried over."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from manim import config

from attention_core.material import Material
from scenes.kit import typeset
from scenes.kit.animate import Stagger
from scenes.kit.carry import Words, carries
from scenes.kit.chapter import Chapter
from scenes.kit.grid import Grid
from scenes.kit.outline import Ink
from scenes.kit.painted import Painted
from scenes.kit.words import plain, say
from scenes.look import Look
from scenes.registry import CHAPTERS

TITLE_AT, WORDS_AT, TITLE_EM = 0.9, -0.5, 0.62
AFTER = (0.5, 1.0)  # the title comes when the chapter before has faded


@dataclass(frozen=True)
class Mark:
    """Where a chapter begins, what it is called, and its one sentence."""

    begin: float
    title: str
    caption: str


class Card(Chapter):
    """A chapter's title above the sentence's words."""

    slug = "story"

    def caption_text(self) -> str:
        """A title needs no sentence below it."""
        return ""

    def show(self, title: str, words: Words | None, rest: list[Painted], keep: bool) -> Words:
        """The words gather in a row, the title stands above them and goes again.

        `rest` is what the chapter before leaves, and fades; `keep`: the words stay, because the
        chapter takes them over.
        """
        self.add(*rest)
        texts = {i: Ink.plain(typeset.text(t.display)) for i, t in enumerate(self.trace.tokens)}
        row_of = words or Words(Grid(self).queries, texts)
        row = row_of.row(WORDS_AT)
        if words is None:
            words = row_of
            words.arrays.update(row)
            words.arrays["shown"] = words.arrays["shown"] * 0
            come = Stagger(words, introducer=True, run_time=0.5, shown=1.0)
        else:
            self.add(words)
            come = words.fly(row, run_time=0.8)
        room = config.frame_width - 1.0
        em = min(TITLE_EM, room / typeset.text(title).advance)
        line = self.label(title, (0.0, TITLE_AT), em, anchor="centre", most=room)
        line.set_opacity(0.0)
        named = Stagger(line, window=AFTER, run_time=0.8, introducer=True, opacity=1.0)
        self.play(*fade(rest), come, named)
        self.wait(0.5)
        self.play(*fade([line] if keep else [line, words], 0.3))
        return words


def play(
    slugs: Iterable[str], material: Material, look: Look, renderer: Any, now: Callable[[], float]
) -> list[Mark]:
    """Play chapters with this renderer; `now` tells how far the film is, in what marks count."""
    marks: list[Mark] = []
    words, rest = None, list[Painted]()
    for slug in slugs:
        title = say(look.lang, slug, "title")
        chapter_class: type[Chapter] = CHAPTERS[slug].load()
        straighten(renderer)
        begin = now()
        keep = chapter_class.opens_with_grid
        card = Card(material, look, renderer=renderer)
        words = card.show(title, words, rest, keep)
        straighten(renderer)
        chapter = chapter_class(material, look, renderer=renderer)
        chapter.brief, chapter.carried = True, words if keep else None
        chapter.construct()
        marks.append(Mark(begin, title, plain(chapter.caption_text())))
        words, rest = leave(chapter)
    chapter.play(*fade([*rest, words] if words else rest))
    return marks


def straighten(renderer: Any) -> None:
    """The camera looks straight on again."""
    renderer.camera.frame.generate_points()


def fade(parts: Iterable[Painted], run_time: float = 0.4) -> list[Stagger]:
    """They go."""
    return [Stagger(part, run_time=run_time, opacity=0.0) for part in parts]


def leave(chapter: Chapter) -> tuple[Words | None, list[Painted]]:
    """The words, if the chapter ends with words that can be carried on; and all that fades."""
    header = next((mob for mob in chapter.mobjects if carries(mob)), None)
    words = None
    rest: list[Painted] = [mob for mob in chapter.mobjects if isinstance(mob, Painted)]
    if header is not None:
        words = Words(header)
        header.arrays["shown"] = header.arrays["shown"] * 0
    return words, rest
