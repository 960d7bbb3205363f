"""What a command line asks for, put together: the look, the material and the files' names."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click

from attention_core import DEFAULT_SENTENCE, AttentionError, Material
from attention_core.catalogue import MODELS, SHIPPED
from attention_core.rounding import format_weight
from rendering.cli.notes import DEFAULT_MODEL, tell_script, tell_start
from rendering.cli.options import AUTO, BOTH, sentence_given
from rendering.formats import FORMATS, ending, transparent_formats
from rendering.materials import gather, paired
from rendering.outputs import place, slug
from scenes.look import Look


@dataclass(frozen=True)
class Source:
    """Where the numbers come from."""

    sentence: str | None
    model: str | None
    layer: int | None
    head: int | None
    trace: Path | None
    word: str | None = None
    phrases: tuple[str, ...] = ()
    key_sentence: str | None = None

    @classmethod
    def of(cls, sentence: str | None, options: dict[str, Any]) -> Source:
        """From the options, which may contradict each other."""
        trace = options["trace_file"]
        model, layer, head = (options[name] for name in ("model", "layer", "head"))
        key_sentence = sentence_given(options.get("key_sentence"))
        if key_sentence is not None:
            check_key_sentence(sentence, trace, head)
        if head == AUTO and trace is None:
            layer, head = _found(sentence_given(sentence), options)
        for name, value in (("SENTENCE", sentence), ("--model", model), ("--layer", layer)):
            if trace is not None and value is not None:
                raise AttentionError(
                    f"--trace brings its own sentence, model and head: {name} has no place beside",
                    f"leave {name} out",
                )
        if trace is not None and head is not None:
            raise AttentionError("--trace brings its own head", "leave --head out")
        word, phrases = options.get("word"), options.get("phrases")
        return cls(
            sentence_given(sentence),
            model,
            layer,
            head,
            Path(trace) if trace else None,
            sentence_given(word),
            tuple(
                phrase.strip() for phrase in (sentence_given(phrases) or "").split(";") if phrase
            ),
            key_sentence,
        )

    def material(self, needs: tuple[str, ...], chapter: str = "") -> Material:
        """Run the model, or read the trace; tell which head was chosen if nobody named it."""
        given = {"word": self.word} if self.word is not None else {}
        options = {"phrases": {**given, "phrases": self.phrases}} if given or self.phrases else {}
        if options and "phrases" not in needs:
            name = "--word" if given else "--phrases"
            raise AttentionError(
                f"{chapter} shows a sentence, not a word in phrases: {name} has no place here",
                f"leave {name} out, or draw embedding-space",
            )
        model = self.model or DEFAULT_MODEL
        if self.key_sentence is not None:
            if chapter != "self-vs-cross":
                raise AttentionError(
                    f"{chapter} shows one sentence: --key-sentence has no place here",
                    "leave it out, or draw self-vs-cross",
                )
            assert self.sentence is not None
            pair = paired(self.sentence, self.key_sentence, model, self.layer, self.head)
            tell_pair(pair, model not in SHIPPED and None in (self.layer, self.head))
            return pair
        sentence = DEFAULT_SENTENCE if self.sentence is None else self.sentence
        place = model, self.layer, self.head, self.trace
        material = gather(needs, sentence, *place, options)
        main = material.trace
        if self.trace is None:
            tell_script(model, main)
        if self.trace is None and model not in MODELS and None in (self.layer, self.head):
            click.echo(
                f"{main.model.name}: layer {main.layer}, head {main.head} is drawn, "
                "whose words look least at the start token",
                err=True,
            )
        return material

    def marks(self, material: Material) -> list[str]:
        """What of it enters a file's name: whatever is not the default."""
        main, marks = material.trace, []
        if self.trace is not None:
            return [f"from-{slug(self.trace.stem)}"]
        if self.model is not None and self.model != DEFAULT_MODEL:
            marks.append(slug(main.model.name))
        known = MODELS.get(self.model or DEFAULT_MODEL)
        if known is None or (main.layer, main.head) != known.head:
            marks.append(f"L{main.layer}H{main.head}")
        if self.key_sentence is not None:
            marks.append("written-" + slug(self.sentence or ""))
        if self.word is not None or self.phrases:
            marks.append("word-" + slug(" ".join((self.word or "", *self.phrases))))
        return marks


def words_listed(text: str) -> tuple[str, ...]:
    """The words of a list like "fluffy,blue"."""
    return tuple(word.strip() for word in text.split(",") if word.strip())


def check_key_sentence(
    sentence: str | None, trace: str | None = None, head: int | str | None = None
) -> None:
    """Raise AttentionError where a sentence of keys lacks its other half."""
    if trace is not None:
        raise AttentionError("--trace brings its own sentences", "leave --key-sentence out")
    if sentence is None:
        raise AttentionError(
            "--key-sentence is what the encoder reads, and the decoder has nothing to read",
            "give its sentence as SENTENCE",
        )
    if head == AUTO:
        raise AttentionError(
            "--head auto searches for a look within one sentence", "give the number of a head"
        )


