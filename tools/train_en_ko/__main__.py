"""Trains the toy model, writes assets/en-ko, and measures it.

python -m tools.train_en_ko            (needs the extra `train`; a few minutes on one core)
python -m tools.train_en_ko --golden   (only the golden file, from the weights that are there)
"""

from __future__ import annotations

import json
import sys
import time

import numpy as np
import torch

from attention_core.catalogue import SHIPPED, VOCABULARY, WEIGHTS
from attention_core.checksums import sha256_of
from attention_core.files import read_npz, write_npz
from attention_core.models.seq2seq import Seq2Seq
from tools.train_en_ko.grammar import SHOWN, held_out_set, training_set
from tools.train_en_ko.measure import measure
from tools.train_en_ko.model import attentions, exported, imported
from tools.train_en_ko.train import train, vocabulary_files

FOLDER = SHIPPED["en-ko"].folder
GOLDEN = "golden.npz"
MEASURED = 1_000  # sentences


def main() -> None:
    """All of it, or the golden file alone."""
    torch.set_num_threads(1)
    if "--golden" not in sys.argv[1:]:
        began = time.monotonic()
        model = train()
        print(f"trained in {time.monotonic() - began:.0f} s")
        write_weights(exported(model))
    write_golden()
    report()


def write_weights(arrays: dict[str, np.ndarray]) -> None:
    """The weights and the vocabulary."""
    FOLDER.mkdir(exist_ok=True)
    write_npz(FOLDER / WEIGHTS, arrays)
    source, target = vocabulary_files()
    words = {"source": source.words, "target": target.words}
    text = json.dumps(words, ensure_ascii=False, indent=0)
    (FOLDER / VOCABULARY).write_text(text + "\n", encoding="utf-8")


def write_golden() -> None:
    """What torch computes with the shipped weights on the sentences that are shown.

    For sentence i: `i/sentence`; `i/source` and `i/target`, ids; `i/encoder`, `i/decoder` and
    `i/cross`, the weights (layers, h, n_q, n_k); `i/logits` (n_q, vocabulary).
    """
    model, network = imported(read_npz(FOLDER / WEIGHTS)), opened()
    content: dict[str, np.ndarray] = {}
    for i, sentence in enumerate(SHOWN):
        run = network.run(sentence)
        source, target = ([token.id for token in side] for side in (run.source, run.target))
        logits, weights = attentions(model, torch.tensor(source), torch.tensor(target))
        held = {"source": np.array(source), "target": np.array(target), "logits": logits.numpy()}
        held |= {kind: table.numpy() for kind, table in weights._asdict().items()}
        content |= {f"{i}/{name}": array for name, array in held.items()}
        content[f"{i}/sentence"] = np.array(sentence)
    write_npz(FOLDER / GOLDEN, content)


def opened() -> Seq2Seq:
    """The model as it lies there, whatever its checksum is."""
    return Seq2Seq(FOLDER, "en-ko", "")


def report() -> None:
    """Print what the model card says of the model."""
    network = opened()
    seen = {pair.english for pair in training_set()}
    held_out = held_out_set(MEASURED)
    if any(pair.english in seen for pair in held_out):
        raise ValueError("a held-out sentence was trained on")
    arrays = read_npz(FOLDER / WEIGHTS)
    parameters = sum(array.size for array in arrays.values() if array.ndim)
    found = measure(network, held_out)
    print(f"parameters {parameters:,}, {(FOLDER / WEIGHTS).stat().st_size:,} bytes")
    print(f"sha256 {sha256_of(FOLDER / WEIGHTS)}")
    print(f"exact {found.exact:.4f} of {MEASURED} held-out sentences")
    print(f"content words aligned, layers x heads:\n{found.aligned.round(4)}")
    print(f"the same, in the row that has read the word:\n{found.read_aligned.round(4)}")
    for sentence in SHOWN:
        print(f"{sentence} -> {network.translate(sentence)}")


if __name__ == "__main__":
    main()
