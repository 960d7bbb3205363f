"""The base of every chapter: what it is given, where things go, and what it says of itself."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

import numpy as np
from manim import Animation, FadeIn, ManimColor, config

from attention_core.focus import choose_query, find_word, word_of
from attention_core.material import Material
from attention_core.run import DEFAULT_SENTENCE
from attention_core.sink import takes_attention, without_start
from attention_core.trace import Trace
from scenes.kit import typeset
from scenes.kit.board import Board, Region
from scenes.kit.camera import FilmCamera
from scenes.kit.caption import caption, caption_height
from scenes.kit.carry import Words
from scenes.kit.credit import credit_ink
from scenes.kit.header import Header
from scenes.kit.header_boxes import Accent
from scenes.kit.label import Label
from scenes.kit.layout import NAMED, elide, lay_out
from scenes.kit.outline import Ink
from scenes.kit.painted import Painted
from scenes.kit.signs import noted
from scenes.kit.sizes import CLIP_EM, CREDIT_EM, STILL_EM, smallest
from scenes.kit.telling import Telling
from scenes.kit.theme import RGB, THEMES
from scenes.kit.words import plain, say
from scenes.look import Look
from scenes.picture import Cell, CellNames, Picture
from scenes.registry import CHAPTERS

MARGIN = 0.18
# The default sentence is about its creature: two adjectives, one noun, nothing split.
DEFAULT_WORD = "creature"


class Chapter(Telling):
    """A chapter draws one Material with one Look; it computes nothing and writes nothing.

    Subclasses give `slug`, the clip as `construct()`, and their stills as `draw(figure)`, which
    adds the finished picture to the scene and returns its Picture.
    """

    slug: ClassVar[str]
    opens_with_grid: ClassVar[bool] = False  # whether words of a chapter before can fly into it

    def __init__(
        self,
        material: Material | None = None,
        look: Look | None = None,
        *,
        renderer: Any = None,
        still: bool = False,
        **options: Any,
    ) -> None:
        self.look = look or Look()
        material = material or Material.embedded(CHAPTERS[self.slug].needs)
        self.material = without_start(material) if self.look.sink == "renormalise" else material
        self.theme = THEMES[self.look.theme]
        self.is_still = still
        self.carried: Words | None = None  # words that the chapter before hands over
        super().__init__(renderer=renderer, camera_class=FilmCamera, **options)
        self.camera.background_color = ManimColor(self.theme.background)
        self.camera.background_opacity = 0.0 if self.look.transparent else 1.0

    def draw(self, figure: str) -> Picture:
        """Add the still to the scene and describe it."""
        raise NotImplementedError

    # -- what the chapter is about -----------------------------------------------------------

    @property
    def trace(self) -> Trace:
        """The main trace."""
        return self.material.trace

    @property
    def masked_weights(self) -> np.ndarray:
        """The weights, -inf where the mask hides a cell (a picture shows nothing there)."""
        return np.where(np.isneginf(self.trace.masked), -np.inf, self.trace.weights)

    def say(self, name: str, **values: Any) -> str:
        """A text in the viewer's language."""
        return say(self.look.lang, self.slug, name, **values)

    def query(self, trace: Trace | None = None) -> int:
        """The token row whose query lifts out: the asked word's last piece, or the busiest."""
        trace = trace or self.trace
        asked = self.look.query
        if asked is None and trace.sentence == DEFAULT_SENTENCE:
            asked = DEFAULT_WORD
        return find_word(trace, asked).pieces[-1] if asked else choose_query(trace)

    def word(self, row: int, trace: Trace | None = None) -> str:
        """The text of the word that a token belongs to."""
        word = word_of(trace or self.trace, row)
        return word.text if word else self.say("start")

    def accents(self, trace: Trace | None = None, query: int | None = None) -> dict[int, Accent]:
        """Which words are marked: the query's word, and the words it looks at."""
        trace = trace or self.trace
        row = self.query(trace) if query is None else query
        target = word_of(trace, row)
        if self.look.keys:
            sources = [find_word(trace, key) for key in self.look.keys]
        else:
            sources = [
                word
                for word in trace.words
                if word != target and trace.weights[row, list(word.pieces)].sum() >= 0.15
            ]
        marks = {
            piece: Accent(self.theme.source(place / max(1, len(sources) - 1)), fill=0.24)
            for place, word in enumerate(reversed(sources))  # so that "blue" is blue
            for piece in word.pieces
        }
        for piece in target.pieces if target else ():
            marks[piece] = Accent(self.theme.target, fill=0.26)
        return marks

    # -- where things go ---------------------------------------------------------------------

    @property
    def min_em(self) -> float:
        """The smallest type: a page shows stills less wide, but of narrow ones more is left."""
        return smallest(self.is_still)

    @property
    def region(self) -> Region:
        """The frame without its margins and without the lines at the bottom."""
        half_w, half_h = config.frame_width / 2, config.frame_height / 2
        bottom = 0.08
        if self.look.credit:
            bottom += 0.34
        if self.look.captions and not self.is_still:
            widest = config.frame_width - 2 * MARGIN
            bottom += 0.52 + caption_height(self.caption_text(), widest)
        return (-half_w + MARGIN, -half_h + bottom, half_w - MARGIN, half_h - 0.12)

    def halves(self) -> tuple[Region, Region]:
        """Two boards of one height, one above the other, each with room for a title above it."""
        x0, y0, x1, y1 = self.region
        middle = (y0 + y1) / 2
        return (x0, middle + 0.15, x1, y1 - 0.6), (x0, y0 + 0.05, x1, middle - 0.7)

    def board(
        self, trace: Trace | None = None, region: Region | None = None, **options: Any
    ) -> Board:
        """Lay out a board of one trace."""
        return lay_out(
            trace or self.trace,
            self.look.orientation,
            region or self.region,
            min_em=self.min_em,
            named={name: self.say(name) for name in NAMED},
            with_start=self.look.sink == "show",
            **options,
        )

    def headers(self, board: Board, trace: Trace | None = None) -> tuple[Header, Header]:
        """The headers of the queries and of the keys."""
        trace = trace or self.trace
        first = 0 if trace.start is not None else 1
        marks = self.accents(trace)
        queries = Header(board, board.queries, self.theme, marks, first)
        keys = Header(board, board.keys, self.theme, marks, first)
        return queries, keys

    # -- type on the frame -------------------------------------------------------------------

    def label(
        self,
        line: str,
        at: tuple[float, float],
        em: float,
        colour: RGB | None = None,
        anchor: Any = "left",
        style: typeset.Style = "regular",
        most: float = 1e9,
    ) -> Label:
        """A line of text, cut with an ellipsis where it is wider than `most` frame units."""
        return Label(elide(line, most / em, style), at, em, colour or self.theme.text, anchor)

    def caption_text(self) -> str:
        """The chapter's one sentence, following the orientation."""
        rows = f"caption_{self.look.orientation}"
        try:
            return self.say(rows)
        except KeyError:
            return self.say("caption")

    def caption(self) -> list[Painted]:
        """The chapter's one sentence below the picture (nothing in stills: the page says it)."""
        if self.is_still or not self.look.captions:
            return []
        y = -config.frame_height / 2 + (0.56 if self.look.credit else 0.26)
        widest = config.frame_width - 2 * MARGIN
        return [*caption(self.caption_text(), widest, y, self.theme.text)]

    def credit(self, trace: Trace | None = None) -> list[Painted]:
        """One quiet line: model, layer, head, d_k; and that the start token is left out, if so."""
        left_out = self.look.sink == "renormalise" and self.trace.start is not None
        note = [self._note(self.say("left_out"))] if left_out else []
        if not self.look.credit:
            return note
        at = (config.frame_width / 2 - MARGIN, 0.14 - config.frame_height / 2)
        line = credit_ink(trace or self.trace, self.say)
        em = min(CREDIT_EM, (config.frame_width - 2 * MARGIN) / line.advance)
        return [*note, Label(line, at, em, self.theme.quiet, "right")]

    def parked(self, name: str = "parked", **values: object) -> list[Painted]:
        """The note that names the attention sink, and signs, if the credit leaves them room."""
        if self.look.sink != "show":  # what is shown instead is said there
            return []
        name = name if takes_attention(self.trace) else "parked_none"
        return noted(self, self.say(name, **values) if self.trace.start is not None else "")

    def footnote(self, line: str) -> list[Painted]:
        """A quiet line at the bottom left, if the credit leaves room for it."""
        note, credit = self._note(line), self.credit()
        return [] if credit and note.box[2] > credit[-1].box[0] - 0.2 else [note]

    def _note(self, line: str) -> Label:
        at = (-config.frame_width / 2 + MARGIN, -config.frame_height / 2 + 0.14)
        room = (0.52 if self.look.credit else 0.96) * config.frame_width
        em = min(CREDIT_EM, room / typeset.text(line, "italic").advance)
        return self.label(line, at, em, self.theme.quiet, style="italic")

    def remark(self, ink: Ink) -> list[Painted]:
        """A line at the bottom left: in a still as large as what must be read, if the credit leaves
        the room; in a clip as quiet as other notes. None where it could not be read.
        """
        left, right = MARGIN - config.frame_width / 2, config.frame_width / 2 - MARGIN
        for line in self.credit():
            on_left = line.box[0] < 0.1 + left
            left, right = (line.box[2] + 0.4, right) if on_left else (left, line.box[0] - 0.3)
        em = min(STILL_EM if self.is_still else CREDIT_EM, (right - left) / ink.advance)
        if em < (CREDIT_EM if self.is_still else CLIP_EM):
            return []
        read = self.is_still and em >= self.min_em
        colour = self.theme.start if read else self.theme.quiet
        return [Label(ink, (left, 0.14 - config.frame_height / 2), em, colour)]

    def take_words(self) -> Words | None:
        """The words that the chapter before hands over, once."""
        carried, self.carried = self.carried, None
        return carried

    def show_credit(self, *moves: Animation) -> None:
        """Fade the credit in, with `moves`, and hold the last frame so that a loop can be read."""
        if together := [*[FadeIn(line) for line in self.credit()], *moves]:
            self.play(*together, run_time=0.5)
        self.linger(1.0, 0.6)

    # -- the picture's description -----------------------------------------------------------

    def picture(
        self,
        figure: str,
        quantity: str,
        board: Board,
        values: np.ndarray,
        alt: str,
        trace: Trace | None = None,
    ) -> Picture:
        """Describe a still: each cell's unrounded value (-inf becomes None) and pixel box."""
        places = [
            (int(board.query_of[i]), int(board.key_of[i]), board.rectangle(i))
            for i in range(board.count)
        ]
        return self.described(figure, quantity, places, values, alt, trace)

    def described(
        self,
        figure: str,
        quantity: str,
        places: Iterable[tuple[int, int, Region]],
        values: np.ndarray,
        alt: str,
        trace: Trace | None = None,
        counted: CellNames = CellNames(),  # noqa: B008
    ) -> Picture:
        """The same for cells (query, key, box in frame units) that stand in no board."""
        trace = trace or self.trace
        view = self.camera.view
        cells = []
        for query, key, (x0, y0, x1, y1) in places:
            corners = np.array([[x0, y0, 0], [x1, y0, 0], [x0, y1, 0], [x1, y1, 0]], float)
            (px0, py0), (px1, py1) = (f(view.pixels(corners), 0) for f in (np.min, np.max))
            value = float(values[query, key])
            box = (float(px0), float(py0), float(px1), float(py1))
            cells.append(Cell(query, key, value if np.isfinite(value) else None, box))
        texts = alt, plain(self.caption_text()), trace.layer, trace.head
        return Picture(self.slug, figure, quantity, tuple(cells), *texts, counted)
