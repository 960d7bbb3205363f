"""The models known by name, where they are kept, and how one is opened."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

from attention_core.catalogue import MODELS, SHIPPED, KnownModel
from attention_core.checksums import sha256_of
from attention_core.errors import AttentionError, nearest
from attention_core.hub import hub_folder, is_hub_id
from attention_core.models.base import Model
from attention_core.models.pair import NO_PAIR, EncoderDecoder
from attention_core.models.seq2seq import Seq2Seq
from attention_core.opening import DECODERS, decoder_of, open_file, open_folder


class NotFetched(AttentionError):
    """The model is known but is not on this machine."""


def home() -> Path:
    """Where models are kept: $ATTENTION_HOME, or the user's cache folder."""
    chosen = os.environ.get("ATTENTION_HOME")
    if chosen:
        return Path(chosen)
    from platformdirs import user_cache_dir  # loaded late: 20 ms

    return Path(user_cache_dir("attention-film"))


def known(name: str) -> KnownModel:
    """The model of that name, or an AttentionError with the nearest names."""
    if name in SHIPPED:
        raise AttentionError(
            f"{name} is part of this project", "it need not be fetched and cannot be removed"
        )
    if name not in MODELS:
        names = nearest(name, [*MODELS, *SHIPPED])
        raise AttentionError(f"no model is called {name!r}", f"known: {names}")
    return MODELS[name]


def folder(name: str) -> Path:
    """The folder that holds, or would hold, a fetched model."""
    return home() / "models" / known(name).name


def model_file(name: str) -> Path:
    """The file that holds the weights of a fetched model."""
    return folder(name) / known(name).files[0].name


def is_fetched(name: str) -> bool:
    """Is the model on this machine?"""
    return all((folder(name) / file.name).is_file() for file in known(name).files)


def changed(name: str) -> Path | None:
    """The first file of a fetched model that is not what it was; None if all are whole."""
    files = ((folder(name) / file.name, file.sha256) for file in known(name).files)
    return next((path for path, sha256 in files if not is_whole(path, sha256)), None)


def remove(name: str) -> bool:
    """Delete a fetched model. False if it was not there."""
    place = folder(name)
    if not place.exists():
        return False
    try:
        shutil.rmtree(place)
    except OSError as error:
        raise AttentionError(f"cannot remove {place}: {error.strerror}") from error
    return True


def open_model(name_or_path: str) -> Model:
    """Open a model by its name, its id on the hub, its .gguf file or its Hugging Face folder.

    Raises AttentionError if the name is unknown, the model not here, or its files broken.
    """
    if name_or_path in SHIPPED:
        raise AttentionError(
            f"{name_or_path} translates: its cross-attention is not one sentence looking at itself",
            "see it with the command trace, or choose another model",
        )
    if name_or_path in MODELS:
        return _open_known(MODELS[name_or_path])
    path = Path(name_or_path)
    if path.is_dir():
        return open_folder(path)
    if not path.is_file():
        if is_hub_id(name_or_path):
            return open_folder(hub_folder(name_or_path))
        if path.suffix or len(path.parts) > 1:
            raise AttentionError(f"there is no model file or folder {path}")
        known(name_or_path)
    return open_file(path, path.stem)


def open_seq2seq(name: str) -> Seq2Seq:
    """Open an encoder-decoder by its name.

    Raises AttentionError if there is none of that name, or its files are not those shipped.
    """
    if name not in SHIPPED:
        raise AttentionError(
            f"no encoder-decoder is called {name!r}", f"known: {nearest(name, SHIPPED)}"
        )
    model = SHIPPED[name]
    for file, sha256 in model.files.items():
        if sha256_of(model.folder / file) != sha256:
            raise AttentionError(
                f"{model.folder / file} is not the file that was shipped",
                "take it from the repository again",
            )
    return Seq2Seq(model.folder, model.name, model.sha256, model.heads)


def open_pair(name_or_path: str) -> Seq2Seq | EncoderDecoder:
    """Open an encoder-decoder by its name, its id on the hub or its Hugging Face folder.

    Raises AttentionError as `open_model` does, and for a model that has no decoder.
    """
    if name_or_path in SHIPPED:
        return open_seq2seq(name_or_path)
    if name_or_path in MODELS:
        raise AttentionError(*NO_PAIR)
    encoder = open_model(name_or_path)
    if encoder.info.family not in DECODERS:
        raise AttentionError(*NO_PAIR)
    return EncoderDecoder(encoder, decoder_of(encoder))


def _open_known(model: KnownModel) -> Model:
    if not is_fetched(model.name):
        accept = " --accept-licence" if model.terms else ""
        raise NotFetched(
            f"the model {model.name} is not on this machine",
            f"fetch it with: render.py models fetch {model.name}{accept}",
        )
    path = changed(model.name)
    if path is not None:
        raise AttentionError(
            f"the file of model {model.name} has changed since it was fetched: {path}",
            f"remove it with: render.py models remove {model.name}",
        )
    if model.is_folder:
        return open_folder(folder(model.name), model.name, model.head)
    return open_file(model_file(model.name), model.name, model.files[0].sha256, model.head)


def stamp(path: Path, sha256: str) -> None:
    """Note beside a verified file what it was, so that it need not be summed up each time."""
    _stamp_file(path).write_text(json.dumps({"sha256": sha256, **_look(path)}))


def is_whole(path: Path, sha256: str) -> bool:
    """Is this the file of that checksum? One that still looks as when it was verified is."""
    try:
        noted = json.loads(_stamp_file(path).read_text())
    except (OSError, ValueError):
        noted = None
    return bool(noted == {"sha256": sha256, **_look(path)}) or sha256_of(path) == sha256


def _stamp_file(path: Path) -> Path:
    return path.with_name(path.name + ".verified.json")


def _look(path: Path) -> dict[str, int]:
    """Size and time of change."""
    status = path.stat()
    return {"size": status.st_size, "changed": status.st_mtime_ns}