def tell_pair(material: Material, chosen: bool) -> None:
    """Lines on stderr: what the decoder reads, and which heads were chosen if nobody named them."""
    own, cross = material.traces["encoder"], material.traces["cross"]
    tell_start(cross)
    if chosen:
        click.echo(
            f"{cross.model.name}: layer {own.layer}, head {own.head} of the encoder and layer "
            f"{cross.layer}, head {cross.head} of the cross-attention are drawn, whose words look "
            "least at the start and end tokens",
            err=True,
        )


def look_of(options: dict[str, Any]) -> Look:
    """The look that the options ask for."""
    return Look(
        theme=options["theme"],
        lang=options["lang"],
        orientation=options["orientation"],
        query=options.get("query"),
        keys=words_listed(options.get("keys", "")),
        sink=options["sink"],
        credit=not options["no_credit"],
        captions=not options["no_captions"],
        transparent=options.get("transparent", False),
    )


def looks_of(options: dict[str, Any]) -> list[Look]:
    """The look, or with --theme both the light and the dark one."""
    themes = ("light", "dark") if options["theme"] == BOTH else (options["theme"],)
    return [look_of({**options, "theme": theme}) for theme in themes]


def place_of(
    options: dict[str, Any], look: Look, start: str, material: Material, source: Source,
    form: list[str], format: str, several: bool,
) -> Path:  # fmt: skip
    """Where an output goes; of a pair, the theme comes last in the name."""
    pair = options["theme"] == BOTH
    named = replace(look, theme=Look().theme) if pair else look
    marks = [*source.marks(material), *look_marks(named), *form]
    path = place(options["out"], name_of(start, material, marks), ending(format), several)
    if not pair:
        return path
    suffix = f".{ending(format)}"
    stem = path.name.removesuffix(suffix) if path.name.endswith(suffix) else path.stem
    return path.with_name(f"{stem}-{look.theme}{path.name.removeprefix(stem)}")


def look_marks(look: Look) -> list[str]:
    """What of the look enters a file's name."""
    plain = Look()
    marks: list[str] = [
        value
        for value, default in (
            (look.theme, plain.theme),
            (look.lang, plain.lang),
            (look.orientation, plain.orientation),
            (look.sink, plain.sink),
        )
        if value != default
    ]
    if look.query:
        marks.append(f"query-{slug(look.query)}")
    if look.keys:
        marks.append("keys-" + slug(" ".join(look.keys)))
    flags = (
        (not look.credit, "no-credit"),
        (not look.captions, "no-captions"),
        (look.transparent, "transparent"),
    )
    return marks + [mark for wanted, mark in flags if wanted]


def form_marks(options: dict[str, Any], default: str) -> list[str]:
    """What of quality, size and budget enters a file's name."""
    quality, size, most = options["quality"], options["size"], options["max_size"]
    marks = [quality] if quality is not None and quality != default else []
    marks += [f"{size[0]}x{size[1]}"] if size else []
    return [*marks, f"max-{most}"] if most else marks


def name_of(start: str, material: Material, marks: list[str]) -> str:
    """A file's name without its ending: what it shows, the sentence, what is not the default."""
    return "-".join([start, slug(material.trace.sentence), *marks])


def check_transparent(transparent: bool, formats: tuple[str, ...]) -> None:
    """Raise AttentionError for a format that cannot be see-through."""
    can = transparent_formats()
    for format in formats if transparent else ():
        if format not in can:
            raise AttentionError(
                f"{format} cannot be transparent",
                f"{', '.join(name for name in can if FORMATS[name].kind == FORMATS[format].kind)}"
                " can",
            )


def _found(sentence: str | None, options: dict[str, Any]) -> tuple[int, int]:
    """The head that `--head auto` asks for, and a line that says which it is."""
    query, keys = options.get("query"), words_listed(options.get("keys") or "")
    if options["layer"] is not None:
        raise AttentionError("--head auto searches all layers", "leave --layer out")
    if not query or not keys:
        raise AttentionError(
            "--head auto looks for a head that makes one word look at others",
            "give --query WORD and --keys WORD,...",
        )
    from attention_core.finder import find
    from attention_core.registry import open_model

    network = open_model(options["model"] or DEFAULT_MODEL)
    found = find(network, DEFAULT_SENTENCE if sentence is None else sentence, query, keys)
    if found.control_note:
        click.echo(f"note: {found.control_note}", err=True)
    best = found.best
    note = " (it looks at the previous word, whatever that is)" if best.is_previous else ""
    click.echo(
        f"{network.info.name}: layer {best.layer}, head {best.head} is drawn, which gives "
        f"{format_weight(best.mass)}, {format_weight(best.control)} without the relation{note}",
        err=True,
    )
    return best.layer, best.head
