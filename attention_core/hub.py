"""Models of the Hugging Face hub by their ids, where the library huggingface_hub is installed."""

from __future__ import annotations

import errno
import hashlib
import importlib.util
import re
from pathlib import Path
from typing import Any

from attention_core.checksums import sha256_of
from attention_core.errors import AttentionError

SHA256, SHA1 = re.compile("[0-9a-f]{64}"), re.compile("[0-9a-f]{40}")
ID = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")
# What a folder is opened from; weights in files of pickles are never fetched.
WANTED = [
    "config.json",
    "*.safetensors",
    "model.safetensors.index.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "source.spm",
    "target.spm",
    "vocab.json",
]
FILES = (".gguf", ".safetensors", ".npz", ".json", ".bin")  # so it is the path of a file
ELSEWHERE = ["*/*", "consolidated*", "adapter*"]  # the same weights once more, in other forms


def is_hub_id(name: str) -> bool:
    """Whether a name is like OWNER/NAME, and no path of this machine."""
    return bool(ID.fullmatch(name)) and not name.endswith(FILES) and not Path(name).exists()


def hub_folder(name: str) -> Path:
    """The folder of a fetched model of the hub.

    Raises AttentionError without huggingface_hub, and for a model that is not here.
    """
    errors = _library(name).errors
    try:
        return _snapshot(name, local_files_only=True)
    except (errors.LocalEntryNotFoundError, errors.HFValidationError, OSError) as error:
        raise AttentionError(
            f"the model {name} of the hub is not on this machine",
            f"fetch it with: render.py models fetch {name}",
        ) from error


def fetch_from_hub(name: str) -> Path:
    """Fetch a model of the hub into that library's own cache, and return its folder.

    Raises AttentionError without huggingface_hub, and for whatever keeps it from being fetched.
    """
    errors = _library(name).errors
    try:
        folder = _snapshot(name)
        _check(name, folder)
        return folder
    except errors.GatedRepoError as error:
        raise AttentionError(
            f"the hub gives {name} only to those who accepted its licence",
            "accept it on the model's page, then log in with: hf auth login",
        ) from error
    except errors.RepositoryNotFoundError as error:
        raise AttentionError(f"the hub has no model {name}", "check its spelling") from error
    except errors.LocalEntryNotFoundError as error:
        raise AttentionError(
            f"the hub cannot be reached for {name}", "check the network"
        ) from error
    except (errors.HTTPError, errors.HFValidationError, OSError) as error:  # HTTPError: httpx's own
        if getattr(error, "errno", None) == errno.ENOSPC:
            raise AttentionError(
                f"there is no room for {name}: {error.strerror}",
                "make room, or set HF_HOME to another folder",
            ) from error
        why = str(error).strip().splitlines() or [type(error).__name__]
        raise AttentionError(f"cannot fetch {name}: {why[0]:.120}", "check the network") from error


def _snapshot(name: str, **options: Any) -> Path:
    from huggingface_hub import snapshot_download

    where = snapshot_download(name, allow_patterns=WANTED, ignore_patterns=ELSEWHERE, **options)
    folder = Path(where)
    if not (folder / "config.json").is_file():
        raise AttentionError(
            f"the model {name} of the hub has no config.json here",
            f"fetch it with: render.py models fetch {name}",
        )
    return folder


def _check(name: str, folder: Path) -> None:
    """Remove files that are not what the hub said they are, and raise AttentionError.

    The library compares lengths alone. It names what it keeps by the hub's own checksum: SHA-256 of
    large files, the one of git (of the length and the content, SHA-1) of small ones.
    """
    broken = []
    for link in folder.rglob("*"):
        kept = link.resolve()
        if not link.is_file() or kept.parent.name != "blobs":  # copied, where there are no links
            continue
        if SHA256.fullmatch(kept.name):
            found = sha256_of(kept)
        elif SHA1.fullmatch(kept.name):
            content = kept.read_bytes()
            found = hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
        else:
            continue
        if found != kept.name:
            broken.append(link.name)
            kept.unlink()
            link.unlink(missing_ok=True)
    if broken:
        raise AttentionError(
            f"{', '.join(sorted(broken))} of {name} came with a wrong checksum",
            f"it was not kept; fetch it again with: render.py models fetch {name}",
        )


def _library(name: str) -> Any:
    """The library, or an AttentionError that says how to install it."""
    if importlib.util.find_spec("huggingface_hub") is None:
        raise AttentionError(
            f"{name} is no folder here, and to open a model of the Hugging Face hub "
            "huggingface_hub is needed",
            "install it with: pip install huggingface-hub -c constraints.txt",
        )
    import huggingface_hub
    import huggingface_hub.errors

    return huggingface_hub
