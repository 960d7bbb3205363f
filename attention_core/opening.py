"""Opens a model's files as the family that they say they are."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attention_core.checkpoint import Checkpoint
from attention_core.checksums import checksum
from attention_core.errors import AttentionError, nearest
from attention_core.tokens import unreadable

if TYPE_CHECKING:
    from attention_core.models.base import Model
    from attention_core.models.decoder import Decoder
    from attention_core.models.network import Network

# Architecture, as a file spells it -> module in attention_core/models, and class. Imported when it
# is needed: a start of the program pays for one family only.
FOLDERS = {  # model_type in config.json
    "llama": "llama.Llama",
    "mistral": "llama.Llama",
    "qwen2": "llama.Llama",
    "qwen3": "llama.Llama",
    "gemma2": "gemma.Gemma2",
    "gemma3": "gemma.Gemma3",
    "gemma3_text": "gemma.Gemma3",
    "gpt2": "gpt2.GPT2",
    "bert": "bert.Bert",
    "roberta": "bert.Roberta",
    "xlm-roberta": "bert.Roberta",
    "camembert": "bert.Roberta",
    "distilbert": "distilbert.DistilBert",
    "t5": "t5.T5",
    "mt5": "t5.T5",
    "marian": "marian.Marian",
    "bart": "marian.Bart",
}
FILES = {  # general.architecture in a GGUF file
    "llama": "llama.Llama",
    "qwen2": "llama.Llama",
    "qwen3": "llama.Llama",
    "gemma2": "gemma.Gemma2",
    "gemma3": "gemma.Gemma3",
    "gpt2": "gpt2.GPT2",
    "bert": "bert.Bert",
    "t5": "t5.T5",
    "t5encoder": "t5.T5",
}

DECODERS = {  # of an encoder, by its family
    "t5": "t5.T5Decoder",
    "marian": "marian.MarianDecoder",
    "bart": "marian.BartDecoder",
}


def open_folder(path: Path, name: str = "", default_head: tuple[int, int] | None = None) -> Network:
    """The model in a Hugging Face folder. Raises AttentionError if it cannot be used."""
    from attention_core.folder import Folder  # a start of the program may not need it

    folder = Folder(path)
    architecture = folder.get("model_type", str)
    if architecture == "gemma3":  # it sees pictures too; its language model has its own settings
        folder.metadata |= folder.get("text_config", dict)
    family = _family(architecture, FOLDERS, path)
    network = family(folder, name or _name(path), "", default_head)
    return _with_checksum(network, folder.weight_files)


def open_file(
    path: Path, name: str, sha256: str = "", default_head: tuple[int, int] | None = None
) -> Network:
    """The model in a GGUF file. Raises AttentionError if it cannot be used."""
    _refuse_what_is_no_gguf(path)
    checkpoint = Checkpoint(path)
    architecture = checkpoint.get("general.architecture", str)
    network = _family(architecture, FILES, path)(checkpoint, name, sha256, default_head)
    return network if sha256 else _with_checksum(network, [path])


def decoder_of(encoder: Model) -> Decoder:
    """The other half of an encoder-decoder. Raises AttentionError where there is none."""
    from attention_core.models.network import Network  # so is whatever this module opens

    assert isinstance(encoder, Network)
    if not encoder.is_folder:
        raise AttentionError(
            f"of {encoder.checkpoint.path} the encoder alone is read",
            "give the model's Hugging Face folder",
        )
    if not any("decoder." in name for name in encoder.checkpoint.tensors):
        raise AttentionError(
            f"{encoder.checkpoint.path} holds an encoder alone, which looks at no other sentence",
            "give the folder of the whole encoder-decoder",
        )
    family: type[Decoder] = _imported(DECODERS[encoder.info.family])
    return family(encoder.checkpoint, encoder.info.name, encoder.info.sha256)


def _family(architecture: str, known: dict[str, str], path: Path) -> type[Network]:
    if architecture not in known:
        raise AttentionError(
            f"{path} is a model of the architecture {architecture!r:.40}, which is not built here",
            f"known: {nearest(architecture, known)}",
        )
    family: type[Network] = _imported(known[architecture])
    return family


def _imported(place: str) -> Any:
    """The class at a place like "llama.Llama"."""
    module, _, name = place.partition(".")
    return getattr(import_module(f"attention_core.models.{module}"), name)


def _with_checksum(network: Network, files: list[Path]) -> Network:
    """The network, its files summed up: last, because a big model's take seconds."""
    from attention_core.registry import home  # it builds on this module

    network.info = network.info._replace(sha256=checksum(files, home() / "checksums"))
    return network


def _name(path: Path) -> str:
    """The folder's name; in the cache of the Hugging Face hub, the model's."""
    place = path.resolve()
    name = place.name
    if place.parent.name == "snapshots" and place.parent.parent.name.startswith("models--"):
        name = place.parent.parent.name.rpartition("--")[2]
    return "".join(c for c in name if not unreadable(c))[:100] or "model"


def _refuse_what_is_no_gguf(path: Path) -> None:
    """A file of a folder, given alone: say what to give instead."""
    if path.suffix == ".gguf":
        return
    from attention_core.folder import CONFIG, PICKLE_ENDINGS

    if path.name == CONFIG or path.suffix == ".safetensors":
        raise AttentionError(f"{path} is a part of a model folder", "give the folder")
    if path.suffix in PICKLE_ENDINGS:
        raise AttentionError(
            f"{path} is a file of pickles, which are never opened: reading one can run any code",
            "give a .gguf file, or a folder with safetensors",
        )
