"""`doctor`: what this machine has and lacks, each lack with its mend."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

import click

EXAMPLES = """\b
Example:
  render.py doctor
"""
INSTALL = "install the project again: make setup, or pip install -e . -c constraints.txt"
LIBRARIES = {  # module: distribution
    "numpy": "numpy",
    "tokenizers": "tokenizers",
    "cairo": "pycairo",
    "manimpango": "manimpango",
    "typst": "typst",
    "PIL": "pillow",
    "av": "av",
    "numba": "numba",
    "manim": "manim",
}
SYSTEM = {
    "cairo": "cairo's system library (Debian: libcairo2-dev, pkg-config, build-essential)",
    "manimpango": "Pango's system library (Debian: libpango1.0-dev, pkg-config)",
}
ENCODERS = {
    "libx264": "mp4",
    "libvpx-vp9": "webm",
    "prores_ks": "mov",
    "gif": "gif",
    "libwebp_anim": "webp",
}


class Finding(NamedTuple):
    """One thing looked at."""

    what: str
    good: bool
    told: str  # the version or place; what is wrong
    mend: str = ""
    needed: bool = True


@click.command(epilog=EXAMPLES)
@click.pass_context
def command(context: click.Context) -> None:
    """Check this machine. The exit status is 1 if something that is needed lacks."""
    lacking = False
    for finding in examine():
        mark = "ok  " if finding.good else "LACK" if finding.needed else "none"
        click.echo(f"{mark} {finding.what:22} {finding.told}")
        if not finding.good:
            click.echo(f"     {'':22} mend: {finding.mend}")
        lacking |= finding.needed and not finding.good
    context.exit(1 if lacking else 0)


def examine() -> Iterator[Finding]:
    """All findings, one after the other."""
    version = ".".join(map(str, sys.version_info[:3]))
    yield Finding("python", sys.version_info >= (3, 11), version, "install Python 3.11 or newer")
    yield from map(_library, LIBRARIES)
    yield from map(_encoder, ENCODERS)
    for look in (_fonts, _embedded, _model, _cache, _output):
        yield _guarded(look)


def _guarded(look: Callable[[], Finding]) -> Finding:
    """A finding, even where looking itself fails."""
    try:
        return look()
    except Exception as error:
        name = look.__name__.removeprefix("_")
        return Finding(name, False, f"{type(error).__name__}: {error}", INSTALL)


def _library(module: str) -> Finding:
    from rendering.job import library_version

    mend = f"{INSTALL}; it needs {SYSTEM[module]}" if module in SYSTEM else INSTALL
    try:
        import_module(module)
    except Exception as error:  # a broken extension raises many kinds
        return Finding(module, False, f"cannot be imported ({error})", mend)
    return Finding(module, True, library_version(LIBRARIES[module]) or "of unknown version")


def _encoder(name: str) -> Finding:
    what = f"encoder {name}"
    try:
        from av.codec import Codec

        return Finding(what, True, Codec(name, "w").long_name)
    except Exception as error:
        mend = f"without it there is no {ENCODERS[name]}: reinstall PyAV (pip install av)"
        return Finding(what, False, f"not there ({error})", mend)


def _fonts() -> Finding:
    from scenes.kit.fonts import FAMILIES, register

    register()
    return Finding("fonts", True, f"{FAMILIES} (assets/fonts)")


def _embedded() -> Finding:
    from attention_core import Material
    from attention_core.material import DEFAULT_FILE

    sentence = Material.load(DEFAULT_FILE).trace.sentence
    return Finding("embedded trace", True, f"{sentence!r}")


def _model() -> Finding:
    from attention_core.catalogue import MODELS
    from attention_core.checksums import sha256_of
    from attention_core.registry import is_fetched, model_file

    (name, known), *_ = MODELS.items()
    what, fetch = f"model {name}", f"render.py models fetch {name}"
    if not is_fetched(name):
        told = "not here: only the default sentence can be drawn"
        return Finding(what, False, told, fetch, needed=False)
    found = sha256_of(model_file(name))
    if found != known.files[0].sha256:
        told = f"its checksum is {found[:16]}..., not {known.files[0].sha256[:16]}..."
        return Finding(what, False, told, f"render.py models remove {name}, then {fetch}")
    return Finding(what, True, f"{model_file(name)}, checksum {found[:16]}...")


def _cache() -> Finding:
    from attention_core.registry import home

    mend = "set ATTENTION_HOME to a folder that you may write into"
    return Finding("model folder", _writable(home()), str(home()), mend)


def _output() -> Finding:
    place = Path("out").absolute()
    return Finding("output folder", _writable(place), str(place), "choose another with --out")


def _writable(folder: Path) -> bool:
    """Can it be written into, or be made where it would stand?"""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)
