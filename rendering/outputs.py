"""Output files: their names, and how they appear whole or not at all."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from attention_core.checksums import sha256_of
from attention_core.errors import AttentionError, nearest
from attention_core.reading import plain_bytes
from rendering import claims
from rendering.claims import claim, let_go, remove_folders
from scenes.kit import scratch

SLUG_BYTES = 60
HASH_LETTERS = 8
SUBTITLED, SUBTITLES = (".mp4", ".webm"), (".vtt", ".srt")  # films, and what stands beside them
MOST_SIDECAR = 1 << 28  # bytes
SEALED = re.compile(rb'(.*),\n "seal": "([0-9a-f]{64})"\n}\n', re.DOTALL)
JOINERS = "\u200c\u200d"  # they steer nothing, and tie letters and emoji together
# What a full or failing disk says in the middle of the work: it is the place that cannot be used.
# None: Cairo does not say which.
DISK_ERRORS = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EROFS, None}


def slug(text: str) -> str:
    """Text as a part of a file name: letters and digits of any script, joined by dashes.

    Two texts give the same slug only if they are the same: where letter case, signs or length are
    lost, a short hash of the text follows.
    """
    plain = unicodedata.normalize("NFC", text).lower()
    kept = "".join(c if unicodedata.category(c)[0] in "LMN" else " " for c in plain)
    short = "-".join(kept.split()).encode()[:SLUG_BYTES].decode(errors="ignore").strip("-")
    if short and short.replace("-", " ") == text:
        return short
    mark = hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:HASH_LETTERS]
    return f"{short}-{mark}" if short else mark


def place(out: str | None, name: str, ending: str, several: bool) -> Path:
    """Where an output goes: `out` is a file (it ends in .ENDING) or a folder.

    `several`: more than one file is asked for, so that one file cannot hold them.
    """
    if out is None:
        return Path("out") / f"{name}.{ending}"
    path = Path(out)
    if out.endswith(("/", os.sep)) or path.is_dir() or not path.suffix:
        return path / f"{name}.{ending}"
    if several:
        raise AttentionError(f"{out} is one file, but several are asked for", "give a folder")
    return path


def format_of(out: str | None, known: tuple[str, ...]) -> str | None:
    """The format that the file name `out` asks for, if it is a file name."""
    if out is None or out.endswith(("/", os.sep)) or Path(out).is_dir() or not Path(out).suffix:
        return None
    suffix = Path(out).suffix[1:].lower()
    if suffix not in known:
        raise AttentionError(
            f"{out} is no file that can be written here", f"end it in {nearest(suffix, known)}"
        )
    return suffix


def sidecar_of(path: Path) -> Path:
    """The JSON file beside an output."""
    return path.with_name(path.name + ".json")


def is_current(path: Path, digest: str) -> bool:
    """Is this very output there already, whole? What a killed run left beside it is removed."""
    clear_abandoned([path])
    known = verified(path)
    return known is not None and known.get("job") == digest


def clear_abandoned(paths: Iterable[Path]) -> None:
    """Remove the temporary files that killed runs left: of these outputs, and of typesetting."""
    scratch.clear_abandoned()
    for path in paths:
        claims.clear_abandoned(path)


def verified(path: Path) -> dict[str, Any] | None:
    """What the sidecar says of an output, if it, the output and its subtitles are as written."""
    try:
        content = plain_bytes(sidecar_of(path), MOST_SIDECAR)
        sealed = SEALED.fullmatch(content)
        if not sealed or hashlib.sha256(sealed[1]).hexdigest() != sealed[2].decode():
            return None
        known: dict[str, Any] = json.loads(content)
        sums = {path.name: known["sha256"], **known.get("beside", {})}
        whole = all(sha256_of(path.with_name(name)) == found for name, found in sums.items())
    except (OSError, ValueError, KeyError, TypeError, AttributeError, AttentionError):
        return None
    return known if whole else None


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """A temporary file beside `path` that takes its name at the end, unless something fails.

    A body that removes the temporary file gives the output up: what was there stays.

    Raises AttentionError if nothing can be written there: at once, or, where the disk is full or
    the folder vanishes, as soon as that shows.
    """
    claims.clear_abandoned(path)
    made = _make_folder(path)
    try:
        _check_writable(path)
        unfinished = claim(path, made)
    except (OSError, ValueError) as error:
        remove_folders(made)
        raise _unwritable(path, error) from error
    try:
        yield unfinished
        if unfinished.exists() or not path.parent.is_dir():
            os.replace(unfinished, path)
    except OSError as error:
        if error.errno in DISK_ERRORS or not unfinished.exists():
            raise _unwritable(path, error) from error
        raise
    finally:
        let_go(unfinished)


def write_sidecar(path: Path, content: dict[str, Any]) -> None:
    """Write the JSON beside an output that is in its place, with checksums of all that belongs.

    The last one, `seal`, is that of the sidecar itself up to there.
    """
    found: dict[str, Any] = {"bytes": path.stat().st_size, "sha256": sha256_of(path)}
    texts = [path.with_suffix(end) for end in SUBTITLES if path.suffix in SUBTITLED]
    beside = {text.name: sha256_of(text) for text in texts if text.is_file()}
    found |= {"beside": beside} if beside else {}
    old = {"seal", "beside"}  # of the sidecar that the content may have been read from
    kept = {key: value for key, value in content.items() if key not in old}
    text = json.dumps(kept | found, ensure_ascii=False, indent=1).removesuffix("\n}")
    seal = hashlib.sha256(text.encode()).hexdigest()
    with whole(sidecar_of(path)) as unfinished:
        unfinished.write_bytes(f'{text},\n "seal": "{seal}"\n}}\n'.encode())


def write_data(path: Path, write: Callable[[Any], object]) -> None:
    """Let `write` fill the binary file `path`, which appears whole."""
    with whole(path) as unfinished, open(unfinished, "wb") as file:
        write(file)


def _make_folder(path: Path) -> list[Path]:
    """Make the folder of `path`; return the folders that were not there before, deepest first."""
    missing = []
    try:
        folder = path.parent
        while not folder.exists():
            missing.append(folder)
            folder = folder.parent
        path.parent.mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as error:
        raise _unwritable(path, error) from error
    return missing


def _check_writable(path: Path) -> None:
    if path.is_dir():
        raise IsADirectoryError(21, "Is a directory")
    if len(os.fsencode(sidecar_of(path).name)) > 255:
        raise OSError(36, "File name too long")
    if path.exists() and not os.access(path, os.W_OK):
        raise PermissionError(13, "Permission denied")


def _unwritable(path: Path, error: Exception) -> AttentionError:
    why = getattr(error, "strerror", None) or str(error)
    if isinstance(error, (FileExistsError, NotADirectoryError)):
        why = "where its folder would be, there is a file"
    return AttentionError(f"cannot write {path}: {why}", "choose another place with --out")


def printable(text: str) -> str:
    """Text that is safe on a terminal: what would steer it is spelt out (\\x1b, \\udcff)."""

    def spelt(match: re.Match[str]) -> str:
        return match.group().encode("unicode_escape").decode("ascii")

    return "".join(
        spelt(match)
        if unicodedata.category(match.group())[0] == "C" and match.group() not in JOINERS
        else match.group()
        for match in re.finditer(".", text, re.DOTALL)
    )
