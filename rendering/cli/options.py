"""Arguments and options that several commands share, and what they are checked for."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from rendering.cli.crew import crew_options
from rendering.cli.sizes import Bytes
from rendering.formats import FORMATS, LARGEST, QUALITIES, SMALLEST, formats_of
from scenes.registry import CHAPTERS, ChapterInfo

if TYPE_CHECKING:
    from attention_core import AttentionError

F = TypeVar("F", bound=Callable[..., Any])
MODEL_HELP = "A known model, a .gguf file, or a Hugging Face folder."
PLURAL_LIMIT = 12  # names listed in an error line


def unknown(what: str, given: str, known: Iterable[str], other: str = "") -> AttentionError:
    """The error for a name that is not known: the nearest ones come first."""
    from attention_core.errors import AttentionError, nearest

    names = ", ".join(nearest(given, known).split(", ")[:PLURAL_LIMIT])
    article = "an" if what[0] in "aeiou" else "a"
    return AttentionError(f"{given!r} is not {article} {what}{other}", f"known: {names}")


class OneOf(click.ParamType):
    """A name out of a few; the error lists them, the nearest first."""

    def __init__(self, what: str, known: Iterable[str]) -> None:
        self.name = what
        self.known = tuple(known)

    def convert(self, value: Any, param: Any, ctx: Any) -> str:
        """The name itself."""
        if value not in self.known:
            raise unknown(self.name, value, self.known)
        return str(value)

    def get_metavar(self, param: Any, ctx: Any = None) -> str:
        """How the help text shows it."""
        return "|".join(self.known) if len(self.known) < 6 else self.name.upper()


class FormatName(OneOf):
    """A format of clips, or of stills."""

    def __init__(self, kind: str) -> None:
        super().__init__("format", formats_of(kind))
        self.kind = kind

    def convert(self, value: Any, param: Any, ctx: Any) -> str:
        """The name; a format of the other kind is told apart from one that nobody knows."""
        value = str(value).lower()
        if value in FORMATS and value not in self.known:
            other = FORMATS[value].kind
            listed = ", ".join(self.known)
            raise unknown_kind(value, other, self.kind, listed)
        return super().convert(value, param, ctx)


def unknown_kind(value: str, other: str, kind: str, listed: str) -> AttentionError:
    """The error for a format that exists, but for another command."""
    from attention_core.errors import AttentionError

    return AttentionError(
        f"{value} is a format of the command {other}, not of {kind}",
        f"give {kind} one of {listed}, or use the command {other}",
    )


AUTO = "auto"


class HeadNumber(click.ParamType):
    """The number of a head, or "auto": the finder's best."""

    name = "N|auto"

    def convert(self, value: Any, param: Any, ctx: Any) -> int | str:
        """The number, or the word."""
        if isinstance(value, int) or value == AUTO:
            return value
        return int(click.INT.convert(value, param, ctx))


class Size(click.ParamType):
    """WIDTHxHEIGHT in pixels."""

    name = "WxH"

    def convert(self, value: Any, param: Any, ctx: Any) -> tuple[int, int]:
        """The two numbers."""
        from attention_core.errors import AttentionError

        if isinstance(value, tuple):
            return value
        match = re.fullmatch(r"(\d{1,5})[xX×](\d{1,5})", value)
        if not match:
            raise AttentionError(f"{value!r} is not a size", "give WIDTHxHEIGHT, like 1080x1080")
        width, height = int(match[1]), int(match[2])
        if not all(SMALLEST <= side <= LARGEST for side in (width, height)):
            raise AttentionError(
                f"the size {value} cannot be drawn",
                f"each side may have {SMALLEST} to {LARGEST} pixels",
            )
        return width, height


def chapter_named(name: str) -> ChapterInfo:
    """The chapter of that name."""
    if name not in CHAPTERS:
        raise unknown("chapter", name, CHAPTERS)
    return CHAPTERS[name]


def sentence_given(sentence: str | None) -> str | None:
    """The sentence as text: `-` reads it from stdin, bytes that are no text are refused."""
    from attention_core.errors import AttentionError

    if sentence == "-":
        try:
            sentence = sys.stdin.buffer.read().decode("utf-8").rstrip("\r\n")
        except UnicodeDecodeError as error:
            raise AttentionError(
                f"what stdin holds is not UTF-8 text (byte {error.start})", "convert it first"
            ) from error
    if sentence and any("\udc80" <= character <= "\udcff" for character in sentence):
        raise AttentionError(
            "the sentence is not valid UTF-8 text", "check the encoding of the terminal"
        )
    return sentence


