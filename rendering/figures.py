"""The post's figures: which of them are there and current, and making those that are not."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

from attention_core import AttentionError, Material
from attention_core.catalogue import MODELS
from attention_core.checksums import checksum
from attention_core.registry import home
from rendering.crew import ALONE, Crew
from rendering.job import (
    ROOT,
    RenderJob,
    captions_fingerprint,
    code_fingerprint,
    library_versions,
)
from rendering.manifest import LANGUAGES, Entry, Source
from rendering.outputs import sidecar_of, verified
from scenes.registry import CHAPTERS

MANIFEST = ROOT / "assets" / "post" / "figures.toml"
State = Literal["current", "missing", "stale", "edited by hand", "retold"]


@dataclass(frozen=True)
class Output:
    """One file of a figure."""

    entry: Entry
    format: str
    path: Path
    clip: bool

    def digest(self) -> str:
        """Of all that can change its bytes; known without a model and without Manim."""
        entry = self.entry
        form: Any = list(entry.clip_form) if self.clip else entry.size
        figure = None if self.clip else entry.figure
        content = [
            [entry.chapter, figure, self.format, form, asdict(entry.look), asdict(entry.source)],
            model_fingerprint(entry.source.model),
            captions_fingerprint([entry.chapter], entry.look.lang),
            code_fingerprint((entry.chapter,)),
            library_versions(),
        ]
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()

    def state(self) -> State:
        """Whether it is there, as it would be made now."""
        known = verified(self.path)
        if known is None:
            if not self.path.exists():
                return "missing"
            return "edited by hand" if sidecar_of(self.path).exists() else "stale"
        if known.get("job") != self.digest():
            return "stale"
        return "current" if known.get("told") == told(self.entry) else "retold"


def outputs(entries: Iterable[Entry], out: Path, clips: bool) -> list[Output]:
    """The files of these figures. Raises AttentionError where a link stands in a path."""
    found = []
    for entry in entries:
        found += [Output(entry, form, out / path, False) for form, path in entry.stills().items()]
        if clips:
            films = entry.films().items()
            found += [Output(entry, form, out / path, True) for form, path in films]
    for output in found:
        for place in (output.path, *output.path.parents):
            if place == out:
                break
            if place.is_symlink():
                raise AttentionError(f"{place} is a link", "figures go to plain files: remove it")
    return found


def told(entry: Entry) -> str:
    """A digest of the words that stand beside a figure, not in it, in every language."""
    own = [captions_fingerprint([entry.chapter], language) for language in LANGUAGES]
    words = [sorted(entry.captions.items()), sorted(entry.alts.items()), own]
    return hashlib.sha256(json.dumps(words).encode()).hexdigest()


def model_fingerprint(model: str) -> str:
    """The checksum of a model's files: of a known one without reading them."""
    if model in MODELS:
        return MODELS[model].sha256
    path = Path(model)
    files = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
    if not all(file.is_file() for file in files) or not files:
        raise AttentionError(f"there is no model {model!r}", f"known: {', '.join(MODELS)}")
    return checksum(files, home() / "checksums")


def materials(entries: Iterable[Entry]) -> dict[Source, Material]:
    """The numbers of each figure: a model is run once for all figures of one source."""
    from rendering.materials import check, gather

    entries = list(entries)
    needs: dict[Source, dict[str, None]] = {}
    for entry in entries:
        wanted = needs.setdefault(entry.source, {})
        wanted.update(dict.fromkeys(CHAPTERS[entry.chapter].needs))
    found = {}
    for source, wanted in needs.items():
        options: dict[str, Any] = {}
        if source.word or source.phrases:
            word = {"word": source.word} if source.word else {}
            options = {"phrases": {**word, "phrases": source.phrases}}
        line = next(entry.line for entry in entries if entry.source == source)
        place = source.model, source.layer, source.head, None
        with _at(line):
            found[source] = gather(tuple(wanted), source.sentence, *place, options)
    for entry in entries:
        with _at(entry.line):
            check(found[entry.source], CHAPTERS[entry.chapter], entry.look)
    return found


class _at:
    """Puts a manifest's line in front of an error."""

    def __init__(self, line: int) -> None:
        self._line = line

    def __enter__(self) -> None:
        """Nothing to do."""

    def __exit__(self, _kind: Any, error: Any, _trace: Any) -> None:
        if isinstance(error, AttentionError):
            raise AttentionError(f"line {self._line}: {error.what}", error.mend) from error


def make(
    todo: Iterable[Output],
    numbers: dict[Source, Material],
    on_progress: Any = None,
    crew: Crew = ALONE,
) -> Iterator[Output]:
    """Make these files, each figure's clips in one playing; each output when it is there."""
    from rendering.produce import make_clip, make_still

    todo = list(todo)
    for entry in dict.fromkeys(id(output.entry) for output in todo):
        mine = [output for output in todo if id(output.entry) == entry]
        material = numbers[mine[0].entry.source]
        jobs = {output.path: _job(output, material) for output in mine}
        # Sidecars are written once, with all their words: a killed run leaves none that lacks them.
        said = words_beside(mine[0], material)
        words = {output.path: {"job": output.digest()} | said for output in mine}
        for output in mine:
            if not output.clip:
                make_still(output.path, jobs[output.path], material, words)
        films = {output.path: jobs[output.path] for output in mine if output.clip}
        if films:
            make_clip(films, material, on_progress, words, crew)
        yield from mine


def tell(todo: list[Output], material: Material) -> None:
    """Write captions and alt texts, in each language, into the sidecars of one figure's files."""
    from rendering.outputs import write_sidecar

    said = words_beside(todo[0], material)
    for output in todo:
        about = json.loads(sidecar_of(output.path).read_bytes())
        write_sidecar(output.path, about | said)


def words_beside(output: Output, material: Material) -> dict[str, Any]:
    """What the sidecars of a figure say of it: captions and alt texts, in each language."""
    from rendering import stage
    from rendering.facts import Facts
    from rendering.templates import text_of

    entry, job = output.entry, _job(output, material)
    captions, alts = {}, {}
    for language in LANGUAGES:
        look = replace(entry.look, lang=language)
        own = stage.describe(entry.chapter, material, look, job.size, entry.figure)
        facts = Facts(material, language).names()
        captions[language] = text_of(entry.captions[language], {**facts, "own": own.caption})
        alts[language] = text_of(entry.alts[language], {**facts, "own": own.alt})
    words = {"caption": captions[entry.look.lang], "alt": alts[entry.look.lang]}
    return words | {
        "captions": captions, "alts": alts, "told": told(entry), "name": entry.name,
    }  # fmt: skip


def _job(output: Output, material: Material) -> RenderJob:
    entry = output.entry
    form = entry.clip_form
    size: Any = entry.size
    if output.clip:
        size = (form.width, form.height)
    elif isinstance(size, int):
        size = CHAPTERS[entry.chapter].figure(entry.figure).size(material.trace.n, size)
    figure, fps = (None, form.fps) if output.clip else (entry.figure, None)
    what = (entry.look, output.format, size, fps)
    return RenderJob((entry.chapter,), figure, (material.fingerprint(),), *what)
