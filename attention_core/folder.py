"""Opens a Hugging Face model folder: config.json, safetensors (whole or in shards), tokenizer.json.

Files of pickles (pytorch_model.bin and the like) can run any code when they are read: they are
never opened.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, ClassVar

from attention_core.errors import AttentionError
from attention_core.reading import plain_bytes
from attention_core.safetensors import tensors_of
from attention_core.store import Store, Tensor, map_file

CONFIG, WHOLE, INDEX = "config.json", "model.safetensors", "model.safetensors.index.json"
TOKENIZER = "tokenizer.json"
PICKLE_ENDINGS = (".bin", ".pt", ".pth", ".ckpt", ".pkl")
MOST_JSON = 1 << 26  # bytes of a config or an index
MOST_SHARDS = 1000
OLD_NAMES = {".gamma": ".weight", ".beta": ".bias"}  # of BERT's norms, in files from TensorFlow


class Folder(Store):
    """An open model folder (attention_core.store.Store); `metadata` is its config.json.

    Raises AttentionError where a file is missing, broken, or holds pickles only.
    """

    ENTRY: ClassVar[str] = "in its config.json, the entry"
    is_folder: ClassVar[bool] = True

    def __init__(self, path: Path) -> None:
        self.path = path
        self.metadata = read_json(path / CONFIG)
        self.tensors: dict[str, Tensor] = {}
        self.others: dict[str, str] = {}
        files = _weight_files(path)
        self.weight_files = files
        self.maps = [map_file(file) for file in files]
        for number, (file, data) in enumerate(zip(files, self.maps, strict=True)):
            tensors, others = tensors_of(file, data, number)
            twice = self.tensors.keys() & tensors.keys()
            if twice:
                raise self.broken(f"its files hold tensor {min(twice)} twice")
            self.tensors |= {_new_name(name): tensor for name, tensor in tensors.items()}
            self.others |= others
        if not self.tensors:
            raise self.broken("it holds no tensors")
        if self.has("quantization_config"):
            method = self.get("quantization_config", dict).get("quant_method", "unknown")
            raise AttentionError(
                f"{path} is quantised ({method!s:.30}), which is not read from a folder",
                "give the model in bfloat16, float16 or float32, or a .gguf file of it",
            )

    def broken(self, why: str) -> AttentionError:
        return AttentionError(f"the model folder {self.path} is broken: {why}", "fetch it again")

    def _find(self, name: str, shape: tuple[int, ...] | None) -> Tensor:
        if name in self.others:
            raise self.broken(f"tensor {name} holds {self.others[name]}, not float numbers")
        return super()._find(name, shape)


def read_json(path: Path) -> dict[str, Any]:
    """A JSON file that holds a table. Raises AttentionError if it is none."""
    try:
        content = json.loads(plain_bytes(path, MOST_JSON))
    except FileNotFoundError as error:
        raise AttentionError(
            f"{path.parent} is no model folder: it has no {path.name}",
            f"give a .gguf file, or a folder with {CONFIG}, {WHOLE} and {TOKENIZER}",
        ) from error
    except OSError as error:
        raise AttentionError(f"cannot read {path}: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise AttentionError(f"{path} is broken: it is not JSON", "fetch it again") from error
    if not isinstance(content, dict):
        raise AttentionError(f"{path} is broken: it holds no table", "fetch it again")
    return content


def _weight_files(path: Path) -> list[Path]:
    """model.safetensors, or the shards that the index names."""
    if (path / WHOLE).is_file():
        return [path / WHOLE]
    if (path / INDEX).is_file():
        table = read_json(path / INDEX).get("weight_map")
        names = set(table.values()) if isinstance(table, dict) and table else {""}
        for name in names:
            plain = isinstance(name, str) and name.endswith(".safetensors")
            if not plain or Path(name).name != name or len(names) > MOST_SHARDS:
                raise AttentionError(
                    f"{path / INDEX} is broken: {name!r:.60} is not a shard", "fetch it again"
                )
            if not (path / name).is_file():
                raise AttentionError(f"{path} lacks the shard {name}", "fetch it again")
        return [path / name for name in sorted(names)]
    pickles = sorted(file.name for file in path.iterdir() if file.suffix in PICKLE_ENDINGS)
    if pickles:
        raise AttentionError(
            f"{path} holds its weights as pickles ({pickles[0]}), which are never opened: "
            "reading one can run any code",
            "save the model as safetensors (transformers: save_pretrained)",
        )
    raise AttentionError(f"{path} has no {WHOLE}", f"give a folder with {CONFIG} and {WHOLE}")


def _new_name(name: str) -> str:
    for old, new in OLD_NAMES.items():
        if name.endswith(old):
            return name.removesuffix(old) + new
    return name