def applied(function: F, *decorators: Callable[[F], F]) -> F:
    """The function under these decorators, the first one outermost."""
    for decorator in reversed(decorators):
        function = decorator(function)
    return function


def head_options(function: F) -> F:
    """--model, --layer, --head."""
    number = click.option("--head", type=int, metavar="N", help="Counted from 0.")
    return applied(function, model_options, number)


def model_options(function: F) -> F:
    """--model, --layer."""
    return applied(
        function,
        click.option(
            "--model",
            metavar="NAME|FILE|FOLDER",
            help=MODEL_HELP,
        ),
        click.option("--layer", type=int, metavar="N", help="Counted from 0."),
    )


def source_options(function: F) -> F:
    """Those of head_options, where the head may be found, and --trace."""
    return applied(
        function,
        model_options,
        click.option(
            "--head",
            type=HeadNumber(),
            metavar="N|auto",
            help="auto: the best for --query and --keys (command heads).",
        ),
        click.option("--trace", "trace_file", metavar="FILE", help="Draw a saved trace; no model."),
    )


def key_option(function: F) -> F:
    """--key-sentence."""
    text = "self-vs-cross: what SENTENCE looks at (--model: an encoder-decoder)."
    return click.option("--key-sentence", metavar="TEXT", help=text)(function)


def phrase_options(function: F) -> F:
    """--word, --phrases."""
    return applied(
        function,
        click.option("--word", metavar="WORD", help="embedding-space: the word that moves."),
        click.option(
            "--phrases", metavar="'A;B;C'", help="embedding-space: two or three phrases with it."
        ),
    )


BOTH = "both"  # themes: a light and a dark file


def look_options(function: F) -> F:
    """How the picture looks."""
    return _look_options(function, ("dark", "light"), "Ground and colours.")


def pair_options(function: F) -> F:
    """The same, for commands that can draw both themes in one call."""
    return _look_options(function, ("dark", "light", BOTH), "both: NAME-light and NAME-dark.")


def _look_options(function: F, themes: tuple[str, ...], about: str) -> F:
    return applied(
        function,
        click.option("--theme", type=OneOf("theme", themes), default="dark", help=about),
        click.option("--lang", type=OneOf("language", ("en", "ko")), default="en"),
        click.option(
            "--orientation",
            type=OneOf("orientation", ("columns", "rows")),
            default="columns",
            help="Where the queries are: on top (columns) or at the left (rows).",
        ),
        click.option("--query", metavar="WORD", help="The word that lifts out; the#2: the second."),
        click.option("--keys", metavar="WORD,...", default="", help="The words that are accented."),
        click.option(
            "--sink",
            type=OneOf("way to draw the sink", ("show", "renormalise")),
            default="show",
            help="Leave the start token out, the other weights summing to 1: renormalise.",
        ),
        click.option("--no-credit", is_flag=True, help="Without the line on model and head."),
        click.option("--no-captions", is_flag=True, help="Without the sentence on screen."),
    )


def output_options(kind: str, quality: str) -> Callable[[F], F]:
    """Form and place of what is written."""

    def decorate(function: F) -> F:
        return applied(
            function if kind == "still" else crew_options(function),
            click.option(
                "--format",
                "formats",
                type=FormatName(kind),
                multiple=True,
                help=f"May be repeated.  [default: {formats_of(kind)[0]}]",
            ),
            click.option(
                "--quality",
                type=OneOf("quality", QUALITIES),
                help=f"draft is 480p15.  [default: {quality}]",
            ),
            click.option("--size", type=Size(), metavar="WxH", help="Pixels; square is welcome."),
            click.option("--transparent", is_flag=True, help="No ground."),
            click.option(
                "--max-size",
                type=Bytes(),
                metavar="BYTES",
                help="Like 3MB: lower the frame rate, then the size, to stay below.",
            ),
            click.option("--out", metavar="PATH", help="A file, or a folder.  [default: out]"),
            click.option("--force", is_flag=True, help="Render even what is there already."),
        )

    return decorate
