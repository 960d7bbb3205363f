"""Folders of tiny encoder-decoders, from the weights that the goldens hold."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer
from tokenizers.processors import TemplateProcessing

from tests.attention_core import tiny_folder

GOLDEN = Path(__file__).parents[1] / "golden"
FAMILIES = ("t5", "marian", "bart")
SPECIAL = ("<pad>", "<s>", "</s>")


def tokenizer(family: str) -> Tokenizer:
    """The tiny model's, with the template of the family around a sentence."""
    made = tiny_folder.tokenizer()
    made.add_special_tokens(list(SPECIAL))
    template = "<s> $A </s>" if family == "bart" else "$A </s>"
    ids = [(name, made.token_to_id(name)) for name in SPECIAL]
    made.post_processor = TemplateProcessing(single=template, special_tokens=ids)
    return made


def golden(family: str) -> dict[str, np.ndarray]:
    """What tests/golden/make_decoders.py wrote."""
    with np.load(GOLDEN / f"decoder-{family}.npz", allow_pickle=False) as file:
        return dict(file)


def write(folder: Path, family: str) -> Path:
    """The model folder of a golden."""
    held = golden(family)
    tensors = {
        name.removeprefix("tensors/"): array
        for name, array in held.items()
        if name.startswith("tensors/")
    }
    tiny_folder.write(folder, json.loads(str(held["config"])), tensors, "F16")
    tokenizer(family).save(str(folder / "tokenizer.json"))
    return folder
